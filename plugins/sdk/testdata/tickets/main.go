// Command tickets is a source plugin over a CSV file of tickets: number,
// e-mail address of the requester, title.
package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
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

type source struct{ file string }

func main() {
	err := sdk.Serve(sdk.Plugin[config]{Name: "csv-tickets", Version: "1.0.0", Title: catalogue.Text{EN: "Tickets in a CSV file"},
		Config: `{"type": "object", "required": ["file"], "properties": {"file": {"type": "string"}}}`,
		Open: func(_ context.Context, c config, _ sdk.Env) (sdk.Instance, error) {
			if c.File == "" {
				return nil, sdk.ConfigError("file", "name the CSV file")
			}
			return source{c.File}, nil
		}})
	fmt.Fprintln(os.Stderr, err) // it was started by hand
	os.Exit(1)
}

func (source) Types() []sdk.RecordType {
	return []sdk.RecordType{{Name: "ticket", Keys: []sdk.Key{{Kinds: []core.Kind{core.Email}, Match: sdk.MatchExact}},
		Fields: []string{"title", "requester.email"}}}
}

func (s source) Check(_ context.Context, steps *sdk.Steps) {
	steps.Run("read-only", func() error { // the file is opened for reading alone
		f, err := os.Open(s.file)
		if err != nil {
			return sdk.ConfigError("file", "the file cannot be opened for reading")
		}
		return f.Close()
	})
}

func (s source) Search(_ context.Context, q core.Query, out *sdk.Out) error {
	sets, needs := s.Types()[0].Usable(q)
	out.Examined(core.TypeCount{Type: "ticket", Examined: len(sets) > 0, Needs: needs})
	if len(sets) == 0 {
		return nil
	}
	f, err := os.Open(s.file)
	if err != nil {
		return sdk.TransientError("the file cannot be read", err)
	}
	defer f.Close()
	for rows := csv.NewReader(f); ; {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || len(row) < 3 {
			return sdk.PartialError("a row is no ticket; the rest of the file was not read", errors.Join(err, errors.New("too short")))
		}
		for _, set := range sets {
			if !strings.EqualFold(row[1], set.AllOf[0].Value) {
				continue
			}
			err := out.Emit(core.Record{Type: "ticket", Ref: "ticket/" + row[0],
				Fields:    []core.Field{{Name: "title", Value: core.TextValue(row[2])}},
				Parties:   []core.Party{{Slot: "requester", Fields: []core.Field{{Name: "email", Value: core.TextValue(row[1])}}}},
				MatchedBy: []core.Match{{Kind: core.Email, Slot: "requester", Field: "email", Tier: core.TierExact}}})
			if err != nil {
				return err
			}
			break // one record, however many keys find it
		}
	}
}

func (source) Close() error { return nil }
