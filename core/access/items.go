package access

import (
	"context"
	"fmt"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/store"
)

// itemPage is how many items are read at once.
const itemPage = 64

// itemRow names an item in the store, by its place from 0.
func itemRow(n int) string { return fmt.Sprintf("%08d", n) }

// Head is an item without what was judged of it.
type Head struct {
	Verdict core.Verdict `json:"verdict"`
	Members []struct {
		System string `json:"system"`
		Ref    string `json:"ref"`
	} `json:"members"`
}

// Undecided tells whether a person has yet to decide whose the item is.
func (h Head) Undecided() bool { return h.Verdict != core.Confirmed }

// Heads gives every item of a file in its order: that of systems and refs.
func Heads(ctx context.Context, file *store.File) ([]Head, error) {
	var heads []Head
	err := file.Each(ctx, tableItem, 0, func(row store.Row) error {
		var h Head
		if err := row.Decode(&h); err != nil {
			return err
		}
		if row.Name != itemRow(len(heads)) {
			return fmt.Errorf("an item is not in its place: `sinusta request run %s --again` makes the items anew", file.ID())
		}
		heads = append(heads, h)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the items: %w", err)
	}
	return heads, nil
}

// ReadItems gives the items from the place from on, before the place to, with
// the record of each member in the order of the members. Places are those of
// Heads. It reads them all at once: ask for a page at a time.
func ReadItems(ctx context.Context, file *store.File, from, to int, f func(Item, []core.Record) error) error {
	var rows, names []string
	for n := from; n < to; n++ {
		rows = append(rows, itemRow(n))
	}
	items := make([]Item, len(rows))
	err := file.GetMany(ctx, tableItem, rows, func(i int, row store.Row) error { return row.Decode(&items[i]) })
	if err != nil {
		return fmt.Errorf("read the items: %w", err)
	}
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

// Items calls f for every item of a file, with the record of each member in
// the order of the members.
func Items(ctx context.Context, file *store.File, f func(Item, []core.Record) error) error {
	n, err := file.Count(ctx, tableItem)
	for from := 0; from < n && err == nil; from += itemPage {
		err = ReadItems(ctx, file, from, min(from+itemPage, n), f)
	}
	return err
}
