package access

import (
	"context"
	"fmt"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/store"
)

// Held is a record of an item, without its content: what a search index
// compares with what it has.
type Held struct {
	System, Ref string
	// Verdict is its item's.
	Verdict core.Verdict
	// Version differs whenever the record was written again.
	Version string
	// Bytes is the size of the record in the store.
	Bytes int
}

// HeldRecords gives the records of every item, in the order of the items. The
// records are not decoded.
func HeldRecords(ctx context.Context, file *store.File) ([]Held, error) {
	type row struct {
		version string
		bytes   int
	}
	rows := map[string]row{}
	err := file.Each(ctx, tableRecord, 0, func(r store.Row) error {
		rows[r.Name] = row{r.Version, r.Size()}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the records: %w", err)
	}
	var held []Held
	err = eachHead(ctx, file, func(h Head) error {
		for _, m := range h.Members {
			at, ok := rows[recordRow(m.System, m.Ref)]
			if !ok {
				return fmt.Errorf("a record of %s: %w", m.System, store.ErrNotFound)
			}
			held = append(held, Held{System: m.System, Ref: m.Ref, Verdict: h.Verdict, Version: at.version, Bytes: at.bytes})
		}
		return nil
	})
	return held, err
}

// EachRecord reads the records of held, in their order. An error of fn ends
// it and is returned.
func EachRecord(ctx context.Context, file *store.File, held []Held, fn func(i int, r core.Record) error) error {
	rows := make([]string, len(held))
	for i, h := range held {
		rows[i] = recordRow(h.System, h.Ref)
	}
	return file.GetMany(ctx, tableRecord, rows, func(i int, row store.Row) error {
		var st stored
		if err := row.Decode(&st); err != nil {
			return err
		}
		return fn(i, st.Record)
	})
}
