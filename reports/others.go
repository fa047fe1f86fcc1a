package reports

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
)

// The rules of this file look at one text of a field that may be told, and
// tell whether it may speak of somebody else as well. Such a text waits for
// an official. They are blunt on purpose: what they withhold without need, an
// official gives; what they missed, nobody takes back.

// mayConcernOthers tells whether the text of a field with that kind of
// identifier (empty for none) may hold what identifies another person.
func mayConcernOthers(kind core.Kind, text string) bool {
	s := readable(text)
	switch kind {
	case core.Email:
		return severalWords(s)
	case core.Phone:
		return severalNumbers(s)
	case core.Name:
		return severalNames(s) || identifiesSomebody(s)
	case core.UserID:
		return severalWords(s)
	case core.EmployeeNumber:
		return len(identifier.ParseAll(kind, s)) > 1
	case core.PersonalIdentityCode: // masked, or withheld with its own reason
		return false
	default:
		return identifiesSomebody(s)
	}
}

// readable gives a text in compatible forms, without characters that nobody
// sees, so that no look-alike hides what it says.
func readable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.Is(unicode.Pd, r):
			return '-'
		case unicode.IsSpace(r) && r != '\n' && r != '\r':
			return ' '
		}
		return r
	}, strings.TrimSpace(norm.NFKC.String(text)))
}

// severalWords tells whether a field of e-mail addresses or user names holds
// more than one word with at most one @: a second address, or a name beside
// it.
func severalWords(s string) bool {
	s = strings.Trim(s, " <>;,.")
	return strings.Count(s, "@") > 1 || strings.ContainsAny(s, " \r\n;,|/<>()\"")
}

var (
	// phoneLabel is what people write beside a telephone number.
	phoneLabel = regexp.MustCompile(`(?i)^(?:p|puh|puhelin|puhelinnumero|matkapuhelin|matkapuh|gsm|kännykkä|mobiili|mobil|mobile|mob|` +
		`tel|tfn|telefon|telefonnummer|telephone|phone|työ|työpuhelin|koti|kotipuhelin|oma|suora|vaihde|arbete|hem|work|home|direct|switchboard)$`)
	// phoneEnd is what stands between two telephone numbers.
	phoneEnd = regexp.MustCompile(`[;,|&/\r\n\pL]+|[\s-]+[+(]*0|.\+`)
)

// severalNumbers tells whether a field of telephone numbers holds more than
// one number with its label: a second number, or a name beside it.
func severalNumbers(s string) bool {
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if !phoneLabel.MatchString(word) {
			return true
		}
	}
	numbers := len(identifier.ParseAll(core.Phone, s))
	if strings.Contains(s, "@") || numbers > 1 || numbers == 0 && len(digitsOf(s)) > 9 {
		return true
	}
	long := 0
	for _, run := range phoneEnd.Split(strings.ReplaceAll(s, "(0)", ""), -1) {
		if len(digitsOf(run)) >= 5 {
			long++
		}
	}
	return long > 1
}

var (
	// nameLink joins two names in one text.
	nameLink = regexp.MustCompile(`(?i)[&+/;|\r\n]| - |(?:^|[\s,.])(?:ja|sekä|och|samt|and)(?:[\s,.]|$)`)
	// nameAside is several words in brackets.
	nameAside = regexp.MustCompile(`[(\[{<][^)\]}>]*\pL[^)\]}>]*\s+[^)\]}>]*\pL`)
)

// severalNames tells whether a field of names holds more than one: a word or
// a sign that joins two, words in brackets, a second comma, or two words and
// more on either side of the only one.
func severalNames(s string) bool {
	if nameLink.MatchString(s) || nameAside.MatchString(s) || strings.Count(s, ",") > 1 {
		return true
	}
	before, after, comma := strings.Cut(s, ",")
	return comma && nameWords(before) > 1 && nameWords(after) > 1
}

// nameWords counts the words that begin with a capital letter, or all where
// none does: the particles of a family name (von, af, de) do not count.
func nameWords(s string) int {
	words := strings.Fields(s)
	capitals := 0
	for _, w := range words {
		if unicode.IsUpper([]rune(w)[0]) {
			capitals++
		}
	}
	if capitals == 0 {
		return len(words)
	}
	return capitals
}

var (
	address = regexp.MustCompile(`(?i)\S@\S|\S\s?[(\[](?:at|ät|miukumauku)[)\]]\s?\S|\bc\s?/\s?o\b`)
	// directoryName is a piece of a directory name: cn=, uid=.
	directoryName = regexp.MustCompile(`(?i)(?:^|[^\pL\d])(?:cn|uid|sn|givenname|samaccountname|ou|dc)\s*=`)
	// foreignNumber is a telephone number with the sign of a country code.
	foreignNumber = regexp.MustCompile(`(?:\+\s?|(?:^|[^\d])00\s?358)\d?(?:[\s()./-]{0,2}\d){6,}`)
	// labelledNumber is a telephone number behind a word that says so.
	labelledNumber = regexp.MustCompile(`(?i)(?:^|[^\pL])(?:puh|puhelin|puhelinnumero|matkapuhelin|gsm|tel|tfn|telefon|phone|mobil|mobile|mobiili)\.?:?\s?[(+]?\d(?:[\s()/-]{0,2}\d){4,}`)
	// finnishNumber is a mobile number, or another one whose prefix stands
	// apart, not joined to what stands before or behind.
	finnishNumber = regexp.MustCompile(`(?:^|[\s(\[,;:"'|])(?:` +
		`\(?0(?:4\d|50)\)?(?:[\s./-]?\d){5,8}` + `|` +
		`\(?0(?:[235689]|1[03-9]|[27]\d{1,2}|30\d?)\)?[\s-](?:\s?-?\d){6,8}` +
		`)(?:$|[^\pL\d/-]|/\s?[0+])`)
	// otherNumbers look like telephone numbers and are none: days and months,
	// bank accounts, business IDs.
	otherNumbers = regexp.MustCompile(`\b(?:\d{1,2}[./-]\d{1,2}[./\s-](?:19|20)\d\d|\d{1,2}\.\d{1,2}\.\d\d|` +
		`FI\d\d(?:\s?\d{4}){3}\s?\d\d|[A-Z]{2}\d\d(?:\s?[A-Z0-9]{4}){4,7}(?:\s?[A-Z0-9]{1,3})?|\d{7}-\d)\b`)
)

// minPhoneDigits is the least that the patterns of telephone numbers take.
const minPhoneDigits = 5

// identifiesSomebody tells whether a text holds an e-mail address, a piece of
// a directory name, c/o, or a telephone number among words.
func identifiesSomebody(s string) bool {
	if strings.ContainsAny(s, "@([/=") && (address.MatchString(s) || directoryName.MatchString(s)) {
		return true
	}
	if len(digitsOf(s)) < minPhoneDigits {
		return false
	}
	if mayBeForeign(s) && foreignNumber.MatchString(s) || mayBeLabelled(s) && labelledNumber.MatchString(s) {
		return true
	}
	return mayBeFinnish(s) && strings.ContainsFunc(s, unicode.IsLetter) && finnishNumber.MatchString(otherNumbers.ReplaceAllString(s, " # "))
}

// The next three tell whether one of the patterns may be in a text. Most texts
// have nothing of what every match has, and the patterns are slow.

func mayBeForeign(s string) bool { return strings.Contains(s, "+") || strings.Contains(s, "358") }

// mayBeLabelled looks for the letters that every word of labelledNumber has.
// Beyond ASCII a letter may be another one in lower case.
func mayBeLabelled(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return true
		}
		switch s[i] | 0x20 {
		case 'p', 'g', 't', 'm':
			for _, stem := range [...]string{"puh", "gsm", "tel", "tfn", "phone", "mobi"} {
				if len(s)-i >= len(stem) && strings.EqualFold(s[i:i+len(stem)], stem) {
					return true
				}
			}
		}
	}
	return false
}

// mayBeFinnish looks for a zero where finnishNumber begins. What otherNumbers
// takes out of the text ends before a sign, so that no zero comes to stand
// behind the space that is put there.
func mayBeFinnish(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != '0' {
			continue
		}
		if i == 0 || strings.IndexByte(" \t\n\v\f\r([,;:\"'|", s[i-1]) >= 0 {
			return true
		}
	}
	return false
}
