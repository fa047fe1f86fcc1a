package document

import (
	"errors"
	"io"
)

// faultError is why reading a file stopped. It never holds text of the file.
type faultError struct{ reason Reason }

func (e *faultError) Error() string { return "document: " + string(e.reason) }

func fault(r Reason) error { return &faultError{r} }

// haltError ends the whole reading: no file may go on.
type haltError struct {
	reason Reason
	err    error // what Extract returns; nil if the result says it all
}

func (e *haltError) Error() string { return "document: stopped: " + string(e.reason) }

func (e *haltError) Unwrap() error { return e.err }

// reasonOf gives the reason of an error of a reader; one that is not of this
// package means that a parser did not understand the file.
func reasonOf(err error) Reason {
	var h *haltError
	if errors.As(err, &h) {
		return h.reason
	}
	var f *faultError
	if errors.As(err, &f) {
		return f.reason
	}
	return ReasonDamaged
}

// halted gives the halt in err, if it is one.
func halted(err error) error {
	var h *haltError
	if errors.As(err, &h) {
		return h
	}
	return nil
}

func ended(err error) bool { return errors.Is(err, io.EOF) }
