package scrub

import (
	"strings"
	"sync"

	"github.com/sinusta/sinusta/core"
)

// Live is a scrubber whose values change: the secrets of a source, and the
// identifiers of the searches that run now. The zero value is ready.
type Live struct {
	mu       sync.Mutex
	secrets  []string
	searches map[int][]string
	next     int
	now      *Scrubber
}

// Secrets adds values that are blanked from now on.
func (l *Live) Secrets(values ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secrets = append(l.secrets, values...)
	l.rebuild()
}

// Search adds the identifiers of q until done is called.
func (l *Live) Search(q core.Query) (done func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.searches == nil {
		l.searches = map[int][]string{}
	}
	id := l.next
	l.next++
	l.searches[id] = Identifiers(q)
	l.rebuild()
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.searches, id)
		l.rebuild()
	}
}

// Text blanks s as a Scrubber of everything added does.
func (l *Live) Text(s string) string {
	l.mu.Lock()
	now := l.now
	l.mu.Unlock()
	return now.Text(s)
}

func (l *Live) rebuild() {
	all := append([]string(nil), l.secrets...)
	for _, words := range l.searches {
		all = append(all, words...)
	}
	l.now = New(all...)
}

// Identifiers gives every spelling of q's identifiers and the words of its
// names.
func Identifiers(q core.Query) []string {
	var out []string
	for _, set := range q.AnyOf {
		for _, i := range set.AllOf {
			out = append(out, i.Value, i.Raw)
			for _, f := range i.Forms {
				out = append(out, f.Text)
			}
			if i.Kind == core.Name {
				out = append(out, strings.FieldsFunc(i.Value, func(r rune) bool { return r == ' ' || r == ',' })...)
			}
		}
	}
	return out
}
