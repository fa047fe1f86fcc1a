package document

import (
	"fmt"
	"strings"
)

// Role is what a piece of text is in its file.
type Role string

// The roles of text.
const (
	RoleBody       Role = "body"
	RoleHeader     Role = "header" // of a page, or of a message
	RoleFooter     Role = "footer"
	RoleFootnote   Role = "footnote"
	RoleEndnote    Role = "endnote"
	RoleComment    Role = "comment"
	RoleDeleted    Role = "deleted"  // a tracked deletion; the paragraph as it was before the changes
	RoleInserted   Role = "inserted" // a tracked insertion; its text stands in the body, too
	RoleTextBox    Role = "text_box"
	RoleAlt        Role = "alt" // alternative text of a picture, text behind a picture of text
	RoleLink       Role = "link"
	RoleField      Role = "field"   // a form field, a field code, a choice of a list
	RoleFormula    Role = "formula" // its text; it is never calculated
	RoleNotes      Role = "notes"   // speaker notes
	RoleAnnotation Role = "annotation"
	RoleLayout     Role = "layout" // text of a template behind the pages
	RoleMetadata   Role = "metadata"
	RoleName       Role = "name"  // the name of a member or attachment
	RoleOther      Role = "other" // text that the file holds and no program shows
	// RoleJoined are words that the line end of a page divides with a hyphen,
	// put together; the divided ones stand in the body.
	RoleJoined Role = "joined"
)

// Unit is what a place is counted in.
type Unit string

// The units of places.
const (
	UnitNone      Unit = ""
	UnitPage      Unit = "page"
	UnitSheet     Unit = "sheet"
	UnitSlide     Unit = "slide"
	UnitParagraph Unit = "paragraph"
	UnitLine      Unit = "line"
	UnitRow       Unit = "row"
	UnitHeader    Unit = "header"   // a header of a message, by name
	UnitProperty  Unit = "property" // a property of the file, by name
)

// Place is where a person finds a text again in one file.
type Place struct {
	Unit   Unit   `json:"unit,omitempty"`
	Number int    `json:"number,omitempty"` // from 1; 0 if the unit goes by name
	Name   string `json:"name,omitempty"`   // of the sheet, the header or the property
	Row    int    `json:"row,omitempty"`    // in a sheet, from 1
	Cell   string `json:"cell,omitempty"`   // such as B7, where one cell is meant
}

// String gives the place in English, such as `page 3` or
// `sheet "Palkat" row 12`; of the zero Place it is empty.
func (p Place) String() string {
	var b strings.Builder
	b.WriteString(string(p.Unit))
	switch {
	case p.Name != "":
		fmt.Fprintf(&b, " %q", p.Name)
	case p.Number > 0:
		fmt.Fprintf(&b, " %d", p.Number)
	}
	switch {
	case p.Cell != "":
		fmt.Fprintf(&b, " cell %s", p.Cell)
	case p.Row > 0:
		fmt.Fprintf(&b, " row %d", p.Row)
	}
	return b.String()
}

// Piece is a piece of text of a file: a paragraph, a row, a page, a block of
// lines, a property.
type Piece struct {
	// Member are the names of the members from the outermost inward; it is
	// empty for the text of the file itself. Names are labels: cleaned of
	// control characters and cut, never to be used as paths.
	Member []string
	// Part is the part of the package in which the text stands, such as
	// word/header1.xml; empty where a format has no parts.
	Part  string
	Place Place
	Role  Role
	// Hidden tells that the programs of the format do not show this text
	// unless asked.
	Hidden bool
	// Authors are the people that the file names as authors of this comment
	// or change.
	Authors []string
	// Text is in normal form NFKC, without soft hyphens and invisible
	// formatting characters, never empty and at most PieceBytes long.
	Text string
	// More tells that the text is longer than a piece and goes on, without a
	// gap, in the next one.
	More bool
}

// Location gives member and place in English, such as
// `attachment "x.pdf" page 2`.
func (p Piece) Location() string {
	var b strings.Builder
	for _, m := range p.Member {
		fmt.Fprintf(&b, "attachment %q ", m)
	}
	b.WriteString(p.Place.String())
	return strings.TrimSpace(b.String())
}

// PieceBytes is the most text that one Piece holds.
const PieceBytes = 64 << 10
