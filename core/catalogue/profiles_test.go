package catalogue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// eachType gives every record type and part of every profile to check.
func eachType(t *testing.T, check func(where string, r catalogue.RecordType, part bool)) {
	t.Helper()
	if len(catalogue.Kinds()) == 0 {
		t.Fatal("no profiles")
	}
	for _, kind := range catalogue.Kinds() {
		p, err := catalogue.ProfileFor(kind)
		if err != nil {
			t.Fatal(err)
		}
		if p.Kind != kind || len(p.Types) == 0 {
			t.Fatalf("profile %s has kind %q and %d types", kind, p.Kind, len(p.Types))
		}
		complete(t, kind, p.Title)
		for _, r := range p.Types {
			check(kind+"/"+r.Name, r, false)
			for _, part := range r.Parts {
				check(kind+"/"+r.Name+"/"+part.Name, part, true)
			}
		}
	}
}

func complete(t *testing.T, where string, text catalogue.Text) {
	t.Helper()
	if text.FI == "" || text.SV == "" || text.EN == "" {
		t.Errorf("%s: a text lacks a language: %+v", where, text)
	}
}

func TestProfileFieldsSayWhatTheyAre(t *testing.T) {
	fields := 0
	check := func(where string, list []catalogue.FieldProfile, inSlot bool) {
		seen := map[string]bool{}
		for _, f := range list {
			fields++
			at := where + "." + f.Name
			complete(t, at, f.Label)
			if seen[f.Name] || f.Name == "" {
				t.Errorf("%s stands twice or has no name", at)
			}
			seen[f.Name] = true
			if title, ok := catalogue.CategoryTitle(f.Category); !ok {
				t.Errorf("%s has the unknown category %q", at, f.Category)
			} else {
				complete(t, f.Category, title)
			}
			if f.Own && f.Identifier == "" {
				t.Errorf("%s is the record's own number and no kind of identifier", at)
			}
			if f.Own && inSlot || f.Own && f.Role != core.RoleOrganisation {
				t.Errorf("%s is the record's own number in a slot, or not the organisation's", at)
			}
			if f.Special && f.Role == core.RoleOrganisation {
				t.Errorf("%s is special and would be shown without a decision", at)
			}
			roles := []core.Role{core.RoleOrganisation, core.RoleContent}
			if inSlot {
				roles = []core.Role{"", core.RoleThirdParty}
			}
			if !slices.Contains(roles, f.Role) {
				t.Errorf("%s has the role %q", at, f.Role)
			}
			if (f.NamePart != "") && f.Identifier != core.Name || !slices.Contains([]string{"", "given", "family", "former"}, f.NamePart) {
				t.Errorf("%s has the name part %q and the kind %q", at, f.NamePart, f.Identifier)
			}
			for code, text := range f.Codes {
				complete(t, at+" code "+code, text)
			}
		}
	}
	eachType(t, func(where string, r catalogue.RecordType, _ bool) {
		check(where, r.Fields, false)
		for _, s := range r.Slots {
			check(where+"."+s.Name, s.Fields, true)
		}
	})
	if fields == 0 {
		t.Fatal("no fields")
	}
}

func TestProfileSlotsAreForOneSideOnly(t *testing.T) {
	slots := 0
	eachType(t, func(where string, r catalogue.RecordType, part bool) {
		complete(t, where, r.Title)
		if len(r.Fields) == 0 {
			t.Errorf("%s has no fields", where)
		}
		subjects := 0
		seen := map[string]bool{}
		for _, s := range r.Slots {
			slots++
			complete(t, where+"."+s.Name, s.Title)
			if s.Subject && s.Official {
				t.Errorf("%s.%s is for the subject and for officials", where, s.Name)
			}
			if s.Subject {
				subjects++
			}
			if seen[s.Name] || s.Name == "" {
				t.Errorf("%s.%s stands twice or has no name", where, s.Name)
			}
			seen[s.Name] = true
			if f, ok := s.Field("manager"); !ok || f.Role != core.RoleThirdParty {
				t.Errorf("%s.%s: the manager is not somebody else", where, s.Name)
			}
		}
		if !part && subjects == 0 {
			t.Errorf("%s is about nobody", where)
		}
		if part && len(r.Parts) > 0 {
			t.Errorf("%s has parts of its own", where)
		}
	})
	if slots == 0 {
		t.Fatal("no slots")
	}
}

// The names that mappings of sources rest on. Renaming one breaks them.
func TestProfilesHoldTheNamesThatMappingsUse(t *testing.T) {
	person := "name given_name family_name former_name personal_identity_code date_of_birth email phone address employee_number user_id " +
		"virtu_code business_id vat_number electronic_id swedish_number eu_person_id tax_number customer_number iban organisation unit cost_centre location workstation title task role manager"
	want := map[string]string{
		"case-management/case":                 "diary_number* name description nature received drafted sent status decided final_measure ticket_number contract_number | initiator+ party+ handler- decision_maker-",
		"case-management/case/document":        "document_number name nature date text | sender+ author-",
		"case-management/case/measure":         "name date text | handler-",
		"case-management/contract":             "contract_number* diary_number name description signed valid_from valid_to | counterparty+ contact_person+ handler-",
		"case-management/journal_entry":        "diary_number* name date note | party+ handler-",
		"hr/employee":                          "status started ended | employee+ supervisor- emergency_contact",
		"hr/employee/employment":               "position unit basis from to hours |",
		"hr/employee/service_record":           "entry_kind date text |",
		"hr/employee/pay":                      "period gross net currency |",
		"hr/employee/competence":               "name level date |",
		"hr/employee/absence":                  "absence_kind! from to |",
		"crm/contact":                          "status created source | contact+ account_manager-",
		"crm/contact/communication":            "date channel topic text |",
		"crm/contact/event":                    "name date diet! |",
		"crm/contact/disruption_notice":        "date topic |",
		"crm/invoice":                          "invoice_number amount currency date due bank_account edi_code description | payee+ handler-",
		"ticketing/ticket":                     "ticket_number* title description category status priority opened closed resolution diary_number | requester+ affected+ assignee- approver-",
		"ticketing/ticket/comment":             "time text | commenter+ agent-",
		"ticketing/ticket/attachment":          "name media_type size |",
		"contract-register/contract":           "contract_number* counterparty_contract_number diary_number name description status signed valid_from valid_to value currency | counterparty+ contact_person+ owner- signatory-",
		"contract-register/contract/amendment": "amendment_number name date text |",
		"directory/account":                    "status created groups picture | person+ manager",
	}
	got := map[string]string{}
	eachType(t, func(where string, r catalogue.RecordType, _ bool) {
		var words []string
		for _, f := range r.Fields {
			words = append(words, f.Name+map[bool]string{true: "*"}[f.Own]+map[bool]string{true: "!"}[f.Special])
		}
		words = append(words, "|")
		for _, s := range r.Slots {
			words = append(words, s.Name+map[bool]string{true: "+"}[s.Subject]+map[bool]string{true: "-"}[s.Official])
			var names []string
			for _, f := range s.Fields {
				names = append(names, f.Name)
			}
			if all := strings.Join(names, " "); all != person {
				t.Errorf("%s.%s has %s", where, s.Name, all)
			}
		}
		got[where] = strings.Join(words, " ")
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A field that holds an identifier is known by its name, everywhere alike.
func TestProfileFieldsOfOneNameHoldOneKind(t *testing.T) {
	kinds := map[string]core.Kind{
		"given_name": core.Name, "family_name": core.Name, "former_name": core.Name,
		"personal_identity_code": core.PersonalIdentityCode, "date_of_birth": core.DateOfBirth, "email": core.Email, "phone": core.Phone,
		"employee_number": core.EmployeeNumber, "user_id": core.UserID, "business_id": core.BusinessID, "diary_number": core.DiaryNumber,
		"contract_number": core.ContractNumber, "ticket_number": core.TicketNumber, "invoice_number": core.InvoiceNumber,
		"address": core.Address, "virtu_code": core.VirtuKey, "vat_number": core.VATNumber, "electronic_id": core.ElectronicID,
		"swedish_number": core.SwedishNumber, "eu_person_id": core.EUPersonID, "tax_number": core.TaxNumber, "customer_number": core.CustomerNumber, "iban": core.IBAN,
	}
	seen := map[string]bool{}
	eachType(t, func(where string, r catalogue.RecordType, _ bool) {
		for _, f := range r.Fields {
			seen[f.Name] = true
			if f.Identifier != kinds[f.Name] {
				t.Errorf("%s.%s holds %q, want %q", where, f.Name, f.Identifier, kinds[f.Name])
			}
		}
		for _, s := range r.Slots {
			for _, f := range s.Fields {
				seen[f.Name] = true
				want := kinds[f.Name]
				if f.Name == "name" {
					want = core.Name
				}
				if f.Identifier != want {
					t.Errorf("%s.%s.%s holds %q, want %q", where, s.Name, f.Name, f.Identifier, want)
				}
			}
		}
	})
	for name := range kinds {
		if !seen[name] {
			t.Errorf("no field is called %s", name)
		}
	}
}

func TestProfileForNamesTheKnownKinds(t *testing.T) {
	_, err := catalogue.ProfileFor("cctv")
	want := `kind "cctv" has no profile; known kinds: case-management, contract-register, crm, directory, hr, ticketing`
	if fmt.Sprint(err) != want {
		t.Errorf("error %v, want %s", err, want)
	}
	a, _ := catalogue.ProfileFor("crm")
	b, _ := catalogue.ProfileFor("crm")
	if a == nil || a != b {
		t.Error("a profile is read twice")
	}
}
