package recordings

import (
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	_ "modernc.org/sqlite"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/plugins/sdk"
)

const callTypes = `
  types:
    call:
      KEYWORD
      key: [id]
      fields: {call_id: id, time_of_contact: alku, ended: loppu, media: tiedosto}
      parties: [{slot: caller, fields: {phone: numero}}]
`

const callRows = "1|2.3.2024 10:00:00|2.3.2024 10:05:00|D:\\nauhat\\2024\\yksi.wav|040 1234567\n" +
	"2|2.3.2024 10:10:00|2.3.2024 10:15:00|D:\\nauhat\\2024\\kadonnut.wav|040 1234567\n" +
	"3|2.3.2024 10:20:00|2.3.2024 10:25:00||040 1234567\n" +
	"4|2.3.2024 10:26:00|2.3.2024 10:27:00|..\\..\\salaisuus.wav|040 1234567\n" +
	"5|2.3.2024 10:28:00|2.3.2024 10:29:00|D:\\nauhat\\2024\\iso.wav|040 1234567\n" +
	"6|2.3.2024 11:40:00|2.3.2024 11:45:00|D:\\nauhat\\2024\\yksi.wav|040 1234567\n"

// home makes the metadata and the recordings.
func home(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"meta/puhelut.csv":       "id|alku|loppu|tiedosto|numero\n" + callRows,
		"nauhat/2024/yksi.wav":   strings.Repeat("ääntä", 100_000),
		"nauhat/2024/iso.wav":    strings.Repeat("x", 2<<20),
		"nauhat/2024/orpo.wav":   "kenen?",
		"salaisuus.wav":          "ulkopuolella",
		"nauhat/2024/tyhjä.wav~": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// databaseOf makes an SQLite database of the metadata.
func databaseOf(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "puhelut.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE puhelu (id TEXT PRIMARY KEY, alku TEXT, loppu TEXT, tiedosto TEXT, numero TEXT)"); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(callRows) {
		var args []any
		for _, cell := range strings.Split(strings.TrimSuffix(line, "\n"), "|") {
			args = append(args, cell)
		}
		if _, err := db.ExecContext(t.Context(), "INSERT INTO puhelu VALUES (?, ?, ?, ?, ?)", args...); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// both gives the same calls in table files and in a database.
func both(t *testing.T, dir, media string) map[string]string {
	t.Helper()
	tail := "media: {folder: " + dir + "/nauhat, strip: ['D:\\nauhat\\'], longest: 1048576" + media + "}\n"
	return map[string]string{
		"csv": "csv:\n  folder: " + dir + "/meta\n  files: {calls: {pattern: puhelut.csv, delimiter: '|'}}" + strings.Replace(callTypes, "KEYWORD", "file: calls", 1) + tail,
		"sql": "sql:\n  driver: sqlite\n  database: " + databaseOf(t, dir) + strings.Replace(callTypes, "KEYWORD", "table: puhelu", 1) + tail,
	}
}

func opened(t *testing.T, config string) *instance {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(config))
	if err != nil {
		t.Fatal(err)
	}
	var c Config
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	i, err := open(t.Context(), c, sdk.Env{Kind: "call-recording"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.Close() })
	return i
}

type heard struct {
	records  map[string]core.Record
	problems []core.Problem
	leftOut  []core.LeftOut
}

func (h *heard) Emit(r core.Record) error         { h.records[r.Ref] = r; return nil }
func (h *heard) Checkpoint(core.Checkpoint) error { return nil }
func (h *heard) Notice(p core.Problem) error      { h.problems = append(h.problems, p); return nil }
func (h *heard) Examined(core.TypeCount)          {}
func (h *heard) LeftOut(list []core.LeftOut)      { h.leftOut = list }
func (h *heard) Progress(uint64)                  {}

func (h *heard) told(words string) bool {
	for _, p := range h.problems {
		if strings.Contains(p.Message, words) {
			return true
		}
	}
	return false
}

func asked(t *testing.T, i *instance) *heard {
	t.Helper()
	var set core.KeySet
	for kind, raw := range map[core.Kind]string{core.TimeOfContact: "2.3.2024 klo 10.00-10.30, neuvonta", core.Phone: "0401234567"} {
		id, err := identifier.Parse(kind, raw)
		if err != nil {
			t.Fatal(err)
		}
		id.Forms = identifier.Forms(id)
		set.AllOf = append(set.AllOf, id)
	}
	h := &heard{records: map[string]core.Record{}}
	if err := i.searchInto(t.Context(), core.Query{AnyOf: []core.KeySet{set}}, h); err != nil {
		t.Fatal(err)
	}
	return h
}

// A call is found by its time and number; its recording is streamed whole, and
// whatever is wrong with recordings is told.
func TestCallsWithTheirRecordings(t *testing.T) {
	dir := home(t)
	for name, config := range both(t, dir, "") {
		t.Run(name, func(t *testing.T) {
			i := opened(t, config)
			h := asked(t, i)
			if len(h.records) != 5 {
				t.Fatalf("%d records, %v", len(h.records), h.problems)
			}
			for _, words := range []string{"are not in media.folder", "outside media.folder", "longer than the bound of 1048576", "2 recordings in media.folder are named by no row"} {
				if !h.told(words) {
					t.Errorf("nobody says %q: %v", words, h.problems)
				}
			}
			for ref, want := range map[string]core.WithheldReason{"call/1": core.WithheldBinary, "call/2": core.WithheldUnreadable, "call/4": core.WithheldUnreadable, "call/5": core.WithheldTooLarge} {
				v, _ := core.First(h.records[ref].Fields, "media")
				if v.Withheld == nil || v.Withheld.Reason != want || (v.Withheld.Ref != "") != (ref == "call/1") {
					t.Errorf("%s: %+v", ref, v.Withheld)
				}
			}
			if v, _ := core.First(h.records["call/3"].Fields, "media"); v.Withheld != nil {
				t.Error("a call without a recording has one")
			}
			v, _ := core.First(h.records["call/1"].Fields, "media")
			r, err := i.Fetch(t.Context(), v.Withheld.Ref)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			data, err := io.ReadAll(r)
			if err != nil || sha256.Sum256(data) != sha256.Sum256([]byte(strings.Repeat("ääntä", 100_000))) || int64(len(data)) != v.Withheld.Size {
				t.Errorf("%d bytes, %v", len(data), err)
			}
		})
	}
}

// A reason in the configuration stands in the coverage in place of the notice.
func TestRecordingsWithoutARowMayBeRight(t *testing.T) {
	for name, config := range both(t, home(t), ", without_row: two recorders write here") {
		h := asked(t, opened(t, config))
		if h.told("named by no row") || len(h.leftOut) != 1 || h.leftOut[0].Reason != "two recorders write here" {
			t.Errorf("%s: %v %v", name, h.problems, h.leftOut)
		}
	}
}

// No ref leads out of the folder, to anything but a plain file, or to a
// recording beyond the bound.
func TestFetchStaysInside(t *testing.T) {
	dir := home(t)
	for name, to := range map[string]string{"linkki.wav": filepath.Join(dir, "salaisuus.wav"), "sisalla.wav": "2024/yksi.wav", "silmukka": "silmukka"} {
		if err := os.Symlink(to, filepath.Join(dir, "nauhat", name)); err != nil {
			t.Skip("no links here:", err)
		}
	}
	i := opened(t, both(t, dir, "")["csv"])
	for _, ref := range []string{"", "call/1", "call/1#", "call/1#../salaisuus.wav", "call/1#2024/../../salaisuus.wav", "call/1#%2e%2e/salaisuus.wav", "call/1#/etc/passwd",
		"call/1#linkki.wav", "call/1#silmukka", "call/1#2024", "call/1#2024/iso.wav", "call/1#2024/ei.wav", "call/1#a\x00b"} {
		if r, err := i.Fetch(t.Context(), ref); err == nil {
			t.Errorf("%q is read", ref)
			_ = r.Close()
		} else if p := core.Problems(err); len(p) == 0 || p[0].Class != core.ClassData && p[0].Class != core.ClassTruncated {
			t.Errorf("%q: %v", ref, err)
		}
	}
	r, err := i.Fetch(t.Context(), "call/1#sisalla.wav")
	if err != nil {
		t.Fatal("a link that stays inside:", err)
	}
	_ = r.Close()
}

// A recording that changes while it is read ends in an error, not in other
// bytes.
func TestRecordingThatChanges(t *testing.T) {
	dir := home(t)
	i := opened(t, both(t, dir, "")["csv"])
	path := filepath.Join(dir, "nauhat", "2024", "yksi.wav")
	for name, change := range map[string]func() error{
		"cut": func() error { return os.Truncate(path, 500_000) },
		"grown": func() error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteString(strings.Repeat("x", 10))
			return err
		},
	} {
		r, err := i.Fetch(t.Context(), "call/1#2024/yksi.wav")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, r, 1000); err != nil {
			t.Fatal(err)
		}
		if err := change(); err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, r)
		var p *core.Problem
		if !errors.As(err, &p) || p.Class != core.ClassTransient {
			t.Errorf("%s: %v", name, err)
		}
		_ = r.Close()
	}
}

// What the README shows is what the schema and the program take.
func TestTheREADMEIsRight(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(New().Config))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("recordings.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("recordings.json")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(sources:.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) != 2 {
		t.Fatalf("%d samples", len(blocks))
	}
	for _, block := range blocks {
		data, err := yaml.YAMLToJSON([]byte(block[1]))
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Sources map[string]struct{ Config json.RawMessage }
		}
		if err := json.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		for kind, entry := range file.Sources {
			config, err := jsonschema.UnmarshalJSON(strings.NewReader(string(entry.Config)))
			if err != nil {
				t.Fatal(err)
			}
			if err := compiled.Validate(config); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
			var c Config
			if err := json.Unmarshal(entry.Config, &c); err != nil {
				t.Fatal(err)
			}
			if c.CSV == nil {
				continue // needs a server
			}
			c.CSV.Folder, c.Media.Folder = t.TempDir(), t.TempDir()
			i, err := open(t.Context(), c, sdk.Env{Kind: kind})
			if err != nil {
				t.Fatal(err)
			}
			_ = i.Close()
		}
	}
}
