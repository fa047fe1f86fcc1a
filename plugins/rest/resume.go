package restsource

import (
	"crypto/sha256"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/sinusta/sinusta/core"
)

// A search is a row of calls, each of which gives a list. After every list that
// was read to its end a checkpoint says so: the list need not be asked for
// again, in whatever order it came. Within a list a checkpoint is a place in its
// pages, and only where the mapping says what keeps the places right while the
// system is used (pages.stays).

const cursorFormat = "rest-1"

// cursor is where a search stopped.
type cursor struct {
	// Of is a digest of the mapping and of the question.
	Of []byte `json:"of"`
	// Done is how many calls were read to their end.
	Done int `json:"done"`
	// Place is where the next call stopped, nil for its beginning.
	Place *place `json:"place,omitempty"`
}

// place is the next page of a list.
type place struct {
	// Next is the number, the cursor or the address that asks for the page.
	Next   string `json:"next"`
	Number int    `json:"number,omitempty"`
	Pages  int    `json:"pages"`
	// Before is how many records the pages before gave, Fullest the most on one.
	Before  int `json:"before"`
	Fullest int `json:"fullest,omitempty"`
}

// questionOf gives a digest of what decides which calls are made, and in which
// order.
func (i *instance) questionOf(q core.Query) []byte {
	text, err := json.Marshal(struct {
		URL    string
		Types  map[string]*Type
		Limits Limits
		AnyOf  []core.KeySet
		Only   []string
		Period core.Interval
	}{i.endpoint.base.String(), i.config.Types, i.endpoint.limits, q.AnyOf, q.Types, q.Period})
	if err != nil {
		return nil
	}
	sum := sha256.Sum256(text)
	return sum[:16]
}

// resumed gives the cursor of the query, an empty one for the beginning: of
// another version, another mapping or another question.
func (i *instance) resumed(q core.Query, of []byte) cursor {
	var c cursor
	if q.Resume.Format != cursorFormat || of == nil || json.Unmarshal(q.Resume.Cursor, &c) != nil || string(c.Of) != string(of) || c.Done < 0 {
		return cursor{}
	}
	return c
}

// checkpoint says how far the search went.
func (r *run) checkpoint(p *place) error {
	if r.question == nil {
		return nil
	}
	text, err := json.Marshal(cursor{Of: r.question, Done: r.calls, Place: p})
	if err != nil {
		return nil //nolint:nilerr // without a checkpoint the search begins anew
	}
	return r.out.Checkpoint(core.Checkpoint{Format: cursorFormat, Cursor: text})
}

// enter gives the call of a place in a list, nil where it is none.
func (l *list) enter(c *call, at *place) *call {
	p := pageOf(c.plan.config)
	if at == nil || strings.TrimSpace(p.Stays) == "" || at.Pages < 1 || at.Before < 0 || at.Number < 0 {
		return nil
	}
	next := *c
	switch p.By {
	case "page", "offset", "cursor":
		next.with(p.Parameter, at.Next)
	case "next", "link":
		u, err := url.Parse(at.Next)
		if err != nil || !l.asker.endpoint.within(u) {
			return nil
		}
		next.url = u
	default:
		return nil
	}
	l.number, l.pages, l.before, l.fullest = at.Number, at.Pages, at.Before, at.Fullest
	return &next
}

// place gives the place of the page that comes next; nil where places do not
// stay.
func (l *list) place(next *call, p Pages) *place {
	if strings.TrimSpace(p.Stays) == "" {
		return nil
	}
	out := &place{Number: l.number, Pages: l.pages, Before: l.before + len(l.seen), Fullest: l.fullest}
	switch p.By {
	case "next", "link":
		out.Next = next.url.String()
	default:
		out.Next = next.parameter(p.Parameter)
	}
	return out
}
