package sqlsource

import (
	"context"
	"database/sql"
	_ "embed"
	"maps"
	"slices"
	"time"
	_ "time/tzdata" // zones are needed where the operating system has none

	"golang.org/x/text/encoding/charmap"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

const (
	pluginName    = "sql"
	pluginVersion = "1.0.0"
	defaultZone   = "Europe/Helsinki"
	// connections bounds what one system is asked at the same time.
	connections = 4
	// defaultTimeout bounds a statement when the host sets no bound.
	defaultTimeout = time.Minute
)

//go:embed config.schema.json
var configSchema string

// New gives the plugin `sql`.
func New() sdk.Plugin[Config] {
	return sdk.Plugin[Config]{
		Name: pluginName, Version: pluginVersion,
		Title: catalogue.Text{
			FI: "Relaatiotietokanta (SQLite, PostgreSQL, MariaDB, MySQL, SQL Server, Oracle)",
			SV: "Relationsdatabas (SQLite, PostgreSQL, MariaDB, MySQL, SQL Server, Oracle)",
			EN: "Relational database (SQLite, PostgreSQL, MariaDB, MySQL, SQL Server, Oracle)",
		},
		Config:       configSchema,
		Capabilities: []sdk.Capability{sdk.CanFetch},
		Open: func(ctx context.Context, c Config, env sdk.Env) (sdk.Instance, error) {
			i, err := open(ctx, c, env)
			if err != nil {
				return nil, err
			}
			return i, nil
		},
	}
}

// Instance is the plugin configured for one system, for a plugin that adds to
// its records.
type Instance = instance

// Sink is what a search tells.
type Sink = sink

// Open is Open of the plugin: see [New].
func Open(ctx context.Context, c Config, env sdk.Env) (*Instance, error) { return open(ctx, c, env) }

// SearchInto is Search for a plugin that adds to the records.
func (i *instance) SearchInto(ctx context.Context, q core.Query, out Sink) error {
	return i.search(ctx, q, out)
}

// Values gives every text of a field outside parties, of every row of every
// type and part that maps it, to give: for what a whole system is compared with.
func (i *instance) Values(ctx context.Context, field string, _ func(core.Problem) error, give func(text string) error) error {
	return i.snapshot(ctx, func(s *session) error {
		read := s.reader()
		for _, t := range s.plan.types {
			for _, set := range t.sets {
				for _, f := range set.fields {
					if f.profile.Name != field {
						continue
					}
					if err := s.values(ctx, read, set, f, give); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
}

// values gives the texts of a field of a set.
func (s *session) values(ctx context.Context, read reader, r *rowset, f boundField, give func(text string) error) error {
	for _, at := range f.at {
		c := r.columns[at]
		if c.path != nil {
			return sdk.ConfigError(r.path, "the column %s is a member of a document, which cannot be listed; map a column of its own", c.display(r))
		}
		st := &statement{dialect: s.dialect}
		st.write("SELECT ", s.dialect.read(st.expr(r, c), c.column))
		st.up(r)
		err := s.each(ctx, st, func(raw []any) error {
			values := read.row(raw, r, []int{at})
			if text := tidy(values.text(at)); text != "" {
				return give(text)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// instance is the plugin configured for one system.
type instance struct {
	config  Config
	profile *catalogue.Profile
	dialect *dialect
	db      *sql.DB
	zone    *time.Location
	// encoding is that of text which is no valid UTF-8, nil where nobody told.
	encoding *charmap.Charmap
	issuers  map[core.Kind]string
	// complete are the kinds that every record is said to hold.
	complete []core.Kind
	timeout  time.Duration
	digest   []byte
	types    []sdk.RecordType
	samples  samples
}

// open checks the mapping against the profile, connects, and checks it
// against the database.
func open(ctx context.Context, c Config, env sdk.Env) (*instance, error) {
	profile, err := catalogue.ProfileFor(env.Kind)
	if err != nil {
		return nil, sdk.ConfigError("types", "%s", err)
	}
	known := dialects()
	d, ok := known[c.Driver]
	if !ok {
		return nil, sdk.ConfigError("driver", "there is no driver %q%s", c.Driver, suggest.Names(c.Driver, slices.Collect(maps.Keys(known))))
	}
	if c.Schema != "" && c.Driver == "sqlite" {
		return nil, sdk.ConfigError("schema", "an SQLite file has no schemas; remove this setting")
	}
	i := &instance{config: c, profile: profile, dialect: d, issuers: env.Issuers, complete: env.Complete, timeout: env.Timeout, digest: digestOf(c)}
	if i.timeout <= 0 {
		i.timeout = defaultTimeout
	}
	if i.zone, err = time.LoadLocation(zoneName(c)); err != nil {
		return nil, sdk.ConfigError("time_zone", "there is no time zone %q; write it as %s", c.TimeZone, defaultZone)
	}
	if i.encoding = charmaps(c.Encoding); c.Encoding != "" && i.encoding == nil {
		return nil, sdk.ConfigError("encoding", "there is no encoding %q of one byte; write it as windows-1252 or iso-8859-15", c.Encoding)
	}
	p, err := compile(c, profile, nil)
	if err != nil {
		return nil, err
	}
	for _, t := range p.types {
		i.types = append(i.types, t.recordType())
	}
	if i.db, err = d.open(c); err != nil {
		return nil, err
	}
	i.db.SetMaxOpenConns(connections)
	i.db.SetConnMaxIdleTime(5 * time.Minute)
	if err := i.snapshot(ctx, func(*session) error { return nil }); err != nil {
		_ = i.db.Close()
		return nil, err
	}
	return i, nil
}

func zoneName(c Config) string {
	if c.TimeZone == "" {
		return defaultZone
	}
	return c.TimeZone
}

// Types gives the mapped record types with the keys that follow from their
// fields.
func (i *instance) Types() []sdk.RecordType { return i.types }

// Close closes the connections.
func (i *instance) Close() error { return i.db.Close() }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
