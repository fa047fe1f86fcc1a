package reports

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
)

// plainly discloses items as builder does, in the plainest way: it works
// everything out anew for every record and remembers nothing.
type plainly struct{ *builder }

func (b *plainly) disclosed(it Item) *Disclosed {
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
		shown[i] = plainTold(c)
		c.Ref = b.safeRef(m, c, shown[i])
		c.OwnNumber = ownNumber(c.Fields)
		if !d.Undecided {
			c.Time = m.Record.Time
		}
	}
	d.Explanation = plainSafeExplanation(it, shown)
	return d
}

func (b *plainly) copyOf(m Member, decided bool) Copy {
	s := &b.out[b.place[m.System]]
	c := Copy{System: m.System, Type: safeName(m.Record.Type)}
	spec := catalogue.RecordType{}
	if t, ok := s.Profile.Type(m.Record.Type); ok {
		spec = t
		c.Profile = typeNamed(s.Profile.Types, m.Record.Type)
	}
	w := plainWriter{b: b, decided: decided}
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

type plainWriter struct {
	b       *plainly
	decided bool
	fields  []Field
}

func (w *plainWriter) group(at Label, part string, spec *catalogue.RecordType, fields []core.Field, parties []core.Party, roles Roles) {
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

func (w *plainWriter) run(at Label, part, slot string, known []catalogue.FieldProfile, fields []core.Field, roles []core.Role) {
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
	plainSortByRank(w.fields[first:], rank)
}

func plainSortByRank(fields []Field, rank []int) {
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

func plainSafeExplanation(it Item, shown []map[string]bool) (none catalogue.Text) {
	texts := [3]string{it.Explanation.FI, it.Explanation.SV, it.Explanation.EN}
	for i, t := range texts {
		if len(identifier.FindCodes(t)) > 0 {
			return none
		}
		texts[i] = fold(t)
	}
	clean := true
	for _, m := range it.Members {
		plainEachValue(m.Record, func(_ string, v core.Value) {
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

func plainTold(c *Copy) map[string]bool {
	shown := make(map[string]bool, len(c.Fields))
	for _, f := range c.Fields {
		if f.Withheld == Shown {
			shown[fold(f.Value.Plain())] = true
		}
	}
	return shown
}

func plainEachValue(rec core.Record, give func(name string, v core.Value)) {
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

func (b *plainly) safeRef(m Member, c *Copy, shown map[string]bool) string {
	if key, ok := strings.CutPrefix(m.Record.Ref, c.Type+"/"); ok && isRecordKey(key) && !plainRevealing(key, m.Record, c, shown) {
		return m.Record.Ref
	}
	return c.Type + "/" + b.digest.of(m.System, m.Record.Ref)
}

func plainRevealing(key string, rec core.Record, c *Copy, shown map[string]bool) bool {
	plain, err := url.PathUnescape(key)
	if err != nil || !isRandom(plain) && len(identifier.FindCodes(plain)) > 0 {
		return true
	}
	for _, p := range plainPartiesOf(rec) {
		for _, f := range p.Fields {
			text := f.Value.Plain()
			kind, personal := plainIdentifies(c, p.Slot, f.Name)
			if personal && f.Value.Type != core.TypeFlag && !shown[fold(text)] && plainTells(plain, kind, text) {
				return true
			}
		}
	}
	return false
}

func plainIdentifies(c *Copy, slot, field string) (kind core.Kind, personal bool) {
	if c.Profile == nil {
		return "", true
	}
	known := false
	for _, t := range append([]catalogue.RecordType{*c.Profile}, c.Profile.Parts...) {
		s, ok := t.Slot(slot)
		if !ok {
			continue
		}
		f, ok := s.Field(field)
		known = known || ok
		kind := kindOf(f)
		rule, _ := identifier.Rule(kind)
		if ok && kind != "" && !kind.OfOrganisation() && !rule.RecordKey {
			return kind, true
		}
	}
	return "", !known
}

func plainTells(key string, kind core.Kind, text string) bool {
	if kind == "" {
		return slices.ContainsFunc(personalKinds, func(k core.Kind) bool { return plainTells(key, k, text) })
	}
	have := plainAtoms(key)
	if inRow(have, plainAtoms(text)) {
		return true
	}
	if kind == core.Name {
		return slices.ContainsFunc(plainAtoms(text), func(word string) bool {
			return len([]rune(word)) > 1 && !isDigits(word) && slices.Contains(have, word)
		})
	}
	others := identifier.ParseAll(kind, key)
	for _, id := range identifier.ParseAll(kind, text) {
		if slices.ContainsFunc(others, func(other core.Identifier) bool { return identifier.Equal(id, other) }) {
			return true
		}
		if n := nationalNumber(id.Value); kind == core.Phone && len(n) > 5 && strings.Contains(digitsOf(key), n) {
			return true
		}
		if mailbox, _, _ := strings.Cut(id.Value, "@"); inRow(have, plainAtoms(mailbox)) {
			return true
		}
	}
	return false
}

func plainPartiesOf(rec core.Record) []core.Party {
	all := slices.Clone(rec.Parties)
	for _, part := range rec.Parts {
		all = append(all, part.Parties...)
	}
	return all
}

func plainAtoms(s string) []string {
	s = fold(s)
	if isRandom(s) {
		return []string{s}
	}
	var out []string
	var last rune
	for _, r := range s {
		letter, digit := unicode.IsLetter(r), unicode.IsDigit(r)
		switch {
		case !letter && !digit:
		case letter && unicode.IsLetter(last), digit && unicode.IsDigit(last):
			out[len(out)-1] += string(r)
		default:
			out = append(out, string(r))
		}
		last = r
	}
	for i, a := range out {
		if isDigits(a) {
			out[i] = strings.TrimLeft(a[:len(a)-1], "0") + a[len(a)-1:]
		}
	}
	return out
}
