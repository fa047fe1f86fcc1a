package reports

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
)

// disclosed makes of an item what may be told of it.
func (b *builder) disclosed(it Item) *Disclosed {
	d := &Disclosed{Verdict: it.Verdict, Held: Held{Undecided: it.undecided()}, Copies: make([]Copy, len(it.Members))}
	for _, m := range it.MatchedBy {
		if !slices.Contains(d.MatchedBy, m.Kind) {
			d.MatchedBy = append(d.MatchedBy, m.Kind)
		}
	}
	for i := range it.Members {
		d.Copies[i] = b.copyOf(&it.Members[i], !d.Undecided)
	}
	strictest(d.Copies)
	for i := range it.Members {
		m, c := &it.Members[i], &d.Copies[i]
		c.Ref = b.safeRef(m, c)
		c.OwnNumber = ownNumber(c.Fields)
		if !d.Undecided {
			c.Time = m.Record.Time
		}
	}
	d.Explanation = b.safeExplanation(&it, d)
	return d
}

// copyOf gives the fields of one record as they may be told, in the order of
// the profile.
func (b *builder) copyOf(m *Member, decided bool) Copy {
	place := b.place[m.System]
	sh := b.shapes.of(place, &b.out[place], &m.Record)
	c := Copy{System: m.System, Type: sh.typ, Profile: sh.profile, shape: sh, Fields: make([]Field, len(sh.spots))}
	for i := range sh.spots {
		sp := &sh.spots[i]
		value, role := sp.at.in(m)
		if !sp.known {
			role = core.RoleUnknown
		}
		f := &c.Fields[i]
		f.Name, f.Label, f.Role = sp.name, sp.label, role
		f.Value, f.Withheld = disclose(circumstances{decided: decided, role: role, special: sp.special, kind: sp.kind, codes: sp.codes},
			*value, b.texts)
		if f.Withheld == WithheldSourceSecret && value.Withheld != nil {
			f.Basis = safeBasis(value.Withheld.LegalBasis)
		}
	}
	return c
}

// plainName is what a name of a type, a slot or a field looks like. Anything
// else may be a value that a source put in the wrong place.
var plainName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.;-]{0,63}$`)

// safeName gives the name, or "unknown" for one that might hold a value.
func safeName(name string) string {
	if !plainName.MatchString(name) || len(identifier.FindCodes(name)) > 0 {
		return "unknown"
	}
	return name
}

// legalBasis is what a reference to an act looks like: "621/1999 24.1 § 20".
var legalBasis = regexp.MustCompile(`^\d{1,4}/\d{4}[ ,]?[\pL\d .,§:()-]{0,60}$`)

// safeBasis gives the legal basis, or nothing when it is no reference to an
// act.
func safeBasis(s string) string {
	if s = strings.TrimSpace(s); !legalBasis.MatchString(s) || len(identifier.FindCodes(s)) > 0 {
		return ""
	}
	return s
}

// ownNumber gives the record's own number, if it is shown.
func ownNumber(fields []Field) string {
	for _, f := range fields {
		if f.Label.Field != nil && f.Label.Field.Own && !f.Label.inPart && !f.Label.inParty && f.Withheld == Shown {
			return f.Value.Plain()
		}
	}
	return ""
}

// sentence is a text that explains why an item is here, as safeExplanation
// looks at it.
type sentence struct {
	folded string
	code   bool // it holds a personal identity code
}

// safeExplanation gives the item's explanation; nothing when it holds a
// value that is withheld, or a personal identity code. The renderers then
// write a sentence of the kinds that agreed.
func (b *builder) safeExplanation(it *Item, d *Disclosed) (none catalogue.Text) {
	var folded [3]string
	longest := 0
	for i, t := range [3]string{it.Explanation.FI, it.Explanation.SV, it.Explanation.EN} {
		said := b.sentences.Of("", t, func() sentence { return sentence{fold(t), len(identifier.FindCodes(t)) > 0} })
		if said.code {
			return none
		}
		folded[i] = said.folded
		longest = max(longest, len(said.folded))
	}
	for n := range it.Members {
		c := &d.Copies[n]
		for i := range c.shape.spots {
			v, _ := c.shape.spots[i].at.in(&it.Members[n])
			if v.Type == core.TypeFlag || v.Type == core.TypeNull || c.Fields[i].tells(v) {
				continue
			}
			text := v.Plain()
			if outgrows(text, longest) {
				continue
			}
			if plain := b.folds.Of("", text, func() string { return fold(text) }); utf8.RuneCountInString(plain) >= 3 &&
				(strings.Contains(folded[0], plain) || strings.Contains(folded[1], plain) || strings.Contains(folded[2], plain)) &&
				!toldSomewhere(d.Copies, plain) {
				return none
			}
		}
	}
	return it.Explanation
}

// tells tells whether the field shows the value v, which it is made of, as it
// is.
func (f *Field) tells(v *core.Value) bool {
	switch {
	case f.Withheld != Shown || f.Value.Type != v.Type:
		return false
	case v.Type == core.TypeTime:
		return f.Value.Time.Equal(v.Time)
	default:
		return f.Value.Text == v.Text && f.Value.Integer == v.Integer && f.Value.Flag == v.Flag
	}
}

// outgrows tells whether the folded text is surely longer than n bytes: fold
// leaves every printing character of ASCII, so that long texts need not be
// folded to know that they stand in no short one.
func outgrows(text string, n int) bool {
	printing := 0
	for i := 0; i < len(text) && printing <= n; i++ {
		if c := text[i]; c > ' ' && c < 0x7f {
			printing++
		}
	}
	return printing > n
}

func toldSomewhere(copies []Copy, folded string) bool {
	return slices.ContainsFunc(copies, func(c Copy) bool { return c.told(folded) })
}

// told tells whether the copy shows a value that folds to the text.
func (c *Copy) told(folded string) bool {
	return slices.ContainsFunc(c.Fields, func(f Field) bool { return f.Withheld == Shown && fold(f.Value.Plain()) == folded })
}

// day gives the calendar day of t in Finland as YYYY-MM-DD.
func day(t time.Time) string { return t.In(helsinki()).Format(time.DateOnly) }
