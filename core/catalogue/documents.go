package catalogue

// Document is a published document that the catalogue rests on: a description
// of document publicity (906/2019 s.28), or a privacy notice (GDPR Art. 13).
type Document struct {
	// ID is what sentences call the document by.
	ID    string       `yaml:"id"`
	Title string       `yaml:"title"`
	Kind  DocumentKind `yaml:"kind"`
	// Language is that of its sentences: fi, sv or en.
	Language string `yaml:"language"`
	// Date is the day that the document bears and Updated that of its last
	// update, as ISO dates; empty for none.
	Date    string `yaml:"date"`
	Updated string `yaml:"updated"`
	// Rights are those of the data subject that the document tells of.
	Rights []StatedRight `yaml:"rights"`
	// Sentences are those that facts of many entries rest on.
	Sentences []Statement `yaml:"sentences"`
}

// LastDated gives the day of the document's last update, else its own, else "".
func (d Document) LastDated() string { return max(d.Date, d.Updated) }

// DocumentKind is what sort of document it is.
type DocumentKind string

// The kinds of document.
const (
	PublicityDescription DocumentKind = "publicity-description"
	PrivacyNotice        DocumentKind = "privacy-notice"
	OtherDocument        DocumentKind = "other"
)

// StatedRight is a right of the data subject that a document tells of.
type StatedRight struct {
	Right  StatedRightCode `yaml:"right"`
	Source Source          `yaml:"source"`
}

// StatedRightCode names a right (GDPR Art. 7(3), 15 to 21, 77).
type StatedRightCode string

// The rights that a document tells of.
const (
	RightAccess        StatedRightCode = "access"
	RightRectification StatedRightCode = "rectification"
	RightErasure       StatedRightCode = "erasure"
	RightRestriction   StatedRightCode = "restriction"
	RightObjection     StatedRightCode = "objection"
	RightPortability   StatedRightCode = "portability"
	RightConsent       StatedRightCode = "withdraw_consent"
	RightComplaint     StatedRightCode = "complaint"
)

// statedRights are all of them.
var statedRights = []StatedRightCode{RightAccess, RightRectification, RightErasure, RightRestriction, RightObjection,
	RightPortability, RightConsent, RightComplaint}

// document gives the document with the id, or the only one for "".
func (o *Organisation) document(id string) (Document, bool) {
	if id == "" && len(o.Documents) == 1 {
		return o.Documents[0], true
	}
	for _, d := range o.Documents {
		if d.ID == id {
			return d, true
		}
	}
	return Document{}, false
}
