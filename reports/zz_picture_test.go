package reports

import (
	"os"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

func tx(fi, sv, en string) catalogue.Text { return catalogue.Text{FI: fi, SV: sv, EN: en} }

func TestPicture(t *testing.T) {
	dir := os.Getenv("PICTURE")
	if dir == "" {
		t.Skip()
	}
	sys := func(id, kind string, name catalogue.Text) catalogue.System {
		return catalogue.System{ID: id, Kind: kind, Name: name, Store: catalogue.Store{Name: tx("Asiarekisterin ja tiedonhallinnan tietovaranto", "Informationslagret för ärenderegistret och informationshanteringen", "Case register and information management store")},
			Purposes:    []catalogue.Text{tx("Palvelupyyntöihin vastaaminen ja häiriöiden selvittäminen", "Tillmötesgå tjänstebegäranden och reagera på störningsanmälningar", "Answering service requests and solving disruptions"), {SV: "Informationsmaterialet behandlas i syfte att uppfylla de lagstadgade skyldigheterna."}},
			LegalBasis:  []catalogue.LegalBasis{{Article: "6(1)(c)", Statutes: []string{"1226/2013 s.6", "906/2019 s.25"}, Text: tx("Lakisääteinen velvoite", "Rättslig förpliktelse", "Legal obligation")}},
			DataGroups:  []catalogue.DataGroup{{Name: tx("Käyttäjätiedot", "Användaruppgifter", "User data")}, {Name: tx("Ruokavalio", "Diet", "Diet"), Special: true}},
			DataSources: []catalogue.Text{tx("Käyttäjä itse", "Användaren själv", "The user")},
			Recipients:  []catalogue.Text{tx("Palvelukeskus", "Servicecentret", "Service centre"), tx("Asiakasorganisaatio", "Kundorganisation", "Customer organisation")},
			Retention:   []catalogue.Retention{{Days: 180, Types: []string{"ticket"}}, {Text: tx("Tiedonohjaussuunnitelman mukaan", "Enligt planen för informationsstyrning", "By the information control plan")}},
			Secrecy:     []catalogue.Secrecy{{Statute: "621/1999", Section: "24 § 1 mom. 7 k.", Text: tx("Tietojärjestelmien turvajärjestelyt", "Skyddsarrangemang för datasystem", "Security of information systems")}},
		}
	}
	in := sample()
	in.Profile = catalogue.ProfileFor
	in.Request.Test = true
	in.Request.Requester = "Mäkinen, Maija Helena"
	in.Request.CaseNumber = "VALTORI/1234/02.07.01/2026"
	in.Version, in.CatalogueDigest = "0.1.0", "sha256:4f1c9b0f7a8d2e6b3c5d1a9e8f7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b"
	in.Organisation = catalogue.Organisation{ID: "valtori", Name: tx("Valtion tieto- ja viestintätekniikkakeskus Valtori", "Statens center för informations- och kommunikationsteknik Valtori", "Government ICT Centre Valtori"), BusinessID: "2574261-4", Authority: true, Languages: []string{"fi", "sv", "en"},
		Registry: catalogue.Contact{Email: "kirjaamo@valtori.example", Phone: "0295 505 000", Address: tx("Lintulahdenkuja 2, 00530 Helsinki", "Fågelviksgatan 5, 00530 Helsingfors", "Lintulahdenkuja 2, 00530 Helsinki")},
		DPO:      catalogue.Contact{Email: "tietosuoja@valtori.example", Phone: "0295 505 029"}}
	in.Systems = []catalogue.System{
		sys("V1.1", "case-management", tx("Asianhallintajärjestelmä", "Ärendehanteringssystem", "Case management system")),
		sys("V1.3", "contract-register", tx("Sopimusrekisteri", "Avtalsregister", "Contract register")),
		sys("V2.1", "hr", tx("Henkilöstöhallinnon tietojärjestelmä", "Personaladministrationens datasystem", "Human resources system")),
		sys("V4.2", "crm", tx("Asiakkuudenhallintajärjestelmä", "System för kundrelationshantering", "Customer relationship system")),
		sys("V6.1", "ticketing", tx("Käyttäjätuen toiminnanohjausjärjestelmä", "System för användarstödets verksamhetsstyrning", "User support system")),
		sys("V6.4", "crm", tx("Asiakaslaskutus", "Kundfakturering", "Customer invoicing")),
		sys("V7.1", "ticketing", tx("Palvelunhallinnan kokonaisuus", "Tjänstehanteringshelheten", "Service management")),
		sys("staff-directory", "directory", tx("Henkilöstöhakemisto", "Personalkatalog", "Staff directory")),
		sys("V6.2", "ticketing", tx("Chat-keskustelut", "Chattdiskussioner", "Chat")),
	}
	in.Systems[0].Purposes, in.Systems[0].Recipients = nil, nil
	in.Systems[8].OutcomeReason = tx("Keskusteluja ei tallenneta.", "Diskussionerna sparas inte.", "Chats are not stored.")
	in.Systems[4].Controllers = []catalogue.Controller{{Name: in.Organisation.Name, Role: catalogue.RoleController, From: "2014-03-01"}, {Name: tx("Palkeet", "Palkeet", "Palkeet"), Role: catalogue.RoleProcessor, Scope: tx("palkkatiedot", "löneuppgifter", "pay data")}}
	oc := []core.Outcome{core.Found, core.Found, core.Found, core.NeedsMoreIdentifiers, core.Partial, core.NoneFound, core.TimedOut, core.NoneFound, core.NotStored}
	in.Coverage = nil
	for i, s := range in.Systems {
		c := core.Coverage{System: s.ID, Outcome: oc[i], Records: 3 * i, Took: time.Duration(i) * 430 * time.Millisecond, AskedWith: []core.Kind{core.PersonalIdentityCode, core.Email, core.EmployeeNumber}}
		switch c.Outcome {
		case core.Partial:
			c.Reason = core.Reason{Code: core.ReasonUnmapped, Types: []string{"ticket"}}
			c.Problems = []core.Problem{{Class: core.ClassUnmapped, RecordType: "ticket"}}
		case core.TimedOut:
			c.Reason = core.Reason{Code: core.ReasonTimeout}
			c.Problems = []core.Problem{{Class: core.ClassDeadline}}
		case core.NeedsMoreIdentifiers:
			c.Reason = core.Reason{Code: core.ReasonNoUsableKey, Kinds: []core.Kind{core.Email, core.Phone}}
			c.AskedWith, c.Took, c.Records = nil, 0, 0
		case core.NotStored:
			c.Reason, c.AskedWith, c.Took, c.Records = core.Reason{Code: core.ReasonCatalogue}, nil, 0, 0
		}
		in.Coverage = append(in.Coverage, c)
	}
	own := []core.Field{field("name", "Mäkinen, Maija Helena"), field("personal_identity_code", code(901)), field("email", "maija.makinen@example.fi"), field("phone", "040 123 4567"), field("unit", "Käyttäjätuki"), field("manager", "Pomo, Pekka")}
	sub := []core.Role{core.RoleSubject, core.RoleSubject, core.RoleSubject, core.RoleSubject, core.RoleSubject, core.RoleThirdParty}
	tk := Member{System: "V6.1", Record: core.Record{Type: "ticket", Ref: "ticket/INC0012345", Time: time.Date(2026, 5, 3, 6, 5, 0, 0, time.UTC),
		Fields:  []core.Field{field("title", "x"), field("ticket_number", "INC0012345"), field("status", "closed"), field("priority", "3"), field("category", "Työasema"), {Name: "opened", Value: core.TimeValue(time.Date(2026, 5, 3, 6, 5, 0, 0, time.UTC))}, {Name: "closed", Value: core.NullValue()}, field("description", "x"), field("row_version", "x")},
		Parties: []core.Party{{Slot: "requester", Fields: own}, {Slot: "assignee", Fields: []core.Field{field("name", "x"), field("email", "x")}}},
		Parts: []core.Part{
			{Type: "comment", Fields: []core.Field{{Name: "time", Value: core.TimeValue(time.Date(2026, 5, 3, 8, 5, 0, 0, time.UTC))}, field("text", "x")}, Parties: []core.Party{{Slot: "agent", Fields: []core.Field{field("name", "x")}}}},
			{Type: "comment", Fields: []core.Field{{Name: "time", Value: core.TimeValue(time.Date(2026, 5, 4, 8, 5, 0, 0, time.UTC))}, field("text", "x")}, Parties: []core.Party{{Slot: "commenter", Fields: []core.Field{field("name", "Mäkinen, Maija Helena")}}}}},
	}, Roles: Roles{Fields: []core.Role{"content", "organisation", "organisation", "organisation", "organisation", "organisation", "organisation", "content", "unknown"},
		Parties: [][]core.Role{sub, {"official", "official"}},
		Parts:   []Roles{{Fields: []core.Role{"organisation", "content"}, Parties: [][]core.Role{{"official"}}}, {Fields: []core.Role{"organisation", "content"}, Parties: [][]core.Role{{"subject"}}}}}}
	con := func(s, ref, ends string) Member {
		return Member{System: s, Record: core.Record{Type: "contract", Ref: ref, Time: time.Date(2025, 1, 3, 6, 5, 0, 0, time.UTC),
			Fields:  []core.Field{field("contract_number", "SOP-2025-77"), field("name", "x"), {Name: "signed", Value: core.Value{Type: core.TypeDate, Text: "2025-01-03"}}, {Name: "valid_to", Value: core.Value{Type: core.TypeDate, Text: ends}}},
			Parties: []core.Party{{Slot: "counterparty", Fields: own[:2]}, {Slot: "contact_person", Fields: []core.Field{field("name", "x"), field("phone", "x")}}}},
			Roles: Roles{Fields: []core.Role{"organisation", "content", "organisation", "organisation"}, Parties: [][]core.Role{sub[:2], {"third-party", "third-party"}}}}
	}
	emp := Member{System: "V2.1", Record: core.Record{Type: "employee", Ref: "employee/88", Fields: []core.Field{field("status", "active"), {Name: "started", Value: core.Value{Type: core.TypeDate, Text: "2019-08-01"}}},
		Parties: []core.Party{{Slot: "employee", Fields: own}, {Slot: "supervisor", Fields: own[:1]}, {Slot: "emergency_contact", Fields: []core.Field{field("name", "x"), field("phone", "x")}}},
		Parts: []core.Part{{Type: "pay", Fields: []core.Field{field("period", "2026-05"), {Name: "gross", Value: core.DecimalValue("3456.78")}, field("currency", "EUR")}},
			{Type: "absence", Fields: []core.Field{field("absence_kind", "x"), {Name: "from", Value: core.Value{Type: core.TypeDate, Text: "2026-02-01"}}}}}},
		Roles: Roles{Fields: []core.Role{"organisation", "organisation"}, Parties: [][]core.Role{sub, {"official"}, {"third-party", "third-party"}}, Parts: []Roles{{Fields: []core.Role{"organisation", "organisation", "organisation"}}, {Fields: []core.Role{"content", "organisation"}}}}}
	und := tk
	und.Record.Ref = "ticket/INC0099"
	why := func(fi, sv, en, m string) catalogue.Text {
		return tx("Tämä tieto on sinun, koska kohdassa ”"+fi+"” on henkilötunnuksesi "+m+".", "Den här uppgiften är din, eftersom din personbeteckning "+m+" finns i fältet ”"+sv+"”.", "This record is yours because its field “"+en+"” holds your personal identity code "+m+".")
	}
	in.Items = []Item{
		{Members: []Member{tk}, Verdict: core.Confirmed, Explanation: why("Pyytäjä", "Den som begärt stöd", "Requester", "010190-****")},
		{Members: []Member{con("V1.1", "contract/SOP-2025-77", "2027-12-31"), con("V1.3", "contract/SOP-2025-77", "2028-06-30")}, Verdict: core.Confirmed, Explanation: why("Vastapuoli", "Motpart", "Counterparty", "010190-****")},
		{Members: []Member{emp}, Verdict: core.Confirmed, Explanation: why("Työntekijä", "Anställd", "Employee", "010190-****")},
		{Members: []Member{und}, Verdict: core.Review, Undecided: true, Explanation: why("a", "b", "c", "")},
	}
	in.Officials = map[string]int{"V1.1": 12}
	in.Others = map[string]int{"V6.1": 1}
	in.Keys = []UsedKey{{Kind: core.PersonalIdentityCode, Masked: "010190-****"}, {Kind: core.Email, Masked: "m•••@example.fi"}, {Kind: core.Name, Masked: "M••• M•••"}, {Kind: core.Name, Masked: "V••• M•••", Former: true}, {Kind: core.EmployeeNumber, Masked: "10•••3"}}
	r := build(t, in)
	for _, lang := range Languages() {
		f, err := os.Create(dir + "/report." + lang + ".html")
		if err != nil {
			t.Fatal(err)
		}
		if err := HTML(f, r, lang); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	f, _ := os.Create(dir + "/report.json")
	if err := JSON(f, r, "fi"); err != nil {
		t.Fatal(err)
	}
	f.Close()
}
