package sqlsource

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// chunk is how many records are read by one round of statements.
const chunk = 250

// cursorFormat names the form of cursor.
const cursorFormat = "sinusta-sql-2"

// cursor is where a search stopped: after the record of this type and key.
// Types before it are done.
type cursor struct {
	// Mapping is the digest of the mapping; a cursor of another one is void.
	Mapping []byte `json:"mapping"`
	Type    string `json:"type"`
	Key     key    `json:"key"`
}

// sink is what a search tells: *sdk.Out.
type sink interface {
	Emit(r core.Record) error
	Checkpoint(c core.Checkpoint) error
	Notice(p core.Problem) error
	accounts
}

// accounts takes how far a search went.
type accounts interface {
	Examined(t core.TypeCount)
	LeftOut(list []core.LeftOut)
	Progress(examined uint64)
}

// Search finds the records that agree with any key set of q. It reads one
// snapshot of the database, and gives records in the order of their keys.
func (i *instance) Search(ctx context.Context, q core.Query, out *sdk.Out) error {
	return i.search(ctx, q, out)
}

func (i *instance) search(ctx context.Context, q core.Query, out sink) error {
	return i.snapshot(ctx, func(s *session) error {
		out.LeftOut(s.plan.leftOut)
		for _, gap := range s.plan.gaps {
			if err := out.Notice(gap); err != nil {
				return err
			}
		}
		if err := s.members(ctx, false, out.Notice); err != nil {
			return err
		}
		r := &run{session: s, query: q, out: out, read: s.reader(), from: i.resume(q), counts: map[string]core.TypeCount{}}
		if err := s.explain(ctx, out.Notice); err != nil {
			return err
		}
		for _, t := range s.plan.types {
			if len(q.Types) > 0 && !slices.Contains(q.Types, t.profile.Name) {
				continue
			}
			if err := r.recordType(ctx, t); err != nil {
				return err
			}
		}
		return r.verify(ctx)
	})
}

// resume gives the query's cursor, nil for the beginning.
func (i *instance) resume(q core.Query) *cursor {
	var c cursor
	if q.Resume.Format != cursorFormat || json.Unmarshal(q.Resume.Cursor, &c) != nil || !bytes.Equal(c.Mapping, i.digest) {
		return nil
	}
	return &c
}

// digestOf gives a digest of what decides the order of records.
func digestOf(c Config) []byte {
	text, err := json.Marshal(struct {
		Driver, Schema string
		Types          map[string]Type
	}{c.Driver, c.Schema, c.Types})
	if err != nil {
		return nil
	}
	sum := sha256.Sum256(text)
	return sum[:8]
}

// run is one search.
type run struct {
	*session
	query    core.Query
	out      sink
	read     reader
	from     *cursor // nil once it is reached
	examined uint64
	counts   map[string]core.TypeCount
	told     map[string]bool // notices that were given already
	// strayTables are those of which stray rows were told.
	strayTables map[*table]bool
}

// matcher gives what compares rows with the query for a record type.
func (r *run) matcher(t *typePlan) (m *matcher, needs []core.Kind) {
	sets, needs := t.recordType().Usable(r.query)
	return newMatcher(t, sets, r.issuers, r.zone), needs
}

func (r *run) recordType(ctx context.Context, t *typePlan) error {
	count := core.TypeCount{Type: t.profile.Name}
	m, needs := r.matcher(t)
	if len(m.sets) == 0 {
		count.Needs = needs
		if len(needs) == 0 {
			count.Needs = t.keyKinds()
		}
		r.out.Examined(count)
		return nil
	}
	count.Examined, count.Kinds = true, m.kinds()
	began, before := time.Now(), r.statements
	defer func() {
		count.Statements, count.Took = r.statements-before, time.Since(began)
		r.counts[t.profile.Name] = count
		r.out.Examined(count)
	}()
	var after key
	if r.from != nil {
		if r.from.Type != t.profile.Name {
			if r.laterType(t) {
				return nil // done before the search stopped
			}
		} else {
			after = r.from.Key
		}
		if after != nil || !r.laterType(t) {
			r.from = nil
		}
	}
	found, err := r.find(ctx, t, m)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(found.keys(after), r.dialect.keysAtOnce(len(t.root().key))) {
		n, err := r.emit(ctx, t, m, part, found.rows)
		count.Matched += n
		if err != nil {
			return err
		}
	}
	return nil
}

// laterType tells whether the cursor's type comes after t in the plan.
func (r *run) laterType(t *typePlan) bool {
	at := func(name string) int {
		return slices.IndexFunc(r.plan.types, func(p *typePlan) bool { return p.profile.Name == name })
	}
	return at(r.from.Type) > at(t.profile.Name)
}

func (t *typePlan) keyKinds() []core.Kind {
	var out []core.Kind
	for _, k := range t.keys {
		for _, kind := range k.Kinds {
			if !slices.Contains(out, kind) {
				out = append(out, kind)
			}
		}
	}
	return out
}

// emit reads the records of a chunk whole, but for the rows that were, gives
// those that are hits, and marks how far the search has come.
func (r *run) emit(ctx context.Context, t *typePlan, m *matcher, keys []key, rows map[string]row) (uint64, error) {
	d := newDrafts(t, m, keys)
	for _, set := range t.sets {
		wanted := keys
		if set == t.root() && len(rows) > 0 {
			wanted = d.addRead(keys, rows, r.zone)
		}
		if err := r.fetch(ctx, t, set, wanted, d); err != nil {
			return 0, err
		}
		if err := r.tellShared(t, set, d); err != nil {
			return 0, err
		}
	}
	if n := d.missing(); n > 0 {
		if err := r.tellOnce(core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, RecordType: t.profile.Name, ConfigPath: join(t.path, "key"),
			Message: strconv.Itoa(n) + " records were found and were not there any more when they were read, or their key does not find them again; search once more, and choose a key of numbers or text"}); err != nil {
			return 0, err
		}
	}
	for _, path := range sortedKeys(d.unmapped) {
		if err := r.tellOnce(core.Problem{Class: core.ClassUnmapped, Origin: core.OriginPlugin, RecordType: t.profile.Name, ConfigPath: join(path, "slots"),
			Message: "column " + d.unmapped[path].slotColumn + " holds a code that nobody mapped to a slot; what stands beside it is withheld until somebody does"}); err != nil {
			return 0, err
		}
	}
	for _, path := range sortedKeys(d.members) {
		maps.DeleteFunc(d.members[path], func(name string, _ bool) bool { return r.named[name] })
		if len(d.members[path]) == 0 {
			continue
		}
		if err := r.tellOnce(unmappedMembers(path, sortedKeys(d.members[path]), "")); err != nil {
			return 0, err
		}
	}
	records := d.finish(r.query.Period, r.zone)
	for i, record := range records {
		if err := r.out.Emit(record); err != nil {
			return uint64(i), err
		}
	}
	text, err := json.Marshal(cursor{Mapping: r.digest, Type: t.profile.Name, Key: keys[len(keys)-1]})
	if err != nil {
		return uint64(len(records)), err
	}
	return uint64(len(records)), r.out.Checkpoint(core.Checkpoint{Format: cursorFormat, Cursor: text})
}

// tellShared tells of rows that their keys do not tell apart.
func (r *run) tellShared(t *typePlan, set *rowset, d *drafts) error {
	if !d.shared[set] {
		return nil
	}
	return r.tellOnce(core.Problem{Class: core.ClassPartial, Origin: core.OriginPlugin, RecordType: t.profile.Name, ConfigPath: join(set.path, "key"),
		Message: "rows of table " + set.table.Name + " share a key, or have keys that read alike, such as a number and a text; each is given alone, " +
			"without what hangs on it in other tables; name all columns that identify a row"})
}

// fetch reads the rows of one set that belong to the records with the keys.
func (r *run) fetch(ctx context.Context, t *typePlan, set *rowset, keys []key, d *drafts) error {
	if len(keys) == 0 {
		return nil
	}
	positions := set.read()
	return r.each(ctx, fetchStatement(r.dialect, t.root(), set, keys), func(raw []any) error {
		record, ok := r.read.key(raw, t.root().key)
		if !ok || set.parent != nil && d.draft(record) == nil {
			return nil
		}
		raw = raw[len(t.root().key):]
		var part key
		if owner := set.partOwner(); owner != nil {
			if part, ok = r.read.key(raw, owner.key); !ok {
				return r.tellOnce(core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, RecordType: t.profile.Name, ConfigPath: join(owner.path, "key"),
					Message: "a row of table " + owner.table.Name + " has an empty key and was left out; look it up in the system"})
			}
			raw = raw[len(owner.key):]
		}
		values := r.read.row(raw, set, positions)
		if err := r.tellBroken(t, set, values); err != nil {
			return err
		}
		switch {
		case set.parent == nil:
			d.addRecord(set, record, values, r.zone)
		case set.part != "":
			d.addPart(set, record, part, values)
		default:
			d.addAlone(set, record, part, values)
		}
		return nil
	})
}

// partOwner gives the set of the part whose key the set's rows carry, nil for
// the record's own rows and parties.
func (r *rowset) partOwner() *rowset {
	switch {
	case r.part != "":
		return r
	case r.parent != nil && r.parent.part != "":
		return r.parent
	default:
		return nil
	}
}

// tellOnce gives a notice unless the search has given it before.
func (r *run) tellOnce(p core.Problem) error {
	if r.told == nil {
		r.told = map[string]bool{}
	}
	if id := p.ConfigPath + p.Message; !r.told[id] {
		r.told[id] = true
		return r.out.Notice(p)
	}
	return nil
}
