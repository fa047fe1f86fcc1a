// Package document reads the text of office files, mail, PDF and archives,
// wherever in them it stands, within bounds that hold whatever the file is.
//
// Extract detects the format by content, streams the text in pieces that carry
// the place where a person finds them again, and reports for the file and for
// every file inside it whether it was readable, readable in part or not
// readable, with a reason out of a closed list. Nothing is left out silently:
// a limit that is reached is a trouble in the result, and the text read up to
// it is kept.
//
// Text about a person may stand anywhere, so the pieces also come from hidden
// rows, comments, tracked changes, notes, headers, text boxes, alternative
// texts, links, form fields, annotations, cached values and metadata. Nothing
// is ever executed or fetched: macros and scripts are only told of, formulas
// and links are text.
//
// # How it stays bounded
//
// Everything runs in the goroutine of the caller. No parser is handed a file
// that it could loop over or hold whole: each one pulls from a reader of this
// package, which counts what was unpacked, compares it with Limits, notices
// that the file changed, and fails once the context or the time of Limits has
// ended. So a library that does not know contexts ends at its next read, and
// no goroutine can be left behind. A panic of a parser makes that one file
// damaged. encoding/xml expands no entities of a document type; a file that
// declares some is told as a bomb. What this package cannot bound is a stack that
// overflows and memory that the system refuses: recursion is therefore limited
// by depth and nothing is allocated by a number that a file states. The caller
// still opens strangers' files in a plugin process only, which may be killed.
//
// Nothing is written to disk: members of archives are held in memory within
// Limits.Held, and their names are labels, never paths.
//
// PDF has a reader of its own in internal/pdf. The libraries at hand allocate by
// the sizes that a file states, follow its loops and leave out text in form objects.
package document
