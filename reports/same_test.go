package reports

import (
	"bytes"
	"encoding/json"
	"html/template"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// hostile are texts that mean something to HTML, to JSON or to the rules of
// disclosure.
var hostile = []string{
	"", " ", "a", "<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "' onload='x", "&lt;&amp;+", "{{.}}", "]]>", "<!--", "</dd>",
	"\x00", "\x01\x1f\x7f", "\xff\xfe", "a\xc3", "\u202etxt", "\u2028\u2029", "\ufeff", "\u200b", "😀𝕏", "line\nline\r\ttab", `back\slash`, "\ufffd",
	"Maija Meikäläinen", "MEIKÄLÄINEN", "Mäki", "ma\u0308ki", "open", "OPEN", "+358 40 555 1234", "040-5551234", "t123456", "T123456@office.example",
	"INC0012345", "123456", "2026-02-30", "2026-02-03", "3,5", code(901), code(902), strings.Repeat("long word ", 60), strings.Repeat("<&'\"+>", 50),
}

// hostileProfile is testProfile with labels that mean something to HTML.
func hostileProfile(t testing.TB) func(string) (*catalogue.Profile, error) {
	p, err := testProfile("ticketing")
	if err != nil {
		t.Fatal(err)
	}
	bad := func(l *catalogue.Text) {
		*l = catalogue.Text{FI: `<b>"` + l.FI, SV: "'+&" + l.SV, EN: "\u202e</dt>\x00" + l.EN}
	}
	var all func(*catalogue.RecordType)
	all = func(r *catalogue.RecordType) {
		bad(&r.Title)
		for i := range r.Fields {
			bad(&r.Fields[i].Label)
			if r.Fields[i].Name == "status" {
				r.Fields[i].Codes = map[string]catalogue.Text{"open": {FI: "<i>auki", SV: "'öppen'", EN: "open"}}
			}
		}
		for i := range r.Slots {
			bad(&r.Slots[i].Title)
		}
		for i := range r.Parts {
			all(&r.Parts[i])
		}
	}
	for i := range p.Types {
		all(&p.Types[i])
	}
	return func(string) (*catalogue.Profile, error) { return p, nil }
}

// anyValue draws a value of any type.
func anyValue(t *rapid.T) core.Value {
	said := rapid.SampledFrom(hostile).Draw(t, "text")
	switch rapid.IntRange(0, 11).Draw(t, "type") {
	case 0:
		return core.NullValue()
	case 1:
		return core.Value{Type: core.TypeFlag, Flag: rapid.Bool().Draw(t, "flag")}
	case 2:
		return core.TimeValue(time.Unix(rapid.Int64Range(-1e9, 3e9).Draw(t, "time"), 0).UTC())
	case 3:
		return core.Value{Type: core.TypeInteger, Integer: rapid.Int64().Draw(t, "integer")}
	case 4:
		return core.Value{Type: core.TypeDecimal, Text: said}
	case 5:
		return core.Value{Type: core.TypeDate, Text: said}
	case 6:
		reason := rapid.SampledFrom([]core.WithheldReason{core.WithheldSecret, core.WithheldSecret, core.WithheldTooLarge, core.WithheldBinary}).Draw(t, "reason")
		return core.WithheldValue(core.Withheld{Reason: reason, LegalBasis: anyBasis(t)})
	case 7:
		v := core.TextValue(said)
		v.Meaning = &core.Meaning{FI: rapid.SampledFrom(hostile).Draw(t, "meaning"), EN: "open"}
		return v
	default:
		return core.TextValue(said)
	}
}

func anyBasis(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "621/1999 24.1 § 20", "621/1999 24.1 § 25", "<b>"}).Draw(t, "basis")
}

// anyRoles draws a role for each field.
func anyRoles(t *rapid.T, n int) []core.Role {
	out := make([]core.Role, n)
	for i := range out {
		out[i] = rapid.SampledFrom([]core.Role{core.RoleSubject, core.RoleSubject, core.RoleOrganisation, core.RoleOrganisation,
			core.RoleThirdParty, core.RoleOfficial, core.RoleContent, core.RoleUnknown, ""}).Draw(t, "role")
	}
	return out
}

func anyFields(t *rapid.T) []core.Field {
	names := []string{"number", "status", "opened", "urgent", "cost", "due", "health", "note", "time", "text", "name", "personal_identity_code",
		"email", "phone", "user_id", "manager", "diet", "unmapped", "Maija <M>"}
	out := make([]core.Field, rapid.IntRange(0, 5).Draw(t, "fields"))
	for i := range out {
		out[i] = core.Field{Name: rapid.SampledFrom(names).Draw(t, "name"), Value: anyValue(t)}
	}
	return out
}

func anyParties(t *rapid.T) (parties []core.Party, roles [][]core.Role) {
	for range rapid.IntRange(0, 3).Draw(t, "parties") {
		p := core.Party{Slot: rapid.SampledFrom([]string{"requester", "assignee", "next_of_kin", "unmapped", "a b"}).Draw(t, "slot"), Fields: anyFields(t)}
		parties, roles = append(parties, p), append(roles, anyRoles(t, len(p.Fields)))
	}
	return parties, roles
}

// anyMember draws a record with roles.
func anyMember(t *rapid.T, system string) Member {
	m := Member{System: system, Record: core.Record{Type: rapid.SampledFrom([]string{"ticket", "ticket", "unmapped", "x <y>"}).Draw(t, "record type")}}
	r := &m.Record
	r.Ref = r.Type + "/" + rapid.SampledFrom([]string{"INC0012345", "INC9000001", "T123456", "MEIKALAINEN", "T1%2FT2", "%zz", "0405551234",
		code(901), "7a2f9d4e-1111-4222-8333-444455556666", "2026/70231"}).Draw(t, "key")
	if rapid.Bool().Draw(t, "timed") {
		r.Time = time.Unix(rapid.Int64Range(0, 2e9).Draw(t, "record time"), 0).UTC()
	}
	r.Fields = anyFields(t)
	m.Roles.Fields = anyRoles(t, len(r.Fields))
	r.Parties, m.Roles.Parties = anyParties(t)
	for range rapid.IntRange(0, 2).Draw(t, "parts") {
		part := core.Part{Type: rapid.SampledFrom([]string{"comment", "comment", "unmapped"}).Draw(t, "part type"), Fields: anyFields(t)}
		roles := Roles{Fields: anyRoles(t, len(part.Fields))}
		part.Parties, roles.Parties = anyParties(t)
		r.Parts, m.Roles.Parts = append(r.Parts, part), append(m.Roles.Parts, roles)
	}
	return m
}

// anyItem draws an item of the record, mostly with another one.
func anyItem(t *rapid.T, m Member) Item {
	it := Item{Members: []Member{m}, Verdict: rapid.SampledFrom([]core.Verdict{core.Confirmed, core.Confirmed, core.Confirmed, core.Review}).Draw(t, "verdict"),
		MatchedBy: []core.Match{{Kind: core.Name}, {Kind: core.Email}}}
	if rapid.Bool().Draw(t, "two members") {
		it.Members = append(it.Members, anyMember(t, string(core.Partial)))
	}
	said := rapid.SampledFrom(hostile)
	switch rapid.IntRange(0, 2).Draw(t, "explanation") {
	case 0:
		it.Explanation = text("Because")
	case 1:
		it.Explanation = catalogue.Text{FI: "Koska " + said.Draw(t, "fi"), EN: "because " + said.Draw(t, "en")}
	}
	return it
}

// again draws the record with other values and other roles in the same places:
// here and there, or everywhere.
func again(t *rapid.T, m Member) Member {
	everywhere := rapid.Bool().Draw(t, "everywhere")
	fresh := func(list []core.Field) []core.Field {
		out := slices.Clone(list)
		for i := range out {
			if everywhere || rapid.IntRange(0, 9).Draw(t, "other value") == 0 {
				out[i].Value = anyValue(t)
			}
			if w := out[i].Value.Withheld; w != nil {
				out[i].Value = core.WithheldValue(core.Withheld{Reason: w.Reason, LegalBasis: anyBasis(t)})
			}
		}
		return out
	}
	anyRoles := func(t *rapid.T, have []core.Role) []core.Role {
		if everywhere {
			return anyRoles(t, len(have))
		}
		return have
	}
	parties := func(list []core.Party, have [][]core.Role) (out []core.Party, roles [][]core.Role) {
		for i, p := range list {
			out = append(out, core.Party{Slot: p.Slot, Fields: fresh(p.Fields)})
			roles = append(roles, anyRoles(t, have[i]))
		}
		return out, roles
	}
	record, have := m.Record, m.Roles
	m.Record.Fields, m.Roles = fresh(record.Fields), Roles{Fields: anyRoles(t, have.Fields)}
	m.Record.Parties, m.Roles.Parties = parties(record.Parties, have.Parties)
	m.Record.Parts = nil
	for i, p := range record.Parts {
		part, roles := core.Part{Type: p.Type, Fields: fresh(p.Fields)}, Roles{Fields: anyRoles(t, have.Parts[i].Fields)}
		part.Parties, roles.Parties = parties(p.Parties, have.Parts[i].Parties)
		m.Record.Parts, m.Roles.Parts = append(m.Record.Parts, part), append(m.Roles.Parts, roles)
	}
	return m
}

// neighbour draws the record with one name changed, or with a field of a party
// moved to the party behind it: a shape that is nearly the same.
func neighbour(t *rapid.T, m Member) Member {
	m = again(t, m)
	var names []*string
	fields := func(list []core.Field) {
		for i := range list {
			names = append(names, &list[i].Name)
		}
	}
	parties := func(list []core.Party) {
		for i := range list {
			names = append(names, &list[i].Slot, &list[i].Slot)
			fields(list[i].Fields)
		}
	}
	r := &m.Record
	names = append(names, &r.Type)
	fields(r.Fields)
	parties(r.Parties)
	for i := range r.Parts {
		names = append(names, &r.Parts[i].Type, &r.Parts[i].Type)
		fields(r.Parts[i].Fields)
		parties(r.Parts[i].Parties)
	}
	if rapid.Bool().Draw(t, "renamed") {
		*rapid.SampledFrom(names).Draw(t, "which") = rapid.SampledFrom([]string{"requester", "comment", "name", "number", "health", "ticket", "next_of_kin", "unmapped"}).Draw(t, "new name")
		return m
	}
	for i := 0; i+1 < len(r.Parties); i++ {
		from, to, roles := &r.Parties[i], &r.Parties[i+1], m.Roles.Parties
		if n := len(from.Fields) - 1; n >= 0 {
			to.Fields = append([]core.Field{from.Fields[n]}, to.Fields...)
			from.Fields = from.Fields[:n]
			roles[i], roles[i+1] = roles[i][:n], append([]core.Role{roles[i][n]}, roles[i+1]...)
			break
		}
	}
	return m
}

// What is remembered of other records, and what is written without templates
// and reflection, must be the same as if every item were worked out by itself.
func TestItemsAreAsIfWorkedOutAnew(t *testing.T) {
	profile := hostileProfile(t)
	written, err := template.ParseFS(templateFiles, "templates/*.gohtml")
	if err == nil {
		written, err = written.ParseFiles("testdata/item.gohtml")
	}
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		in := sample()
		in.Profile, in.Items = profile, nil
		report, err := Build(Input{Organisation: in.Organisation, Systems: in.Systems, Profile: profile, Coverage: withoutItems(in.Coverage)})
		if err != nil {
			t.Fatal(err)
		}
		b := &builder{in: in, texts: &rememberingReader{reader: ownCodes(in.SubjectCodes)}, digest: newDigester(in.RefKey)}
		b.systems()
		anew := &plainly{builder: &builder{in: in, texts: ownCodes(in.SubjectCodes), digest: b.digest, out: b.out, place: b.place}}

		lang := rapid.SampledFrom(Languages()).Draw(t, "lang")
		words, err := textsFor(lang, true)
		if err != nil {
			t.Fatal(err)
		}
		p := newPage(report, words, lang)
		list := articles{p: p}
		data := newJSONForm(&bytes.Buffer{}, report, words, lang)
		first := anyMember(t, string(core.Found))
		for n := 1; n <= 4; n++ {
			m := first
			switch rapid.IntRange(0, 3).Draw(t, "record") {
			case 0:
				m = anyMember(t, string(core.Found))
			case 1:
				m = again(t, first)
			case 2:
				m = neighbour(t, first)
			}
			it := anyItem(t, m)
			got, want := b.disclosed(it), anew.disclosed(it)
			for _, d := range []*Disclosed{got, want} {
				d.System, d.Number = string(core.Found), n
			}
			checkDisclosed(t, got, want)
			var page bytes.Buffer
			if err := written.ExecuteTemplate(&page, "item", itemView{P: p, D: want}); err != nil {
				t.Fatal(err)
			}
			if article := list.append(nil, got); string(article) != page.String() {
				t.Fatalf("the article is\n%s\nwant\n%s", article, page.String())
			}
			raw, err := json.Marshal(jsonView{t: words, lang: lang}.item(want))
			if err != nil {
				t.Fatal(err)
			}
			if item, want := data.appendItem(nil, got), escapeTurning(raw); !bytes.Equal(item, want) {
				t.Fatalf("the item is\n%s\nwant\n%s", item, want)
			}
		}
	})
}

// withoutItems gives the coverage with outcomes that need no item.
func withoutItems(list []core.Coverage) []core.Coverage {
	out := append([]core.Coverage(nil), list...)
	for i := range out {
		out[i].Outcome = core.NoneFound
	}
	return out
}

// checkDisclosed holds two disclosed items against each other.
func checkDisclosed(t *rapid.T, got, want *Disclosed) {
	t.Helper()
	bare := func(d *Disclosed) Disclosed {
		out := *d
		out.Copies = append([]Copy(nil), d.Copies...)
		for i := range out.Copies {
			out.Copies[i].shape = nil
			if len(out.Copies[i].Fields) == 0 {
				out.Copies[i].Fields = nil
			}
		}
		return out
	}
	if a, b := bare(got), bare(want); !reflect.DeepEqual(a, b) {
		t.Fatalf("disclosed is\n%+v\nwant\n%+v", a, b)
	}
}

func FuzzEscapes(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	page := template.Must(template.New("").Parse(`<p lang="{{.}}" id="{{.}}-x">{{.}}</p><time datetime="{{.}}">{{.}}</time>`))
	f.Fuzz(func(t *testing.T, s string) {
		var want bytes.Buffer
		if err := page.Execute(&want, s); err != nil {
			t.Fatal(err)
		}
		e := string(appendHTML(nil, s))
		if got := `<p lang="` + e + `" id="` + e + `-x">` + e + `</p><time datetime="` + e + `">` + e + `</time>`; got != want.String() {
			t.Errorf("HTML of %q is %q, html/template writes %q", s, got, want.String())
		}
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(appendJSON(nil, s)), string(escapeTurning(raw)); got != want {
			t.Errorf("JSON of %q is %s, encoding/json writes %s", s, got, want)
		}
	})
}

func FuzzAtoms(f *testing.F) {
	for _, s := range append(hostile, "INC0012345", "0070231", "000", "a1٣٤b", "Ab-07c") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := atoms(s), plainAtoms(s); !slices.Equal(got, want) {
			t.Errorf("%q has the atoms %q, want %q", s, got, want)
		}
	})
}
