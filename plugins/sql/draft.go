package sqlsource

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
)

// draft is a record that is being put together from its rows.
type draft struct {
	key     key
	record  core.Record
	fields  agreed
	parties []draftParty
	parts   []*draftPart
	agreed  []agreed // of every party, those of parts included
	unknown []unknownParty
}

type draftPart struct {
	set     *rowset
	key     key
	part    core.Part
	parties []draftParty
	unknown []unknownParty
	row     row
}

// unknownParty is the fields of a party whose slot nobody mapped.
type unknownParty []core.Field

// draftParty is a party with what orders it: its place in the mapping, then
// its values.
type draftParty struct {
	order int
	sort  string
	party core.Party
}

// drafts are the records of one chunk.
type drafts struct {
	matcher *matcher
	plan    *typePlan
	byKey   map[string]*draft
	parts   map[*rowset]map[string]*draftPart // by the ids of record and part
	// unmapped are the columns whose code for a slot nobody mapped.
	unmapped map[string]*boundParty
}

func newDrafts(t *typePlan, m *matcher) *drafts {
	return &drafts{matcher: m, plan: t, byKey: map[string]*draft{}, parts: map[*rowset]map[string]*draftPart{},
		unmapped: map[string]*boundParty{}}
}

// addRecord takes a row of the record's own table. Two rows of one key would
// mix two records.
func (d *drafts) addRecord(r *rowset, k key, values row, zone *time.Location) error {
	if _, twice := d.byKey[k.id()]; twice {
		return &core.Problem{Class: core.ClassConfig, Origin: core.OriginPlugin, RecordType: d.plan.profile.Name, ConfigPath: join(d.plan.path, "key"),
			Message: "two rows of table " + r.table.Name + " have one key; name all columns that identify a row"}
	}
	x := &draft{key: k, fields: d.matcher.fieldsAgree(r, values)}
	x.record = core.Record{Type: d.plan.profile.Name, Ref: k.ref(d.plan.profile.Name), Fields: fieldsOf(r.fields, values)}
	if r.time >= 0 {
		x.record.Time = timeOf(values.values[r.time], zone).UTC()
	}
	d.byKey[k.id()] = x
	d.addParties(x, &x.parties, &x.unknown, r, values)
	return nil
}

// addPart takes a row of a part's table. A row that a table between reaches
// twice is one part.
func (d *drafts) addPart(r *rowset, record, k key, values row) error {
	x, ok := d.byKey[record.id()]
	if !ok {
		return nil // the key compares equal in the database only
	}
	id := record.id() + "|" + k.id()
	if before, twice := d.parts[r][id]; twice {
		if slices.EqualFunc(before.row.values, values.values, sameValue) {
			return nil
		}
		return &core.Problem{Class: core.ClassConfig, Origin: core.OriginPlugin, RecordType: d.plan.profile.Name, ConfigPath: join(r.path, "key"),
			Message: "two rows of table " + r.table.Name + " have one key; name all columns that identify a row"}
	}
	p := &draftPart{set: r, key: k, row: values}
	p.part = core.Part{Type: r.part, Ref: k.ref(r.part), Fields: fieldsOf(r.fields, values)}
	for at, match := range d.matcher.fieldsAgree(r, values) {
		if before, has := x.fields[at]; !has || match.Field < before.Field {
			x.fields[at] = match
		}
	}
	d.addParties(x, &p.parties, &p.unknown, r, values)
	if d.parts[r] == nil {
		d.parts[r] = map[string]*draftPart{}
	}
	d.parts[r][id] = p
	x.parts = append(x.parts, p)
	return nil
}

// addAlone takes a row of a table that holds parties of the record, or of the
// part if part is not nil.
func (d *drafts) addAlone(r *rowset, record, part key, values row) {
	x, ok := d.byKey[record.id()]
	if !ok {
		return
	}
	if part == nil {
		d.addParties(x, &x.parties, &x.unknown, r, values)
		return
	}
	if p := d.parts[r.parent][record.id()+"|"+part.id()]; p != nil {
		d.addParties(x, &p.parties, &p.unknown, r, values)
	}
}

// addParties adds the parties of a row to a record or part. The fields of
// those whose slot nobody mapped stand outside parties, under a name that no
// profile knows, so that they are withheld and not lost.
func (d *drafts) addParties(x *draft, to *[]draftParty, unknown *[]unknownParty, r *rowset, values row) {
	for _, p := range r.parties {
		fields := fieldsOf(p.fields, values)
		if blank(fields) {
			continue
		}
		x.agreed = append(x.agreed, d.matcher.partyAgrees(p, r, values))
		if slot, known := p.slot(values); known {
			*to = append(*to, draftParty{order: p.order, sort: sortText(fields), party: core.Party{Slot: slot.Name, Fields: fields}})
			continue
		}
		d.unmapped[p.path] = p
		var u unknownParty
		for _, f := range p.fields {
			for _, at := range f.at {
				u = append(u, core.Field{Name: r.columns[at].display(r), Value: values.values[at]})
			}
		}
		*unknown = append(*unknown, u)
	}
}

// unknownFields gives the fields of unknown parties in an order of their own.
func unknownFields(parties []unknownParty) []core.Field {
	slices.SortFunc(parties, func(a, b unknownParty) int { return strings.Compare(sortText(a), sortText(b)) })
	var out []core.Field
	for _, p := range parties {
		out = append(out, p...)
	}
	return out
}

// finish gives the records that are hits, in the order of their keys.
func (d *drafts) finish(period core.Interval, zone *time.Location) []core.Record {
	var all []*draft
	for _, x := range d.byKey {
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b *draft) int { return a.key.compare(b.key) })
	var out []core.Record
	for _, x := range all {
		r := x.record
		r.MatchedBy = d.matcher.matches(x.fields, x.agreed)
		if len(r.MatchedBy) == 0 || !x.within(period, zone) {
			continue
		}
		r.Fields = append(r.Fields, unknownFields(x.unknown)...)
		r.Parties = sortParties(x.parties)
		slices.SortFunc(x.parts, func(a, b *draftPart) int {
			return cmp.Or(cmp.Compare(a.set.index, b.set.index), a.key.compare(b.key))
		})
		for _, p := range x.parts {
			p.part.Fields = append(p.part.Fields, unknownFields(p.unknown)...)
			p.part.Parties = sortParties(p.parties)
			r.Parts = append(r.Parts, p.part)
		}
		out = append(out, r)
	}
	return out
}

// within tells whether the record, or a part of it, is of the period. One
// that tells no time may be.
func (x *draft) within(period core.Interval, zone *time.Location) bool {
	if period.IsZero() || x.record.Time.IsZero() || period.Contains(x.record.Time) {
		return true
	}
	return slices.ContainsFunc(x.parts, func(p *draftPart) bool {
		return slices.ContainsFunc(p.part.Fields, func(f core.Field) bool {
			t := timeOf(f.Value, zone)
			return !t.IsZero() && period.Contains(t)
		})
	})
}

func sortParties(parties []draftParty) []core.Party {
	slices.SortStableFunc(parties, func(a, b draftParty) int {
		return cmp.Or(cmp.Compare(a.order, b.order), strings.Compare(a.sort, b.sort))
	})
	var out []core.Party
	for _, p := range parties {
		out = append(out, p.party)
	}
	return out
}

func sortText(fields []core.Field) string {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(f.Name)
		b.WriteByte(0)
		b.WriteString(f.Value.Plain())
		b.WriteByte(0)
	}
	return b.String()
}

func sameValue(a, b core.Value) bool {
	if a.Withheld != nil && b.Withheld != nil {
		return *a.Withheld == *b.Withheld
	}
	return a == b
}
