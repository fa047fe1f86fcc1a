package sqlsource

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
)

var (
	phoneRun    = regexp.MustCompile(`[+(]?[0-9][0-9()\s./+\p{Pd}]*`)
	zeroDecimal = regexp.MustCompile(`^([0-9]+)\.0+$`)
)

// textReadings gives the identifiers that the text of a column may hold. A
// column may hold several e-mail addresses or telephone numbers, with words
// around them.
func textReadings(k core.Kind, text string) []string {
	s := tidy(text)
	if s == "" {
		return nil
	}
	if m := zeroDecimal.FindStringSubmatch(s); m != nil {
		s = m[1] // a number kept as a decimal
	}
	out := []string{s}
	add := func(r string) {
		if r = strings.TrimSpace(r); r != "" && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	switch k {
	case core.PersonalIdentityCode, core.BusinessID:
		add(withoutSpaces(s))
	case core.Email:
		for _, part := range strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(";,|", r) }) {
			part = strings.Trim(part, "<>()[]\"'.:")
			add(part)
			if len(part) > len("mailto:") && strings.EqualFold(part[:len("mailto:")], "mailto:") {
				add(part[len("mailto:"):])
			}
		}
		add(withoutSpaces(s))
	case core.Phone:
		phoneReadings(s, add)
	default:
		for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(";,|", r) }) {
			add(part)
		}
	}
	return out
}

// phoneReadings adds the numbers in a text: each run of digits and
// punctuation, and, where a run is several numbers beside each other, each
// group of them.
func phoneReadings(s string, add func(string)) {
	for _, run := range phoneRun.FindAllString(s, -1) {
		run = strings.TrimRight(run, " ./-(")
		add(run)
		groups := strings.FieldsFunc(run, func(r rune) bool { return unicode.IsSpace(r) || r == '/' })
		if len(groups) < 2 || len(groups) > 12 || parsesAsPhone(run) {
			continue
		}
		for _, number := range partition(groups) {
			add(number)
		}
	}
}

// partition parts groups of digits into telephone numbers, each with its zero
// or plus, such that none is left over. It gives the numbers of every such
// parting.
func partition(groups []string) []string {
	n := len(groups)
	number := func(i, j int) string {
		s := strings.Join(groups[i:j], " ")
		if !strings.HasPrefix(strings.TrimLeft(s, "("), "0") && !strings.HasPrefix(s, "+") || !parsesAsPhone(s) {
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

func parsesAsPhone(s string) bool {
	id, err := identifier.Parse(core.Phone, s)
	return err == nil && id.Status != core.Incomplete && id.Status != core.Malformed
}
