package csvsource

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// trips maps an export of a travel system. The files hold made-up people.
const trips = `
files:
  trips: {pattern: "matkat-{yyyymmdd}.csv"}
types:
  trip:
    file: trips
    key: [nro]
    time: lahto
    fields:
      trip_number: nro
      purpose: tarkoitus
      departure: {column: lahto, as: date}
      total: {column: summa, as: number}
      status: {column: tila, codes: {M: {fi: maksettu, sv: betald, en: paid}}}
    parties:
      - {slot: traveller, fields: {name: nimi, email: sahkoposti, date_of_birth: syntynyt}}
`

const tripHeader = "nro;nimi;sahkoposti;syntynyt;lahto;tarkoitus;summa;tila\n"

const maijaTrip = "7;Esimerkki Maija;maija.esimerkki@example.fi;13.9.1971;4.3.2024;Kokous Oulussa;1 234,50;M\n"

// heard is what a search told.
type heard struct {
	records  []core.Record
	problems []core.Problem
	counts   []core.TypeCount
	leftOut  []core.LeftOut
}

func (h *heard) Emit(r core.Record) error    { h.records = append(h.records, r); return nil }
func (h *heard) Notice(p core.Problem) error { h.problems = append(h.problems, p); return nil }
func (h *heard) Examined(t core.TypeCount)   { h.counts = append(h.counts, t) }
func (h *heard) LeftOut(list []core.LeftOut) { h.leftOut = list }
func (h *heard) Progress(uint64)             {}
func (h *heard) refs() string {
	var out []string
	for _, r := range h.records {
		out = append(out, r.Ref)
	}
	return strings.Join(out, " ")
}

// told tells whether some problem of the class says all of the words.
func (h *heard) told(class core.Class, words ...string) bool {
	for _, p := range h.problems {
		all := p.Class == class
		for _, w := range words {
			all = all && strings.Contains(p.ConfigPath+" "+p.Message, w)
		}
		if all {
			return true
		}
	}
	return false
}

// folder makes a folder with the files.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func configOf(t testing.TB, mapping, dir string) Config {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(mapping))
	if err != nil {
		t.Fatal(err)
	}
	var c Config
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	c.Folder = dir
	return c
}

func opened(t testing.TB, kind, mapping, dir string) *Instance {
	t.Helper()
	i, err := Open(configOf(t, mapping, dir), sdk.Env{Kind: kind})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.Close() })
	i.now = func() time.Time { return time.Date(2024, 3, 5, 12, 0, 0, 0, i.zone) }
	return i
}

func by(t testing.TB, keys ...string) core.Query {
	t.Helper()
	var set core.KeySet
	for _, k := range keys {
		kind, raw, _ := strings.Cut(k, "=")
		id, err := identifier.Parse(core.Kind(kind), raw)
		if err != nil {
			t.Fatal(err)
		}
		id.Forms = identifier.Forms(id)
		set.AllOf = append(set.AllOf, id)
	}
	return core.Query{Request: "test", AnyOf: []core.KeySet{set}}
}

func asked(t testing.TB, i *Instance, q core.Query) *heard {
	t.Helper()
	h := &heard{}
	if err := i.SearchInto(context.Background(), q, h); err != nil {
		t.Fatal(err)
	}
	return h
}

const maijasMail = "email=maija.esimerkki@example.fi"
