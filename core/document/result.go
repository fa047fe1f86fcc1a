package document

import (
	"slices"
	"time"
)

// State is how far a file could be read.
type State string

// The states of a file.
const (
	Readable   State = "readable"
	Partial    State = "partial"    // what was read is kept; Troubles tell what was not
	Unreadable State = "unreadable" // not a word of content was read
)

// Reason is why a file, or some of it, was not read.
type Reason string

// The reasons. The list is closed.
const (
	ReasonEncrypted   Reason = "encrypted"      // needs a password or a key
	ReasonDamaged     Reason = "damaged"        // breaks the rules of its format, or is cut off
	ReasonNoText      Reason = "no_text"        // pictures only, such as a scanned page
	ReasonUnmapped    Reason = "unmapped_text"  // shows text in fonts that do not tell which letters they draw
	ReasonUnknown     Reason = "unknown_format" // not a format that this package knows
	ReasonUnsupported Reason = "unsupported"    // a known format, variant or compression that it does not read
	ReasonTooLarge    Reason = "too_large"      // the file, a member or a token is over a limit of bytes
	ReasonTooMany     Reason = "too_many"       // members, cells, pages, parts or objects over a limit
	ReasonTooDeep     Reason = "too_deep"       // files in files, or nesting, over a limit
	ReasonBomb        Reason = "bomb"           // made to grow without end when it is read
	ReasonTimeOut     Reason = "time_out"
	ReasonChanged     Reason = "changed" // its bytes changed while it was read
	ReasonUnread      Reason = "unread"  // the storage failed, or the reading was broken off
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{ReasonEncrypted, ReasonDamaged, ReasonNoText, ReasonUnmapped, ReasonUnknown, ReasonUnsupported,
		ReasonTooLarge, ReasonTooMany, ReasonTooDeep, ReasonBomb, ReasonTimeOut, ReasonChanged, ReasonUnread}
}

// Trouble is one thing that was not read.
type Trouble struct {
	Reason Reason `json:"reason"`
	Part   string `json:"part,omitempty"` // of the package
	Place  Place  `json:"place,omitzero"`
}

// Active is content that a program might run, fetch or calculate. It was not.
type Active string

// The kinds of active content.
const (
	ActiveMacros   Active = "macros"
	ActiveScripts  Active = "scripts"
	ActiveFormulas Active = "formulas"
	ActiveExternal Active = "external_content" // pictures, templates or data elsewhere
	ActiveObjects  Active = "objects"          // embedded programs and objects
)

// Property is a property of a file by name.
type Property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Metadata is what a file says about itself. Authors are people: their names
// are personal data. Every value is also handed over as a piece of
// RoleMetadata.
type Metadata struct {
	Title          string     `json:"title,omitempty"`
	Subject        string     `json:"subject,omitempty"`
	Keywords       string     `json:"keywords,omitempty"`
	Description    string     `json:"description,omitempty"`
	Authors        []string   `json:"authors,omitempty"`
	LastModifiedBy string     `json:"last_modified_by,omitempty"`
	Created        time.Time  `json:"created,omitzero"`
	Modified       time.Time  `json:"modified,omitzero"`
	Other          []Property `json:"other,omitempty"`
}

// File says how far one file was read: the file itself or one inside it.
type File struct {
	// Member are the names from the outermost inward, as in Piece; empty for
	// the file itself.
	Member []string `json:"member,omitempty"`
	Format Format   `json:"format"`
	// MediaType is the type by content of a file whose format is not known.
	MediaType string `json:"media_type,omitempty"`
	// NameSays is the format that the name promises when it is another one
	// than that of the content; empty when they agree or the name says nothing.
	NameSays   Format    `json:"name_says,omitempty"`
	Size       int64     `json:"size"`
	State      State     `json:"state"`
	Troubles   []Trouble `json:"troubles,omitempty"`
	Active     []Active  `json:"active,omitempty"`
	Meta       Metadata  `json:"meta,omitzero"`
	Pieces     int       `json:"pieces"`     // handed over, without those of files inside it
	Characters int64     `json:"characters"` // of content: without names, metadata and what no program shows
	// Images counts the pictures in it. What they show was not read.
	Images int `json:"images,omitempty"`
}

// Has tells whether the file has a trouble of that reason.
func (f File) Has(r Reason) bool {
	return slices.ContainsFunc(f.Troubles, func(t Trouble) bool { return t.Reason == r })
}

// Result says how far a file and all files inside it were read, in the order
// in which they were met. Files[0] is the file itself.
type Result struct {
	Files []File `json:"files"`
}

// State is Readable when every file was, Unreadable when none was, else
// Partial.
func (r Result) State() State {
	var readable, not int
	for _, f := range r.Files {
		switch f.State {
		case Readable:
			readable++
		case Unreadable:
			not++
		case Partial:
			return Partial
		}
	}
	switch {
	case not == 0 && readable > 0:
		return Readable
	case readable == 0:
		return Unreadable
	}
	return Partial
}
