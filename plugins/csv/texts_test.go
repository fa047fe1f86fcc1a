package csvsource

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/index"
	"github.com/sinusta/sinusta/plugins/internal/freetext"
	"github.com/sinusta/sinusta/plugins/internal/places"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// videos maps an export of recorded events, whose texts are read for people.
const videos = `
files:
  videos: {pattern: videot.csv, times: [iso]}
  chapters: {pattern: jaksot.csv}
types:
  video:
    file: videos
    key: [nro]
    time: alku
    fields: {title: otsikko, description: kuvaus, time_of_contact: alku, duration: kesto}
    texts: [title, description]
    parties:
      - {slot: performer, fields: {name: esiintyja, email: posti, user_id: tunnus}}
    parts:
      - type: chapter
        file: chapters
        join: {video: nro}
        key: [nro]
        fields: {title: otsikko, text: teksti}
        texts: [text]
        parties:
          - {slot: speaker, fields: {name: puhuja}}
`

const (
	videoHeader   = "nro;otsikko;kuvaus;alku;kesto;esiintyja;posti;tunnus\n"
	chapterHeader = "nro;video;otsikko;teksti;puhuja\n"
)

func videoRow(n int, title, text string) string {
	return fmt.Sprintf("%d;%s;%s;2024-03-04T10:00:00+02:00;45:00;;;\n", n, title, text)
}

func openedVideos(t testing.TB, rows, chapters string) *Instance {
	t.Helper()
	return opened(t, "video", videos, folder(t, map[string]string{"videot.csv": videoHeader + rows, "jaksot.csv": chapterHeader + chapters}))
}

// Somebody whom a text alone names is found in every form in which people
// write, and the hit says in which field; part of a name is nobody.
func TestPeopleInTexts(t *testing.T) {
	for name, c := range map[string]struct {
		key, title, text string
		fields           []string // none: not found
	}{
		"as it was given":       {"name=Mäkinen, Maija Helena", "Haastattelu: Maija Mäkinen", "", []string{"title"}},
		"genitive":              {"name=Mäkinen, Maija Helena", "Maija Mäkisen avauspuhe", "", []string{"title"}},
		"adessive, clitic":      {"name=Virtanen, Pekka", "", "Kysymyksiä oli myös Pekka Virtasellakin.", []string{"description"}},
		"both in a case":        {"name=Lahti, Outi", "Vieraana Lahden Outi", "", []string{"title"}},
		"Swedish genitive":      {"name=Sjöberg, Åsa", "Åsa Sjöbergs presentation", "", []string{"title"}},
		"capitals, no umlauts":  {"name=Mäkinen, Maija", "MAIJA MAKINEN", "", []string{"title"}},
		"in two fields":         {"name=Mäkinen, Maija", "Maija Mäkinen", "Puhujana Mäkinen, Maija.", []string{"description", "title"}},
		"code":                  {"personal-identity-code=010190-900P", "", "Vahingossa näkyvissä (010190-900P) alussa.", []string{"description"}},
		"phone":                 {"phone=+358401234567", "", "Ilmoittautumiset 040-123 4567.", []string{"description"}},
		"e-mail":                {"email=maija.makinen@example.fi", "", "Kysy: Maija.Makinen@example.fi!", []string{"description"}},
		"given name alone":      {"name=Mäkinen, Maija", "Maijan aamukahvit", "", nil},
		"family name alone":     {"name=Mäkinen, Maija", "Mäkisen avauspuhe", "", nil},
		"another family name":   {"name=Mäkinen, Maija", "Maija Mäkelä", "", nil},
		"another given name":    {"name=Mäkinen, Maija", "Marja Mäkinen", "", nil},
		"a part in each field":  {"name=Mäkinen, Maija", "Vieraana Maija", "Mäkinen on paikka Virossa.", nil},
		"parts far apart":       {"name=Mäkinen, Maija", "Maija avaa ja sulkee, illan isäntä on Mäkinen", "", nil},
		"number in a longer":    {"phone=+358401234567", "", "Tilaus 04012345678.", nil},
		"address of somebody":   {"email=maija.makinen@example.fi", "", "mirja.makinen@example.fi", nil},
		"another code":          {"personal-identity-code=010190-900P", "", "(010190-901R)", nil},
		"nobody's address here": {"email=maija.makinen@example.fi", "", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := asked(t, openedVideos(t, videoRow(1, c.title, c.text)+videoRow(2, "Muu tallenne", ""), ""), by(t, c.key))
			if len(h.problems) > 0 {
				t.Errorf("problems %v", h.problems)
			}
			if want := map[bool]string{true: "", false: "video/1"}[c.fields == nil]; h.refs() != want {
				t.Fatalf("refs %q, want %q", h.refs(), want)
			}
			var fields []string
			for _, r := range h.records {
				for _, m := range r.MatchedBy {
					fields = append(fields, m.Field)
					kind, _, _ := strings.Cut(c.key, "=")
					if m.Slot != "" || string(m.Kind) != kind {
						t.Errorf("matched by %+v", m)
					}
				}
			}
			if !slices.Equal(fields, c.fields) {
				t.Errorf("found in %v, want %v", fields, c.fields)
			}
		})
	}
}

// What stands in the text of a part finds the record that it belongs to, whole.
func TestPeopleInTextsOfParts(t *testing.T) {
	chapters := "1;7;Alku;Tervetuloa;\n2;7;Kysymyksiä;Sitten annetaan puheenvuoro Maija Mäkiselle.;\n3;8;Maija Mäkinen;Otsikkoa ei lueta.;\n4;9;x;Soittakaa 040-123 4567.;\n"
	i := openedVideos(t, videoRow(7, "a", "")+videoRow(8, "b", "")+videoRow(9, "c", ""), chapters)
	h := asked(t, i, by(t, "name=Mäkinen, Maija"))
	if h.refs() != "video/7" || len(h.records[0].Parts) != 2 || len(h.problems) > 0 {
		t.Fatalf("refs %q, %v, problems %v", h.refs(), h.records, h.problems)
	}
	if want := []core.Match{{Kind: core.Name, Field: "chapter/text", Tier: core.TierVariant}}; !slices.Equal(h.records[0].MatchedBy, want) {
		t.Errorf("matched by %v", h.records[0].MatchedBy)
	}
	if h = asked(t, i, by(t, "phone=+358401234567")); h.refs() != "video/9" { // no column of a part holds a number
		t.Errorf("by phone: refs %q", h.refs())
	}
}

// What a text tells may stand beside what a column tells, in any part of the
// record; all of a key set must be there.
func TestTextsBesideColumns(t *testing.T) {
	i := openedVideos(t, videoRow(1, "Maija Mäkinen avaa", "")+
		strings.Replace(videoRow(2, "Maija Mäkinen avaa", ""), "2024-03-04", "2024-03-05", 1)+
		videoRow(3, "x", "")+
		"4;x;Syntynyt 13.9.1971;;;Mäkinen Maija;;\n5;Maija Mäkinen;;;;;;\n", "1;3;x;Mukana Maija Mäkinen;\n2;5;x;s. 13.9.1971;\n")
	join := func(keys ...string) core.Query {
		q := by(t, keys[0])
		for _, k := range keys[1:] {
			q.AnyOf[0].AllOf = append(q.AnyOf[0].AllOf, by(t, k).AnyOf[0].AllOf...)
		}
		return q
	}
	for want, q := range map[string]core.Query{
		"video/1 video/3": join("time-of-contact=4.3.2024 10.00-11.00, avajaiset", "name=Mäkinen, Maija"),
		"video/4 video/5": join("name=Mäkinen, Maija", "date-of-birth=13.9.1971"),
		"":                join("name=Mäkinen, Maija", "date-of-birth=14.9.1971"),
	} {
		if h := asked(t, i, q); h.refs() != want || len(h.problems) > 0 {
			t.Errorf("refs %q, want %q; problems %v", h.refs(), want, h.problems)
		}
	}
}

// The keys of a type follow from its texts, and without them a text is not
// searched.
func TestKeysOfTexts(t *testing.T) {
	files := folder(t, map[string]string{"videot.csv": videoHeader + videoRow(1, "Maija Mäkinen", ""), "jaksot.csv": chapterHeader})
	without := strings.NewReplacer("    texts: [title, description]\n", "", "        texts: [text]\n", "").Replace(videos)
	for _, c := range []struct {
		mapping, refs string
		phone         bool
	}{{videos, "video/1", true}, {without, "", false}} {
		i := opened(t, "video", c.mapping, files)
		if got := asked(t, i, by(t, "name=Mäkinen, Maija")).refs(); got != c.refs {
			t.Errorf("refs %q, want %q", got, c.refs)
		}
		has := func(kinds ...core.Kind) bool {
			return slices.ContainsFunc(i.Types()[0].Keys, func(k sdk.Key) bool { return slices.Equal(k.Kinds, kinds) })
		}
		if !has(core.Name) || !has(core.Email) || !has(core.TimeOfContact) || has(core.Phone) != c.phone || has(core.Name, core.DateOfBirth) != c.phone {
			t.Errorf("keys %v", i.Types()[0].Keys)
		}
	}
}

// What is too short to be looked for in a text is told, unless a column holds
// it.
func TestShortIdentifiersAreTold(t *testing.T) {
	i := openedVideos(t, videoRow(1, "ab1 avaa", "")+"2;x;;;;;;ab1\n", "")
	if h := asked(t, i, by(t, "user-id=ab1")); h.refs() != "video/2" || len(h.problems) > 0 {
		t.Errorf("refs %q, problems %v", h.refs(), h.problems)
	}
	if h := asked(t, i, by(t, "employee-number=1234")); !h.told(core.ClassUnsupportedKey, "types.video.texts", "too short") {
		t.Errorf("problems %v", h.problems)
	}
}

// Only content that is mapped as text can be read for people.
func TestTextsAreChecked(t *testing.T) {
	for change, words := range map[string][2]string{
		"texts: [title, descripton]":        {"texts[1]", "description"},
		"texts: [title, title]":             {"texts[1]", "twice"},
		"texts: [duration]":                 {"texts[0]", "no content"},
		"texts: [time_of_contact]":          {"texts[0]", "no content"},
		"texts: [transcript]":               {"texts[0]", "no column"},
		"texts: [text, speaker]":            {"parts[0].texts[1]", "no column"},
		"texts: [title, description, text]": {"texts[2]", "no column"},
	} {
		from := "texts: [title, description]"
		if strings.HasPrefix(words[0], "parts") {
			from = "texts: [text]"
		}
		_, err := Open(configOf(t, strings.Replace(videos, from, change, 1), t.TempDir()), sdk.Env{Kind: "video"})
		var p *core.Problem
		if !errors.As(err, &p) || p.Class != core.ClassConfig || !strings.HasSuffix(p.ConfigPath, words[0]) || !strings.Contains(p.Message, words[1]) {
			t.Errorf("%s: %v", change, err)
		}
	}
	dated := strings.Replace(videos, "title: otsikko, description", "title: {column: otsikko, as: date}, description", 1)
	if _, err := Open(configOf(t, dated, t.TempDir()), sdk.Env{Kind: "video"}); err == nil || !strings.Contains(err.Error(), "something else than text") {
		t.Errorf("a date as text: %v", err)
	}
}

// A text of another encoding than declared is read as both.
func TestTextsOfAnotherEncoding(t *testing.T) {
	h := asked(t, openedVideos(t, videoRow(1, "Maija M\xe4kisen puhe", ""), ""), by(t, "name=Mäkinen, Maija"))
	if h.refs() != "video/1" || !h.told(core.ClassPartial, "encoding") {
		t.Errorf("refs %q, problems %v", h.refs(), h.problems)
	}
}

// Wherever a name or number lies in a long text, it is found: also across the
// pieces in which a text is compared.
func TestPeopleAcrossPieces(t *testing.T) {
	for _, key := range []struct{ by, text string }{{"name=Mäkinen, Maija", "Maija Mäkiselle"}, {"phone=+358401234567", "040-123 4567"}, {"personal-identity-code=010190-900P", "010190-900P"}} {
		var rows strings.Builder
		var want []string
		for n := range len(key.text) + 2 {
			rows.WriteString(videoRow(n+1, strings.Repeat("ä ", atOnce/3-6)[:(atOnce/3-6)*3]+strings.Repeat("-", 18-n)+" "+key.text+" loppu", ""))
			want = append(want, fmt.Sprintf("video/%d", n+1))
		}
		if got := asked(t, openedVideos(t, rows.String(), ""), by(t, key.by)).refs(); got != strings.Join(want, " ") {
			t.Errorf("%s: found %q", key.by, got)
		}
	}
}

// Texts that were made to hold a search up cost time and memory in measure of
// their length, and a search can be ended within one.
func TestHostileTexts(t *testing.T) {
	const size = 1 << 20
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	long := map[string]string{
		"a name without end": fill("Maija Mäkinen "), "given names alone": fill("Maija "), "digits": fill("0"), "one word": fill("x"), "codes": fill("010190-900X"),
		"numbers": fill("+358 40 "), "marks": fill("e\u0301\u0301\u0301"), "addresses": fill("maija@"), "no letters": fill("-.,/"), "joiners": fill("\u200d"),
	}
	for name, text := range long {
		i := openedVideos(t, videoRow(1, "Alku", text)+videoRow(2, "Maija Mäkisen puhe", ""), "")
		q := by(t, "name=Mäkinen, Maija")
		q.AnyOf = append(q.AnyOf, by(t, "phone=+358401234567").AnyOf...)
		q.AnyOf = append(q.AnyOf, by(t, "email=maija.makinen@example.fi").AnyOf...)
		q.AnyOf = append(q.AnyOf, by(t, "personal-identity-code=010190-900P").AnyOf...)
		debug.FreeOSMemory()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		h := asked(t, i, q)
		took := time.Since(began)
		records := len(h.records)
		refs := h.refs()
		*h = heard{}
		runtime.GC()
		runtime.ReadMemStats(&after)
		t.Logf("%s: %d bytes in %v, %d bytes allocated, %d kept", name, len(text), took, after.TotalAlloc-before.TotalAlloc, int64(after.HeapAlloc)-int64(before.HeapAlloc))
		if want := map[bool]string{true: "video/1 video/2", false: "video/2"}[name == "a name without end"]; refs != want || records == 0 {
			t.Errorf("%s: refs %q", name, refs)
		}
		if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > size {
			t.Errorf("%s: %d bytes are kept", name, kept)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	q := by(t, "name=Mäkinen, Maija")
	asked := &texts{question: freetext.New(q.AnyOf, index.Inflections), ids: q.AnyOf[0].AllOf}
	if err := asked.read(ctx, long["numbers"], "title", &places.Place{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a search that was ended within a text gives %v", err)
	}
}
