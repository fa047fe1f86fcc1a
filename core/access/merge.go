package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/match"
	"github.com/sinusta/sinusta/core/store"
)

// Item is one thing that the controller holds about the subject. The same
// thing held in several systems is one item with several members, each with
// its own fields.
type Item struct {
	// Members are sorted by system and ref.
	Members []Member `json:"members"`
	// Verdict is the strictest member's.
	Verdict core.Verdict `json:"verdict"`
}

// Member is one record of an item.
type Member struct {
	System     string           `json:"system"`
	Ref        string           `json:"ref"`
	Assessment match.Assessment `json:"assessment"`
}

// Undecided tells whether a person has yet to decide whose the item is.
func (i Item) Undecided() bool { return i.Verdict != core.Confirmed }

// Aside is a hit that is no item: another person's record, or one in which
// the subject only acts for the organisation. Its content is gone.
type Aside struct {
	System string       `json:"system"`
	Type   string       `json:"type"`
	Reason match.Reason `json:"reason"`
	// Round is that of the ask that brought it.
	Round int `json:"round,omitempty"`
	// Official is true when the subject acts in the record for the
	// organisation; only then is the ref kept.
	Official bool   `json:"official,omitempty"`
	Ref      string `json:"ref,omitempty"`
	// Referred is true for a record of another controller, or a part of one: it
	// is counted, and the controller answers for it.
	Referred bool `json:"referred,omitempty"`
	// Part is true where it is a part of a record that stays.
	Part bool `json:"part,omitempty"`
}

// Systems gives what the matcher must know of a system, for each of the
// catalogue.
func Systems(c *catalogue.Catalogue) (map[string]match.System, error) {
	out := map[string]match.System{}
	for _, s := range c.Systems {
		profile, err := catalogue.ProfileFor(s.Kind)
		if err != nil {
			return nil, fmt.Errorf("system %s: %w", s.ID, err)
		}
		issuers := map[core.Kind]string{}
		for _, k := range s.SearchKeys {
			if k.Issuer != "" {
				issuers[k.Kind] = k.Issuer
			}
		}
		out[s.ID] = match.System{ID: s.ID, Profile: profile, Issuers: issuers, Owners: match.NewOwners(s.Ownership, c.Organisation)}
	}
	return out, nil
}

// remains is what remains of one system's hits.
type remains struct {
	// items is how many of its records are in items.
	items int
	// untold are the record types whose owner the source does not tell, though
	// the system is mixed and the type has a field for it.
	untold []string
}

// merge judges every record of the file that this run has not judged, drops
// the content of what is not the subject's or is another controller's, and
// makes items of the rest:
//
//   - equal content is one item, whatever systems hold it;
//   - an equal number of one issuer (a contract number in case management and
//     in the contract register) is one item whose members keep their fields.
//
// Records of which it is not known who is their controller are one item only
// with records of which that is as little known. The items do not depend on
// the order in which records came. It gives what remains of each system.
func merge(ctx context.Context, file *store.File, j *judges, all map[string]*known) (map[string]remains, error) {
	hits, err := allHits(ctx, file, j, all)
	if err != nil {
		return nil, fmt.Errorf("match the records: %w", err)
	}
	slices.SortFunc(hits, func(a, b hit) int {
		if a.system == b.system {
			return strings.Compare(a.ref, b.ref)
		}
		return catalogue.CompareIDs(a.system, b.system)
	})
	settle(hits)
	items := group(hits)
	if err := write(ctx, file, hits, items); err != nil {
		return nil, fmt.Errorf("store the items: %w", err)
	}
	return remaining(hits, items), nil
}

// remaining counts what remains.
func remaining(hits []hit, items []Item) map[string]remains {
	out := map[string]remains{}
	for _, item := range items {
		for _, m := range item.Members {
			of := out[m.System]
			of.items++
			out[m.System] = of
		}
	}
	told := map[string]bool{}
	for _, h := range hits {
		if h.assessment.Item() && !h.untold {
			told[h.system+"/"+h.typ] = true
		}
	}
	for _, h := range hits {
		of := out[h.system]
		if h.assessment.Item() && h.untold && !told[h.system+"/"+h.typ] && !slices.Contains(of.untold, h.typ) {
			of.untold = append(of.untold, h.typ)
			out[h.system] = of
		}
	}
	return out
}

// allHits gives what is judged of every record of the file: that of this run,
// and that of the records which came in an earlier one, which are read for it.
func allHits(ctx context.Context, file *store.File, j *judges, all map[string]*known) ([]hit, error) {
	n, err := file.Count(ctx, tableRecord)
	if err != nil {
		return nil, err
	}
	hits := make([]hit, 0, n)
	for system, k := range all {
		var unread []string
		for ref, at := range k.records {
			if at.hit == notJudged {
				unread = append(unread, recordRow(system, ref))
			} else {
				hits = append(hits, k.hits[at.hit])
			}
		}
		k.hits = nil
		if len(unread) == 0 {
			continue
		}
		judge, err := j.of(system)
		if err != nil {
			return nil, err
		}
		slices.Sort(unread) // whatever the order of the map
		err = file.GetMany(ctx, tableRecord, unread, func(_ int, row store.Row) error {
			var s stored
			if err := row.Decode(&s); err != nil {
				return err
			}
			hits = append(hits, judge.record(s.Record, s.Round))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(hits) != n {
		return nil, fmt.Errorf("%d records are stored, and %d are judged: run it again", n, len(hits))
	}
	return hits, nil
}

// settle weighs the hits against each other, and then by whose they are.
func settle(hits []hit) {
	all := make([]match.Assessment, len(hits))
	for i, h := range hits {
		all[i] = h.assessment
	}
	match.Settle(all)
	for i := range hits {
		hits[i].assessment = all[i].Owned(all[i].Owner)
	}
}

// group makes items of the hits that share a key. hits are sorted.
func group(hits []hit) []Item {
	parent := make([]int, len(hits))
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	first := map[string]int{}
	for i, h := range hits {
		for _, key := range h.same {
			if other, seen := first[key]; seen {
				a, b := root(other), root(i)
				parent[max(a, b)] = min(a, b)
			} else {
				first[key] = i
			}
		}
	}
	at := map[int]int{}
	var items []Item
	for i, h := range hits {
		if !h.assessment.Item() {
			continue
		}
		member := Member{System: h.system, Ref: h.ref, Assessment: h.assessment}
		n, seen := at[root(i)]
		if !seen {
			at[root(i)] = len(items)
			items = append(items, Item{Members: []Member{member}, Verdict: h.assessment.Verdict})
			continue
		}
		items[n].Members = append(items[n].Members, member)
		if h.assessment.Verdict.Strictness() > items[n].Verdict.Strictness() {
			items[n].Verdict = h.assessment.Verdict
		}
	}
	return items
}

// write replaces the items of the file, and puts aside what is no item.
func write(ctx context.Context, file *store.File, hits []hit, items []Item) error {
	old, err := rowsOf(ctx, file, tableItem)
	if err != nil {
		return err
	}
	return file.Update(ctx, func(tx *store.Tx) error {
		for _, row := range old {
			if err := tx.Delete(tableItem, row); err != nil {
				return err
			}
		}
		for _, h := range hits {
			put := h.putAside
			if h.assessment.Item() {
				put = h.putApart
			}
			if err := put(tx); err != nil {
				return err
			}
		}
		return putItems(tx, items)
	})
}

// putAside drops the content of a hit that is no item.
func (h hit) putAside(tx *store.Tx) error {
	row := recordRow(h.system, h.ref)
	aside := Aside{System: h.system, Type: h.typ, Reason: h.assessment.Reason, Round: h.round, Referred: h.assessment.Referred()}
	if aside.Official = h.assessment.Official && !aside.Referred; aside.Official {
		aside.Ref = h.ref
	}
	if err := tx.Delete(tableRecord, row); err != nil {
		return err
	}
	return tx.Put(tableAside, digestOf(row), aside)
}

// putApart drops the content of the parts that are another controller's.
func (h hit) putApart(tx *store.Tx) error {
	if len(h.foreign) == 0 {
		return nil
	}
	row := recordRow(h.system, h.ref)
	var s stored
	if err := tx.Get(tableRecord, row, &s); err != nil {
		return err
	}
	for _, n := range h.foreign {
		part := s.Record.Parts[n]
		aside := Aside{System: h.system, Type: part.Type, Reason: h.assessment.Reason, Round: h.round, Referred: true, Part: true}
		if err := tx.Put(tableAside, digestOf(fmt.Sprintf("%s\x00%d\x00%s", row, n, part.Ref)), aside); err != nil {
			return err
		}
	}
	s.Record = without(s.Record, h.foreign)
	return tx.Put(tableRecord, row, &s)
}

func digestOf(row string) string {
	sum := sha256.Sum256([]byte(row))
	return hex.EncodeToString(sum[:])
}

func rowsOf(ctx context.Context, file *store.File, t store.Table) ([]string, error) {
	var rows []string
	err := file.Each(ctx, t, 0, func(r store.Row) error {
		rows = append(rows, r.Name)
		return nil
	})
	return rows, err
}
