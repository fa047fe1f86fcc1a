package reports

import (
	"net/url"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
)

func TestKeysThatLookLikeRecordNumbers(t *testing.T) {
	tests := []struct {
		keys []string
		want bool
	}{
		{[]string{"4017", "901", "1", "INC0012345", "inc0000081", "SOP-2025-00032", "S-2024-001", "VTR/12/2026",
			"SCTASK0010001", "RITM0010001", "HELPDESK-0012", "HELPDESK_00123", "TASK_0012",
			"VALTORI/213/2025", "VALTORI/500002/02.08.00/2025", "VM132:00/2017", "3221/523/13", "5146/01.04.00/2023",
			"21/00.01.01/2011", "12/2024-A", "2024-001-FI", "V6.1-000123", "9f2ac4e445b351a7", "16fcdffabf137a454a643cac84f4df09",
			"16FCDFFABF137A454A643CAC84F4DF09", "936cfbae-3598-4cef-b9c3-a96ea7f85d6b", "6F9619FF-8B86-D011-B42D-00CF4FC964FF"}, true},
		{[]string{"ari.aho", "Li Wu", "Virtanen Pekka 3", "Aho, Ari", "aho", "AHO", "VIRTANEN", "VIRTANEN001234", "PALVELUPYYNTO0010001", "HELPDESKS-0012", "HELPDESK-012", "HELPDESK--0012", "HELP-DESK-0012",
			"helpdesk-0012", "Helpdesk-0012", "sctask0010001", "SCTASK 0010001", "SCTASK0010001X", "VÄLINEET0010001",
			"Virtanen-3", "VIRTANEN-PEKKA-3",
			"virtanen/12/2026", "Virtanen/12/2026", "AHO-ARI-2024-1", "LIWU3", "mmakinen", "makinma1", "MAKINMA1", "aho12", "ab1234",
			"someone@office.example", "1@2", "uid=1", "cn=1", "uid=abc,ou=people", "12 34", "INC 12345", "12\t3", "12\u00a03", "",
			"-", "/", "~1", "%2520", "%zz", "deadbeefdeadbeef", "9f2ac4", "9F2ac4e445b351a7", "d5ec0af1-b40c", "١٢٣٤٥", "４０１７", "12/", "/12",
			"Ärende-12", "öhman12345", "4017;4018", "4017\n", "010190A123B"}, false},
	}
	for _, tt := range tests {
		for _, key := range tt.keys {
			escaped := url.PathEscape(key)
			if got := isRecordKey(escaped); got != tt.want {
				t.Errorf("%q: %t, want %t", key, got, tt.want)
			}
		}
	}
	// Keys of several columns, as sources write them.
	for key, want := range map[string]bool{
		"2024/17": true, "INC0012345/3": true, "VALTORI%2F213%2F2025/2": true, "VALTORI/213/2025": true,
		"17/Virtanen": false, "Virtanen/17": false, "17/": false, "17//2": false, "17/pekka%40office.example": false,
	} {
		if got := isRecordKey(key); got != want {
			t.Errorf("%q: %t, want %t", key, got, want)
		}
	}
}

// A key in the shape of a record number that is somebody's identifier all the
// same, in whatever spelling.
func TestKeysThatAreIdentifiers(t *testing.T) {
	tests := []struct {
		kind core.Kind
		text string
		key  string
		want bool
	}{
		{core.Phone, "+358 40 555 1111", "0405551111", true},
		{core.Phone, "+358 40 555 1111", "405551111", true},
		{core.Phone, "040-5551111", "358405551111", true},
		{core.Phone, "040-5551111", "040/5551111", true},
		{core.Phone, "(040) 555 1111 (work)", "INC0405551111", true},
		{core.Phone, "040 5551111, 09 1234567", "2024-09-1234567", true},
		{core.Phone, "+46 70 123 45 67", "0701234567", true},
		{core.Phone, "40171", "T40171", true},
		{core.Phone, "0405551111", "0405551112", false},
		{core.Phone, "0405551111", "INC0012345", false},
		{core.Phone, "112", "INC0011200", false},
		{core.Email, "aho12345@office.example", "aho12345", true},
		{core.Email, "Ari <A12345@office.example>", "A-12345", true},
		{core.Email, "aho12345@office.example", "12345678", false},
		{core.UserID, "t123456", "T123456", true},
		{core.UserID, "t123456; t654321", "T-654321", true},
		{core.UserID, "t123456@office.example", "t123456", true},
		{core.UserID, "12345", "INC0012345", true},
		{core.UserID, "ff", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", false},
		{core.UserID, "8b86", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", false},
		{core.UserID, "virtanen0010001", "VIRTANEN0010001", true},
		{core.UserID, "helpdesk-12", "HELPDESK-0012", true},
		{core.Name, "Virtanen, Pekka", "VIRTANEN-0012", true},
		{core.Phone, "040 555 1111", "SCTASK0405551111", true},
		{core.EmployeeNumber, "10001", "SCTASK0010001", true},
		{core.Name, "Virtanen, Pekka", "SCTASK0010001", false},
		{core.UserID, "kananmar", "INC0012345", false},
		{core.EmployeeNumber, "70231", "70231", true},
		{core.EmployeeNumber, "0070231", "70231", true},
		{core.EmployeeNumber, "70231", "E0070231", true},
		{core.EmployeeNumber, "70231", "2026/70231", true},
		{core.EmployeeNumber, "70231", "702310", false},
		{core.EmployeeNumber, "70231", "170231", false},
		{core.Name, "Aho, Ari", "AHO-2024-1", true},
		{core.Name, "Li Wu", "LI-2024-1", true},
		{core.Name, "Pekka Virtanen", "VIRTANEN/12/2026", true},
		{core.Name, "Åke Ö", "ÅKE-2024-1", true},
		{core.Name, "Aho, Ari", "INC0012345", false},
		{core.Name, "A. Aho", "A-2024-1", false},
		{core.DateOfBirth, "1990-01-02", "02.01.1990", true},
		{core.DateOfBirth, "1990-01-02", "2024-01", false},
		{core.PersonalIdentityCode, "010190-123X", "010190-123X", true},
		{"", "0405551111", "358405551111", true},
		{"", "Aho Ari", "AHO-2024-1", true},
		{"", "t123456@office.example", "T123456", true},
		{"", "4018", "4017", false},
	}
	for _, tt := range tests {
		if got := new(builder).tells(&recordKey{text: tt.key}, tt.kind, tt.text); got != tt.want {
			t.Errorf("kind %q, %q in %q: %t, want %t", tt.kind, tt.text, tt.key, got, tt.want)
		}
	}
}

func TestRefs(t *testing.T) {
	mine, other := code(901), code(902)
	fields := func(list ...core.Field) []core.Field { return list }
	subject, third := core.RoleSubject, core.RoleThirdParty
	tests := []struct {
		name    string
		key     string
		fields  []core.Field
		verdict core.Verdict
		role    core.Role
		kept    bool
	}{
		{"a number", "INC0012345", fields(field("name", "Maija Mäkinen")), core.Review, subject, true},
		{"a diary number", "VTR%2F12%2F2026", fields(field("name", "Maija Mäkinen")), core.Review, subject, true},
		{"an entryUUID", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", fields(field("user_id", "ff")), core.Review, subject, true},
		{"hexadecimal digits", "9f2ac4e445b351a7", fields(field("user_id", "ff")), core.Confirmed, third, true},
		{"a task number", "SCTASK0010001", fields(field("name", "Maija Mäkinen"), field("phone", "040 555 1111")), core.Review, subject, true},
		{"a number behind a joint", "HELPDESK-0012", fields(field("name", "Maija Mäkinen")), core.Review, subject, true},
		{"a name before a joint", "MAKINEN-0012", fields(field("name", "Maija Mäkinen")), core.Review, subject, false},
		{"a telephone number behind a prefix", "SCTASK0405551111", fields(field("phone", "040 555 1111")), core.Review, subject, false},
		{"a user id", "mmakinen", fields(field("user_id", "mmakinen")), core.Review, subject, false},
		{"a user id in numbers", "70231", fields(field("user_id", "70231")), core.Probable, subject, false},
		{"a telephone number", "0405551111", fields(field("phone", "+358 40 555 1111")), core.Review, subject, false},
		{"a telephone number, confirmed", "0405551111", fields(field("phone", "+358 40 555 1111")), core.Confirmed, third, false},
		{"the party's own telephone number", "0405551111", fields(field("phone", "+358 40 555 1111")), core.Confirmed, subject, true},
		{"a name", "2026-M%C3%A4kinen", fields(field("name", "Maija Mäkinen")), core.Review, subject, false},
		{"a name of the key alone", "Virtanen%20Pekka%203", fields(field("name", "Maija Mäkinen")), core.Confirmed, subject, false},
		{"a short name of the key alone", "Li%20Wu", nil, core.Confirmed, subject, false},
		{"a user name of the key alone", "ari.aho", fields(field("name", "Aho, Ari")), core.Confirmed, subject, false},
		{"an e-mail address", "someone%40office.example", nil, core.Review, subject, false},
		{"a directory name", "uid=abc,ou=people", nil, core.Confirmed, subject, false},
		{"an own code", mine, nil, core.Confirmed, subject, false},
		{"another's code", other, nil, core.Confirmed, subject, false},
		{"an unmapped value", "T123456", fields(field("login", "t123456")), core.Review, subject, false},
		{"own user id", "T123456", fields(field("user_id", "T123456")), core.Confirmed, subject, true},
		{"another's user id", "T123456", fields(field("user_id", "T123456")), core.Confirmed, third, false},
		{"an official's user id", "T123456", fields(field("user_id", "T123456")), core.Confirmed, core.RoleOfficial, false},
		{"a key that is no percent-escape", "%zz", nil, core.Confirmed, subject, false},
		{"no key", "", nil, core.Confirmed, subject, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := sample()
			ref := "ticket/" + tt.key
			rec := core.Record{Type: "ticket", Ref: ref, Parties: []core.Party{{Slot: "requester", Fields: tt.fields}}}
			in.Items[1] = Item{Verdict: tt.verdict, Members: []Member{{System: string(core.Partial), Record: rec,
				Roles: Roles{Parties: [][]core.Role{same(tt.role, len(tt.fields))}}}}}
			r := build(t, in)
			got := thing(t, r, 2).Copies[0].Ref
			if kept := got == ref; kept != tt.kept {
				t.Errorf("ref is %q, want kept %t", got, tt.kept)
			}
			if !tt.kept && !strings.HasPrefix(got, "ticket/~") {
				t.Errorf("ref is %q, want ticket/~ and a digest", got)
			}
			if again := thing(t, build(t, in), 2).Copies[0].Ref; again != got {
				t.Errorf("the digest changed from %q to %q", got, again)
			}
		})
	}
}

func TestARefOfAnotherTypeOrWithoutOneIsNotShown(t *testing.T) {
	for _, ref := range []string{"Virtanen/17", "17", "Virtanen"} {
		in := sample()
		in.Items[1].Members[0].Record.Ref = ref
		if got := thing(t, build(t, in), 2).Copies[0].Ref; !strings.HasPrefix(got, "ticket/~") {
			t.Errorf("ref %q is shown as %q", ref, got)
		}
	}
}
