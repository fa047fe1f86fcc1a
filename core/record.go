package core

import (
	"cmp"
	"fmt"
	"log/slog"
	"strconv"
	"time"
)

// Record is one thing that a system holds: a ticket, a case, an employee.
type Record struct {
	Type string `json:"type"`
	// Ref is type/key, key parts in mapping order and percent-escaped. It is
	// stable: the same thing has the same ref in every search.
	Ref string `json:"ref"`
	// Fields belong to the record itself: organisation, content or unknown.
	Fields []Field `json:"fields,omitempty"`
	// Parties are the people in the record, by slot.
	Parties []Party `json:"parties,omitempty"`
	// Parts are comments, documents and the like, one level deep.
	Parts []Part `json:"parts,omitempty"`
	// MatchedBy tells which keys found the record.
	MatchedBy []Match `json:"matched_by,omitempty"`
	// Time is when the thing happened or was made; zero if unknown.
	Time time.Time `json:"time,omitzero"`
}

// Part is a piece of a record: a comment, a document, an amendment.
type Part struct {
	Type    string  `json:"type"`
	Ref     string  `json:"ref"`
	Fields  []Field `json:"fields,omitempty"`
	Parties []Party `json:"parties,omitempty"`
}

// Party is one person or organisation in a record, in the slot that its
// profile names (initiator, requester, assignee).
type Party struct {
	Slot   string  `json:"slot"`
	Fields []Field `json:"fields,omitempty"`
}

// Match is one key that found a record.
type Match struct {
	Kind   Kind   `json:"kind"`
	Issuer string `json:"issuer,omitempty"`
	// Slot is the party's slot that held the key; empty for a field of the
	// record itself.
	Slot string `json:"slot,omitempty"`
	// Field is the profile field that held the key.
	Field string `json:"field,omitempty"`
	Tier  Tier   `json:"tier,omitempty"`
}

// Field is one named value. A name may stand several times (many-valued
// attributes). A field whose name no profile knows is unknown, and withheld
// until somebody maps it.
type Field struct {
	Name  string `json:"name"`
	Value Value  `json:"value"`
}

// Value is the value of a field. Exactly one of its members is meant, as Type
// says.
type Value struct {
	Type ValueType `json:"type"`
	// Text holds text, and decimals and dates (ISO 8601) in their own form.
	Text     string    `json:"text,omitempty"`
	Integer  int64     `json:"integer,omitempty"`
	Flag     bool      `json:"flag,omitempty"`
	Time     time.Time `json:"time,omitzero"`
	Withheld *Withheld `json:"withheld,omitempty"`
	// Meaning explains the value when it is a code, nil when nobody told what
	// it means.
	Meaning *Meaning `json:"meaning,omitempty"`
}

// Meaning is what a code stands for, in the languages in which the system or
// its mapping tells it.
type Meaning struct {
	FI string `json:"fi,omitempty"`
	SV string `json:"sv,omitempty"`
	EN string `json:"en,omitempty"`
}

// In gives the meaning in a language (fi, sv or en), else in the first of
// these that there is; "" for none.
func (m *Meaning) In(language string) string {
	if m == nil {
		return ""
	}
	own := map[string]string{"fi": m.FI, "sv": m.SV, "en": m.EN}[language]
	return cmp.Or(own, m.FI, m.SV, m.EN)
}

// ValueType tells which member of a Value is meant.
type ValueType string

// The types of value.
const (
	TypeText     ValueType = "text"
	TypeInteger  ValueType = "integer"
	TypeDecimal  ValueType = "decimal" // in Value.Text, since no float holds money
	TypeFlag     ValueType = "flag"
	TypeDate     ValueType = "date" // in Value.Text as YYYY-MM-DD
	TypeTime     ValueType = "time"
	TypeNull     ValueType = "null"
	TypeWithheld ValueType = "withheld"
)

// Withheld stands where a source could not or may not give a value. A value
// is never cut silently.
type Withheld struct {
	Reason     WithheldReason `json:"reason"`
	LegalBasis string         `json:"legal_basis,omitempty"`
	// Size is the size of the value in bytes, 0 if unknown.
	Size int64 `json:"size,omitempty"`
	// Ref is what Fetch reads the value by, empty where the source cannot.
	Ref string `json:"ref,omitempty"`
}

// WithheldReason says why a source gave no value.
type WithheldReason string

// The reasons for which a source withholds a value.
const (
	WithheldSecret     WithheldReason = "secret"
	WithheldTooLarge   WithheldReason = "too-large"
	WithheldUnreadable WithheldReason = "unreadable"
	WithheldBinary     WithheldReason = "binary"
)

// TextValue gives s as a value.
func TextValue(s string) Value { return Value{Type: TypeText, Text: s} }

// IntegerValue gives n as a value.
func IntegerValue(n int64) Value { return Value{Type: TypeInteger, Integer: n} }

// DecimalValue gives the decimal number s, in its own digits, as a value.
func DecimalValue(s string) Value { return Value{Type: TypeDecimal, Text: s} }

// FlagValue gives b as a value.
func FlagValue(b bool) Value { return Value{Type: TypeFlag, Flag: b} }

// DateValue gives the calendar day of t as a value.
func DateValue(t time.Time) Value { return Value{Type: TypeDate, Text: t.Format(time.DateOnly)} }

// TimeValue gives t in UTC as a value.
func TimeValue(t time.Time) Value { return Value{Type: TypeTime, Time: t.UTC()} }

// NullValue is the value of a field that the system holds empty.
func NullValue() Value { return Value{Type: TypeNull} }

// WithheldValue gives w as a value.
func WithheldValue(w Withheld) Value { return Value{Type: TypeWithheld, Withheld: &w} }

// Plain gives the value as text for comparing and indexing: numbers in
// decimal digits, times in RFC 3339 UTC, flags as true or false. A null or
// withheld value gives "".
func (v Value) Plain() string {
	switch v.Type {
	case TypeText, TypeDecimal, TypeDate:
		return v.Text
	case TypeInteger:
		return strconv.FormatInt(v.Integer, 10)
	case TypeFlag:
		return strconv.FormatBool(v.Flag)
	case TypeTime:
		return v.Time.UTC().Format(time.RFC3339)
	default:
		return ""
	}
}

// String redacts the value to its type.
func (v Value) String() string { return "<" + string(v.Type) + ">" }

// LogValue redacts the field to its name.
func (f Field) LogValue() slog.Value { return slog.StringValue(f.Name) }

// String redacts the field to its name.
func (f Field) String() string { return "<" + f.Name + ">" }

// LogValue redacts the record: logs get its type and its size. A ref may hold
// a name, so it is left out too.
func (r Record) LogValue() slog.Value { return slog.StringValue(r.String()) }

// String redacts the record to its type and size.
func (r Record) String() string {
	return fmt.Sprintf("<%s: %d fields, %d parties, %d parts>", r.Type, len(r.Fields), len(r.Parties), len(r.Parts))
}

// String redacts the party to its slot.
func (p Party) String() string { return "<" + p.Slot + ">" }

// First gives the first value of the named field among fields, and whether it
// is there.
func First(fields []Field, name string) (Value, bool) {
	for _, f := range fields {
		if f.Name == name {
			return f.Value, true
		}
	}
	return Value{}, false
}
