package identifier

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// FindDiaryNumbers gives the diary numbers in running text, each once in its
// normal form, in the order of the text. Prefixed numbers, projects and
// numbers with a class of the filing plan are taken where they stand; any
// other number without a prefix only behind a label (Dnro, diarienummer), for
// 12/03/2023 is a day and 661/2009 a statute.
func FindDiaryNumbers(text string) []string {
	var out []string
	for at := 0; at < len(text); {
		end := at + strings.IndexFunc(text[at:], notDiary)
		if end < at {
			end = len(text)
		}
		if v, ok := diaryIn(strings.TrimRight(text[at:end], "/.:"), labelled(text[:at])); ok && !slices.Contains(out, v) {
			out = append(out, v)
		}
		_, n := utf8.DecodeRuneInString(text[end:])
		at = end + max(n, 1)
	}
	return out
}

// notDiary tells whether the rune ends a run of those that diary numbers are
// made of. Other word characters belong to the run, so that they spoil it.
func notDiary(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '/' && r != '.' && r != ':' && r != '_'
}

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
