package name

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// tidy gives s in NFC with one form of hyphen, apostrophe and space, and
// without invisible characters.
func tidy(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0x2010 && r <= 0x2015, r == 0x2212, r == 0xFE58, r == 0xFE63, r == 0xFF0D:
			return '-'
		case strings.ContainsRune("\u2018\u2019\u02BC\u00B4\u0060\u2032\u02B9", r):
			return '\''
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r), unicode.IsControl(r):
			return -1
		}
		return r
	}, norm.NFC.String(s))
}

// isPlain tells whether tidy has nothing to do for s.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '`' {
			return false
		}
	}
	return true
}

// key gives the form in which two words are equal: lower case, without
// apostrophes and full stops. The argument is tidy.
func key(word string) string {
	word = strings.ToLower(word)
	if strings.ContainsAny(word, "'.") {
		word = strings.Map(func(r rune) rune {
			if r == '\'' || r == '.' {
				return -1
			}
			return r
		}, word)
	}
	if isPlain(word) {
		return word
	}
	// Lower case may decompose (İ), and capital sigma has two small forms.
	return strings.ReplaceAll(norm.NFC.String(word), "ς", "σ")
}

// spellings are the letters that systems and passports write in other ways:
// å ä ö (ICAO Doc 9303 and old 7-bit systems), š ž of SFS 4900, and the
// letters of neighbouring languages. Every left side holds a letter outside
// ASCII, so two plain names are never compared by them.
var spellings = []struct {
	from string
	to   []string
}{
	{"å", []string{"a", "aa"}},
	{"ä", []string{"a", "ae", "æ"}},
	{"ö", []string{"o", "oe", "ø", "õ"}},
	{"ü", []string{"u", "ue", "y"}},
	{"õ", []string{"o"}},
	{"æ", []string{"a", "ae"}},
	{"ø", []string{"o", "oe"}},
	{"štš", []string{"shch", "stsh"}},
	{"tš", []string{"ch", "tsh", "tch", "tsch"}},
	{"š", []string{"s", "sh", "sch"}},
	{"ž", []string{"z", "zh"}},
	{"č", []string{"c", "ch", "tš"}},
	{"ß", []string{"ss"}},
	{"đ", []string{"d", "dj"}},
	{"ð", []string{"d"}},
	{"þ", []string{"th"}},
	{"ł", []string{"l"}},
	{"ı", []string{"i"}},
	{"ŋ", []string{"n", "ng"}},
	{"œ", []string{"oe"}},
}

// spelled tells whether two keys are the same word but for letters that are
// written in other ways. It is symmetric, and true of equal keys.
func spelled(a, b string) bool {
	if a == b {
		return true
	}
	a, b = latin(a), latin(b)
	if a == b {
		return true
	}
	if isPlain(a) && isPlain(b) {
		return false
	}
	s := speller{a: a, b: b, failed: map[[2]int]bool{}}
	return s.match(0, 0)
}

// speller aligns two words; failed remembers dead ends, which keeps the work
// quadratic.
type speller struct {
	a, b   string
	failed map[[2]int]bool
}

func (s *speller) match(i, j int) bool {
	a, b := s.a[i:], s.b[j:]
	if a == "" || b == "" {
		return a == b
	}
	at := [2]int{i, j}
	if s.failed[at] {
		return false
	}
	ra, na := utf8.DecodeRuneInString(a)
	rb, nb := utf8.DecodeRuneInString(b)
	if (ra == rb || sameBase(ra, rb)) && s.match(i+na, j+nb) {
		return true
	}
	for _, rule := range spellings {
		for _, to := range rule.to {
			if strings.HasPrefix(a, rule.from) && strings.HasPrefix(b, to) && s.match(i+len(rule.from), j+len(to)) ||
				strings.HasPrefix(b, rule.from) && strings.HasPrefix(a, to) && s.match(i+len(to), j+len(rule.from)) {
				return true
			}
		}
	}
	s.failed[at] = true
	return false
}

// sameBase tells whether two letters differ by an accent only (é and e), or
// whether one is what a system put in the place of a letter that it could not
// hold (? or U+FFFD). å, ä and ö are letters of their own and equal no other
// accented letter.
func sameBase(a, b rune) bool {
	if a < utf8.RuneSelf && b < utf8.RuneSelf {
		return false
	}
	if lost(a) || lost(b) {
		return (lost(a) || a >= utf8.RuneSelf) && (lost(b) || b >= utf8.RuneSelf)
	}
	if a >= utf8.RuneSelf && b >= utf8.RuneSelf && (strings.ContainsRune("åäö", a) || strings.ContainsRune("åäö", b)) {
		return false
	}
	return base(a) == base(b)
}

func lost(r rune) bool { return r == '?' || r == utf8.RuneError }

// base gives the letter without its accents.
func base(r rune) rune {
	if r < utf8.RuneSelf {
		return r
	}
	d, _ := utf8.DecodeRuneInString(norm.NFD.String(string(r)))
	return d
}

// plain gives a key in the letters of ASCII as far as it can: å ä as a, ö as
// o, accents dropped. Words that share it may still be different names.
func plain(k string) string {
	if isPlain(k) {
		return k
	}
	k = latin(k)
	var out strings.Builder
	for _, r := range k {
		switch r {
		case 'æ':
			out.WriteByte('a')
		case 'ø':
			out.WriteByte('o')
		case 'ß':
			out.WriteString("ss")
		case 'đ', 'ð':
			out.WriteByte('d')
		case 'þ':
			out.WriteString("th")
		case 'ł':
			out.WriteByte('l')
		case 'ı':
			out.WriteByte('i')
		case 'ŋ':
			out.WriteByte('n')
		default:
			out.WriteRune(base(r))
		}
	}
	return out.String()
}

// cyrillic is the national transliteration SFS 4900 of Russian, in lower
// case.
var cyrillic = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "jo", 'ж': "ž", 'з': "z", 'и': "i",
	'й': "i", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t",
	'у': "u", 'ф': "f", 'х': "h", 'ц': "ts", 'ч': "tš", 'ш': "š", 'щ': "štš", 'ъ': "", 'ы': "y", 'ь': "",
	'э': "e", 'ю': "ju", 'я': "ja",
}

// latin transliterates Cyrillic letters.
func latin(k string) string {
	if !strings.ContainsFunc(k, func(r rune) bool { return r >= 0x400 && r < 0x500 }) {
		return k
	}
	var out strings.Builder
	for _, r := range k {
		if t, ok := cyrillic[r]; ok {
			out.WriteString(t)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}
