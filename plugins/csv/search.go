package csvsource

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/internal/places"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// The bounds of what a search holds: records that wait for their parts, how
// many bytes of them, and records that rows of parts point at.
const (
	mostWaiting  = 500
	bytesWaiting = 32 << 20
	mostPointed  = 1_000_000
)

// Sink is what a search tells: *sdk.Out, or what stands before it.
type Sink interface {
	Emit(r core.Record) error
	Notice(p core.Problem) error
	Examined(t core.TypeCount)
	LeftOut(list []core.LeftOut)
	Progress(examined uint64)
}

// search is one search.
type search struct {
	*Instance
	out      Sink
	query    core.Query
	files    exports
	told     map[string]bool
	digests  map[string][32]byte
	examined uint64
	// lacking are the parties and kinds of which a row without an identifier
	// was seen, as the catalogue promises them in every record.
	lacking map[*partyPlan]map[core.Kind]bool
}

func (i *Instance) newSearch(out Sink, q core.Query) *search {
	return &search{Instance: i, out: out, query: q, told: map[string]bool{}, digests: map[string][32]byte{}, lacking: map[*partyPlan]map[core.Kind]bool{}}
}

// Search reads the exports and gives the records that agree with any key set
// of q.
func (i *Instance) Search(ctx context.Context, q core.Query, out *sdk.Out) error {
	return i.SearchInto(ctx, q, out)
}

// SearchInto is Search for a plugin that adds to the records.
func (i *Instance) SearchInto(ctx context.Context, q core.Query, out Sink) error {
	s := i.newSearch(out, q)
	out.LeftOut(i.leftOut)
	files, problems, err := i.survey(ctx)
	if err != nil {
		return err
	}
	for _, p := range problems {
		if err := s.tell(p); err != nil {
			return err
		}
	}
	s.files = files
	for _, t := range i.plans {
		if len(q.Types) > 0 && !slices.Contains(q.Types, t.profile.Name) {
			continue
		}
		if err := s.recordType(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// tell gives a notice once.
func (s *search) tell(p core.Problem) error {
	id := fmt.Sprint(p.Class, p.RecordType, p.ConfigPath, p.Message)
	if s.told[id] {
		return nil
	}
	s.told[id] = true
	return s.out.Notice(p)
}

func (s *search) recordType(ctx context.Context, t *typePlan) error {
	count := core.TypeCount{Type: t.profile.Name}
	sets, needs := t.recordType().Usable(s.query)
	count.Examined, count.Needs = len(sets) > 0, needs
	if count.Examined {
		count.Kinds = core.Query{AnyOf: sets}.Kinds()
	}
	began := time.Now()
	defer func() {
		count.Took = time.Since(began)
		s.out.Examined(count)
	}()
	if len(sets) == 0 && len(s.complete) == 0 {
		return nil
	}
	y := &typeSearch{search: s, t: t, matcher: places.New(sets, s.issuers), count: &count, given: map[[16]byte]bool{}, keys: map[string]bool{}}
	y.kinds = y.matcher.Kinds()
	if err := y.readFor(sets); err != nil {
		return err
	}
	if err := y.pointed(ctx); err != nil {
		return err
	}
	for _, e := range s.files[t.file] {
		if err := y.records(ctx, e); err != nil {
			return err
		}
	}
	if err := y.flush(ctx); err != nil {
		return err
	}
	return y.tellIncomplete()
}

// typeSearch is the search of one record type.
type typeSearch struct {
	*search
	t       *typePlan
	matcher *places.Matcher
	kinds   []core.Kind
	texts   *texts // nil where no text is read for people
	count   *core.TypeCount
	// given are the rows that were given, and keys their keys.
	given map[[16]byte]bool
	keys  map[string]bool
	// points are, for each part, the records that its rows point at whose
	// people agree.
	points []map[[16]byte]bool
	// waiting are records without their parts yet.
	waiting []*draft
	bytes   int
}

// pointed reads the parts in which the person may stand, and remembers the
// records to which they belong.
func (y *typeSearch) pointed(ctx context.Context) error {
	for _, p := range y.t.parts {
		found := map[[16]byte]bool{}
		y.points = append(y.points, found)
		holds := p.kinds()
		looked := slices.ContainsFunc(y.kinds, func(k core.Kind) bool { return holds[k] }) || y.texts != nil && len(p.texts) > 0
		if !looked && (len(y.complete) == 0 || !slices.ContainsFunc(p.parties, (*partyPlan).subject)) {
			continue
		}
		err := y.eachRow(ctx, p, y.files[p.file], func(_ export, c cells) error {
			y.verify(c)
			here, _, err := y.compared(ctx, c)
			if err != nil || !y.matcher.Some(here) {
				return err
			}
			of, known := c.tuple(p.join)
			switch {
			case !known:
				return y.tell(y.problem(core.ClassPartial, p.path+".join", "a row that is a hit has nothing in the columns that join it to a record, and was left out; look it up in the file"))
			case len(found) >= mostPointed:
				return y.tell(y.problem(core.ClassTruncated, p.path, "the rows that are hits belong to more than %d records; only so many were looked at", mostPointed))
			}
			found[of] = true
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eachRow gives each sound row of the files.
func (s *search) eachRow(ctx context.Context, p *rowPlan, files []export, give func(export, cells) error) error {
	for _, e := range files {
		var at []int
		err := s.scan(ctx, p.file, e,
			func(f *file) (err error) {
				at, err = s.bind(f, p)
				return err
			},
			func(_ *file, r row) error {
				if at == nil {
					return nil
				}
				return give(e, cells{plan: p, at: at, row: r})
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// records reads the records of one file.
func (y *typeSearch) records(ctx context.Context, e export) error {
	untimed := 0
	err := y.eachRow(ctx, &y.t.rowPlan, []export{e}, func(e export, c cells) error {
		y.verify(c)
		here, odd, err := y.compared(ctx, c)
		if err != nil {
			return err
		}
		if odd {
			untimed++
		}
		key, ok := c.keyOf()
		if !ok {
			return errKeyless
		}
		if len(y.t.parts) == 0 {
			if matched := y.matcher.Matches(here); len(matched) > 0 {
				d := y.draft(c, e, key, here)
				d.MatchedBy = matched
				return y.give(d)
			}
			return nil
		}
		if !y.matcher.Some(here) && !y.pointedAt(c) {
			return nil
		}
		d := y.draft(c, e, key, here)
		y.waiting = append(y.waiting, d)
		for _, cell := range c.row.cells {
			y.bytes += len(cell)
		}
		if len(y.waiting) >= mostWaiting || y.bytes >= bytesWaiting {
			return y.flush(ctx)
		}
		return nil
	})
	if err == nil && untimed > 0 && slices.Contains(y.kinds, core.TimeOfContact) {
		err = y.tell(y.problem(core.ClassPartial, y.t.path+".fields.time_of_contact", "%s: %d rows have a time of contact that is not in the form that the file declares (times), so they were not compared by it", nameOf(y.t.file, e), untimed))
	}
	return err
}

func (y *typeSearch) pointedAt(c cells) bool {
	for n, p := range y.t.parts {
		if len(y.points[n]) == 0 {
			continue
		}
		if of, known := c.tuple(p.there); known && y.points[n][of] {
			return true
		}
	}
	return false
}

// draft makes a record of a row, without its parts.
func (y *typeSearch) draft(c cells, e export, key string, here []places.Place) *draft {
	d := &draft{key: key, row: c.digest(), path: e.path, places: here}
	d.Type, d.Ref = y.t.profile.Name, y.t.profile.Name+key
	odd := false
	d.Fields = y.fill(c, y.t.fields, &d.moments, &odd)
	if y.t.time >= 0 {
		text, _, _ := c.text(y.t.time)
		d.Time = y.moment(c, text)
		if !d.Time.IsZero() {
			d.moments = append(d.moments, d.Time)
		}
	}
	var strange []core.Field
	var codes []string
	d.Parties, strange, codes = y.people(c, &d.moments, &odd)
	d.Fields = append(d.Fields, strange...)
	y.tellOdd(y.t.path, codes, odd)
	for _, p := range y.t.parts {
		of, known := c.tuple(p.there)
		d.joins = append(d.joins, join{of, known})
	}
	return d
}

// moment reads the record's time; a day is its beginning.
func (s *search) moment(c cells, text string) time.Time {
	forms := &c.plan.file.forms
	if v, odd := (&source{as: "time"}).value(text, forms, s.zone); !odd && v.Type == core.TypeTime {
		return v.Time
	}
	if v, odd := (&source{as: "date"}).value(text, forms, s.zone); !odd && v.Type == core.TypeDate {
		t, _ := time.ParseInLocation(time.DateOnly, v.Text, s.zone)
		return t.UTC()
	}
	return time.Time{}
}

// tellOdd tells of codes that nobody mapped, and of values in another form
// than the mapping says. An error of telling is met by the next record.
func (y *typeSearch) tellOdd(path string, codes []string, odd bool) {
	for _, p := range codes {
		_ = y.tell(y.problem(core.ClassUnmapped, p+".slots", "a person has a code that nobody mapped to a slot; what stands beside it is withheld until somebody does"))
	}
	if odd {
		_ = y.tell(y.problem(core.ClassData, path+".fields", "a value is not in the form that the mapping says, and is given as the text that it is"))
	}
}

func (y *typeSearch) problem(class core.Class, path, format string, args ...any) core.Problem {
	p := notice(class, path, format, args...)
	p.RecordType = y.t.profile.Name
	return p
}

// give emits a hit. The same row in several exports is given once. Other rows
// of the same key get a ref of their own: which of them is right is not for us
// to say.
func (y *typeSearch) give(d *draft) error {
	if y.given[d.row] || !d.inPeriod(y.query.Period) {
		return nil
	}
	y.given[d.row] = true
	if y.keys[d.key] {
		d.Ref += ";" + hex.EncodeToString(d.row[:4])
		if y.t.file.config.Use != "all" {
			if err := y.tell(y.problem(core.ClassPartial, y.t.path+".key", "rows of one key differ; each is given as a record of its own: name all columns that identify a row")); err != nil {
				return err
			}
		}
	}
	y.keys[d.key] = true
	y.count.Matched++
	return y.out.Emit(d.Record)
}

// verify looks whether the people of a row who may be the subject have the
// identifiers that the catalogue promises in every record.
func (s *search) verify(c cells) {
	for _, kind := range s.complete {
		for _, p := range c.plan.parties {
			if s.lacking[p][kind] || !p.subject() || !p.holds(kind) {
				continue
			}
			if s.lacks(c, p, kind) {
				if s.lacking[p] == nil {
					s.lacking[p] = map[core.Kind]bool{}
				}
				s.lacking[p][kind] = true
			}
		}
	}
}

func (s *search) lacks(c cells, p *partyPlan, kind core.Kind) bool {
	if p.slotAt >= 0 {
		code, _, _ := c.text(p.slotAt)
		if slot, known := p.slot(code); known && !slot.Subject {
			return false
		}
	}
	anybody := false
	for _, f := range p.fields {
		for _, source := range f.sources {
			text, _, _ := c.text(source.at)
			anybody = anybody || text != ""
			if f.kind == kind && sdk.HoldsKey(kind, text) {
				return false
			}
		}
	}
	return anybody
}

// tellIncomplete tells where the promise is not kept.
func (y *typeSearch) tellIncomplete() error {
	for _, kind := range y.complete {
		for _, p := range y.incomplete(kind) {
			if err := y.tell(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (y *typeSearch) incomplete(kind core.Kind) []core.Problem {
	name := y.t.profile.Name
	if !slices.ContainsFunc(y.t.profile.Slots, func(s catalogue.Slot) bool { return s.Subject }) {
		return nil
	}
	var out []core.Problem
	looked := 0
	for _, row := range y.t.rows() {
		for _, p := range row.parties {
			switch {
			case !p.subject():
			case p.holds(kind):
				looked++
				if y.lacking[p][kind] {
					out = append(out, sdk.Incomplete(name, p.path+".fields", kind))
				}
			case p.holds(core.Name):
				out = append(out, sdk.Incomplete(name, p.path+".fields", kind))
			}
		}
	}
	if looked == 0 {
		return []core.Problem{sdk.Incomplete(name, y.t.path, kind)}
	}
	return out
}
