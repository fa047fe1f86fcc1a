package identifier

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
)

// FindDiaryNumbers gives the diary numbers in running text, each once in its
// normal form, in the order of the text. Prefixed numbers, projects and
// numbers with a class of the filing plan are taken where they stand; any
// other number without a prefix only behind a label (Dnro, diarienummer), for
// 12/03/2023 is a day and 661/2009 a statute.
func FindDiaryNumbers(src string) []string {
	var out []string
	seen := map[string]bool{}
	for _, h := range newText(src).find(finders([]core.Kind{core.DiaryNumber})) {
		if !seen[h.value] {
			seen[h.value] = true
			out = append(out, h.value)
		}
	}
	return out
}

// longestDiary is more than the longest diary number with its label.
const longestDiary = 64

// findDiary reads the run of letters, digits and / . : _ that begins at the
// place. Other word characters belong to the run, so that they spoil it.
func findDiary(t *text, at int) (hit, bool) {
	if at > 0 && inDiary(t.s[at-1]) {
		return hit{}, false
	}
	end, slash := at, false
	for end < len(t.s) && inDiary(t.s[end]) {
		slash = slash || t.s[end] == '/'
		if end++; end-at > longestDiary {
			return hit{}, false
		}
	}
	if !slash {
		return hit{}, false
	}
	for t.s[end-1] == '/' || t.s[end-1] == '.' || t.s[end-1] == ':' {
		end--
	}
	before := t.src[max(0, t.offset(at)-labelBefore):t.offset(at)]
	value, ok := diaryIn(norm.NFKC.String(withoutFormat(t.source(at, end))), labelled(before))
	return hit{start: at, end: end, value: value, status: core.Valid, certainty: Certain}, ok
}

// inDiary tells whether a character belongs to a run that may be a diary
// number.
func inDiary(c byte) bool { return isWord(c) || c == '/' || c == '.' || c == ':' }

// diaryIn reads a run of the text as a diary number.
func diaryIn(run string, labelled bool) (string, bool) {
	if !strings.Contains(run, "/") {
		return "", false
	}
	if inner := withoutLabel(run); inner != run { // Dnro:12/24, without a space
		run, labelled = inner, true
	}
	d, ok := ParseDiary(withoutEnding(run))
	if !ok {
		return "", false
	}
	if labelled || d.Authority == "" && isClass(d.Class) {
		return d.String(), true
	}
	// A prefix in running text is in capitals.
	return d.String(), d.Authority != "" && strings.HasPrefix(run, d.Authority)
}

// withoutEnding takes off a Finnish case ending (VN/12/2024:ssa).
func withoutEnding(run string) string {
	body := strings.TrimRightFunc(run, unicode.IsLetter)
	if body != run && strings.HasSuffix(body, ":") {
		return strings.TrimSuffix(body, ":")
	}
	return run
}

// labelled tells whether the text ends in a label of diary numbers.
func labelled(before string) bool {
	before = strings.TrimRight(before, " \t\u00a0.:")
	for _, label := range diaryLabels {
		head := len(before) - len(label)
		if head >= 0 && strings.EqualFold(before[head:], label) {
			r, _ := utf8.DecodeLastRuneInString(before[:head])
			return head == 0 || !unicode.IsLetter(r)
		}
	}
	return false
}
