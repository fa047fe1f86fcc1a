package reports

import (
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// page is what the template of the whole report sees.
type page struct {
	R      *Report
	T      *texts
	Lang   string
	CSS    template.CSS
	Policy string

	Holding  []*systemView // systems with data, or with records to be checked
	Nothing  []*systemView // searched whole, nothing found
	Open     []*systemView // not searched whole
	Closed   []*systemView // rightly not searched
	All      []*systemView
	Sections []section
	byID     map[string]*systemView
}

// section is one entry of the contents.
type section struct {
	ID, Title string
	Number    int
	Sub       []*systemView
}

func newPage(r *Report, t *texts, lang string) *page {
	p := &page{R: r, T: t, Lang: lang, byID: map[string]*systemView{}}
	p.CSS, p.Policy = stylesheet()
	used := map[string]bool{}
	for i := range r.Systems {
		s := &r.Systems[i]
		v := &systemView{P: p, S: s, Anchor: anchor(s.Entry.ID, used), withheld: counts{}}
		p.All = append(p.All, v)
		p.byID[s.Entry.ID] = v
		switch o := s.Coverage.Outcome; {
		case s.holdsData() || s.Undecided > 0:
			p.Holding = append(p.Holding, v)
		case searchedWhole(o):
			p.Nothing = append(p.Nothing, v)
		}
		switch o := s.Coverage.Outcome; {
		case !o.Final():
			p.Open = append(p.Open, v)
		case !searchedWhole(o):
			p.Closed = append(p.Closed, v)
		}
	}
	p.Sections = p.contents()
	return p
}

func (p *page) contents() []section {
	var recordings, logs []section
	if len(p.Recordings()) > 0 {
		recordings = []section{{ID: "recordings", Title: p.T.Recordings.Heading}}
	}
	if len(p.Logs()) > 0 {
		logs = []section{{ID: "logs", Title: p.T.AccessLog.Heading}}
	}
	titles := slices.Concat([]section{
		{ID: "document", Title: p.T.Document.Heading},
		{ID: "confirmation", Title: p.T.Confirmation.Heading},
		{ID: "summary", Title: p.T.Summary.Heading},
		{ID: "contacts", Title: p.T.Contacts.Heading},
		{ID: "systems", Title: p.T.Systems.Heading, Sub: p.Holding},
		{ID: "none", Title: p.T.None.Heading},
		{ID: "other", Title: p.T.Other.Heading},
	}, recordings, logs, []section{
		{ID: "rights", Title: p.T.Rights.Heading},
		{ID: "remedies", Title: p.T.Remedies.Heading},
		{ID: "search", Title: p.T.Search.Heading},
	})
	for i := range titles {
		titles[i].Number = i + 1
	}
	return titles
}

// unsafeAnchor is what may not stand in an anchor.
var unsafeAnchor = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// anchor makes an id of a system's id; a second one alike gets a number.
func anchor(id string, used map[string]bool) string {
	base := "s-" + unsafeAnchor.ReplaceAllString(id, "-")
	name := base
	for n := 2; used[name]; n++ {
		name = fmt.Sprintf("%s_%d", base, n)
	}
	used[name] = true
	return name
}

// Section gives the section with the id, for its heading.
func (p *page) Section(id string) section {
	for _, s := range p.Sections {
		if s.ID == id {
			return s
		}
	}
	return section{}
}

// Phrase gives a text of the catalogue.
func (p *page) Phrase(t catalogue.Text) phrase { return phraseIn(p.Lang, t) }

// Phrases gives the texts that are not empty.
func (p *page) Phrases(list []catalogue.Text) []phrase { return phrasesIn(p.Lang, list) }

// Time gives a moment; its text is empty when the time is not known.
func (p *page) Time(t time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	return momentIn(p.Lang, t)
}

// Received is when the request was received; empty when it is not known.
func (p *page) Received() moment {
	if p.R.Request.Received.IsZero() {
		return moment{}
	}
	return whenIn(p.Lang, p.R.Request.Received)
}

// Reference is the moment that the data are told of; empty when it is not
// known.
func (p *page) Reference() moment { return p.Time(p.R.reference()) }

// Asked tells whether any system was asked.
func (p *page) Asked() bool { return p.R.asked() }

// Number writes a number.
func (p *page) Number(n int) string { return number(n, p.Lang) }

// Visible writes a text that came from outside.
func (p *page) Visible(s string) string { return visible(s) }

// Footer names the document.
func (p *page) Footer() string {
	return fill(p.T.Page.Footer, "organisation", p.Phrase(p.R.Organisation.Name).Text, "case", visible(p.R.Request.CaseNumber))
}

// names writes system ids with their names.
func (p *page) names(ids []string) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = visible(id)
		if v := p.byID[id]; v != nil {
			words[i] = v.Name().Text
		}
	}
	return strings.Join(words, ", ")
}

// confirmationView is the answer for one controller.
type confirmationView struct {
	Question, Answer, Text string
	State                  string
	Complete               bool
	Lines                  []string
}

// Confirmations gives the answers, one for each controller.
func (p *page) Confirmations() []confirmationView {
	t := p.T.Confirmation
	var out []confirmationView
	for _, c := range p.R.Confirmations {
		v := confirmationView{
			Question: fill(t.Question, "controller", phraseIn(p.Lang, c.Controller).Text),
			State:    string(c.Answer), Complete: c.Complete,
		}
		switch c.Answer {
		case AnswerYes:
			v.Answer, v.Text = t.Yes, t.YesText
		case AnswerNo:
			v.Answer, v.Text = t.No, t.NoText
			if c.Mixed {
				v.Text = t.NoOwnText
			}
			if p.R.Request.limited() {
				v.Answer = t.NoLimited
			}
		default:
			v.Answer, v.Text = t.Unknown, t.UnknownText
			if len(c.NotSearched) == c.Systems {
				v.Text = t.ApartText
			}
		}
		v.Lines = p.confirmationLines(c)
		out = append(out, v)
	}
	return out
}

func (p *page) confirmationLines(c Confirmation) []string {
	t := p.T.Confirmation
	var out []string
	say := func(n int, text plural, more ...string) {
		if n > 0 {
			out = append(out, text.of(n, p.Lang, more...))
		}
	}
	say(c.Items, t.Items)
	say(c.Undecided, t.Undecided)
	say(c.Official, t.Official)
	say(c.Searched, t.Searched, "total", p.Number(c.Systems))
	say(len(c.Open), t.Open, "systems", p.names(c.Open))
	say(len(c.NotSearched), t.NotSearched, "systems", p.names(c.NotSearched))
	return out
}

// Withholds tells whether anything of the decided records is withheld. Nearly
// always the first record tells.
func (p *page) Withholds() (bool, error) {
	for _, v := range p.Holding {
		found := counts{}
		for _, h := range decided(v.S.Items) {
			d, err := p.R.Disclose(h)
			if err != nil {
				return false, err
			}
			for _, c := range d.Copies {
				found.add(p.byID[c.System].S, d)
			}
			if len(found) > 0 {
				return true, nil
			}
		}
	}
	return false, nil
}

// controllerRow is one organisation in one role, with the systems.
type controllerRow struct {
	Who      phrase
	Role     string
	Scope    string
	From, To moment
	Systems  []phrase
}

// Controllers gives who answers for which systems, with the dates. A system
// whose description names nobody is the organisation's own.
func (p *page) Controllers() []controllerRow {
	var out []controllerRow
	place := map[catalogue.Controller]int{}
	for _, v := range p.All {
		list := v.S.Entry.Controllers
		if len(list) == 0 {
			list = []catalogue.Controller{{Name: p.R.Organisation.Name, Role: catalogue.RoleController}}
		}
		for _, c := range list {
			at, ok := place[c]
			if !ok {
				at = len(out)
				place[c] = at
				out = append(out, p.controllerRow(c))
			}
			out[at].Systems = append(out[at].Systems, v.Name())
		}
	}
	return out
}

func (p *page) controllerRow(c catalogue.Controller) controllerRow {
	row := controllerRow{Who: p.Phrase(c.Name), Role: p.T.ControllerRoles[string(c.Role)]}
	if scope := p.Phrase(c.Scope); scope.Text != "" {
		row.Scope = fill(p.T.Contacts.Scope, "scope", scope.Text)
	}
	if c.From != "" {
		row.From = dayIn(p.Lang, c.From)
		row.From.Text = fill(p.T.Contacts.From, "date", row.From.Text)
	}
	if c.To != "" {
		row.To = dayIn(p.Lang, c.To)
		row.To.Text = fill(p.T.Contacts.To, "date", row.To.Text)
	}
	return row
}

// rightView is one right with where it may not apply.
type rightView struct {
	Title, Text, MayNot, Limitation string
}

// Rights gives the person's rights.
func (p *page) Rights() []rightView {
	t := p.T.Rights
	var out []rightView
	for _, r := range p.R.Rights {
		code := string(r.Code)
		v := rightView{Title: t.Title[code], Text: t.Text[code]}
		if len(r.MayNotApply) > 0 {
			v.MayNot = fill(t.MayNot, "systems", p.names(r.MayNotApply))
			v.Limitation = t.Limitation[code]
		}
		out = append(out, v)
	}
	return out
}

// keyView is one identifier of the search.
type keyView struct {
	Kind, Masked, Validity string
}

// Keys gives the identifiers of the search, masked.
func (p *page) Keys() []keyView {
	var out []keyView
	for _, k := range p.R.Keys {
		v := keyView{Kind: p.T.kind(k.Kind), Masked: visible(k.Masked), Validity: p.T.Search.Current}
		if k.Former {
			v.Validity = p.T.Search.Former
		}
		out = append(out, v)
	}
	return out
}

// When says when the systems were asked; empty when it is not known.
func (p *page) When() string {
	from, to := p.R.Search.From, p.R.Search.To
	switch {
	case from.IsZero():
		return ""
	case to.IsZero():
		return fill(p.T.Search.WhenFrom, "from", momentIn(p.Lang, from).Text)
	default:
		return fill(p.T.Search.When, "from", momentIn(p.Lang, from).Text, "to", momentIn(p.Lang, to).Text)
	}
}

// outcome gives the words of a system's outcome. Of a system that holds data of
// other controllers too, nothing is said but what is the organisation's own.
func (t *texts) outcome(s *System) words {
	said := t.Outcomes[s.Coverage.Outcome]
	if s.Coverage.Outcome == core.NoneFound && mixed(s) {
		said.Text = t.Systems.NoneOwn
	}
	return said
}

// NothingIntro says what was not found where nothing was.
func (p *page) NothingIntro() string {
	if slices.ContainsFunc(p.Nothing, func(v *systemView) bool { return mixed(v.S) }) {
		return p.T.None.Own
	}
	return p.T.None.Intro
}

// contactView is a contact with the page that it is on.
type contactView struct {
	*page
	C catalogue.Contact
	// Heading is the function, and Title its name in the organisation, empty
	// when the heading says it.
	Heading, Title phrase
}

// Contact gives the contact of a function to its template. A title that names
// the function is its heading, so that it does not stand twice.
func (p *page) Contact(function string, c catalogue.Contact) contactView {
	v := contactView{page: p, C: c, Heading: phrase{Text: function}, Title: p.Phrase(c.Title)}
	if strings.Contains(fold(v.Title.Text), fold(function)) {
		v.Heading, v.Title = v.Title, phrase{}
	}
	return v
}
