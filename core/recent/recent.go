// Package recent remembers the answers to questions that come again and
// again: the thousand tickets of one person name the same few people.
package recent

import "sync"

// limit bounds how many answers are remembered, and how long a question may
// be, in bytes, to be worth it.
const (
	limit  = 4096
	length = 256
)

// Answers remembers what a pure function gave for each text, of a bounded
// number of texts. The zero value is ready. It may be used by several
// goroutines; what it gives is shared and must not be changed.
type Answers[K ~string, V any] struct {
	mu   sync.Mutex
	have map[question[K]]V
}

type question[K ~string] struct {
	kind K
	text string
}

// Of gives answer(), or what it gave before for the same kind and text.
func (a *Answers[K, V]) Of(kind K, text string, answer func() V) V {
	if len(text) > length {
		return answer()
	}
	q := question[K]{kind, text}
	a.mu.Lock()
	v, ok := a.have[q]
	a.mu.Unlock()
	if ok {
		return v
	}
	v = answer()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.have == nil || len(a.have) >= limit {
		a.have = map[question[K]]V{} // all at once: the next texts are like the last ones
	}
	a.have[q] = v
	return v
}
