package filessource

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	_ "embed"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/document"
	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/plugins/internal/freetext"
	"github.com/sinusta/sinusta/plugins/sdk"
)

//go:embed config.schema.json
var configSchema string

const (
	defaultFiles   = 2_000_000
	defaultSeconds = 900
	defaultFetch   = 2 << 30
	shortestKey    = 32
)

// rootName is what a root may be called: it stands in refs and reports.
var rootName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// New gives the plugin.
func New() sdk.Plugin[Config] {
	return sdk.Plugin[Config]{
		Name: "files", Version: "1.0.0",
		Title:        catalogue.Text{FI: "Levyjako tai asiakirjakansio", SV: "Filresurs eller dokumentmapp", EN: "File share or folder of documents"},
		Config:       configSchema,
		Capabilities: []sdk.Capability{sdk.CanFetch},
		Open: func(_ context.Context, c Config, env sdk.Env) (sdk.Instance, error) {
			i, err := configure(c, env)
			if err != nil {
				return nil, err
			}
			return i, nil
		},
	}
}

// instance is the plugin with the configuration of one system.
type instance struct {
	roots     []root
	rules     rules
	owners    []ownerRule
	profile   catalogue.RecordType
	keys      []core.Kind
	complete  []core.Kind
	limits    document.Limits
	mostFiles int
	fetch     int64
	time      time.Duration
	standing  *standing // nil without an index
}

// root is a folder that is searched.
type root struct {
	name, path string
	mayBeEmpty bool
}

func configure(c Config, env sdk.Env) (*instance, error) {
	profile, err := catalogue.ProfileFor(env.Kind)
	if err != nil {
		return nil, sdk.ConfigError("", "%s", err)
	}
	i := &instance{complete: env.Complete}
	if i.profile, err = recordType(profile, c.Type); err != nil {
		return nil, err
	}
	if i.roots, err = roots(c.Roots); err != nil {
		return nil, err
	}
	if i.rules, err = newRules(c); err != nil {
		return nil, err
	}
	if i.owners, err = newOwners(c.Owners, i.profile); err != nil {
		return nil, err
	}
	if i.keys, err = freetext.Chosen(c.Keys); err != nil {
		return nil, err
	}
	if err := i.bound(c.Limits); err != nil {
		return nil, err
	}
	i.standing, err = i.indexOf(c)
	return i, err
}

// recordType gives the record type that files become.
func recordType(p *catalogue.Profile, name string) (catalogue.RecordType, error) {
	for _, t := range p.Types {
		_, path := t.Field("path")
		_, text := t.Field("text")
		switch {
		case name == "" && path && text, name == t.Name && text:
			return t, nil
		case name == t.Name:
			return t, sdk.ConfigError("type", "the record type %s has no field text for the content of a file", name)
		}
	}
	if name == "" {
		return catalogue.RecordType{}, sdk.ConfigError("type", "no record type of the profile has the fields path and text; systems of kind documents have one")
	}
	return catalogue.RecordType{}, sdk.ConfigError("type", "the profile has no record type %q%s", name, suggest.Names(name, p.TypeNames()))
}

func roots(all map[string]Root) ([]root, error) {
	if len(all) == 0 {
		return nil, sdk.ConfigError("roots", "name the folders that are searched, such as {asiakirjat: /srv/asiakirjat}")
	}
	var out []root
	for _, name := range slices.Sorted(maps.Keys(all)) {
		r := all[name]
		switch {
		case !rootName.MatchString(name):
			return nil, sdk.ConfigError("roots", "the name of a folder has letters of ASCII, digits, . _ and - alone, 64 at most")
		case r.Path == "":
			return nil, sdk.ConfigError("roots."+name, "give the path of the folder")
		}
		path, err := filepath.Abs(r.Path) // from the installation folder, where plugins run
		if err != nil {
			return nil, sdk.ConfigError("roots."+name, "the folder cannot be told from a relative path; give the absolute one")
		}
		for _, other := range out {
			if within(path, other.path) || within(other.path, path) {
				return nil, sdk.ConfigError("roots."+name, "the folder lies in the folder %s, or that in this one: its files would be found twice", other.name)
			}
		}
		out = append(out, root{name, path, r.MayBeEmpty})
	}
	return out, nil
}

// within tells whether a clean path is a folder or lies below it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, string(filepath.Separator))+string(filepath.Separator))
}

func (i *instance) bound(l *Limits) error {
	if l == nil {
		l = &Limits{}
	}
	for _, at := range []struct {
		path  string
		value int64
	}{{"files", int64(l.Files)}, {"file_bytes", l.FileBytes}, {"unpacked_bytes", l.UnpackedBytes}, {"file_seconds", int64(l.FileSeconds)},
		{"fetch_bytes", l.FetchBytes}, {"seconds", int64(l.Seconds)}} {
		if at.value < 0 {
			return sdk.ConfigError("limits."+at.path, "want a number above 0")
		}
	}
	or := func(v, otherwise int64) int64 {
		if v == 0 {
			return otherwise
		}
		return v
	}
	d := document.DefaultLimits()
	i.limits = d
	i.limits.Input, i.limits.Unpacked = or(l.FileBytes, d.Input), or(l.UnpackedBytes, d.Unpacked)
	i.limits.Time = time.Duration(or(int64(l.FileSeconds), int64(d.Time/time.Second))) * time.Second
	i.mostFiles = int(or(int64(l.Files), defaultFiles))
	i.fetch = or(l.FetchBytes, defaultFetch)
	i.time = time.Duration(or(int64(l.Seconds), defaultSeconds)) * time.Second
	return nil
}

// indexOf gives the standing index that the configuration names.
func (i *instance) indexOf(c Config) (*standing, error) {
	if c.Index == "" {
		return nil, nil
	}
	if len(c.Key.Reveal()) < shortestKey {
		return nil, sdk.ConfigError("index", "the index needs the secret `key` of at least %d characters, such as the output of `openssl rand -hex 32`", shortestKey)
	}
	dir, err := filepath.Abs(c.Index)
	if err != nil {
		return nil, sdk.ConfigError("index", "the folder of the index cannot be told")
	}
	for _, r := range i.roots {
		if within(dir, r.path) {
			return nil, sdk.ConfigError("index", "the folder of the index lies in the folder %s that is searched; put it elsewhere", r.name)
		}
	}
	key, err := hkdf.Key(sha256.New, []byte(c.Key.Reveal()), nil, "sinusta: standing index of files", 32)
	if err != nil {
		return nil, sdk.ConfigError("index", "the secret `key` cannot be used")
	}
	return newStanding(dir, key, i.basis()), nil
}

// Types gives the record type with its keys.
func (i *instance) Types() []sdk.RecordType {
	return []sdk.RecordType{{Name: i.profile.Name, Fields: i.fields(), Keys: freetext.Keys(i.keys)}}
}

// Close frees the index.
func (i *instance) Close() error {
	if i.standing == nil {
		return nil
	}
	return i.standing.close()
}
