package index

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2/document"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"github.com/sinusta/sinusta/core"
)

// Document is one record as it is searched.
type Document struct {
	// ID names the document: adding another of the same ID replaces it. Empty
	// stands for ID(System, Ref).
	ID string
	// System and Ref are the catalogue's id and the record's stable ref.
	System, Ref string
	// Kind is the kind of system, Type the record type of its profile.
	Kind, Type string
	// Year is when the record was made; 0 if nobody knows.
	Year int
	// Verdict is what matching or a person said of it.
	Verdict core.Verdict
	// Text is what is searched and shown: the values of the record's fields, in
	// their order. No phrase spans two of them.
	Text []Text
	// Identifiers are the normal forms of the identifiers in the record.
	Identifiers map[core.Kind][]string
	// Terms are for a standing index (Standing) alone: whatever the caller cut
	// from a text. A document with terms has nothing else; they are neither
	// kept as a text nor shown.
	Terms []string
}

// Text is one value of a record.
type Text struct {
	// Field is the name by which a hit is explained.
	Field string
	Value string
}

// ID gives the id of the document of a record: a hash, so that a record that
// is added again replaces itself.
func ID(system, ref string) string {
	b := binary.AppendUvarint(nil, uint64(len(system)))
	b = append(append(b, system...), ref...)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// Facet names a property by which hits are counted and filtered.
type Facet string

// The facets. The value of an unknown year is "0".
const (
	FacetSystem  Facet = "system"
	FacetKind    Facet = "kind"
	FacetType    Facet = "type"
	FacetYear    Facet = "year"
	FacetVerdict Facet = "verdict"
)

// Facets lists every facet.
func Facets() []Facet { return []Facet{FacetSystem, FacetKind, FacetType, FacetYear, FacetVerdict} }

// The fields of a document in Bleve, beside one per facet.
const (
	fieldText       = "text"
	fieldNames      = "fields" // of the texts, in their order
	fieldRef        = "ref"
	fieldIdentifier = "identifier"
)

// How each field is kept: nothing is indexed that no query asks for.
const (
	asText       = bleveindex.IndexField | bleveindex.StoreField | bleveindex.IncludeTermVectors
	asIdentifier = bleveindex.IndexField | bleveindex.IncludeTermVectors
	asFacet      = bleveindex.IndexField | bleveindex.StoreField | bleveindex.DocValues
	asStored     = bleveindex.StoreField
)

// build makes Bleve's document; the fields are given here, one by one, so that
// no mapping guesses any.
func (ix *Index) build(d Document) (*document.Document, int) {
	id := d.ID
	if id == "" {
		id = ID(d.System, d.Ref)
	}
	doc := document.NewDocument(id)
	size := 0
	add := func(name, value string, place uint64, how bleveindex.FieldIndexingOptions) {
		size += len(value)
		doc.AddField(document.NewTextFieldCustom(name, []uint64{place}, []byte(value), how, nil))
	}
	if d.Terms != nil {
		joined := strings.Join(d.Terms, termBorder)
		doc.AddField(document.NewTextFieldCustom(fieldTerms, nil, []byte(joined), asTerms, newTermAnalyzer()))
		return doc, len(joined)
	}
	add(fieldRef, d.Ref, 0, asStored)
	add(string(FacetSystem), d.System, 0, asFacet)
	add(string(FacetKind), d.Kind, 0, asFacet)
	add(string(FacetType), d.Type, 0, asFacet)
	add(string(FacetYear), strconv.Itoa(d.Year), 0, asFacet)
	add(string(FacetVerdict), string(d.Verdict), 0, asFacet)
	place := uint64(0)
	for kind, values := range d.Identifiers {
		for _, v := range values {
			add(fieldIdentifier, identifierTerm(kind, v), place, asIdentifier)
			place++
		}
	}
	place = 0
	var names []string
	for _, t := range d.Text {
		text := strings.ToValidUTF8(t.Value, "\uFFFD")
		if strings.TrimSpace(text) == "" {
			continue
		}
		size += len(text)
		doc.AddField(document.NewTextFieldCustom(fieldText, []uint64{place}, []byte(text), asText, ix.analyzer))
		names = append(names, strings.ReplaceAll(t.Field, "\x00", ""))
		place++
	}
	add(fieldNames, strings.Join(names, "\x00"), 0, asStored)
	return doc, size
}

// identifierTerm is the term of an identifier: kinds do not mix.
func identifierTerm(kind core.Kind, normal string) string { return string(kind) + " " + normal }

// identifierKind is the kind in such a term.
func identifierKind(term string) core.Kind {
	kind, _, _ := strings.Cut(term, " ")
	return core.Kind(kind)
}
