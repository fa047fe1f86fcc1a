package sdk_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// config is what stands under `config:` of the sources file.
type config struct {
	File string `json:"file"`
}

// visitors is a source over a visitors' book: a CSV file with the columns
// number, e-mail and purpose of the visit.
type visitors struct{ file string }

func open(_ context.Context, c config, _ sdk.Env) (sdk.Instance, error) {
	if c.File == "" {
		return nil, sdk.ConfigError("file", "name the visitors' book")
	}
	return &visitors{file: c.File}, nil
}

func (v *visitors) Types() []sdk.RecordType {
	return []sdk.RecordType{{Name: "visit", Keys: []sdk.Key{{Kinds: []core.Kind{core.Email}, Match: sdk.MatchExact}}}}
}

func (v *visitors) Check(_ context.Context, steps *sdk.Steps) {
	steps.Run("open the book", func() error {
		_, err := os.Stat(v.file)
		return sdk.AuthError("the book cannot be read", err)
	})
}

func (v *visitors) Search(_ context.Context, q core.Query, out *sdk.Out) error {
	sets, needs := v.Types()[0].Usable(q)
	if len(sets) == 0 {
		out.Examined(core.TypeCount{Type: "visit", Needs: needs})
		return nil
	}
	f, err := os.Open(v.file)
	if err != nil {
		return sdk.TransientError("the book cannot be read", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return sdk.DataError("the book is no table", err)
	}
	for _, row := range rows {
		for _, set := range sets {
			if !strings.EqualFold(row[1], set.AllOf[0].Value) {
				continue
			}
			if err := out.Emit(core.Record{Type: "visit", Ref: "visit/" + row[0],
				Fields:  []core.Field{{Name: "purpose", Value: core.TextValue(row[2])}},
				Parties: []core.Party{{Slot: "visitor", Fields: []core.Field{{Name: "email", Value: core.TextValue(row[1])}}}},
			}); err != nil {
				return err
			}
			break
		}
	}
	out.Examined(core.TypeCount{Type: "visit", Examined: true, Kinds: []core.Kind{core.Email}})
	return nil
}

func (v *visitors) Close() error { return nil }

// A whole plugin. Started by hand it only says what it is.
func ExampleServe() {
	err := sdk.Serve(sdk.Plugin[config]{Name: "visitors", Version: "1.0.0",
		Title: catalogue.Text{FI: "Vierailijat", SV: "Besökare", EN: "Visitors"}, Open: open})
	fmt.Println(err)
	// Output:
	// this program is a source plugin: sinusta starts it; name it under `plugin:` in sources.yaml and try it with `sinusta sources check`
}
