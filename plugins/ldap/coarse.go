package ldapsource

import (
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/name"
)

// filter gives the LDAP filter that every entry which the question matches
// meets, with some that it does not. Values enter it escaped only.
//
// rules tells how the server compares an attribute. Where it cannot compare
// in the way that is needed, a filter would be undefined and silently find
// nothing, so all entries that have the attribute are asked for instead.
func (q question) filter(m *mappedType, rules func(mappedAttribute) rule) string {
	var sets []string
	for _, set := range q.sets {
		var all []string
		for _, w := range set {
			all = append(all, anyOf(m.clauses(w, rules)))
		}
		sets = append(sets, allOf(all))
	}
	return allOf([]string{m.filter, anyOf(sets)})
}

// clauses gives the filters of which one holds for every entry with the
// identifier.
func (m *mappedType) clauses(w wanted, rules func(mappedAttribute) rule) []string {
	var out []string
	for _, g := range m.groups() {
		for _, f := range g.fields {
			if f.kind != w.Kind || w.Kind == core.Name && f.part == "given" {
				continue
			}
			for _, a := range f.attributes {
				if c := clause(w, a, rules(a)); c != "" {
					out = append(out, c)
				}
			}
		}
	}
	if len(out) == 0 {
		return []string{"(!(objectClass=*))"} // no entry can hold it
	}
	return unique(out)
}

// clause gives the filter for one identifier in one attribute, "" when no
// value of the attribute can be that identifier.
func clause(w wanted, a mappedAttribute, r rule) string {
	present := "(" + a.written + "=*)"
	switch a.syntax {
	case syntaxGUID, syntaxSID:
		if !r.equality {
			return present
		}
		return orNothing(equalities(w, a.description))
	case syntaxBinary:
		return ""
	}
	switch w.Kind {
	case core.Name:
		if !r.substring {
			return present
		}
		return anyOf(nameClauses(w, a.written))
	case core.DateOfBirth:
		if !r.equality || !r.substring {
			return present
		}
		day := strings.ReplaceAll(w.Value, "-", "")
		return anyOf(append(equalities(w, a.description), "("+a.written+"="+ldap.EscapeFilter(day)+"*)"))
	case core.Phone:
		if !r.substring {
			return present
		}
		return digitClause(w.Value, a.written, 7)
	case core.EmployeeNumber, core.TicketNumber, core.ContractNumber, core.DiaryNumber, core.PersonalIdentityCode, core.BusinessID:
		// A system may write leading zeros, spaces and other signs into it that
		// the comparison here does not mind.
		if !r.substring || r.exact {
			return present
		}
		return spread(strings.TrimLeft(w.Value, "0"), a.written)
	default:
		if !r.equality || r.exact {
			return present
		}
		return anyOf(equalities(w, a.description))
	}
}

// equalities gives one equality filter for each spelling. Addresses stand
// behind their type; what is kept as bytes is asked for as these.
func equalities(w wanted, a description) []string {
	var out []string
	for _, f := range w.forms() {
		values := []string{ldap.EscapeFilter(f.Text)}
		switch a.syntax {
		case syntaxAddresses:
			for _, t := range mailTypes() {
				values = append(values, t+ldap.EscapeFilter(f.Text))
			}
		case syntaxGUID:
			values = nil
			if raw, ok := guidBytes(f.Text); ok {
				values = []string{escapeBytes(raw)}
			}
		case syntaxSID:
			if !strings.HasPrefix(strings.ToUpper(f.Text), "S-1-") {
				values = nil // Active Directory refuses another text
			}
		}
		for _, v := range values {
			out = append(out, "("+a.written+"="+v+")")
		}
	}
	return unique(out)
}

// escapeBytes writes bytes as a filter has them (RFC 4515).
func escapeBytes(raw []byte) string {
	var b strings.Builder
	for _, c := range raw {
		fmt.Fprintf(&b, `\%02x`, c)
	}
	return b.String()
}

func orNothing(filters []string) string {
	if len(filters) == 0 {
		return ""
	}
	return anyOf(filters)
}

// digitClause looks for the last n digits in order, with anything between
// them: a number may be written in any way.
func digitClause(number, attribute string, n int) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
	return spread(digits[max(0, len(digits)-n):], attribute)
}

// spread looks for the letters and digits of s in order, with anything before,
// between and behind them.
func spread(s, attribute string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 && (r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z') {
			b.WriteRune(r)
			b.WriteByte('*')
		}
	}
	return "(" + attribute + "=*" + b.String() + ")"
}

// nameClauses look for the words of the family name as systems may spell
// them: a word of it is enough, since double names lose one of theirs.
//
// Vowels stand open, for they are what å ä ö ü õ æ ø become and come from.
// Consonants must be there in order, unless the name in the directory holds a
// letter for which systems write one or more other consonants (š: s, sh): then
// only those count that no such spelling touches.
func nameClauses(w wanted, attribute string) []string {
	n, err := name.Parse(w.Value)
	if err != nil {
		return []string{"(" + attribute + "=*)"}
	}
	words := name.FamilyTokens(n)
	if len(words) == 0 {
		return []string{"(" + attribute + "=*)"}
	}
	var foreign, out []string
	for _, letter := range "šžčćđðþłŋńñśźżřňßçşșțţğ" {
		foreign = append(foreign, "("+attribute+"=*"+string(letter)+"*)")
	}
	// A name in Cyrillic letters is compared by its transliteration here.
	for _, letter := range "аеиоуыэюяё" {
		out = append(out, "("+attribute+"=*"+string(letter)+"*)")
	}
	for _, word := range words {
		out = append(out, spread(consonants(word), attribute),
			allOf([]string{anyOf(foreign), spread(steadfast(word), attribute)}))
	}
	return unique(out)
}

// consonants gives the consonants of ASCII in a word, but a t before a letter
// outside ASCII (tš, written ch).
func consonants(word string) string {
	runes := []rune(word)
	var b strings.Builder
	for i, r := range runes {
		merges := r == 't' && i+1 < len(runes) && runes[i+1] >= 0x80
		if !merges && strings.ContainsRune("bcdfghjklmnpqrstvwxz", r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// steadfast gives the consonants of a word that are no part of the spelling of
// a letter outside ASCII.
func steadfast(word string) string {
	var b strings.Builder
	before := rune(0)
	for _, r := range word {
		switch {
		case strings.ContainsRune("bfkmpqvwx", r), r == 'g' && before != 'n', r == 'j' && before != 'd':
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}

func anyOf(filters []string) string { return joinFilters("|", filters) }

func allOf(filters []string) string { return joinFilters("&", filters) }

func joinFilters(operator string, filters []string) string {
	if len(filters) == 1 {
		return filters[0]
	}
	return "(" + operator + strings.Join(filters, "") + ")"
}

// unique gives the texts once each, in order.
func unique(list []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
