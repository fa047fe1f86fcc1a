package index

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// Sizes of fragments in bytes; they are cut between words where there is one
// near.
const (
	maxFragments  = 3
	fragmentBytes = 240
	leadBytes     = 80 // before the first mark
)

// Fragment is a piece of a text. It is source text, as it stands in the
// system: whoever shows it escapes each run.
type Fragment struct {
	Runs []Run
	// CutBefore and CutAfter tell that the text goes on there.
	CutBefore, CutAfter bool
}

// Run is a stretch of text that was found (Marked) or stands around.
type Run struct {
	Text   string `json:"text"`
	Marked bool   `json:"marked,omitempty"`
}

// span is a stretch [from, to) of a text in bytes.
type span struct{ from, to int }

// window is a piece of one text with the spans in it.
type window struct {
	text, order int
	span
	marks []span
}

// fragments gives the pieces with the most marks, in the order of the texts; if
// nothing is marked, the beginning.
func fragments(texts []string, marks [][]span) []Fragment {
	var windows []window
	for i, text := range texts {
		shown := 0
		for rest := marks[i]; len(rest) > 0; {
			w := around(text, shown, rest)
			w.text, w.order = i, len(windows)
			windows = append(windows, w)
			shown, rest = w.to, rest[len(w.marks):]
		}
	}
	if len(windows) == 0 {
		if len(texts) == 0 {
			return nil
		}
		windows = []window{{span: span{0, before(texts[0], min(fragmentBytes, len(texts[0])), 0)}}}
	}
	slices.SortStableFunc(windows, func(a, b window) int { return len(b.marks) - len(a.marks) })
	windows = windows[:min(maxFragments, len(windows))]
	slices.SortFunc(windows, func(a, b window) int { return a.order - b.order })
	var out []Fragment
	for _, w := range windows {
		out = append(out, w.fragment(texts[w.text]))
	}
	return out
}

// around gives the window of the first of marks and of those that fit beside
// it; the text before shown is in an earlier one.
func around(text string, shown int, marks []span) window {
	first := marks[0]
	from := after(text, max(shown, first.from-leadBytes), first.from)
	limit := max(from+fragmentBytes, first.to)
	n := 1
	for n < len(marks) && marks[n].to <= limit {
		n++
	}
	if n < len(marks) {
		limit = min(limit, marks[n].from)
	}
	to := before(text, min(limit, len(text)), marks[n-1].to)
	return window{span: span{from, to}, marks: marks[:n]}
}

// after gives the beginning of the first word at or after at, but no later
// than latest; before, the end of the last word at or before at, but no
// earlier than earliest.
func after(text string, at, latest int) int {
	if at == 0 {
		return 0
	}
	for i, r := range text[runeStart(text, at):latest] {
		if unicode.IsSpace(r) {
			return runeStart(text, at) + i + utf8.RuneLen(r)
		}
	}
	return runeStart(text, at)
}

func before(text string, at, earliest int) int {
	if at == len(text) {
		return at
	}
	at = runeStart(text, at)
	for i := at; i > earliest; {
		r, n := utf8.DecodeLastRuneInString(text[:i])
		if unicode.IsSpace(r) {
			return i - n
		}
		i -= n
	}
	return max(at, earliest)
}

// runeStart gives the beginning of the character at a place.
func runeStart(text string, at int) int {
	for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
		at--
	}
	return at
}

func (w window) fragment(text string) Fragment {
	f := Fragment{CutBefore: w.from > 0, CutAfter: w.to < len(text)}
	at := w.from
	add := func(to int, marked bool) {
		if to > at {
			f.Runs = append(f.Runs, Run{Text: text[at:to], Marked: marked})
			at = to
		}
	}
	for _, m := range w.marks {
		add(m.from, false)
		add(m.to, true)
	}
	add(w.to, false)
	return f
}
