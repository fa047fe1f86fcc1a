package identifier

import (
	"strings"
	"unicode"

	"github.com/sinusta/sinusta/core"
)

// addressRule is a postal address, in the normal form
//
//	Mannerheimintie 12 A 5, 00100 Helsinki
//	PL 123, 00023 Valtioneuvosto
//	Storgatan 3, 11455 Stockholm, Sverige
//
// street, number, stair and flat; five-digit postal code and town; another
// country than Finland. Postal code or town may be missing, not both. A family
// shares an address, and a house several families, so it speaks for nobody by
// itself. A street's Finnish and its Swedish name are two spellings that only a
// list ties together (House.Places).
var addressRule = KindRule{
	Kind:    core.Address,
	Title:   Text{"Postiosoite", "Postadress", "Postal address"},
	Yours:   Text{"osoitteesi", "din adress", "your address"},
	Sharing: ManyPeople,
	Example: "Esimerkkikatu 1 A 2, 00100 Helsinki",
	Bad: []Bad{
		{CodeForm, "00100 Helsinki", Text{}},
		{CodePlace, "Esimerkkikatu 1 A 2", Text{"Osoitteesta puuttuu postinumero tai -toimipaikka: kirjoita jompikumpi pilkun jälkeen.",
			"Postnummer eller ort fattas i adressen: skriv någotdera efter ett kommatecken.",
			"The address lacks a postal code or a town: write one of them after a comma."}},
		{CodeLength, strings.Repeat("Esimerkki", 30) + "katu 1, Helsinki", Text{}},
	},
	form: Text{"Kirjoita osoite muodossa katu ja numero, postinumero ja -toimipaikka.", "Skriv adressen i formen gata och nummer, postnummer och ort.",
		"Write the address as street and number, postal code and town."},
	parse: parseAddress,
	equal: equalAddress,
	mask:  maskAddress,
	forms: addressForms,
	find:  &finder{on: wordStart, at: findAddress},
}

const maxAddress = 200

// place is the parts of an address.
type place struct{ street, code, town, country string }

func (p place) String() string {
	out := p.street + ", " + strings.TrimSpace(p.code+" "+p.town)
	if p.country != "" {
		out += ", " + p.country
	}
	return out
}

func parseAddress(s string) (string, core.Status, Code) {
	if len(s) > maxAddress {
		return "", core.Malformed, CodeLength
	}
	p, code := readAddress(s)
	if code != "" {
		return "", core.Malformed, code
	}
	return p.String(), core.Valid, ""
}

func readAddress(s string) (place, Code) {
	s = tidy(strings.NewReplacer("\r\n", ",", "\n", ",", ";", ",").Replace(s))
	var parts []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 1 {
		parts = atPostalCode(parts[0])
	}
	var p place
	if n := len(parts) - 1; n > 0 {
		if home, known := countryName(parts[n]); known && (n > 1 || home) {
			if !home {
				p.country = parts[n]
			}
			parts = parts[:n]
		}
	}
	if len(parts) == 0 || !strings.ContainsFunc(parts[0], unicode.IsLetter) || !strings.ContainsFunc(parts[0], unicode.IsDigit) && len(parts) < 2 {
		return place{}, CodeForm
	}
	if code, _ := postalCode(parts[0]); code != "" {
		return place{}, CodeForm
	}
	if len(parts) == 1 {
		return place{}, CodePlace
	}
	p.code, p.town = postalCode(parts[len(parts)-1])
	p.street = strings.Join(parts[:len(parts)-1], " ")
	if p.code == "" && !strings.ContainsFunc(p.town, unicode.IsLetter) {
		return place{}, CodePlace
	}
	return p, ""
}

// atPostalCode parts a line without commas before its postal code: the last
// word of five digits that is not the first.
func atPostalCode(line string) []string {
	words := strings.Fields(line)
	for n := len(words) - 1; n > 0; n-- {
		if code, _ := postalCode(strings.Join(words[n:], " ")); code != "" {
			return []string{strings.Join(words[:n], " "), strings.Join(words[n:], " ")}
		}
	}
	return []string{line}
}

// postalCode parts "00100 Helsinki", "FI-00100 Helsinki" and the Swedish "114
// 55 Stockholm".
func postalCode(s string) (code, town string) {
	words := strings.Fields(s)
	if len(words) == 0 {
		return "", ""
	}
	first := upperASCII(words[0])
	for _, prefix := range []string{"FIN-", "FI-", "SE-", "S-"} {
		first = strings.TrimPrefix(first, prefix)
	}
	switch {
	case digits(first, 5, 5):
		return first, strings.Join(words[1:], " ")
	case digits(first, 3, 3) && len(words) > 2 && digits(words[1], 2, 2):
		return first + words[1], strings.Join(words[2:], " ")
	}
	return "", s
}

// countryName tells whether a part of an address names a country: Finland,
// home, or one of its neighbours and the countries with which people most
// correspond.
func countryName(s string) (home, known bool) {
	switch strings.ToLower(strings.Trim(s, ". ")) {
	case "suomi", "finland", "fi", "fin":
		return true, true
	case "ruotsi", "sverige", "sweden", "se", "norja", "norge", "norway", "no", "tanska", "danmark", "denmark", "dk", "viro", "estland", "estonia", "eesti", "ee",
		"saksa", "tyskland", "germany", "deutschland", "de", "venäjä", "ryssland", "russia", "latvia", "lettland", "liettua", "litauen", "lithuania",
		"puola", "polen", "poland", "ranska", "frankrike", "france", "espanja", "spanien", "spain", "italia", "italien", "italy", "usa", "yhdysvallat", "united states",
		"iso-britannia", "storbritannien", "united kingdom", "uk", "kanada", "canada", "australia", "alankomaat", "nederländerna", "netherlands", "belgia", "belgien", "belgium",
		"itävalta", "österrike", "austria", "sveitsi", "schweiz", "switzerland", "islanti", "island", "iceland", "thaimaa", "thailand":
		return false, true
	}
	return false, false
}

// equalAddress compares two addresses, either by its exact forms too: those
// hold the names that a list says are one street (House).
func equalAddress(a, b core.Identifier) bool {
	if sameAddress(a.Value, b.Value) {
		return true
	}
	among := func(forms []core.Form, value string) bool {
		for _, f := range forms {
			if f.Tier == core.TierExact && sameAddress(f.Text, value) {
				return true
			}
		}
		return false
	}
	return among(a.Forms, b.Value) || among(b.Forms, a.Value)
}

// sameAddress tells whether two normal forms are one address: the same words
// and numbers of the street, and the same postal code or, where one has none,
// the same town.
func sameAddress(a, b string) bool {
	p, codeP := readAddress(a)
	q, codeQ := readAddress(b)
	if codeP != "" || codeQ != "" || streetKey(p.street) != streetKey(q.street) || !strings.EqualFold(p.country, q.country) {
		return false
	}
	if p.code != "" && q.code != "" {
		return p.code == q.code
	}
	return p.town != "" && strings.EqualFold(p.town, q.town)
}

// streetKey gives the words of a street in small letters, numbers apart from
// letters, without the words that say "flat": 12A5, 12 A 5 and 12 a as. 5 are
// one.
func streetKey(s string) string {
	var words []string
	var word []rune
	end := func() {
		switch w := string(word); w {
		case "", "as", "asunto", "rappu", "bst", "bostad", "lgh", "apt", "flat":
		default:
			words = append(words, w)
		}
		word = nil
	}
	for _, r := range strings.ToLower(s) {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-':
			end()
			continue
		case len(word) > 0 && unicode.IsDigit(r) != unicode.IsDigit(word[len(word)-1]) && r != '-':
			end()
		}
		word = append(word, r)
	}
	end()
	return strings.Join(words, " ")
}

// maskAddress keeps the first letter of the street and the region of the
// postal code.
func maskAddress(v string) string {
	p, code := readAddress(v)
	if code != "" || p.street == "" {
		return hidden
	}
	return string([]rune(p.street)[:1]) + hidden + ", " + head(p.code, 2) + hidden
}

// addressForms gives the address without its comma, and street, and street
// with either postal code or town.
func addressForms(i core.Identifier) []core.Form {
	p, code := readAddress(i.Value)
	if code != "" {
		return nil
	}
	out := exact(strings.ReplaceAll(i.Value, ",", ""))
	add := func(s string) { out = append(out, core.Form{Text: s, Tier: core.TierVariant}) }
	if p.code != "" && p.town != "" {
		add(p.street + ", " + p.town)
		add(p.street + ", " + p.code)
	}
	return out
}

// streetEndings end the names of streets, in the characters of a text.
var streetEndings = [...]string{"KATU", "KADUN", "KADULLA", "TIE", "TIEN", "TIELLA", "KUJA", "KUJAN", "POLKU", "RAITTI", "TORI", "KAARI", "RINNE", "PENGER",
	"PUISTIKKO", "ESPLANADI", "BULEVARDI", "AUKIO", "GATAN", "VAGEN", "GRAND", "GRANDEN", "STIGEN", "TORGET", "ESPLANADEN", "STREET", "ROAD", "AVENUE"}

// findAddress takes a word that ends as streets do, with a number; the postal
// code behind it makes it likely.
func findAddress(t *text, at int) (hit, bool) {
	end := at
	for end < len(t.s) && end-at < 40 && (isWord(t.s[end]) && !isDigit(t.s[end]) || t.s[end] == '-') {
		end++
	}
	if end-at < 5 || !t.is(end, ' ') || !t.digitAt(end+1) || !hasStreetEnding(t.s[max(at, end-12):end]) {
		return hit{}, false
	}
	next := end + 1
	for next < len(t.s) && next-end < 5 && isDigit(t.s[next]) {
		next++
	}
	last := t.flat(next)
	h := hit{start: at, end: last, status: core.Incomplete, certainty: Possible}
	if town, ok := t.townAt(last); ok {
		h.end, h.status, h.certainty = town, core.Valid, Likely
	}
	h.value = tidy(t.source(h.start, h.end))
	if value, status, code := parseAddress(h.value); code == "" {
		h.value, h.status = value, status
	}
	return h, true
}

// flat gives the place behind the stair and the flat that follow the number of
// a house: A 5, a5, as. 5.
func (t *text) flat(at int) int {
	last, next := at, t.gap(at)
	if next+1 < len(t.s) && t.s[next] == 'A' && t.s[next+1] == 'S' && !isWord(t.before(next)) {
		next += 2
		if t.is(next, '.') {
			next++
		}
	} else if next < len(t.s) && isLetter(t.s[next]) && (!t.wordAt(next+1) || t.digitAt(next+1)) {
		next++
		last = next
	} else {
		return last
	}
	from := t.gap(next)
	for next = from; t.digitAt(next) && next-from < 3; next++ {
		last = next + 1
	}
	if t.wordAt(last) {
		return at
	}
	return last
}

func hasStreetEnding(word []byte) bool {
	var plain [12]byte
	w := plain[:copy(plain[:], word)]
	for i := range w {
		w[i] &= 0x7f
	}
	for _, e := range streetEndings {
		if strings.HasSuffix(string(w), e) {
			return true
		}
	}
	return false
}

// townAt reads a comma or a break, five digits and a word.
func (t *text) townAt(at int) (end int, ok bool) {
	if t.is(at, ',') {
		at++
	}
	at = t.gap(at)
	code, next := t.digits(at, 6)
	if len(code) != 5 || !t.is(next, ' ') || !t.wordAt(next+1) {
		return 0, false
	}
	for next++; next < len(t.s) && isWord(t.s[next]); next++ {
		if next-at > 60 {
			return 0, false
		}
	}
	return next, true
}
