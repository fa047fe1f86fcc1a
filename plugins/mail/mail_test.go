package mailsource

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// given is a sink that keeps what a search gives.
type given struct {
	records []core.Record
	notices []core.Problem
}

func (a *given) Emit(r core.Record) error    { a.records = append(a.records, r); return nil }
func (a *given) Notice(p core.Problem) error { a.notices = append(a.notices, p); return nil }
func (a *given) Examined(core.TypeCount)     {}
func (a *given) Progress(uint64)             {}
func (a *given) LeftOut([]core.LeftOut)      {}

func (a *given) refs() []string {
	var out []string
	for _, r := range a.records {
		out = append(out, strings.TrimPrefix(r.Ref, "message/kirjaamo/"))
	}
	return out
}

func (a *given) tells(class core.Class, word string) bool {
	return slices.ContainsFunc(a.notices, func(p core.Problem) bool { return p.Class == class && strings.Contains(p.Message, word) })
}

func by(t testing.TB, kind core.Kind, raw string) core.Query {
	t.Helper()
	i, err := identifier.Parse(kind, raw)
	if err != nil {
		t.Fatal(err)
	}
	i.Forms = identifier.Forms(i)
	return core.Query{AnyOf: []core.KeySet{{AllOf: []core.Identifier{i}}}}
}

func opened(t testing.TB, c Config) *instance {
	t.Helper()
	i, err := configure(c, sdk.Env{System: "S1", Kind: "mail"})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func ask(t testing.TB, i *instance, q core.Query) *given {
	t.Helper()
	a := &given{}
	if err := i.search(t.Context(), q, a); err != nil {
		t.Fatal(err)
	}
	return a
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func lines(s ...string) string { return strings.Join(s, "\r\n") + "\r\n" }

// letters are messages by the name of their Message-ID.
func letters() map[string]string {
	pdf := base64.StdEncoding.EncodeToString([]byte("Koodi: 010190-900P\n"))
	return map[string]string{
		"a@x": lines("From: =?iso-8859-1?Q?M=E4kinen=2C_Maija?= <Maija.Makinen@example.fi>", "To: kirjaamo@example.fi, \"Ankka, Aku\" <aku@example.fi>", "Cc: Ankka, Iines <iines@example.fi>",
			"Subject: =?utf-8?B?UMOkw6R0w7Zz?=", "Date: Mon, 4 Mar 2024 10:00:00 +0200", "Message-ID: <a@x>", "Content-Type: text/plain; charset=iso-8859-15", "Content-Transfer-Encoding: quoted-printable", "",
			"Pyyd=E4n p=E4=E4t=F6ksen."),
		"b@x": lines("From: aku@example.fi", "To: iines@example.fi", "Message-ID: <b@x>", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=RAJA", "", "--RAJA", "Content-Type: text/plain", "",
			"Oheisena.", "--RAJA", "Content-Type: text/plain; name=koodi.txt", "Content-Disposition: attachment; filename=koodi.txt", "Content-Transfer-Encoding: base64", "", pdf, "--RAJA--"),
		"c@x": lines("From: aku@example.fi", "To: iines@example.fi", "Message-ID: <c@x>", "Content-Type: message/rfc822", "", "From: Muu <muu@example.fi>", "To: maija.esimerkki@example.fi", "Subject: sisempi", "",
			"Välitetty Testisen Reijolle"),
	}
}

func maildir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for n, place := range map[string]string{"a@x": "cur/1.a.host:2,S", "b@x": "new/2.b.host", "c@x": ".Projektit.Vanhat &AOQA5ADk-/cur/3.c.host:2,"} {
		write(t, filepath.Join(dir, place), letters()[n])
	}
	write(t, filepath.Join(dir, "tmp", "9.x.host"), "From: maija.esimerkki@example.fi\n\n")
	write(t, filepath.Join(dir, "dovecot-uidlist"), "3 V1 N2\n")
	return dir
}

func mbox(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kirjaamo.mbox")
	var b strings.Builder
	for _, name := range []string{"a@x", "b@x", "c@x"} {
		b.WriteString("From aku@example.fi Mon Mar  4 10:00:00 2024\r\n" + letters()[name] + "\r\n")
	}
	write(t, path, b.String())
	return path
}

// People are found by the fields, the bodies and the attachments, in either
// kind of mailbox, and stand in their slots.
func TestPeopleAreFoundInMailboxes(t *testing.T) {
	inFiles := func(box Mailbox) Config { return Config{Mailboxes: map[string]Mailbox{"kirjaamo": box}} }
	for name, c := range map[string]Config{"maildir": inFiles(Mailbox{Maildir: maildir(t)}), "mbox": inFiles(Mailbox{MBox: mbox(t)}), "imap": onServer(dovecot(t, maildir(t)), "")} {
		i := opened(t, c)
		for q, want := range map[*core.Query]string{
			ptr(by(t, core.Email, "maija.makinen@example.fi")):    "a@x",
			ptr(by(t, core.Name, "Mäkinen, Maija")):               "a@x",
			ptr(by(t, core.PersonalIdentityCode, "010190-900P")):  "b@x",
			ptr(by(t, core.Email, "maija.esimerkki@example.fi")):  "c@x",
			ptr(by(t, core.Name, "Testinen, Reijo")):              "c@x",
			ptr(by(t, core.Email, "olematon.henkilo@example.fi")): "",
			ptr(by(t, core.PersonalIdentityCode, "010190-901R")):  "",
		} {
			a := ask(t, i, *q)
			if got := strings.Join(a.refs(), " "); got != want {
				t.Errorf("%s: %v found %q, want %q", name, q.Kinds(), got, want)
			}
			if len(a.notices) > 0 {
				t.Errorf("%s: told %+v", name, a.notices)
			}
			for _, r := range a.records {
				fetchable(t, i, r)
			}
		}
		r := ask(t, i, by(t, core.Email, "maija.makinen@example.fi")).records[0]
		var people []string
		for _, p := range r.Parties {
			n, _ := core.First(p.Fields, "name")
			e, _ := core.First(p.Fields, "email")
			people = append(people, p.Slot+" "+n.Plain()+" "+e.Plain())
		}
		want := []string{"sender Mäkinen, Maija Maija.Makinen@example.fi", "recipient  kirjaamo@example.fi", "recipient Ankka, Aku aku@example.fi", "copied Ankka, Iines iines@example.fi"}
		if !slices.Equal(people, want) {
			t.Errorf("%s: people are %q", name, people)
		}
		text, _ := core.First(r.Fields, "text")
		subject, _ := core.First(r.Fields, "subject_line")
		sent, _ := core.First(r.Fields, "time_of_contact")
		if text.Plain() != "Pyydän päätöksen.\n" || subject.Plain() != "Päätös" || sent.Plain() != "2024-03-04T08:00:00Z" || r.MatchedBy[0].Slot != "sender" {
			t.Errorf("%s: the message is %q, %q, %q, found by %+v", name, text.Plain(), subject.Plain(), sent.Plain(), r.MatchedBy)
		}
		inner := ask(t, i, by(t, core.Email, "maija.esimerkki@example.fi")).records[0]
		if inner.MatchedBy[0].Slot != "" || len(inner.Parties) != 2 {
			t.Errorf("%s: a message in a message lends its people: %+v %+v", name, inner.MatchedBy, len(inner.Parties))
		}
		if folder, _ := core.First(inner.Fields, "folder"); name != "mbox" && folder.Plain() != "Projektit/Vanhat äää" {
			t.Errorf("the folder is %q", folder.Plain())
		}
	}
}

func ptr(q core.Query) *core.Query { return &q }

func fetchable(t *testing.T, i *instance, r core.Record) {
	t.Helper()
	v, _ := core.First(r.Fields, "media")
	f, err := i.Fetch(t.Context(), v.Withheld.Ref)
	if err != nil {
		t.Errorf("%s cannot be fetched: %v", r.Ref, err)
		return
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil || int64(len(b)) != v.Withheld.Size || !strings.Contains(string(b), "Message-ID") {
		t.Errorf("%s gives %d bytes: %v", r.Ref, len(b), err)
	}
}

// Two messages under one Message-ID are two records, copies of one are one, and
// one without goes by its digest.
func TestRefsTellMessagesApart(t *testing.T) {
	dir := t.TempDir()
	head := "From: maija.esimerkki@example.fi\n"
	write(t, filepath.Join(dir, "cur", "1"), head+"Message-ID: <sama@x>\n\nyksi\n")
	write(t, filepath.Join(dir, "cur", "2"), head+"Message-ID: <sama@x>\n\nkaksi\n")
	write(t, filepath.Join(dir, ".Kopiot", "cur", "3"), head+"Message-ID: <sama@x>\n\nyksi\n")
	write(t, filepath.Join(dir, "cur", "4"), head+"\nilman\n")
	i := opened(t, Config{Mailboxes: map[string]Mailbox{"kirjaamo": {Maildir: dir}}})
	refs := ask(t, i, by(t, core.Email, "maija.esimerkki@example.fi")).refs()
	if len(refs) != 3 || refs[0] != "sama@x" || !strings.HasPrefix(refs[1], "sha256:") || !strings.HasPrefix(refs[2], "sha256:") {
		t.Errorf("the refs are %q", refs)
	}
}

// Mail that is made to harm is bounded, and told.
func TestHostileMailIsBounded(t *testing.T) {
	dir := t.TempDir()
	var nested strings.Builder
	for n := range 1500 {
		fmt.Fprintf(&nested, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", n, n)
	}
	write(t, filepath.Join(dir, "cur", "1"), "From: maija.esimerkki@example.fi\nMessage-ID: <syva@x>\n"+nested.String())
	write(t, filepath.Join(dir, "cur", "2"), "From: maija.esimerkki@example.fi\nTo: "+strings.Repeat("x@example.fi, ", 50_000)+"\nMessage-ID: <monta@x>\n\n")
	write(t, filepath.Join(dir, "cur", "3"), "\xff\xfe\x00\x01 ei viesti\n")
	write(t, filepath.Join(dir, "cur", "4"), "From: maija.esimerkki@example.fi\nMessage-ID: <tyhja@x>")
	write(t, filepath.Join(dir, "cur", "5"), "")
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "cur", "6")); err != nil {
		t.Fatal(err)
	}
	i := opened(t, Config{Mailboxes: map[string]Mailbox{"kirjaamo": {Maildir: dir}}})
	a := ask(t, i, by(t, core.Email, "maija.esimerkki@example.fi"))
	if got := strings.Join(a.refs(), " "); got != "syva@x monta@x tyhja@x" {
		t.Errorf("found %q", got)
	}
	if !a.tells(core.ClassPartial, "more parts") || !a.tells(core.ClassPartial, "1 links") {
		t.Errorf("told %+v", a.notices)
	}
}

// A mailbox that is not there, or empty, proves nothing.
func TestAMissingMailboxIsAnError(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "ei.mbox"), "tämä ei ole postia\n")
	for name, c := range map[string]struct {
		box  Mailbox
		want core.Class
	}{
		"missing":     {Mailbox{Maildir: filepath.Join(dir, "ei")}, core.ClassTransient},
		"empty":       {Mailbox{Maildir: t.TempDir()}, core.ClassTransient},
		"no mbox":     {Mailbox{MBox: filepath.Join(dir, "ei.mbox")}, core.ClassConfig},
		"may be":      {Mailbox{Maildir: t.TempDir(), MayBeEmpty: true}, ""},
		"mbox folder": {Mailbox{MBox: filepath.Dir(mbox(t))}, ""},
	} {
		i := opened(t, Config{Mailboxes: map[string]Mailbox{"kirjaamo": c.box}})
		err := i.search(t.Context(), by(t, core.Email, "maija.esimerkki@example.fi"), &given{})
		var p *core.Problem
		if errors.As(err, &p); err != nil && p == nil || p != nil && p.Class != c.want || p == nil && c.want != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAddressesAsProgramsWriteThem(t *testing.T) {
	for value, want := range map[string][]address{
		"a@x.fi": {{"", "a@x.fi"}},
		"Mäkinen, Maija <m@x.fi>, Ankka Aku <a@x.fi>": {{"Mäkinen, Maija", "m@x.fi"}, {"Ankka Aku", "a@x.fi"}},
		`"Mäkinen, \"Maija\"" <m@x.fi>; b@x.fi`:       {{`Mäkinen, "Maija"`, "m@x.fi"}, {"", "b@x.fi"}},
		"Ryhmä: a@x.fi, B <b@x.fi>;":                  {{"", "a@x.fi"}, {"B", "b@x.fi"}},
		"undisclosed-recipients:;":                    nil,
		"m@x.fi (Maija Mäkinen)":                      {{"Maija Mäkinen", "m@x.fi"}},
		"Maija Mäkinen":                               {{"Maija Mäkinen", ""}},
		"<m@x.fi":                                     {{"", "m@x.fi"}},
		"'Maija' <m@x.fi>,, ,":                        {{"Maija", "m@x.fi"}},
		"":                                            nil,
	} {
		if got := addresses(value); !slices.Equal(got, want) {
			t.Errorf("%q gives %q, want %q", value, got, want)
		}
	}
}
