package sdktest

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
)

// words are the secrets and personal data that no output may show, with what
// each is.
type words struct {
	mu   sync.Mutex
	list []word
	long int // the length of the longest
}

// word is one text that may not be seen.
type word struct{ text, what string }

// The shortest texts that are looked for: shorter ones are in any output.
const (
	shortSecret = 4
	shortValue  = 6
)

// inAddress finds a password in a connection string.
var inAddress = regexp.MustCompile(`(?i)\b(?:password|pwd)\s*=\s*('[^']*'|[^\s;&]+)`)

func newWords(s Suite) *words {
	w := &words{}
	for _, setup := range s.setups() {
		if setup == nil {
			continue
		}
		for name, v := range setup.Secrets {
			w.secret(name, v)
		}
	}
	for _, c := range s.cases() {
		w.query(c.Query)
	}
	for _, v := range s.Values {
		w.add(v, "a value of the system")
	}
	return w
}

func (w *words) secret(name, value string) {
	what := "the secret " + name
	if len(value) >= shortSecret {
		w.put(value, what)
	}
	if u, err := url.Parse(value); err == nil && u.User != nil {
		if p, ok := u.User.Password(); ok && len(p) >= shortSecret {
			w.put(p, "the password in "+what)
		}
	}
	for _, m := range inAddress.FindAllStringSubmatch(value, -1) {
		if p := strings.Trim(m[1], "'"); len(p) >= shortSecret {
			w.put(p, "the password in "+what)
		}
	}
}

// query adds the identifiers of a query in each of their spellings.
func (w *words) query(q core.Query) {
	for _, set := range q.AnyOf {
		for _, i := range set.AllOf {
			what := fmt.Sprintf("an identifier of kind %s", i.Kind)
			w.add(i.Value, what)
			w.add(i.Raw, what)
			if i.Kind == core.Name {
				continue // its forms are fragments
			}
			for _, f := range i.Forms {
				w.add(f.Text, what)
			}
		}
	}
}

// record adds the texts of a record that are long enough to be somebody's.
func (w *words) record(r core.Record) {
	add := func(fields []core.Field) {
		for _, f := range fields {
			if f.Value.Type == core.TypeText && len(f.Value.Text) >= 2*shortValue && len(f.Value.Text) < 1000 {
				w.add(f.Value.Text, "a value of the field "+f.Name)
			}
		}
	}
	add(r.Fields)
	for _, p := range r.Parties {
		add(p.Fields)
	}
	for _, p := range r.Parts {
		add(p.Fields)
	}
}

func (w *words) add(text, what string) {
	if len(text) >= shortValue {
		w.put(text, what)
	}
}

func (w *words) put(text, what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.ContainsFunc(w.list, func(x word) bool { return x.text == text }) {
		w.list = append(w.list, word{text, what})
		w.long = max(w.long, len(text))
	}
}

func (w *words) all() []word {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.list)
}

func (w *words) texts() []string {
	var out []string
	for _, x := range w.all() {
		out = append(out, x.text)
	}
	return out
}

// in gives what of the words b shows. JSON may have escaped them.
func (w *words) in(b []byte) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, x := range w.list {
		if bytes.Contains(b, []byte(x.text)) && !slices.Contains(out, x.what) {
			out = append(out, x.what)
		}
	}
	return out
}

// output takes what a plugin prints: its beginning, and what of the words was
// seen in it.
type output struct {
	words *words

	mu    sync.Mutex
	head  []byte
	tail  []byte // the end of what came, in case a word is cut
	seen  []string
	bytes int
}

const headBytes = 64 << 10

func newOutput(w *words) *output { return &output{words: w} }

// Write never fails.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bytes += len(p)
	if room := headBytes - len(o.head); room > 0 {
		o.head = append(o.head, p[:min(room, len(p))]...)
	}
	window := append(o.tail, p...)
	for _, what := range o.words.in(window) {
		if !slices.Contains(o.seen, what) {
			o.seen = append(o.seen, what)
		}
	}
	o.tail = append([]byte(nil), window[max(0, len(window)-o.words.long):]...)
	return len(p), nil
}

// shown gives what was seen of the words, and how many bytes were printed.
func (o *output) shown() ([]string, int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.seen), o.bytes
}

// text gives the beginning of what was printed.
func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.head)
}

// canaryCode makes a valid artificial personal identity code.
func canaryCode(individual int) core.Identifier {
	for _, check := range "0123456789ABCDEFHJKLMNPRSTUVWXY" {
		raw := fmt.Sprintf("130971-%03d%c", individual, check)
		if i, err := identifier.Parse(core.PersonalIdentityCode, raw); err == nil {
			i.Forms = identifier.Forms(i)
			return i
		}
	}
	return core.Identifier{Kind: core.PersonalIdentityCode, Value: "130971-999X", Status: core.Malformed}
}
