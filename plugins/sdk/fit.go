package sdk

import (
	"strings"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

const (
	// maxValue bounds one value, so that a message stays far below the 8 MiB
	// that the host takes.
	maxValue  = 1 << 20
	maxRecord = 4 << 20
	// maxFields bounds the fields of one record with its parts, each of which
	// is up to two parts of the host's bound.
	maxFields = sourcepb.MaxParts / 4
	// maxMeaning bounds the explanation of a code in all languages.
	maxMeaning = 4 << 10
)

// fit gives r as a message that can be sent: values that are too large or no
// valid UTF-8 are withheld, first those above the bound, then the largest
// until the record fits. It gives false for a record that never fits, also one
// of more fields than a message may hold.
func (o *Out) fit(r core.Record) (*sourcepb.Record, int, bool) {
	m := sourcepb.FromRecord(r)
	m.Ref, m.Type = valid(m.Ref), valid(m.Type)
	fields := allFields(m)
	if len(fields)+len(m.Parties)+len(m.Parts) > maxFields {
		return nil, 0, false
	}
	for _, f := range fields {
		fitField(f)
	}
	for _, p := range m.Parties {
		p.Slot = valid(p.Slot)
	}
	for _, p := range m.Parts {
		p.Type, p.Ref = valid(p.Type), valid(p.Ref)
		for _, q := range p.Parties {
			q.Slot = valid(q.Slot)
		}
	}
	size := recordSize(m)
	for ; size > maxRecord; size = recordSize(m) {
		if !withholdLargest(fields) {
			return nil, 0, false
		}
	}
	return m, size, true
}

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func allFields(m *sourcepb.Record) []*sourcepb.Field {
	n := len(m.Fields)
	for _, p := range m.Parties {
		n += len(p.Fields)
	}
	fields := append(make([]*sourcepb.Field, 0, n), m.Fields...)
	for _, p := range m.Parties {
		fields = append(fields, p.Fields...)
	}
	for _, p := range m.Parts {
		fields = append(fields, p.Fields...)
		for _, q := range p.Parties {
			fields = append(fields, q.Fields...)
		}
	}
	return fields
}

func fitField(f *sourcepb.Field) {
	f.Name = valid(f.Name)
	if m := f.GetMeaning(); m != nil {
		m.Fi, m.Sv, m.En = valid(m.Fi), valid(m.Sv), valid(m.En)
		if len(m.Fi)+len(m.Sv)+len(m.En) > maxMeaning {
			f.Meaning = nil // no explanation of a code
		}
	}
	text := fieldText(f)
	switch {
	case !utf8.ValidString(text):
		withhold(f, core.WithheldUnreadable, len(text))
	case len(text) > maxValue:
		withhold(f, core.WithheldTooLarge, len(text))
	}
	if w := f.GetWithheld(); w != nil {
		w.Reason, w.LegalBasis, w.Ref = valid(w.Reason), valid(w.LegalBasis), valid(w.Ref)
	}
}

func fieldText(f *sourcepb.Field) string {
	switch v := f.Value.(type) {
	case *sourcepb.Field_Text:
		return v.Text
	case *sourcepb.Field_Decimal:
		return v.Decimal
	case *sourcepb.Field_Date:
		return v.Date
	default:
		return ""
	}
}

func withhold(f *sourcepb.Field, reason core.WithheldReason, size int) {
	f.Value = &sourcepb.Field_Withheld{Withheld: &sourcepb.Withheld{Reason: string(reason), Size: int64(size)}}
}

func withholdLargest(fields []*sourcepb.Field) bool {
	var largest *sourcepb.Field
	size := 64 // withholding less than this wins nothing
	for _, f := range fields {
		if n := len(fieldText(f)); n > size {
			largest, size = f, n
		}
	}
	if largest == nil {
		return false
	}
	withhold(largest, core.WithheldTooLarge, size)
	return true
}
