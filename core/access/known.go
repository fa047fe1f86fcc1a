package access

import (
	"context"
	"fmt"
	"strings"

	"github.com/sinusta/sinusta/core/store"
)

// known is what a run knows of the records of one system without reading them:
// those that the file held when it began, and those that came since. It changes
// when that is stored, and not before.
type known struct {
	// records are those of the file, by ref.
	records map[string]place
	// asides are the rounds of what was put aside, by the name of its row.
	asides map[string]int
	// parts are those asides that are parts of records.
	parts map[string]bool
	// hits are the records that this run has judged.
	hits []hit
}

// place tells of a record which round of the ask brought it, and where it is
// among the hits: notJudged if this run has not judged it.
type place struct{ round, hit int }

const notJudged = -1

// readKnown reads which records the file holds, by system. Their content is not
// decoded.
func readKnown(ctx context.Context, file *store.File) (map[string]*known, error) {
	all := map[string]*known{}
	err := file.Each(ctx, tableRecord, 0, func(row store.Row) error {
		var from origin
		if err := row.Decode(&from); err != nil {
			return err
		}
		system, ref, ok := strings.Cut(row.Name, "\x00")
		if !ok || system != from.system {
			return fmt.Errorf("a record of %s has the name of another row", from.system)
		}
		knownOf(all, system).records[ref] = place{from.round, notJudged}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the records: %w", err)
	}
	err = file.Each(ctx, tableAside, 0, func(row store.Row) error {
		var aside struct {
			System string `json:"system"`
			Round  int    `json:"round"`
			Part   bool   `json:"part"`
		}
		if err := row.Decode(&aside); err != nil {
			return err
		}
		k := knownOf(all, aside.System)
		k.asides[row.Name] = aside.Round
		if aside.Part {
			k.parts[row.Name] = true
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what was put aside: %w", err)
	}
	return all, nil
}

// knownOf gives what is known of a system, which may be nothing yet.
func knownOf(all map[string]*known, system string) *known {
	if all[system] == nil {
		all[system] = &known{records: map[string]place{}, asides: map[string]int{}, parts: map[string]bool{}}
	}
	return all[system]
}

// rows adds the names of all rows of a system to those of each table.
func (k *known) rows(system string, to map[store.Table][]string) {
	for ref := range k.records {
		to[tableRecord] = append(to[tableRecord], recordRow(system, ref))
	}
	for row := range k.asides {
		to[tableAside] = append(to[tableAside], row)
	}
}

// wrote notes what a batch changed, once it is stored.
func (k *known) wrote(b *batch) {
	for _, row := range b.stale[tableRecord] {
		_, ref, _ := strings.Cut(row, "\x00")
		delete(k.records, ref)
	}
	for _, rows := range [][]string{b.stale[tableAside], b.back} {
		for _, row := range rows {
			delete(k.asides, row)
		}
	}
	for _, h := range b.hits {
		at := len(k.hits)
		if old, ok := k.records[h.ref]; ok && old.hit != notJudged {
			at = old.hit
			k.hits[at] = h
		} else {
			k.hits = append(k.hits, h)
		}
		k.records[h.ref] = place{h.round, at}
	}
}
