package freetext

import "github.com/sinusta/sinusta/core/identifier"

// overlap is how much of a text is looked at again with what follows it without
// a gap: an identifier may stand across the border.
const overlap = 256

// Terms collects what an index must know of one text. The zero value is
// ready.
type Terms struct {
	set  map[string]struct{}
	tail string
}

// Add takes a piece of the text; more tells that the next one goes on without
// a gap.
func (t *Terms) Add(text string, more bool) {
	if t.set == nil {
		t.set = map[string]struct{}{}
	}
	text = t.tail + text
	t.tail = ""
	if more {
		t.tail = tailOf(text)
	}
	eachWord(text, func(w string) bool {
		t.set[w] = struct{}{}
		return true
	})
	for _, f := range identifier.Find(text, identifier.Wide) {
		t.set[idTerm(f.Kind, f.Value)] = struct{}{}
	}
}

// List gives the terms, each once, in no order.
func (t *Terms) List() []string {
	out := make([]string, 0, len(t.set))
	for term := range t.set {
		out = append(out, term)
	}
	return out
}

func tailOf(text string) string {
	from := max(0, len(text)-overlap)
	for from < len(text) && text[from]&0xC0 == 0x80 {
		from++
	}
	return text[from:]
}
