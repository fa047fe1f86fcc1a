package catalogue_test

import (
	"flag"
	"fmt"
	"os"
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
		if part && len(r.Parts) > 0 {
			t.Errorf("%s has parts of its own", where)
		}
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
		if part {
			return
		}
		byTime := slices.ContainsFunc(r.Fields, func(f catalogue.FieldProfile) bool { return f.Identifier == core.TimeOfContact })
		if found := subjects > 0 || byTime; found == !r.Nobody.IsZero() {
			t.Errorf("%s: a person can be found in it: %t, and it says why nobody can: %q", where, found, r.Nobody.EN)
		}
		if !r.Nobody.IsZero() {
			complete(t, where, r.Nobody)
		}
	})
	if slots == 0 {
		t.Fatal("no slots")
	}
}

var update = flag.Bool("update", false, "write testdata/profile-names.txt anew")

// The names that mappings of sources rest on. Renaming one breaks them. In
// testdata/profile-names.txt a field is marked as the record's own number (*)
// or as special (!), a slot as the subject's (+) or an official's (-); fields of
// a slot beside those of every person stand in brackets.
func TestProfilesHoldTheNamesThatMappingsUse(t *testing.T) {
	person := "name given_name family_name former_name personal_identity_code date_of_birth email phone address employee_number user_id " +
		"virtu_code business_id vat_number electronic_id swedish_number eu_person_id tax_number customer_number iban organisation unit cost_centre location workstation title task role manager"
	var got []string
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
			own, shared := strings.CutPrefix(strings.Join(names, " "), person)
			if !shared {
				t.Errorf("%s.%s has %s", where, s.Name, strings.Join(names, " "))
			}
			if own != "" {
				words = append(words, "("+strings.TrimSpace(own)+")")
			}
		}
		got = append(got, where+": "+strings.Join(words, " "))
	})
	const file = "testdata/profile-names.txt"
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(got, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Logf("wrote the names of %d types to %s", len(got), file)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSuffix(string(want), "\n"), "\n"), got); diff != "" {
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
		"time_of_contact": core.TimeOfContact, "profile_name": core.UserID, "card_number": core.CustomerNumber, "bank_account": core.IBAN,
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

// What is heard or seen in a recording is told of nowhere else: whoever maps it
// needs the same fields in every kind, and the person must learn how to get it.
func TestRecordingsSayHowToGetThem(t *testing.T) {
	kinds := map[string][]string{
		"call-recording/call": {"service", "service_number", "language", "transcript"}, "chat/conversation": {"service", "language", "text"},
		"chat/identified_conversation": {"service", "language", "text"}, "video/video": {"service", "language", "place", "transcript"}, "cctv/recording": {"place", "camera"},
	}
	seen := 0
	eachType(t, func(where string, r catalogue.RecordType, part bool) {
		has := func(name string) bool { _, ok := r.Field(name); return ok }
		if media, ok := r.Field("media"); ok {
			if media.Role != core.RoleContent || !has("media_type") {
				t.Errorf("%s: the media is %s, and its type is told: %t", where, media.Role, has("media_type"))
			}
			if !part && !has("retained_until") {
				t.Errorf("%s does not tell how long its media is kept", where)
			}
		}
		own, recording := kinds[where]
		if !recording {
			return
		}
		seen++
		complete(t, where, r.Access)
		for _, name := range append(own, "time_of_contact", "ended", "duration", "media", "media_type", "retained_until") {
			if !has(name) {
				t.Errorf("%s has no %s", where, name)
			}
		}
	})
	if seen != len(kinds) {
		t.Errorf("%d types of recording, want %d", seen, len(kinds))
	}
}

// Chats and pictures hold nothing that tells who somebody is.
func TestAnonymousRecordsHoldNoIdentifier(t *testing.T) {
	want := []string{"cctv/recording", "chat/conversation", "surveys/anonymous_response", "surveys/statistic", "web-analytics/visit"}
	var got []string
	eachType(t, func(where string, r catalogue.RecordType, part bool) {
		held := slices.ContainsFunc(r.Slots, func(s catalogue.Slot) bool { return !s.Official })
		for _, p := range r.Parts {
			held = held || slices.ContainsFunc(p.Slots, func(s catalogue.Slot) bool { return !s.Official })
		}
		if !part && !held {
			got = append(got, where)
		}
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryKindOfTheDesignHasAProfile(t *testing.T) {
	design := strings.Fields(`case-management hr crm ticketing contract-register call-recording chat mail documents
		finance travel recruitment learning benefits visitors cctv licences surveys newsletter website social intranet
		video tendering suppliers directory guidance debt-collection web-analytics logs`)
	slices.Sort(design)
	if diff := cmp.Diff(design, catalogue.Kinds()); diff != "" {
		t.Error(diff)
	}
}

// The systems in which several controllers' records lie side by side tell
// whose a record is, by one name.
func TestMixedSystemsTellTheOwner(t *testing.T) {
	want := []string{"crm/company", "crm/contact", "crm/contract", "crm/customer", "crm/start_up", "directory/account", "directory/device", "documents/document",
		"licences/agreement", "licences/installation", "licences/licence", "ticketing/ticket"}
	var got []string
	eachType(t, func(where string, r catalogue.RecordType, _ bool) {
		if f, ok := r.Field("owner_organisation"); ok {
			got = append(got, where)
			if f.Role != core.RoleOrganisation {
				t.Errorf("%s: the owner is %s", where, f.Role)
			}
		}
	})
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestProfileForNamesTheKnownKinds(t *testing.T) {
	_, err := catalogue.ProfileFor("tickets")
	want := `kind "tickets" has no profile; known kinds: ` + strings.Join(catalogue.Kinds(), ", ")
	if fmt.Sprint(err) != want {
		t.Errorf("error %v, want %s", err, want)
	}
	a, _ := catalogue.ProfileFor("crm")
	b, _ := catalogue.ProfileFor("crm")
	if a == nil || a != b {
		t.Error("a profile is read twice")
	}
}
