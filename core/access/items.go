package access

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/match"
	"github.com/sinusta/sinusta/core/store"
)

// itemPage is how many items are read at once.
const itemPage = 64

// itemRow names an item in the store, by its place from 0.
func itemRow(n int) string { return fmt.Sprintf("%08d", n) }

// Head is an item without its records.
type Head struct {
	Verdict core.Verdict
	Members []HeadMember
}

// HeadMember names one record of an item.
type HeadMember struct {
	System, Ref string
	// judged is what was judged of the record, nil where it is to be read
	// again.
	judged *match.Assessment
}

// maxJudgements bounds how many different judgements Heads keeps. The records
// of one person are judged alike, mostly.
const maxJudgements = 1024

// judgements gives the same judgement for the same bytes.
type judgements map[string]*match.Assessment

func (j judgements) of(raw []byte) (*match.Assessment, error) {
	if have, ok := j[string(raw)]; ok {
		return have, nil
	}
	if len(j) >= maxJudgements {
		return nil, nil //nolint:nilnil // not kept: it is read again
	}
	read := &match.Assessment{}
	if err := json.Unmarshal(raw, read); err != nil {
		return nil, err
	}
	j[string(raw)] = read
	return read, nil
}

// headReader reads the head of a stored item.
type headReader struct {
	head Head
	kept judgements
}

// UnmarshalBinary reads what Item.AppendBinary wrote.
func (r *headReader) UnmarshalBinary(data []byte) error {
	verdict, err := readItem(data, func(system, ref string, raw []byte) error {
		judged, err := r.kept.of(raw)
		r.head.Members = append(r.head.Members, HeadMember{System: system, Ref: ref, judged: judged})
		return err
	})
	r.head.Verdict = verdict
	return err
}

// AppendBinary appends the stored form of an item: its verdict, then system,
// ref and judgement of each member, each behind its length. The judgement is
// JSON: equal ones have equal bytes, so that a reader need not read them twice.
func (i Item) AppendBinary(b []byte) ([]byte, error) {
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	text(string(i.Verdict))
	for _, m := range i.Members {
		judged, err := json.Marshal(m.Assessment)
		if err != nil {
			return nil, err
		}
		text(m.System)
		text(m.Ref)
		text(string(judged))
	}
	return b, nil
}

// UnmarshalBinary reads what AppendBinary wrote.
func (i *Item) UnmarshalBinary(data []byte) error {
	*i = Item{}
	verdict, err := readItem(data, func(system, ref string, raw []byte) error {
		m := Member{System: system, Ref: ref}
		err := json.Unmarshal(raw, &m.Assessment)
		i.Members = append(i.Members, m)
		return err
	})
	i.Verdict = verdict
	return err
}

// readItem reads a stored item and gives its members one by one; raw is the
// judgement, valid during the call.
func readItem(data []byte, member func(system, ref string, raw []byte) error) (core.Verdict, error) {
	bad := false
	text := func() []byte {
		n, width := binary.Uvarint(data)
		if bad = bad || width <= 0 || n > uint64(len(data)-width); bad {
			return nil
		}
		read := data[width : width+int(n)] //nolint:gosec // not more than there is
		data = data[width+int(n):]         //nolint:gosec // the same
		return read
	}
	verdict := core.Verdict(text())
	for len(data) > 0 && !bad {
		system, ref, raw := text(), text(), text()
		if bad {
			break
		}
		if err := member(string(system), string(ref), raw); err != nil {
			return "", err
		}
	}
	if bad {
		return "", errors.New("the bytes are no stored item")
	}
	return verdict, nil
}

// Undecided tells whether a person has yet to decide whose the item is.
func (h Head) Undecided() bool { return h.Verdict != core.Confirmed }

// Heads gives every item of a file in its order: that of systems and refs.
func Heads(ctx context.Context, file *store.File) ([]Head, error) {
	var heads []Head
	kept := judgements{}
	err := file.Each(ctx, tableItem, 0, func(row store.Row) error {
		if row.Name != itemRow(len(heads)) {
			return fmt.Errorf("an item is not in its place: `sinusta request run %s --again` makes the items anew", file.ID())
		}
		read := headReader{kept: kept}
		if err := row.Decode(&read); err != nil {
			return err
		}
		heads = append(heads, read.head)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the items: %w", err)
	}
	return heads, nil
}

// whole gives the item, and whether everything that was judged of it is kept.
func (h Head) whole() (Item, bool) {
	item := Item{Verdict: h.Verdict, Members: make([]Member, len(h.Members))}
	for i, m := range h.Members {
		if m.judged == nil {
			return Item{}, false
		}
		item.Members[i] = Member{System: m.System, Ref: m.Ref, Assessment: *m.judged}
	}
	return item, true
}

// ReadHeads is ReadItems for heads of which it knows the items: it reads the
// items from the place from on, before the place to. Equal judgements share
// their memory and must not be changed.
func ReadHeads(ctx context.Context, file *store.File, heads []Head, from, to int, f func(Item, []core.Record) error) error {
	items := make([]Item, 0, to-from)
	for _, h := range heads[from:to] {
		item, ok := h.whole()
		if !ok {
			return ReadItems(ctx, file, from, to, f)
		}
		items = append(items, item)
	}
	return withRecords(ctx, file, items, f)
}

// ReadItems gives the items from the place from on, before the place to, with
// the record of each member in the order of the members. Places are those of
// Heads. It reads them all at once: ask for a page at a time.
func ReadItems(ctx context.Context, file *store.File, from, to int, f func(Item, []core.Record) error) error {
	var rows []string
	for n := from; n < to; n++ {
		rows = append(rows, itemRow(n))
	}
	items := make([]Item, len(rows))
	err := file.GetMany(ctx, tableItem, rows, func(i int, row store.Row) error { return row.Decode(&items[i]) })
	if err != nil {
		return fmt.Errorf("read the items: %w", err)
	}
	return withRecords(ctx, file, items, f)
}

// withRecords calls f for every item with the record of each member.
func withRecords(ctx context.Context, file *store.File, items []Item, f func(Item, []core.Record) error) error {
	var names []string
	for _, item := range items {
		for _, m := range item.Members {
			names = append(names, recordRow(m.System, m.Ref))
		}
	}
	records := make([]core.Record, len(names))
	err := file.GetMany(ctx, tableRecord, names, func(i int, row store.Row) error {
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
