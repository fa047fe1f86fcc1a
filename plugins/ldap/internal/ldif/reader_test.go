package ldif

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func readAll(text string) (entries []Entry, faults []string, err error) {
	r := NewReader("staff.ldif", strings.NewReader(text))
	for {
		e, err := r.Next()
		var syntax *SyntaxError
		switch {
		case errors.Is(err, io.EOF):
			return entries, faults, nil
		case errors.As(err, &syntax):
			faults = append(faults, syntax.Error())
		case err != nil:
			return entries, faults, err
		default:
			if err := sameAtItsOffset(text, e); err != nil {
				return entries, faults, err
			}
			e.Offset = 0
			entries = append(entries, e)
		}
	}
}

// sameAtItsOffset tells whether the entry is read again where it says that it
// begins.
func sameAtItsOffset(text string, e Entry) error {
	again, err := ReadAt("staff.ldif", strings.NewReader(text), e.Offset)
	if err != nil {
		return fmt.Errorf("read again at %d: %w", e.Offset, err)
	}
	again.Line = e.Line
	if d := cmp.Diff(e, again); d != "" {
		return fmt.Errorf("read again at %d: %s", e.Offset, d)
	}
	return nil
}

func attr(name string, values ...string) Attribute {
	a := Attribute{Name: name}
	for _, v := range values {
		a.Values = append(a.Values, []byte(v))
	}
	return a
}

func TestEntriesAreReadAsTheyAreWritten(t *testing.T) {
	text := "\ufeffversion: 1\n# a comment\n  folded, of course\n\ndn: uid=a,dc=example\r\nuid: a\r\nMAIL: one@example.fi\r\ncn:: TcOka2luZW4=\r\nmail: two@\r\n example.fi\r\ndescription:\r\n\r\n\n" +
		"dn:: Y249TcOka2luZW4sZGM9ZXhhbXBsZQ==\ncn;lang-fi: Mäkinen \n# in between\ncn;lang-fi:    x:y"
	got, faults, err := readAll(text)
	if err != nil || len(faults) > 0 {
		t.Fatal(err, faults)
	}
	want := []Entry{
		{Line: 5, DN: "uid=a,dc=example", Attributes: []Attribute{attr("uid", "a"), attr("MAIL", "one@example.fi", "two@example.fi"),
			attr("cn", "Mäkinen"), attr("description", "")}},
		{Line: 14, DN: "cn=Mäkinen,dc=example", Attributes: []Attribute{attr("cn;lang-fi", "Mäkinen ", "x:y")}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestABrokenRecordIsNamedByItsLineAndLeftBehind(t *testing.T) {
	const good = "\n\ndn: dc=example\ndc: example\n"
	tests := []struct{ name, text, fault string }{
		{"no colon", "dn: uid=a\nsecret value", "staff.ldif:2: there is no colon"},
		{"bad base64", "dn: uid=a\ncn:: M*!", "staff.ldif:2: the value after :: is no base64"},
		{"dn by reference", "dn:< file:///etc/passwd\ncn: x", "staff.ldif:1: a value by reference"},
		{"change record", "dn: uid=a\nchangetype: modify\nreplace: cn\ncn: x\n-", "staff.ldif:2: a change record"},
		{"deletion", "dn: uid=a\nchangetype: delete", "staff.ldif:2: a change record"},
		{"change record with a control", "dn: uid=a\ncontrol: 1.2.840.113556.1.4.805 true\nchangetype: delete", "staff.ldif:3: a change record"},
		{"late change record", "dn: uid=a\ncn: x\nchangetype: add", "staff.ldif:3: a change record"},
		{"control alone", "dn: uid=a\ncontrol: 1.2.3\ncn: x", "staff.ldif:2: a control without"},
		{"no dn", "cn: Mäkinen", "staff.ldif:1: the record does not begin with dn:"},
		{"two dns", "dn: uid=a\ncn: x\ndn: uid=b", "staff.ldif:3: a second dn:"},
		{"continuation of nothing", " x", "staff.ldif:1: a continuation"},
		{"bad name", "dn: uid=a\nc n: x", "staff.ldif:2: what stands before the colon"},
		{"no attribute", "dn: uid=a", "staff.ldif:1: the entry has no attribute"},
		{"version 2", "version: 2\ndn: uid=a\ncn: x", "staff.ldif:1: the version"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			entries, faults, err := readAll(test.text + good)
			if err != nil || len(entries) != 1 || len(faults) != 1 {
				t.Fatalf("entries %d, faults %q, %v", len(entries), faults, err)
			}
			if !strings.HasPrefix(faults[0], test.fault) {
				t.Errorf("fault %q, want %q", faults[0], test.fault)
			}
			for _, content := range []string{"secret", "Mäkinen", "passwd"} {
				if strings.Contains(faults[0], content) {
					t.Errorf("the fault shows content: %q", faults[0])
				}
			}
		})
	}
}

func TestAnythingThatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 1, 5).Draw(t, "values")
		var b strings.Builder
		b.WriteString("dn: dc=example\n")
		for _, v := range values {
			line := "x:: " + base64.StdEncoding.EncodeToString(v)
			for len(line) > 20 {
				fmt.Fprintf(&b, "%s\n ", line[:20])
				line = line[20:]
			}
			fmt.Fprintln(&b, line)
		}
		got, faults, err := readAll(b.String())
		if err != nil || len(faults) > 0 || len(got) != 1 || len(got[0].Attributes[0].Values) != len(values) {
			t.Fatal(got, faults, err)
		}
		for i, v := range values {
			if string(got[0].Attributes[0].Values[i]) != string(v) {
				t.Fatal("a value changed")
			}
		}
	})
}

func TestNoFileMakesTheReaderPanicOrLoop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.SampledFrom([]string{"dn: dc=x", "\n", " ", ":", "::", "cn", "#", "version: 1", ";", "=", "\r\n", "ä", "\x00"})).Draw(t, "words")
		_, _, err := readAll(strings.Join(words, ""))
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestExportsOfBothServersAreRead(t *testing.T) {
	entries, faults, err := readAll("dn: CN=Maija,DC=x\nchangetype: add\ncn: Maija\nobjectGUID:: AQID\n\n" +
		"dn: cn=b\ncontrol: 2.16.840.1.113730.3.4.2\nchangetype: add\ncn: b\njpegPhoto:< file:///etc/passwd\nmember;range=0-1: x\n")
	want := []Entry{
		{Line: 1, DN: "CN=Maija,DC=x", Attributes: []Attribute{attr("cn", "Maija"), attr("objectGUID", "\x01\x02\x03")}},
		{Line: 6, DN: "cn=b", Attributes: []Attribute{attr("cn", "b"), {Name: "jpegPhoto", Elsewhere: true}, attr("member;range=0-1", "x")}},
	}
	if d := cmp.Diff(want, entries); d != "" || len(faults) > 0 || err != nil {
		t.Error(d, faults, err)
	}
}

func TestUTF16IsReadWithAndWithoutItsMark(t *testing.T) {
	text := "dn: CN=Mäkinen,DC=x\r\nchangetype: add\r\ncn: Mäkinen\r\ndescription: \U0001F600 pitkä\r\n  rivi\r\n\r\n# \U0001F600 ä\r\n\r\ndn: CN=b\r\ncn: b\r\n"
	encode := func(mark string, order binary.AppendByteOrder) string {
		var b []byte
		for _, u := range utf16.Encode([]rune(mark + text)) {
			b = order.AppendUint16(b, u)
		}
		return string(b)
	}
	for name, file := range map[string]string{"little-endian": encode("\ufeff", binary.LittleEndian), "big-endian": encode("\ufeff", binary.BigEndian),
		"little-endian, no mark": encode("", binary.LittleEndian), "big-endian, no mark": encode("", binary.BigEndian)} {
		entries, faults, err := readAll(file)
		want := []Entry{{Line: 1, DN: "CN=Mäkinen,DC=x", Attributes: []Attribute{attr("cn", "Mäkinen"), attr("description", "\U0001F600 pitkä rivi")}},
			{Line: 9, DN: "CN=b", Attributes: []Attribute{attr("cn", "b")}}}
		if d := cmp.Diff(want, entries); d != "" || len(faults) > 0 || err != nil {
			t.Error(name, d, faults, err)
		}
	}
}

func TestWhatLdapsearchSaysOfItsAnswerIsHeard(t *testing.T) {
	text := "# extended LDIF\n#\n# LDAPv3\n\ndn: uid=a\nuid: a\n\n# refldap://one.example/dc=one\n\n# search reference\nref: ldap://two.example/dc=two??sub\n\n" +
		"# search result\nsearch: 2\nresult: 4 Size limit exceeded\n\n# numResponses: 2\n"
	r := NewReader("x.ldif", strings.NewReader(text))
	var got []string
	for {
		e, err := r.Next()
		var to *Reference
		var bound *Bounded
		switch {
		case errors.Is(err, io.EOF):
			want := []string{"uid=a", "ldap://one.example/dc=one", "ldap://two.example/dc=two??sub", "x.ldif:15: the export is not whole: the server ended it with result 4"}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			return
		case errors.As(err, &to):
			got = append(got, to.URL)
		case errors.As(err, &bound):
			got = append(got, bound.Error())
		case err != nil:
			t.Fatal(err)
		default:
			got = append(got, e.DN)
		}
	}
}

func TestASearchThatEndedWellSaysNothing(t *testing.T) {
	entries, faults, err := readAll("dn: uid=a\nuid: a\n\nsearch: 2\nresult: 0 Success\n\ndn: uid=b\nuid: b\n")
	if len(entries) != 2 || len(faults) > 0 || err != nil {
		t.Error(entries, faults, err)
	}
}
