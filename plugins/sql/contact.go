package sqlsource

import (
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/places"
)

// Contacts are found by when they were: a row is a hit when its span, from the
// field time_of_contact to `ended` or for its `duration`, overlaps the span
// that was asked for. The database is asked coarsely, since it may keep times
// as text, and local times twice in the night when clocks are turned.

// contactAgrees notes a field that holds the beginning of a contact in the
// span of w.
func (m *matcher) contactAgrees(out *agreed, w *wanted, f *boundField, r *rowset, values row) {
	for _, at := range f.at {
		for _, v := range values.all(at) {
			if begin := momentOf(v, m.zone); !begin.IsZero() && places.Overlaps(w.span, r.contact(begin, values, m.zone)) {
				out.note(w, core.Match{Kind: w.id.Kind, Field: f.profile.Name, Tier: core.TierExact})
				return
			}
		}
	}
}

// contact gives when the contact of a row was.
func (r *rowset) contact(begin places.Moment, values row, zone *time.Location) core.Interval {
	var ended places.Moment
	duration := ""
	if r.ended >= 0 {
		ended = momentOf(values.values[r.ended], zone)
	}
	if r.duration >= 0 {
		duration = values.text(r.duration)
	}
	return places.SpanOf(begin, ended, duration, places.UnknownLength)
}

// momentOf gives the time that a value tells, a day as the whole of it.
func momentOf(v core.Value, zone *time.Location) places.Moment {
	t := timeOf(v, zone)
	if t.IsZero() || v.Type == core.TypeTime {
		return places.Instant(t)
	}
	if _, ok := parseTime(v.Text, zone); v.Type == core.TypeText && ok {
		return places.Instant(t)
	}
	return places.Day(t, zone)
}

// untimed finds a column of a row that holds something else than a time
// where a time of contact is sought.
func (m *matcher) untimed(r *rowset, values row) (path string, odd bool) {
	for _, w := range m.wanted {
		for i := range r.fields {
			f := &r.fields[i]
			if w.id.Kind != core.TimeOfContact || f.kind != core.TimeOfContact {
				continue
			}
			for _, at := range f.at {
				for _, v := range values.all(at) {
					if v.Type != core.TypeNull && tidy(v.Plain()) != "" && timeOf(v, m.zone).IsZero() {
						return join(join(r.path, "fields"), f.profile.Name), true
					}
				}
			}
		}
	}
	return "", false
}

// tellUntimed tells of rows that could not be compared by their time.
func (r *run) tellUntimed(t *typePlan, path string) error {
	return r.tellOnce(core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, RecordType: t.profile.Name, ConfigPath: path,
		Message: "some rows have a time of contact that cannot be read as a time, so they were not compared by it; map a column of times"})
}

// contactTerms asks coarsely for rows whose contact may have been in the span.
func (m *matcher) contactTerms(s *statement, r *rowset, expr string, c source, w *wanted) []string {
	late, ok := m.beside(s, c, w.span.To.Add(time.Hour))
	if !ok {
		return []string{expr + " IS NOT NULL"}
	}
	term := expr + " <= " + late
	switch {
	case r.ended >= 0:
		end := r.columns[r.ended]
		if early, ok := m.beside(s, end, w.span.From.Add(-slack(end))); ok {
			column := s.expr(r, end)
			term += " AND (" + column + " IS NULL OR " + column + " >= " + early + " OR " + column + " < " + expr + ")"
		}
	case r.duration < 0:
		if early, ok := m.beside(s, c, w.span.From.Add(-places.UnknownLength-slack(c))); ok {
			term += " AND " + expr + " >= " + early
		}
	}
	return []string{"(" + term + ")"}
}

// slack gives how much earlier a column may say that a contact was than it
// was: an hour where clocks are turned, and a day where it holds days.
func slack(c source) time.Duration {
	if c.column.Class == classDate {
		return 25 * time.Hour
	}
	return time.Hour
}

// beside gives a moment as a value to compare a column with; false for a
// column of text, and for a member of a document.
func (m *matcher) beside(s *statement, c source, t time.Time) (string, bool) {
	switch {
	case s.dialect.looseTypes || c.path != nil:
		return "", false
	case c.column.Class == classDate && !s.dialect.datesHaveTimes:
		return s.value(t.In(m.zone).Format(time.DateOnly), c.column), true
	case c.column.Class == classDate, c.column.Class == classTime:
		return s.value(t.In(m.zone).Format(time.DateTime), c.column), true
	case c.column.Class == classZoned:
		return s.value(s.dialect.instant(t), c.column), true
	}
	return "", false
}
