package restsource

import (
	"slices"
	"strconv"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/plugins/internal/places"
)

// A time of contact is a span. The service is asked for what began between two
// bounds, an hour wider on both sides than is needed, since it may read local
// times otherwise than it should; which contact was in the span is decided
// here, from the fields time_of_contact, `ended` and `duration` of the record.

const besideContact = time.Hour

// bounds gives when a contact began that may have been in the span of id: one
// that lasted for earlier hours may have begun so long before.
func bounds(id core.Identifier, earlier int) (core.Interval, bool) {
	c, ok := identifier.ContactOf(id)
	if !ok {
		return core.Interval{}, false
	}
	before := places.UnknownLength
	if earlier > 0 {
		before = time.Duration(earlier) * time.Hour
	}
	return core.Interval{From: c.Span.From.Add(-before - besideContact), To: c.Span.To.Add(besideContact)}, true
}

// boundOf gives the text of one bound, none for what is no time of contact.
// From is rounded down and to is rounded up to what the form can say.
func boundOf(id core.Identifier, u use, zone *time.Location) []string {
	span, ok := bounds(id, u.earlier)
	if !ok {
		return nil
	}
	t := span.From
	if u.as == "to" {
		t = span.To
	}
	if up := t.Truncate(time.Minute); u.as == "to" && u.form == "minutes" && up.Before(t) {
		t = up.Add(time.Minute)
	}
	switch u.form {
	case "utc":
		return []string{t.UTC().Format(time.DateTime)}
	case "local":
		return []string{t.In(zone).Format(time.DateTime)}
	case "minutes":
		return []string{t.In(zone).Format("2006-01-02 15:04")}
	case "date":
		return []string{t.In(zone).Format(time.DateOnly)}
	case "unix":
		return []string{strconv.FormatInt(t.Unix(), 10)}
	case "unix_ms":
		return []string{strconv.FormatInt(t.UnixMilli(), 10)}
	}
	return []string{t.UTC().Format(time.RFC3339)}
}

// widest gives a span with what the use asks for in it: a bound that is a day
// takes the whole day in.
func widest(span core.Interval, id core.Identifier, u use) core.Interval {
	asked, ok := bounds(id, u.earlier)
	if !ok {
		return span
	}
	if u.form == "date" {
		asked.From, asked.To = asked.From.Add(-24*time.Hour), asked.To.Add(24*time.Hour)
	}
	// Services differ in whether a bound is meant to be in.
	asked.From, asked.To = asked.From.Add(-time.Minute), asked.To.Add(time.Minute)
	if span.IsZero() {
		return asked
	}
	if asked.From.Before(span.From) {
		span.From = asked.From
	}
	if asked.To.After(span.To) {
		span.To = asked.To
	}
	return span
}

// near tells whether a record that is no hit was in the bounds that the service
// was given.
func near(c *call, d *draft) bool {
	return !c.contact.IsZero() && slices.ContainsFunc(d.places, func(p places.Place) bool {
		return slices.ContainsFunc(p.Holds, func(h places.Held) bool {
			return slices.ContainsFunc(h.Spans, func(s core.Interval) bool { return places.Overlaps(c.contact, s) })
		})
	})
}

// spans gives when the contacts of a field were. odd tells that one holds
// something else than a time.
func (d *drafter) spans(fields []field, f field, node any) (out []core.Interval, odd bool) {
	zone := d.zone
	var ended places.Moment
	duration := ""
	for _, beside := range fields {
		for _, v := range d.values(beside, node) {
			switch beside.profile.Name {
			case places.EndedField:
				ended = momentOf(v, zone)
			case places.DurationField:
				duration = v.Plain()
			}
		}
	}
	for _, v := range d.values(f, node) {
		begin := momentOf(v, zone)
		if begin.IsZero() {
			odd = odd || v.Type != core.TypeNull && v.Plain() != ""
			continue
		}
		out = append(out, places.SpanOf(begin, ended, duration, places.UnknownLength))
	}
	return out, odd
}

// momentOf gives the time that a value tells, a day as the whole of it.
func momentOf(v core.Value, zone *time.Location) places.Moment {
	t := moment(v, zone)
	if t.IsZero() || v.Type != core.TypeDate {
		return places.Instant(t)
	}
	return places.Day(t, zone)
}

// values gives what the members of a field hold.
func (d *drafter) values(f field, node any) []core.Value {
	var out []core.Value
	for _, m := range f.members {
		if m.Asked != "" {
			continue
		}
		found, _ := m.route.at(node)
		for _, v := range found {
			out = append(out, m.value(v, f.profile.Identifier, d.zone))
		}
	}
	return out
}
