package reports

import "github.com/sinusta/sinusta/core"

// limitRow is one thing that the request is limited to.
type limitRow struct {
	Label, Text string
	// Foreign is true for the person's own words, whose language nobody
	// knows.
	Foreign bool
}

// Scope gives what the request is limited to: the person's own words, the
// systems by name, the period. Nothing when the request is about everything.
func (p *page) Scope() []limitRow {
	q, t := p.R.Request, p.T.Document
	var out []limitRow
	if q.Scope != "" {
		out = append(out, limitRow{Label: t.Scope, Text: visible(q.Scope), Foreign: true})
	}
	if len(q.Systems) > 0 {
		out = append(out, limitRow{Label: t.Systems, Text: p.names(q.Systems)})
	}
	if !q.Period.IsZero() {
		out = append(out, limitRow{Label: t.During, Text: p.period(q.Period)})
	}
	return out
}

// period writes a period with its last day inclusive.
func (p *page) period(v core.Interval) string {
	first, last := days(v)
	from, to := dayIn(p.Lang, first).Text, dayIn(p.Lang, last).Text
	switch {
	case last == "":
		return fill(p.T.Contacts.From, "date", from)
	case first == "":
		return fill(p.T.Contacts.To, "date", to)
	case first == last:
		return from
	default:
		return fill(p.T.Document.Period, "from", from, "to", to)
	}
}
