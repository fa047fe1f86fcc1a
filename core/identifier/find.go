package identifier

import (
	"cmp"
	"slices"

	"github.com/sinusta/sinusta/core"
)

// Certainty says how sure it is that a piece of running text is an identifier
// of its kind.
type Certainty int

// The certainties, from the weakest.
const (
	// Possible is what may be one: a personal identity code without its
	// century sign or with a slip in it, ten digits that could be a telephone
	// number. What must not be shown is looked for as far as this.
	Possible Certainty = iota + 1
	// Likely is one by its shape or its check character, where other text may
	// look so by chance.
	Likely
	// Certain has the shape, the check character and the surroundings of one.
	Certain
)

// Found is one identifier in running text. Its methods show no value.
type Found struct {
	Kind core.Kind
	// Start and End are the bytes of the text in which it stands.
	Start, End int
	// Value is the normal form, as Parse gives it. What breaks a rule, or
	// lacks a part, is given in the characters of its kind as it stands.
	Value  string
	Status core.Status
	// Certainty of the kind, not of whose it is.
	Certainty Certainty
}

// String redacts what was found to its kind.
func (f Found) String() string { return "<" + string(f.Kind) + ">" }

// Identifier gives what was found as an identifier; raw is the text that it
// was found in.
func (f Found) Identifier(raw string) core.Identifier {
	return core.Identifier{Kind: f.Kind, Value: f.Value, Status: f.Status, Raw: raw[f.Start:f.End]}
}

// Mode says how far Find goes.
type Mode int

const (
	// Strict finds what is Likely or Certain: to tell what a text holds.
	Strict Mode = iota
	// Wide finds what is Possible too: to hide it.
	Wide
)

// Find gives the identifiers in running text, in its order, by the same rules
// as Parse; of the given kinds, or of every kind that can be told in running
// text. One piece of text may be of several kinds: a Swedish number may read
// as a Finnish code, and both are given. What stands inside something surer is
// not.
//
// It takes any text: broken UTF-8, digits of any script and width, combining
// marks, invisible characters, codes broken at the end of a line. The time it
// takes grows as the text does.
func Find(src string, mode Mode, kinds ...core.Kind) []Found {
	t := newText(src)
	all := t.find(finders(kinds))
	slices.SortStableFunc(all, func(a, b hit) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	var out []Found
	var reach [Certain + 1]int // how far what begins before goes, by certainty
	for n := 0; n < len(all); {
		same := n // the hits in one and the same place
		for same < len(all) && all[same].start == all[n].start && all[same].end == all[n].end {
			same++
		}
		for _, h := range all[n:same] {
			inside := false
			for c := h.certainty + 1; c <= Certain; c++ {
				inside = inside || reach[c] >= h.end
			}
			if !inside && (mode == Wide || h.certainty > Possible) {
				from, to := t.span(h.start, h.end)
				out = append(out, Found{Kind: h.kind, Start: from, End: to, Value: h.value, Status: h.status, Certainty: h.certainty})
			}
		}
		for ; n < same; n++ {
			reach[all[n].certainty] = max(reach[all[n].certainty], all[n].end)
		}
	}
	return slices.CompactFunc(out, func(a, b Found) bool { return a.Kind == b.Kind && a.Start == b.Start && a.End == b.End })
}

// hit is one finding in the folded text.
type hit struct {
	kind       core.Kind
	start, end int
	value      string
	status     core.Status
	certainty  Certainty
}

// class is what kind of place a finder looks at. Each finder looks a bounded
// number of characters ahead and back, so that the work grows as the text.
type class int

const (
	digitStart  class = 1 << iota // the first digit of a run
	digitInside                   // any other digit
	wordStart                     // a letter behind no letter or digit
	plusSign                      // +
	atSign                        // @
)

const classes = 5

// finder looks for identifiers of one kind.
type finder struct {
	on class
	at func(t *text, at int) (hit, bool)
}

// kindFinder is a finder with its kind.
type kindFinder struct {
	kind core.Kind
	at   func(t *text, at int) (hit, bool)
}

// finders gives the finders of the kinds, every one for none, by class.
func finders(kinds []core.Kind) [classes][]kindFinder {
	var out [classes][]kindFinder
	for _, r := range registry {
		if r.find == nil || len(kinds) > 0 && !slices.Contains(kinds, r.Kind) {
			continue
		}
		for n := range classes {
			if r.find.on&(1<<n) != 0 {
				out[n] = append(out[n], kindFinder{r.Kind, r.find.at})
			}
		}
	}
	return out
}

// classOf gives the number of the class of a place, -1 for none.
func (t *text) classOf(at int) int {
	switch c := t.s[at]; {
	case isDigit(c):
		if at > 0 && isDigit(t.s[at-1]) {
			return 1
		}
		return 0
	case isLetter(c) || c >= 0x80:
		if !t.wordBefore(at) {
			return 2
		}
	case c == '+':
		return 3
	case c == '@':
		return 4
	}
	return -1
}

// find gives the findings of each place, in the order of the places.
func (t *text) find(by [classes][]kindFinder) []hit {
	var out []hit
	for at := range t.s {
		n := t.classOf(at)
		if n < 0 {
			continue
		}
		for _, f := range by[n] {
			if h, ok := f.at(t, at); ok {
				h.kind = f.kind
				out = append(out, h)
			}
		}
	}
	return out
}
