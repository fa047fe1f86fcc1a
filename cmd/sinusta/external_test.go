package main

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// serveAcme is an external plugin: what the test binary does under the name of
// the program that the scripts install.
func serveAcme(name, version string) {
	err := sdk.Serve(sdk.Plugin[struct{}]{Name: name, Version: version, Title: catalogue.Text{EN: "Acme CRM"},
		Open: func(context.Context, struct{}, sdk.Env) (sdk.Instance, error) { return acme{}, nil }})
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

type acme struct{}

func (acme) Types() []sdk.RecordType {
	t := sdk.RecordType{Name: "ticket"}
	for _, k := range identifier.Known() {
		t.Keys = append(t.Keys, sdk.Key{Kinds: []core.Kind{k}, Match: sdk.MatchExact})
	}
	return []sdk.RecordType{t}
}

func (acme) Check(_ context.Context, steps *sdk.Steps) {
	steps.Run("acme answers", func() error { return nil })
}

func (a acme) Search(_ context.Context, q core.Query, out *sdk.Out) error {
	for _, t := range a.Types() {
		sets, needs := t.Usable(q)
		out.Examined(core.TypeCount{Type: t.Name, Examined: len(sets) > 0, Needs: needs})
	}
	return nil
}

func (acme) Close() error { return nil }

// install puts the test binary at a path, and its checksum beside it, as a
// release would: `install PATH [MORE]`. The bytes of MORE change the checksum.
func install(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: install PATH [MORE]")
	}
	self, err := os.Executable()
	ts.Check(err)
	raw, err := os.ReadFile(self)
	ts.Check(err)
	raw = append(raw, strings.Join(args[1:], "")...)
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
	ts.Check(os.WriteFile(path, raw, 0o700)) //nolint:gosec // a program
	sum := fmt.Sprintf("%x", sha256.Sum256(raw))
	ts.Setenv("SUM", sum)
	ts.Check(os.WriteFile(ts.MkAbs("SHA256SUMS"), fmt.Appendf(nil, "%s  dist/acme-crm_linux_amd64\n%064d *other\n", sum, 7), 0o600))
}

// sign signs a file with the key of a publisher: `sign FILE SIGNATURE NAME`.
// PUBLISHER becomes the public key.
func sign(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: sign FILE SIGNATURE NAME")
	}
	seed := sha256.Sum256([]byte(args[2]))
	key := ed25519.NewKeyFromSeed(seed[:])
	raw, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), ed25519.Sign(key, raw), 0o600))
	public, _ := key.Public().(ed25519.PublicKey)
	ts.Setenv("PUBLISHER", base64.StdEncoding.EncodeToString(public))
}
