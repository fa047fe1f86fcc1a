package reports

import (
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// jsonView makes the parts of report.json in one language.
type jsonView struct {
	t    *texts
	lang string
}

type documentJSON struct {
	CaseNumber string      `json:"case_number"`
	Purpose    string      `json:"purpose,omitempty"`
	Requester  string      `json:"requester,omitempty"`
	Scope      string      `json:"scope,omitempty"`
	Systems    []string    `json:"scope_systems,omitempty"`
	Period     *periodJSON `json:"scope_period,omitempty"`
	Received   *string     `json:"received"`
	Reference  *string     `json:"reference"`
	Answered   *string     `json:"answered"`
}

// periodJSON is a period in whole days, both inclusive; empty is open.
type periodJSON struct {
	FirstDay string `json:"first_day,omitempty"`
	LastDay  string `json:"last_day,omitempty"`
}

func period(v core.Interval) *periodJSON {
	if v.IsZero() {
		return nil
	}
	first, last := days(v)
	return &periodJSON{FirstDay: first, LastDay: last}
}

func (v jsonView) document(r *Report) documentJSON {
	q := r.Request
	return documentJSON{
		CaseNumber: q.CaseNumber, Purpose: q.Purpose, Requester: q.Requester, Scope: q.Scope,
		Systems: q.Systems, Period: period(q.Period),
		Received: receipt(q.Received), Reference: instant(r.reference()), Answered: instant(q.Answered),
	}
}

type contactJSON struct {
	Title   string `json:"title,omitempty"`
	Email   string `json:"email,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Address string `json:"address,omitempty"`
}

type organisationJSON struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	BusinessID string      `json:"business_id,omitempty"`
	Authority  bool        `json:"authority"`
	Registry   contactJSON `json:"registry"`
	DPO        contactJSON `json:"data_protection_officer"`
}

func (v jsonView) contact(c catalogue.Contact) contactJSON {
	return contactJSON{Title: c.Title.In(v.lang), Email: c.Email, Phone: c.Phone, Address: c.Address.In(v.lang)}
}

func (v jsonView) organisation(o catalogue.Organisation) organisationJSON {
	return organisationJSON{
		ID: o.ID, Name: o.Name.In(v.lang), BusinessID: o.BusinessID, Authority: o.Authority,
		Registry: v.contact(o.Registry), DPO: v.contact(o.DPO),
	}
}

type confirmationJSON struct {
	Controller  string   `json:"controller"`
	Answer      Answer   `json:"answer"`
	Complete    bool     `json:"complete"`
	Limited     bool     `json:"limited"`
	Systems     int      `json:"systems"`
	Searched    int      `json:"searched"`
	Open        []string `json:"open"`
	NotSearched []string `json:"not_searched"`
	Items       int      `json:"items"`
	Undecided   int      `json:"undecided"`
	Official    int      `json:"official"`
}

func (v jsonView) confirmations(r *Report) []confirmationJSON {
	out := []confirmationJSON{}
	for _, c := range r.Confirmations {
		out = append(out, confirmationJSON{
			Controller: c.Controller.In(v.lang), Answer: c.Answer, Complete: c.Complete, Limited: r.Request.limited(),
			Systems: c.Systems, Searched: c.Searched, Open: list(c.Open), NotSearched: list(c.NotSearched),
			Items: c.Items, Undecided: c.Undecided, Official: c.Official,
		})
	}
	return out
}

// list gives an empty list for none, so that JSON has [] and not null.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

func summaryJSON(s Summary) map[string]int {
	return map[string]int{
		"systems": s.Systems, "searched": s.Searched, "open": s.Open, "items": s.Items,
		"undecided": s.Undecided, "official": s.Official, "others": s.Others,
	}
}

type systemJSON struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Kind        string           `json:"kind"`
	Store       string           `json:"store,omitempty"`
	Origin      catalogue.Origin `json:"origin,omitempty"`
	Outcome     core.Outcome     `json:"outcome"`
	Undecided   int              `json:"undecided"`
	Official    int              `json:"official"`
	Others      int              `json:"others"`
	Controllers []string         `json:"controllers"`
	Description string           `json:"description,omitempty"`
	Purposes    []string         `json:"purposes"`
	LegalBasis  []legalBasisJSON `json:"legal_basis"`
	Categories  []categoryJSON   `json:"categories"`
	Sources     []string         `json:"data_sources"`
	Recipients  []string         `json:"recipients"`
	Retention   []retentionJSON  `json:"retention"`
	Transfers   []string         `json:"transfers"`
	Automated   string           `json:"automated_decisions,omitempty"`
	Secrecy     []secrecyJSON    `json:"secrecy"`
	Authority   string           `json:"disclosure_authority,omitempty"`
	specialJSON
}

// specialJSON is what holds for some systems only.
type specialJSON struct {
	Responsible []responsibleJSON `json:"responsible,omitempty"`
	Registers   []registerJSON    `json:"registers,omitempty"`
	Mixed       string            `json:"other_controllers,omitempty"`
	Procedure   string            `json:"procedure,omitempty"`
	SelfService string            `json:"self_service,omitempty"`
	Recordings  []string          `json:"recordings,omitempty"`
	LogData     bool              `json:"log_data,omitempty"`
}

// responsibleJSON is an organisation in a role; from and to are its first and
// last day.
type responsibleJSON struct {
	Name  string                   `json:"name"`
	Role  catalogue.ControllerRole `json:"role"`
	Scope string                   `json:"scope,omitempty"`
	From  string                   `json:"from,omitempty"`
	To    string                   `json:"to,omitempty"`
}

// registerJSON is a sub-register within the system.
type registerJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type legalBasisJSON struct {
	Article  string   `json:"article,omitempty"`
	Statutes []string `json:"statutes"`
	Text     string   `json:"text,omitempty"`
}

type categoryJSON struct {
	Name    string `json:"name"`
	Special bool   `json:"special"`
}

type retentionJSON struct {
	Types    []string `json:"types"`
	Register string   `json:"register,omitempty"`
	Part     string   `json:"part,omitempty"`
	Days     int      `json:"days,omitempty"`
	Longest  int      `json:"longest_days,omitempty"`
	From     string   `json:"from,omitempty"`
	To       string   `json:"to,omitempty"`
	Text     string   `json:"text,omitempty"`
}

type secrecyJSON struct {
	Statute string `json:"statute,omitempty"`
	Section string `json:"section,omitempty"`
	Text    string `json:"text,omitempty"`
}

func (v jsonView) system(r *Report, s *System) systemJSON {
	e := s.Entry
	out := systemJSON{
		ID: e.ID, Name: e.Name.In(v.lang), Kind: e.Kind, Store: e.Store.Name.In(v.lang), Origin: e.Origin,
		Outcome: s.Coverage.Outcome, Undecided: s.Undecided, Official: s.Official, Others: s.Others,
		Controllers: v.textsOf(controllersAt(e, r.Organisation, referenceDay(r.Request))),
		Description: e.Description.In(v.lang), Purposes: v.textsOf(catalogue.Texts(e.Purposes)), LegalBasis: []legalBasisJSON{},
		Categories: []categoryJSON{}, Sources: v.textsOf(append(catalogue.Texts(e.DataSources), feeding(r, s)...)), Recipients: v.textsOf(catalogue.Texts(e.Recipients)),
		Retention: []retentionJSON{}, Transfers: v.textsOf(catalogue.Texts(e.Transfers)), Automated: e.Automated.In(v.lang),
		Secrecy: []secrecyJSON{}, Authority: e.DisclosureAuthority.In(v.lang),
		specialJSON: v.special(r, s),
	}
	for _, b := range e.LegalBasis {
		out.LegalBasis = append(out.LegalBasis, legalBasisJSON{Article: b.Article, Statutes: list(b.Statutes), Text: b.Text.In(v.lang)})
	}
	for _, g := range e.DataGroups {
		out.Categories = append(out.Categories, categoryJSON{Name: g.Name.In(v.lang), Special: g.Special})
	}
	for _, k := range keepings(r, s) {
		out.Retention = append(out.Retention, retentionJSON{Types: list(k.Types), Register: k.register.In(v.lang), Part: k.Part.In(v.lang),
			Days: k.Days, Longest: k.LongestDays, From: k.From, To: k.To, Text: k.Text.In(v.lang)})
	}
	for _, k := range e.Secrecy {
		out.Secrecy = append(out.Secrecy, secrecyJSON{Statute: k.Statute, Section: k.Section, Text: k.Text.In(v.lang)})
	}
	return out
}

// special gives what holds for some systems only.
func (v jsonView) special(r *Report, s *System) specialJSON {
	e := s.Entry
	out := specialJSON{Procedure: e.Procedure.Text.In(v.lang), SelfService: e.Procedure.SelfService.In(v.lang), LogData: logs(s)}
	for _, c := range e.Controllers {
		out.Responsible = append(out.Responsible, responsibleJSON{Name: c.Name.In(v.lang), Role: c.Role, Scope: c.Scope.In(v.lang), From: c.From, To: c.To})
	}
	for _, sub := range e.SubRegisters {
		out.Registers = append(out.Registers, registerJSON{ID: sub.ID, Name: sub.Name.In(v.lang)})
	}
	if mixed(s) {
		out.Mixed = strings.TrimSpace(fill(v.t.Systems.Mixed, "organisation", r.Organisation.Name.In(v.lang)) + " " + e.Ownership.Referral.Text.In(v.lang))
	}
	if recordings(s) {
		out.Recordings = v.textsOf([]catalogue.Text{e.Procedure.Media.Text})
		if len(out.Recordings) == 0 {
			out.Recordings = v.textsOf(accessTexts(s))
		}
		out.Recordings = append(out.Recordings, v.t.Recordings.Offer)
		if byContact(s) {
			out.Recordings = append(out.Recordings, v.t.Recordings.Time)
		}
	}
	return out
}

// counts counts what is withheld from decided records, by reason.
type counts map[Withholding]int

// add counts what is withheld from the thing's records in the system.
func (c counts) add(s *System, d *Disclosed) {
	if d.Undecided {
		return
	}
	for _, copied := range d.Copies {
		if copied.System != s.Entry.ID {
			continue
		}
		for _, f := range copied.Fields {
			if f.Withheld != Shown {
				c[f.Withheld]++
			}
		}
	}
}

type coverageJSON struct {
	System      string           `json:"system"`
	Name        string           `json:"name"`
	Outcome     core.Outcome     `json:"outcome"`
	Final       bool             `json:"final"`
	Text        string           `json:"text"`
	AskedWith   []core.Kind      `json:"asked_with"`
	Asked       *string          `json:"asked,omitempty"`
	Records     int              `json:"records"`
	TookMS      int64            `json:"took_ms"`
	Reason      core.ReasonCode  `json:"reason"`
	ReasonText  string           `json:"reason_text,omitempty"`
	ReasonKinds []core.Kind      `json:"reason_kinds,omitempty"`
	ReasonTypes []string         `json:"reason_types,omitempty"`
	Types       []core.TypeCount `json:"types"`
	Problems    []problemJSON    `json:"problems"`
	Referral    *referralJSON    `json:"referral,omitempty"`
	Manual      *manualJSON      `json:"manual,omitempty"`
	// What is another controller's is for the organisation and its auditors.
	Referred      int            `json:"referred,omitempty"`
	ReferredTypes map[string]int `json:"referred_types,omitempty"`
}

// referralJSON is where the person turns to; since is a day.
type referralJSON struct {
	Controllers []string     `json:"controllers"`
	Since       string       `json:"since,omitempty"`
	Text        string       `json:"text,omitempty"`
	Contact     *contactJSON `json:"contact,omitempty"`
}

// manualJSON is a search that people have yet to make; due is its last day, late
// tells that the report was made after it.
type manualJSON struct {
	Owner string `json:"owner,omitempty"`
	Due   string `json:"due,omitempty"`
	Late  bool   `json:"late,omitempty"`
}

// problemJSON is a problem without its message, which is for operators.
type problemJSON struct {
	Class      core.Class  `json:"class"`
	Text       string      `json:"text"`
	Remedy     string      `json:"remedy"`
	RecordType string      `json:"record_type,omitempty"`
	Kinds      []core.Kind `json:"kinds,omitempty"`
}

// coverage gives what became of every system. Auditors are told what was
// referred to other controllers; the person is not, and in no count.
func (v jsonView) coverage(r *Report, auditors bool) []coverageJSON {
	out := make([]coverageJSON, 0, len(r.Systems))
	for i := range r.Systems {
		s := &r.Systems[i]
		c := s.Coverage
		records, types := told(s)
		if auditors {
			records, types = c.Records, typeCounts(c.Types)
		}
		row := coverageJSON{
			System: s.Entry.ID, Name: s.Entry.Name.In(v.lang), Outcome: c.Outcome, Final: c.Outcome.Final(),
			Text: v.t.outcome(s).Text, AskedWith: list(c.AskedWith), Asked: instant(c.Asked), Records: records,
			TookMS: c.Took.Milliseconds(), Reason: c.Reason.Code, ReasonText: v.t.reason(v.lang, referenceDay(r.Request), s).Text,
			ReasonKinds: c.Reason.Kinds, ReasonTypes: safeNames(c.Reason.Types), Types: types, Problems: []problemJSON{},
			Referral: v.referral(r, s), Manual: v.manual(r, s),
		}
		if auditors {
			row.Referred, row.ReferredTypes = c.Referred, safeCounts(c.ReferredTypes)
		}
		for _, p := range c.Problems {
			e := p.Explain(v.lang)
			row.Problems = append(row.Problems, problemJSON{Class: p.Class.Known(), Text: e.What, Remedy: e.Remedy, RecordType: safeNames([]string{p.RecordType})[0], Kinds: p.Kinds})
		}
		out = append(out, row)
	}
	return out
}

func (v jsonView) referral(r *Report, s *System) *referralJSON {
	to := referralOf(r, s)
	if to == nil {
		return nil
	}
	out := &referralJSON{Controllers: v.textsOf(to.controllers), Since: to.since, Text: to.text.In(v.lang)}
	if to.contact != (catalogue.Contact{}) {
		c := v.contact(to.contact)
		out.Contact = &c
	}
	return out
}

func (v jsonView) manual(r *Report, s *System) *manualJSON {
	m := manualOf(r, s)
	if m == nil {
		return nil
	}
	return &manualJSON{Owner: m.owner.In(v.lang), Due: m.due, Late: m.late}
}

// safeCounts gives counts by names as safeName does.
func safeCounts(counts map[string]int) map[string]int {
	var out map[string]int
	for name, n := range counts {
		if out == nil {
			out = map[string]int{}
		}
		out[safeName(name)] += n
	}
	return out
}

// safeNames gives names as safeName does, and an empty one as it is.
func safeNames(names []string) []string {
	out := slices.Clone(names)
	for i, n := range out {
		if n != "" {
			out[i] = safeName(n)
		}
	}
	return out
}

// typeCounts gives what the person is told of each type: how the system was
// asked is the authority's own affair.
func typeCounts(counts []core.TypeCount) []core.TypeCount {
	out := append([]core.TypeCount{}, counts...)
	for i := range out {
		out[i].Type = safeName(out[i].Type)
		out[i].Statements, out[i].Took = 0, 0
	}
	return out
}

type searchJSON struct {
	From *string   `json:"from"`
	To   *string   `json:"to"`
	Keys []keyJSON `json:"keys"`
}

type keyJSON struct {
	Kind   core.Kind `json:"kind"`
	Label  string    `json:"label"`
	Masked string    `json:"masked"`
	Former bool      `json:"former"`
}

func (v jsonView) search(r *Report) searchJSON {
	out := searchJSON{From: instant(r.Search.From), To: instant(r.Search.To), Keys: []keyJSON{}}
	for _, k := range r.Keys {
		out.Keys = append(out.Keys, keyJSON{Kind: k.Kind, Label: v.t.kind(k.Kind), Masked: k.Masked, Former: k.Former})
	}
	return out
}

type rightJSON struct {
	Right       RightCode `json:"right"`
	Text        string    `json:"text"`
	MayNotApply []string  `json:"may_not_apply"`
}

func (v jsonView) rights(r *Report) []rightJSON {
	out := []rightJSON{}
	for _, right := range r.Rights {
		out = append(out, rightJSON{Right: right.Code, Text: v.t.Rights.Text[string(right.Code)], MayNotApply: list(right.MayNotApply)})
	}
	return out
}

func (v jsonView) withheldReasons() map[Withholding]string {
	out := map[Withholding]string{}
	for _, w := range Withholdings() {
		out[w] = v.t.Withheld[w].Text
	}
	return out
}
