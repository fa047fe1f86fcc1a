package catalogue

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
)

// keyForm is the form of a sentence's key.
var keyForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*$`)

// SubjectGroups are the sorts of people that a catalogue tells apart.
func SubjectGroups() []string {
	return []string{"employees", "former-employees", "applicants", "managers", "visitors", "customers", "customer-staff", "suppliers",
		"partners", "stakeholders", "tenderers", "travellers", "parties", "users", "callers", "respondents", "subscribers", "participants",
		"job-seekers", "employers", "entrepreneurs", "officials", "requesters", "public", "others"}
}

// checkShared looks at the values that an entry and Common both have.
func checkShared(d *strictyaml.Document, at string, controllers []Controller, basis []LegalBasis, groups []SubjectGroup, retention []Retention, paper Paper) {
	for i, c := range controllers {
		checkController(d, fmt.Sprintf("%scontrollers[%d]", at, i), c)
	}
	for i, b := range basis {
		if !articleForm.MatchString(b.Article) {
			d.Errorf(fmt.Sprintf("%slegal_basis[%d].article", at, i), "article %q is no ground of the GDPR; write it like 6(1)(c), 9(2)(h) or 10", b.Article)
		}
	}
	for i, g := range groups {
		if g.Group != "" {
			oneOf(d, fmt.Sprintf("%sdata_subjects[%d].group", at, i), g.Group, SubjectGroups())
		}
	}
	for i, r := range retention {
		here := fmt.Sprintf("%sretention[%d]", at, i)
		if r.Days < 0 {
			d.Errorf(here+".days", "days must not be negative")
		}
		if r.LongestDays != 0 && r.LongestDays < r.Days {
			d.Errorf(here+".longest_days", "longest_days %d is less than days %d", r.LongestDays, r.Days)
		}
		checkPeriod(d, here, r.From, r.To)
	}
	if paper.Held != "" {
		oneOf(d, at+"paper.held", paper.Held, []string{PaperYes, PaperNo, PaperUnknown})
	}
}

// checkCommon looks at what holds for all systems. Record types depend on the
// kind of a system, so that common facts name none.
func checkCommon(d *strictyaml.Document, c *Common) {
	checkShared(d, "common.", c.Controllers, c.LegalBasis, c.DataSubjects, c.Retention, c.Paper)
	for i, r := range c.Retention {
		if len(r.Types) > 0 {
			d.Errorf(fmt.Sprintf("common.retention[%d].types", i), "record types are those of one kind of system; leave types out here")
		}
	}
}

func checkDocument(d *strictyaml.Document, at string, doc Document, before []Document) {
	if !keyForm.MatchString(doc.ID) {
		d.Errorf(at+".id", "the id %q of a document may hold a-z, 0-9, and . - inside", doc.ID)
	}
	if slices.ContainsFunc(before, func(o Document) bool { return o.ID == doc.ID }) {
		d.Errorf(at+".id", "the document %q stands twice", doc.ID)
	}
	oneOf(d, at+".kind", doc.Kind, []DocumentKind{PublicityDescription, PrivacyNotice, OtherDocument})
	oneOf(d, at+".language", doc.Language, languages)
	checkDate(d, at+".date", doc.Date)
	checkDate(d, at+".updated", doc.Updated)
	for i, r := range doc.Rights {
		oneOf(d, fmt.Sprintf("%s.rights[%d].right", at, i), r.Right, statedRights)
	}
	checkStatements(d, at+".sentences", doc.Sentences)
}

// checkStatements looks at the keys of sentences: a source that names one
// must mean one sentence.
func checkStatements(d *strictyaml.Document, at string, list []Statement) {
	for i, p := range list {
		here := fmt.Sprintf("%s[%d].key", at, i)
		switch {
		case !keyForm.MatchString(p.Key):
			d.Errorf(here, "the key %q of a sentence may hold a-z, 0-9, and . - inside", p.Key)
		case p.Key == SourceDerived || p.Key == SourceAssumed || p.Key == SourceUnstated:
			d.Errorf(here, "%q has a meaning of its own in source; call the sentence otherwise", p.Key)
		case slices.ContainsFunc(list[:i], func(o Statement) bool { return o.Key == p.Key }):
			d.Errorf(here, "the key %q stands twice", p.Key)
		}
	}
}

// checkPeriod notes days that are none, and a last day before the first.
func checkPeriod(d *strictyaml.Document, at, first, last string) {
	from, to := checkDate(d, at+".from", first), checkDate(d, at+".to", last)
	if !from.IsZero() && !to.IsZero() && to.Before(from) {
		d.Errorf(at+".to", "the last day %s is before the first, %s", last, first)
	}
}
