package recordings

import (
	"context"
	_ "embed"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	csvsource "github.com/sinusta/sinusta/plugins/csv"
	"github.com/sinusta/sinusta/plugins/sdk"
	sqlsource "github.com/sinusta/sinusta/plugins/sql"
)

const (
	pluginVersion  = "1.0.0"
	defaultLongest = 2 << 30
)

//go:embed config.schema.json
var configSchema string

// New gives the plugin `recordings`.
func New() sdk.Plugin[Config] {
	return sdk.Plugin[Config]{
		Name: "recordings", Version: pluginVersion,
		Title:        catalogue.Text{FI: "Tallenteet (puhelut, chat, video, kamerat)", SV: "Inspelningar (samtal, chatt, video, kameror)", EN: "Recordings (calls, chat, video, cameras)"},
		Config:       schema(),
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

// schema gives the JSON Schema, with those of the plugins that hold the
// metadata in it.
func schema() string {
	out := configSchema
	for name, inner := range map[string]string{"csv": csvsource.New().Config, "sql": sqlsource.New().Config} {
		// Its own $id makes it the place from which its references are read.
		out = strings.Replace(out, `"@`+name+`"`, strings.Replace(inner, "{", `{"$id": "`+name+`.schema.json",`, 1), 1)
	}
	return out
}

// metadata is what tells of recordings: an instance of csv or sql.
type metadata interface {
	Types() []sdk.RecordType
	Check(ctx context.Context, steps *sdk.Steps)
	Values(ctx context.Context, field string, tell func(core.Problem) error, give func(text string) error) error
	Close() error
}

// instance is the plugin with the configuration of one system.
type instance struct {
	metadata
	// search asks the metadata.
	search func(ctx context.Context, q core.Query, out *sink) error
	config Media
	root   *os.Root // nil where there are no recordings
	// unread are the texts of a database that are not read for people.
	unread []core.LeftOut
}

func open(ctx context.Context, c Config, env sdk.Env) (*instance, error) {
	i := &instance{}
	if c.Media != nil {
		i.config = *c.Media
	}
	if i.config.Longest == 0 {
		i.config.Longest = defaultLongest
	}
	switch {
	case c.Media != nil && c.Media.Folder == "":
		return nil, sdk.ConfigError("media.folder", "name the folder above the recordings, or remove media where there are none")
	case i.config.Longest < 0:
		return nil, sdk.ConfigError("media.longest", "write how many bytes a recording may have")
	case (c.CSV == nil) == (c.SQL == nil):
		return nil, sdk.ConfigError("csv", "say where the metadata are: csv, or sql")
	case c.CSV != nil:
		inner, err := csvsource.Open(*c.CSV, env)
		if err != nil {
			return nil, below("csv", err)
		}
		i.metadata = inner
		i.search = func(ctx context.Context, q core.Query, out *sink) error { return inner.SearchInto(ctx, q, out) }
	default:
		config := *c.SQL
		config.DSN = c.DSN
		inner, err := sqlsource.Open(ctx, config, env)
		if err != nil {
			return nil, below("sql", err)
		}
		i.metadata = inner
		i.search = func(ctx context.Context, q core.Query, out *sink) error { return inner.SearchInto(ctx, q, out) }
		if i.unread, err = unread(env.Kind, config.Types, inner.Types()); err != nil {
			return nil, errors.Join(err, inner.Close())
		}
	}
	if c.Media == nil {
		return i, nil
	}
	root, err := os.OpenRoot(c.Media.Folder)
	if err != nil {
		return nil, errors.Join(folderProblem(err), i.metadata.Close())
	}
	i.root = root
	return i, nil
}

// below puts the place of the metadata's configuration before the paths of a
// problem.
func below(setting string, err error) error {
	var p *core.Problem
	if !errors.As(err, &p) {
		return err
	}
	own := *p
	if own.Class == core.ClassConfig || own.ConfigPath != "" {
		own.ConfigPath = strings.TrimSuffix(setting+"."+own.ConfigPath, ".")
	}
	return &own
}

func folderProblem(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return sdk.ConfigError("media.folder", "there is no such folder; see that it is mounted, or correct it")
	case errors.Is(err, fs.ErrPermission):
		return sdk.AuthError("the folder of the recordings may not be read; give the account that runs this program the right to read it", err)
	}
	return sdk.TransientError("the folder of the recordings cannot be read", err)
}

// Close closes the metadata and the folder.
func (i *instance) Close() error {
	err := i.metadata.Close()
	if i.root != nil {
		err = errors.Join(err, i.root.Close())
	}
	return err
}
