// Command slow is a source plugin that takes a while and finds nothing. The
// benchmark of many systems asked at once is made with it.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/plugins/sdk"
)

type config struct {
	Milliseconds int `json:"milliseconds"`
}

type source struct {
	types []sdk.RecordType
	delay time.Duration
}

func main() {
	err := sdk.Serve(sdk.Plugin[config]{Name: "slow", Version: "1.0.0", Title: catalogue.Text{EN: "A slow system"},
		Config: `{"type": "object", "properties": {"milliseconds": {"type": "integer"}}}`, Open: open})
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func open(_ context.Context, c config, env sdk.Env) (sdk.Instance, error) {
	profile, err := catalogue.ProfileFor(env.Kind)
	if err != nil {
		return nil, sdk.ConfigError("milliseconds", "the system's kind has no profile")
	}
	s := source{delay: time.Duration(c.Milliseconds) * time.Millisecond}
	for _, t := range profile.Types {
		record := sdk.RecordType{Name: t.Name}
		for _, kind := range identifier.Known() {
			record.Keys = append(record.Keys, sdk.Key{Kinds: []core.Kind{kind}, Match: sdk.MatchExact})
		}
		s.types = append(s.types, record)
	}
	return s, nil
}

func (s source) Types() []sdk.RecordType { return s.types }

func (s source) Check(context.Context, *sdk.Steps) {}

func (s source) Search(ctx context.Context, _ core.Query, out *sdk.Out) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(s.delay):
	}
	for _, t := range s.types {
		out.Examined(core.TypeCount{Type: t.Name, Examined: true})
	}
	return nil
}

func (s source) Close() error { return nil }
