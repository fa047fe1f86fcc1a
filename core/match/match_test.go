package match_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/match"
)

// The people are made up; their codes are artificial (900-999).
const (
	ownCode     = "010190-900P"
	sameDayCode = "010190Y900P" // differs by its century sign only
	otherCode   = "020594X903P"
)

func id(t testing.TB, kind core.Kind, value, issuer string) core.Identifier {
	t.Helper()
	i, err := identifier.Parse(kind, value)
	if err != nil {
		t.Fatalf("parse a %s: %v", kind, err)
	}
	i.Issuer, i.Assurance = issuer, core.Verified
	return i
}

func subject(t testing.TB) core.Subject {
	user := id(t, core.UserID, "makinma", "ad")
	user.Valid = core.Interval{From: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}
	return core.Subject{Identifiers: []core.Identifier{
		id(t, core.Name, "Mäkinen, Maija Helena", ""),
		id(t, core.PersonalIdentityCode, ownCode, ""),
		id(t, core.DateOfBirth, "1990-01-01", ""),
		id(t, core.Email, "maija.makinen@posti.example", ""),
		id(t, core.Phone, "040 123 4567", ""),
		id(t, core.EmployeeNumber, "0010423", "kieku"),
		user,
		id(t, core.TicketNumber, "INC0012345", "T"),
	}}
}

func ticketing(t testing.TB) match.System {
	t.Helper()
	p, err := catalogue.ProfileFor("ticketing")
	if err != nil {
		t.Fatal(err)
	}
	return match.System{ID: "T", Profile: p, Issuers: map[core.Kind]string{core.EmployeeNumber: "kieku", core.UserID: "ad"}}
}

func matcher(t testing.TB) *match.Matcher {
	return match.New(subject(t), match.Options{ArtificialCodes: catalogue.AnchorArtificial, Generic: []string{"tuki@virasto.example"}})
}

// fields makes fields of name=value pairs.
func fields(pairs ...string) []core.Field {
	var out []core.Field
	for _, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		out = append(out, core.Field{Name: name, Value: core.TextValue(value)})
	}
	return out
}

func ticket(slot string, pairs ...string) core.Record {
	return core.Record{Type: "ticket", Ref: "ticket/1", Time: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		Parties: []core.Party{{Slot: slot, Fields: fields(pairs...)}}}
}

func TestVerdictOnOneParty(t *testing.T) {
	cases := []struct {
		what   string
		party  []string
		want   core.Verdict
		reason match.Reason
	}{
		{"personal code alone", []string{"personal_identity_code=" + ownCode}, core.Confirmed, match.ReasonIdentifier},
		{"code and full name", []string{"personal_identity_code=" + ownCode, "name=MÄKINEN MAIJA"}, core.Confirmed, match.ReasonIdentifier},
		{"code and a married name", []string{"personal_identity_code=" + ownCode, "name=Maija Lahtinen"}, core.Confirmed, match.ReasonIdentifier},
		{"code and a relative's name", []string{"personal_identity_code=" + ownCode, "name=Pekka Mäkinen"}, core.Review, match.ReasonNameDiffers},
		{"code and a relative who shares a middle name", []string{"personal_identity_code=" + ownCode, "name=Mäkinen Helena Sofia"}, core.Review, match.ReasonNameDiffers},
		{"code and the surname alone", []string{"personal_identity_code=" + ownCode, "name=MÄKINEN"}, core.Confirmed, match.ReasonIdentifier},
		{"code, surname and initial", []string{"personal_identity_code=" + ownCode, "name=Mäkinen M"}, core.Confirmed, match.ReasonIdentifier},
		{"code and nobody's name", []string{"personal_identity_code=" + ownCode, "name=Pekka Korhonen"}, core.Review, match.ReasonNameDiffers},
		{"code and another employee number", []string{"personal_identity_code=" + ownCode, "employee_number=777"}, core.Review, match.ReasonContradiction},
		{"code and another date of birth", []string{"personal_identity_code=" + ownCode, "date_of_birth=1971-02-03"}, core.Review, match.ReasonContradiction},
		{"employee number with its zeros", []string{"employee_number=10423", "name=Mäkinen M."}, core.Confirmed, match.ReasonIdentifier},
		{"employee number, surname alone shared", []string{"employee_number=0010423", "name=Marko Mäkinen"}, core.Review, match.ReasonNameDiffers},
		{"user id in its time", []string{"user_id=MAKINMA"}, core.Confirmed, match.ReasonIdentifier},
		{"another's code with the same name", []string{"personal_identity_code=" + otherCode, "name=Maija Mäkinen"}, core.AnotherPerson, match.ReasonOtherIdentifier},
		{"code that differs by its century sign", []string{"personal_identity_code=" + sameDayCode}, core.AnotherPerson, match.ReasonOtherIdentifier},
		{"another's code beside two contacts", []string{"personal_identity_code=" + otherCode, "email=maija.makinen@posti.example", "phone=+358401234567"}, core.Review, match.ReasonChangedCode},
		{"another's code beside name and birth", []string{"personal_identity_code=" + otherCode, "name=Maija Mäkinen", "date_of_birth=1.1.1990"}, core.Review, match.ReasonChangedCode},
		{"two contacts", []string{"email=Maija.Makinen@posti.example", "phone=0401234567"}, core.Probable, match.ReasonTwoContacts},
		{"two contacts and another name", []string{"email=maija.makinen@posti.example", "phone=0401234567", "name=Pekka Mäkinen"}, core.Review, match.ReasonNameDiffers},
		{"contact, name and birth", []string{"email=maija.makinen@posti.example", "name=Mäkinen, Maija", "date_of_birth=1990-01-01"}, core.Probable, match.ReasonContactAndBirth},
		{"one contact", []string{"phone=040-123 4567"}, core.Review, match.ReasonOneContact},
		{"one contact and the name", []string{"phone=040-123 4567", "name=Maija Mäkinen"}, core.Review, match.ReasonOneContact},
		{"name and birth", []string{"name=Maija Mäkinen", "date_of_birth=1990-01-01"}, core.Review, match.ReasonNameBirth},
		{"name alone", []string{"name=Maija Helena Mäkinen"}, core.Review, match.ReasonNameOnly},
		{"name in two fields", []string{"given_name=Maija", "family_name=Makinen"}, core.Review, match.ReasonNameOnly},
		{"name and another birth", []string{"name=Maija Mäkinen", "date_of_birth=1971-02-03"}, core.AnotherPerson, match.ReasonOtherBirth},
		{"code and somebody's given name alone", []string{"personal_identity_code=" + ownCode, "given_name=Pekka"}, core.Review, match.ReasonNameDiffers},
		{"code and her given name alone", []string{"personal_identity_code=" + ownCode, "given_name=Helena"}, core.Confirmed, match.ReasonIdentifier},
		{"employee number and a code of another birth date", []string{"employee_number=0010423", "personal_identity_code=" + otherCode}, core.Review, match.ReasonContradiction},
		{"another date of birth beside two contacts", []string{"email=maija.makinen@posti.example", "phone=0401234567", "date_of_birth=1971-02-03"}, core.Review, match.ReasonChangedCode},
		{"another date of birth beside name and contact", []string{"email=maija.makinen@posti.example", "name=Maija Mäkinen", "date_of_birth=1900-01-01"}, core.Review, match.ReasonChangedCode},
		{"a code with words around it", []string{"personal_identity_code=hetu: " + ownCode + ";"}, core.Confirmed, match.ReasonIdentifier},
		{"a shared mailbox", []string{"email=tuki@virasto.example"}, core.AnotherPerson, match.ReasonNoAgreement},
		{"another surname that begins alike", []string{"name=Maija Mäki"}, core.AnotherPerson, match.ReasonNoAgreement},
		{"nothing", []string{"name=Pekka Korhonen"}, core.AnotherPerson, match.ReasonNoAgreement},
	}
	sys, m := ticketing(t), matcher(t)
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			rec := ticket("requester", c.party...)
			a := m.Judge(sys, rec)
			if a.Verdict != c.want || a.Reason != c.reason {
				t.Fatalf("got %s (%s), want %s (%s)", a.Verdict, a.Reason, c.want, c.reason)
			}
			if a.Official {
				t.Error("a requester is no official")
			}
			checkSentence(t, a, sys, rec)
			checkCounterfactual(t, m, sys, rec, a)
		})
	}
}

// checkSentence demands one whole sentence in each language, and no value in
// it unless the record is confirmed.
func checkSentence(t *testing.T, a match.Assessment, sys match.System, rec core.Record) {
	t.Helper()
	spec, _ := sys.Profile.Type(rec.Type)
	text := match.Explain(a, spec)
	for _, s := range []string{text.FI, text.SV, text.EN} {
		if s == "" || !strings.HasSuffix(s, ".") || strings.ContainsAny(s, "{}") || strings.Contains(s, "  ") {
			t.Errorf("no clean sentence: %q", s)
		}
		if a.Verdict == core.Confirmed {
			continue
		}
		for _, p := range rec.Parties {
			for _, f := range p.Fields {
				if v := f.Value.Plain(); strings.Contains(s, v) {
					t.Errorf("the sentence %q holds the value of %s", s, f.Name)
				}
			}
		}
	}
}

// checkCounterfactual takes the evidence out of the record: the verdict or its
// reason must change, else the evidence was not what made it.
func checkCounterfactual(t *testing.T, m *match.Matcher, sys match.System, rec core.Record, a match.Assessment) {
	t.Helper()
	if len(a.Evidence) == 0 {
		if a.Reason != match.ReasonNoAgreement {
			t.Errorf("the verdict %s has no evidence", a.Reason)
		}
		return
	}
	less := rec
	less.Parties = slices.Clone(rec.Parties)
	for i := range less.Parties {
		less.Parties[i].Fields = slices.DeleteFunc(slices.Clone(less.Parties[i].Fields), func(f core.Field) bool {
			return slices.ContainsFunc(a.Evidence, func(e match.Evidence) bool { return e.Field == f.Name })
		})
	}
	b := m.Judge(sys, less)
	if a.Verdict == b.Verdict && a.Reason == b.Reason {
		t.Errorf("without its evidence the verdict is still %s (%s)", b.Verdict, b.Reason)
	}
}

func TestArtificialCodesIdentifyNobodyOutsideATestInstallation(t *testing.T) {
	m := match.New(subject(t), match.Options{ArtificialCodes: catalogue.IgnoreArtificial})
	sys := ticketing(t)
	if a := m.Judge(sys, ticket("requester", "personal_identity_code="+ownCode)); a.Verdict != core.Review {
		t.Errorf("an equal artificial code: %s, want review", a.Verdict)
	}
	if a := m.Judge(sys, ticket("requester", "personal_identity_code="+otherCode, "email=maija.makinen@posti.example", "phone=0401234567")); a.Verdict != core.Probable {
		t.Errorf("another artificial code beside two contacts: %s, want probable: it strikes nobody", a.Verdict)
	}
}

func TestStatedIdentifiersConfirmNothing(t *testing.T) {
	s := subject(t)
	for i := range s.Identifiers {
		s.Identifiers[i].Assurance = core.Stated
	}
	m := match.New(s, match.Options{ArtificialCodes: catalogue.AnchorArtificial})
	sys := ticketing(t)
	if a := m.Judge(sys, ticket("requester", "personal_identity_code="+ownCode, "name=Maija Mäkinen")); a.Verdict == core.Confirmed {
		t.Error("a stated code confirmed a record")
	}
	if a := m.Judge(sys, ticket("requester", "personal_identity_code="+otherCode, "name=Maija Mäkinen")); a.Verdict == core.AnotherPerson {
		t.Error("a stated code struck a record: nobody checked it")
	}
}

func TestUserIDCountsOnlyInItsTime(t *testing.T) {
	sys, m := ticketing(t), matcher(t)
	rec := ticket("requester", "user_id=makinma")
	rec.Time = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	if a := m.Judge(sys, rec); a.Verdict != core.Review {
		t.Errorf("before it was hers: %s, want review", a.Verdict)
	}
	rec.Time = time.Time{}
	if a := m.Judge(sys, rec); a.Verdict == core.Confirmed {
		t.Error("a user id confirmed a record of unknown time, and user ids are recycled")
	}
}

func TestSlots(t *testing.T) {
	sys, m := ticketing(t), matcher(t)
	official := m.Judge(sys, ticket("assignee", "employee_number=0010423"))
	if !official.Official || official.Item() {
		t.Errorf("an assignee: %+v, want an official hit that is no item", official)
	}
	if a := m.Judge(sys, ticket("assignee", "name=Maija Mäkinen")); a.Official || a.Item() {
		t.Errorf("an assignee of the same name: %+v, want no hit", a)
	}
	both := ticket("assignee", "employee_number=0010423")
	both.Parties = append(both.Parties, core.Party{Slot: "requester", Fields: fields("personal_identity_code=" + ownCode)})
	if a := m.Judge(sys, both); a.Official || a.Verdict != core.Confirmed {
		t.Errorf("requester and assignee at once: %+v, want confirmed", a)
	}
	unknown := ticket("nobody-described-this", "email=maija.makinen@posti.example")
	if a := m.Judge(sys, unknown); a.Verdict != core.Review || a.Reason != match.ReasonRoleUnknown {
		t.Errorf("a slot that no profile knows: %s (%s), want review", a.Verdict, a.Reason)
	}
	mention := ticket("requester", "name=Pekka Korhonen")
	mention.Parts = []core.Part{{Type: "comment", Ref: "comment/1", Fields: fields("text=soita " + strings.ToLower(ownCode) + " heti")}}
	if a := m.Judge(sys, mention); a.Verdict != core.Review || a.Reason != match.ReasonRoleUnknown {
		t.Errorf("her code in another's comment: %s (%s), want review", a.Verdict, a.Reason)
	}
	comment := ticket("requester", "personal_identity_code="+otherCode, "name=Pekka Korhonen")
	written := core.Field{Name: "time", Value: core.TimeValue(time.Date(2024, 5, 7, 0, 0, 0, 0, time.UTC))}
	comment.Parts = []core.Part{{Type: "comment", Ref: "comment/1", Fields: []core.Field{written}, Parties: []core.Party{{Slot: "commenter", Fields: fields("user_id=makinma")}}}}
	a := m.Judge(sys, comment)
	if a.Verdict != core.Confirmed {
		t.Fatalf("her comment on another's ticket: %s (%s), want confirmed", a.Verdict, a.Reason)
	}
	spec, _ := sys.Profile.Type("ticket")
	roles := match.RolesOf(spec, comment, a)
	if roles.Parties[0][0] != core.RoleThirdParty || roles.Parts[0].Parties[0][0] != core.RoleSubject {
		t.Errorf("roles %+v: the requester is a third party, the commenter the subject", roles)
	}
}

// What only the source can read is looked at by a person, not dropped.
func TestASourcesOwnMatchIsNeverDropped(t *testing.T) {
	sys, m := ticketing(t), matcher(t)
	rec := ticket("requester", "email=maija makinen (at) posti.example")
	if a := m.Judge(sys, rec); a.Item() {
		t.Fatalf("an unreadable address agrees: %s", a.Reason)
	}
	rec.MatchedBy = []core.Match{{Kind: core.Email, Slot: "requester", Field: "email"}}
	if a := m.Judge(sys, rec); a.Verdict != core.Review {
		t.Errorf("matched by its source: %s, want review", a.Verdict)
	}
	rec.MatchedBy[0].Slot = "assignee"
	if a := m.Judge(sys, rec); !a.Official {
		t.Errorf("matched by its source as an official: %+v", a)
	}
	rec.Parties[0].Fields = fields("personal_identity_code=" + otherCode)
	rec.MatchedBy[0].Slot = "requester"
	if a := m.Judge(sys, rec); a.Verdict != core.AnotherPerson {
		t.Errorf("with another's code: %s, want another person", a.Verdict)
	}
}

// A party that may be hers is for a person to decide on, and is not told to be
// somebody else's.
func TestRolesOfAPartyThatMayBeTheSubject(t *testing.T) {
	sys, m := ticketing(t), matcher(t)
	rec := ticket("requester", "personal_identity_code="+ownCode)
	rec.Parties = append(rec.Parties, core.Party{Slot: "affected", Fields: fields("email=maija.makinen@posti.example")},
		core.Party{Slot: "affected", Fields: fields("name=Pekka Korhonen")})
	spec, _ := sys.Profile.Type("ticket")
	roles := match.RolesOf(spec, rec, m.Judge(sys, rec))
	for i, want := range []core.Role{core.RoleSubject, core.RoleContent, core.RoleThirdParty} {
		if got := roles.Parties[i][0]; got != want {
			t.Errorf("party %d is %s, want %s", i, got, want)
		}
	}
}

func TestRecordNumberSaysNothingAboutWho(t *testing.T) {
	sys, m := ticketing(t), matcher(t)
	rec := ticket("requester", "name=Pekka Korhonen")
	rec.Fields = fields("ticket_number=inc0012345")
	if a := m.Judge(sys, rec); a.Verdict != core.Review || a.Reason != match.ReasonRecordNumber {
		t.Errorf("%s (%s), want review by number", a.Verdict, a.Reason)
	}
	rec.Parties[0].Fields = fields("name=Pekka Korhonen", "personal_identity_code="+otherCode)
	if a := m.Judge(sys, rec); a.Verdict != core.AnotherPerson {
		t.Errorf("with another's code: %s, want another person", a.Verdict)
	}
}

func TestAmbiguityStopsAtReview(t *testing.T) {
	sys, s := ticketing(t), subject(t)
	s.Identifiers = slices.DeleteFunc(s.Identifiers, func(i core.Identifier) bool { return i.Kind == core.EmployeeNumber })
	m := match.New(s, match.Options{ArtificialCodes: catalogue.AnchorArtificial})
	one := m.Judge(sys, ticket("requester", "user_id=makinma", "employee_number=1"))
	two := m.Judge(sys, ticket("requester", "user_id=makinma", "employee_number=2"))
	sure := m.Judge(sys, ticket("requester", "personal_identity_code="+ownCode, "employee_number=3"))
	hits := []match.Assessment{one, two, sure}
	match.Settle(hits)
	if hits[0].Verdict != core.Review || hits[1].Verdict != core.Review || hits[0].Reason != match.ReasonAmbiguous {
		t.Errorf("two people with one user id: %s, %s, want review", hits[0].Verdict, hits[1].Verdict)
	}
	if hits[2].Verdict != core.Confirmed {
		t.Errorf("a record with her personal code: %s, want confirmed", hits[2].Verdict)
	}
	for _, a := range hits {
		checkSentence(t, a, sys, ticket("requester", "user_id=makinma"))
	}
}

func TestSoleTradersNumberNeedsTheTradersName(t *testing.T) {
	s := subject(t)
	number := id(t, core.BusinessID, "2077474-0", "")
	number.Capacity = core.SoleTrader
	s.Identifiers = append(s.Identifiers, number)
	m, sys := match.New(s, match.Options{ArtificialCodes: catalogue.AnchorArtificial}), ticketing(t)
	for text, want := range map[string]core.Verdict{"Maija Mäkinen": core.Confirmed, "Tmi Maija Mäkinen": core.Confirmed, "T:mi Mäkinen Maija": core.Confirmed,
		"Pekka Mäkinen": core.Review, "Mäkisen puutarha": core.Review} {
		if a := m.Judge(sys, ticket("requester", "business_id=2077474-0", "name="+text)); a.Verdict != want {
			t.Errorf("%q beside the number: %s, want %s", text, a.Verdict, want)
		}
	}
}

func TestACommentCountsAtItsOwnTime(t *testing.T) {
	s := subject(t)
	for i := range s.Identifiers {
		if s.Identifiers[i].Kind == core.UserID {
			s.Identifiers[i].Valid.To = time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)
		}
	}
	m, sys := match.New(s, match.Options{ArtificialCodes: catalogue.AnchorArtificial}), ticketing(t)
	rec := ticket("requester", "personal_identity_code="+ownCode)
	rec.Time = time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	later := core.Part{Type: "comment", Ref: "comment/1", Parties: []core.Party{{Slot: "commenter", Fields: fields("user_id=makinma", "email=new.holder@virasto.example")}},
		Fields: []core.Field{{Name: "time", Value: core.TimeValue(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))}}}
	undated := later
	undated.Fields = nil
	rec.Parts = []core.Part{later, undated}
	a := m.Judge(sys, rec)
	if a.Verdict != core.Confirmed || len(a.Subject) != 1 || a.Subject[0].Part != -1 {
		t.Errorf("%s with parties %v: the user name was somebody else's by then", a.Verdict, a.Subject)
	}
}

func TestStatedCodesCastDoubt(t *testing.T) {
	s := subject(t)
	for i := range s.Identifiers {
		if k := s.Identifiers[i].Kind; k == core.PersonalIdentityCode || k == core.DateOfBirth {
			s.Identifiers[i].Assurance = core.Stated
		}
	}
	m, sys := match.New(s, match.Options{ArtificialCodes: catalogue.AnchorArtificial}), ticketing(t)
	for _, party := range [][]string{{"employee_number=0010423", "personal_identity_code=" + otherCode}, {"employee_number=0010423", "date_of_birth=1971-02-03"},
		{"email=maija.makinen@posti.example", "phone=0401234567", "personal_identity_code=" + otherCode}} {
		if a := m.Judge(sys, ticket("requester", party...)); a.Verdict != core.Review {
			t.Errorf("%v: %s, want review", party[0], a.Verdict)
		}
	}
}

// A local identifier that agrees does not make its bearer the subject when
// the subject's own record names another employee number.
func TestASurePartyExposesARecycledUserName(t *testing.T) {
	s := subject(t)
	s.Identifiers = slices.DeleteFunc(s.Identifiers, func(i core.Identifier) bool { return i.Kind == core.EmployeeNumber })
	m, sys := match.New(s, match.Options{ArtificialCodes: catalogue.AnchorArtificial}), ticketing(t)
	hers := core.Party{Slot: "requester", Fields: fields("personal_identity_code="+ownCode, "employee_number=5")}
	other := core.Party{Slot: "affected", Fields: fields("user_id=makinma", "employee_number=7", "email=x@virasto.example")}
	for _, parties := range [][]core.Party{{hers, other}, {other, hers}} {
		rec := ticket("requester")
		rec.Parties = parties
		hits := []match.Assessment{m.Judge(sys, rec)}
		match.Settle(hits)
		a := hits[0]
		if a.Verdict != core.Confirmed || len(a.Subject) != 1 || parties[a.Subject[0].Party].Slot != "requester" {
			t.Errorf("%s, parties %v: only the requester is the subject", a.Verdict, a.Subject)
		}
		if a.Evidence[0].Kind != core.PersonalIdentityCode {
			t.Errorf("the evidence is a %s", a.Evidence[0].Kind)
		}
	}
}

// Two numbers of one system that differ in leading zeros are two people's.
func TestLeadingZerosTellPeopleOfOneSystemApart(t *testing.T) {
	sys, m := ticketing(t), matcher(t)
	exact := m.Judge(sys, ticket("requester", "employee_number=0010423"))
	bare := m.Judge(sys, ticket("requester", "employee_number=10423"))
	alone := []match.Assessment{bare}
	match.Settle(alone)
	both := []match.Assessment{bare, exact}
	match.Settle(both)
	if alone[0].Verdict != core.Confirmed || both[0].Verdict != core.Review || both[1].Verdict != core.Confirmed {
		t.Errorf("alone %s, beside the exact number %s and %s", alone[0].Verdict, both[0].Verdict, both[1].Verdict)
	}
}

// A code that was mistyped at intake is somebody's: records that bear it with
// that name give it away, and records without a name must not be shown.
func TestACodeThatMeetsAnotherNameConfirmsNoNamelessRecord(t *testing.T) {
	sys, m := ticketing(t), matcher(t)
	nameless := m.Judge(sys, ticket("requester", "personal_identity_code="+ownCode))
	wrong := m.Judge(sys, ticket("requester", "personal_identity_code="+ownCode, "name=Pekka Korhonen"))
	right := m.Judge(sys, ticket("requester", "personal_identity_code="+ownCode, "name=Maija Mäkinen"))
	hits := []match.Assessment{nameless, wrong}
	match.Settle(hits)
	if hits[0].Verdict != core.Review {
		t.Errorf("nameless beside another's name: %s, want review", hits[0].Verdict)
	}
	hits = []match.Assessment{right, wrong, nameless}
	match.Settle(hits)
	if hits[2].Verdict != core.Confirmed || hits[0].Verdict != core.Confirmed {
		t.Errorf("where the code also stands beside her name: %s, want confirmed", hits[2].Verdict)
	}
}

func TestAGivenNumberGoesBeforeAnOfficialSlot(t *testing.T) {
	sys, m := ticketing(t), matcher(t)
	rec := ticket("assignee", "phone=0401234567")
	rec.Fields = fields("ticket_number=INC0012345")
	if a := m.Judge(sys, rec); a.Official || a.Verdict != core.Review {
		t.Errorf("%+v, want review: its number was given", a)
	}
}

// A verdict does not depend on the order of parties and fields, nor on what
// stands beside the subject's party; another person's identifier in it may
// only lower it.
func TestMetamorphic(t *testing.T) {
	sys, m := ticketing(t), matcher(t)
	pool := []string{"name=Maija Mäkinen", "name=Pekka Korhonen", "email=maija.makinen@posti.example", "email=pekka@posti.example",
		"phone=0401234567", "personal_identity_code=" + ownCode, "date_of_birth=1990-01-01", "employee_number=0010423",
		"user_id=makinma", "title=erityisasiantuntija", "unit=Tuki"}
	rapid.Check(t, func(rt *rapid.T) {
		chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(pool), 1, 6, rapid.ID[string]).Draw(rt, "fields")
		a := m.Judge(sys, ticket("requester", chosen...))
		turned := slices.Clone(chosen)
		slices.Reverse(turned)
		if b := m.Judge(sys, ticket("requester", turned...)); b.Verdict != a.Verdict {
			rt.Fatalf("order changed %s to %s", a.Verdict, b.Verdict)
		}
		upper := make([]string, len(chosen))
		for i, c := range chosen {
			name, value, _ := strings.Cut(c, "=")
			upper[i] = name + "=" + strings.ToUpper(value)
		}
		if b := m.Judge(sys, ticket("requester", upper...)); b.Verdict != a.Verdict {
			rt.Fatalf("case changed %s to %s", a.Verdict, b.Verdict)
		}
		beside := ticket("requester", chosen...)
		beside.Parties = append([]core.Party{{Slot: "affected", Fields: fields("name=Liisa Nieminen", "personal_identity_code="+otherCode)}}, beside.Parties...)
		if b := m.Judge(sys, beside); b.Verdict != a.Verdict {
			rt.Fatalf("another person beside changed %s to %s", a.Verdict, b.Verdict)
		}
		if !slices.ContainsFunc(chosen, func(c string) bool { return strings.HasPrefix(c, "personal_identity_code=") }) {
			vetoed := m.Judge(sys, ticket("requester", append(slices.Clone(chosen), "personal_identity_code="+otherCode)...))
			if vetoed.Verdict.Strictness() < a.Verdict.Strictness() {
				rt.Fatalf("another's code raised %s to %s", a.Verdict, vetoed.Verdict)
			}
		}
	})
}
