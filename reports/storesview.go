package reports

import (
	"strings"

	"github.com/sinusta/sinusta/core/catalogue"
)

// referralView is whom the person turns to, in words.
type referralView struct {
	Who, Since string
	Text       phrase
	Contact    contactView
	// Reachable is true where there is an address or a number.
	Reachable bool
}

// Referral gives whom the person turns to, nil where nobody else answers.
func (v *systemView) Referral() *referralView {
	r := referralOf(v.P.R, v.S)
	if r == nil {
		return nil
	}
	out := &referralView{Text: v.P.Phrase(r.text), Contact: contactView{page: v.P, C: r.contact}}
	out.Reachable = r.contact.Email != "" || r.contact.Phone != "" || !r.contact.Address.IsZero()
	if names := joinPhrases(v.P.Phrases(r.controllers)); names != "" {
		out.Who = fill(v.P.T.Other.TurnTo, "controllers", names)
	}
	if r.since != "" {
		out.Since = fill(v.P.T.Other.Since, "date", dayIn(v.P.Lang, r.since).Text)
	}
	return out
}

func joinPhrases(list []phrase) string {
	words := make([]string, len(list))
	for i, p := range list {
		words[i] = p.Text
	}
	return strings.Join(words, ", ")
}

// Manual says who searches by hand, and until when; empty where nobody does.
func (v *systemView) Manual() string {
	m := manualOf(v.P.R, v.S)
	if m == nil {
		return ""
	}
	var out []string
	if owner := v.P.Phrase(m.owner).Text; owner != "" {
		out = append(out, fill(v.P.T.Other.Manual, "owner", owner))
	}
	if m.due != "" {
		text := v.P.T.Other.Due
		if m.late {
			text = v.P.T.Other.Late
		}
		out = append(out, fill(text, "date", dayIn(v.P.Lang, m.due).Text))
	}
	return strings.Join(out, " ")
}

// Mixed says what is told of the data of other controllers in the system, none
// where it holds none.
func (v *systemView) Mixed() []phrase {
	if !mixed(v.S) {
		return nil
	}
	own := v.P.Phrase(v.P.R.Organisation.Name).Text
	return append([]phrase{{Text: fill(v.P.T.Systems.Mixed, "organisation", own)}}, v.P.Phrases([]catalogue.Text{v.S.Entry.Ownership.Referral.Text})...)
}

// SelfService tells where the person sees the data without asking.
func (v *systemView) SelfService() phrase { return v.P.Phrase(v.S.Entry.Procedure.SelfService.Text) }

// Registers names the sub-registers within the system.
func (v *systemView) Registers() []phrase {
	var names []catalogue.Text
	for _, sub := range v.S.Entry.SubRegisters {
		names = append(names, sub.Name.Text)
	}
	return v.P.Phrases(names)
}

// recordingView is how the recordings of one system are got at.
type recordingView struct {
	*systemView
	How []phrase
	// Time asks for the time of the contact, where it is needed.
	Time string
}

// Recordings gives the systems with recordings.
func (p *page) Recordings() []recordingView {
	var out []recordingView
	for _, v := range p.All {
		if !recordings(v.S) {
			continue
		}
		view := recordingView{systemView: v, How: p.Phrases([]catalogue.Text{v.S.Entry.Procedure.Media.Text})}
		if len(view.How) == 0 {
			view.How = p.Phrases(accessTexts(v.S))
		}
		if byContact(v.S) {
			view.Time = p.T.Recordings.Time
		}
		out = append(out, view)
	}
	return out
}

// logView is what is told of the log data of one system.
type logView struct {
	*systemView
	Text string
}

// Logs gives the systems with log data.
func (p *page) Logs() []logView {
	var out []logView
	for _, v := range p.All {
		if !logs(v.S) {
			continue
		}
		view := logView{systemView: v}
		switch o := v.S.Coverage.Outcome; {
		case o.Searched() && (v.S.holdsData() || v.S.Undecided > 0):
			view.Text = p.T.AccessLog.Given
		case searchedWhole(o):
			view.Text = p.T.AccessLog.None
		default:
			view.Text = v.Outcome()
			if reason := v.Reason().Text; reason != "" {
				view.Text += " " + reason
			}
		}
		out = append(out, view)
	}
	return out
}

// LogReview says when the organisation's rule on log data was reviewed; empty
// where it was not.
func (p *page) LogReview() string {
	rule := p.R.Organisation.Policies.LogData
	if rule.Reviewed == "" {
		return ""
	}
	return fill(p.T.AccessLog.Reviewed, "date", dayIn(p.Lang, rule.Reviewed).Text, "by", p.Phrase(rule.By).Text)
}
