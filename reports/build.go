package reports

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/recent"
)

// Build makes the report of what may be told. It fails, with every fault that
// it finds, when the input is not whole: a system without exactly one outcome,
// an item of no system, a record that stands twice, roles that do not fit
// their record, an outcome that contradicts the items. An incomplete report
// must not be written. The errors hold no personal data.
func Build(in Input) (*Report, error) {
	b := &builder{in: in, texts: &rememberingReader{reader: ownCodes(in.SubjectCodes)}, digest: newDigester(in.RefKey)}
	b.systems()
	b.coverage()
	b.items()
	b.counts()
	b.consistency()
	if p := in.Request.Period; !p.From.IsZero() && !p.To.IsZero() && !p.From.Before(p.To) {
		b.fault("the period of the request ends before it begins")
	}
	if len(b.faults) > 0 {
		return nil, fmt.Errorf("the report is not written: %w", errors.Join(b.faults...))
	}
	return b.report(), nil
}

// builder holds what Build works on.
type builder struct {
	in     Input
	texts  reader
	digest digester
	// What the records have in common, or say again and again.
	shapes    shapes
	sentences recent.Answers[core.Kind, sentence]
	folds     recent.Answers[core.Kind, string]
	clues     recent.Answers[core.Kind, clue]
	out       []System
	place     map[string]int // system id -> index in out
	refs      map[string]bool
	all       []held
	faults    []error
}

// held is one thing with the systems that hold it, each once, the primary
// first.
type held struct {
	undecided bool
	systems   []string
}

func (b *builder) fault(format string, args ...any) {
	b.faults = append(b.faults, fmt.Errorf(format, args...))
}

// systems takes the catalogue's systems with the profiles of their kinds.
func (b *builder) systems() {
	b.place = make(map[string]int, len(b.in.Systems))
	profiles := map[string]*catalogue.Profile{}
	if b.in.Profile == nil {
		b.fault("no profiles are given")
		return
	}
	for _, entry := range b.in.Systems {
		if _, twice := b.place[entry.ID]; twice || entry.ID == "" {
			b.fault("system %q stands twice in the catalogue, or has no id", entry.ID)
			continue
		}
		profile, known := profiles[entry.Kind]
		if !known {
			var err error
			if profile, err = b.in.Profile(entry.Kind); err != nil {
				b.fault("system %s: profile of kind %q: %w", entry.ID, entry.Kind, err)
			}
			profiles[entry.Kind] = profile
		}
		if profile == nil {
			profile = &catalogue.Profile{Kind: entry.Kind}
		}
		b.place[entry.ID] = len(b.out)
		b.out = append(b.out, System{Entry: entry, Profile: profile})
	}
}

// coverage gives each system its one outcome.
func (b *builder) coverage() {
	seen := map[string]bool{}
	for _, c := range b.in.Coverage {
		at, ok := b.place[c.System]
		switch {
		case !ok:
			b.fault("coverage names system %q, which the catalogue does not have", c.System)
		case seen[c.System]:
			b.fault("system %s stands twice in the coverage", c.System)
		case !slices.Contains(core.Outcomes(), c.Outcome):
			b.fault("system %s: outcome %q is not known", c.System, c.Outcome)
		case c.Records < 0 || c.Took < 0:
			b.fault("system %s: the coverage counts below zero", c.System)
		default:
			b.out[at].Coverage = c
		}
		seen[c.System] = true
	}
	for _, s := range b.out {
		if !seen[s.Entry.ID] {
			b.fault("system %s has no outcome", s.Entry.ID)
		}
	}
}

// items counts every item into the systems that hold it.
func (b *builder) items() {
	b.refs = map[string]bool{}
	numbers := map[string]int{}
	for n, it := range b.in.Items {
		if !b.checkItem(n, it) {
			continue
		}
		h := held{undecided: it.undecided()}
		primary := it.Members[0].System
		thing := Held{System: primary, Undecided: h.undecided, item: n}
		if !h.undecided {
			numbers[primary]++
			thing.Number = numbers[primary]
		}
		for _, m := range it.Members {
			if slices.Contains(h.systems, m.System) {
				continue
			}
			h.systems = append(h.systems, m.System)
			s := &b.out[b.place[m.System]]
			if h.undecided {
				s.Undecided++
			}
			if m.System == primary {
				s.Items = append(s.Items, thing)
			} else {
				s.AlsoHere = append(s.AlsoHere, thing)
			}
		}
		b.all = append(b.all, h)
	}
}

// disclose reads an item and gives what may be told of it.
func (b *builder) disclose(n int) (*Disclosed, error) {
	it := b.in.Items[n]
	if b.in.Read != nil {
		whole, err := b.in.Read(n)
		if err != nil {
			return nil, err
		}
		if !whole.sameRecords(it) {
			return nil, fmt.Errorf("item %d: the item that was read is not the one that was counted", n+1)
		}
		it = whole
	}
	for _, m := range it.Members {
		if !fit(m.Roles, m.Record.Fields, m.Record.Parties, m.Record.Parts) {
			return nil, fmt.Errorf("item %d of system %s: the roles do not fit the record", n+1, m.System)
		}
	}
	return b.disclosed(it), nil
}

func (b *builder) checkItem(n int, it Item) bool {
	before := len(b.faults)
	if len(it.Members) == 0 {
		b.fault("item %d has no record", n+1)
	}
	switch it.Verdict {
	case core.Confirmed, core.Probable, core.Review:
	default:
		b.fault("item %d has the verdict %q: only confirmed, probable and review may stand in a report", n+1, it.Verdict)
	}
	for _, m := range it.Members {
		if _, ok := b.place[m.System]; !ok {
			b.fault("item %d is of system %q, which the catalogue does not have", n+1, m.System)
		}
		if m.Record.Ref == "" {
			b.fault("item %d of system %s has a record without a ref", n+1, m.System)
		}
		key := m.System + "\x00" + m.Record.Ref
		if b.refs[key] {
			b.fault("item %d: a record of system %s stands twice in the report", n+1, m.System)
		}
		b.refs[key] = true
	}
	return len(b.faults) == before
}

// counts takes the counts of hits that are never items.
func (b *builder) counts() {
	take := func(what string, counts map[string]int, into func(*System, int)) {
		for id, n := range counts {
			at, ok := b.place[id]
			switch {
			case !ok:
				b.fault("%s are counted for system %q, which the catalogue does not have", what, id)
			case n < 0:
				b.fault("system %s: %s count below zero", id, what)
			default:
				into(&b.out[at], n)
			}
		}
	}
	take("official hits", b.in.Officials, func(s *System, n int) { s.Official = n })
	take("hits of other people", b.in.Others, func(s *System, n int) { s.Others = n })
}

// consistency holds the outcomes against the items.
func (b *builder) consistency() {
	for i := range b.out {
		s := &b.out[i]
		held := len(s.Items) + len(s.AlsoHere)
		switch o := s.Coverage.Outcome; {
		case o == core.Found && held == 0 && s.Official == 0:
			b.fault("system %s has the outcome %s and no item", s.Entry.ID, o)
		case held > 0 && o.Final() && o != core.Found && o != core.ManualFound:
			b.fault("system %s has the outcome %s and %d items", s.Entry.ID, o, held)
		}
	}
}

// report puts the parts together.
func (b *builder) report() *Report {
	r := &Report{
		Organisation:    b.in.Organisation,
		Request:         b.in.Request,
		Search:          b.in.Search,
		Systems:         b.out,
		CatalogueDigest: b.in.CatalogueDigest,
		Checkpoint:      b.in.Checkpoint,
		Version:         b.in.Version,
		disclose:        b.disclose,
	}
	r.Request.CaseNumber = safeText(r.Request.CaseNumber)
	r.Request.Purpose = safeText(r.Request.Purpose)
	r.Request.Requester = safeText(r.Request.Requester)
	if said := r.Request.Scope; said != "" {
		if r.Request.Scope = safeText(said); r.Request.Scope == "" {
			r.Request.Scope = "–" // a limit that cannot be shown is a limit all the same
		}
	}
	r.Request.Systems = slices.Clone(r.Request.Systems)
	for i, id := range r.Request.Systems {
		r.Request.Systems[i] = safeText(id)
	}
	if !r.asked() {
		r.Search = core.Interval{}
		return b.concluded(r)
	}
	for _, k := range b.in.Keys {
		if k.Kind != core.Phone {
			k.Masked = safeText(k.Masked)
		}
		r.Keys = append(r.Keys, k)
	}
	return b.concluded(r)
}

// concluded adds what follows from the systems and the items.
func (b *builder) concluded(r *Report) *Report {
	r.Summary = summarise(b.out, b.all)
	r.Confirmations = confirm(r, b.all)
	r.Rights = rightsOf(b.out)
	return r
}

// searchedWhole tells whether the outcome says that everything was looked
// through.
func searchedWhole(o core.Outcome) bool {
	return o == core.Found || o == core.NoneFound || o == core.ManualFound || o == core.ManualNone
}

func summarise(systems []System, all []held) Summary {
	sum := Summary{Systems: len(systems)}
	for _, s := range systems {
		sum.Official += s.Official
		sum.Others += s.Others
		if searchedWhole(s.Coverage.Outcome) {
			sum.Searched++
		}
		if !s.Coverage.Outcome.Final() {
			sum.Open++
		}
	}
	for _, h := range all {
		if h.undecided {
			sum.Undecided++
		} else {
			sum.Items++
		}
	}
	return sum
}
