package app

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/name"
)

// Intake is a request as the registry writes it down: the file that
// `sinusta request new` reads.
type Intake struct {
	CaseNumber string        `yaml:"case_number"`
	Received   string        `yaml:"received"`
	Language   string        `yaml:"language"`
	Purpose    string        `yaml:"purpose"`
	Requester  string        `yaml:"requester"`
	Subject    IntakeSubject `yaml:"subject"`
	Scope      IntakeScope   `yaml:"scope"`
}

// IntakeSubject is the data subject of an intake.
type IntakeSubject struct {
	Names       []IntakeName       `yaml:"names"`
	Identifiers []IntakeIdentifier `yaml:"identifiers"`
}

// IntakeName is one name, current or former. Former is for a name that was
// given up on a day that nobody remembers; To says so by itself.
type IntakeName struct {
	Given  string `yaml:"given"`
	Family string `yaml:"family"`
	From   string `yaml:"from"`
	To     string `yaml:"to"`
	Former bool   `yaml:"former"`
}

// IntakeIdentifier is one identifier. Assurance is verified unless it says
// stated: an intake is written by an official who has checked it.
type IntakeIdentifier struct {
	Kind      core.Kind      `yaml:"kind"`
	Value     string         `yaml:"value"`
	Issuer    string         `yaml:"issuer"`
	Assurance core.Assurance `yaml:"assurance"`
	// Capacity is what the person is to the organisation that the identifier
	// numbers, From and To from when to when.
	Capacity core.Capacity `yaml:"capacity"`
	From     string        `yaml:"from"`
	To       string        `yaml:"to"`
}

// IntakeScope is what the person asked for, if not everything.
type IntakeScope struct {
	Systems []string `yaml:"systems"`
	From    string   `yaml:"from"`
	To      string   `yaml:"to"`
	Words   string   `yaml:"words"`
}

// ReadIntake reads the intake in src; file names it in errors, which tell
// line and column and never a value.
func ReadIntake(file string, src []byte, c *catalogue.Catalogue, now time.Time) (access.Request, error) {
	var in Intake
	doc := strictyaml.DecodePrivate(file, src, &in)
	if len(doc.Errors()) > 0 {
		return access.Request{}, doc.Err() // what is missing is only known of a file that could be read
	}
	return in.open(doc, c, now)
}

// open makes the request of an intake, unless a company asks about itself.
func (in Intake) open(doc *strictyaml.Document, c *catalogue.Catalogue, now time.Time) (access.Request, error) {
	if in.companyAlone(c) {
		return access.Request{}, ErrCompany
	}
	r := in.request(doc, c, now)
	return r, doc.Err()
}

// request checks an intake and makes the request of it. Faults go to doc.
func (in Intake) request(doc *strictyaml.Document, c *catalogue.Catalogue, now time.Time) access.Request {
	r := access.Request{
		CaseNumber: strings.TrimSpace(in.CaseNumber),
		Controller: c.Organisation.ID,
		Purpose:    in.Purpose,
		Requester:  cmp.Or(in.Requester, access.Self),
		Language:   in.Language,
		Opened:     now.UTC(),
		Scope:      access.Scope{Systems: in.Scope.Systems, Words: in.Scope.Words},
	}
	if r.Language == "" && len(c.Organisation.Languages) > 0 {
		r.Language = c.Organisation.Languages[0]
	}
	if r.Language != "" && !slices.Contains(c.Organisation.Languages, r.Language) {
		doc.Errorf("language", "the organisation reports in %s", strings.Join(c.Organisation.Languages, ", "))
	}
	if r.CaseNumber == "" {
		doc.Errorf("case_number", "case_number is missing: give the diary number under which the request is registered")
	}
	r.Received = day(doc, "received", in.Received)
	switch {
	case in.Received == "":
		doc.Errorf("received", "received is missing: give the date on which the request arrived, such as 2026-11-20")
	case r.Received.After(now):
		doc.Errorf("received", "the date of receipt is in the future")
	}
	r.Scope.Period = interval(doc, "scope", in.Scope.From, in.Scope.To)
	for i, id := range in.Scope.Systems {
		if _, ok := c.System(id); !ok {
			doc.Errorf(fmt.Sprintf("scope.systems[%d]", i), "the catalogue has no such system; `sinusta catalogue show` lists them")
		}
	}
	for i, n := range in.Subject.Names {
		in.addName(doc, fmt.Sprintf("subject.names[%d]", i), n, c, r.Received, &r.Subject)
	}
	for i, id := range in.Subject.Identifiers {
		in.addIdentifier(doc, fmt.Sprintf("subject.identifiers[%d]", i), id, c, &r.Subject)
	}
	if len(r.Subject.Identifiers) == 0 && len(in.Subject.Names)+len(in.Subject.Identifiers) == 0 {
		doc.Errorf("subject", "the subject has no identifier: give at least one beside the name")
	}
	agreeOnBirth(doc, &r.Subject)
	agreeOnBusiness(&r.Subject)
	return r
}

func (in Intake) addName(doc *strictyaml.Document, path string, n IntakeName, c *catalogue.Catalogue, received time.Time, s *core.Subject) {
	if strings.TrimSpace(n.Family) == "" || strings.TrimSpace(n.Given) == "" {
		doc.Errorf(path, "a name needs given and family")
		return
	}
	id, err := identifier.Parse(core.Name, name.FromParts(n.Given, n.Family).Canonical())
	if err != nil {
		doc.Errorf(path, "%s", explain(err, in.language(c)))
		return
	}
	id.Assurance = core.Verified
	id.Valid = interval(doc, path, n.From, n.To)
	if n.Former && id.Valid.To.IsZero() {
		id.Valid.To = received // it had been given up by then
	}
	s.Identifiers = append(s.Identifiers, id)
}

func (in Intake) addIdentifier(doc *strictyaml.Document, path string, raw IntakeIdentifier, c *catalogue.Catalogue, s *core.Subject) {
	rule, known := identifier.Rule(raw.Kind)
	if !known {
		doc.Errorf(path+".kind", "%s", unknownKind(raw.Kind, in.language(c)))
		return
	}
	id, err := access.House(c.Organisation).Parse(raw.Kind, raw.Value)
	if err != nil {
		doc.Errorf(path+".value", "%s: %s", raw.Kind, explain(err, in.language(c)))
		return
	}
	switch raw.Assurance {
	case "", core.Verified:
		id.Assurance = core.Verified
	case core.Stated:
		id.Assurance = core.Stated
	default:
		doc.Errorf(path+".assurance", "assurance is verified or stated")
	}
	if raw.Issuer != "" && !rule.Local {
		doc.Errorf(path+".issuer", "identifiers of the kind %s have no issuer of their own", raw.Kind)
	}
	switch known := slices.Contains(core.Capacities(), raw.Capacity); {
	case raw.Kind.OfOrganisation() && !known:
		doc.Errorf(path+".capacity", "say what the person is to the organisation: capacity is %s", capacities())
	case !raw.Kind.OfOrganisation() && raw.Capacity != "":
		doc.Errorf(path+".capacity", "only the identifier of an organisation (business-id, vat-number) has a capacity")
	}
	id.Capacity = raw.Capacity
	if rule.Local {
		id.Issuer = issuerOf(doc, path, raw, c)
	}
	id.Valid = interval(doc, path, raw.From, raw.To)
	s.Identifiers = append(s.Identifiers, id)
}

// issuerOf gives the issuer of a local identifier: the one given, else the
// only one that the catalogue has for the kind, else unknown.
func issuerOf(doc *strictyaml.Document, path string, raw IntakeIdentifier, c *catalogue.Catalogue) string {
	issuers := issuersOf(raw.Kind, c)
	switch {
	case raw.Issuer != "" && !slices.Contains(issuers, raw.Issuer):
		doc.Errorf(path+".issuer", "no system of the catalogue is searched by a %s of this issuer; its issuers are: %s",
			raw.Kind, strings.Join(issuers, ", "))
		return raw.Issuer
	case raw.Issuer != "":
		return raw.Issuer
	case len(issuers) == 1:
		return issuers[0]
	default:
		return ""
	}
}

// issuersOf gives those who issue the kind, as the systems of the catalogue are
// searched by it.
func issuersOf(kind core.Kind, c *catalogue.Catalogue) []string {
	var issuers []string
	for _, s := range c.Systems {
		for _, k := range s.SearchKeys {
			if k.Kind == kind && k.Issuer != "" && !slices.Contains(issuers, k.Issuer) {
				issuers = append(issuers, k.Issuer)
			}
		}
	}
	return issuers
}

// agreeOnBirth checks the dates of birth against the personal identity codes,
// and takes the date from a code when none is given.
func agreeOnBirth(doc *strictyaml.Document, s *core.Subject) {
	born := s.Of(core.DateOfBirth)
	for _, code := range s.Of(core.PersonalIdentityCode) {
		day, ok := identifier.BirthDate(code.Value)
		if !ok {
			continue
		}
		date := day.Format(time.DateOnly)
		if len(born) == 0 {
			id, err := identifier.Parse(core.DateOfBirth, date)
			if err == nil {
				id.Assurance = code.Assurance
				s.Identifiers = append(s.Identifiers, id)
				born = append(born, id)
			}
			continue
		}
		if !slices.ContainsFunc(born, func(i core.Identifier) bool { return i.Value == date }) {
			doc.Errorf("subject.identifiers", "the date of birth does not agree with the personal identity code: check both")
		}
	}
}

// interval reads the dates from and to below path. Both days belong to it.
func interval(doc *strictyaml.Document, path, from, to string) core.Interval {
	v := core.Interval{From: day(doc, path+".from", from), To: day(doc, path+".to", to)}
	if v.To.IsZero() {
		return v
	}
	if v.To.Before(v.From) {
		doc.Errorf(path+".to", "the last day is before the first")
	}
	v.To = v.To.AddDate(0, 0, 1)
	return v
}

// day reads an ISO date as the beginning of that day in Finland.
func day(doc *strictyaml.Document, path, s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation(time.DateOnly, s, finland())
	if err != nil {
		doc.Errorf(path, "no date of the form 2026-11-20")
	}
	return t
}

// finland is the time zone in which days begin.
func finland() *time.Location {
	zone, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		return time.UTC
	}
	return zone
}

// explain gives in lang what is wrong with an identifier, without its value.
func explain(err error, lang string) string {
	var p *identifier.ParseError
	if errors.As(err, &p) {
		return p.Explain(lang)
	}
	return "the value is not of this kind"
}

// unknownKind says in lang that there is no such kind, with those that were
// probably meant. A word that is near none is not repeated: it may be a value
// in the wrong place.
func unknownKind(kind core.Kind, lang string) string {
	list := identifier.Meant(string(kind))
	meant := catalogue.Text{FI: "; tarkoititko", SV: "; menade du", EN: "; did you mean"}
	if len(list) == 0 {
		list, meant = identifier.Known(), catalogue.Text{FI: "; tunnistelajit ovat", SV: "; typerna är", EN: "; the kinds are"}
	}
	words := make([]string, len(list))
	for i, k := range list {
		rule, _ := identifier.Rule(k)
		words[i] = string(k) + " (" + rule.Title.In(lang) + ")"
	}
	e := &identifier.ParseError{Kind: kind, Code: identifier.CodeKind}
	return strings.TrimSuffix(e.Explain(lang), ".") + meant.In(lang) + ": " + strings.Join(words, ", ")
}

// language gives the language in which faults of identifiers are told, so that
// they can be passed on: that of the report.
func (in Intake) language(c *catalogue.Catalogue) string {
	for _, lang := range append([]string{in.Language}, c.Organisation.Languages...) {
		if slices.Contains([]string{"fi", "sv", "en"}, lang) {
			return lang
		}
	}
	return "en"
}
