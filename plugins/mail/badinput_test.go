package mailsource

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
)

// Bad input of mailboxes; what the format readers do with it by themselves is
// tested in core/document.
//
//	zip bombs, nested archives, XML bombs    TestBadAttachments
//	CSV with broken quotes, macros, formulas TestBadAttachments
//	HTML with scripts                        TestAPageAsABody
//	files of 2 GB                            TestAMailboxOfTwoGigabytes
//	mail with 1,000 nested parts, links      TestHostileMailIsBounded
//	mail that changes while it is read       TestMailThatChangesWhileItIsRead
//	odd path names, loops of links           TestAnOddMaildir

const sender = "maija.esimerkki@example.fi"

func packed(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	return packedAll(t, map[string][]byte{name: content})
}

// officeBomb is a document whose text grows without end.
func officeBomb(t *testing.T, text string) []byte {
	t.Helper()
	return packedAll(t, map[string][]byte{"word/document.xml": []byte(text),
		"[Content_Types].xml": []byte(`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`)})
}

func packedAll(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func withAttachment(id, name string, content []byte) string {
	return lines("From: "+sender, "Message-ID: <"+id+">", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=RAJA", "", "--RAJA", "Content-Type: text/plain", "", "Oheisena.", "--RAJA",
		"Content-Type: application/octet-stream; name="+name, "Content-Disposition: attachment; filename="+name, "Content-Transfer-Encoding: base64", "",
		base64.StdEncoding.EncodeToString(content), "--RAJA--")
}

// Each attachment is bounded and told, and the messages are found.
func TestBadAttachments(t *testing.T) {
	onion := packed(t, "sisin.txt", []byte("sisin"))
	for range 60 {
		onion = packed(t, "sisempi.zip", onion)
	}
	bomb := `<!DOCTYPE d [<!ENTITY a0 "ha">`
	for n := range 30 {
		bomb += fmt.Sprintf(`<!ENTITY a%d "&a%d;&a%d;">`, n+1, n, n)
	}
	for name, c := range map[string]struct {
		file    string
		content []byte
		told    bool
	}{
		"a zip bomb":             {"pommi.zip", packed(t, "nollia.txt", make([]byte, 64<<20)), true},
		"nested archives":        {"sipuli.zip", onion, true},
		"an XML bomb":            {"naurut.docx", officeBomb(t, bomb+`]><w:document>&a30;</w:document>`), true},
		"CSV with broken quotes": {"rikki.csv", []byte("nimi;tunnus\n\"Aku;1\nReijo;010190-900P\n"), true},
		"a formula":              {"kaava.csv", []byte("nimi;tunnus\n=cmd|'/C calc'!A0;010190-900P\n"), false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "cur", "1"), withAttachment("paha@x", c.file, c.content))
			write(t, filepath.Join(dir, "cur", "2"), lines("From: "+sender, "Message-ID: <hyva@x>", "", "Hei"))
			i := opened(t, Config{Mailboxes: map[string]Mailbox{"kirjaamo": {Maildir: dir}}, Limits: &Limits{UnpackedBytes: 8 << 20}})
			a := ask(t, i, by(t, core.Email, sender))
			if got := strings.Join(a.refs(), " "); got != "paha@x hyva@x" {
				t.Errorf("found %q", got)
			}
			if told := len(a.notices) > 0 && a.notices[0].Class == core.ClassPartial; told != c.told {
				t.Errorf("told %+v", a.notices)
			}
			if !strings.HasSuffix(c.file, ".csv") {
				return
			}
			if got := strings.Join(ask(t, i, by(t, core.PersonalIdentityCode, "010190-900P")).refs(), " "); got != "paha@x" {
				t.Errorf("by what the attachment holds: %q", got)
			}
		})
	}
}

// A page comes as the text that a reader would see.
func TestAPageAsABody(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "cur", "1"), lines("From: "+sender, "Message-ID: <sivu@x>", "Content-Type: text/html; charset=utf-8", "",
		`<html><body onload="x()"><script>ajettu()</script><img src="http://127.0.0.1:1/x"><p>Asiani jäi kesken.</p><a href="javascript:x()">linkki</a></body></html>`))
	a := ask(t, opened(t, Config{Mailboxes: map[string]Mailbox{"kirjaamo": {Maildir: dir}}}), by(t, core.Email, sender))
	if len(a.records) != 1 {
		t.Fatalf("%d records", len(a.records))
	}
	all := ""
	for _, f := range a.records[0].Fields {
		all += f.Value.Plain() + "\n"
	}
	for _, part := range a.records[0].Parts {
		for _, f := range part.Fields {
			all += f.Value.Plain() + "\n"
		}
	}
	if !strings.Contains(all, "Asiani jäi kesken.") {
		t.Error("the text of the page is not in the record")
	}
	for _, mark := range []string{"<p>", "<script", "ajettu", "javascript", "onload", "127.0.0.1"} {
		if strings.Contains(all, mark) {
			t.Errorf("the record holds %q", mark)
		}
	}
}

// A message over the limit is told and not read, in either kind of mailbox.
func TestAMailboxOfTwoGigabytes(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 2 GB")
	}
	head := lines("From: "+sender, "Message-ID: <suuri@x>", "", "")
	dir := t.TempDir()
	large := filepath.Join(dir, "cur", "1")
	write(t, large, head)
	write(t, filepath.Join(dir, "cur", "2"), lines("From: "+sender, "Message-ID: <hyva@x>", "", "Hei"))
	if err := os.Truncate(large, 2<<30); err != nil {
		t.Fatal(err)
	}
	a := ask(t, opened(t, Config{Mailboxes: map[string]Mailbox{"kirjaamo": {Maildir: dir}}}), by(t, core.Email, sender))
	if got := strings.Join(a.refs(), " "); !strings.Contains(got, "hyva@x") {
		t.Errorf("found %q", got)
	}
	if !a.tells(core.ClassPartial, "limit") {
		t.Errorf("told %+v", a.notices)
	}
}

// Messages are found whatever their files and folders are called, and loops of
// links end.
func TestAnOddMaildir(t *testing.T) {
	dir := t.TempDir()
	names := []string{"cur/rivi\nvaihto", "cur/M\xe4kel\xe4", "new/-rf $(x)", "cur/\u202exyz:2,S", ".Outo.&-&- kansio/cur/1"}
	for n, name := range names {
		write(t, filepath.Join(dir, name), lines("From: "+sender, fmt.Sprintf("Message-ID: <%d@x>", n), "", "Hei"))
	}
	for name, target := range map[string]string{".silmukka": ".", "cur/itse": "itse", "cur/ylös": ".."} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip("no links here:", err)
		}
	}
	a := ask(t, opened(t, Config{Mailboxes: map[string]Mailbox{"kirjaamo": {Maildir: dir}}}), by(t, core.Email, sender))
	if len(a.records) != len(names) {
		t.Errorf("found %d of %d: %q", len(a.records), len(names), a.refs())
	}
	if !a.tells(core.ClassPartial, "links") {
		t.Errorf("told %+v", a.notices)
	}
}

// A message that is gone or shorter when it is to be read is told, and the
// search goes on.
func TestMailThatChangesWhileItIsRead(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"removed": os.Remove,
		"cut":     func(path string) error { return os.Truncate(path, 40) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "kirjaamo.mbox")
			write(t, path, "From a@example.fi Mon Mar  4 10:00:00 2024\r\n"+lines("From: "+sender, "Message-ID: <a@x>", "", strings.Repeat("Hei. ", 100)))
			i := opened(t, Config{Mailboxes: map[string]Mailbox{"kirjaamo": {MBox: path}}})
			a := &meddling{change: func() error { return change(path) }}
			if err := i.search(t.Context(), by(t, core.Email, sender), a); err != nil {
				t.Fatal(err)
			}
			if !a.changed || !a.tells(core.ClassPartial, "it changed or went away") {
				t.Errorf("found %q, told %+v", a.refs(), a.notices)
			}
		})
	}
}

// meddling changes a mailbox when its messages have been listed.
type meddling struct {
	given
	change  func() error
	changed bool
}

func (m *meddling) Progress(uint64) {
	if !m.changed {
		m.changed = m.change() == nil
	}
}
