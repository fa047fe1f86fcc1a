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
	row     row
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

// drafts are the records of one chunk. Those that share a ref stand together.
type drafts struct {
	matcher *matcher
	plan    *typePlan
	// wanted are the ids of the chunk's keys, and refs their refs.
	wanted, refs map[string]bool
	byRef        map[string][]*draft
	parts        map[*rowset]map[string][]*draftPart // by the record's id and the part's ref
	// unmapped are the columns whose code for a slot nobody mapped.
	unmapped map[string]*boundParty
	// members are the names of the members of documents that nobody mapped, by
	// the config path of the document.
	members map[string]map[string]bool
	// shared are the sets of which several rows share a ref.
	shared map[*rowset]bool
	// alike are the refs of the first records by what a database that folds
	// case and accents may take their keys for, and several those of which
	// there are further refs. strangers are those that were not asked for.
	alike     map[string]string
	several   map[string]bool
	strangers []string
}

func newDrafts(t *typePlan, m *matcher, keys []key) *drafts {
	d := &drafts{matcher: m, plan: t, wanted: map[string]bool{}, refs: map[string]bool{}, byRef: map[string][]*draft{},
		parts: map[*rowset]map[string][]*draftPart{}, unmapped: map[string]*boundParty{}, shared: map[*rowset]bool{}, alike: map[string]string{}, several: map[string]bool{}}
	for _, k := range keys {
		d.wanted[k.id()], d.refs[k.ref("")] = true, true
	}
	return d
}

// addRecord takes a row of the record's own table. Rows that look alike
// altogether are one record, unless other tables hang on them.
func (d *drafts) addRecord(r *rowset, k key, values row, zone *time.Location) {
	ref, folded := k.ref(""), d.fold(k)
	if first, known := d.alike[folded]; !known {
		d.alike[folded] = ref
	} else if first != ref {
		d.several[folded], d.shared[r] = true, true
	}
	if !d.refs[ref] { // the key compares equal in the database only
		d.strangers = append(d.strangers, folded)
		return
	}
	before := d.byRef[ref]
	if len(d.plan.sets) == 1 && slices.ContainsFunc(before, func(x *draft) bool { return x.key.id() == k.id() && x.row.same(values) }) {
		return
	}
	x := &draft{key: k, row: values, fields: d.matcher.fieldsAgree(r, values)}
	x.record = core.Record{Type: d.plan.profile.Name, Fields: fieldsOf(r.fields, values)}
	if r.time >= 0 {
		x.record.Time = timeOf(values.values[r.time], zone).UTC()
	}
	d.byRef[ref] = append(before, x)
	d.shared[r] = d.shared[r] || len(before) > 0
	d.addParties(x, &x.parties, &x.unknown, r, values)
}

// addRead takes the rows that were read whole when they were found, and gives
// the keys of which there is none.
func (d *drafts) addRead(keys []key, rows map[string]row, zone *time.Location) (rest []key) {
	for _, k := range keys {
		if values, ok := rows[k.id()]; ok {
			d.addRecord(d.plan.root(), k, values, zone)
			continue
		}
		rest = append(rest, k)
	}
	return rest
}

// draft gives the record of a key, nil when there is none. When several
// records share its ref, or have keys that the database takes for equal, it is
// nil too: what hangs on them in other tables may be of any, and one person's
// must not stand in another's.
func (d *drafts) draft(record key) *draft {
	if len(d.several) > 0 && d.several[d.fold(record)] || d.odd() {
		return nil
	}
	if all := d.byRef[record.ref("")]; len(all) == 1 && all[0].key.id() == record.id() {
		return all[0]
	}
	return nil
}

// fold gives a key as its table's collations compare it.
func (d *drafts) fold(k key) string { return k.folded(d.plan.root().key) }

// odd tells whether the database gave a record for a key that it takes for
// equal by a rule which folded does not know: then any of them may be meant.
func (d *drafts) odd() bool {
	return slices.ContainsFunc(d.strangers, func(folded string) bool { return !d.several[folded] })
}

// missing counts the keys whose record was not there when it was read.
func (d *drafts) missing() int {
	n := 0
	for ref := range d.refs {
		if len(d.byRef[ref]) == 0 {
			n++
		}
	}
	return n
}

// addPart takes a row of a part's table. A row that a table between reaches
// twice is one part.
func (d *drafts) addPart(r *rowset, record, k key, values row) {
	x := d.draft(record)
	if x == nil {
		return
	}
	id := record.id() + "|" + k.ref("")
	before := d.parts[r][id]
	if slices.ContainsFunc(before, func(p *draftPart) bool { return p.key.id() == k.id() && p.row.same(values) }) {
		return
	}
	p := &draftPart{set: r, key: k, row: values}
	p.part = core.Part{Type: r.part, Fields: fieldsOf(r.fields, values)}
	for _, a := range d.matcher.fieldsAgree(r, values) {
		if before, has := x.fields.of(a.wanted); !has || a.match.Field < before.Field {
			x.fields.note(a.wanted, a.match)
		}
	}
	d.addParties(x, &p.parties, &p.unknown, r, values)
	if d.parts[r] == nil {
		d.parts[r] = map[string][]*draftPart{}
	}
	d.parts[r][id] = append(before, p)
	d.shared[r] = d.shared[r] || len(before) > 0
	x.parts = append(x.parts, p)
}

// addAlone takes a row of a table that holds parties of the record, or of the
// part if part is not nil.
func (d *drafts) addAlone(r *rowset, record, part key, values row) {
	x := d.draft(record)
	if x == nil {
		return
	}
	if part == nil {
		d.addParties(x, &x.parties, &x.unknown, r, values)
		return
	}
	if all := d.parts[r.parent][record.id()+"|"+part.ref("")]; len(all) == 1 && all[0].key.id() == part.id() {
		d.addParties(x, &all[0].parties, &all[0].unknown, r, values)
	}
}

// addParties adds the parties of a row to a record or part. The fields of
// those whose slot nobody mapped stand outside parties, under a name that no
// profile knows, so that they are withheld and not lost.
func (d *drafts) addParties(x *draft, to *[]draftParty, unknown *[]unknownParty, r *rowset, values row) {
	for _, p := range r.parties {
		fields := fieldsOf(p.fields, values)
		unfetchable(fields) // which of several parties is not told by a ref
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
				for _, v := range values.all(at) {
					u = append(u, core.Field{Name: r.columns[at].display(r), Value: v})
				}
			}
		}
		*unknown = append(*unknown, u)
	}
	if len(values.rest) > 0 { // what documents hold that nobody mapped
		*unknown = append(*unknown, values.rest)
		d.note(r, values.rest)
	}
}

// note keeps the names of members that nobody mapped.
func (d *drafts) note(r *rowset, rest []core.Field) {
	if d.members == nil {
		d.members = map[string]map[string]bool{}
	}
	if d.members[r.path] == nil {
		d.members[r.path] = map[string]bool{}
	}
	for _, f := range rest {
		d.members[r.path][f.Name] = true
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

// name gives every record and part its ref.
func (d *drafts) name() {
	for _, all := range d.byRef {
		slices.SortFunc(all, func(a, b *draft) int {
			return cmp.Or(a.key.compare(b.key), strings.Compare(a.row.sortText(), b.row.sortText()))
		})
		var keys []key
		for _, x := range all {
			keys = append(keys, x.key)
		}
		for i, ref := range refsOf(d.plan.profile.Name, keys) {
			all[i].record.Ref = ref
		}
	}
	for set, parts := range d.parts {
		for _, all := range parts {
			slices.SortFunc(all, func(a, b *draftPart) int {
				return cmp.Or(a.key.compare(b.key), strings.Compare(a.row.sortText(), b.row.sortText()))
			})
			var keys []key
			for _, p := range all {
				keys = append(keys, p.key)
			}
			for i, ref := range refsOf(set.part, keys) {
				all[i].part.Ref = ref
			}
		}
	}
}

// finish gives the records that are hits, in the order of their keys.
func (d *drafts) finish(period core.Interval, zone *time.Location) []core.Record {
	d.name()
	var all []*draft
	for _, group := range d.byRef {
		for _, x := range group {
			if d.wanted[x.key.id()] {
				all = append(all, x)
			}
		}
	}
	slices.SortFunc(all, func(a, b *draft) int {
		return cmp.Or(a.key.compare(b.key), strings.Compare(a.record.Ref, b.record.Ref))
	})
	var out []core.Record
	for _, x := range all {
		r := x.record
		r.MatchedBy = d.matcher.matches(x.fields, x.agreed)
		if len(r.MatchedBy) == 0 || !x.within(period, zone) {
			continue
		}
		mark := fetchable
		if d.draft(x.key) != x {
			mark = func(_ string, fields []core.Field) { unfetchable(fields) }
		}
		mark(r.Ref, r.Fields)
		r.Fields = append(r.Fields, unknownFields(x.unknown)...)
		r.Parties = sortParties(x.parties)
		slices.SortFunc(x.parts, func(a, b *draftPart) int {
			return cmp.Or(cmp.Compare(a.set.index, b.set.index), a.key.compare(b.key), strings.Compare(a.part.Ref, b.part.Ref))
		})
		for _, p := range x.parts {
			mark(r.Ref+fetchMark+p.part.Ref, p.part.Fields)
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

// same tells whether two rows hold the same values.
func (r row) same(other row) bool {
	return slices.EqualFunc(r.values, other.values, sameValue) && r.sortText() == other.sortText()
}

// sortText orders rows that nothing else tells apart.
func (r row) sortText() string {
	var b strings.Builder
	for at := range r.values {
		b.WriteString(r.text(at))
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
