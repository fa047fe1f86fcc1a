package mailsource

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/index"
	"github.com/sinusta/sinusta/plugins/internal/freetext"
	"github.com/sinusta/sinusta/plugins/internal/places"
)

// question is what messages are searched for: identifiers in their fields and
// texts, and when they were sent.
type question struct {
	plain []core.KeySet
	timed []timedSet
	made  map[string]*asked // by the timed sets that a message is in the span of
}

// timedSet is a key set with a time of contact.
type timedSet struct {
	spans []core.Interval
	boxes [][]string  // for each span, the mailboxes that it is about; nil is any
	rest  core.KeySet // what else must agree
}

// asked is what is asked of one message.
type asked struct {
	question *freetext.Question
	sets     []timedSet // those in whose spans the message was sent
}

func newQuestion(sets []core.KeySet, boxes []mailbox) *question {
	q := &question{made: map[string]*asked{}}
	for _, set := range sets {
		var t timedSet
		for _, id := range set.AllOf {
			c, timed := identifier.ContactOf(id)
			if !timed {
				t.rest.AllOf = append(t.rest.AllOf, id)
				continue
			}
			t.spans, t.boxes = append(t.spans, c.Span), append(t.boxes, called(boxes, c.Place))
		}
		if len(t.spans) == 0 {
			q.plain = append(q.plain, set)
		} else {
			q.timed = append(q.timed, t)
		}
	}
	return q
}

// about gives what is asked of a message: a key set with a time only where it
// was sent in that span.
func (q *question) about(l *look) *asked {
	var key strings.Builder
	for n, t := range q.timed {
		if t.holds(l) {
			key.WriteString(strconv.Itoa(n) + " ")
		}
	}
	if a := q.made[key.String()]; a != nil {
		return a
	}
	a := &asked{}
	sets := slices.Clone(q.plain)
	for _, t := range q.timed {
		if t.holds(l) {
			a.sets = append(a.sets, t)
			sets = append(sets, t.rest)
		}
	}
	a.question = freetext.New(sets, index.Inflections)
	q.made[key.String()] = a
	return a
}

// all gives the question with every key set, whenever a message was sent.
func (q *question) all() *freetext.Question {
	sets := slices.Clone(q.plain)
	for _, t := range q.timed {
		sets = append(sets, t.rest)
	}
	return freetext.New(sets, index.Inflections)
}

// holds tells whether a message was sent in every span, as the sender or the
// server that received it tells, and lies in the mailbox that the place names.
func (t timedSet) holds(l *look) bool {
	for n, span := range t.spans {
		if !slices.ContainsFunc(l.times(), func(at time.Time) bool { return sentIn(span, at) }) ||
			t.boxes[n] != nil && !slices.Contains(t.boxes[n], l.box.name) {
			return false
		}
	}
	return true
}

// sentIn tells whether a moment is in the span.
func sentIn(span core.Interval, at time.Time) bool {
	return places.Overlaps(span, core.Interval{From: at, To: at})
}

// times gives when a message was sent and received, where it tells.
func (l *look) times() []time.Time {
	var out []time.Time
	for _, at := range []time.Time{l.header.sent(), l.header.received()} {
		if !at.IsZero() {
			out = append(out, at)
		}
	}
	return out
}

// matches gives the keys by which a message is a hit. By the time alone it is
// one that a person has to look at: it says nothing about who wrote.
func (q *question) matches(l *look) []core.Match {
	if l.reading == nil {
		return nil
	}
	out, _ := l.reading.Result()
	for _, t := range l.asked.sets {
		if !t.satisfied(out) {
			continue
		}
		m := core.Match{Kind: core.TimeOfContact, Field: "time_of_contact", Tier: core.TierExact}
		if sent := l.header.sent(); sent.IsZero() || !sentIn(t.spans[0], sent) {
			m.Field = "received"
		}
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// satisfied tells whether what else is asked for was found.
func (t timedSet) satisfied(found []core.Match) bool {
	return !slices.ContainsFunc(t.rest.AllOf, func(id core.Identifier) bool {
		return !slices.ContainsFunc(found, func(m core.Match) bool { return m.Kind == id.Kind && m.Issuer == id.Issuer })
	})
}

// called gives the mailboxes that people call a place: by their name, or by
// the name or address of their owner. Nil is any: people call a place what they
// like, and most do not know where their message lies.
func called(boxes []mailbox, place string) []string {
	var out []string
	for _, m := range boxes {
		names := []string{m.name}
		if m.Owner != nil {
			names = append(names, m.Owner.Name, m.Owner.Email)
		}
		if slices.ContainsFunc(names, func(n string) bool {
			return n != "" && strings.EqualFold(strings.TrimSpace(n), strings.TrimSpace(place))
		}) {
			out = append(out, m.name)
		}
	}
	return out
}
