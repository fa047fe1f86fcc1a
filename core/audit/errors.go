package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
)

// The errors that callers tell apart with errors.Is.
var (
	// ErrNoKey: the keys of the log are missing, damaged or open to others.
	ErrNoKey = errors.New("the keys of the audit log cannot be used")
	// ErrWrongKey: the log was made under other keys.
	ErrWrongKey = errors.New("the keys do not fit this audit log")
	// ErrDamaged: the log, its hashes or its checkpoints are not what was written.
	ErrDamaged = errors.New("the audit log was changed or damaged")
	// ErrInvalid: an entry, proof or checkpoint that cannot be used.
	ErrInvalid = errors.New("not valid")
	// ErrBusy: another process holds the log for too long.
	ErrBusy = errors.New("the audit log is in use by another process")
	// ErrFull: the disk is full; the entry was not stored, so its effect must not begin.
	ErrFull = errors.New("the disk is full")
	// ErrReadOnly: the folder or file may not be written.
	ErrReadOnly = errors.New("not writable")
	// ErrClosed: the log was closed.
	ErrClosed = errors.New("the audit log is closed")
)

// explain turns an error of the file system into one that says what to do.
func explain(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("audit: %s: %w", doing, err)
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("audit: %s: %w: give this account write access to audit/ and the files in it: %w", doing, ErrReadOnly, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("audit: %s: %w: nothing was done; make room and run it again", doing, ErrFull)
	default:
		return fmt.Errorf("audit: %s: %w", doing, err)
	}
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("audit: %w: %s: run `sinusta audit verify`, then restore audit/ from its backup; "+
		"keep the damaged folder as evidence", ErrDamaged, fmt.Sprintf(format, args...))
}
