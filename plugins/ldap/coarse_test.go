package ldapsource

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
)

// spellingsOf are ways in which directories write the same names, of which the
// first is how the person does.
func spellingsOf() [][]string {
	return [][]string{
		{"Mäkinen", "Makinen", "MAEKINEN", "M?kinen", "mäkinen", "Ma\u0308kinen"},
		{"Åström", "Astrom", "Aastroem", "AASTRÖM"},
		{"Ševtšenko", "Shevchenko", "Sevtsenko", "Шевченко"},
		{"Žukov", "Zhukov", "Zukov", "Жуков"},
		{"Guðmundsson", "Gudmundsson"},
		{"Kovačević", "Kovacevic"},
		{"Nieŋ", "Nieng", "Nien"},
		{"Groß", "Gross"},
		{"von Essen", "Essen", "VON ESSEN"},
		{"MacDonald", "Mac Donald", "Macdonald"},
		{"O'Brien", "OBrien", "O’Brien"},
		{"Virtanen-Niemi", "Niemi", "Virtanen", "Niemi-Virtanen", "Virtanen Niemi"},
		{"Aho", "AHO"},
		{"Ääjä", "Aaja", "Aeaejae"},
	}
}

// anything compares as a server does whose attributes have every rule.
func anything(mappedAttribute) rule { return rule{equality: true, substring: true} }

// TestTheServerIsAskedForEveryMatch holds the filters against the comparison:
// an entry that matches must meet the filter, however it is spelled.
func TestTheServerIsAskedForEveryMatch(t *testing.T) {
	m := &configured(t, filesConfig()).types[0]
	names := spellingsOf()
	matched := 0
	rapid.Check(t, func(t *rapid.T) {
		group := rapid.SampledFrom(names).Draw(t, "family")
		asked, written := rapid.SampledFrom(group).Draw(t, "asked"), rapid.SampledFrom(group).Draw(t, "written")
		given := rapid.SampledFrom([]string{"Maija", "Maija Helena", "M.", "MAIJA"}).Draw(t, "given")
		wanted, err := identifier.Parse(core.Name, asked+", Maija Helena")
		if err != nil {
			t.Fatal(err)
		}
		e := entry{dn: "uid=x", attributes: []attribute{text("objectClass", "inetOrgPerson")}}
		switch rapid.IntRange(0, 2).Draw(t, "shape") {
		case 0:
			e.attributes = append(e.attributes, text("cn", written+" "+given))
		case 1:
			e.attributes = append(e.attributes, text("cn", given+" "+written))
		default:
			e.attributes = append(e.attributes, text("sn", written), text("givenName", given))
		}
		if heldAgainstFilter(t, m, e, wanted) {
			matched++
		}
	})
	if matched == 0 {
		t.Fatal("nothing ever matched")
	}
}

func TestTheServerIsAskedForEveryNumber(t *testing.T) {
	m := &configured(t, filesConfig()).types[0]
	matched := 0
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]core.Kind{core.Phone, core.EmployeeNumber, core.UserID, core.Email}).Draw(t, "kind")
		pairs := map[core.Kind][]string{
			core.Phone:          {"+358401234567", "040 123 4567", "(040) 123-4567", "+358 (0)40 1234567", "040.123.4567", "00358401234567", "09 1234567, 0401234567"},
			core.EmployeeNumber: {"104233", "00104233", "0000104233", " 104233"},
			core.UserID:         {"makinma1", "MAKINMA1", "Makinma1 "},
			core.Email:          {"Maija.Makinen@Example.fi", "maija.makinen@example.FI"},
		}[kind]
		attributes := map[core.Kind]string{core.Phone: "mobile", core.EmployeeNumber: "employeeNumber", core.UserID: "uid", core.Email: "mail"}
		wanted, err := identifier.Parse(kind, rapid.SampledFrom(pairs[:len(pairs)-1]).Draw(t, "asked"))
		if err != nil {
			t.Fatal(err)
		}
		wanted.Issuer = environment().Issuers[kind]
		e := entry{dn: "uid=x", attributes: []attribute{text("objectClass", "inetOrgPerson"), text(attributes[kind], rapid.SampledFrom(pairs).Draw(t, "written"))}}
		if !heldAgainstFilter(t, m, e, wanted) {
			t.Fatal("two spellings of one identifier do not match")
		}
		matched++
	})
	if matched == 0 {
		t.Fatal("nothing ever matched")
	}
}

// heldAgainstFilter tells whether the entry matches, and fails the test if it
// does without meeting the filter.
func heldAgainstFilter(t *rapid.T, m *mappedType, e entry, wanted core.Identifier) bool {
	q := newQuestion([]core.KeySet{{AllOf: []core.Identifier{wanted}}}, environment().Issuers)
	filter := q.filter(m, anything)
	takes, _, err := compileFilter("", filter)
	if err != nil {
		t.Fatalf("%v: %s", err, filter)
	}
	if len(q.matches(m, e)) == 0 {
		return false
	}
	if !takes(e) {
		t.Fatalf("the server would not give a match; filter %s", filter)
	}
	return true
}

func text(name, value string) attribute {
	return attribute{description: describe(name), values: [][]byte{[]byte(value)}}
}

func TestValuesEnterAFilterEscapedOnly(t *testing.T) {
	m := &configured(t, filesConfig()).types[0]
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]core.Kind{core.UserID, core.EmployeeNumber, core.Email, core.Name, core.Phone}).Draw(t, "kind")
		value := rapid.StringOf(rapid.SampledFrom([]rune("*()\\|&!=<>~ab1@.\x01ä\""))).Draw(t, "value")
		wanted := core.Identifier{Kind: kind, Value: value, Status: core.Valid}
		filter := newQuestion([]core.KeySet{{AllOf: []core.Identifier{wanted}}}, nil).filter(m, anything)
		_, terms, err := compileFilter("", filter)
		if err != nil {
			t.Fatalf("%v: %q", err, filter)
		}
		for _, term := range terms {
			if !strings.Contains(" objectclass cn givenname sn mail telephonenumber mobile employeenumber uid ", " "+describe(term.attribute).key+" ") {
				t.Fatalf("the value brought the attribute %q into the filter", term.attribute)
			}
		}
	})
}

func TestAnAttributeThatCannotBeComparedIsReadWhole(t *testing.T) {
	m := &configured(t, filesConfig()).types[0]
	q := newQuestion([]core.KeySet{{AllOf: []core.Identifier{key(t, core.UserID, "makinma1")}}}, nil)
	for _, r := range []rule{{}, {equality: true, exact: true, substring: true}} {
		filter := q.filter(m, func(mappedAttribute) rule { return r })
		if filter != "(&(objectClass=inetOrgPerson)(uid=*))" {
			t.Error(filter)
		}
	}
}
