package app

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/match"
	"github.com/sinusta/sinusta/core/store"
	"github.com/sinusta/sinusta/reports"
)

const (
	// pageItems is how many items of a report are read at once.
	pageItems = 64
	// keptPages is how many such pages are kept: one of the items in their
	// order, and one of those that are named in another system too.
	keptPages = 2
)

// itemPages reads the items of a report a page at a time. It may be used from
// several goroutines.
type itemPages struct {
	ctx     context.Context // it lives as long as the writing of one report
	file    *store.File
	systems map[string]match.System
	count   int

	mu    sync.Mutex
	pages []itemPage // the last used is the last
	// What was worked out for the records before, which are mostly alike.
	said  map[cause]catalogue.Text
	whose map[sort]judgedRoles
}

type itemPage struct {
	from  int
	items []reports.Item
}

// item gives the n-th item whole.
func (p *itemPages) item(n int) (reports.Item, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	from := n - n%pageItems
	if i := slices.IndexFunc(p.pages, func(kept itemPage) bool { return kept.from == from }); i >= 0 {
		kept := p.pages[i]
		p.pages = append(slices.Delete(p.pages, i, i+1), kept)
		return kept.items[n-from], nil
	}
	page := itemPage{from: from}
	err := access.ReadItems(p.ctx, p.file, from, min(from+pageItems, p.count), func(item access.Item, records []core.Record) error {
		whole, err := p.whole(item, records)
		page.items = append(page.items, whole)
		return err
	})
	if err != nil {
		return reports.Item{}, err
	}
	if len(p.pages) == keptPages {
		p.pages = slices.Delete(p.pages, 0, 1)
	}
	p.pages = append(p.pages, page)
	return page.items[n-from], nil
}

// whole makes an item of a report from one of the request.
func (p *itemPages) whole(item access.Item, records []core.Record) (reports.Item, error) {
	out := reports.Item{Verdict: item.Verdict, Undecided: item.Undecided()}
	for i, m := range item.Members {
		system, ok := p.systems[m.System]
		if !ok {
			return out, fmt.Errorf("system %s of a stored record is no longer in the catalogue: put its entry back", m.System)
		}
		spec, _ := system.Profile.Type(records[i].Type)
		if m.Assessment.Verdict == item.Verdict && out.Explanation.IsZero() {
			out.Explanation = p.explain(m.System, &m.Assessment, spec)
		}
		for _, key := range records[i].MatchedBy {
			if !slices.Contains(out.MatchedBy, key) {
				out.MatchedBy = append(out.MatchedBy, key)
			}
		}
		out.Members = append(out.Members, reports.Member{System: m.System, Record: records[i],
			Roles: p.roles(m.System, &records[i], &m.Assessment, spec)})
	}
	return out, nil
}

// sort is a sort of records.
type sort struct{ system, typ string }

// cause is all that the explanation of an item depends on.
type cause struct {
	sort
	verdict       core.Verdict
	reason        match.Reason
	first, second match.Evidence
}

// maxKept bounds how many explanations are kept, and for how many sorts the
// roles.
const maxKept = 1024

// explain gives match.Explain, or what it gave before.
func (p *itemPages) explain(system string, a *match.Assessment, spec catalogue.RecordType) catalogue.Text {
	key := cause{sort: sort{system, spec.Name}, verdict: a.Verdict, reason: a.Reason}
	if len(a.Evidence) > 0 {
		key.first = a.Evidence[0]
	}
	if len(a.Evidence) > 1 {
		key.second = a.Evidence[1]
	}
	said, ok := p.said[key]
	if !ok {
		if p.said == nil || len(p.said) >= maxKept {
			p.said = map[cause]catalogue.Text{}
		}
		said = match.Explain(*a, spec)
		p.said[key] = said
	}
	return said
}

// judgedRoles are the roles of one record, with what they depend on.
type judgedRoles struct {
	record            core.Record
	subject, possible []match.PartyRef
	roles             match.Roles
}

// roles gives match.RolesOf, or what it gave for the last record of the sort if
// that has the same fields and the same parties are the subject's.
func (p *itemPages) roles(system string, r *core.Record, a *match.Assessment, spec catalogue.RecordType) match.Roles {
	key := sort{system, r.Type}
	last, ok := p.whose[key]
	if ok && slices.Equal(last.subject, a.Subject) && slices.Equal(last.possible, a.Possible) && sameFields(&last.record, r) {
		return last.roles
	}
	if p.whose == nil || len(p.whose) >= maxKept {
		p.whose = map[sort]judgedRoles{}
	}
	roles := match.RolesOf(spec, *r, *a)
	p.whose[key] = judgedRoles{*r, a.Subject, a.Possible, roles}
	return roles
}

// sameFields tells whether two records have fields of the same names in the
// same places.
func sameFields(a, b *core.Record) bool {
	fields := func(a, b core.Field) bool { return a.Name == b.Name }
	parties := func(a, b core.Party) bool { return a.Slot == b.Slot && slices.EqualFunc(a.Fields, b.Fields, fields) }
	parts := func(a, b core.Part) bool {
		return a.Type == b.Type && slices.EqualFunc(a.Fields, b.Fields, fields) && slices.EqualFunc(a.Parties, b.Parties, parties)
	}
	return slices.EqualFunc(a.Fields, b.Fields, fields) && slices.EqualFunc(a.Parties, b.Parties, parties) &&
		slices.EqualFunc(a.Parts, b.Parts, parts)
}
