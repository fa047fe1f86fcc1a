package host

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
)

// Lock is the lock file of an installation, sinusta.lock: which external
// programs may run there as plugins. A host that has one (Options.Lock) runs
// no other program.
type Lock struct {
	// Plugins are the registered plugins, by name.
	Plugins map[string]Locked

	file string // its name, for positions
	doc  *strictyaml.Document
}

// Locked is one registered plugin.
type Locked struct {
	// Version is what the plugin must say of itself.
	Version string `yaml:"version"`
	// SHA256 gives the digest of the executable, in lower-case hexadecimal,
	// by platform: linux/amd64. It does not depend on where the file is.
	SHA256 map[string]string `yaml:"sha256"`
	// Transport is how the connection is guarded; empty is AutoMTLS.
	Transport Transport `yaml:"transport"`
	// Publisher is the Ed25519 public key that signed the checksums of the
	// release, in base64; empty when they were not signed.
	Publisher string `yaml:"publisher"`
	// Systems are the systems that may be asked through it; none are all.
	Systems []string `yaml:"systems"`
}

// Platform gives the platform of this program as the lock file names it.
func Platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

var (
	pluginName    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$`)
	pluginVersion = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}$`)
	platformName  = regexp.MustCompile(`^[a-z0-9]{2,20}/[a-z0-9]{2,20}$`)
)

// LoadLock reads the lock file at path. A file that is not there registers
// nothing, so that only built-in plugins run. The file is read strictly; every
// fault is named with file:line:column.
func LoadLock(path string) (*Lock, error) {
	l := &Lock{Plugins: map[string]Locked{}, file: filepath.Base(path)}
	src, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		l.doc = strictyaml.NewDocument(l.file)
		return l, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the lock file: %w", err)
	}
	var body struct {
		Plugins map[string]Locked `yaml:"plugins"`
	}
	l.doc = strictyaml.Decode(l.file, src, &body)
	for _, name := range sortedKeys(body.Plugins) {
		l.validate(name, body.Plugins[name])
		l.Plugins[name] = body.Plugins[name]
	}
	if err := l.doc.Err(); err != nil {
		return nil, err
	}
	return l, nil
}

// validate notes what is wrong with one plugin of the file.
func (l *Lock) validate(name string, p Locked) {
	at := "plugins." + name
	if !pluginName.MatchString(name) {
		l.doc.Errorf(at, "%q is no name of a plugin: letters, digits, and . _ / - within it", name)
	}
	if !pluginVersion.MatchString(p.Version) {
		l.doc.Errorf(at+".version", "the plugin %s wants a version, such as \"1.4.0\"", name)
	}
	if len(p.SHA256) == 0 {
		l.doc.Errorf(at+".sha256", "the plugin %s has no checksum; register it with `sinusta plugin register`", name)
	}
	for platform, sum := range p.SHA256 {
		if !platformName.MatchString(platform) {
			l.doc.Errorf(at+".sha256."+platform, "%q is no platform, such as linux/amd64", platform)
		}
		if !isSHA256(sum) {
			l.doc.Errorf(at+".sha256."+platform, "want the SHA-256 of the program: 64 digits 0-9 a-f")
		}
	}
	if p.Transport != "" && !slices.Contains(Transports(), p.Transport) {
		l.doc.Errorf(at+".transport", "there is no transport %q; there are: %s", p.Transport, transportNames())
	}
	if p.Publisher != "" {
		if key, err := ParsePublisher([]byte(p.Publisher)); err != nil || PublisherText(key) != p.Publisher {
			l.doc.Errorf(at+".publisher", "want an Ed25519 public key: 32 bytes in base64")
		}
	}
	for i, s := range p.Systems {
		if s == "" || slices.Contains(p.Systems[:i], s) {
			l.doc.Errorf(fmt.Sprintf("%s.systems[%d]", at, i), "want the id of a system, each once")
		}
	}
}

func isSHA256(s string) bool {
	raw, err := hex.DecodeString(s)
	return err == nil && len(raw) == 32 && s == strings.ToLower(s)
}

// Check tells whether the program may run as the plugin of that name; an empty
// system stands for no system in particular. It looks at the name, the
// platform, the checksum and the system. An error is a *core.Problem of
// ClassConfig that names the line of the lock file and what to do.
func (l *Lock) Check(name, system string, p *Program) error {
	entry, ok := l.Plugins[name]
	if !ok {
		return l.refuse("", "the plugin %q is not registered: `sinusta plugin register %s --sha256 HEX`, "+
			"with the checksum that its publisher gives", name, p.Path())
	}
	at := "plugins." + name
	want, ok := entry.SHA256[Platform()]
	if !ok {
		return l.refuse(at+".sha256", "the plugin %s is registered for %s and not for %s: register the program of this "+
			"platform too", name, strings.Join(sortedKeys(entry.SHA256), ", "), Platform())
	}
	if p.SHA256() != want {
		return l.refuse(at+".sha256."+Platform(), "the program %s is not the registered plugin %s: its SHA-256 is %s; "+
			"put the registered file back, or, when it was upgraded on purpose, register it anew with "+
			"`sinusta plugin register --replace`", p.Path(), name, p.SHA256())
	}
	if system != "" && len(entry.Systems) > 0 && !slices.Contains(entry.Systems, system) {
		return l.refuse(at+".systems", "the plugin %s may not be used for the system %s: add it here if it may", name, system)
	}
	return nil
}

// described holds what the plugin says of itself against its entry.
func (l *Lock) described(name string, d Description) error {
	entry := l.Plugins[name]
	switch {
	case d.Name != name:
		return l.refuse("plugins."+name, "the program that is registered as %s calls itself %q: register it under its own "+
			"name", name, printable(d.Name))
	case d.Version != entry.Version:
		return l.refuse("plugins."+name+".version", "the plugin %s calls itself version %q: register it anew with "+
			"`sinusta plugin register --replace`", name, printable(d.Version))
	default:
		return nil
	}
}

// refuse gives the problem of a program that may not run.
func (l *Lock) refuse(path, format string, args ...any) error {
	place := l.file
	if at := l.doc.At(path); path != "" && at.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d", l.file, at.Line, at.Column)
	}
	return problem(core.ClassConfig, core.PhaseStart, core.OriginHost, "%s: %s", place, fmt.Sprintf(format, args...))
}

// printable cuts what a plugin says of itself to what a line can show.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
	return s[:min(len(s), 64)]
}
