package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// fakeMarker is the file in an installation that puts the fake in the place of
// the plugin fakePlugin: it fails in ways that no real system can be made to
// fail in on demand.
const (
	fakeMarker = "fake-source"
	fakePlugin = "ldap"
)

// fakeConfig says what the fake does.
type fakeConfig struct {
	Do string `json:"do"`
	// Times is how often it does so before it answers; 0 is always.
	Times int `json:"times"`
	// Password is not used.
	Password sdk.Secret `json:"password"`
}

// serveFake serves the fake where the installation, which a plugin works in,
// wants it; done is false elsewhere.
func serveFake(name string) (code int, done bool) {
	if _, err := os.Stat(fakeMarker); err != nil || name != fakePlugin {
		return 0, false
	}
	err := sdk.Serve(sdk.Plugin[fakeConfig]{Name: fakePlugin, Version: "1.0.0", Title: catalogue.Text{FI: "Vale", SV: "Falsk", EN: "Fake"},
		Config: `{"type":"object"}`,
		Open: func(_ context.Context, c fakeConfig, _ sdk.Env) (sdk.Instance, error) {
			if c.Do == "config" {
				return nil, errors.Join(sdk.ConfigError("do", "there is no such thing"), sdk.ConfigError("times", "nor so many of them"))
			}
			return &fakeSource{c}, nil
		}})
	if err != nil {
		return exitFailed, true
	}
	return exitDone, true
}

type fakeSource struct{ c fakeConfig }

func (f *fakeSource) Types() []sdk.RecordType {
	t := sdk.RecordType{Name: "account"}
	for _, kind := range []core.Kind{core.Email, core.EmployeeNumber, core.UserID, core.Phone, core.Name} {
		t.Keys = append(t.Keys, sdk.Key{Kinds: []core.Kind{kind}, Match: sdk.MatchExact})
	}
	return []sdk.RecordType{t}
}

func (f *fakeSource) Check(context.Context, *sdk.Steps) {}

func (f *fakeSource) Close() error { return nil }

// calls counts the searches over all processes of the fake.
func calls() int {
	const path = "fake-calls"
	raw, _ := os.ReadFile(path) // none is none
	_ = os.WriteFile(path, append(raw, '.'), 0o600)
	return len(raw)
}

func (f *fakeSource) Search(ctx context.Context, q core.Query, out *sdk.Out) error {
	out.Examined(core.TypeCount{Type: "account", Examined: true, Kinds: q.Kinds()})
	n := calls()
	from := 0
	if q.Resume.Format == "fake" {
		from = 1
	}
	mine := q.AnyOf[0].AllOf[0].Value
	for i := from; i < 2; i++ {
		r := core.Record{Type: "account", Ref: fmt.Sprintf("account/%d", i), Parties: []core.Party{{Slot: "person",
			Fields: []core.Field{{Name: "email", Value: core.TextValue(fmt.Sprintf("nobody%d@posti.example", i))}}}}}
		if err := out.Emit(r); err != nil {
			return err
		}
		if i == 0 {
			if err := out.Checkpoint(core.Checkpoint{Format: "fake", Cursor: []byte("1")}); err != nil {
				return err
			}
		}
		if f.c.Times == 0 || n < f.c.Times {
			if err := f.fail(ctx, mine, out); err != nil {
				return err
			}
		}
	}
	return nil
}

// fail does what the configuration says. mine is a value that nobody may see.
func (f *fakeSource) fail(ctx context.Context, mine string, out *sdk.Out) error {
	do, after, _ := strings.Cut(f.c.Do, " ")
	cause := errors.New("no entry for " + mine)
	switch do {
	case "auth":
		return sdk.AuthError("the account is locked", cause)
	case "transient":
		return sdk.TransientError("the server is down for maintenance", cause)
	case "rate-limited":
		wait, err := time.ParseDuration(after)
		if err != nil {
			return err
		}
		return sdk.RateLimitedError("too many requests", wait, cause)
	case "data":
		return sdk.DataError("a record has no key", cause)
	case "notice":
		return out.Notice(core.Problem{Class: core.Class(after), Origin: core.OriginSystem, RecordType: "account", Message: "something is amiss"})
	case "return":
		return &core.Problem{Class: core.Class(after), Origin: core.OriginPlugin, Message: "something is amiss"}
	case "panic":
		panic("no entry for " + mine)
	case "exit":
		time.Sleep(100 * time.Millisecond) // let what came before arrive
		os.Exit(3)
	case "die":
		time.Sleep(100 * time.Millisecond)
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Kill()
		}
		return err
	case "hang":
		<-ctx.Done()
		return ctx.Err()
	case "cancel":
		return context.Canceled
	case "late":
		return context.DeadlineExceeded
	}
	return fmt.Errorf("the fake cannot %q", do)
}
