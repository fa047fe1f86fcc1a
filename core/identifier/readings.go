package identifier

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
)

// ParseAll gives the identifiers of the kind that a text of a system may
// hold, each once. Systems keep several addresses or telephone numbers in one
// field, put words around them, and break codes with blanks; every such
// reading that follows the rules of the kind is given. Everybody who asks
// whether a stored text holds an identifier asks here, so that what a source
// finds is judged by the same reading.
func ParseAll(kind core.Kind, text string) []core.Identifier {
	var out []core.Identifier
	once := newOnce()
	for _, r := range readings(kind, text) {
		if id, err := Parse(kind, r); err == nil && once.first(id.Value) {
			out = append(out, id)
		}
	}
	return out
}

// once tells what it has not been asked before. Most fields hold one value,
// so a few are kept in a list.
type once struct {
	few  []string
	many map[string]bool
}

func newOnce(have ...string) *once { return &once{few: have} }

func (o *once) first(s string) bool {
	if slices.Contains(o.few, s) || o.many[s] {
		return false
	}
	if len(o.few) < 16 {
		o.few = append(o.few, s)
		return true
	}
	if o.many == nil {
		o.many = map[string]bool{}
	}
	o.many[s] = true
	return true
}

// readings gives the texts that may be identifiers in a text, the whole
// first.
func readings(k core.Kind, text string) []string {
	s := tidy(text)
	if s == "" {
		return nil
	}
	if whole, zeros, ok := strings.Cut(s, "."); ok && zeros != "" && strings.Trim(zeros, "0") == "" && whole != "" && strings.Trim(whole, "0123456789") == "" {
		s = whole // a number kept as a decimal
	}
	out := []string{s}
	once := newOnce(s)
	add := func(r string) {
		if r = strings.TrimSpace(r); r != "" && once.first(r) {
			out = append(out, r)
		}
	}
	switch k {
	case core.PersonalIdentityCode:
		add(withoutSpaces(s))
		found(k, s, add)
	case core.BusinessID:
		add(withoutSpaces(s))
		found(k, s, add)
		parted(s, add)
		if value, _, code := parseVAT(s); code == "" && value[:2] == "FI" {
			add(value[2:])
		}
		if inner, form := businessIn(s); form != "" {
			add(inner)
		}
	case core.IBAN, core.ElectronicID, core.SwedishNumber, core.VATNumber:
		add(withoutSpaces(s))
		found(k, s, add)
		parted(s, add)
	case core.Address, core.TimeOfContact:
	case core.Email:
		for _, part := range strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(";,|", r) }) {
			part = strings.Trim(part, "<>()[]\"'.:")
			add(part)
			if scheme, address, ok := strings.Cut(part, ":"); ok && !strings.Contains(scheme, "@") {
				add(address) // mailto:, SMTP:
			}
		}
		add(withoutSpaces(s))
	case core.Phone:
		phoneReadings(s, add)
	case core.Name:
	default:
		parted(s, add)
	}
	return out
}

// parted adds the parts of a text that commas, semicolons or bars part.
func parted(s string, add func(string)) {
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(";,|", r) }) {
		add(part)
	}
}

// found adds what a detector of the kind is sure of.
func found(k core.Kind, s string, add func(string)) {
	for _, h := range newText(s).find(finders([]core.Kind{k})) {
		if h.status != core.Malformed && h.status != core.Incomplete {
			add(h.value)
		}
	}
}

// phoneReadings adds the numbers in a text: each run of digits and
// punctuation, and, where a run is several numbers beside each other, each
// group of them.
func phoneReadings(s string, add func(string)) {
	for _, run := range phoneRuns(s) {
		run = strings.TrimRight(run, " ./-(")
		add(run)
		for _, sep := range []string{"/", "(", "-"} {
			// An extension behind the number: 09 123 456 / 1234, 040 1234567 (12).
			if at := strings.LastIndex(run, sep); at > 0 && isPhone(run[:at]) {
				add(run[:at])
			}
		}
		groups := strings.FieldsFunc(run, func(r rune) bool { return unicode.IsSpace(r) || r == '/' })
		if len(groups) < 2 || len(groups) > 12 || isPhone(run) {
			continue
		}
		for _, number := range partition(groups) {
			add(number)
		}
	}
}

// phoneRuns gives the runs of digits and of the signs that stand in telephone
// numbers; each begins with a digit, or with one plus sign or bracket before
// it.
func phoneRuns(s string) []string {
	var out []string
	for at := 0; at < len(s); at++ {
		opening := s[at] == '+' || s[at] == '('
		if !isDigit(s[at]) && (!opening || at+1 >= len(s) || !isDigit(s[at+1])) {
			continue
		}
		rest := strings.IndexFunc(s[at+1:], func(r rune) bool {
			return (r < '0' || r > '9') && !strings.ContainsRune("()./+", r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Pd, r)
		})
		end := len(s)
		if rest >= 0 {
			end = at + 1 + rest
		}
		out = append(out, s[at:end])
		at = end
	}
	return out
}

// partition parts groups of digits into telephone numbers, each with its zero
// or plus, such that none is left over. It gives the numbers of every such
// parting.
func partition(groups []string) []string {
	n := len(groups)
	number := func(i, j int) string {
		s := strings.Join(groups[i:j], " ")
		if !strings.HasPrefix(strings.TrimLeft(s, "("), "0") && !strings.HasPrefix(s, "+") || !isPhone(s) {
			return ""
		}
		return s
	}
	head, tail := make([]bool, n+1), make([]bool, n+1) // groups before, and from, a place part whole
	head[0], tail[n] = true, true
	for j := 1; j <= n; j++ {
		for i := 0; i < j; i++ {
			head[j] = head[j] || head[i] && number(i, j) != ""
		}
	}
	var out []string
	for i := n - 1; i >= 0; i-- {
		for j := n; j > i; j-- {
			if s := number(i, j); s != "" && tail[j] {
				tail[i] = true
				if head[i] {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

func isPhone(s string) bool {
	_, err := Parse(core.Phone, s)
	return err == nil
}

// tidy gives a text in NFKC (full-width digits are digits), without characters that nobody sees, with its
// white space folded.
func tidy(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || r == 0 {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
	return strings.Join(strings.Fields(s), " ")
}

func withoutSpaces(s string) string { return strings.Join(strings.Fields(s), "") }
