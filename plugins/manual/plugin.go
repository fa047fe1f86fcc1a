// Package manual is the source plugin `manual`: a system that people search,
// whose task stands in the sources file. It asks nobody and finds nothing: it
// answers that somebody has to look, with who, how and in how many days. The
// answer is handed in with `sinusta request answer`.
//
// Where the catalogue's entry says `outcome: manual_pending` no source is
// needed: it makes the task, with a last day. README.md says when to take which.
package manual

import (
	"context"
	_ "embed"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/plugins/sdk"
)

//go:embed config.schema.json
var configSchema string

// Config is the plugin's configuration: the task.
type Config struct {
	// Owner is the function that searches, never a person by name.
	Owner string `json:"owner"`
	// Instructions say where and by what to look.
	Instructions string `json:"instructions"`
	// DueDays is how many days the search may take.
	DueDays int `json:"due_days"`
}

// New gives the plugin `manual`.
func New() sdk.Plugin[Config] {
	return sdk.Plugin[Config]{
		Name: "manual", Version: "1.0.0",
		Title:  catalogue.Text{FI: "Käsin tehtävä haku (paperit, muiden järjestelmät)", SV: "Sökning för hand (papper, andras system)", EN: "Search by hand (paper, systems of others)"},
		Config: configSchema,
		Open: func(_ context.Context, c Config, env sdk.Env) (sdk.Instance, error) {
			i, err := open(c, env)
			if err != nil {
				return nil, err
			}
			return i, nil
		},
	}
}

type instance struct {
	config Config
	types  []sdk.RecordType
}

func open(c Config, env sdk.Env) (*instance, error) {
	profile, err := catalogue.ProfileFor(env.Kind)
	switch {
	case err != nil:
		return nil, sdk.ConfigError("", "%s", err)
	case strings.TrimSpace(c.Owner) == "":
		return nil, sdk.ConfigError("owner", "name the function that searches")
	case strings.TrimSpace(c.Instructions) == "":
		return nil, sdk.ConfigError("instructions", "say where and by what to look")
	case c.DueDays <= 0:
		return nil, sdk.ConfigError("due_days", "say how many days the search may take")
	}
	i := &instance{config: c}
	for _, t := range profile.Types {
		r := sdk.RecordType{Name: t.Name}
		for _, kind := range identifier.Known() { // people look by whatever they are told
			r.Keys = append(r.Keys, sdk.Key{Kinds: []core.Kind{kind}, Match: sdk.MatchTerms})
		}
		i.types = append(i.types, r)
	}
	return i, nil
}

// Types gives every record type of the profile: people find what there is.
func (i *instance) Types() []sdk.RecordType { return i.types }

// Check has nothing to try out.
func (i *instance) Check(_ context.Context, steps *sdk.Steps) {
	steps.Run("task", func() error { return nil })
	steps.Run("read-only", func() error { return nil }) // nothing is asked at all
}

// Search says that somebody has to look.
func (i *instance) Search(ctx context.Context, _ core.Query, _ *sdk.Out) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return sdk.DeferredError("%s searches it by hand within %d days: %s", strings.TrimSpace(i.config.Owner), i.config.DueDays, strings.TrimSpace(i.config.Instructions))
}

// Close has nothing to close.
func (i *instance) Close() error { return nil }
