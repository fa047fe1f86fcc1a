package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// needle is one written form of something personal.
type needle struct {
	what string
	text []byte
	// short is true for a form that random bytes hold by chance: it counts
	// only amid readable text.
	short bool
}

// haystack finds needles in files.
type haystack struct {
	folded, exact map[[4]byte][]needle
	first         [2][1 << 16]bool // the two bytes that some folded or exact needle begins with
	count         int
}

// fold makes small letters of capital ones, also of Å, Ä and Ö in UTF-8.
func fold(b []byte) []byte {
	out := bytes.Clone(b)
	for i, c := range out {
		switch {
		case 'A' <= c && c <= 'Z':
			out[i] = c + 0x20
		case i > 0 && out[i-1] == 0xc3 && 0x80 <= c && c <= 0x9e:
			out[i] = c + 0x20
		}
	}
	return out
}

func (h *haystack) add(n needle, exact bool) {
	index, which := h.folded, 0
	if exact {
		index, which = h.exact, 1
	} else {
		n.text = fold(n.text)
	}
	if len(n.text) < 5 {
		return
	}
	key := [4]byte(n.text[:4])
	for _, other := range index[key] {
		if bytes.Equal(other.text, n.text) {
			return
		}
	}
	index[key] = append(index[key], n)
	h.first[which][int(n.text[0])<<8|int(n.text[1])] = true
	h.count++
}

// find names the first needle in data; empty when there is none.
func (h *haystack) find(data []byte) string {
	if what := h.search(h.exact, 1, data); what != "" {
		return what
	}
	return h.search(h.folded, 0, fold(data))
}

func (h *haystack) search(index map[[4]byte][]needle, which int, data []byte) string {
	for i := 0; i+4 < len(data); i++ {
		if !h.first[which][int(data[i])<<8|int(data[i+1])] {
			continue
		}
		for _, n := range index[[4]byte(data[i:i+4])] {
			if bytes.HasPrefix(data[i:], n.text) && (!n.short || amidText(data, i, i+len(n.text))) {
				return fmt.Sprintf("%s at byte %d", n.what, i)
			}
		}
	}
	return ""
}

// amidText tells whether data[from:to] stands in 14 readable bytes at least.
func amidText(data []byte, from, to int) bool {
	readable := func(c byte) bool { return ' ' <= c && c <= '~' || c == '\n' || c == '\t' }
	for from > 0 && readable(data[from-1]) {
		from--
	}
	for to < len(data) && readable(data[to]) {
		to++
	}
	return to-from >= 14
}

// addAll adds every encoding of a text. Codes, addresses and numbers are looked for in
// base64 and hexadecimal too.
func (h *haystack) addAll(what, text string, short, coded bool) {
	h.add(needle{what: what, text: []byte(text), short: short}, false)
	var le, be []byte
	for _, u := range utf16.Encode([]rune(text)) {
		le = append(le, byte(u), byte(u>>8))
		be = append(be, byte(u>>8), byte(u))
	}
	h.add(needle{what: what + " in UTF-16", text: le}, false)
	h.add(needle{what: what + " in UTF-16", text: be}, false)
	if utf8.RuneCountInString(text) != len(text) {
		var latin []byte
		for _, r := range text {
			latin = append(latin, byte(r))
		}
		h.add(needle{what: what + " in Latin-1", text: latin, short: short}, false)
		h.add(needle{what: what + " escaped", text: []byte(strings.ReplaceAll(fmt.Sprintf("%q", text), `"`, "")), short: short}, false)
		var escaped strings.Builder
		for _, r := range text {
			if r < 128 {
				escaped.WriteRune(r)
			} else {
				fmt.Fprintf(&escaped, `\u%04x`, r)
			}
		}
		h.add(needle{what: what + " escaped", text: []byte(escaped.String()), short: short}, false)
	}
	if !coded {
		return
	}
	h.add(needle{what: what + " in hexadecimal", text: []byte(hex.EncodeToString([]byte(text)))}, false)
	for shift := range 3 {
		coded := base64.StdEncoding.EncodeToString(append(make([]byte, shift), text...))
		coded = strings.TrimRight(coded, "=")
		// The letters that the neighbours have a part in are left out.
		h.add(needle{what: what + " in base64", text: []byte(coded[(shift*8+5)/6 : len(coded)-1])}, true)
	}
}

var notDigit = regexp.MustCompile(`\D`)

// spellings gives a telephone number as people write it.
func spellings(phone string) []string {
	digits := notDigit.ReplaceAllString(phone, "")
	national, ok := strings.CutPrefix(digits, "358")
	if !ok || len(national) < 8 {
		return []string{phone}
	}
	local := "0" + national
	return []string{"+358" + national, "00358" + national, "358" + national, local, local[:3] + " " + local[3:], local[:3] + "-" + local[3:],
		local[:3] + " " + local[3:6] + " " + local[6:], "+358 " + national[:2] + " " + national[2:],
		"+358 " + national[:2] + " " + national[2:5] + " " + national[5:]}
}

// everythingPersonal makes the needles of a world: names in every written
// form and order, parts of names that are no words of the product, and every identifier.
func everythingPersonal(t *testing.T, r *demoRun) *haystack {
	t.Helper()
	h := &haystack{folded: map[[4]byte][]needle{}, exact: map[[4]byte][]needle{}}
	words := fold([]byte(productTexts(t, filepath.Join(r.dir, "home"))))
	parts, ours := 0, 0
	texts := func(v any) (out []string) { values(v, func(s string) { out = append(out, s) }); return out }
	spans := func(v any) (out []string) {
		list, _ := v.([]any)
		for _, e := range list {
			out = append(out, e.(map[string]any)["value"].(string))
		}
		return out
	}
	for id, p := range r.persons {
		given, families := texts(p["given_names"]), spans(p["family_names"])
		for _, family := range families {
			all := strings.Join(given, " ")
			for _, name := range []string{given[0] + " " + family, family + " " + given[0], family + ", " + given[0], all + " " + family,
				family + " " + all, family + ", " + all, given[0] + "." + family, given[0][:1] + ". " + family, given[0] + "_" + family} {
				h.addAll("the name of "+id, name, len(name) < 9, false)
			}
		}
		for _, name := range append(given, families...) {
			for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '-' }) {
				if utf8.RuneCountInString(part) < 5 {
					continue
				}
				parts++
				if bytes.Contains(words, fold([]byte(part))) {
					ours++
					continue
				}
				h.addAll("a part of the name of "+id, part, len(part) < 8, false)
			}
		}
		for _, kind := range []string{"personal_identity_codes", "emails", "user_ids"} {
			for _, value := range spans(p[kind]) {
				h.addAll("one of the "+kind+" of "+id, value, len(value) < 8, true)
			}
		}
		for _, phone := range spans(p["phones"]) {
			for _, s := range spellings(phone) {
				h.addAll("a phone number of "+id, s, false, true)
			}
		}
		for _, kind := range []string{"employee_number", "virtu_code", "bank_account"} {
			if value, ok := p[kind].(string); ok && len(value) >= 6 {
				h.addAll("the "+kind+" of "+id, value, len(value) < 8, true)
			}
		}
		if street, _, ok := strings.Cut(p["address"].(string), ","); ok && len(street) > 9 {
			h.addAll("the address of "+id, street, false, false)
		}
	}
	if h.count < 50*len(r.persons) || parts == 0 || ours > parts/3 {
		t.Fatalf("%d forms to look for among %d people; %d of %d parts of names are words of the product", h.count, len(r.persons), ours, parts)
	}
	// A search that cannot find anything would prove nothing.
	for id, p := range r.persons {
		code := spans(p["personal_identity_codes"])[0]
		for _, text := range []string{"xx" + code + "yy", base64.StdEncoding.EncodeToString([]byte("a" + code + "z")), hex.EncodeToString([]byte(code))} {
			if h.find([]byte(text)) == "" {
				t.Fatalf("the code of %s is not found in a text that holds it", id)
			}
		}
		break
	}
	return h
}

// productTexts are what an installation and the program say by themselves.
func productTexts(t *testing.T, home string) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{filepath.Join(home, "*.yaml"), filepath.Join(home, "catalogue", "*.yaml"), "*.go", "internal/*/*.go",
		"../../core/*.go", "../../core/*/*.go", "../../plugins/*/*.go"} {
		for _, path := range mustGlob(t, pattern) {
			if !strings.HasSuffix(path, "_test.go") {
				all.WriteString(read(t, path))
			}
		}
	}
	return all.String()
}

// clean fails when a folder holds something personal. It gives the number of files.
func (h *haystack) clean(t *testing.T, dir string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // it went while we looked
		}
		if err != nil {
			return err
		}
		if what := h.find([]byte(d.Name())); what != "" {
			t.Errorf("the name of %s holds %s", path, what)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		raw, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		files++
		if what := h.find(raw); what != "" {
			t.Errorf("%s holds %s", path, what)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Nothing personal is in any file outside the world and the report, nor in
// what commands say while they fail or work.
func TestNothingPersonalIsWrittenInClear(t *testing.T) {
	r := runDemo(t, "--seed", "4")
	h := everythingPersonal(t, r)
	home := filepath.Join(r.dir, "home")
	said := func(name string, out ran, stdout bool) {
		t.Helper()
		text := out.err
		if stdout {
			text += out.out
		}
		if what := h.find([]byte(text)); what != "" {
			t.Errorf("%s says %s", name, what)
		}
	}
	said("demo", ran{err: r.stderr}, true)
	said("run", call(t, home, "", "request", "run", r.Request, "--again"), true)
	said("list", call(t, home, "", "request", "list"), true)
	said("show", call(t, home, "", "request", "show", r.Request), true)
	said("coverage", call(t, home, "", "coverage", r.Request), true)
	said("check", call(t, home, "", "sources", "check"), true)
	said("audit", call(t, home, "", "audit", "show", "--json"), true)
	said("report", call(t, home, "", "report", r.Request, "--out", filepath.Join(r.dir, "report", "2")), true)
	subject := r.persons[r.Subject]
	said("search", call(t, home, subject["name"].(string)+"\n", "search", r.Request), false)
	said("search for nothing", call(t, home, `"`+subject["name"].(string)+"\n", "search", r.Request, "--kind", "none"), true)
	code := subject["personal_identity_codes"].([]any)[0].(map[string]any)["value"].(string)
	for _, wrong := range []string{"case_number: [" + code + "\n", "subject: " + code + "\n",
		"case_number: x\nreceived: " + code + "\nsubject: {identifiers: [{kind: " + code + ", value: x}, {kind: email, value: \"" + subject["name"].(string) + "\"}]}\n"} {
		said("new", call(t, home, wrong, "request", "new", "-"), true)
	}
	must(t, home, "", "audit", "export", filepath.Join(home, "log.zip"))
	if files := h.clean(t, home); files < 20 {
		t.Errorf("searched %d files", files)
	}
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "home" && e.Name() != "world" && e.Name() != "report" {
			t.Errorf("%s stands beside the world, the installation and the report", e.Name())
		}
	}
	// The search itself works: the world is full of it.
	if h.find([]byte(read(t, filepath.Join(r.dir, "world", "asiat.db")))) == "" || h.find([]byte(r.html)) == "" {
		t.Error("nothing is found where everything is")
	}
}
