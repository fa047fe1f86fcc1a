package mailsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/servers"
	"github.com/sinusta/sinusta/fixtures/servers/serverstest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

const maija = "maija.esimerkki@example.fi"

// letter is a short message.
func letter(id, from, text string) string {
	return lines("From: "+from, "To: kirjaamo@example.fi", "Date: Mon, 4 Mar 2024 10:00:00 +0200", "Message-ID: <"+id+">", "", text)
}

// boxOf writes a Maildir of messages by their place, such as cur/1 or
// .Arkisto/new/2.
func boxOf(t *testing.T, messages map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for place, text := range messages {
		write(t, filepath.Join(dir, place), text)
	}
	return dir
}

func dovecot(t testing.TB, box string, access ...string) *servers.Dovecot {
	t.Helper()
	return serverstest.Dovecot(t, servers.MailOptions{Users: map[string]string{"kirjaamo": box}, Access: access})
}

// onServer gives the configuration of the mailbox kirjaamo on a server, without
// encryption, or through what stands before it.
func onServer(d *servers.Dovecot, address string) Config {
	if address == "" {
		address = strings.TrimPrefix(d.URL, "imap://")
	}
	return Config{Server: &Server{URL: "imap://" + address, ClearText: true, User: "kirjaamo", Seconds: 30}, Password: sdk.Secret(d.Password),
		Mailboxes: map[string]Mailbox{"kirjaamo": {IMAP: &IMAP{}}}}
}

// mate is another program that uses the mailbox.
func mate(t *testing.T, d *servers.Dovecot) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(strings.TrimPrefix(d.URL, "imap://"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Login("kirjaamo", d.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

// proxy stands between the plugin and a server. hook sees each piece that the
// plugin sends before the server does; when it gives false the connection is
// cut.
func proxy(t *testing.T, d *servers.Dovecot, hook func(sent string) bool) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", strings.TrimPrefix(d.URL, "imap://"))
			if err != nil {
				_ = near.Close()
				continue
			}
			both := func() { _, _ = near.Close(), far.Close() }
			go func() { defer both(); _, _ = io.Copy(near, far) }()
			go func() {
				defer both()
				buffer := make([]byte, 64<<10)
				for {
					n, err := near.Read(buffer)
					if err != nil || !hook(string(buffer[:n])) {
						return
					}
					if _, err := far.Write(buffer[:n]); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// speak gives the address of a server that talks as the function does.
func speak(t *testing.T, talk func(net.Conn)) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); talk(c) }()
		}
	}()
	return l.Addr().String()
}

func failure(t *testing.T, c Config) (*core.Problem, *given) {
	t.Helper()
	a := &given{}
	err := opened(t, c).search(t.Context(), by(t, core.Email, maija), a)
	var p *core.Problem
	if err != nil && !errors.As(err, &p) {
		t.Errorf("an error of no class: %v", err)
	}
	return p, a
}

func TestConnectionsAreEncryptedAndTheServerProved(t *testing.T) {
	d := dovecot(t, boxOf(t, map[string]string{"cur/1": letter("a@x", maija, "yksi")}))
	port := strings.TrimPrefix(d.URL, "imap://127.0.0.1:")
	for name, test := range map[string]struct {
		server Server
		want   core.Class
		path   string
	}{
		"imaps":               {Server{URL: d.TLSURL, CAFile: d.CAFile}, "", ""},
		"starttls":            {Server{URL: d.URL, StartTLS: true, CAFile: d.CAFile}, "", ""},
		"clear":               {Server{URL: d.URL, ClearText: true}, "", ""},
		"clear by name":       {Server{URL: "imap://localhost:" + port, ClearText: true}, "", ""},
		"imaps, unknown":      {Server{URL: d.TLSURL}, core.ClassConfig, "server.ca_file"},
		"starttls, unknown":   {Server{URL: d.URL, StartTLS: true}, core.ClassConfig, "server.ca_file"},
		"imaps on plain port": {Server{URL: "imaps://127.0.0.1:" + port, CAFile: d.CAFile}, core.ClassConfig, "server.url"},
		"plain on imaps port": {Server{URL: "imap://" + strings.TrimPrefix(d.TLSURL, "imaps://"), ClearText: true, Seconds: 2}, core.ClassTransient, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := onServer(d, "")
			test.server.User = "kirjaamo"
			c.Server = &test.server
			p, a := failure(t, c)
			if p == nil && test.want != "" || p != nil && (p.Class != test.want || p.ConfigPath != test.path) {
				t.Fatalf("ended with %+v, want %s at %q", p, test.want, test.path)
			}
			if test.want == "" && len(a.records) != 1 {
				t.Errorf("found %q", a.refs())
			}
		})
	}
}

func TestServerSettingsAreRefused(t *testing.T) {
	imapBox := map[string]Mailbox{"k": {IMAP: &IMAP{}}}
	for name, test := range map[string]struct {
		c    Config
		path string
	}{
		"no server":        {Config{Mailboxes: imapBox}, "server"},
		"no mailbox":       {Config{Server: &Server{URL: "imaps://x", User: "u"}, Password: "p", Mailboxes: map[string]Mailbox{"k": {Maildir: "/x"}}}, "server"},
		"no user":          {Config{Server: &Server{URL: "imaps://x"}, Password: "p", Mailboxes: imapBox}, "server.user"},
		"no password":      {Config{Server: &Server{URL: "imaps://x", User: "u"}, Mailboxes: imapBox}, "password"},
		"a password alone": {Config{Password: "p", Mailboxes: map[string]Mailbox{"k": {Maildir: "/x"}}}, "secrets.password"},
		"clear afar":       {Config{Server: &Server{URL: "imap://mail.example.fi", User: "u", ClearText: true}, Password: "p", Mailboxes: imapBox}, "server.url"},
		"clear unsaid":     {Config{Server: &Server{URL: "imap://127.0.0.1", User: "u"}, Password: "p", Mailboxes: imapBox}, "server.url"},
		"clear and tls":    {Config{Server: &Server{URL: "imaps://127.0.0.1", User: "u", ClearText: true}, Password: "p", Mailboxes: imapBox}, "server.clear_text"},
		"twice encrypted":  {Config{Server: &Server{URL: "imaps://x", User: "u", StartTLS: true}, Password: "p", Mailboxes: imapBox}, "server.start_tls"},
		"another scheme":   {Config{Server: &Server{URL: "https://x", User: "u"}, Password: "p", Mailboxes: imapBox}, "server.url"},
		"user in url":      {Config{Server: &Server{URL: "imaps://u:p@x", User: "u"}, Password: "p", Mailboxes: imapBox}, "server.url"},
		"two kinds":        {Config{Server: &Server{URL: "imaps://x", User: "u"}, Password: "p", Mailboxes: map[string]Mailbox{"k": {IMAP: &IMAP{}, Maildir: "/x"}}}, "mailboxes.k"},
		"no ca":            {Config{Server: &Server{URL: "imaps://x", User: "u", CAFile: "/nowhere/ca.pem"}, Password: "p", Mailboxes: imapBox}, "server.ca_file"},
		"empty include":    {Config{Mailboxes: map[string]Mailbox{"k": {Maildir: "/x"}}, Include: []string{" "}}, "include[0]"},
	} {
		_, err := configure(test.c, sdk.Env{System: "S1", Kind: "mail"})
		var p *core.Problem
		if !errors.As(err, &p) || p.Class != core.ClassConfig || p.ConfigPath != test.path {
			t.Errorf("%s: %+v, want a problem at %s", name, err, test.path)
		}
	}
}

// files gives the names of all messages of a Maildir, flags and all.
func files(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && (filepath.Base(filepath.Dir(path)) == "cur" || filepath.Base(filepath.Dir(path)) == "new") {
			out = append(out, strings.TrimPrefix(path, dir))
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("%d files, %v", len(out), err)
	}
	return strings.Join(out, "\n")
}

// flags gives the flags of all messages of a folder.
func flags(t *testing.T, c *imapclient.Client, folder string) string {
	t.Helper()
	if _, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		t.Fatal(err)
	}
	list, err := c.Fetch(imap.SeqSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{UID: true, Flags: true}).Collect()
	if err != nil || len(list) == 0 {
		t.Fatalf("%d messages, %v", len(list), err)
	}
	var out []string
	for _, m := range list {
		slices.Sort(m.Flags)
		out = append(out, fmt.Sprint(m.UID, m.Flags))
	}
	return strings.Join(out, "; ")
}

func TestReadingChangesNothingOnTheServer(t *testing.T) {
	d := dovecot(t, boxOf(t, map[string]string{"cur/1.a.host:2,": letter("a@x", maija, "luettu"), "cur/2.b.host:2,S": letter("b@x", maija, "luettu"), "new/3.c.host": letter("c@x", maija, "uusi"),
		".Arkisto/new/4.d.host": letter("d@x", maija, "uusi")}))
	var mu sync.Mutex
	var sent strings.Builder
	address := proxy(t, d, func(s string) bool {
		mu.Lock()
		defer mu.Unlock()
		sent.WriteString(s)
		return true
	})
	m := mate(t, d)
	was, wasThere := flags(t, m, "INBOX")+flags(t, m, "Arkisto"), files(t, d.Mail)
	i := opened(t, onServer(d, address))
	a := ask(t, i, by(t, core.Email, maija))
	if len(a.records) != 4 {
		t.Fatalf("found %q", a.refs())
	}
	for _, r := range a.records {
		fetchable(t, i, r)
	}
	if said := check(t, i); !slices.Contains(said, "read a message of kirjaamo") {
		t.Errorf("the check says %q", said)
	}
	if now := flags(t, mate(t, d), "INBOX") + flags(t, m, "Arkisto"); now != was {
		t.Errorf("the flags were\n%s\nand are\n%s", was, now)
	}
	if now := files(t, d.Mail); now != wasThere {
		t.Errorf("the files were\n%s\nand are\n%s", wasThere, now)
	}
	mu.Lock()
	defer mu.Unlock()
	reads := []string{"CAPABILITY", "AUTHENTICATE", "LOGIN", "NAMESPACE", "LIST", "STATUS", "EXAMINE", "UID SEARCH", "UID FETCH", "MYRIGHTS", "LOGOUT"}
	commands := 0
	for line := range strings.Lines(sent.String()) {
		_, command, tagged := strings.Cut(line, " ")
		if !tagged {
			continue // the answer to a challenge
		}
		commands++
		if !slices.ContainsFunc(reads, func(r string) bool { return strings.HasPrefix(command, r) }) || strings.Contains(command, "BODY[") {
			t.Errorf("the plugin sends %q", command)
		}
	}
	if commands < 10 {
		t.Errorf("%d commands were seen", commands)
	}
}

// said keeps the steps of a check: with their class where they fail or warn.
type said []string

func (s *said) Run(name string, do func() error) {
	var p *core.Problem
	if err := do(); errors.As(err, &p) {
		name += ": " + string(p.Class) + " " + p.Message
	} else if err != nil {
		name += ": an error of no class"
	}
	*s = append(*s, name)
}

func (s *said) Warn(name string, p core.Problem) {
	*s = append(*s, name+"? "+string(p.Class)+" "+p.Message)
}

func check(t *testing.T, i *instance) said {
	t.Helper()
	var s said
	for n := range i.mailboxes {
		i.checkServer(t.Context(), &s, &i.mailboxes[n])
	}
	return s
}

func TestTheCheckOfAServerTellsWhatIsWrong(t *testing.T) {
	box := boxOf(t, map[string]string{"cur/1": letter("a@x", maija, "x"), ".Lukittu/cur/2": letter("b@x", maija, "x")})
	reading, changing := dovecot(t, box, "* owner lr"), dovecot(t, box, "* owner lrs", "Lukittu -owner r")
	secure := onServer(reading, "")
	secure.Server = &Server{URL: reading.TLSURL, CAFile: reading.CAFile, User: "kirjaamo"}
	wrong := onServer(reading, "")
	wrong.Password = "kelvoton"
	for name, test := range map[string]struct {
		c    Config
		want []string
	}{
		"well": {secure, []string{"sign in for kirjaamo", "list the folders of kirjaamo", "open the folders of kirjaamo", "read-only", "read a message of kirjaamo"}},
		"may change, and not all": {onServer(changing, ""), []string{"sign in for kirjaamo", "encryption? config", "list the folders of kirjaamo", "open the folders of kirjaamo",
			"everything can be listed? partial 1 folders of kirjaamo", "read-only? auth the account may change the mailbox kirjaamo (rights s)", "read a message of kirjaamo"}},
		"wrong password": {wrong, []string{"sign in for kirjaamo: auth "}},
	} {
		got := check(t, opened(t, test.c))
		if !slices.EqualFunc(got, test.want, strings.HasPrefix) {
			t.Errorf("%s: the check says\n%s", name, strings.Join(got, "\n"))
		}
	}
}

func TestAWrongPasswordIsTriedOnce(t *testing.T) {
	d := dovecot(t, boxOf(t, map[string]string{"cur/1": letter("a@x", maija, "yksi")}))
	var mu sync.Mutex
	tries := 0
	c := onServer(d, proxy(t, d, func(s string) bool {
		mu.Lock()
		defer mu.Unlock()
		tries += strings.Count(s, "AUTHENTICATE") + strings.Count(s, "LOGIN ")
		return true
	}))
	c.Password = "kelvoton-salasana-51d9"
	p, a := failure(t, c)
	mu.Lock()
	defer mu.Unlock()
	if p == nil || p.Class != core.ClassAuth || tries != 1 || len(a.records) != 0 || strings.Contains(p.Message, "kelvoton") {
		t.Errorf("%d tries end with %+v", tries, p)
	}
}

func TestFoldersOfAServerAreChosenAndTold(t *testing.T) {
	d := dovecot(t, boxOf(t, map[string]string{"cur/1": letter("a@x", maija, "x"), ".Projektit.Vanhat/cur/2": letter("b@x", maija, "x"), ".Projektit/cur/3": letter("c@x", maija, "x"),
		".Roskaposti/cur/4": letter("d@x", maija, "x"), ".&AMQ-iti/cur/5": letter("e@x", maija, "x"), ".Lukittu/cur/6": letter("f@x", maija, "x")}),
		"* owner lr", "Lukittu -owner r")
	for name, test := range map[string]struct {
		change func(*Config)
		want   string
		told   bool
	}{
		"all":     {func(*Config) {}, "a@x c@x b@x d@x e@x", true},
		"exclude": {func(c *Config) { c.Exclude = []Exclusion{{"Roskaposti", "junk"}, {"Lukittu", "another's"}} }, "a@x c@x b@x e@x", false},
		"pattern": {func(c *Config) { c.Exclude = []Exclusion{{"*k*", "x"}} }, "a@x e@x", false},
		"include": {func(c *Config) { c.Include = []string{"inbox", "Projektit/V*"} }, "a@x b@x", false},
		"folder": {func(c *Config) {
			c.Mailboxes = map[string]Mailbox{"kirjaamo": {IMAP: &IMAP{Folder: "Projektit"}}}
		}, "c@x b@x", false},
	} {
		c := onServer(d, "")
		test.change(&c)
		a := ask(t, opened(t, c), by(t, core.Email, maija))
		if got := strings.Join(a.refs(), " "); got != test.want {
			t.Errorf("%s: found %q, want %q", name, got, test.want)
		}
		if told := a.tells(core.ClassPartial, "1 folders of the mail server could not be opened"); told != test.told || len(a.notices) > 1 {
			t.Errorf("%s: told %+v", name, a.notices)
		}
		for _, r := range a.records {
			folder, _ := core.First(r.Fields, "folder")
			if name == "all" && strings.HasSuffix(r.Ref, "e@x") && folder.Plain() != "Äiti" {
				t.Errorf("the folder is %q", folder.Plain())
			}
		}
	}
	c := onServer(d, "")
	c.Mailboxes = map[string]Mailbox{"kirjaamo": {IMAP: &IMAP{Folder: "Olematon"}}}
	if p, _ := failure(t, c); p == nil || p.Class != core.ClassConfig || p.ConfigPath != "mailboxes.kirjaamo.imap.folder" {
		t.Errorf("a folder that is not there: %+v", p)
	}
}

func TestAnEmptyMailboxOnAServerProvesNothing(t *testing.T) {
	d := dovecot(t, "")
	if p, _ := failure(t, onServer(d, "")); p == nil || p.Class != core.ClassTransient {
		t.Errorf("an empty mailbox: %+v", p)
	}
	c := onServer(d, "")
	c.Mailboxes = map[string]Mailbox{"kirjaamo": {IMAP: &IMAP{}, MayBeEmpty: true}}
	if p, a := failure(t, c); p != nil || len(a.notices) > 0 {
		t.Errorf("one that may be: %+v %+v", p, a.notices)
	}
}

func TestMessagesOverALimitOrWithoutSenseAreTold(t *testing.T) {
	var nested strings.Builder
	for n := range 1500 {
		fmt.Fprintf(&nested, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", n, n)
	}
	d := dovecot(t, boxOf(t, map[string]string{"cur/1": letter("pieni@x", maija, "x"), "cur/2": letter("iso@x", maija, strings.Repeat("täynnä\r\n", 30_000)),
		"cur/3": "From: " + maija + "\nMessage-ID: <syva@x>\n" + nested.String(), "cur/4": "\xff\xfe\x00\x01 ei viesti\n", "cur/5": "", "cur/6": "From: " + maija + "\nMessage-ID: <loppu@x>"}))
	c := onServer(d, "")
	c.Limits = &Limits{MessageBytes: 200_000}
	a := ask(t, opened(t, c), by(t, core.Email, maija))
	if got := strings.Join(a.refs(), " "); got != "pieni@x syva@x loppu@x" {
		t.Errorf("found %q", got)
	}
	if !a.tells(core.ClassPartial, "1 messages are larger than limits.message_bytes") || !a.tells(core.ClassPartial, "more parts") {
		t.Errorf("told %+v", a.notices)
	}
	c.Limits = &Limits{Messages: 2}
	if a := ask(t, opened(t, c), by(t, core.Email, maija)); len(a.records) != 2 || !a.tells(core.ClassTruncated, "raise limits.messages") {
		t.Errorf("found %q, told %+v", a.refs(), a.notices)
	}
}

// many gives the messages of a mailbox by the hundred.
func many(n int) map[string]string {
	out := map[string]string{}
	for i := range n {
		out[fmt.Sprintf("cur/%06d.x.host:2,S", i)] = letter(fmt.Sprintf("m%06d@x", i), maija, strings.Repeat("rivi\r\n", 200))
	}
	return out
}

func TestALostConnectionIsMadeAgainOrTold(t *testing.T) {
	d := dovecot(t, boxOf(t, many(450)))
	for _, lost := range []int{1, 3, 1000} {
		var mu sync.Mutex
		cut := 0
		address := proxy(t, d, func(s string) bool {
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(s, "UID FETCH") && strings.Contains(s, "BODY.PEEK") && cut < lost {
				cut++
				return cut%2 == 0
			}
			return true
		})
		p, a := failure(t, onServer(d, address))
		if lost < 1000 && (p != nil || len(a.records) != 450 || len(a.notices) > 0) {
			t.Errorf("after %d: %d records, %+v, told %+v", lost, len(a.records), p, a.notices)
		}
		if lost == 1000 && (p == nil || p.Class != core.ClassTransient) && !a.tells(core.ClassPartial, "not given by the mail server") {
			t.Errorf("a server that always goes: %d records, %+v, told %+v", len(a.records), p, a.notices)
		}
	}
}

func TestAServerThatIsDownHangsOrBabblesIsTold(t *testing.T) {
	down, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = down.Close()
	say := func(words ...string) string {
		return speak(t, func(c net.Conn) {
			for _, w := range words {
				_, _ = io.WriteString(c, w)
			}
			_, _ = io.Copy(io.Discard, c)
		})
	}
	// answers gives a server that answers each command by its name.
	answers := func(by map[string]string) string {
		return speak(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "* OK [CAPABILITY IMAP4rev1] ready\r\n")
			buffer := make([]byte, 4096)
			for {
				n, err := c.Read(buffer)
				if err != nil {
					return
				}
				tag, rest, _ := strings.Cut(strings.TrimSpace(string(buffer[:n])), " ")
				word, _, _ := strings.Cut(strings.TrimPrefix(rest, "UID "), " ")
				text := by[word]
				if text == "" && word == "CAPABILITY" {
					text = "* CAPABILITY IMAP4rev1\r\nTAG OK\r\n"
				} else if text == "" {
					text = "TAG OK done\r\n"
				}
				if _, err := io.WriteString(c, strings.ReplaceAll(text, "TAG", tag)); err != nil {
					return
				}
			}
		})
	}
	list := "* LIST () \"/\" INBOX\r\nTAG OK done\r\n"
	examine := "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\nTAG OK [READ-ONLY] done\r\n"
	for name, address := range map[string]string{
		"down":           down.Addr().String(),
		"silent":         say(),
		"a web server":   say("HTTP/1.1 400 Bad Request\r\n\r\n<html>"),
		"bye":            say("* BYE busy\r\n"),
		"bytes":          say(strings.Repeat("\x00\xff\xfe{99999999999}\r\n", 100)),
		"no end of line": say(strings.Repeat("* OK xxxxxxxxxxxxxxxx", 1<<17)),
		"silent later":   answers(map[string]string{"LIST": "* OK wait\r\n"}),
		"huge literal":   answers(map[string]string{"LIST": "* LIST () \"/\" {4000000000}\r\n" + strings.Repeat("x", 34<<20)}),
		"garbage later":  answers(map[string]string{"LIST": list, "EXAMINE": examine, "SEARCH": "* SEARCH 1 x ((\r\nTAG OK\r\n"}),
		"wrong tag":      answers(map[string]string{"LIST": "other OK done\r\n"}),
		"lying size":     answers(map[string]string{"LIST": list, "EXAMINE": examine, "SEARCH": "* SEARCH 1\r\nTAG OK\r\n", "FETCH": "* 1 FETCH (UID 1 RFC822.SIZE 100 BODY[] {400000000}\r\n" + strings.Repeat("x", 4<<20)}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := Config{Server: &Server{URL: "imap://" + address, ClearText: true, User: "kirjaamo", Seconds: 1}, Password: "salasana",
				Mailboxes: map[string]Mailbox{"kirjaamo": {IMAP: &IMAP{}}}, Limits: &Limits{MessageBytes: 1 << 20}}
			p, a := failure(t, c)
			told := len(a.notices) > 0 && !slices.ContainsFunc(a.notices, func(n core.Problem) bool { return n.Class != core.ClassPartial })
			if p == nil && !told || p != nil && p.Class != core.ClassTransient {
				t.Errorf("ended with %+v, told %+v", p, a.notices)
			}
			if name == "huge literal" && (p == nil || !strings.Contains(p.Message, "far more than was asked for")) {
				t.Errorf("an answer without bound ends with %+v", p)
			}
		})
	}
}

func TestASearchOfAServerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	address := speak(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "* OK [CAPABILITY IMAP4rev1] ready\r\n")
		_, _ = c.Read(make([]byte, 100))
		cancel()
		_, _ = io.Copy(io.Discard, c)
	})
	c := Config{Server: &Server{URL: "imap://" + address, ClearText: true, User: "kirjaamo"}, Password: "salasana", Mailboxes: map[string]Mailbox{"kirjaamo": {IMAP: &IMAP{}}}}
	if err := opened(t, c).search(ctx, by(t, core.Email, maija), &given{}); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

// nth gives a hook that does something once, when the plugin sends a word for
// the nth time.
func nth(n int, word string, do func()) func(string) bool {
	var mu sync.Mutex
	return func(sent string) bool {
		mu.Lock()
		defer mu.Unlock()
		if strings.Contains(sent, word) {
			if n--; n == 0 {
				do()
			}
		}
		return true
	}
}

func TestChangesWhileAMailboxIsReadAreMet(t *testing.T) {
	box := map[string]string{"cur/1.a.host:2,": letter("a@x", maija, "yksi"), "cur/2.b.host:2,": letter("b@x", maija, "kaksi"), ".Zarkisto/cur/3.c.host:2,": letter("c@x", maija, "kolme"),
		".Zarkisto/cur/4.d.host:2,": letter("d@x", maija, "neljä")}
	anew := func(c *imapclient.Client) error {
		err := c.Delete("Zarkisto").Wait()
		made := c.Create("Zarkisto", nil).Wait()
		text := letter("e@x", maija, "viisi")
		put := c.Append("Zarkisto", int64(len(text)), nil)
		_, wrote := io.WriteString(put, text)
		closed := put.Close()
		_, added := put.Wait()
		return errors.Join(err, made, wrote, closed, added)
	}
	for name, test := range map[string]struct {
		on   string
		do   func(*imapclient.Client) error
		want string
		told string
		nth  int
	}{
		"moved into what was read": {`EXAMINE "Zarkisto"`, func(c *imapclient.Client) error {
			_, err := c.Select("Zarkisto", nil).Wait()
			_, moved := c.Move(imap.SeqSetNum(1), "INBOX").Wait()
			return errors.Join(err, moved)
		}, "a@x b@x c@x d@x", "", 1},
		"a folder renamed": {`EXAMINE "Zarkisto"`, func(c *imapclient.Client) error { return c.Rename("Zarkisto", "Arkisto", nil).Wait() }, "a@x b@x c@x d@x", "could not be opened", 1},
		"expunged": {"BODY.PEEK", func(c *imapclient.Client) error {
			_, err := c.Select("INBOX", nil).Wait()
			marked := c.Store(imap.SeqSetNum(1), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close()
			return errors.Join(err, marked, c.Expunge().Close())
		}, "b@x c@x d@x", "went away", 1},
		"made anew before":     {`EXAMINE "Zarkisto"`, anew, "a@x b@x e@x", "", 1},
		"made anew in between": {"BODY.PEEK", anew, "a@x b@x e@x", "renumbered", 2},
	} {
		t.Run(name, func(t *testing.T) {
			d := dovecot(t, boxOf(t, box))
			other := mate(t, d)
			var failed error
			met := false
			address := proxy(t, d, nth(max(test.nth, 1), test.on, func() { met, failed = true, test.do(other) }))
			a := ask(t, opened(t, onServer(d, address)), by(t, core.Email, maija))
			got := a.refs()
			slices.Sort(got)
			if !met || failed != nil {
				t.Fatalf("the other program did nothing: %v", failed)
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("found %q, want %q; told %+v", got, test.want, a.notices)
			}
			if told := a.tells(core.ClassPartial, test.told); test.told != "" && !told || test.told == "" && len(a.notices) > 0 {
				t.Errorf("told %+v, want %q", a.notices, test.told)
			}
		})
	}
}
