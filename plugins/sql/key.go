package sqlsource

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// keyType is the type of a key column's value. SQLite keeps 1 and '1' apart,
// also in one column, so they are two keys.
type keyType byte

// The types, in the order of keys.
const (
	keyInteger keyType = iota
	keyReal
	keyText
	keyBytes
)

// String gives the type as a ref has it.
func (t keyType) String() string {
	return [...]string{"integer", "real", "text", "bytes"}[t]
}

// keyPart is the value of one key column.
type keyPart struct {
	Type   keyType `json:"y"`
	Number int64   `json:"i,omitempty"`
	// Text is the value of every type but integers; a real in its digits.
	Text []byte `json:"t,omitempty"`
	// bind is the value as a statement's parameter.
	bind any
}

// key identifies a row: the values of its key columns in mapping order.
type key []keyPart

// ref gives type/part/part, each part percent-escaped as in a URL path. Rows
// of different keys may share it: refsOf tells them apart.
func (k key) ref(recordType string) string { return k.typedRef(recordType, nil) }

// typedRef is ref with the type behind each part that is not of the type
// wanted there; nil wants any.
func (k key) typedRef(recordType string, wanted []keyType) string {
	var b strings.Builder
	b.WriteString(recordType)
	for i, p := range k {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(p.String()))
		switch { // a semicolon of the value itself is escaped
		case p.Type == keyBytes && !plainText(p.Text):
			b.WriteString(";hex")
		case wanted != nil && wanted[i] != p.Type:
			b.WriteString(";" + p.Type.String())
		}
	}
	return b.String()
}

// String gives the part in digits or as text; bytes that are no text in
// hexadecimal digits.
func (p keyPart) String() string {
	switch {
	case p.Type == keyInteger:
		return strconv.FormatInt(p.Number, 10)
	case p.Type == keyBytes && !plainText(p.Text):
		return hex.EncodeToString(p.Text)
	default:
		return string(p.Text)
	}
}

// id gives the key as a map key: two keys of one table are equal when it is.
func (k key) id() string {
	b := make([]byte, 0, 48)
	for _, p := range k {
		b = append(strconv.AppendInt(b, int64(p.Type), 10), ',')
		if p.Type == keyInteger {
			b = append(strconv.AppendInt(b, p.Number, 10), ';')
			continue
		}
		b = append(strconv.AppendInt(b, int64(len(p.Text)), 10), ':')
		b = append(b, p.Text...)
	}
	return string(b)
}

// folded gives the key as the columns' collations compare it: those of some
// databases pass over case, accents and blanks at the end.
func (k key) folded(columns []column) string {
	var b strings.Builder
	for i, p := range k {
		text := p.String()
		if columns[i].Folds != foldsNothing {
			text = strings.TrimRight(text, " ")
		}
		if columns[i].Folds == foldsLetters {
			text = strings.Map(func(r rune) rune {
				if unicode.Is(unicode.Mn, r) {
					return -1
				}
				return unicode.ToLower(unicode.ToUpper(r))
			}, norm.NFKD.String(text))
		}
		b.WriteString(strconv.Itoa(len(text)) + ":" + text)
	}
	return b.String()
}

// compare orders keys: by type, numbers by value, all else by bytes.
func (k key) compare(other key) int {
	return slices.CompareFunc(k, other, func(a, b keyPart) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Number, b.Number), bytes.Compare(a.Text, b.Text))
	})
}

// alike gives, as parameters, the values of every type that String gives as
// it gives p, p among them.
func (p keyPart) alike() []any {
	if p.Type == keyBytes && !plainText(p.Text) {
		return []any{p.bind}
	}
	s := p.String()
	out := []any{s, []byte(s)}
	if s == "" || !strings.Contains("+-0123456789N", s[:1]) {
		return out // no number, nor what stands for an infinite one or none
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && strconv.FormatInt(n, 10) == s {
		out = append(out, n)
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && realText(f) == s {
		out = append(out, f)
	}
	return out
}

// realText gives a real in its shortest digits, without an exponent.
func realText(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// refsOf gives the refs of rows that share one, from their keys in order. The
// lowest type in a column goes without its name, further rows of one key have
// a number.
func refsOf(recordType string, keys []key) []string {
	if len(keys) == 1 {
		return []string{keys[0].ref(recordType)}
	}
	var lowest []keyType
	for _, k := range keys {
		for i, p := range k {
			if len(lowest) == i {
				lowest = append(lowest, p.Type)
			}
			lowest[i] = min(lowest[i], p.Type)
		}
	}
	out := make([]string, len(keys))
	nth := map[string]int{}
	for i, k := range keys {
		out[i] = k.typedRef(recordType, lowest)
		if nth[k.id()]++; nth[k.id()] > 1 {
			out[i] += ";" + strconv.Itoa(nth[k.id()])
		}
	}
	return out
}
