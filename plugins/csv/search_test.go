package csvsource

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/sinusta/sinusta/core"
)

// A row comes with its fields in the forms that the mapping declares.
func TestRowBecomesRecord(t *testing.T) {
	i := opened(t, "travel", trips, folder(t, map[string]string{"matkat-20240305.csv": tripHeader + maijaTrip}))
	h := asked(t, i, by(t, maijasMail))
	if h.refs() != "trip/7" || len(h.problems) > 0 {
		t.Fatalf("refs %q, problems %v", h.refs(), h.problems)
	}
	r := h.records[0]
	for name, want := range map[string]core.Value{"trip_number": core.TextValue("7"), "total": core.DecimalValue("1234.50"),
		"departure": core.DateValue(time.Date(2024, 3, 4, 0, 0, 0, 0, time.UTC))} {
		if v, ok := core.First(r.Fields, name); !ok || v != want {
			t.Errorf("%s: %v %q", name, v, v.Plain())
		}
	}
	if v, _ := core.First(r.Fields, "status"); v.Meaning.In("sv") != "betald" {
		t.Error("the code has lost its meaning")
	}
	if v, _ := core.First(r.Parties[0].Fields, "date_of_birth"); v.Text != "1971-09-13" {
		t.Errorf("date of birth %q", v.Text)
	}
	if r.Time.Format(time.RFC3339) != "2024-03-03T22:00:00Z" {
		t.Error("time of the record", r.Time)
	}
	if got := asked(t, i, by(t, "name=Esimerkki, Maija", "date-of-birth=13.9.1971")).refs(); got != "trip/7" {
		t.Errorf("by name and date of birth: %q", got)
	}
	if got := asked(t, i, by(t, "name=Esimerkki, Maija", "date-of-birth=14.9.1971")).refs(); got != "" {
		t.Errorf("somebody born on another day was found: %q", got)
	}
}

// Every declared encoding is read, and a wrong declaration is told.
func TestEncodings(t *testing.T) {
	text := "nro;nimi;sahkoposti;syntynyt;lahto;tarkoitus;summa;tila\n1;Mäkelä Åsa;asa@example.fi;1.1.1980;4.3.2024;Työmatka – €;10,00;M\n"
	for name, c := range map[string]struct {
		declared string
		writer   encoding.Encoding
		mark     string
	}{
		"utf-8":             {"utf-8", encoding.Nop, ""},
		"utf-8 with a mark": {"utf-8", encoding.Nop, "\xEF\xBB\xBF"},
		"windows-1252":      {"windows-1252", charmap.Windows1252, ""},
		"utf-16 little":     {"utf-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), ""},
		"utf-16 big":        {"utf-16", unicode.UTF16(unicode.BigEndian, unicode.UseBOM), ""},
		"utf-16le unmarked": {"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), ""},
		"iso-8859-15":       {"iso-8859-15", charmap.ISO8859_15, ""},
		"iso-8859-1":        {"iso-8859-1", charmap.ISO8859_1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			text := text
			if strings.HasPrefix(name, "iso") {
				text = strings.ReplaceAll(text, "–", "-")
			}
			if name == "iso-8859-1" {
				text = strings.ReplaceAll(text, "€", "e")
			}
			raw, err := c.writer.NewEncoder().String(text)
			if err != nil {
				t.Fatal(err)
			}
			mapping := strings.Replace(trips, "{pattern:", "{encoding: "+c.declared+", pattern:", 1)
			i := opened(t, "travel", mapping, folder(t, map[string]string{"matkat-20240305.csv": c.mark + raw}))
			h := asked(t, i, by(t, "name=Mäkelä, Åsa"))
			if h.refs() != "trip/1" || len(h.problems) > 0 {
				t.Fatalf("refs %q, problems %v", h.refs(), h.problems)
			}
			if v, _ := core.First(h.records[0].Fields, "purpose"); !strings.HasPrefix(v.Text, "Työmatka ") {
				t.Errorf("purpose %q", v.Text)
			}
		})
	}
}

// Whatever is wrong in a file is told with the line, costs no sound row, and
// hides nobody.
func TestBrokenRowsAreTold(t *testing.T) {
	ok := func(n int) string {
		return fmt.Sprintf("%d;Esimerkki Maija;maija.esimerkki@example.fi;;;x;;M\n", n)
	}
	for name, c := range map[string]struct {
		rows, refs string
		class      core.Class
		words      []string
	}{
		"mark within a value":  {ok(1) + `2;Esi"merkki;;;;;;` + "\n" + ok(3), "trip/1 trip/3", core.ClassPartial, []string{"quotation mark", "line 3"}},
		"mark never closed":    {ok(1) + `2;"Esimerkki;;;;;;` + "\n" + ok(3) + ok(4), "trip/1 trip/3 trip/4", core.ClassPartial, []string{"quotation mark", "line 3"}},
		"text after the mark":  {ok(1) + `2;"Esi"merkki;;;;;;` + "\n" + ok(3), "trip/1 trip/3", core.ClassPartial, []string{"quotation mark", "line 3"}},
		"too few columns":      {ok(1) + "2;x\n" + ok(3), "trip/1 trip/3", core.ClassPartial, []string{"columns", "line 3"}},
		"too many columns":     {ok(1) + "2;x;;;;;;;;\n" + ok(3), "trip/1 trip/3", core.ClassPartial, []string{"columns", "line 3"}},
		"NUL":                  {ok(1) + "2;x\x00;;;;;;\n" + ok(3), "trip/1 trip/3", core.ClassPartial, []string{"NUL", "line 3"}},
		"cut off":              {ok(1) + strings.TrimSuffix(ok(2), "\n"), "trip/1", core.ClassPartial, []string{"cut off", "line 3"}},
		"no key":               {ok(1) + ";Esimerkki Maija;maija.esimerkki@example.fi;;;x;;M\n", "trip/1", core.ClassPartial, []string{"key", "line 3"}},
		"mixed encodings":      {ok(1) + "2;M\xe4kel\xe4;maija.esimerkki@example.fi;;;x;;M\n", "trip/1 trip/2", core.ClassPartial, []string{"encoding", "line 3"}},
		"a row that is a book": {ok(1) + "2;" + strings.Repeat("x", 70_000) + ";;;;;;\n" + ok(3), "trip/1 trip/3", core.ClassPartial, []string{"limits.row", "line 3"}},
		"one key, two rows":    {ok(1) + strings.Replace(ok(1), ";x;", ";y;", 1), "trip/1 trip/1;ade9f7b5", core.ClassPartial, []string{"rows of one key differ"}},
		"one row twice":        {ok(1) + ok(1), "trip/1", "", nil},
		"lines within a value": {"2;\"Esimerkki Maija\";maija.esimerkki@example.fi;;;\"a;\"\"b\"\"\r\nc\";;M\r\n" + ok(3), "trip/2 trip/3", "", nil},
		"a formula":            {"1;Esimerkki Maija;maija.esimerkki@example.fi;;;\"=cmd|'/C calc'!A0\";;M\n", "trip/1", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			mapping := "limits: {row: 65536}\n" + trips
			i := opened(t, "travel", mapping, folder(t, map[string]string{"matkat-20240305.csv": tripHeader + c.rows}))
			h := asked(t, i, by(t, maijasMail))
			got := h.refs()
			if strings.Contains(c.refs, ";") && len(got) == len(c.refs) {
				got = c.refs // the digest of the row is none of this test's business
			}
			if got != c.refs {
				t.Errorf("refs %q, want %q; problems %v", got, c.refs, h.problems)
			}
			if c.class == "" && len(h.problems) > 0 || c.class != "" && !h.told(c.class, c.words...) {
				t.Errorf("problems %v", h.problems)
			}
			for _, p := range h.problems {
				if strings.Contains(p.Message, "simerkki") {
					t.Errorf("a problem holds a value: %s", p.Message)
				}
			}
		})
	}
}

// The text of a formula comes as it is, and what is in another encoding is
// withheld and compared all the same.
func TestTextIsText(t *testing.T) {
	i := opened(t, "travel", trips, folder(t, map[string]string{"matkat-20240305.csv": tripHeader +
		"1;Esimerkki Maija;maija.esimerkki@example.fi;;;=cmd|'/C calc'!A0;;M\n2;M\xe4kel\xe4 \xc5sa;asa@example.fi;;;x;;M\n"}))
	r := asked(t, i, by(t, maijasMail)).records[0]
	if v, _ := core.First(r.Fields, "purpose"); v.Type != core.TypeText || v.Text != "=cmd|'/C calc'!A0" {
		t.Errorf("the formula came as %v %q", v.Type, v.Text)
	}
	h := asked(t, i, by(t, "name=Mäkelä, Åsa"))
	if h.refs() != "trip/2" {
		t.Fatalf("refs %q", h.refs())
	}
	if v, _ := core.First(h.records[0].Parties[0].Fields, "name"); v.Type != core.TypeWithheld {
		t.Errorf("letters of an unknown encoding came as %v", v.Type)
	}
}

// Exports that are missing, old, strange, doubled or of another shape are told.
func TestExportsAreTold(t *testing.T) {
	good := tripHeader + maijaTrip
	for name, c := range map[string]struct {
		files   map[string]string
		mapping string
		refs    string
		class   core.Class
		words   []string
	}{
		"the newest counts": {map[string]string{"matkat-20240304.csv": strings.Replace(good, "7;", "6;", 1), "matkat-20240305.csv": good}, trips, "trip/7", "", nil},
		"all count": {map[string]string{"matkat-20240304.csv": strings.Replace(good, "7;", "6;", 1), "matkat-20240305.csv": good},
			strings.Replace(trips, "{pattern:", "{use: all, pattern:", 1), "trip/6 trip/7", "", nil},
		"an old one":  {map[string]string{"matkat-20240201.csv": good}, strings.Replace(trips, "{pattern:", "{every: 7d, pattern:", 1), "trip/7", core.ClassPartial, []string{"33 days old", "every 7 days"}},
		"in time":     {map[string]string{"matkat-20240304.csv": good}, strings.Replace(trips, "{pattern:", "{every: 48h, pattern:", 1), "trip/7", "", nil},
		"none":        {map[string]string{}, trips, "", core.ClassPartial, []string{"no file of this export"}},
		"strange":     {map[string]string{"matkat-20240305.csv": good, "muut.csv": "x"}, trips, "trip/7", core.ClassUnmapped, []string{"no declared export"}},
		"ignored":     {map[string]string{"matkat-20240305.csv": good, "a/muut.csv": "x"}, "ignore_files: {\"**.csv\": a copy of the above}\n" + strings.Replace(trips, "matkat-", "matkat-", 1), "", core.ClassPartial, []string{"no file of this export"}},
		"no such day": {map[string]string{"matkat-20240305.csv": good, "matkat-20241399.csv": good}, trips, "trip/7", core.ClassPartial, []string{"time that there is not"}},
		"empty":       {map[string]string{"matkat-20240305.csv": ""}, trips, "", core.ClassPartial, []string{"is empty"}},
		"no header":   {map[string]string{"matkat-20240305.csv": maijaTrip}, trips, "", core.ClassPartial, []string{"no column"}},
		"new column":  {map[string]string{"matkat-20240305.csv": "uusi;" + tripHeader + "1;" + maijaTrip}, trips, "trip/7", core.ClassUnmapped, []string{`"uusi"`}},
		"two alike":   {map[string]string{"matkat-20240305.csv": "nro;" + tripHeader + "1;" + maijaTrip}, trips, "", core.ClassPartial, []string{"one name"}},
		"wrong mark":  {map[string]string{"matkat-20240305.csv": "\xff\xfe" + good}, trips, "", core.ClassPartial, []string{"mark of another encoding"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := asked(t, opened(t, "travel", c.mapping, folder(t, c.files)), by(t, maijasMail))
			if h.refs() != c.refs {
				t.Errorf("refs %q, want %q; problems %v", h.refs(), c.refs, h.problems)
			}
			if c.class == "" && len(h.problems) > 0 || c.class != "" && !h.told(c.class, c.words...) {
				t.Errorf("problems %v", h.problems)
			}
			for _, p := range h.problems {
				if strings.Contains(p.Message, "simerkki") || strings.Contains(p.Message, "matkat-") {
					t.Errorf("a problem holds a value or the name of a file: %s", p.Message)
				}
			}
		})
	}
}

// Links that lead out of the folder are not followed, and no loop of links
// holds anybody up.
func TestLinksStayInside(t *testing.T) {
	outside := filepath.Join(folder(t, map[string]string{"salaisuus.csv": tripHeader + maijaTrip}), "salaisuus.csv")
	dir := folder(t, map[string]string{"oikea.csv": tripHeader + strings.Replace(maijaTrip, "7;", "8;", 1)})
	for name, to := range map[string]string{"matkat-20240305.csv": outside, "matkat-20240304.csv": "oikea.csv", "silmukka": "."} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip("no links here:", err)
		}
	}
	h := asked(t, opened(t, "travel", "ignore_files: {oikea.csv: read by its link, silmukka: a loop}\n"+trips, dir), by(t, maijasMail))
	if h.refs() != "trip/8" || !h.told(core.ClassPartial, "link that leads out") {
		t.Fatalf("refs %q, problems %v", h.refs(), h.problems)
	}
}

// A file that changes or is replaced while it is read is told.
func TestChangesWhileReadAreTold(t *testing.T) {
	rows := tripHeader + maijaTrip + strings.Repeat(strings.Replace(maijaTrip, "7;", "8;", 1), 3)
	for name, change := range map[string]func(path string) error{
		"grown": func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteString(maijaTrip)
			return err
		},
		"replaced": func(path string) error {
			if err := os.WriteFile(path+"~", []byte(rows), 0o600); err != nil {
				return err
			}
			return os.Rename(path+"~", path)
		},
		"removed": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, map[string]string{"matkat-20240305.csv": rows})
			i := opened(t, "travel", trips, dir)
			h := &meddling{change: func() error { return change(filepath.Join(dir, "matkat-20240305.csv")) }}
			if err := i.SearchInto(t.Context(), by(t, maijasMail), h); err != nil {
				t.Fatal(err)
			}
			if len(h.records) == 0 || !h.told(core.ClassPartial, "changed or was replaced") {
				t.Fatalf("refs %q, problems %v", h.refs(), h.problems)
			}
		})
	}
}

// meddling changes a file at the first record.
type meddling struct {
	heard
	change func() error
}

func (m *meddling) Emit(r core.Record) error {
	if len(m.records) == 0 {
		if err := m.change(); err != nil {
			return err
		}
	}
	return m.heard.Emit(r)
}

const expenses = trips + `
    parts:
      - type: expense
        file: expenses
        join: {matka: nro}
        key: [rivi]
        fields: {description: selite, amount: {column: summa, as: number}}
`

func withExpenses() string {
	return strings.Replace(expenses, "files:\n", "files:\n  expenses: {pattern: kulut.csv, encoding: windows-1252, delimiter: \",\", decimal: point}\n", 1)
}

// Parts come from the file that the mapping joins; where the rows of two
// records would join them, nobody gets them.
func TestParts(t *testing.T) {
	parts := "rivi,matka,selite,summa\n1,7,Hotelli,\"1,234.50\"\n2,8,Taksi,20\n3,7,S\xe4hk\xf6juna,12.00\n"
	h := asked(t, opened(t, "travel", withExpenses(), folder(t, map[string]string{"matkat-20240305.csv": tripHeader + maijaTrip + strings.Replace(maijaTrip, "maija", "pekka", 1), "kulut.csv": parts})), by(t, maijasMail))
	if len(h.records) != 1 || len(h.records[0].Parts) != 0 || !h.told(core.ClassPartial, "nobody can say whose") {
		t.Fatalf("two people's rows have one key: %v %v", h.records, h.problems)
	}
	h = asked(t, opened(t, "travel", withExpenses(), folder(t, map[string]string{"matkat-20240305.csv": tripHeader + maijaTrip, "kulut.csv": parts})), by(t, maijasMail))
	if len(h.problems) > 0 || len(h.records) != 1 || len(h.records[0].Parts) != 2 {
		t.Fatalf("records %v, problems %v", h.records, h.problems)
	}
	p := h.records[0].Parts
	if v, _ := core.First(p[0].Fields, "amount"); p[0].Ref != "expense/1" || v != core.DecimalValue("1234.50") {
		t.Errorf("part %s %q", p[0].Ref, v.Plain())
	}
	if v, _ := core.First(p[1].Fields, "description"); v.Text != "Sähköjuna" {
		t.Errorf("description %q", v.Text)
	}
}

// A file of any size is read in little memory: what is held at once stays far
// below what the file holds.
func TestMemoryIsBounded(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(tripHeader)
	for n := range 400_000 {
		fmt.Fprintf(&b, "%d;Esimerkki Pekka;pekka.%d@example.fi;1.1.1980;4.3.2024;Kokous;10,00;M\n", n+10, n)
	}
	b.WriteString(maijaTrip)
	i := opened(t, "travel", trips, folder(t, map[string]string{"matkat-20240305.csv": b.String()}))
	size := b.Len()
	b = bytes.Buffer{}
	var before, after runtime.MemStats
	debug.FreeOSMemory()
	runtime.ReadMemStats(&before)
	h := &watching{most: &after}
	if err := i.SearchInto(t.Context(), by(t, maijasMail), h); err != nil || h.refs() != "trip/7" {
		t.Fatal(err, h.refs())
	}
	grown := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d bytes read, the heap grew by %d at the most", size, grown)
	if h.looks == 0 || grown > 16<<20 {
		t.Errorf("the heap grew by %d bytes in %d looks", grown, h.looks)
	}
}

// watching looks at the memory in use while a search goes on.
type watching struct {
	heard
	most  *runtime.MemStats
	looks int
}

func (w *watching) Progress(examined uint64) {
	if examined%50_000 != 0 {
		return
	}
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	w.looks++
	if now.HeapAlloc > w.most.HeapAlloc {
		*w.most = now
	}
}

func BenchmarkSearch(b *testing.B) {
	var text bytes.Buffer
	text.WriteString(tripHeader)
	for n := range 200_000 {
		fmt.Fprintf(&text, "%d;Esimerkki Pekka %d;pekka.%d@example.fi;1.1.1980;4.3.2024;Kokous Oulussa;10,00;M\n", n+10, n, n)
	}
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "matkat-20240305.csv"), text.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	i := opened(b, "travel", trips, dir)
	for name, q := range map[string]core.Query{"email": by(b, maijasMail), "name": by(b, "name=Esimerkki, Maija")} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				if err := i.SearchInto(b.Context(), q, &heard{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
