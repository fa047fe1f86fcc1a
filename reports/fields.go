package reports

import (
	"cmp"
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
	d := &Disclosed{Verdict: it.Verdict, Held: Held{Undecided: it.undecided()}}
	for _, m := range it.MatchedBy {
		if !slices.Contains(d.MatchedBy, m.Kind) {
			d.MatchedBy = append(d.MatchedBy, m.Kind)
		}
	}
	for _, m := range it.Members {
		d.Copies = append(d.Copies, b.copyOf(m, !d.Undecided))
	}
	strictest(d.Copies)
	shown := make([]map[string]bool, len(d.Copies))
	for i, m := range it.Members {
		c := &d.Copies[i]
		shown[i] = c.told()
		c.Ref = b.digest.safeRef(m, c, shown[i])
		c.OwnNumber = ownNumber(c.Fields)
		if !d.Undecided {
			c.Time = m.Record.Time
		}
	}
	d.Explanation = safeExplanation(it, shown)
	return d
}

// copyOf gives the fields of one record as they may be told, in the order of
// the profile.
func (b *builder) copyOf(m Member, decided bool) Copy {
	s := &b.out[b.place[m.System]]
	c := Copy{System: m.System, Type: safeName(m.Record.Type)}
	spec := catalogue.RecordType{}
	if t, ok := s.Profile.Type(m.Record.Type); ok {
		spec = t
		c.Profile = typeNamed(s.Profile.Types, m.Record.Type)
	}
	w := writer{b: b, decided: decided}
	w.group(Label{}, "", &spec, m.Record.Fields, m.Record.Parties, m.Roles)
	numbers := map[string]int{}
	for i, part := range m.Record.Parts {
		numbers[part.Type]++
		label := Label{PartNumber: numbers[part.Type], Part: typeNamed(spec.Parts, part.Type), inPart: true}
		sub := catalogue.RecordType{}
		if label.Part != nil {
			sub = *label.Part
		}
		w.group(label, safeName(part.Type), &sub, part.Fields, part.Parties, m.Roles.Parts[i])
	}
	c.Fields = w.fields
	return c
}

// typeNamed gives the type among the profile's own, so that labels share it.
func typeNamed(types []catalogue.RecordType, name string) *catalogue.RecordType {
	for i := range types {
		if types[i].Name == name {
			return &types[i]
		}
	}
	return nil
}

// writer collects the fields of one record.
type writer struct {
	b       *builder
	decided bool
	fields  []Field
}

// group writes the fields and parties of a record or of one of its parts.
func (w *writer) group(at Label, part string, spec *catalogue.RecordType, fields []core.Field, parties []core.Party, roles Roles) {
	w.run(at, part, "", spec.Fields, fields, roles.Fields)
	total, number := map[string]int{}, map[string]int{}
	for _, p := range parties {
		total[p.Slot]++
	}
	order := make([]int, len(parties))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		return cmp.Compare(slotIndex(spec.Slots, parties[x].Slot), slotIndex(spec.Slots, parties[y].Slot))
	})
	for _, i := range order {
		p := parties[i]
		label := at
		label.inParty = true
		var known []catalogue.FieldProfile
		if n := slotIndex(spec.Slots, p.Slot); n < len(spec.Slots) {
			label.Slot, known = &spec.Slots[n], spec.Slots[n].Fields
		}
		if number[p.Slot]++; total[p.Slot] > 1 {
			label.SlotNumber = number[p.Slot]
		}
		w.run(label, part, safeName(p.Slot), known, p.Fields, roles.Parties[i])
	}
}

// run writes one row of fields with the same place.
func (w *writer) run(at Label, part, slot string, known []catalogue.FieldProfile, fields []core.Field, roles []core.Role) {
	first := len(w.fields)
	rank := make([]int, 0, len(fields))
	for i, f := range fields {
		label := at
		n := slices.IndexFunc(known, func(p catalogue.FieldProfile) bool { return p.Name == f.Name })
		role := roles[i]
		var profile catalogue.FieldProfile
		if n >= 0 {
			label.Field, profile = &known[n], known[n]
		} else {
			role, n = core.RoleUnknown, len(known)
		}
		out := Field{Name: path(part, at.PartNumber, slot, at.SlotNumber, safeName(f.Name)), Label: label, Role: role}
		out.Value, out.Withheld = disclose(circumstances{
			decided: w.decided,
			role:    role,
			special: profile.Special,
			kind:    kindOf(profile),
			codes:   profile.Codes,
		}, f.Value, w.b.texts)
		if out.Withheld == WithheldSourceSecret && f.Value.Withheld != nil {
			out.Basis = safeBasis(f.Value.Withheld.LegalBasis)
		}
		w.fields = append(w.fields, out)
		rank = append(rank, n)
	}
	sortByRank(w.fields[first:], rank)
}

// kindOf gives the kind of identifier that a field holds, empty for none. A
// Virtu code, user@organisation, has no kind of its own and is read as a user
// id.
func kindOf(f catalogue.FieldProfile) core.Kind {
	if f.Name == "virtu_code" {
		return core.UserID
	}
	return f.Identifier
}

// sortByRank sorts fields by rank, keeping the order of equals.
func sortByRank(fields []Field, rank []int) {
	if slices.IsSorted(rank) {
		return
	}
	order := make([]int, len(fields))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(rank[x], rank[y]) })
	sorted := make([]Field, len(fields))
	for to, from := range order {
		sorted[to] = fields[from]
	}
	copy(fields, sorted)
}

// slotIndex gives the place of a slot in the profile, len(slots) for none.
func slotIndex(slots []catalogue.Slot, name string) int {
	for i := range slots {
		if slots[i].Name == name {
			return i
		}
	}
	return len(slots)
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

// safeExplanation gives the item's explanation; nothing when it holds a
// value that is withheld, or a personal identity code. The renderers then
// write a sentence of the kinds that agreed.
func safeExplanation(it Item, shown []map[string]bool) (none catalogue.Text) {
	texts := [3]string{it.Explanation.FI, it.Explanation.SV, it.Explanation.EN}
	for i, t := range texts {
		if len(identifier.FindCodes(t)) > 0 {
			return none
		}
		texts[i] = fold(t)
	}
	clean := true
	for _, m := range it.Members {
		eachValue(m.Record, func(_ string, v core.Value) {
			plain := fold(v.Plain())
			if utf8.RuneCountInString(plain) < 3 || v.Type == core.TypeFlag ||
				slices.ContainsFunc(shown, func(told map[string]bool) bool { return told[plain] }) {
				return
			}
			for _, t := range texts {
				clean = clean && !strings.Contains(t, plain)
			}
		})
	}
	if !clean {
		return none
	}
	return it.Explanation
}

// told gives the values that the copy shows, folded.
func (c *Copy) told() map[string]bool {
	shown := make(map[string]bool, len(c.Fields))
	for _, f := range c.Fields {
		if f.Withheld == Shown {
			shown[fold(f.Value.Plain())] = true
		}
	}
	return shown
}

// eachValue gives every value of a record with the name of its field.
func eachValue(rec core.Record, give func(name string, v core.Value)) {
	fields := func(list []core.Field) {
		for _, f := range list {
			give(f.Name, f.Value)
		}
	}
	fields(rec.Fields)
	for _, p := range rec.Parties {
		fields(p.Fields)
	}
	for _, part := range rec.Parts {
		fields(part.Fields)
		for _, p := range part.Parties {
			fields(p.Fields)
		}
	}
}

// day gives the calendar day of t in Finland as YYYY-MM-DD.
func day(t time.Time) string { return t.In(helsinki()).Format(time.DateOnly) }
