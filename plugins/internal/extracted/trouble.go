package extracted

import (
	"fmt"

	"github.com/sinusta/sinusta/core/document"
)

// ReasonNoPermission is a reason beside those of core/document.
const ReasonNoPermission document.Reason = "no_permission"

// Trouble is one thing that could not be read, and in which format.
type Trouble struct {
	Reason document.Reason `json:"r"`
	Format document.Format `json:"f,omitempty"`
	// Whole tells that no word of the file was read.
	Whole bool `json:"w,omitempty"`
}

// Passing tells whether a trouble may be gone although the file is as it was.
func (t Trouble) Passing() bool {
	switch t.Reason {
	case document.ReasonTimeOut, document.ReasonChanged, document.ReasonUnread, ReasonNoPermission:
		return true
	}
	return false
}

// Message says how many files could not be read, and why.
func (t Trouble) Message(n int) string {
	what := "a file"
	if n > 1 {
		what = fmt.Sprintf("%d files", n)
	}
	if t.Format != "" {
		what += " of format " + string(t.Format)
	}
	how := "could not be read in part"
	if t.Whole {
		how = "could not be read"
	}
	return what + " " + how + ": " + because(t.Reason)
}

// because says why, and what to do.
func because(r document.Reason) string {
	switch r {
	case document.ReasonEncrypted:
		return "encrypted; have the owner take the password off, or look there by hand"
	case document.ReasonDamaged:
		return "damaged; look whether its program still opens it"
	case document.ReasonNoText:
		return "pictures without text, such as scanned pages; have it recognised, or look there by hand"
	case document.ReasonUnmapped:
		return "its fonts do not tell which letters they draw; look there by hand"
	case document.ReasonUnknown:
		return "an unknown format; look there by hand, or exclude such files with a reason"
	case document.ReasonUnsupported:
		return "a format or variant that is not read; save it in another one, or look there by hand"
	case document.ReasonTooLarge:
		return "larger than a limit; raise limits.file_bytes or limits.unpacked_bytes, or look there by hand"
	case document.ReasonTooMany:
		return "more parts, pages or cells than are read; look there by hand"
	case document.ReasonTooDeep:
		return "files in files, or nesting, over a limit; look there by hand"
	case document.ReasonBomb:
		return "made to grow without end when it is read; look where it comes from"
	case document.ReasonTimeOut:
		return "it took too long; raise limits.file_seconds, or look there by hand"
	case document.ReasonChanged:
		return "it changed or went away while it was read; search again"
	case document.ReasonUnread:
		return "the storage failed; search again"
	case ReasonNoPermission:
		return "the account may not read it; give it the right to"
	}
	return string(r)
}
