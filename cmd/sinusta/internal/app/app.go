// Package app wires an installation together: catalogue, sources, store and
// plugin host. It is the only place that knows them all.
package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/store"
	"github.com/sinusta/sinusta/plugins"
	"github.com/sinusta/sinusta/plugins/host"
)

// The names of files in an installation.
const (
	SourcesFile = "sources.yaml"
	LockFile    = "sinusta.lock"
)

const (
	// askedAtOnce is how many systems are asked at the same time: all of an
	// organisation's, since asking is mostly waiting. How many processes start
	// at once is bounded by the host.
	askedAtOnce    = 64
	defaultTimeout = 2 * time.Minute
	closeTimeout   = 5 * time.Second
	// pluginIdle is how long a plugin's process waits for the next question
	// to its system: long enough for the next hop of the same request, short enough
	// that those that answered give their memory and secrets back while others work.
	pluginIdle = time.Second
)

// App is an open installation.
type App struct {
	Home      string
	Catalogue *catalogue.Catalogue
	Sources   *host.Sources
	Lock      *host.Lock
	Store     *store.Store
	Log       *audit.Log
	host      *host.Host
	digest    string // of the catalogue
}

// Home gives the folder of the installation: the flag, else SINUSTA_HOME,
// else sinusta below the user's data folder.
func Home(flag string) (string, error) {
	if flag == "" {
		flag = os.Getenv("SINUSTA_HOME")
	}
	if flag == "" {
		flag = os.Getenv("XDG_DATA_HOME")
		if flag == "" {
			user, err := os.UserHomeDir()
			if err != nil {
				return "", fmt.Errorf("find the user's data folder: %w; name the installation with --home", err)
			}
			flag = filepath.Join(user, ".local", "share")
		}
		flag = filepath.Join(flag, "sinusta")
	}
	return filepath.Abs(flag)
}

// Open opens the installation in home. Logs go to stderr. It needs the
// catalogue and the sources file to be sound; the caller closes it.
func Open(ctx context.Context, home string, stderr io.Writer) (*App, error) {
	a, err := OpenCatalogue(home)
	if err != nil {
		return nil, err
	}
	if a.digest, err = access.Digest(a.Catalogue); err != nil {
		return nil, err
	}
	if a.Sources, err = host.LoadSources(filepath.Join(home, SourcesFile)); err != nil {
		return nil, err
	}
	if a.Lock, err = host.LoadLock(filepath.Join(home, LockFile)); err != nil {
		return nil, err
	}
	if err := a.checkWiring(); err != nil {
		return nil, err
	}
	if a.Store, err = store.Open(ctx, home); err != nil {
		return nil, err
	}
	if a.Log, err = OpenLog(home); err != nil {
		return nil, errors.Join(err, a.Store.Close())
	}
	if err := a.logChanges(ctx); err != nil {
		return nil, errors.Join(err, a.Close(ctx))
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a.host = host.New(host.Options{Home: home, Log: log, Builtins: plugins.Names(), Lock: a.Lock, Idle: pluginIdle})
	return a, nil
}

// OpenCatalogue opens no more of the installation than its catalogue.
func OpenCatalogue(home string) (*App, error) {
	if err := Installed(home); err != nil {
		return nil, err
	}
	c, err := catalogue.Load(home)
	if err != nil {
		return nil, err
	}
	return &App{Home: home, Catalogue: c}, nil
}

// OpenStore opens no more of the installation than its requests.
func OpenStore(ctx context.Context, home string) (*store.Store, error) {
	if err := Installed(home); err != nil {
		return nil, err
	}
	return store.Open(ctx, home)
}

// Installed tells by its error that there is no installation in home.
func Installed(home string) error {
	if _, err := os.Stat(filepath.Join(home, "organisation.yaml")); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no installation in %s: make one with `sinusta init`, or name another with --home", home)
	}
	return nil
}

// Close ends every plugin process and closes the store, also when ctx is over.
func (a *App) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	var errs []error
	if a.host != nil {
		errs = append(errs, a.host.Close(ctx))
	}
	if a.Store != nil {
		errs = append(errs, a.Store.Close())
	}
	if a.Log != nil {
		errs = append(errs, a.Log.Close(ctx))
	}
	return errors.Join(errs...)
}

// checkWiring refuses a source whose system the catalogue does not have:
// nobody would see its answers. The other way round is an outcome.
func (a *App) checkWiring() error {
	var errs []error
	for id := range a.Sources.Entries {
		system, ok := a.Catalogue.System(id)
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("%s: source %q has no entry in the catalogue: write catalogue/%s.yaml, or remove the source",
				a.Sources.Position(id, ""), id, id))
		case system.Outcome != "":
			errs = append(errs, fmt.Errorf("%s: source %q is configured, while catalogue/%s.yaml gives the system the outcome %s: remove one of them",
				a.Sources.Position(id, ""), id, id, system.Outcome))
		}
	}
	return errors.Join(errs...)
}

// Wiring tells the plan which systems have a source.
func (a *App) Wiring() access.Wiring {
	w := access.Wiring{}
	for id, entry := range a.Sources.Entries {
		source := access.Source{Connection: access.Connected, Digest: a.sourceDigest(id, entry)}
		if entry.Disabled {
			source.Connection = access.SwitchedOff
		}
		w[id] = source
	}
	return w
}

// sourceDigest gives a digest of everything that decides what a source
// answers. Its secrets are part of it: a connection string names the database,
// and another account may see other rows. They are digested under the log's
// key. What a command prints is not, since it may be another token each time.
func (a *App) sourceDigest(id string, entry host.Entry) string {
	text := fmt.Appendf(nil, "%s\x00%d\x00%s", entry.Plugin, entry.MaxRecords, entry.Config)
	if entry.Program != "" { // another version may answer otherwise
		text = fmt.Appendf(text, "\x00%s\x00%s", a.Lock.Plugins[entry.Plugin].Version, a.Lock.Plugins[entry.Plugin].SHA256[host.Platform()])
	}
	if system, ok := a.Catalogue.System(id); ok {
		text = fmt.Appendf(text, "\x00kind %s", system.Kind)
	}
	for _, name := range slices.Sorted(maps.Keys(entry.Secrets)) {
		ref := entry.Secrets[name]
		text = fmt.Appendf(text, "\x00secret %q %q %q %q", name, ref.Env, ref.File, ref.Command)
		if value, ok := host.SecretAtHand(ref, a.Home); ok && a.Log != nil {
			text = fmt.Appendf(text, " %s", a.Log.Digest("source-secret", value))
		}
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// service gives the flow of a request over this installation.
func (a *App) service(sources access.Sources) *access.Service {
	return &access.Service{
		Catalogue: a.Catalogue,
		Digest:    a.digest,
		Wiring:    a.Wiring(),
		Sources:   sources,
		Log:       a.Log,
		Limits: access.Limits{
			Parallel:  askedAtOnce,
			Timeout:   defaultTimeout,
			TimeoutOf: func(system string) time.Duration { return a.Sources.Entries[system].Timeout },
		},
	}
}

// Start starts and configures the plugin process of a system. A problem with
// its configuration names the file and the line.
func (a *App) Start(ctx context.Context, id string) (*host.Session, error) {
	entry, ok := a.Sources.Entries[id]
	if !ok {
		return nil, &core.Problem{Class: core.ClassConfig, Phase: core.PhaseStart, Origin: core.OriginHost,
			Message: fmt.Sprintf("system %s has no source in %s", id, SourcesFile)}
	}
	system, ok := a.Catalogue.System(id)
	if !ok {
		return nil, &core.Problem{Class: core.ClassConfig, Phase: core.PhaseStart, Origin: core.OriginHost,
			Message: fmt.Sprintf("system %s is not in the catalogue", id)}
	}
	var err error
	issuers := map[core.Kind]string{}
	var complete []core.Kind
	for _, key := range system.SearchKeys {
		if key.Issuer != "" {
			issuers[key.Kind] = key.Issuer
		}
		if key.EveryRecord {
			complete = append(complete, key.Kind)
		}
	}
	spec := host.Spec{System: id, Kind: system.Kind, Plugin: entry.Plugin, Override: entry.Override, Memory: entry.Memory,
		Config: entry.Config, Issuers: issuers, Complete: complete, Timeout: cmp.Or(entry.Timeout, defaultTimeout)}
	if spec.Program, err = a.program(entry); err != nil {
		return nil, err
	}
	if spec.Secrets, err = host.ResolveSecrets(ctx, entry, a.Home); err != nil {
		return nil, err
	}
	session, err := a.host.Start(ctx, spec)
	if err != nil {
		return nil, a.placedProgram(entry, a.placed(id, err))
	}
	return session, nil
}

// program opens the program of a source, nil where it has none. Whether it may
// run is held against the lock file by the host.
func (a *App) program(entry host.Entry) (*host.Program, error) {
	if entry.Program == "" {
		return nil, nil
	}
	p, err := a.host.Program(a.ProgramPath(entry.Program))
	return p, a.placedProgram(entry, err)
}

// ProgramPath gives the path of a program of the sources file.
func (a *App) ProgramPath(program string) string {
	if filepath.IsAbs(program) {
		return program
	}
	return filepath.Join(a.Home, program)
}

// placedProgram adds the place of `program:` to a problem that says that the
// program of a source may not or cannot run.
func (a *App) placedProgram(entry host.Entry, err error) error {
	var p *core.Problem
	if entry.Program == "" || !errors.As(err, &p) || p.Class != core.ClassConfig || p.Origin != core.OriginHost || p.Phase != core.PhaseStart {
		return err
	}
	q := *p
	q.Message = fmt.Sprintf("%s: %s", a.Sources.PositionOf(entry.System, "program"), p.Message)
	return &q
}

// placed adds the place in the sources file to configuration problems.
func (a *App) placed(system string, err error) error {
	var out []error
	inFile := false
	for _, p := range core.Problems(err) {
		inFile = inFile || p.ConfigPath != ""
		p = a.Placed(system, p)
		out = append(out, &p)
	}
	if !inFile {
		return err
	}
	return errors.Join(out...)
}

// Placed gives a problem of a system's source with its place in the sources
// file in front, where it concerns the configuration.
func (a *App) Placed(system string, p core.Problem) core.Problem {
	if p.ConfigPath != "" {
		p.Message = fmt.Sprintf("%s: %s: %s", a.Sources.Position(system, p.ConfigPath), p.ConfigPath, p.Message)
		p.ConfigPath = ""
	}
	return p
}

// Describe gives a problem of a system's source as one line, with its place in
// the sources file where it concerns the configuration.
func (a *App) Describe(system string, p *core.Problem) string {
	placed := a.Placed(system, *p)
	return placed.Error()
}
