package index

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Form is which form of a typed word stands in a text.
type Form string

// The forms of inflection, named after the Finnish cases; Swedish and English
// have the genitive alone.
const (
	FormGenitive    Form = "genitive"
	FormPartitive   Form = "partitive"
	FormEssive      Form = "essive"
	FormTranslative Form = "translative"
	FormInessive    Form = "inessive"
	FormElative     Form = "elative"
	FormIllative    Form = "illative"
	FormAdessive    Form = "adessive"
	FormAblative    Form = "ablative"
	FormAllative    Form = "allative"
	FormPlural      Form = "plural"
)

// inflection is one form of a word: folded, as texts are searched.
type inflection struct {
	text string
	form Form
}

// transcribed gives the word with its foreign letters written as two, as in
// e-mail addresses and old registers, if that differs from the folded form:
// Mäkinen, maekinen.
func transcribed(w word) []string {
	s := strings.NewReplacer("å", "aa", "ä", "ae", "ö", "oe", "ü", "ue", "ø", "oe").Replace(string(w.exact))
	if s == string(w.exact) {
		return nil
	}
	return []string{s}
}

// The endings of the singular cases on the weak stem, folded (a for ä; Iso
// suomen kielioppi § 81 and after). Abessive and essive are left out: names
// hardly ever stand in them, and many would be another name (Marja: Marjatta,
// Sari: Sarina).
var (
	weakEndings = []inflection{{"n", FormGenitive}, {"ssa", FormInessive}, {"sta", FormElative}, {"lla", FormAdessive}, {"lta", FormAblative},
		{"lle", FormAllative}, {"ksi", FormTranslative}, {"t", FormPlural}}
	// nenEndings are those of nominals in -nen, both numbers, which all bend
	// alike (§ 64).
	nenEndings = []inflection{{"sen", FormGenitive}, {"sta", FormPartitive}, {"sena", FormEssive}, {"seksi", FormTranslative}, {"sessa", FormInessive},
		{"sesta", FormElative}, {"seen", FormIllative}, {"sella", FormAdessive}, {"selta", FormAblative}, {"selle", FormAllative},
		{"set", FormPlural}, {"sten", FormPlural}, {"sien", FormPlural}, {"sia", FormPlural}, {"sina", FormPlural}, {"siksi", FormPlural}, {"sissa", FormPlural},
		{"sista", FormPlural}, {"siin", FormPlural}, {"silla", FormPlural}, {"silta", FormPlural}, {"sille", FormPlural}}
)

// shortestInflected is the length of the shortest word that is bent: Eva, Ari.
const shortestInflected = 3

// inflections gives the folded forms of a word as Finnish bends names, with
// consonant gradation only where names have it, and the Swedish and English
// genitive. A name may bend as a common noun does or as a foreign one (Lahti:
// Lahden and Lahtin), so both are given; what comes out is a help in searching
// and decides nothing. Each form is there once.
func inflections(w word) []inflection {
	s := string(w.folded)
	if utf8.RuneCountInString(s) < shortestInflected || !letters(s) {
		return nil
	}
	f := forms{base: s, seen: map[string]bool{s: true}}
	last := s[len(s)-1]
	switch {
	case strings.HasSuffix(s, "nen"):
		f.all(strings.TrimSuffix(s, "nen"), nenEndings)
	case isVowel(last):
		f.vowelStem(s)
	case last == 's':
		f.endingInS(s)
	default: // Åberg: Åbergin; Kaarin: Kaarinin
		f.bend(s+"i", s+"i")
	}
	if !strings.ContainsAny(s[len(s)-1:], "sxz") {
		f.add(s+"s", FormGenitive) // with an apostrophe or a colon the word is joined, and its first part is found anyway
	}
	return f.list
}

// forms gathers the forms of one word.
type forms struct {
	base string
	list []inflection
	seen map[string]bool
}

func (f *forms) add(text string, form Form) {
	if !f.seen[text] {
		f.seen[text] = true
		f.list = append(f.list, inflection{text, form})
	}
}

func (f *forms) all(stem string, endings []inflection) {
	for _, e := range endings {
		f.add(stem+e.text, e.form)
	}
}

// bend adds the singular of a vowel stem: weak in the closed syllable (Peka-),
// strong in the open one (Pekka-).
func (f *forms) bend(strong, weak string) {
	f.all(weak, weakEndings)
	vowel := strong[len(strong)-1:]
	if double(strong) || diphthong(strong) { // Maa: Maata, Maahan; Suo: Suota, Suohon
		f.add(strong+"ta", FormPartitive)
		f.add(strong+"h"+vowel+"n", FormIllative)
	}
	if endsInTwoVowels(strong) { // Kallio: Kalliota
		f.add(strong+"ta", FormPartitive)
	}
	f.add(strong+"a", FormPartitive)
	f.add(strong+vowel+"n", FormIllative)
}

// vowelStem adds the forms of a word in a vowel.
func (f *forms) vowelStem(s string) {
	for _, weak := range weakened(s) {
		f.bend(s, weak)
	}
	stem := s[:len(s)-1]
	switch s[len(s)-1] {
	case 'i':
		f.eStem(stem)
	case 'e': // Laine: Laineen, Lainetta, Laineeseen; Virve bends as above
		f.all(s+"e", weakEndings)
		f.add(s+"tta", FormPartitive)
		f.add(s+"eseen", FormIllative)
	}
}

// eStem adds the forms of old words in -i: Niemi: Niemen, Lahti: Lahden, Mäki:
// Mäen, Vuori: Vuorta, Vesi: Veden.
func (f *forms) eStem(stem string) {
	if stem == "" || isVowel(stem[len(stem)-1]) || geminate(stem) {
		return // Matti, Heikki, Kai: never
	}
	strong := stem + "e"
	weak := weakened(strong)
	if n := len(stem); stem[n-1] == 'k' && n > 1 && isVowel(stem[n-2]) {
		weak = []string{stem[:n-1] + "e"} // Mäki: Mäen
	}
	if n := len(stem); stem[n-1] == 's' && n > 1 && isVowel(stem[n-2]) {
		f.bend(stem[:n-1]+"te", stem[:n-1]+"de") // Vesi
		f.add(stem[:n-1]+"tta", FormPartitive)
	}
	for _, w := range weak {
		f.bend(strong, w)
	}
	if strings.ContainsRune("lnr", rune(stem[len(stem)-1])) {
		f.add(stem+"ta", FormPartitive) // Vuorta
	}
}

// endingInS adds the forms of a word in -s: Tuomas: Tuomaksen, Markus:
// Markuksen; Kallas: Kallaan, Suokas: Suokkaan; Jones: Jonesin.
func (f *forms) endingInS(s string) {
	f.bend(s+"i", s+"i")
	stem := s[:len(s)-1]
	if !isVowel(stem[len(stem)-1]) {
		return
	}
	f.add(s+"ta", FormPartitive)
	f.bend(stem+"kse", stem+"kse")
	vowel := stem[len(stem)-1:]
	if !strings.Contains("ai", vowel) {
		return
	}
	for _, long := range strengthened(stem) {
		f.all(long+vowel, weakEndings)
		f.add(long+vowel+"seen", FormIllative)
	}
}

// weakened gives the stems that a vowel stem has in closed syllables. Double
// k, p and t always become single (Pekka: Pekan). The other changes of common
// nouns happen in surnames made of them and mostly not in given names (Ranta:
// Rannan, Outi: Outin), so those are given both ways; single k stays, since
// without it one name would become another (Mika: Mian).
func weakened(s string) []string {
	n := len(s)
	if n < 3 || !isVowel(s[n-1]) {
		return []string{s}
	}
	head, vowel := s[:n-1], s[n-1:]
	if geminate(head) {
		return []string{head[:len(head)-1] + vowel}
	}
	for _, change := range [][2]string{{"nt", "nn"}, {"lt", "ll"}, {"rt", "rr"}, {"mp", "mm"}, {"nk", "ng"}, {"ht", "hd"}} {
		if stem, ok := strings.CutSuffix(head, change[0]); ok {
			return []string{s, stem + change[1] + vowel}
		}
	}
	before := head[len(head)-2]
	switch c := head[len(head)-1]; {
	case c == 't' && isVowel(before):
		return []string{s, head[:len(head)-1] + "d" + vowel}
	case c == 'p' && (isVowel(before) || before == 'l' || before == 'r'):
		return []string{s, head[:len(head)-1] + "v" + vowel}
	}
	return []string{s}
}

// strengthened gives the stem of a word in -as as it is, and with the
// consonant that gradation took: Suoka-, Suokka-.
func strengthened(stem string) []string {
	n := len(stem)
	if n < 3 || !strings.ContainsRune("kpt", rune(stem[n-2])) || !isVowel(stem[n-3]) {
		return []string{stem}
	}
	return []string{stem, stem[:n-1] + stem[n-2:]}
}

func geminate(s string) bool {
	n := len(s)
	return n > 1 && s[n-1] == s[n-2] && strings.ContainsRune("kpt", rune(s[n-1]))
}

func isVowel(c byte) bool { return strings.IndexByte("aeiouy", c) >= 0 }

func endsInTwoVowels(s string) bool {
	n := len(s)
	return n > 1 && isVowel(s[n-1]) && isVowel(s[n-2])
}

func double(s string) bool { n := len(s); return n > 1 && isVowel(s[n-1]) && s[n-1] == s[n-2] }

// diphthong tells whether a word ends in a diphthong that -h- follows in the
// illative.
func diphthong(s string) bool {
	return len(s) > 1 && slices.Contains([]string{"uo", "yo", "ie", "ai", "oi", "ui", "ei", "au", "ou"}, s[len(s)-2:])
}

func letters(s string) bool {
	for _, r := range s {
		if r < 'a' || r > 'z' {
			return false
		}
	}
	return true
}
