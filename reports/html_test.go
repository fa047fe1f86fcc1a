package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

func parsed(t *testing.T, r *Report, lang string) (*html.Node, string) {
	t.Helper()
	var out bytes.Buffer
	if err := HTML(&out, r, lang); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return doc, out.String()
}

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

// elements gives the elements of the names, in order.
func elements(doc *html.Node, names ...string) []*html.Node {
	var out []*html.Node
	for n := range doc.Descendants() {
		for _, name := range names {
			if n.Type == html.ElementNode && n.Data == name {
				out = append(out, n)
			}
		}
	}
	return out
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func inputs() map[string]Input {
	empty := sample()
	empty.Items, empty.Officials, empty.Others = nil, nil, nil
	empty.Systems, empty.Coverage = empty.Systems[1:2], empty.Coverage[1:2]
	test := sample()
	test.Request.Test = true
	return map[string]Input{"all outcomes": sample(), "every value": everyValue(), "nobody": empty, "test data": test}
}

func TestPageStructure(t *testing.T) {
	for name, in := range inputs() {
		r := build(t, in)
		for _, lang := range Languages() {
			t.Run(name+" "+lang, func(t *testing.T) {
				doc, _ := parsed(t, r, lang)
				checkHead(t, doc, lang)
				checkHeadings(t, doc)
				checkIDs(t, doc)
				checkTables(t, doc)
				checkLists(t, doc)
				checkNoMessageIsLeftUnfilled(t, doc)
			})
		}
	}
}

func checkHead(t *testing.T, doc *html.Node, lang string) {
	t.Helper()
	root := elements(doc, "html")[0]
	if l, _ := attr(root, "lang"); l != lang {
		t.Errorf("lang is %q", l)
	}
	if titles := elements(doc, "title"); len(titles) != 1 || textOf(titles[0]) == "" {
		t.Error("no title")
	}
	for _, name := range []string{"main", "header", "footer", "nav"} {
		if n := len(elements(doc, name)); n != 1 {
			t.Errorf("%d %s elements, want 1", n, name)
		}
	}
	for _, name := range []string{"script", "link", "img", "iframe", "object", "form", "base"} {
		if len(elements(doc, name)) > 0 {
			t.Errorf("the page has a %s element", name)
		}
	}
	links := elements(doc, "a")
	if href, _ := attr(links[0], "href"); href != "#content" {
		t.Errorf("the first link goes to %q, want the skip link", href)
	}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s has the attribute %s", n.Data, a.Key)
			}
		}
	}
}

func checkHeadings(t *testing.T, doc *html.Node) {
	t.Helper()
	last, h1 := 0, 0
	for _, h := range elements(doc, "h1", "h2", "h3", "h4", "h5", "h6") {
		level := int(h.Data[1] - '0')
		if level == 1 {
			h1++
		}
		if level > last+1 {
			t.Errorf("heading %q of level %d follows level %d", textOf(h), level, last)
		}
		if textOf(h) == "" {
			t.Errorf("an empty %s", h.Data)
		}
		last = level
	}
	if h1 != 1 {
		t.Errorf("%d h1, want 1", h1)
	}
}

func checkIDs(t *testing.T, doc *html.Node) {
	t.Helper()
	ids := map[string]bool{}
	for n := range doc.Descendants() {
		if id, ok := attr(n, "id"); ok {
			if ids[id] || strings.ContainsAny(id, " \t") || id == "" {
				t.Errorf("id %q is not unique or not valid", id)
			}
			ids[id] = true
		}
	}
	refs := 0
	for n := range doc.Descendants() {
		if id, ok := attr(n, "aria-labelledby"); ok {
			if refs++; !ids[id] {
				t.Errorf("aria-labelledby %q names nothing", id)
			}
		}
		if href, ok := attr(n, "href"); ok {
			if refs++; !strings.HasPrefix(href, "#") || !ids[href[1:]] {
				t.Errorf("the link %q goes nowhere on the page", href)
			}
		}
	}
	if refs < 10 {
		t.Errorf("only %d references", refs)
	}
}

func checkTables(t *testing.T, doc *html.Node) {
	t.Helper()
	tables := elements(doc, "table")
	if len(tables) < 3 {
		t.Errorf("only %d tables", len(tables))
	}
	for _, table := range tables {
		if c := elements(table, "caption"); len(c) != 1 || textOf(c[0]) == "" {
			t.Error("a table without a caption")
		}
		for _, th := range elements(table, "th") {
			if _, ok := attr(th, "scope"); !ok || textOf(th) == "" {
				t.Errorf("the header cell %q is empty or has no scope", textOf(th))
			}
		}
		columns := len(elements(elements(table, "thead")[0], "th"))
		for _, row := range elements(elements(table, "tbody")[0], "tr") {
			if n := len(elements(row, "th", "td")); n != columns {
				t.Errorf("a row has %d cells of %d", n, columns)
			}
			for _, td := range elements(row, "td") {
				if label, _ := attr(td, "data-label"); label == "" {
					t.Error("a cell has no label for narrow screens")
				}
			}
		}
	}
}

// checkLists sees that definition lists hold groups of one term and one
// definition, and that no definition is empty.
func checkLists(t *testing.T, doc *html.Node) {
	t.Helper()
	groups := 0
	for _, dl := range elements(doc, "dl") {
		for n := range dl.ChildNodes() {
			if n.Type == html.TextNode && strings.TrimSpace(n.Data) == "" {
				continue
			}
			groups++
			if n.Data != "div" || len(elements(n, "dt")) != 1 || len(elements(n, "dd")) != 1 {
				t.Errorf("a list has something else than a term and its definition: %s", n.Data)
				continue
			}
			if textOf(elements(n, "dt")[0]) == "" || textOf(elements(n, "dd")[0]) == "" {
				t.Errorf("the term %q or its definition is empty", textOf(n))
			}
		}
	}
	if groups < 10 {
		t.Errorf("only %d terms", groups)
	}
}

func checkNoMessageIsLeftUnfilled(t *testing.T, doc *html.Node) {
	t.Helper()
	body := textOf(elements(doc, "body")[0])
	if at := strings.IndexAny(body, "{}"); at >= 0 {
		t.Errorf("an unfilled message: %q", body[max(0, at-40):min(len(body), at+40)])
	}
	if strings.Contains(body, "no value") || strings.Contains(body, "%!") {
		t.Error("a value that could not be written")
	}
}

func TestStyleSheetIsTheOneOfThePolicy(t *testing.T) {
	doc, page := parsed(t, build(t, sample()), "fi")
	_, rest, _ := strings.Cut(page, "<style>")
	css, _, ok := strings.Cut(rest, "</style>")
	if !ok {
		t.Fatal("no style sheet")
	}
	sum := sha256.Sum256([]byte(css))
	want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	for _, m := range elements(doc, "meta") {
		if v, _ := attr(m, "http-equiv"); v == "Content-Security-Policy" {
			c, _ := attr(m, "content")
			if !strings.Contains(c, "default-src 'none'") || !strings.Contains(c, want) {
				t.Errorf("the policy is %q, want %s in it", c, want)
			}
			return
		}
	}
	t.Error("no policy")
}

func TestTestDataIsMarked(t *testing.T) {
	in := sample()
	for _, test := range []bool{false, true} {
		in.Request.Test = test
		doc, _ := parsed(t, build(t, in), "fi")
		strips := 0
		for _, n := range elements(doc, "div") {
			if c, _ := attr(n, "class"); c == "strip" {
				strips++
			}
		}
		marked := strings.Contains(textOf(elements(doc, "header")[0]), "Testiaineistoa")
		if marked != test || (strips == 1) != test {
			t.Errorf("test %t: marked %t, strips %d", test, marked, strips)
		}
	}
}

func TestSystemsStandWhereTheirOutcomeSays(t *testing.T) {
	doc, _ := parsed(t, build(t, sample()), "en")
	section := map[string]string{}
	for _, s := range elements(doc, "section") {
		id, _ := attr(s, "id")
		section[id] = textOf(s)
	}
	for _, o := range core.Outcomes() {
		name := "System " + string(o) + " en"
		var want []string
		switch o {
		case core.Found, core.NoneFound, core.ManualFound: // none: as an official
			want = []string{"systems"}
		case core.Partial:
			want = []string{"systems", "other"}
		case core.ManualNone:
			want = []string{"none"}
		default:
			want = []string{"other"}
		}
		for _, id := range []string{"systems", "none", "other"} {
			in := strings.Contains(section[id]+" ", name+" ")
			if should := strings.Contains(strings.Join(want, " "), id); in != should {
				t.Errorf("%s in section %s: %t, want %t", o, id, in, should)
			}
		}
		for _, id := range []string{"summary", "search"} {
			if !strings.Contains(section[id]+" ", name+" ") {
				t.Errorf("%s does not stand in section %s", o, id)
			}
		}
	}
}

func TestNeverSaysThatEverythingWasSearchedWhenItWasNot(t *testing.T) {
	for _, o := range core.Outcomes() {
		in := sample()
		in.Items, in.Officials, in.Others = nil, nil, nil
		in.Systems = []catalogue.System{system("A"), system("B")}
		in.Coverage = []core.Coverage{{System: "A", Outcome: core.NoneFound}, {System: "B", Outcome: o}}
		if o == core.Found || o == core.ManualFound {
			continue
		}
		for _, lang := range Languages() {
			texts, err := textsIn(lang)
			if err != nil {
				t.Fatal(err)
			}
			doc, _ := parsed(t, build(t, in), lang)
			body := textOf(elements(doc, "main")[0])
			if incomplete := strings.Contains(body, texts.Confirmation.Incomplete); incomplete == o.Final() {
				t.Errorf("%s %s: incomplete %t", o, lang, incomplete)
			}
			if whole := strings.Contains(body, texts.Other.Empty); whole != (o == core.NoneFound || o == core.ManualNone) {
				t.Errorf("%s %s: says that every system was searched: %t", o, lang, whole)
			}
			if says := strings.Contains(body, texts.Confirmation.NoText); says && !o.Final() {
				t.Errorf("%s %s: says that there are no data", o, lang)
			}
		}
	}
}

func TestHostileValuesAreHarmless(t *testing.T) {
	hostile := []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='x`, `</style><script>`, "a\u202etxt.exe",
		"nul\x00bell\x07", "line\u2028break", `{{.CSS}}`, `javascript:alert(1)`, "\xff\xfe bad", "<!-- comment", "]]>", "\u200bhidden",
	}
	for _, v := range hostile {
		in := sample()
		m := &in.Items[0].Members[0]
		m.Record.Fields[0].Value, m.Record.Fields[1].Value = core.TextValue(v), core.TextValue(v)
		m.Record.Parties[0].Fields[0].Value = core.TextValue(v)
		m.Record.Ref = "ticket/" + v
		in.Request.CaseNumber, in.Request.Scope, in.Request.Requester = v, v, v
		in.Systems[0].Name, in.Systems[0].ID = catalogue.Fact{Text: catalogue.Text{FI: v}}, "found"
		in.Organisation.Name, in.Version, in.CatalogueDigest = catalogue.Text{EN: v}, v, v
		r := build(t, in)
		for _, lang := range Languages() {
			doc, page := parsed(t, r, lang)
			checkHead(t, doc, lang)
			checkHeadings(t, doc)
			checkIDs(t, doc)
			if strings.ContainsAny(page, "\u202e\u2028\u200b\x00\x07") {
				t.Errorf("%q: a disturbing character is on the page", v)
			}
			var out bytes.Buffer
			if err := JSON(&out, r, lang); err != nil {
				t.Fatal(err)
			}
			if strings.ContainsAny(out.String(), "\u202e\u2028\u200b\x00\x07<>") {
				t.Errorf("%q: a disturbing character is in the JSON", v)
			}
			checkJSONHolds(t, out.Bytes(), v)
		}
	}
}

func TestTimesInEachLanguage(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 5, 0, 0, time.UTC)
	want := map[string]string{"fi": "21.11.2026 klo 14.05", "sv": "21.11.2026 kl. 14.05", "en": "21 November 2026 14:05"}
	for lang, text := range want {
		if m := momentIn(lang, at); m.Text != text || m.Machine != "2026-11-21T14:05:00+02:00" {
			t.Errorf("%s: %+v", lang, m)
		}
	}
	if m := dayIn("fi", "2026-12-06"); m.Text != "6.12.2026" || m.Machine != "2026-12-06" {
		t.Errorf("day: %+v", m)
	}
	if m := dayIn("en", "soon"); m.Text != "soon" || m.Machine != "" {
		t.Errorf("no day: %+v", m)
	}
}

func TestARecordOfADayHasNoTimeOfDay(t *testing.T) {
	in := sample()
	if len(in.Items) == 0 || len(in.Items[0].Members) == 0 {
		t.Fatal("the sample has no record")
	}
	in.Items[0].Members[0].Record.Time = time.Date(2026, 11, 19, 22, 0, 0, 0, time.UTC)
	doc, _ := parsed(t, build(t, in), "fi")
	for _, n := range elements(doc, "h5") {
		if strings.HasSuffix(textOf(n), " 20.11.2026") {
			return
		}
	}
	t.Error("no heading ends in the day alone")
}

func TestTheDateOfReceiptHasNoTimeOfDay(t *testing.T) {
	winter, summer := time.Date(2026, 11, 19, 22, 0, 0, 0, time.UTC), time.Date(2026, 6, 30, 21, 0, 0, 0, time.UTC)
	tests := []struct {
		lang          string
		at            time.Time
		text, machine string
	}{
		{"fi", winter, "20.11.2026", "2026-11-20"},
		{"sv", winter, "20.11.2026", "2026-11-20"},
		{"en", winter, "20 November 2026", "2026-11-20"},
		{"en", summer, "1 July 2026", "2026-07-01"},
		{"en", winter.Add(time.Second), "20 November 2026 00:00", "2026-11-20T00:00:01+02:00"},
		{"en", time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), "20 November 2026 02:00", "2026-11-20T02:00:00+02:00"},
	}
	for _, tt := range tests {
		if m := whenIn(tt.lang, tt.at); m.Text != tt.text || m.Machine != tt.machine {
			t.Errorf("%s %v: %+v", tt.lang, tt.at, m)
		}
		in := sample()
		in.Request.Received = tt.at
		doc, _ := parsed(t, build(t, in), tt.lang)
		seen := false
		for _, n := range elements(doc, "time") {
			machine, _ := attr(n, "datetime")
			seen = seen || machine == tt.machine && textOf(n) == tt.text
		}
		if !seen {
			t.Errorf("%s: the page does not say %q", tt.lang, tt.text)
		}
	}
}

func TestEachSystemSaysWhenItWasAsked(t *testing.T) {
	in := sample()
	in.Coverage[0].Asked = time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)
	for lang, text := range map[string]string{"fi": "22.11.2026 klo 10.30", "sv": "22.11.2026 kl. 10.30", "en": "22 November 2026 10:30"} {
		doc, _ := parsed(t, build(t, in), lang)
		found := 0
		for _, n := range elements(doc, "time") {
			if textOf(n) == text {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%s: the page says %q %d times, want once", lang, text, found)
		}
	}
}

func TestForeignTextsCarryTheirLanguage(t *testing.T) {
	in := sample()
	in.Systems[0].Purposes = []catalogue.Fact{{Text: catalogue.Text{SV: "Endast på svenska"}}}
	doc, _ := parsed(t, build(t, in), "fi")
	for _, n := range elements(doc, "span") {
		if l, _ := attr(n, "lang"); l == "sv" && textOf(n) == "Endast på svenska" {
			return
		}
	}
	t.Error("the Swedish text is not marked as Swedish")
}

func TestWritersSayWhenTheyCannotWrite(t *testing.T) {
	r := build(t, sample())
	if err := HTML(broken{}, r, "fi"); !errors.Is(err, errBroken) {
		t.Errorf("HTML: %v", err)
	}
	if err := JSON(broken{}, r, "fi"); !errors.Is(err, errBroken) {
		t.Errorf("JSON: %v", err)
	}
	if err := CoverageJSON(broken{}, r); !errors.Is(err, errBroken) {
		t.Errorf("CoverageJSON: %v", err)
	}
}

var errBroken = errors.New("no space left")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

// A large report is written in pieces that do not grow with it.
func TestManyItems(t *testing.T) {
	const many = 20_000
	in := sample()
	in.Items = nil
	for n := range many {
		in.Items = append(in.Items, Item{Verdict: core.Confirmed, Explanation: text("Because"),
			Members: []Member{ticket(string(core.Found), fmt.Sprintf("N%05d", n), "x")}})
	}
	r := build(t, in)
	for name, write := range map[string]func(*pieces) error{
		"HTML": func(w *pieces) error { return HTML(w, r, "fi") },
		"JSON": func(w *pieces) error { return JSON(w, r, "fi") },
	} {
		var w pieces
		if err := write(&w); err != nil {
			t.Fatal(err)
		}
		if w.total < many*500 || w.largest > 1<<20 {
			t.Errorf("%s: %d bytes, the largest piece has %d", name, w.total, w.largest)
		}
	}
}

type pieces struct{ total, largest int }

func (p *pieces) Write(b []byte) (int, error) {
	p.total += len(b)
	p.largest = max(p.largest, len(b))
	return len(b), nil
}

// checkJSONHolds sees that the value came through the JSON as it was.
func checkJSONHolds(t *testing.T, doc []byte, v string) {
	t.Helper()
	var report struct {
		Systems []struct {
			Items []struct {
				Fields []struct {
					Name  string
					Value any
				}
			}
		}
	}
	if err := json.Unmarshal(doc, &report); err != nil {
		t.Fatalf("%q: %v", v, err)
	}
	got := report.Systems[0].Items[0].Fields[0].Value
	if want := strings.ToValidUTF8(v, "\ufffd"); got != want && utf8.ValidString(v) {
		t.Errorf("the value %q came out as %q", want, got)
	}
}

// Text and marks stand out from their ground as WCAG 2.1 AA asks (4.5 : 1), in
// light and in dark.
func TestContrast(t *testing.T) {
	css, err := templateFiles.ReadFile("templates/style.css")
	if err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{3,6})`)
	themes := regexp.MustCompile(`:root \{[^}]*\}`).FindAllString(string(css), -1)
	if len(themes) != 2 {
		t.Fatalf("%d themes, want light and dark", len(themes))
	}
	for n, theme := range themes {
		colour := map[string]string{}
		for _, m := range variable.FindAllStringSubmatch(theme, -1) {
			colour[m[1]] = m[2]
		}
		pairs := [][2]string{{"paper", "accent"}, {"open", "open-tint"}, {"ink", "open-tint"}}
		for _, fore := range []string{"ink", "soft", "accent", "open", "test"} {
			pairs = append(pairs, [2]string{fore, "paper"}, [2]string{fore, "tint"})
		}
		for _, p := range pairs {
			if r := contrast(t, colour[p[0]], colour[p[1]]); r < 4.5 {
				t.Errorf("theme %d: %s on %s has a contrast of %.2f", n, p[0], p[1], r)
			}
		}
		if r := contrast(t, colour["focus"], colour["paper"]); r < 3 {
			t.Errorf("theme %d: focus has a contrast of %.2f", n, r)
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	light := func(c string) float64 {
		if len(c) == 4 {
			c = "#" + strings.Repeat(c[1:2], 2) + strings.Repeat(c[2:3], 2) + strings.Repeat(c[3:4], 2)
		}
		var r, g, b uint8
		if _, err := fmt.Sscanf(c, "#%02x%02x%02x", &r, &g, &b); err != nil {
			t.Fatalf("colour %q: %v", c, err)
		}
		linear := func(v uint8) float64 {
			f := float64(v) / 255
			if f <= 0.03928 {
				return f / 12.92
			}
			return math.Pow((f+0.055)/1.055, 2.4)
		}
		return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestLanguagesDoNotMixWhenRenderedAtOnce(t *testing.T) {
	r := build(t, sample())
	want := rendered(t, r)
	var wg sync.WaitGroup
	for range 4 {
		for _, lang := range Languages() {
			wg.Go(func() {
				var out bytes.Buffer
				if err := HTML(&out, r, lang); err != nil || out.String() != want["html "+lang] {
					t.Errorf("%s changed: %v", lang, err)
				}
			})
		}
	}
	wg.Wait()
}
