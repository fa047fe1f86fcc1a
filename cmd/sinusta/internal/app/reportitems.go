package app

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/match"
	"github.com/sinusta/sinusta/core/store"
	"github.com/sinusta/sinusta/reports"
)

const (
	// pageItems is how many items of a report are read at once.
	pageItems = 64
	// keptPages is how many such pages are kept: one for each form of the
	// report that is being written.
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
			out.Explanation = match.Explain(m.Assessment, spec)
		}
		for _, key := range records[i].MatchedBy {
			if !slices.Contains(out.MatchedBy, key) {
				out.MatchedBy = append(out.MatchedBy, key)
			}
		}
		out.Members = append(out.Members, reports.Member{System: m.System, Record: records[i],
			Roles: match.RolesOf(spec, records[i], m.Assessment)})
	}
	return out, nil
}
