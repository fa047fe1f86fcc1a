package filessource

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// What cannot be read is counted by reason, in every search anew, and no path
// is told.
func TestWhatCannotBeReadIsTold(t *testing.T) {
	s := newShare(t, func(c *Config) { c.Limits = &Limits{FileBytes: 1 << 20} })
	for _, name := range []string{"locked.docx", "locked.pdf", "scan.pdf"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		s.write("Meikäläinen Matti/"+name, string(data))
	}
	s.write("rikki.docx", docx(t, "a", "b", "c", "tunnus 010190-900P")[:700])
	s.write("outo.bin", "\x00\x01\x02\x03\x7f\x00\xff\xfe\x00outo")
	s.write("suuri 010190-900P.txt", strings.Repeat("x", 1<<20+1))
	s.write("osuma.txt", "tunnus 010190-900P")
	for range 2 {
		a := s.finds(by(t, person, "010190-900P"), "osuma.txt", "suuri%20010190-900P.txt")
		for _, want := range [][]string{{"protected_office", "encrypted"}, {"pdf", "encrypted"}, {"pdf", "scanned"}, {"damaged"}, {"unknown format"}, {"limits.file_bytes"}} {
			if !a.tells(core.ClassPartial, want...) {
				t.Errorf("nothing tells of %v: %+v", want, a.notices)
			}
		}
		for _, p := range a.notices {
			if strings.Contains(p.Message, "Meikäläinen") || strings.Contains(p.Message, "010190") {
				t.Errorf("a path is told: %s", p.Message)
			}
		}
		if v, _ := core.First(a.records[1].Fields, "media"); v.Withheld == nil || v.Withheld.Reason != core.WithheldTooLarge {
			t.Errorf("a file over the limit is %+v", v.Withheld)
		}
		if v, _ := core.First(a.records[1].Fields, "text"); v.Withheld == nil {
			t.Error("a file over the limit has a text")
		}
	}
}

// Links lead nowhere else, loops end, special files are not opened, odd names
// are found.
func TestAnOddTree(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has neither these names nor these files")
	}
	s := newShare(t)
	outside := filepath.Join(t.TempDir(), "ulkona.txt")
	if err := os.WriteFile(outside, []byte("tunnus 010190-900P"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := "tunnus 010190-900P"
	odd := []string{"a b/ä\u0301ö.txt", "rivi\nvaihto.txt", "%2F..%00.txt", "M\xe4kel\xe4.txt", "-rf *?.txt", "piste/.kätketty/..x", strings.Repeat("pitkä", 40) + ".txt", "\u202egpj.txt"}
	for _, name := range odd {
		s.write(name, text)
	}
	links := map[string]string{"silmukka": ".", "a b/ylös": "..", "ulos": outside, "ulos2": filepath.Dir(outside), "rikki": "ei/ole", "itse": "itse", "sama.txt": "rivi\nvaihto.txt"}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(s.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := makePipe(filepath.Join(s.dir, "putki")); err != nil {
		t.Fatal(err)
	}
	short, err := os.MkdirTemp("", "s") //nolint:usetesting // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(short)
	socket, err := net.Listen("unix", filepath.Join(short, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if err := os.Rename(filepath.Join(short, "s"), filepath.Join(s.dir, "pistoke")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		a := s.ask(by(t, person, "010190-900P"))
		found := map[string]bool{}
		for _, ref := range a.refs() {
			name, err := url.PathUnescape(ref)
			if err != nil {
				t.Fatal(err)
			}
			found[name] = true
		}
		if len(found) != len(odd) {
			t.Errorf("found %d files, want %d: %v", len(found), len(odd), found)
		}
		for _, name := range odd {
			if !found[name] {
				t.Errorf("%q was not found", name)
			}
		}
		if !a.tells(core.ClassPartial, "4 links") || !a.tells(core.ClassData, "2 devices, pipes or sockets") {
			t.Errorf("told %+v", a.notices)
		}
		for _, r := range a.records {
			got, err := fetched(t, s, r)
			if err != nil || got != text {
				t.Errorf("%q cannot be fetched: %v", r.Ref, err)
			}
		}
	}
	s.finds(by(t, "name", "Mäkelä, Olematon"))
}

// fetched gives the whole file of a record.
func fetched(t *testing.T, s *share, r core.Record) (string, error) {
	t.Helper()
	v, _ := core.First(r.Fields, "media")
	f, err := s.Fetch(t.Context(), v.Withheld.Ref)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	return string(b), err
}

// A folder that is not there, or holds nothing, is no proof that nobody is in
// it.
func TestAShareThatIsNotMountedIsAnError(t *testing.T) {
	s := newShare(t)
	q := by(t, person, "010190-900P")
	class := func() core.Class {
		err := s.search(t.Context(), q, &given{})
		var p *core.Problem
		if !errors.As(err, &p) {
			return ""
		}
		return p.Class
	}
	if got := class(); got != core.ClassTransient {
		t.Errorf("an empty folder: %q", got)
	}
	s.write("a.txt", "tunnus 010190-900P")
	s.finds(q, "a.txt")
	if err := os.RemoveAll(s.dir); err != nil {
		t.Fatal(err)
	}
	if got := class(); got != core.ClassTransient {
		t.Errorf("a missing folder: %q", got)
	}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s.open(func(c *Config) { c.Roots = map[string]Root{"jako": {Path: s.dir, MayBeEmpty: true}} })
	s.finds(q)
	s.open(func(c *Config) { c.Roots = map[string]Root{"jako": {Path: s.dir}, "toinen": {Path: s.dir + "2"}} })
	s.write("a.txt", "tunnus 010190-900P")
	if got := class(); got != core.ClassTransient {
		t.Errorf("one missing folder of two: %q", got)
	}
}

// What was not looked at in time is counted, and looked at the next time.
func TestTimeThatRunsOutIsTold(t *testing.T) {
	s := newShare(t)
	for _, name := range []string{"a.txt", "b.txt", "c.txt"} {
		s.write(name, "tunnus 010190-900P")
	}
	s.time = time.Nanosecond
	a := s.finds(by(t, person, "010190-900P"))
	if !a.tells(core.ClassPartial, "3 files", "not looked at") {
		t.Errorf("told %+v", a.notices)
	}
	s.time = time.Minute
	s.finds(by(t, person, "010190-900P"), "a.txt", "b.txt", "c.txt")
	s.mostFiles = 2
	if a := s.ask(by(t, person, "010190-900P")); len(a.records) != 2 || !a.tells(core.ClassTruncated, "limits.files") {
		t.Errorf("told %+v", a.notices)
	}
}

// A file that is written to all the time ends, and is told.
func TestAFileThatChangesWhileItIsRead(t *testing.T) {
	s := newShare(t)
	path := s.write("loki.txt", strings.Repeat("rivi\n", 200_000))
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return
			}
			_, _ = f.WriteString("lisää\n")
			_ = f.Close()
		}
	}()
	a := s.ask(by(t, person, "010190-900P"))
	close(stop)
	<-stopped
	if !a.tells(core.ClassPartial, "changed or went away") {
		t.Errorf("told %+v", a.notices)
	}
	if a := s.ask(by(t, person, "010190-900P")); len(a.notices) > 0 {
		t.Errorf("once it is quiet: %+v", a.notices)
	}
}

// Fetch gives the file that the search found, or nothing at all.
func TestFetchGivesWhatWasFound(t *testing.T) {
	s := newShare(t, func(c *Config) {
		c.Exclude = []Exclusion{{Files: "salattu/**", Reason: "kokeilu"}}
		c.Limits = &Limits{FetchBytes: 1000}
	})
	s.write("a.txt", "tunnus 010190-900P")
	s.write("salattu/b.txt", "tunnus 010190-900P")
	s.write("c.txt", "tunnus 010190-900P"+strings.Repeat(" ", 2000))
	outside := filepath.Join(filepath.Dir(s.dir), "ulkona.txt")
	if err := os.WriteFile(outside, []byte("ulkona"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := s.finds(by(t, person, "010190-900P"), "a.txt", "c.txt")
	if len(a.leftOut) != 1 || a.leftOut[0] != (core.LeftOut{Table: "jako", Column: "salattu/**", Reason: "kokeilu"}) {
		t.Errorf("left out is %+v", a.leftOut)
	}
	if got, err := fetched(t, s, a.records[0]); err != nil || got != "tunnus 010190-900P" {
		t.Errorf("fetched %q: %v", got, err)
	}
	if v, _ := core.First(a.records[1].Fields, "media"); v.Withheld == nil || v.Withheld.Reason != core.WithheldTooLarge || v.Withheld.Ref != "" {
		t.Errorf("a file over the bound is %+v", v.Withheld)
	}
	digest := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return fetchMark + hex.EncodeToString(sum[:])
	}
	for _, ref := range []string{"document/jako/salattu%2Fb.txt" + digest("tunnus 010190-900P"), "document/jako/..%2Fulkona.txt" + digest("ulkona"),
		"document/jako/" + url.PathEscape(outside) + digest("ulkona"), "document/muu/a.txt" + digest("tunnus 010190-900P"), "document/jako/a.txt", "", "#", "document/jako/." + digest("")} {
		if f, err := s.Fetch(t.Context(), ref); err == nil {
			b, err := io.ReadAll(f)
			t.Errorf("%q gives %d bytes: %v", ref, len(b), err)
			_ = f.Close()
		}
	}
	s.write("a.txt", "tunnus 010190-901R")
	if got, err := fetched(t, s, a.records[0]); err == nil {
		t.Errorf("a file that changed is given as %q", got)
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"**/*.tmp", "a.tmp", true}, {"**/*.tmp", "a/b/c.tmp", true}, {"*.tmp", "a/b.tmp", false}, {"Arkisto/**", "Arkisto/2001/x.txt", true}, {"Arkisto/**", "arkisto/x", false},
		{"**/~$*", "a/~$kirje.docx", true}, {"**/~$*", "a/kirje~$.docx", false}, {"a/**/b", "a/b", true}, {"a/**/b", "a/x/y/b", true}, {"a/**/b", "a/x/c", false}, {"?.txt", "ä.txt", true},
		{"?.txt", "ab.txt", false}, {"*a*a*a*b", strings.Repeat("a", 200), false}, {"**/x/**/x/**/y", strings.Repeat("x/", 100) + "z", false}, {"[a].txt", "a.txt", false}, {"[a].txt", "[a].txt", true},
	} {
		g, err := parseGlob(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if g.match(c.path) != c.want {
			t.Errorf("%s of %s is not %v", c.pattern, c.path, c.want)
		}
	}
	for _, bad := range []string{"", "/a", "a/", "a//b", "a**/b", `a\b`} {
		if _, err := parseGlob(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestABadConfigurationIsRefusedAtItsPath(t *testing.T) {
	dir := t.TempDir()
	good := map[string]Root{"a": {Path: dir}}
	for path, c := range map[string]Config{
		"roots":             {},
		"roots.a":           {Roots: map[string]Root{"a": {}}},
		"roots.b":           {Roots: map[string]Root{"a": {Path: dir}, "b": {Path: dir + "/alla"}}},
		"type":              {Roots: good, Type: "documant"},
		"include[0]":        {Roots: good, Include: []string{"/a"}},
		"exclude[0].files":  {Roots: good, Exclude: []Exclusion{{Files: "a/", Reason: "x"}}},
		"exclude[0].reason": {Roots: good, Exclude: []Exclusion{{Files: "a"}}},
		"keys[0]":           {Roots: good, Keys: []string{"hetu"}},
		"limits.files":      {Roots: good, Limits: &Limits{Files: -1}},
		"index":             {Roots: good, Index: dir + "/x", Key: secret},
	} {
		_, err := configure(c, sdk.Env{Kind: "documents"})
		var p *core.Problem
		if !errors.As(err, &p) || p.Class != core.ClassConfig || p.ConfigPath != path {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := configure(Config{Roots: good, Index: t.TempDir(), Key: "short"}, sdk.Env{Kind: "documents"}); err == nil {
		t.Error("a short key is taken")
	}
}
