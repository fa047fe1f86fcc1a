package access

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/match"
	"github.com/sinusta/sinusta/core/store"
)

// itemPage is how many items are stored, and read, at once. Most items are a
// few words that name one record, and a row for each would cost more than they do.
const itemPage = 64

// pageRow names a page of items in the store, from 0.
func pageRow(n int) string { return fmt.Sprintf("%08d", n) }

// storedItems is a page of items. What was judged of most of them is the same,
// and stands there once.
type storedItems struct {
	Judged []match.Assessment `json:"judged"`
	Items  []storedItem       `json:"items"`
}

type storedItem struct {
	Verdict core.Verdict   `json:"verdict"`
	Members []storedMember `json:"members"`
}

type storedMember struct {
	System string `json:"system"`
	Ref    string `json:"ref"`
	// Judged is the place of its assessment in the page.
	Judged int `json:"judged"`
}

// putItems stores the items of a file, in pages.
func putItems(tx *store.Tx, items []Item) error {
	n := 0
	for some := range slices.Chunk(items, itemPage) {
		page := storedItems{Items: make([]storedItem, 0, len(some))}
		for _, item := range some {
			one := storedItem{Verdict: item.Verdict}
			for _, m := range item.Members {
				one.Members = append(one.Members, storedMember{System: m.System, Ref: m.Ref, Judged: page.place(m.Assessment)})
			}
			page.Items = append(page.Items, one)
		}
		if err := tx.Put(tableItem, pageRow(n), page); err != nil {
			return err
		}
		n++
	}
	return nil
}

// place gives the place of an assessment in the page, which gets it if it
// lacks it.
func (p *storedItems) place(a match.Assessment) int {
	for i, have := range p.Judged {
		if have.Equal(a) {
			return i
		}
	}
	p.Judged = append(p.Judged, a)
	return len(p.Judged) - 1
}

// item gives one item of the page.
func (p *storedItems) item(n int) (Item, error) {
	of := p.Items[n]
	item := Item{Verdict: of.Verdict, Members: make([]Member, 0, len(of.Members))}
	for _, m := range of.Members {
		if m.Judged < 0 || m.Judged >= len(p.Judged) {
			return Item{}, errors.New("what was judged of a record is missing: `sinusta request run --again` judges it anew")
		}
		item.Members = append(item.Members, Member{System: m.System, Ref: m.Ref, Assessment: p.Judged[m.Judged].Clone()})
	}
	return item, nil
}

// Head is an item without what was judged of it.
type Head struct {
	Verdict core.Verdict
	Members []RecordName
}

// RecordName names a record of a request.
type RecordName struct{ System, Ref string }

// Undecided tells whether a person has yet to decide whose the item is.
func (h Head) Undecided() bool { return h.Verdict != core.Confirmed }

// Heads gives every item of a file in its order: that of systems and refs.
func Heads(ctx context.Context, file *store.File) ([]Head, error) {
	var heads []Head
	err := eachHead(ctx, file, func(h Head) error { heads = append(heads, h); return nil })
	return heads, err
}

// eachHead calls f for every item of a file in its order.
func eachHead(ctx context.Context, file *store.File, f func(Head) error) error {
	pages := 0
	full := true
	err := file.Each(ctx, tableItem, 0, func(row store.Row) error {
		var page struct {
			Items []storedItem `json:"items"`
		}
		if err := row.Decode(&page); err != nil {
			return err
		}
		if row.Name != pageRow(pages) || !full {
			return fmt.Errorf("an item is not in its place: `sinusta request run %s --again` makes the items anew", file.ID())
		}
		pages, full = pages+1, len(page.Items) == itemPage
		for _, item := range page.Items {
			h := Head{Verdict: item.Verdict, Members: make([]RecordName, 0, len(item.Members))}
			for _, m := range item.Members {
				h.Members = append(h.Members, RecordName{m.System, m.Ref})
			}
			if err := f(h); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the items: %w", err)
	}
	return nil
}

// ReadItems gives the items from the place from on, before the place to, with
// the record of each member in the order of the members. Places are those of
// Heads. It reads them all at once: ask for a page at a time.
func ReadItems(ctx context.Context, file *store.File, from, to int, f func(Item, []core.Record) error) error {
	items, err := readItems(ctx, file, from, to)
	if err != nil {
		return fmt.Errorf("read the items: %w", err)
	}
	var names []string
	for _, item := range items {
		for _, m := range item.Members {
			names = append(names, recordRow(m.System, m.Ref))
		}
	}
	records := make([]core.Record, len(names))
	err = file.GetMany(ctx, tableRecord, names, func(i int, row store.Row) error {
		var st stored
		err := row.Decode(&st)
		records[i] = st.Record
		return err
	})
	if err != nil {
		return fmt.Errorf("read the records of the items: %w", err)
	}
	for _, item := range items {
		n := len(item.Members)
		if err := f(item, records[:n:n]); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// readItems gives the items from the place from on, before the place to;
// store.ErrNotFound if there are fewer.
func readItems(ctx context.Context, file *store.File, from, to int) ([]Item, error) {
	if from >= to {
		return nil, nil
	}
	var rows []string
	first := from / itemPage
	for n := first; n*itemPage < to; n++ {
		rows = append(rows, pageRow(n))
	}
	items := make([]Item, 0, to-from)
	err := file.GetMany(ctx, tableItem, rows, func(i int, row store.Row) error {
		var page storedItems
		if err := row.Decode(&page); err != nil {
			return err
		}
		begin := (first + i) * itemPage
		for n := max(from, begin); n < min(to, begin+len(page.Items)); n++ {
			item, err := page.item(n - begin)
			if err != nil {
				return err
			}
			items = append(items, item)
		}
		return nil
	})
	if err == nil && len(items) < to-from {
		err = store.ErrNotFound
	}
	return items, err
}

// Items calls f for every item of a file, with the record of each member in
// the order of the members.
func Items(ctx context.Context, file *store.File, f func(Item, []core.Record) error) error {
	n, _, err := CountItems(ctx, file)
	for from := 0; from < n && err == nil; from += itemPage {
		err = ReadItems(ctx, file, from, min(from+itemPage, n), f)
	}
	return err
}

// CountItems counts the items of a file, and those that nobody has decided.
func CountItems(ctx context.Context, file *store.File) (items, undecided int, err error) {
	err = eachHead(ctx, file, func(h Head) error {
		items++
		if h.Undecided() {
			undecided++
		}
		return nil
	})
	return items, undecided, err
}
