package audit

import "slices"

const badLine = -1

// alignment says which line holds each entry of a log that is not in order.
type alignment struct {
	first int64   // the entry of line[0]
	line  []int   // for each entry the position of its line, or badLine
	fault []Fault // what happened, in the order of the entries; Line is the position
}

// align finds the smallest story that explains the lines: ids are the entries
// that the lines prove to be (badLine if none), first is the entry that the first
// of them should be, and size the number of entries that the log must have.
func align(ids []int64, first, size int64) alignment {
	kept := increasing(ids, first)
	for _, id := range ids {
		size = max(size, id+1)
	}
	a := alignment{first: first, line: make([]int, size-first)}
	for i := range a.line {
		a.line[i] = badLine
	}
	for _, at := range kept {
		a.line[ids[at]-first] = at
	}
	var misplaced []Fault
	for at, id := range ids {
		switch {
		case id == badLine || slicesHas(kept, at):
		case id >= first && a.line[id-first] == badLine:
			a.line[id-first] = at
			misplaced = append(misplaced, Fault{Kind: EntryMoved, Index: id, Line: int64(at)})
		default: // a second copy
			misplaced = append(misplaced, Fault{Kind: EntryInserted, Index: nextEntry(ids, at, size), Line: int64(at)})
		}
	}
	// Between two lines that stand in order, bad lines make up for missing entries.
	at, entry := 0, first
	for _, stop := range append(slices.Clone(kept), len(ids)) {
		until := size
		if stop < len(ids) {
			until = ids[stop]
		}
		a.between(ids, at, stop, entry, until, stop == len(ids))
		at, entry = stop+1, until+1
	}
	a.fault = append(a.fault, misplaced...)
	slices.SortStableFunc(a.fault, func(x, y Fault) int { return int(min(1, max(-1, x.Index-y.Index))) })
	return a
}

// between explains the lines from at up to stop, and the entries from entry up to until.
func (a *alignment) between(ids []int64, at, stop int, entry, until int64, end bool) {
	for ; at < stop; at++ {
		if ids[at] != badLine {
			continue
		}
		for entry < until && a.line[entry-a.first] != badLine {
			entry++ // it was moved away
		}
		if entry < until {
			a.fault = append(a.fault, Fault{Kind: EntryChanged, Index: entry, Line: int64(at)})
			entry++
			continue
		}
		a.fault = append(a.fault, Fault{Kind: EntryInserted, Index: until, Line: int64(at)})
	}
	kind := EntryRemoved
	if end {
		kind = LogTruncated
	}
	for ; entry < until; entry++ {
		if a.line[entry-a.first] == badLine {
			a.fault = append(a.fault, Fault{Kind: kind, Index: entry, Line: badLine})
		}
	}
}

// nextEntry gives the next entry in the lines behind at.
func nextEntry(ids []int64, at int, size int64) int64 {
	for _, id := range ids[at+1:] {
		if id != badLine {
			return id
		}
	}
	return size
}

func slicesHas(sorted []int, v int) bool {
	_, ok := slices.BinarySearch(sorted, v)
	return ok
}

// increasing gives the positions of a longest increasing row of ids, of those
// that are at least first.
func increasing(ids []int64, first int64) []int {
	var tails []int // tails[k] ends the row of length k+1 with the smallest id
	before := make([]int, len(ids))
	for at, id := range ids {
		if id < first {
			continue
		}
		k, _ := slices.BinarySearchFunc(tails, id, func(t int, id int64) int { return int(min(1, max(-1, ids[t]-id))) })
		before[at] = -1
		if k > 0 {
			before[at] = tails[k-1]
		}
		if k == len(tails) {
			tails = append(tails, at)
		} else {
			tails[k] = at
		}
	}
	row := make([]int, len(tails))
	if len(tails) == 0 {
		return row
	}
	for k, at := len(tails)-1, tails[len(tails)-1]; k >= 0; k, at = k-1, before[at] {
		row[k] = at
	}
	return row
}
