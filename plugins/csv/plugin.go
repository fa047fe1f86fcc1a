package csvsource

import (
	"context"
	_ "embed"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // zones are needed where the operating system has none

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/internal/places"
	"github.com/sinusta/sinusta/plugins/sdk"
)

const (
	pluginVersion = "1.0.0"
	defaultZone   = "Europe/Helsinki"
)

//go:embed config.schema.json
var configSchema string

// New gives the plugin `csv`.
func New() sdk.Plugin[Config] {
	return sdk.Plugin[Config]{
		Name: "csv", Version: pluginVersion,
		Title:  catalogue.Text{FI: "Määräajoin viedyt taulukkotiedostot (CSV)", SV: "Tabellfiler som exporteras regelbundet (CSV)", EN: "Table files that are exported at set times (CSV)"},
		Config: configSchema,
		Open: func(_ context.Context, c Config, env sdk.Env) (sdk.Instance, error) {
			i, err := Open(c, env)
			if err != nil {
				return nil, err
			}
			return i, nil
		},
	}
}

// Instance is the plugin with the configuration of one system.
type Instance struct {
	root     *os.Root
	plans    []*typePlan
	files    []*filePlan
	ignored  []pattern
	leftOut  []core.LeftOut
	issuers  map[core.Kind]string
	complete []core.Kind
	zone     *time.Location
	limits   Limits
	unknown  time.Duration
	now      func() time.Time
}

// Open holds the configuration against the profile of the system's kind, and
// opens the folder. Errors are of ClassConfig, or tell that the folder cannot
// be read.
func Open(c Config, env sdk.Env) (*Instance, error) {
	profile, err := catalogue.ProfileFor(env.Kind)
	if err != nil {
		return nil, sdk.ConfigError("types", "%s", err)
	}
	i := &Instance{issuers: env.Issuers, complete: env.Complete, limits: c.Limits, unknown: places.UnknownLength, now: time.Now}
	zone := c.TimeZone
	if zone == "" {
		zone = defaultZone
	}
	if i.zone, err = time.LoadLocation(zone); err != nil {
		return nil, sdk.ConfigError("time_zone", "there is no time zone %q; write it as %s", zone, defaultZone)
	}
	if err := i.bounds(); err != nil {
		return nil, err
	}
	k := &compiler{config: c, profile: profile}
	if i.plans, err = k.compile(); err != nil {
		return nil, err
	}
	i.leftOut = k.leftOut
	for _, name := range sortedKeys(k.files) {
		i.files = append(i.files, k.files[name])
	}
	for _, s := range sortedKeys(c.IgnoreFiles) {
		p, err := readPattern(s)
		if err != nil || strings.TrimSpace(c.IgnoreFiles[s]) == "" {
			return nil, sdk.ConfigError("ignore_files."+s, "write a pattern, and the reason why its files are not searched")
		}
		i.ignored = append(i.ignored, p)
		i.leftOut = append(i.leftOut, core.LeftOut{Table: s, Reason: c.IgnoreFiles[s]})
	}
	if i.root, err = openRoot(c.Folder); err != nil {
		return nil, err
	}
	return i, nil
}

func (i *Instance) bounds() error {
	if i.limits.Row < 0 || i.limits.Row > 1<<30 || i.limits.Broken < 0 {
		return sdk.ConfigError("limits", "a bound is above 0, and row at most 1073741824")
	}
	if i.limits.Row == 0 {
		i.limits.Row = defaultRow
	}
	if i.limits.Broken == 0 {
		i.limits.Broken = defaultBroken
	}
	if s := i.limits.Unknown; s != "" {
		d, err := time.ParseDuration(s)
		if err != nil || d <= 0 || d > 31*24*time.Hour {
			return sdk.ConfigError("limits.unknown_length", "write it as 30m or 2h")
		}
		i.unknown = d
	}
	return nil
}

// Types gives the mapped record types with the keys that follow from their
// fields.
func (i *Instance) Types() []sdk.RecordType {
	var out []sdk.RecordType
	for _, t := range i.plans {
		out = append(out, t.recordType())
	}
	return out
}

// Close closes the folder.
func (i *Instance) Close() error { return i.root.Close() }

// Values gives every text of a field outside parties, of every row of every
// type and part that maps it, to give: for what a whole export is compared with.
func (i *Instance) Values(ctx context.Context, field string, tell func(core.Problem) error, give func(text string) error) error {
	s := i.newSearch(telling{tell}, core.Query{})
	files, _, err := i.survey(ctx)
	if err != nil {
		return err
	}
	s.files = files
	for _, t := range i.plans {
		for _, p := range t.rows() {
			for _, f := range p.fields {
				if f.profile.Name != field {
					continue
				}
				if err := s.values(ctx, p, f, give); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *search) values(ctx context.Context, p *rowPlan, f field, give func(text string) error) error {
	return s.eachRow(ctx, p, s.files[p.file], func(_ export, c cells) error {
		for _, source := range f.sources {
			text, _, _ := c.text(source.at)
			if text = strings.TrimSpace(text); text == "" {
				continue
			}
			if err := give(text); err != nil {
				return err
			}
		}
		return nil
	})
}

// telling takes what reading tells, and nothing else.
type telling struct {
	tell func(core.Problem) error
}

func (telling) Emit(core.Record) error        { return nil }
func (t telling) Notice(p core.Problem) error { return t.tell(p) }
func (telling) Examined(core.TypeCount)       {}
func (telling) LeftOut([]core.LeftOut)        {}
func (telling) Progress(uint64)               {}
