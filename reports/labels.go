package reports

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// phrase is a text of the catalogue with the language that it is in, empty
// for the language of the page.
type phrase struct {
	Text, Lang string
}

// phraseIn gives the text in lang, else in the first language that has it.
func phraseIn(lang string, t catalogue.Text) phrase {
	text := t.In(lang)
	for _, l := range []struct{ code, text string }{{lang, ""}, {"fi", t.FI}, {"sv", t.SV}, {"en", t.EN}} {
		if l.code == lang {
			l.text = only(lang, t)
		}
		if l.text != "" && l.text == text {
			if l.code == lang {
				return phrase{Text: visible(text)}
			}
			return phrase{Text: visible(text), Lang: l.code}
		}
	}
	return phrase{}
}

// only gives the text in lang, and nothing in its place.
func only(lang string, t catalogue.Text) string {
	switch lang {
	case "fi":
		return t.FI
	case "sv":
		return t.SV
	default:
		return t.EN
	}
}

// phrasesIn gives each text that is not empty.
func phrasesIn(lang string, list []catalogue.Text) []phrase {
	var out []phrase
	for _, t := range list {
		if ph := phraseIn(lang, t); ph.Text != "" {
			out = append(out, ph)
		}
	}
	return out
}

// labelIn writes the label of a field: "E-mail", "Requester: e-mail",
// "Comment 2: text", "Comment 2, commenter: name".
func (t *texts) labelIn(lang string, l Label) string {
	place, field := t.placeOf(lang, l, true), t.fieldName(lang, l)
	if place == "" {
		return field
	}
	return place + ": " + lowerFirst(field)
}

// foldedLabel gives the place and the name of a field without numbers.
func (t *texts) foldedLabel(lang string, l Label) (place, field string) {
	place, field = t.placeOf(lang, l, false), t.fieldName(lang, l)
	if place != "" {
		field = lowerFirst(field)
	}
	return place, field
}

func (t *texts) fieldName(lang string, l Label) string {
	if l.Field != nil && !l.Field.Label.IsZero() {
		return l.Field.Label.In(lang)
	}
	return t.Items.UnnamedField
}

// placeOf names the part and the party that a field stands in.
func (t *texts) placeOf(lang string, l Label, numbered bool) string {
	var where []string
	if l.inPart {
		name := t.Items.UnnamedPart
		if l.Part != nil {
			name = l.Part.Title.In(lang)
		}
		where = append(where, counted(name, l.PartNumber, lang, numbered))
	}
	if l.inParty {
		name := t.Items.UnnamedSlot
		if l.Slot != nil {
			name = l.Slot.Title.In(lang)
		}
		if len(where) > 0 {
			name = lowerFirst(name)
		}
		where = append(where, counted(name, l.SlotNumber, lang, numbered))
	}
	return strings.Join(where, ", ")
}

func counted(name string, n int, lang string, numbered bool) string {
	if n == 0 || !numbered {
		return name
	}
	return name + " " + number(n, lang)
}

// lowerFirst writes the first letter small, unless the word is an acronym or
// has an inner capital or hyphen after one letter (Y-tunnus, FO-nummer, ID).
func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	first, size := utf8.DecodeRuneInString(s)
	next, _ := utf8.DecodeRuneInString(s[size:])
	if unicode.IsUpper(next) || next == '-' && first == 'Y' {
		return s
	}
	return string(unicode.ToLower(first)) + s[size:]
}

// meaningOf gives the explanation of a coded value: that of the system itself,
// else the profile's.
func meaningOf(f *Field) (catalogue.Text, bool) {
	if f.Withheld != Shown {
		return catalogue.Text{}, false
	}
	if m := f.Value.Meaning; m != nil {
		said := catalogue.Text{FI: m.FI, SV: m.SV, EN: m.EN}
		return said, !said.IsZero()
	}
	if f.Label.Field == nil {
		return catalogue.Text{}, false
	}
	m, ok := codeMeaning(f.Label.Field.Codes, f.Value.Plain())
	return m, ok && !m.IsZero()
}

// codeMeaning gives the explanation of a code, in whatever case it is
// written, and whether there is one.
func codeMeaning(codes map[string]catalogue.Text, value string) (catalogue.Text, bool) {
	if len(codes) == 0 {
		return catalogue.Text{}, false
	}
	m, ok := codes[value]
	if !ok {
		m, ok = codes[strings.ToLower(value)]
	}
	return m, ok
}

// kindList writes kinds of identifier as a list.
func (t *texts) kindList(kinds []core.Kind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = t.kind(k)
	}
	return strings.Join(words, ", ")
}

func (t *texts) kind(k core.Kind) string {
	if name, ok := t.Kinds[k]; ok {
		return name
	}
	return safeName(string(k))
}

// typeList writes record types as a list, in the words of the profile.
func (t *texts) typeList(lang string, profile *catalogue.Profile, types []string) string {
	words := make([]string, len(types))
	for i, name := range types {
		words[i] = safeName(name)
		if spec, ok := profile.Type(name); ok {
			words[i] = lowerFirst(spec.Title.In(lang))
		}
	}
	return strings.Join(words, ", ")
}

// reason writes why the outcome is what it is, for a request of the ISO day;
// empty when nothing is said.
func (t *texts) reason(lang, day string, s *System) phrase {
	if s.Coverage.Reason.Code == core.ReasonCatalogue || s.Coverage.Reason.Code == "" {
		_, why := s.Entry.ReferralOn(day)
		if ph := phraseIn(lang, why); ph.Text != "" {
			return ph
		}
	}
	msg, ok := t.Reasons[s.Coverage.Reason.Code]
	if !ok {
		return phrase{}
	}
	text := msg.Text
	if len(s.Coverage.Reason.Types) > 0 && msg.Types != "" {
		text += " " + fill(msg.Types, "types", t.typeList(lang, s.Profile, s.Coverage.Reason.Types))
	}
	if len(s.Coverage.Reason.Kinds) > 0 && msg.Kinds != "" {
		text += " " + fill(msg.Kinds, "kinds", t.kindList(s.Coverage.Reason.Kinds))
	}
	return phrase{Text: text}
}

// explanation writes why the item is in the report. An item whose own
// sentence could not be shown gets one of the kinds that agreed.
func (t *texts) explanation(lang string, d *Disclosed) phrase {
	if ph := phraseIn(lang, d.Explanation); ph.Text != "" {
		return ph
	}
	if d.Undecided {
		return phrase{Text: fill(t.Items.Reviewed, "kinds", t.kindList(d.MatchedBy))}
	}
	return phrase{Text: fill(t.Items.MatchedBy, "kinds", t.kindList(d.MatchedBy))}
}

// title names the record: its type and its own number, or its place in the
// list.
func (t *texts) title(lang string, d *Disclosed) string {
	c := d.Copies[0]
	name := t.Items.Unnamed
	if c.Profile != nil {
		name = c.Profile.Title.In(lang)
	}
	if c.OwnNumber != "" {
		return name + " " + visible(c.OwnNumber)
	}
	return name + " " + number(d.Number, lang)
}
