package audit

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"
)

// evidence is what a log consists of, at one moment, wherever it is kept.
type evidence struct {
	keys        *keys
	entries     io.Reader
	hashes      io.ReaderAt
	hashesSize  int64
	checkpoints []checkpointFile // by size
	anchor      string           // the copy in keys/, empty if there is none
}

type checkpointFile struct {
	size int64 // by its name
	text string
}

// folderEvidence takes the log of an installation as it is now. Later appends
// do not disturb it.
func folderEvidence(home string, k *keys) (_ *evidence, closeAll func(), err error) {
	if _, err := os.Stat(entriesPath(home)); errors.Is(err, os.ErrNotExist) {
		// No log yet, or somebody removed it: the rest of it will tell.
		return emptyEvidence(home, k)
	}
	if unlock, err := lockLog(home); err == nil {
		defer unlock()
	} else if !errors.Is(err, ErrReadOnly) && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, err // a copy that may not be written needs no lock
	}
	entries, err := os.Open(entriesPath(home))
	if err != nil {
		return nil, nil, explain("read the log", err)
	}
	info, err := entries.Stat()
	if err != nil {
		return nil, nil, errors.Join(explain("read the log", err), entries.Close())
	}
	ev, closeHashes, err := emptyEvidence(home, k)
	if err != nil {
		return nil, nil, errors.Join(err, entries.Close())
	}
	ev.entries = io.LimitReader(entries, info.Size())
	return ev, func() { _ = entries.Close(); closeHashes() }, nil
}

// emptyEvidence takes all but the entries.
func emptyEvidence(home string, k *keys) (*evidence, func(), error) {
	ev := &evidence{keys: k, entries: eof{}, hashes: eof{}}
	sizes, err := checkpointSizes(checkpointsPath(home))
	if err != nil {
		return nil, nil, explain("read audit/checkpoints", err)
	}
	for _, size := range sizes {
		text, err := readSmall(filepath.Join(checkpointsPath(home), checkpointName(size)))
		if err != nil {
			return nil, nil, explain("read audit/checkpoints", err)
		}
		ev.checkpoints = append(ev.checkpoints, checkpointFile{size, text})
	}
	if ev.anchor, err = readSmall(anchorPath(home)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, explain("read keys/audit.checkpoint", err)
	}
	hashes, err := os.Open(hashesPath(home))
	if errors.Is(err, os.ErrNotExist) {
		return ev, func() {}, nil
	}
	if err != nil {
		return nil, nil, explain("read audit/hashes", err)
	}
	info, err := hashes.Stat()
	if err != nil {
		return nil, nil, errors.Join(explain("read audit/hashes", err), hashes.Close())
	}
	ev.hashes, ev.hashesSize = hashes, info.Size()
	return ev, func() { _ = hashes.Close() }, nil
}

type eof struct{}

func (eof) Read([]byte) (int, error)          { return 0, io.EOF }
func (eof) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }

// lineReader reads lines of any length; of one that is longer than an entry
// can be it keeps the beginning.
type lineReader struct{ r *bufio.Reader }

func newLineReader(r io.Reader) lineReader { return lineReader{bufio.NewReaderSize(r, 1<<18)} }

// next gives the next line without its newline, good until the next call, and whether
// it had one. At the end it gives io.EOF.
func (l lineReader) next() (line []byte, whole bool, err error) {
	line, err = l.r.ReadSlice('\n')
	switch {
	case err == nil:
		return line[:len(line)-1], true, nil
	case errors.Is(err, io.EOF) && len(line) > 0:
		return line, false, nil
	case errors.Is(err, bufio.ErrBufferFull):
		line = append([]byte(nil), line[:maxLine]...)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = l.r.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, false, err
		}
		return line, err == nil, nil
	default:
		return nil, false, err
	}
}

// storedHashes reads the hash file from its beginning, entry by entry.
type storedHashes struct {
	r       *bufio.Reader
	entries int64 // whose hashes are whole
}

func (ev *evidence) storedHashes() *storedHashes {
	return &storedHashes{
		r:       bufio.NewReaderSize(io.NewSectionReader(ev.hashes, 0, ev.hashesSize), 1<<18),
		entries: hashedEntries(ev.hashesSize),
	}
}

// next gives count hashes.
func (s *storedHashes) next(count int) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, count)
	for i := range hashes {
		if _, err := io.ReadFull(s.r, hashes[i][:]); err != nil {
			return nil, explain("read audit/hashes", err)
		}
	}
	return hashes, nil
}
