package freetext

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
)

// remembered is how many words are kept: more than any spelling has.
const remembered = 16

// between is how many words may stand between a given name and a family name
// ("Sukunimi: Mäkinen, etunimi: Maija").
const between = 1

// mostPlaces bounds the places that are told of one text.
const mostPlaces = 50

// Piece is a piece of the text that is read.
type Piece struct {
	Text string
	// More tells that the next piece goes on without a gap.
	More bool
	// Row tells that the words of the piece belong together however far
	// apart they stand.
	Row bool
	// Slot and Field are where the piece stands in the record; Place is where
	// a person finds it.
	Slot, Field, Place string
}

// Reading compares one text with a question.
type Reading struct {
	q     *Question
	hits  []hit
	now   Piece
	tail  string
	held  string   // the word at the end of a piece that goes on
	last  []string // words before
	at    int      // number of the word
	piece int      // number of the piece
	names []seen   // of each wanted name, where its parts stood last
}

// hit is one place where something agrees.
type hit struct {
	wanted *wanted
	match  core.Match
	place  string
}

// seen is where the parts of a name stood last.
type seen struct{ family, given, initial spot }

// spot is a stretch of words; the zero spot is none.
type spot struct {
	from, to, piece int // words [from, to)
	base            bool
	ok              bool
}

// Read begins to read a text.
func (q *Question) Read() *Reading { return &Reading{q: q, names: make([]seen, len(q.wanted))} }

// Add takes the next piece of the text.
func (r *Reading) Add(p Piece) {
	r.now = p
	r.piece++
	r.identifiers(r.tail + p.Text)
	carried := r.tail
	r.tail = ""
	if p.More {
		r.tail = tailOf(carried + p.Text)
	}
	text := r.held + p.Text
	r.held = ""
	if p.More {
		text, r.held = halved(text)
	}
	eachWord(text, func(w string) bool {
		r.word(w)
		return true
	})
}

// halved parts the word that a text ends in the middle of from the rest.
func halved(text string) (rest, word string) {
	from := len(text)
	for from > 0 && len(text)-from < overlap {
		r, n := utf8.DecodeLastRuneInString(text[:from])
		if !wordRune(r) {
			break
		}
		from -= n
	}
	return text[:from], text[from:]
}

// identifiers looks for identifiers of the kinds that are told by their shape.
// Every kind is looked for, as Terms does, since what stands inside a surer one
// of another kind is none.
func (r *Reading) identifiers(text string) {
	if !r.q.told {
		return
	}
	for _, f := range identifier.Find(text, identifier.Wide) {
		for _, w := range r.q.wanted {
			if w.found && w.Kind == f.Kind && w.same(f.Identifier(text)) {
				r.note(w, core.TierExact)
			}
		}
	}
}

// same tells whether what was found is the identifier, or may be it: a code
// without the sign of its century.
func (w *wanted) same(found core.Identifier) bool {
	return identifier.Equal(w.Identifier, found) ||
		w.Kind == core.PersonalIdentityCode && len(w.Value) == 11 && identifier.SameCode(found.Value, w.Value)
}

func (r *Reading) note(w *wanted, tier core.Tier) {
	r.hits = append(r.hits, hit{w, core.Match{Kind: w.Kind, Issuer: w.Issuer, Slot: r.now.Slot, Field: r.now.Field, Tier: tier}, r.now.Place})
	if len(r.hits) > 4*mostPlaces { // a text may hold one name ten thousand times
		r.hits = compact(r.hits)
	}
}

func compact(hits []hit) []hit {
	var out []hit
	places := map[*wanted]int{}
	for _, h := range hits {
		if slices.ContainsFunc(out, func(o hit) bool {
			return o.wanted == h.wanted && o.match == h.match && (o.place == h.place || places[h.wanted] >= mostPlaces)
		}) {
			continue
		}
		places[h.wanted]++
		out = append(out, h)
	}
	return out
}

// word takes the next word.
func (r *Reading) word(w string) {
	r.at++
	if len(r.last) == remembered {
		copy(r.last, r.last[1:])
		r.last = r.last[:remembered-1]
	}
	r.last = append(r.last, w)
	for i, want := range r.q.wanted {
		if want.Kind == core.Name {
			r.nameWord(want, &r.names[i], w)
			continue
		}
		for _, f := range want.forms {
			n := len(f.words)
			if f.words[n-1] == w && n <= len(r.last) && slices.Equal(r.last[len(r.last)-n:], f.words) {
				r.note(want, f.tier)
			}
		}
	}
}

// nameWord sees whether a word completes a part of a name, and whether the
// other part stands near.
func (r *Reading) nameWord(w *wanted, s *seen, word string) {
	if !w.name.trigger[word] {
		return
	}
	here := func(list []part) spot {
		best := spot{}
		for _, p := range list {
			if n, ok := p.stands(r.last); ok && (!best.ok || n > best.to-best.from) {
				best = spot{from: r.at - n, to: r.at, piece: r.piece, ok: true, base: slices.Equal(p.base, r.last[len(r.last)-n:])}
			}
		}
		return best
	}
	family, given := here(w.name.families), here(w.name.givens)
	var initial spot
	if w.name.initials[word] {
		initial = spot{from: r.at - 1, to: r.at, piece: r.piece, ok: true}
	}
	alone := family.ok && len(w.name.givens) == 0 && len(w.name.initials) == 0 || given.ok && len(w.name.families) == 0
	switch {
	case alone:
		r.note(w, core.TierVariant)
	case family.ok && r.near(s.given, family, between), given.ok && r.near(s.family, given, between):
		r.note(w, tierOf(family.ok && family.base && s.given.base || given.ok && given.base && s.family.base))
	case family.ok && r.near(s.initial, family, 0), initial.ok && r.near(s.family, initial, 0):
		r.note(w, core.TierVariant)
	}
	if family.ok {
		s.family = family
	}
	if given.ok {
		s.given = given
	}
	if initial.ok {
		s.initial = initial
	}
}

func tierOf(base bool) core.Tier {
	if base {
		return core.TierExact
	}
	return core.TierVariant
}

// near tells whether two parts of a name stand side by side, with at most so
// many words between.
func (r *Reading) near(before, now spot, words int) bool {
	if !before.ok || before.to > now.from {
		return false
	}
	if words > 0 && r.now.Row && before.piece == now.piece {
		return true
	}
	return now.from-before.to <= words && now.piece-before.piece <= 1
}

// Result gives the keys by which the text is found, sorted, and the places;
// no keys when it is not.
func (r *Reading) Result() (matches []core.Match, places []string) {
	hits := compact(r.hits)
	for _, set := range r.q.sets {
		if slices.ContainsFunc(set, func(w *wanted) bool {
			return !slices.ContainsFunc(hits, func(h hit) bool { return h.wanted == w })
		}) {
			continue
		}
		for _, h := range hits {
			if !slices.Contains(set, h.wanted) {
				continue
			}
			if !slices.Contains(matches, h.match) {
				matches = append(matches, h.match)
			}
			if h.place != "" && len(places) < mostPlaces && !slices.Contains(places, h.place) {
				places = append(places, h.place)
			}
		}
	}
	matches = strongest(matches)
	return matches, places
}

// Of gives where the text holds one identifier of the question, whatever else
// its key sets ask for; sorted, none where it does not.
func (r *Reading) Of(id core.Identifier) []core.Match {
	var out []core.Match
	for _, h := range r.hits {
		if h.wanted.Kind == id.Kind && h.wanted.Value == id.Value && h.wanted.Issuer == id.Issuer && !slices.Contains(out, h.match) {
			out = append(out, h.match)
		}
	}
	return strongest(out)
}

// strongest keeps of matches that differ in their tier alone the strictest.
func strongest(list []core.Match) []core.Match {
	rank := func(t core.Tier) int {
		return slices.Index([]core.Tier{core.TierExact, core.TierVariant, core.TierFolded}, t)
	}
	slices.SortFunc(list, func(a, b core.Match) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Issuer, b.Issuer), cmp.Compare(a.Slot, b.Slot),
			cmp.Compare(a.Field, b.Field), cmp.Compare(rank(a.Tier), rank(b.Tier)))
	})
	return slices.CompactFunc(list, func(a, b core.Match) bool {
		return a.Kind == b.Kind && a.Issuer == b.Issuer && a.Slot == b.Slot && a.Field == b.Field
	})
}
