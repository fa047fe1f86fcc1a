// Package strictyaml reads YAML into Go structs and refuses everything that a
// person may have meant otherwise: unknown and doubled keys, values of another
// type, numbers where text is meant, keys without a value, anchors, tags and
// second documents. It finds all faults of a file at once, each with its line
// and column.
//
// It understands what configuration needs and no more: structs with `yaml:`
// tags, slices, maps with text keys, strings, booleans and integers.
package strictyaml

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a file; both numbers count from 1, columns in
// characters.
type Position struct{ Line, Column int }

// Error is one fault at one place of a file.
type Error struct {
	File string
	Position
	// Path is the value concerned, such as search_keys[0].kind, where a rule
	// about its meaning found the fault.
	Path    string
	Message string
}

// Error gives the fault as file:line:column: message, or without the place
// when the fault concerns the file as a whole.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// Errors are the faults of one or several files.
type Errors []*Error

// Error gives one fault a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the faults one by one, for errors.As.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, one := range e {
		out[i] = one
	}
	return out
}

// Document is a file that was read: its faults, and where each of its values
// stands, so that rules about meaning can point at the line too.
type Document struct {
	File      string
	positions map[string]Position
	errs      Errors
	// private keeps what the file says out of the faults.
	private bool
}

// NewDocument gives a document of which nothing is known yet but its name.
func NewDocument(file string) *Document {
	return &Document{File: file, positions: map[string]Position{}}
}

// At gives where the value at path stands, such as search_keys[0].kind. When
// the file holds no such value, it is the place of what should hold it.
func (d *Document) At(path string) Position {
	for {
		if p, ok := d.positions[path]; ok {
			return p
		}
		if path == "" {
			return Position{}
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
}

// Errorf notes a fault of the value at path.
func (d *Document) Errorf(path, format string, args ...any) {
	d.fault(d.At(path), format, args...)
	d.errs[len(d.errs)-1].Path = path
}

func (d *Document) fault(at Position, format string, args ...any) {
	d.errs = append(d.errs, &Error{File: d.File, Position: at, Message: fmt.Sprintf(format, args...)})
}

// Errors gives the faults in the order of the file.
func (d *Document) Errors() Errors {
	out := slices.Clone(d.errs)
	slices.SortStableFunc(out, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return out
}

// Err gives the faults as one error of type Errors, nil when there are none.
func (d *Document) Err() error {
	if len(d.errs) == 0 {
		return nil
	}
	return d.Errors()
}

// Collect joins errors to one error of type Errors, nil when all are nil. An
// error that is no Errors becomes a fault of the file named.
func Collect(file string, errs ...error) error {
	var all Errors
	for _, err := range errs {
		var list Errors
		switch {
		case err == nil:
		case errors.As(err, &list):
			all = append(all, list...)
		default:
			all = append(all, &Error{File: file, Message: err.Error()})
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}
