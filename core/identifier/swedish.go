package identifier

import (
	"strconv"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
)

// swedishRule is a Swedish personal identity number (personnummer) or
// coordination number (samordningsnummer, the day plus 60), in the normal form
// YYYYMMDD-NNNN. The last ten digits bear a Luhn check.
//
// A number of ten digits does not tell its century; with a plus sign it is of
// a person who turns 100 this year or did before. Any other is kept as
// YYMMDD-NNNN, agrees with either century, and is no proof of who is meant.
var swedishRule = KindRule{
	Kind:    core.SwedishNumber,
	Title:   Text{"Ruotsalainen henkilönumero tai koordinointinumero", "Svenskt personnummer eller samordningsnummer", "Swedish personal or coordination number"},
	Yours:   Text{"ruotsalainen henkilönumerosi", "ditt svenska personnummer", "your Swedish personal number"},
	Sharing: OnePerson,
	Example: "19900101-9802",
	Bad: []Bad{
		{CodeForm, "19900101*9802", Text{}},
		{CodeLength, "1990010-9802", Text{"Ruotsalaisessa henkilönumerossa on 12 tai 10 numeroa: tarkista, puuttuuko jotain tai onko jotain liikaa.",
			"Ett svenskt personnummer har 12 eller 10 siffror: kontrollera om något fattas eller är för mycket.",
			"A Swedish personal number has 12 or 10 digits: check whether something is missing or too much."}},
		{CodeDate, "19900231-9806", Text{}},
		{CodeCheck, "19900101-9803", Text{"Tarkistusnumero ei täsmää: jokin numero on väärin.", "Kontrollsiffran stämmer inte: någon siffra är fel.",
			"The check digit does not agree: some digit is wrong."}},
	},
	form:  Text{"Ruotsalainen henkilönumero on muotoa vvvvkkpp-nnnn.", "Ett personnummer har formen ååååmmdd-nnnn.", "A Swedish personal number is yyyymmdd-nnnn."},
	parse: parseSwedish,
	equal: func(a, b core.Identifier) bool {
		return a.Value == b.Value || lastTen(a.Value) == lastTen(b.Value) && (len(a.Value) != len(b.Value))
	},
	mask:  func(v string) string { return v[:max(0, len(v)-4)] + "****" },
	forms: swedishForms,
	find:  &finder{on: digitStart, at: findSwedish},
}

// withCentury is the length of a normal form that tells the century.
const withCentury = len("19900101-9802")

// SwedishCentury tells whether a Swedish number tells its century, so that it
// is one person's.
func SwedishCentury(value string) bool { return len(value) == withCentury }

// SwedishCoordination tells whether a Swedish number is a coordination number,
// which gives way to a personal number when its bearer is registered.
func SwedishCoordination(value string) bool {
	n := lastTen(value)
	return len(n) == 10 && n[4] >= '6'
}

func lastTen(v string) string {
	v = strings.Replace(v, "-", "", 1)
	return v[max(0, len(v)-10):]
}

func parseSwedish(s string) (string, core.Status, Code) {
	s = withoutSpaces(foldCode(s))
	plus := false
	digits := s
	if n := len(s) - 5; n > 0 && (s[n] == '-' || s[n] == '+') {
		plus, digits = s[n] == '+', s[:n]+s[n+1:]
	}
	if strings.Trim(digits, "0123456789") != "" {
		return "", core.Malformed, CodeForm
	}
	if len(digits) != 10 && len(digits) != 12 {
		return "", core.Malformed, CodeLength
	}
	ten := digits[len(digits)-10:]
	year, month, day := two(ten), two(ten[2:]), two(ten[4:])
	if day > 60 {
		day -= 60
	}
	century := digits[:len(digits)-10]
	if century == "" && plus {
		century = strconv.Itoa(oldCentury(year, time.Now().Year()))
	}
	switch {
	case century != "" && (century < "18" || century > "20"),
		century != "" && !dayExists(two(century)*100+year, month, day),
		century == "" && !dayInAnyCentury(year, month, day):
		return "", core.Malformed, CodeDate
	case !luhn(ten):
		return "", core.Malformed, CodeCheck
	}
	return century + ten[:6] + "-" + ten[6:], core.Valid, ""
}

// oldCentury gives the century in which somebody was born who is 100 or turns
// 100 in the year now.
func oldCentury(year, now int) int {
	for century := now / 100; ; century-- {
		if now-(century*100+year) >= 100 {
			return century
		}
	}
}

// swedishForms gives the number with and without its century and its sign.
func swedishForms(i core.Identifier) []core.Form {
	digits := strings.Replace(i.Value, "-", "", 1)
	if len(digits) < 10 {
		return nil
	}
	ten := digits[len(digits)-10:]
	out := exact(digits)
	for _, form := range []string{ten[:6] + "-" + ten[6:], ten, ten[:6] + "+" + ten[6:]} {
		out = append(out, core.Form{Text: form, Tier: core.TierVariant})
	}
	return out
}

// swedishLabels stand before a Swedish number.
var swedishLabels = [...]string{"PERSONNUMMER", "SAMORDNINGSNUMMER", "PERSONNR", "PERS.NR", "PNR", "SVENSK", "RUOTSALAINEN", "SWEDISH"}

// findSwedish takes 12 digits, or 10 with a sign; 10 digits without one are
// merely possible, and so is what may be a Finnish code.
func findSwedish(t *text, at int) (hit, bool) {
	if t.wordBefore(at) || t.tailOfNumber(at) {
		return hit{}, false
	}
	body, next := t.digits(at, 8)
	sign := t.is(next, '-') || t.is(next, '+')
	if len(body) != 8 && (len(body) != 6 || !sign) {
		return hit{}, false
	}
	separator := ""
	if sign {
		separator = string(rune(t.s[next]))
		next++
		if behind := t.lineBreak(next); behind > next {
			next = behind
		}
	}
	tail, next := t.digits(next, 4)
	if len(body) == 8 && !sign && len(tail) == 2 { // ten digits together
		body, tail = body[:6], body[6:]+tail
	}
	if len(tail) != 4 || t.wordAt(next) {
		return hit{}, false
	}
	value, status, code := parseSwedish(body + separator + tail)
	if code != "" {
		return hit{}, false
	}
	h := hit{start: at, end: next, value: value, status: status, certainty: Likely}
	switch {
	case t.labelled(at, swedishLabels[:]):
		h.certainty = Certain
	case !sign && len(body) == 6:
		h.certainty = Possible
	}
	return h, true
}
