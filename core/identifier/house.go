package identifier

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
)

// House is what one organisation says of spellings that no law settles for
// everybody. The zero value says nothing.
type House struct {
	// BusinessForms are further spellings of a business ID that the
	// organisation's systems use: FormEUID, FormOVT.
	BusinessForms []string
	// Places are names of one street or one town in several languages, such
	// as Storgatan and Isokatu. Two names mean one place only where such a
	// list says so.
	Places [][]string
}

// The further spellings of a business ID, for House.BusinessForms.
const (
	// FormEUID is the European unique identifier of the trade register
	// (directive 2017/1132): FIFPRO.1234567-8.
	FormEUID = "euid"
	// FormOVT is the address for electronic invoices: 0037 (ISO 6523, the
	// Finnish Tax Administration), eight digits, and up to five characters
	// that tell a unit.
	FormOVT = "ovt"
)

// BusinessForms gives the further spellings that a House may name.
func BusinessForms() []string { return []string{FormEUID, FormOVT} }

// prefixes of the further spellings, and the longest tail of an OVT.
const (
	prefixEUID = "FIFPRO."
	prefixOVT  = "0037"
	tailOVT    = 5
)

// businessIn gives the business ID inside an EUID or an OVT as eight digits
// with or without their hyphen, and which of the two it is; form is empty for
// any other text.
func businessIn(s string) (id, form string) {
	s = strings.ToUpper(strings.Join(strings.Fields(s), ""))
	if id, ok := strings.CutPrefix(s, prefixEUID); ok {
		return id, FormEUID
	}
	tail, ok := strings.CutPrefix(s, prefixOVT)
	if !ok || len(tail) < 8 || len(tail) > 8+tailOVT || !digits(tail[:8], 8, 8) ||
		strings.ContainsFunc(tail, func(r rune) bool { return r >= utf8.RuneSelf || !isDigit(byte(r)) && !isLetter(byte(r)) }) {
		return "", ""
	}
	return tail[:8], FormOVT
}

// Parse is the function Parse, which also takes the spellings of the house.
// What is written in one is of the kind of its normal form.
func (h House) Parse(kind core.Kind, raw string) (core.Identifier, error) {
	if kind == core.BusinessID && len(raw) <= maxValue {
		if inner, form := businessIn(raw); h.uses(form) {
			id, err := Parse(kind, inner)
			id.Raw = raw
			return id, err
		}
	}
	return Parse(kind, raw)
}

func (h House) uses(form string) bool {
	for _, f := range h.BusinessForms {
		if f == form && form != "" {
			return true
		}
	}
	return false
}

// Forms is the function Forms, with the spellings of the house.
func (h House) Forms(i core.Identifier) []core.Form {
	out := Forms(i)
	if len(out) == 0 {
		return out
	}
	switch i.Kind {
	case core.BusinessID:
		if h.uses(FormEUID) {
			out = append(out, exact(prefixEUID+i.Value)...)
		}
		if h.uses(FormOVT) {
			out = append(out, exact(prefixOVT+strings.Replace(i.Value, "-", "", 1))...)
		}
	case core.Address:
		out = append(out, h.addresses(i.Value)...)
	}
	return out
}

// maxAddresses bounds the spellings of one address.
const maxAddresses = 20

// addresses gives an address with its street and its town by the other names
// that the list has.
func (h House) addresses(value string) []core.Form {
	p, code := readAddress(value)
	if code != "" {
		return nil
	}
	var out []core.Form
	for _, street := range h.otherNames(p.street, true) {
		for _, town := range h.otherNames(p.town, false) {
			q := p
			q.street, q.town = street, town
			if (street != p.street || town != p.town) && len(out) < maxAddresses {
				out = append(out, exact(q.String())...)
			}
		}
	}
	return out
}

// otherNames gives a name and what the list says that it is called too; with
// numbers, a number may stand behind it.
func (h House) otherNames(s string, numbers bool) []string {
	out := []string{s}
	name, tail := strings.TrimSpace(s), ""
	if at := strings.IndexFunc(s, unicode.IsDigit); numbers && at > 0 {
		name, tail = strings.TrimSpace(s[:at]), " "+s[at:]
	}
	for _, group := range h.Places {
		for _, known := range group {
			if !strings.EqualFold(strings.Join(strings.Fields(known), " "), name) {
				continue
			}
			for _, other := range group {
				if !strings.EqualFold(other, known) {
					out = append(out, strings.Join(strings.Fields(other), " ")+tail)
				}
			}
			break
		}
	}
	return out
}

// Know gives the identifiers with the spellings of the house as their forms
// where Equal needs them to tell two spellings of one value: addresses.
func (h House) Know(list []core.Identifier) []core.Identifier {
	if len(h.Places) == 0 {
		return list
	}
	out := append([]core.Identifier(nil), list...)
	for n, i := range out {
		if i.Kind == core.Address {
			out[n].Forms = h.Forms(i)
		}
	}
	return out
}
