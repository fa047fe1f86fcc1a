package sqlsource

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// keyPart is the value of one key column.
type keyPart struct {
	IsNumber bool   `json:"n,omitempty"`
	Number   int64  `json:"i,omitempty"`
	Text     []byte `json:"t,omitempty"`
	Blob     bool   `json:"b,omitempty"`
	// bind is the value as a statement's parameter.
	bind any
}

// key identifies a row: the values of its key columns in mapping order.
type key []keyPart

// ref gives type/part/part, each part percent-escaped as in a URL path.
func (k key) ref(recordType string) string {
	var b strings.Builder
	b.WriteString(recordType)
	for _, p := range k {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(p.String()))
	}
	return b.String()
}

// String gives the part in digits, as text, or a blob in hexadecimal digits.
func (p keyPart) String() string {
	switch {
	case p.IsNumber:
		return strconv.FormatInt(p.Number, 10)
	case p.Blob:
		return hex.EncodeToString(p.Text)
	default:
		return string(p.Text)
	}
}

// id gives the key as a map key: two keys of one table are equal when it is.
func (k key) id() string {
	var b strings.Builder
	for _, p := range k {
		s := p.String()
		b.WriteString(strconv.Itoa(len(s)))
		b.WriteByte(':')
		b.WriteString(s)
	}
	return b.String()
}

// compare orders keys: numbers by value and before texts, texts by bytes.
func (k key) compare(other key) int {
	return slices.CompareFunc(k, other, func(a, b keyPart) int {
		switch {
		case a.IsNumber && b.IsNumber:
			return cmp.Compare(a.Number, b.Number)
		case a.IsNumber:
			return -1
		case b.IsNumber:
			return 1
		default:
			return bytes.Compare(a.Text, b.Text)
		}
	})
}
