package match

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
)

// Owner tells which controller a record of a mixed system belongs to. The zero
// Owner is that of a system which holds its own controller's records only.
type Owner string

// The owners of a record.
const (
	OwnerSelf    Owner = "own"     // the organisation that answers
	OwnerOther   Owner = "other"   // another controller: never shown, referred to it
	OwnerUnknown Owner = "unknown" // not told, or not understood: a person looks
)

// Owners reads the owner of records of one system. It is safe for concurrent
// use; nil is for a system that is not mixed.
type Owners struct {
	field   string
	missing Owner
	own     []string // folded
	others  []string
	// ownIDs and otherIDs are business IDs among them.
	ownIDs, otherIDs []string
	closed           bool // others are all that there are
}

// NewOwners makes the reader of a system's owners, nil where the catalogue says
// of no field that it tells the owner. The organisation's names in every
// language and its business ID are its own without being listed.
func NewOwners(o catalogue.Ownership, org catalogue.Organisation) *Owners {
	if o.Field == "" {
		return nil
	}
	out := &Owners{field: o.Field, missing: OwnerUnknown, closed: len(o.Others) > 0}
	switch o.Missing {
	case catalogue.OwnerOwn:
		out.missing = OwnerSelf
	case catalogue.OwnerOther:
		out.missing = OwnerOther
	}
	own := append(slices.Concat(o.Own, org.Names()), org.BusinessID)
	out.own, out.ownIDs = spellings(own)
	out.others, out.otherIDs = spellings(o.Others)
	return out
}

// spellings gives the values folded, and the business IDs among them.
func spellings(values []string) (folded, ids []string) {
	for _, v := range values {
		if id, ok := businessID(v); ok {
			ids = append(ids, id)
		} else if f := foldOwner(v); f != "" {
			folded = append(folded, f)
		}
	}
	return folded, ids
}

// told tells whether there is a field for the owner, be it empty: the source
// maps it.
func (o *Owners) told(fields []core.Field) bool {
	return slices.ContainsFunc(fields, func(f core.Field) bool { return f.Name == o.field })
}

// Untold tells whether a record does not say who owns it though its type has a
// field for that: not even that the field is empty.
func (o *Owners) Untold(spec catalogue.RecordType, rec core.Record) bool {
	if o == nil || o.told(rec.Fields) {
		return false
	}
	_, has := spec.Field(o.field)
	return has
}

// Spelling gives the record's values of the field, folded: what tells owners
// apart that nobody knows.
func (o *Owners) Spelling(rec core.Record) string {
	var out []string
	for _, v := range o.values(rec.Fields) {
		out = append(out, foldOwner(v.Plain()))
	}
	slices.Sort(out)
	return strings.Join(out, "/")
}

// Of gives the owner of a record, and the numbers of its parts that are
// another controller's. A part that names no owner is the record's. A record
// of another controller with a part of the organisation's own, or of nobody
// knows whom, is for a person to take apart.
//
// A record without the field is OwnerUnknown where its type has one: that its
// source maps none says nothing of whose it is.
func (o *Owners) Of(spec catalogue.RecordType, rec core.Record) (owner Owner, foreign []int) {
	if o == nil {
		return "", nil
	}
	owner = o.of(spec, rec.Fields)
	for n, part := range rec.Parts {
		if !o.told(part.Fields) {
			continue
		}
		switch o.part(part.Fields, owner) {
		case owner:
		case OwnerOther:
			foreign = append(foreign, n)
		default:
			owner = OwnerUnknown
		}
	}
	return owner, foreign
}

// part gives the owner of a part with the field: an empty one is the record's.
func (o *Owners) part(fields []core.Field, record Owner) Owner {
	values := o.values(fields)
	if len(values) == 0 {
		return record
	}
	return o.all(values)
}

func (o *Owners) of(spec catalogue.RecordType, fields []core.Field) Owner {
	values := o.values(fields)
	_, has := spec.Field(o.field)
	switch {
	case !o.told(fields) && (has || spec.Name == ""):
		return OwnerUnknown
	case len(values) == 0:
		return o.missing
	default:
		return o.all(values)
	}
}

// values gives the values of the field that are not empty.
func (o *Owners) values(fields []core.Field) []core.Value {
	var out []core.Value
	for _, f := range fields {
		if f.Name == o.field && (f.Value.Type == core.TypeWithheld || strings.TrimSpace(f.Value.Plain()) != "") {
			out = append(out, f.Value)
		}
	}
	return out
}

// all gives the owner that every value means, unknown where they differ.
func (o *Owners) all(values []core.Value) Owner {
	owner := o.value(values[0])
	for _, v := range values[1:] {
		if o.value(v) != owner {
			return OwnerUnknown
		}
	}
	return owner
}

// value reads one value: the value itself, else what its code means.
func (o *Owners) value(v core.Value) Owner {
	if v.Type == core.TypeWithheld {
		return OwnerUnknown
	}
	owner, listed := o.text(v.Plain())
	if listed || v.Meaning == nil {
		return owner
	}
	owner = ""
	for _, meaning := range []string{v.Meaning.FI, v.Meaning.SV, v.Meaning.EN} {
		if meaning == "" {
			continue
		}
		if of, _ := o.text(meaning); owner == "" || of == owner {
			owner = of
		} else {
			owner = OwnerUnknown
		}
	}
	if owner == "" {
		return OwnerUnknown
	}
	return owner
}

// text gives whom a value means, and whether that is listed, or a business ID.
func (o *Owners) text(value string) (owner Owner, listed bool) {
	if id, ok := businessID(value); ok {
		switch {
		case slices.Contains(o.ownIDs, id):
			return OwnerSelf, true
		case slices.Contains(o.otherIDs, id):
			return OwnerOther, true
		case len(o.ownIDs) > 0 && !o.closed:
			return OwnerOther, true
		}
		return OwnerUnknown, true // it may be ours
	}
	folded := foldOwner(value)
	switch {
	case slices.Contains(o.own, folded):
		return OwnerSelf, true
	case slices.Contains(o.others, folded):
		return OwnerOther, true
	case o.closed || saysNothing(folded) || slices.ContainsFunc(o.own, func(own string) bool { return resembles(folded, own) }):
		return OwnerUnknown, false
	}
	return OwnerOther, false
}

// businessID gives the business ID that a value is, in whatever form.
func businessID(value string) (string, bool) {
	value = strings.TrimSpace(value)
	if digits := strings.TrimPrefix(strings.ReplaceAll(value, " ", ""), "0037"); len(digits) == 8 && digits != value {
		value = digits // the OVT form
	}
	if id, err := identifier.Parse(core.BusinessID, value); err == nil && id.Status == core.Valid {
		return id.Value, true
	}
	if vat, err := identifier.Parse(core.VATNumber, value); err == nil && vat.Status == core.Valid {
		if id, ok := identifier.BusinessOfVAT(vat); ok {
			return id.Value, true
		}
	}
	return "", false
}

// foldOwner folds the name of an organisation: letter case, compatible forms,
// punctuation and white space.
func foldOwner(s string) string {
	words := strings.FieldsFunc(strings.ToLower(norm.NFKC.String(s)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	return strings.Join(words, " ")
}

// unsaid are values that stand where nobody knows the owner.
var unsaid = []string{"tuntematon", "ei tiedossa", "ei tietoa", "muu", "muut", "ei", "okänd", "okänt", "saknas", "övrig", "övriga", "annan", "unknown",
	"other", "others", "none", "null", "nil", "n a", "na", "not known", "tbd", "test", "testi"}

// saysNothing tells whether a folded value names nobody: a placeholder, or a
// code that no list explains.
func saysNothing(folded string) bool {
	return !strings.ContainsFunc(folded, unicode.IsLetter) || slices.Contains(unsaid, folded)
}

// resembles tells whether a value may be meant as an own name: one stands in
// the other word for word (a unit after the name, a part of the name), or
// they differ as a slip of the keyboard makes them differ.
func resembles(value, own string) bool {
	if strings.Contains(" "+value+" ", " "+own+" ") || strings.Contains(" "+own+" ", " "+value+" ") {
		return true
	}
	a, b := []rune(strings.ReplaceAll(value, " ", "")), []rune(strings.ReplaceAll(own, " ", ""))
	if string(a) == string(b) {
		return true
	}
	limit := 0
	switch short := min(len(a), len(b)); {
	case short >= 10:
		limit = 2
	case short >= 6:
		limit = 1
	}
	return limit > 0 && max(len(a), len(b))-min(len(a), len(b)) <= limit && slips(a, b) <= limit
}

// slips counts the letters to add, drop, change or swap with their neighbour
// until both are equal.
func slips(a, b []rune) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		this := make([]int, len(b)+1)
		this[0] = i
		for j := 1; j <= len(b); j++ {
			this[j] = min(last[j], this[j-1]) + 1
			if a[i-1] == b[j-1] {
				this[j] = min(this[j], last[j-1])
			} else {
				this[j] = min(this[j], last[j-1]+1)
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				this[j] = min(this[j], before[j-2]+1)
			}
		}
		before, last = last, this
	}
	return last[len(b)]
}

// Owned gives the assessment with the owner in it. A hit whose owner nobody
// knows is for a person to look at, whoever it is about.
func (a Assessment) Owned(owner Owner) Assessment {
	a.Owner = owner
	if owner == OwnerUnknown && (a.Verdict == core.Confirmed || a.Verdict == core.Probable) {
		a.Verdict, a.Reason = core.Review, ReasonOwnerUnknown
	}
	return a
}

// Referred tells whether the hit is another controller's: it is counted and
// referred to that controller, and is never an item.
func (a Assessment) Referred() bool {
	return a.Owner == OwnerOther && (a.Official || a.Verdict != core.AnotherPerson)
}
