package plugins

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/servers"
	"github.com/sinusta/sinusta/fixtures/servers/serverstest"
	"github.com/sinusta/sinusta/plugins/sdk/sdktest"
)

// letter gives a message.
func letter(id, from, text string) string {
	return "From: " + from + "\nTo: kirjaamo@example.fi\nSubject: Asia\nDate: Fri, 1 Mar 2024 08:00:00 +0200\nMessage-ID: <" + id + "@conform>\n" +
		"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + text + "\n"
}

// mailDir gives the files of a Maildir.
func mailDir(messages map[string]string) map[string]string {
	out := map[string]string{}
	for id, m := range messages {
		out["cur/"+id+".host:2,S"] = m
	}
	return out
}

func manyLetters(n int, from string) map[string]string {
	out := map[string]string{}
	for i := range n {
		id := fmt.Sprintf("m%06d", i)
		out[id] = letter(id, from, "Toistuva asia")
	}
	return out
}

// mailOwner is what follows the place of a mailbox in its configuration.
const mailOwner = ", may_be_empty: true, owner: {name: Kirjaamo, email: kirjaamo@example.fi}}}\n"

func maildirSuite(t *testing.T) sdktest.Suite {
	s, dir, t1 := mailSuite(t, func(dir string) *sdktest.Setup {
		return setup(t, "mailboxes: {kirjaamo: {maildir: "+dir+mailOwner, nil)
	})
	s.Absent = setup(t, "mailboxes: {kirjaamo: {maildir: "+filepath.Join(dir, "ei-ole")+"}}", nil)
	s.Attachment = wholeLetter(t1, "/t1.host")
	s.Exempt["bad-secret-auth"] = "mailboxes in files have no account"
	s.Exempt["secrets-hidden"] = "mailboxes in files have no secret"
	return s
}

// imapSuite is the same on a real server, with an encrypted connection.
func imapSuite(t *testing.T) sdktest.Suite {
	var server *servers.Dovecot // the first one, of Works
	config := func(d *servers.Dovecot, url, password string) *sdktest.Setup {
		return setup(t, "server: {url: \""+url+"\", ca_file: "+d.CAFile+", user: kirjaamo}\nmailboxes: {kirjaamo: {imap: {}"+mailOwner, map[string]string{"password": password})
	}
	s, _, t1 := mailSuite(t, func(dir string) *sdktest.Setup {
		d := serverstest.Dovecot(t, servers.MailOptions{Users: map[string]string{"kirjaamo": dir}})
		if server == nil {
			server = d
		}
		return config(d, d.TLSURL, d.Password)
	})
	s.Absent = config(server, "imaps://{listener}", server.Password)
	s.BadSecret = config(server, server.TLSURL, "kelvoton-salasana-51d9")
	s.Attachment = wholeLetter(strings.ReplaceAll(t1, "\n", "\r\n"), numberOf(t, server, "t1@conform")+"/INBOX")
	return s
}

// numberOf gives the number of a message on a server.
func numberOf(t *testing.T, d *servers.Dovecot, id string) string {
	t.Helper()
	c, err := imapclient.DialInsecure(strings.TrimPrefix(d.URL, "imap://"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login("kirjaamo", d.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	box, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: id}}}, nil).Wait()
	if err != nil || len(found.AllUIDs()) != 1 {
		t.Fatalf("%d messages, %v", len(found.AllUIDs()), err)
	}
	return fmt.Sprintf("%d.%d", box.UIDValidity, found.AllUIDs()[0])
}

func wholeLetter(text, key string) *sdktest.Attachment {
	sum := sha256.Sum256([]byte(text))
	return &sdktest.Attachment{Ref: "message/kirjaamo/t1@conform#sha256=" + hex.EncodeToString(sum[:]) + "@" + url.QueryEscape(key) + "@-1", Size: uint64(len(text)), SHA256: sum[:]}
}

// mailSuite gives what the suites of mailboxes have in common, the Maildir that
// they are made of, and the message that is fetched whole.
func mailSuite(t *testing.T, config func(dir string) *sdktest.Setup) (s sdktest.Suite, dir, t1 string) {
	works := manyLetters(fewPekka, pekka)
	works["t1"] = "Cc: Iines <iines@example.fi>\nBcc: Aku <aku@example.fi>\nReceived: from a by b; Fri, 1 Mar 2024 08:00:01 +0200\nReferences: <t0@conform>\n" +
		strings.Replace(letter("t1", "Esimerkki Maija <"+maija+">", "X"), "Content-Type: text/plain; charset=utf-8", "To: Pulu <pulu@example.fi>\nContent-Type: multipart/mixed; boundary=R", 1) +
		"--R\nContent-Type: text/plain\n\nKuvaus: ei toimi\n--R\nContent-Type: text/plain; name=loki.txt\nContent-Disposition: attachment; filename=loki.txt\n\n" +
		strings.Repeat("rivi lokia\n", 20_000) + "\n--R--\n"
	works["t2"] = letter("t2", maija, "Kuvaus: ei toimi")
	works["f1"] = strings.Replace(letter("f1", "tuleva@example.fi", "x"), "1 Mar 2024", "31 Dec 2099", 1)
	works["n1"], works["n2"] = letter("n1", "aly1@example.fi", composed), letter("n2", "aly2@example.fi", decomposed)
	large := map[string]string{"t1": works["t1"], "t2": works["t2"]}
	large["l1"] = letter("l1", "iso@example.fi", strings.Repeat(strings.Repeat("0123456789abcdef", 4)+"\n", 5<<14))
	works["x1"] = strings.Replace(letter("x1", "latin@example.fi", latin("Mäkelä Latina")), "utf-8", "iso-8859-1", 1)
	dir = tree(t, mailDir(works))
	s = suiteOf(t, "mail")
	s.Works = config(dir)
	for _, f := range []string{"message_id", "mailbox", "time_of_contact", "received", "subject_line", "text", "conversation_id", "size", "media", "media_type",
		"sender.name", "sender.email", "recipient.name", "recipient.email", "copied.name", "copied.email", "blind_copied.name", "blind_copied.email",
		"mailbox_owner.name", "mailbox_owner.email", "attachment/name", "attachment/text", "attachment/media_type", "attachment/size"} {
		s.Fields = append(s.Fields, "message:"+f)
	}
	s.Values = []string{"Kuvaus: ei toimi"}
	ref := func(id string) string { return "message/kirjaamo/" + id + "@conform" }
	s.Finds = []sdktest.Case{
		{Query: by(t, core.Email, maija), Refs: []string{ref("t1"), ref("t2")}},
		{Query: by(t, core.Email, "tuleva@example.fi"), Refs: []string{ref("f1")}},
		{Query: by(t, core.Email, pekka), Count: fewPekka},
	}
	s.Empty = &sdktest.Case{Setup: config(tree(t, map[string]string{"dovecot-uidlist": "3"})), Query: by(t, core.Email, maija)}
	s.One = &sdktest.Case{Query: by(t, core.Email, "tuleva@example.fi"), Count: 1}
	s.Stream = &sdktest.Case{Setup: config(tree(t, mailDir(manyLetters(streamRecords, everybody)))), Query: by(t, core.Email, everybody), Count: streamRecords}
	s.LargeValue = &sdktest.ValueCase{Case: sdktest.Case{Setup: config(tree(t, mailDir(large))), Query: by(t, core.Email, "iso@example.fi")}, Ref: ref("l1"), Field: "text", Size: 5 << 20}
	s.Encoded = &sdktest.ValueCase{Case: sdktest.Case{Query: by(t, core.Email, "latin@example.fi")}, Ref: ref("x1"), Field: "text", Text: "Mäkelä Latina\n"}
	both := []string{ref("n1"), ref("n2")}
	s.Composed = &sdktest.Case{Query: by(t, core.Name, composed), Refs: both}
	s.Decomposed = &sdktest.Case{Query: by(t, core.Name, decomposed), Refs: both}
	s.Exempt["many-records"] = "100,000 messages take longer to make than to search; 10,000 are tried"
	s.Exempt["rate-limit-waits"] = "neither a file system nor an IMAP server tells anybody to wait"
	s.Exempt["clock-skew"] = "no question and no answer depends on a clock: the times of a message are those that stand in it"
	s.Exempt["resume-every-checkpoint"] = "messages come and go between two searches: a search that was killed begins anew, as kill-resume shows"
	s.Exempt["key-errors"] = "every kind that the plugin takes is enough by itself; files shows it for a name with a date of birth, by the same code"
	return s, dir, works["t1"]
}
