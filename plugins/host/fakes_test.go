//go:build unix

package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// fakeConfig configures the plugin "fake", which is written with the SDK as
// any plugin is. The test binary runs itself as that plugin.
type fakeConfig struct {
	Records   int        `json:"records"`
	Size      int        `json:"size"` // of each record's text, in bytes
	Behaviour string     `json:"behaviour"`
	Password  sdk.Secret `json:"password"`
	Types     map[string]struct {
		Key []string `json:"key"`
	} `json:"types"`
}

func fake(name string) sdk.Plugin[fakeConfig] {
	return sdk.Plugin[fakeConfig]{Name: name, Version: "1.2.3", Title: catalogue.Text{EN: "Fake", FI: "Vale"},
		Config: `{"type":"object"}`, Capabilities: []sdk.Capability{sdk.CanDiscover, sdk.CanFetch},
		Open: func(_ context.Context, c fakeConfig, env sdk.Env) (sdk.Instance, error) {
			env.Log.Info("opened", "password", c.Password, "literally", c.Password.Reveal(), "system", env.System)
			switch c.Behaviour {
			case "refuse":
				return nil, errors.Join(
					sdk.ConfigError("types.ticket.key", "there is no column with the secret %s", c.Password.Reveal()),
					sdk.ConfigError("types.ticket.table", "there is no such table"))
			case "panic-open":
				panic("password " + c.Password.Reveal())
			case "slow-open":
				time.Sleep(time.Minute)
			case "panic-text-open":
				panic("the secret is\n{\"@level\":\"error\",\"@message\":\"" + c.Password.Reveal() + " of Maija\"}")
			case "print-open":
				fmt.Println("connected as", c.Password.Reveal())
			case "daemon-open":
				// In a session of its own, and init's child.
				if err := spawn("setsid", "--fork", "sleep", "30"); err != nil {
					return nil, err
				}
			case "grandchild-open":
				if err := spawn("sleep", "30"); err != nil {
					return nil, err
				}
			}
			return &fakeInstance{c: c, env: env}, nil
		}}
}

type fakeInstance struct {
	c   fakeConfig
	env sdk.Env
}

func (f *fakeInstance) Types() []sdk.RecordType {
	return []sdk.RecordType{
		{Name: "ticket", Keys: []sdk.Key{{Kinds: []core.Kind{core.Email}, Match: sdk.MatchExact}}},
		{Name: "case", Keys: []sdk.Key{{Kinds: []core.Kind{core.DiaryNumber}, Match: sdk.MatchExact}}},
	}
}

func (f *fakeInstance) Check(_ context.Context, steps *sdk.Steps) {
	steps.Run("connect", func() error { return nil })
	steps.Run("sign in", func() error {
		return sdk.AuthError("the account is refused with "+f.c.Password.Reveal(), errors.New(f.c.Password.Reveal()))
	})
	steps.Run("panics", func() error { panic("010190-900X") })
	for _, k := range f.env.Complete {
		steps.Run(sdk.CompleteStep(k), func() error { p := sdk.Incomplete("ticket", "types.ticket", k); return &p })
	}
	steps.Warn("columns", core.Problem{Class: core.ClassUnmapped, Message: "2 columns are not mapped"})
}

func (f *fakeInstance) Search(ctx context.Context, q core.Query, out *sdk.Out) error {
	switch f.c.Behaviour {
	case "panic":
		panic("secret value " + q.AnyOf[0].AllOf[0].Value)
	case "panic-text-outside":
		go panic("Maija\n{\"@level\":\"error\",\"@message\":\"no row for Maija\"}\n\t/Maija/Maija.go:7")
		time.Sleep(time.Minute)
	case "panic-goexit":
		runtime.Goexit()
	case "panic-outside":
		go panic("secret value " + q.AnyOf[0].AllOf[0].Value)
		time.Sleep(time.Minute)
	case "unclassified":
		return fmt.Errorf("no row for %s", q.AnyOf[0].AllOf[0].Value)
	case "auth":
		return sdk.AuthError("the account of maija.makinen@example.fi is locked", errors.New("x"))
	case "ignore-ctx":
		time.Sleep(time.Minute)
	case "wait", "grandchild-open", "daemon-open":
		<-ctx.Done()
		return ctx.Err()
	case "noise":
		return f.noise(ctx, q, out)
	case "silent-type":
		return nil
	case "slow":
		time.Sleep(3500 * time.Millisecond)
	case "setsid-grandchild":
		return spawn("setsid", "sleep", "30")
	case "emit-then-wait":
		if err := f.emit(ctx, q, out); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	case "grandchild":
		return spawn("sleep", "30")
	}
	return f.emit(ctx, q, out)
}

func (f *fakeInstance) emit(_ context.Context, q core.Query, out *sdk.Out) error {
	for i := range f.c.Records {
		r := core.Record{Type: "ticket", Ref: fmt.Sprintf("ticket/%06d", i), Fields: []core.Field{
			{Name: "title", Value: core.TextValue("Tulostin ei toimi: ääkköset")}}}
		if f.c.Size > 0 {
			r.Fields = []core.Field{{Name: "text", Value: core.TextValue(strings.Repeat("x", f.c.Size))}}
		}
		switch {
		case f.c.Behaviour == "exit" && i == 150:
			time.Sleep(200 * time.Millisecond) // let what came before arrive
			os.Exit(3)
		case f.c.Behaviour == "twice" && i == 5:
			r.Ref = "ticket/000001"
		case f.c.Behaviour == "odd" && i == 0:
			r.Fields = append(r.Fields, core.Field{Name: "description", Value: core.TextValue("\xc4\xe4kk\xf6set")},
				core.Field{Name: "resolution", Value: core.TextValue(string(make([]byte, 2<<20)))})
		}
		if err := out.Emit(r); err != nil {
			return err
		}
		if i%1000 == 999 {
			if err := out.Checkpoint(core.Checkpoint{Format: "n", Cursor: []byte(r.Ref)}); err != nil {
				return err
			}
		}
	}
	for _, k := range f.env.Complete {
		if err := out.Notice(sdk.Incomplete("ticket", "types.ticket", k)); err != nil {
			return err
		}
	}
	for _, t := range f.Types() {
		sets, needs := t.Usable(q)
		n := uint64(0)
		if t.Name == "ticket" {
			n = uint64(f.c.Records)
		}
		out.Examined(core.TypeCount{Type: t.Name, Examined: len(sets) > 0, Needs: needs, Matched: n})
	}
	return nil
}

// noise writes to standard output in every way, also a line that is longer
// than go-plugin's reader takes.
func (f *fakeInstance) noise(ctx context.Context, q core.Query, out *sdk.Out) error {
	long := make([]byte, 200<<10)
	for range 3 {
		fmt.Println("hello")
		if _, err := syscall.Write(1, long); err != nil {
			return sdk.DataError("write", err)
		}
	}
	fmt.Fprintln(os.Stderr, "a line with 010190-900X that no log handler wrote")
	return f.emit(ctx, q, out)
}

func (f *fakeInstance) Close() error {
	switch f.c.Behaviour {
	case "slow-close":
		time.Sleep(time.Minute)
	case "panic-close":
		panic(f.c.Password.Reveal())
	case "mark-close": // the working folder is the host's home
		return os.WriteFile("closed", nil, 0o600)
	}
	return nil
}

// specOf gives a source of the plugin "fake".
func specOf(c map[string]any) Spec {
	raw, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return Spec{System: "V6.1", Kind: "ticketing", Plugin: "fake", Config: raw,
		Secrets: map[string]string{"password": canary}}
}

// canary is a secret that may never be seen outside the plugin.
const canary = "s3cr3t-canary-73c1"

// person is the identifier that no log and no problem may show.
const person = "maija.makinen@example.fi"

func query() core.Query {
	return core.Query{Request: "r1", AnyOf: []core.KeySet{{AllOf: []core.Identifier{
		{Kind: core.Email, Value: person, Status: core.Valid}}}}}
}
