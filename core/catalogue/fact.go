package catalogue

import (
	"slices"
	"strings"
)

// Text is a text in the three languages of the product. Sentences of a
// published document stand in its own language as they were published; the
// other two are translations.
type Text struct {
	FI string `yaml:"fi" json:"fi,omitempty"`
	SV string `yaml:"sv" json:"sv,omitempty"`
	EN string `yaml:"en" json:"en,omitempty"`
}

// In gives the text in lang (fi, sv or en), else in the first language that
// has it, in the order fi, sv, en.
func (t Text) In(lang string) string {
	switch {
	case lang == "fi" && t.FI != "":
		return t.FI
	case lang == "sv" && t.SV != "":
		return t.SV
	case lang == "en" && t.EN != "":
		return t.EN
	}
	for _, s := range []string{t.FI, t.SV, t.EN} {
		if s != "" {
			return s
		}
	}
	return ""
}

// IsZero tells whether the text is empty in every language.
func (t Text) IsZero() bool { return t == Text{} }

// Texts gives the texts of facts, in order.
func Texts(facts []Fact) []Text {
	var out []Text
	for _, f := range facts {
		out = append(out, f.Text)
	}
	return out
}

// Fact is a text with how it is known.
type Fact struct {
	Text   `yaml:",inline"`
	Source Source `yaml:"source" json:"source,omitempty"`
}

// Source tells how a fact is known, in words that commas part:
//
//	purpose, users      the sentences with these keys (published) state it
//	derived, users      it follows from that sentence
//	derived             it follows from what the entry states
//	380/2023 s.122      a statute says it, whatever the documents say
//	assumed             no document says it
//	unstated            the fact is that the documents do not tell
//
// A key is looked up in the entry, then in its parent, in its store, and in
// the documents of the organisation.
type Source string

// The words of a Source that name no sentence.
const (
	SourceDerived  = "derived"
	SourceAssumed  = "assumed"
	SourceUnstated = "unstated"
)

// Words gives the words of the source, none for an empty one.
func (s Source) Words() []string {
	var out []string
	for word := range strings.SplitSeq(string(s), ",") {
		if word = strings.TrimSpace(word); word != "" {
			out = append(out, word)
		}
	}
	return out
}

// Keys gives the keys of the sentences that the source names.
func (s Source) Keys() []string {
	return slices.DeleteFunc(s.Words(), func(w string) bool {
		return w == SourceDerived || w == SourceAssumed || w == SourceUnstated || statuteForm.MatchString(w)
	})
}

// Statutes gives the statutes that the source names.
func (s Source) Statutes() []string {
	return slices.DeleteFunc(s.Words(), func(w string) bool { return !statuteForm.MatchString(w) })
}

// Origin gives how the fact is known, "" for an empty source.
func (s Source) Origin() Origin {
	words := s.Words()
	has := func(word string) bool { return slices.Contains(words, word) }
	switch {
	case len(words) == 0:
		return ""
	case has(SourceAssumed):
		return OriginAssumed
	case has(SourceUnstated):
		return OriginUnstated
	case has(SourceDerived):
		return OriginDerived
	case len(s.Keys()) == 0:
		return OriginLaw
	}
	return OriginStated
}

// Origin tells how an entry or a fact is known.
type Origin string

// The origins. An entry is stated, derived or assumed; a fact can be known
// from the law too, or be that the documents are silent.
const (
	OriginStated   Origin = "stated"   // a published document states it
	OriginDerived  Origin = "derived"  // concluded from what a document states
	OriginAssumed  Origin = "assumed"  // no document; a real organisation has it
	OriginLaw      Origin = "law"      // a statute says it, and no document does
	OriginUnstated Origin = "unstated" // the documents do not tell
)
