package catalogue

import (
	"fmt"
	"slices"
)

// OwnEntry is the id of the entry for Sinusta itself.
const OwnEntry = "sinusta"

func organisationRules() []Rule {
	return []Rule{
		{Name: "organisation-name", Severity: SeverityError, Why: "GDPR Art. 13(1)(a), 30(1)(a): the report names the controller",
			organisation: func(_ lintee, o *Organisation) []string {
				return unless(!o.Name.IsZero(), "name is missing")
			}},
		{Name: "organisation-business-id", Severity: SeverityWarning, Why: "906/2019 s.26: a case is registered with the Business ID of the unit",
			organisation: func(_ lintee, o *Organisation) []string {
				return unless(o.BusinessID != "", "business_id is missing")
			}},
		{Name: "organisation-text-language", Severity: SeverityError, Why: "GDPR Art. 12(1): the report is readable in each language that is offered",
			organisation: func(_ lintee, o *Organisation) []string { return messagesOf(missingLanguages(o, withoutCommon(o))) }},
		{Name: "organisation-not-filled-in", Severity: SeverityError, Why: "a template is no statement",
			organisation: func(_ lintee, o *Organisation) []string { return messagesOf(unfilled(withoutCommon(o))) }},
		{Name: "registry-contact", Severity: SeverityError, Why: "906/2019 s.28(1)(2), GDPR Art. 12(2): where requests are sent",
			organisation: func(_ lintee, o *Organisation) []string { return contactGaps("registry", o.Registry, true) }},
		{Name: "dpo-contact", Severity: SeverityError, Why: "GDPR Art. 37(7): the contact details of the data protection officer are published",
			organisation: func(_ lintee, o *Organisation) []string {
				return contactGaps("data_protection_officer", o.DPO, false)
			}},
		{Name: "supervisory-authority", Severity: SeverityWarning, Why: "GDPR Art. 15(1)(f): every answer tells where to complain",
			organisation: func(_ lintee, o *Organisation) []string {
				return contactGaps("supervisory_authority", o.SupervisoryAuthority, true)
			}},
		{Name: "artificial-codes", Severity: SeverityWarning, Why: "artificial personal codes (900-999) identify nobody in real life",
			organisation: func(_ lintee, o *Organisation) []string {
				return unless(o.ArtificialCodes != AnchorArtificial, "artificial_codes is anchor: this is a test installation, and its reports are marked as test data")
			}},
		{Name: "issuer-unused", Severity: SeverityWarning, Why: "an issuer that no search key names may be a misspelling", organisation: unusedIssuers},
		{Name: "no-systems", Severity: SeverityError, Why: "an answer covers every system; a catalogue without entries proves nothing",
			organisation: func(l lintee, _ *Organisation) []string {
				return unless(len(l.catalogue.Systems) > 0, "the catalogue has no entry; write one file for each system, catalogue/<id>.yaml")
			}},
		{Name: "no-own-entry", Severity: SeverityWarning, Why: "Sinusta holds requests and what was found: it is a system of the organisation too",
			organisation: func(l lintee, _ *Organisation) []string {
				_, ok := l.catalogue.Entry(OwnEntry)
				return unless(ok || len(l.catalogue.Systems) == 0,
					"the catalogue has no entry for Sinusta itself; copy catalogue/"+OwnEntry+".yaml.sample to "+OwnEntry+".yaml and verify it")
			}},
	}
}

// withoutCommon gives the organisation without what its entries share, which
// the rules on entries look at.
func withoutCommon(o *Organisation) Organisation {
	out := *o
	out.Common = Common{}
	return out
}

// contactGaps gives what a contact lacks.
func contactGaps(path string, c Contact, address bool) []string {
	var out []string
	need := func(has bool, key string) {
		out = append(out, unless(has, fmt.Sprintf("%s.%s is missing", path, key))...)
	}
	need(!c.Title.IsZero(), "title")
	need(c.Email != "", "email")
	need(c.Phone != "", "phone")
	if address {
		need(!c.Address.IsZero(), "address")
	}
	return out
}

func unusedIssuers(l lintee, o *Organisation) []string {
	used := map[string]bool{}
	for _, s := range l.catalogue.Systems {
		for _, k := range s.SearchKeys {
			used[k.Issuer] = true
		}
	}
	var out []string
	for issuer := range o.Issuers {
		if !used[issuer] {
			out = append(out, fmt.Sprintf("issuers.%s is named by no search key", issuer))
		}
	}
	slices.Sort(out)
	return out
}

// issuerKnown tells whether the organisation declares the issuer of a key.
func issuerKnown(o *Organisation, k SearchKey) bool {
	_, ok := o.Issuers[k.Issuer]
	return ok || k.Issuer == "" || !isLocal(k.Kind)
}
