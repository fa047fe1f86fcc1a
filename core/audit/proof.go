package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/mod/sumdb/tlog"
)

// Proof shows that an entry is in the log of a signed checkpoint. It is whole
// in itself: VerifyProof needs nothing but the public key.
type Proof struct {
	Index int64 `json:"index"`
	// Line is the entry as it stands in the log; Entry is read from it.
	Line string `json:"line"`
	// Path are the hashes beside the way from the entry to the root (RFC 6962).
	Path       tlog.RecordProof `json:"path"`
	Checkpoint string           `json:"checkpoint"` // the signed note
}

// Prove gives the proof that the entry of an index is in the log, against the
// newest checkpoint; it signs one if the entry is not covered yet. ErrDamaged means that the
// entry is not the one that was written.
func (l *Log) Prove(ctx context.Context, index int64) (Proof, error) {
	c, err := l.covering(ctx, index)
	if err != nil {
		return Proof{}, err
	}
	line, err := l.line(ctx, index)
	if err != nil {
		return Proof{}, err
	}
	var path tlog.RecordProof
	err = l.withHashes(func(h hashFile) error {
		path, err = tlog.ProveRecord(c.Size, index, h)
		return err
	})
	if err != nil {
		return Proof{}, damaged("audit/hashes has no hashes for entry %d", index)
	}
	p := Proof{Index: index, Line: string(line), Path: path, Checkpoint: c.Note}
	if _, err := VerifyProof(p, l.keys.public); err != nil {
		return Proof{}, damaged("entry %d is not the one that the checkpoint of %d entries covers", index, c.Size)
	}
	return p, nil
}

// VerifyProof gives the entry that p proves, or ErrInvalid, or ErrWrongKey.
// publicKey is the content of keys/audit.pub.
func VerifyProof(p Proof, publicKey string) (Entry, error) {
	c, err := ParseCheckpoint(p.Checkpoint, publicKey)
	if err != nil {
		return Entry{}, err
	}
	root, err := tlog.ParseHash(c.Root)
	if err != nil {
		return Entry{}, fmt.Errorf("audit: the root of the checkpoint is %w", ErrInvalid)
	}
	if err := tlog.CheckRecord(p.Path, c.Size, root, p.Index, tlog.RecordHash([]byte(p.Line))); err != nil {
		return Entry{}, fmt.Errorf("audit: the proof is %w: the checkpoint of %d entries does not cover this entry at index %d", ErrInvalid, c.Size, p.Index)
	}
	e, err := decode([]byte(p.Line))
	if err != nil {
		return Entry{}, err
	}
	if e.Index != p.Index {
		return Entry{}, fmt.Errorf("audit: the proof is %w: its entry names another index", ErrInvalid)
	}
	return e, nil
}

// Consistency shows that a log only grew between two checkpoints.
type Consistency struct {
	Older string         `json:"older"` // signed notes
	Newer string         `json:"newer"`
	Path  tlog.TreeProof `json:"path"`
}

// ProveConsistency gives the proof that the log of the newer checkpoint
// begins with that of the older one, which has at least one entry.
func (l *Log) ProveConsistency(older, newer Checkpoint) (Consistency, error) {
	var path tlog.TreeProof
	err := l.withHashes(func(h hashFile) (err error) {
		path, err = tlog.ProveTree(newer.Size, older.Size, h)
		return err
	})
	if err != nil {
		return Consistency{}, fmt.Errorf("audit: prove that the log grew from %d to %d entries: %w", older.Size, newer.Size, err)
	}
	c := Consistency{Older: older.Note, Newer: newer.Note, Path: path}
	return c, VerifyConsistency(c, l.keys.public)
}

// VerifyConsistency gives nil if c proves what it should, else ErrInvalid or ErrWrongKey.
func VerifyConsistency(c Consistency, publicKey string) error {
	older, err := ParseCheckpoint(c.Older, publicKey)
	if err != nil {
		return err
	}
	newer, err := ParseCheckpoint(c.Newer, publicKey)
	if err != nil {
		return err
	}
	oldRoot, err1 := tlog.ParseHash(older.Root)
	newRoot, err2 := tlog.ParseHash(newer.Root)
	if err := errors.Join(err1, err2, tlog.CheckTree(c.Path, newer.Size, newRoot, older.Size, oldRoot)); err != nil {
		return fmt.Errorf("audit: the proof that the log grew from %d to %d entries is %w", older.Size, newer.Size, ErrInvalid)
	}
	return nil
}

// Checkpoints gives the sizes of the checkpoints of the log, ascending.
func (l *Log) Checkpoints() ([]int64, error) {
	sizes, err := checkpointSizes(checkpointsPath(l.home))
	return sizes, explain("read audit/checkpoints", err)
}

// CheckpointOf gives the checkpoint of a size, as Checkpoints lists them.
func (l *Log) CheckpointOf(size int64) (Checkpoint, error) { return l.readCheckpoint(size) }

func (l *Log) covering(ctx context.Context, index int64) (Checkpoint, error) {
	sizes, err := l.Checkpoints()
	if err != nil {
		return Checkpoint{}, err
	}
	if index >= 0 && len(sizes) > 0 && sizes[len(sizes)-1] > index {
		return l.readCheckpoint(sizes[len(sizes)-1])
	}
	n, err := l.Len()
	if err != nil {
		return Checkpoint{}, err
	}
	if index < 0 || index >= n {
		return Checkpoint{}, fmt.Errorf("audit: the number is %w: there is no entry %d; the log has %d, from 0 to %d", ErrInvalid, index, n, n-1)
	}
	return l.Checkpoint(ctx)
}

// Len gives the number of whole entries.
func (l *Log) Len() (int64, error) {
	unlock, err := lockLog(l.home)
	if err != nil {
		return 0, err
	}
	defer unlock()
	f, err := l.openFiles()
	if err != nil {
		return 0, err
	}
	defer f.close()
	end, err := l.findEnd(f)
	return end.n, err
}

// line gives the line of an entry, which it looks for from the beginning.
func (l *Log) line(ctx context.Context, index int64) ([]byte, error) {
	f, err := os.Open(entriesPath(l.home))
	if err != nil {
		return nil, explain("read the log", err)
	}
	defer f.Close() // only read
	lines := newLineReader(f)
	for at := int64(0); ; at++ {
		if at&0xffff == 0 && ctx.Err() != nil {
			return nil, explain("read the log", ctx.Err())
		}
		line, _, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil, damaged("entry %d is gone", index)
		}
		if err != nil {
			return nil, explain("read the log", err)
		}
		if at == index {
			return bytes.Clone(line), nil
		}
	}
}

func (l *Log) withHashes(use func(hashFile) error) error {
	f, err := os.Open(hashesPath(l.home))
	if err != nil {
		return err
	}
	defer f.Close() // only read
	return use(hashFile{f})
}
