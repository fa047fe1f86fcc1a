package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/store"
	"github.com/sinusta/sinusta/plugins"
	"github.com/sinusta/sinusta/plugins/host"
)

// External is an external plugin of an installation: one that its lock file
// registers, or a source names.
type External struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"` // as registered
	State   string `json:"state"`
	// Program is where the executable is; empty when no source names it.
	Program string `json:"program,omitempty"`
	// Systems are the systems whose source names the program.
	Systems []string `json:"systems,omitempty"`
}

// The states of an external plugin.
const (
	PluginOK           = "ok"
	PluginDiffers      = "checksum differs"
	PluginMissing      = "missing file"
	PluginUnusable     = "cannot be read"
	PluginUnregistered = "not registered"
	PluginElsewhere    = "not registered for " // and the platform
	PluginUnused       = "not used"            // registered, and no source names it
)

// Externals gives the external plugins of an installation, by name and
// program, each with the state of its file. It runs none of them.
func Externals(home string) ([]External, error) {
	sources, err := host.LoadSources(filepath.Join(home, SourcesFile))
	if err != nil {
		return nil, err
	}
	lock, err := host.LoadLock(filepath.Join(home, LockFile))
	if err != nil {
		return nil, err
	}
	a := &App{Home: home, Lock: lock}
	found := map[[2]string]*External{}
	used := map[string]bool{}
	for id, entry := range sources.Entries {
		if entry.Program == "" {
			continue
		}
		key := [2]string{entry.Plugin, a.ProgramPath(entry.Program)}
		if found[key] == nil {
			found[key] = &External{Name: key[0], Version: lock.Plugins[key[0]].Version, Program: key[1], State: a.pluginState(key[0], key[1])}
		}
		found[key].Systems = append(found[key].Systems, id)
		used[key[0]] = true
	}
	for name, entry := range lock.Plugins {
		if !used[name] {
			found[[2]string{name}] = &External{Name: name, Version: entry.Version, State: PluginUnused}
		}
	}
	var out []External
	for _, e := range found {
		slices.Sort(e.Systems)
		out = append(out, *e)
	}
	slices.SortFunc(out, func(x, y External) int { return strings.Compare(x.Name+"\x00"+x.Program, y.Name+"\x00"+y.Program) })
	return out, nil
}

// pluginState compares a program with the lock file.
func (a *App) pluginState(name, path string) string {
	entry, ok := a.Lock.Plugins[name]
	if !ok {
		return PluginUnregistered
	}
	want, ok := entry.SHA256[host.Platform()]
	if !ok {
		return PluginElsewhere + host.Platform()
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return PluginMissing
	}
	p, err := host.OpenProgram(path)
	if err != nil {
		return PluginUnusable
	}
	sum := p.SHA256()
	if p.Close() != nil {
		return PluginUnusable
	}
	if sum != want {
		return PluginDiffers
	}
	return PluginOK
}

// Release says which program to register, and what its publisher says of it.
type Release struct {
	// Path is the executable.
	Path string
	// SHA256 is its checksum, as the publisher gives it; or Checksums is the
	// file of the release that lists it, under Entry or the name of Path.
	SHA256    string
	Checksums string
	Entry     string
	// Signature is the file with the Ed25519 signature of Checksums, and
	// Publisher the public key, or the file that holds it.
	Signature, Publisher string
	Transport            host.Transport
	Systems              []string
	// Override lets the plugin have the name of a built-in one, and Replace
	// take the place of what is registered.
	Override, Replace bool
}

// Register enters a program into the lock file: it compares the checksum, asks
// the plugin for its name and version, in a process that knows nothing of the
// installation, and writes the file with an entry in the log.
func Register(ctx context.Context, home string, r Release) (d host.Description, err error) {
	a, err := OpenCatalogue(home)
	if err != nil {
		return host.Description{}, err
	}
	for _, id := range r.Systems {
		if _, ok := a.Catalogue.System(id); !ok {
			return host.Description{}, fmt.Errorf("there is no system %q in the catalogue", id)
		}
	}
	sum, publisher, err := r.checksum()
	if err != nil {
		return host.Description{}, err
	}
	program, err := host.OpenProgram(r.Path)
	if err != nil {
		return host.Description{}, err
	}
	defer func() { err = errors.Join(err, program.Close()) }()
	if program.SHA256() != sum {
		return host.Description{}, fmt.Errorf("the SHA-256 of %s is %s, and that of the release is %s: it is another file, "+
			"or it was changed; nothing was run or registered", program.Path(), program.SHA256(), sum)
	}
	if d, err = describe(ctx, program, r.Transport); err != nil {
		return host.Description{}, err
	}
	if slices.Contains(plugins.Names(), d.Name) && !r.Override {
		return host.Description{}, fmt.Errorf("%s is the name of a built-in plugin; --override registers the program all the same, "+
			"and it runs for the sources that say `override: true`", d.Name)
	}
	return d, change(ctx, home, d.Name, sum, func(lock *host.Lock) error {
		return lock.Register(host.Registration{Name: d.Name, Version: d.Version, SHA256: sum, Transport: r.Transport,
			Publisher: publisher, Systems: r.Systems, Replace: r.Replace})
	})
}

// ProgramIn gives the path of a program as the sources file of an installation
// names it: relative where it is in there.
func ProgramIn(home, path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if in, err := filepath.Rel(home, abs); err == nil && filepath.IsLocal(in) {
		return in
	}
	return abs
}

// checksum gives the checksum that the publisher names, and the publisher's key
// when it has signed it.
func (r Release) checksum() (sum, publisher string, err error) {
	if r.Checksums == "" {
		return strings.ToLower(r.SHA256), "", nil
	}
	checksums, err := os.ReadFile(r.Checksums)
	if err != nil {
		return "", "", fmt.Errorf("read the checksums: %w", err)
	}
	if r.Signature != "" {
		if publisher, err = r.signed(checksums); err != nil {
			return "", "", err
		}
	}
	entry := r.Entry
	if entry == "" {
		entry = filepath.Base(r.Path)
	}
	sum, err = host.ChecksumOf(checksums, entry)
	return sum, publisher, err
}

// signed verifies the signature of the checksums and gives the key.
func (r Release) signed(checksums []byte) (publisher string, err error) {
	signature, err := os.ReadFile(r.Signature)
	if err != nil {
		return "", fmt.Errorf("read the signature: %w", err)
	}
	text := []byte(r.Publisher)
	if raw, err := os.ReadFile(r.Publisher); err == nil {
		text = raw
	}
	key, err := host.ParsePublisher(text)
	if err != nil {
		return "", fmt.Errorf("read the publisher's key: %w", err)
	}
	return host.PublisherText(key), host.VerifyChecksums(checksums, signature, key)
}

// describe asks a program who it is, in an empty folder.
func describe(ctx context.Context, program *host.Program, transport host.Transport) (d host.Description, err error) {
	folder, err := os.MkdirTemp("", "sinusta-")
	if err != nil {
		return d, fmt.Errorf("make an empty folder: %w", err)
	}
	defer os.RemoveAll(folder)
	h := host.New(host.Options{Home: folder})
	defer func() { err = errors.Join(err, h.Close(context.WithoutCancel(ctx))) }()
	return h.Describe(ctx, host.Spec{Program: program, Transport: transport})
}

// Unregister removes a plugin from the lock file, with an entry in the log.
func Unregister(ctx context.Context, home, name string) error {
	if err := Installed(home); err != nil {
		return err
	}
	return change(ctx, home, name, "", func(lock *host.Lock) error {
		if !lock.Unregister(name) {
			return fmt.Errorf("the plugin %q is not registered; `sinusta plugin list` names those that are", name)
		}
		return nil
	})
}

// changeWait is how long a change of the lock file waits for another one.
const changeWait = 30 * time.Second

// change changes the lock file, between two entries of the log. Changes
// exclude each other, so that none is lost.
func change(ctx context.Context, home, name, sum string, f func(*host.Lock) error) error {
	waiting, cancel := context.WithTimeout(ctx, changeWait)
	defer cancel()
	unlock, err := store.Exclusive(waiting, home, "plugins")
	if err != nil {
		return err
	}
	defer unlock()
	path := filepath.Join(home, LockFile)
	lock, err := host.LoadLock(path)
	if err != nil {
		return err
	}
	if err := f(lock); err != nil {
		return err
	}
	log, err := audit.Open(home)
	if err != nil {
		return err
	}
	e := audit.Entry{Verb: audit.PluginChanged, Purpose: audit.PurposeMaintenance, Object: name}
	if sum != "" {
		e.Digests = []audit.Keyed{log.Keyed("sha256", sum)}
	}
	err = Logged(ctx, log, e, func() error { return lock.Save(path) })
	return errors.Join(err, log.Close(context.WithoutCancel(ctx)))
}
