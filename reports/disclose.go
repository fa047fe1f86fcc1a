package reports

import (
	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/recent"
)

// Withholding says why a value is not told. Empty means that it is.
type Withholding string

// The reasons for which a value is withheld.
const (
	Shown                  Withholding = ""
	WithheldUndecided      Withholding = "undecided"         // nobody has decided whose record it is
	WithheldThirdParty     Withholding = "third-party"       // another person's data
	WithheldOfficial       Withholding = "official"          // who acted for the organisation
	WithheldContent        Withholding = "content"           // it may be about others: an official decides
	WithheldUnknown        Withholding = "unknown"           // nobody has mapped the field
	WithheldSpecial        Withholding = "special"           // sensitive or secret data need an official's decision
	WithheldIdentityCode   Withholding = "identity-code"     // a personal identity code that is not known to be the person's
	WithheldSourceSecret   Withholding = "source-secret"     // the source says that it is secret
	WithheldSourceLarge    Withholding = "source-too-large"  // the source could not send so much
	WithheldSourceBroken   Withholding = "source-unreadable" // the source could not read it
	WithheldSourceNotAText Withholding = "source-binary"     // a picture or a file
)

// Withholdings lists every reason for which a value is withheld.
func Withholdings() []Withholding {
	return []Withholding{WithheldUndecided, WithheldThirdParty, WithheldOfficial, WithheldContent, WithheldUnknown,
		WithheldSpecial, WithheldIdentityCode, WithheldSourceSecret, WithheldSourceLarge, WithheldSourceBroken,
		WithheldSourceNotAText}
}

// circumstances are all that the disclosure of one value depends on.
type circumstances struct {
	// decided is true when it is settled that the record is the person's.
	decided bool
	role    core.Role
	// special is the profile's mark for data of Articles 9 and 10 and of
	// secrecy.
	special bool
	// kind is the kind of identifier that the field holds, empty for none.
	kind core.Kind
	// codes are the values that the profile explains, none for a field that
	// is no code.
	codes map[string]catalogue.Text
}

// disclose gives the value as it may be told, or the reason why it is
// withheld; then the value is the zero value. What no rule allows is withheld.
//
// A value is told only in a decided record, of the person's own party or of
// the organisation, and when it is not special. Personal identity codes are
// masked (act 1050/2018 s.29(4)); one that is not the person's withholds the
// whole value. A text that may speak of somebody else as well is content,
// wherever it stands.
func disclose(c circumstances, v core.Value, texts reader) (core.Value, Withholding) {
	if !c.decided {
		return core.Value{}, WithheldUndecided
	}
	switch c.role {
	case core.RoleSubject, core.RoleOrganisation:
	case core.RoleThirdParty:
		return core.Value{}, WithheldThirdParty
	case core.RoleOfficial:
		return core.Value{}, WithheldOfficial
	case core.RoleContent:
		return core.Value{}, WithheldContent
	default:
		return core.Value{}, WithheldUnknown
	}
	if c.special {
		return core.Value{}, WithheldSpecial
	}
	switch v.Type {
	case core.TypeNull:
		return core.NullValue(), Shown
	case core.TypeFlag, core.TypeTime:
		return v, Shown
	case core.TypeInteger, core.TypeText, core.TypeDecimal, core.TypeDate:
	default:
		return core.Value{}, sourceWithholding(v.Withheld)
	}
	plain := v.Plain()
	read := texts.read(c.kind, plain)
	switch {
	case read.withheld != Shown:
		return core.Value{}, read.withheld
	case c.isProse(plain):
		return core.Value{}, WithheldContent
	case read.text == plain:
		v.Meaning = plainMeaning(v.Meaning, texts)
		return v, Shown
	default:
		return core.TextValue(read.text), Shown
	}
}

// maxMeaning bounds the explanation of a code, in characters: a longer text is
// none.
const maxMeaning = 120

// plainMeaning gives the explanation of a code unless it is more than that:
// prose, or a text that may speak of somebody.
func plainMeaning(m *core.Meaning, texts reader) *core.Meaning {
	if m == nil {
		return nil
	}
	for _, said := range []string{m.FI, m.SV, m.EN} {
		read := texts.read("", said)
		if read.withheld != Shown || read.text != said || len([]rune(said)) > maxMeaning {
			return nil
		}
	}
	return m
}

// reading is what a text of a field may tell: the text with the person's own
// codes masked, or why it is withheld.
type reading struct {
	text     string
	withheld Withholding
}

// reader reads the texts of fields with a kind of identifier, empty for none.
type reader interface {
	read(kind core.Kind, text string) reading
}

// read implements reader.
func (own ownCodes) read(kind core.Kind, text string) reading {
	masked, ok := own.mask(text, kind)
	switch {
	case !ok:
		return reading{withheld: WithheldIdentityCode}
	case mayConcernOthers(kind, text):
		return reading{withheld: WithheldContent}
	default:
		return reading{text: masked}
	}
}

// rememberingReader is a reader that remembers what it read last: the records
// of one person say the same things again and again.
type rememberingReader struct {
	reader
	seen recent.Answers[core.Kind, reading]
}

func (r *rememberingReader) read(kind core.Kind, text string) reading {
	return r.seen.Of(kind, text, func() reading { return r.reader.read(kind, text) })
}

// isProse tells whether a text in a field of the organisation's codes is too
// long for a code that the profile does not know yet.
func (c circumstances) isProse(text string) bool {
	if len(c.codes) == 0 || c.role != core.RoleOrganisation || len([]rune(text)) <= maxCode {
		return false
	}
	_, known := codeMeaning(c.codes, text)
	return !known
}

// maxCode is the longest text, in characters, that passes for a code.
const maxCode = 40

// sourceWithholding gives the reason of a value that the source itself did
// not give.
func sourceWithholding(w *core.Withheld) Withholding {
	if w == nil {
		return WithheldSourceBroken
	}
	switch w.Reason {
	case core.WithheldSecret:
		return WithheldSourceSecret
	case core.WithheldTooLarge:
		return WithheldSourceLarge
	case core.WithheldBinary:
		return WithheldSourceNotAText
	default:
		return WithheldSourceBroken
	}
}

// rank orders the reasons by strictness, for things that several systems
// hold: the highest wins.
func (w Withholding) rank() int {
	switch w {
	case Shown:
		return 0
	case WithheldUndecided:
		return 9
	case WithheldIdentityCode:
		return 8
	case WithheldThirdParty:
		return 7
	case WithheldSpecial:
		return 6
	case WithheldSourceSecret:
		return 5
	case WithheldUnknown:
		return 4
	case WithheldOfficial:
		return 3
	case WithheldContent:
		return 2
	default:
		return 1
	}
}

// strictest withholds in every copy of a thing what another copy of it
// withholds: by the name of the field. What a source could merely not deliver
// (too large, unreadable, no text) stays with its own copy.
func strictest(copies []Copy) {
	if len(copies) < 2 {
		return
	}
	reasons := make([]map[string]Withholding, len(copies))
	for n, c := range copies {
		reasons[n] = map[string]Withholding{}
		for _, f := range c.Fields {
			if f.Withheld.rank() > max(1, reasons[n][f.Name].rank()) {
				reasons[n][f.Name] = f.Withheld
			}
		}
	}
	for n, c := range copies {
		for i := range c.Fields {
			f := &c.Fields[i]
			for other := range reasons {
				if w := reasons[other][f.Name]; other != n && w.rank() > f.Withheld.rank() {
					f.Withheld, f.Value, f.Basis = w, core.Value{}, ""
				}
			}
		}
	}
}
