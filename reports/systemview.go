package reports

import (
	"regexp"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// systemView is one system on the page.
type systemView struct {
	P      *page
	S      *System
	Anchor string

	withheld counts // what the items withhold here, known when they are written
}

// Name gives the system's name, or its id.
func (v *systemView) Name() phrase {
	if ph := v.P.Phrase(v.S.Entry.Name.Text); ph.Text != "" {
		return ph
	}
	return phrase{Text: visible(v.S.Entry.ID)}
}

// Store gives the name of the information store.
func (v *systemView) Store() phrase { return v.P.Phrase(v.S.Entry.Store.Name) }

// Short and Outcome give the outcome in words.
func (v *systemView) Short() string {
	return v.P.T.outcome(v.S).Short
}

// Outcome gives the sentences of the outcome.
func (v *systemView) Outcome() string {
	return v.P.T.outcome(v.S).Text
}

// Sign gives the class of the outcome, for its mark: whole, part, not, apart.
func (v *systemView) Sign() string {
	switch o := v.S.Coverage.Outcome; {
	case o == core.Found || o == core.ManualFound:
		return "found"
	case searchedWhole(o):
		return "none"
	case !o.Final():
		return "open"
	default:
		return "apart"
	}
}

// Reason gives the sentences of the reason.
func (v *systemView) Reason() phrase { return v.P.T.reason(v.P.Lang, referenceDay(v.P.R.Request), v.S) }

// Given counts the decided records that the system holds, shown here or under
// another system.
func (v *systemView) Given() int {
	n := v.S.Shown()
	return n + len(decided(v.S.AlsoHere))
}

// Incomplete tells whether the outcome is not final.
func (v *systemView) Incomplete() bool { return !v.S.Coverage.Outcome.Final() }

// Notes are the sentences about records whose content is not given.
func (v *systemView) Notes() []string {
	t, lang := v.P.T.Systems, v.P.Lang
	var out []string
	if v.S.Undecided > 0 {
		out = append(out, t.Undecided.of(v.S.Undecided, lang))
	}
	if v.S.Official > 0 {
		out = append(out, t.Official.of(v.S.Official, lang))
	}
	if v.S.Others > 0 {
		out = append(out, t.Others.of(v.S.Others, lang))
	}
	return out
}

// Controllers gives who answers for the system at the reference time.
func (v *systemView) Controllers() []phrase {
	return v.P.Phrases(controllersAt(v.S.Entry, v.P.R.Organisation, referenceDay(v.P.R.Request)))
}

// legalView is one legal basis in words.
type legalView struct {
	Article, Statutes string
	Text              phrase
}

var articleForm = regexp.MustCompile(`^(\d+)\((\d+)\)\(([a-z])\)$`)

// LegalBasis gives the legal bases with article and acts in words.
func (v *systemView) LegalBasis() []legalView {
	var out []legalView
	for _, b := range v.S.Entry.LegalBasis {
		l := legalView{Article: visible(b.Article), Text: v.P.Phrase(b.Text)}
		if m := articleForm.FindStringSubmatch(strings.ReplaceAll(b.Article, " ", "")); m != nil {
			l.Article = fill(v.P.T.Systems.Article, "article", m[1], "paragraph", m[2], "point", m[3])
		}
		acts := make([]string, len(b.Statutes))
		for i, s := range b.Statutes {
			acts[i] = statute(v.P.Lang, s)
		}
		l.Statutes = strings.Join(acts, ", ")
		out = append(out, l)
	}
	return out
}

// categoryView is one group of personal data.
type categoryView struct {
	Name    phrase
	Special bool
}

// Categories gives the groups of personal data in the system.
func (v *systemView) Categories() []categoryView {
	var out []categoryView
	for _, g := range v.S.Entry.DataGroups {
		out = append(out, categoryView{v.P.Phrase(g.Name), g.Special})
	}
	return out
}

// retentionView is one retention period.
type retentionView struct {
	Types, Days string
	Text        phrase
	// Of says of which part of the data it is, Dates when it applies.
	Of, Dates []string
}

// Retention gives how long the data are kept.
func (v *systemView) Retention() []retentionView {
	var out []retentionView
	for _, k := range keepings(v.P.R, v.S) {
		r := retentionView{Text: v.P.Phrase(k.Text)}
		for _, of := range v.P.Phrases([]catalogue.Text{k.register, k.Part}) {
			r.Of = append(r.Of, of.Text)
		}
		if len(k.Types) > 0 {
			r.Types = v.P.T.typeList(v.P.Lang, v.S.Profile, k.Types)
			r.Of = append(r.Of, r.Types)
		}
		if k.Days > 0 && r.Text.Text == "" {
			r.Days = v.P.T.Values.Days.of(k.Days, v.P.Lang)
		}
		for _, end := range []struct{ words, day string }{{v.P.T.Contacts.From, k.From}, {v.P.T.Contacts.To, k.To}} {
			if end.day != "" {
				r.Dates = append(r.Dates, fill(end.words, "date", dayIn(v.P.Lang, end.day).Text))
			}
		}
		out = append(out, r)
	}
	return out
}

// Secrecy gives the grounds for secrecy.
func (v *systemView) Secrecy() []legalView {
	var out []legalView
	for _, k := range v.S.Entry.Secrecy {
		out = append(out, legalView{Article: secrecyGround(v.P.Lang, k), Text: v.P.Phrase(k.Text)})
	}
	return out
}

// Paper tells of material on paper, if there is some.
func (v *systemView) Paper() phrase {
	if v.S.Entry.Paper.Held != "yes" {
		return phrase{}
	}
	return v.P.Phrase(v.S.Entry.Paper.Text)
}

func decided(things []Held) []Held {
	return slices.DeleteFunc(slices.Clone(things), func(h Held) bool { return h.Undecided })
}

// limitView says how many details are withheld for one reason.
type limitView struct {
	Short, Text, Count string
}

// Limits gives the reasons for which details of the decided records are
// withheld, the most frequent first. It counts the items that were shown
// before.
func (v *systemView) Limits() []limitView {
	reasons := slices.DeleteFunc(Withholdings(), func(w Withholding) bool { return v.withheld[w] == 0 })
	slices.SortStableFunc(reasons, func(a, b Withholding) int { return v.withheld[b] - v.withheld[a] })
	var out []limitView
	for _, w := range reasons {
		words := v.P.T.Withheld[w]
		out = append(out, limitView{words.Short, words.Text, v.P.T.Systems.WithheldHere.of(v.withheld[w], v.P.Lang)})
	}
	return out
}

// AskedWith lists the kinds that left for the system.
func (v *systemView) AskedWith() string {
	if len(v.S.Coverage.AskedWith) == 0 {
		return v.P.T.Search.NotAsked
	}
	return v.P.T.kindList(v.S.Coverage.AskedWith)
}

// Asked is when the system was first asked; its text is empty when it was not.
func (v *systemView) Asked() moment { return v.P.Time(v.S.Coverage.Asked) }

// Took is the time that the answer took.
func (v *systemView) Took() string {
	if len(v.S.Coverage.AskedWith) == 0 && v.S.Coverage.Took == 0 {
		return "–"
	}
	return fill(v.P.T.Values.Second, "s", seconds(v.P.Lang, v.S.Coverage.Took))
}

// Records is how many records the system answered with.
func (v *systemView) Records() string {
	records, _ := told(v.S)
	if len(v.S.Coverage.AskedWith) == 0 && records == 0 {
		return "–"
	}
	return v.P.Number(records)
}

// Problems gives what went wrong and who does what about it, in plain words,
// each once.
func (v *systemView) Problems() []string {
	t := v.P.T
	var out []string
	add := func(s string) {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, p := range v.S.Coverage.Problems {
		e := p.Explain(v.P.Lang)
		if p.RecordType != "" {
			e.What += " (" + t.typeList(v.P.Lang, v.S.Profile, []string{p.RecordType}) + ")"
		}
		add(e.String())
	}
	var missed []string
	var needs []core.Kind
	for _, c := range v.S.Coverage.Types {
		if c.Examined || len(v.S.Coverage.AskedWith) == 0 {
			continue
		}
		missed = append(missed, c.Type)
		for _, k := range c.Needs {
			if !slices.Contains(needs, k) {
				needs = append(needs, k)
			}
		}
	}
	if len(missed) > 0 {
		add(fill(t.Search.Unexamined, "types", t.typeList(v.P.Lang, v.S.Profile, missed)))
	}
	if len(needs) > 0 {
		add(fill(t.Search.Needs, "kinds", t.kindList(needs)))
	}
	return out
}

// Troubled gives the systems whose search met problems.
func (p *page) Troubled() []*systemView {
	return slices.DeleteFunc(slices.Clone(p.All), func(v *systemView) bool { return len(v.Problems()) == 0 })
}

// Description describes the system.
func (v *systemView) Description() phrase { return v.P.Phrase(v.S.Entry.Description.Text) }

// stated gives the texts of one heading, none when the catalogue is silent.
func (v *systemView) stated(list []catalogue.Text) []phrase { return v.P.Phrases(list) }

// Purposes, Sources, Recipients and Transfers are what the catalogue states.
func (v *systemView) Purposes() []phrase { return v.stated(catalogue.Texts(v.S.Entry.Purposes)) }

// Sources gives where the data come from: what the catalogue states, and the
// systems that feed this one.
func (v *systemView) Sources() []phrase {
	return v.stated(append(catalogue.Texts(v.S.Entry.DataSources), feeding(v.P.R, v.S)...))
}

// Recipients gives who gets the data.
func (v *systemView) Recipients() []phrase { return v.stated(catalogue.Texts(v.S.Entry.Recipients)) }

// Transfers gives the transfers to third countries.
func (v *systemView) Transfers() []phrase { return v.stated(catalogue.Texts(v.S.Entry.Transfers)) }

// statedView is one heading of the catalogue with its texts.
type statedView struct {
	Title, Silent string
	Texts         []phrase
}

// Stated gives the texts of one heading, and what to say when there are none.
func (v *systemView) Stated(title string, texts []phrase) statedView {
	return statedView{Title: title, Silent: v.P.T.Systems.NotStated, Texts: texts}
}

// Automated tells of automated decisions and profiling.
func (v *systemView) Automated() []phrase {
	return v.stated([]catalogue.Text{v.S.Entry.Automated.Text})
}

// Authority tells who decides on disclosure.
func (v *systemView) Authority() []phrase {
	return v.stated([]catalogue.Text{v.S.Entry.DisclosureAuthority.Text})
}

// Procedure tells how data of the system are given.
func (v *systemView) Procedure() phrase { return v.P.Phrase(v.S.Entry.Procedure.Text) }
