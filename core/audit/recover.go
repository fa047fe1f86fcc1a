package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/mod/sumdb/tlog"
)

// logEnd is where a log ends.
type logEnd struct {
	n      int64 // whole entries
	offset int64 // of the first byte behind them
	last   []byte
	torn   int64 // bytes behind them that a crash left
	open   bool  // the last whole entry lacks its newline
	hashed int64 // entries whose hashes are stored
	excess bool  // the hash file ends within an entry's hashes
}

// tornLimit bounds what a crash can leave behind the last whole entry, in
// bytes; it is more than one write.
const tornLimit = batchSize*maxLine + 1<<16

// findEnd reads the end of the log. What a crash can leave is told in the
// logEnd; anything else is ErrDamaged or ErrWrongKey.
//
// The hashes of an entry are written after the entry is on the disk. So a bad line that
// has hashes, and hashes without a line, are no work of a crash.
func (l *Log) findEnd(f *files) (logEnd, error) {
	size, err := f.entries.Seek(0, io.SeekEnd)
	if err != nil {
		return logEnd{}, explain("read audit/entries.jsonl", err)
	}
	info, err := f.hashes.Stat()
	if err != nil {
		return logEnd{}, explain("read audit/hashes", err)
	}
	var end logEnd
	for _, limit := range []int64{4 << 10, 2 * maxLine, tornLimit} {
		if end, err = l.lastWhole(f.entries, size, limit); err != nil || end.n > 0 || limit >= size {
			break
		}
	}
	if err != nil {
		return logEnd{}, err
	}
	end.hashed = hashedEntries(info.Size())
	end.excess = info.Size() != hashesSize(end.hashed)
	if end.n == 0 && size > tornLimit {
		return logEnd{}, damaged("the last %d bytes hold no entry", int64(tornLimit))
	}
	if end.hashed > end.n {
		return logEnd{}, damaged("the entries %d to %d were stored, and are no longer whole at the end of the log", end.n, end.hashed-1)
	}
	return end, nil
}

// lastWhole looks for the last whole entry in the last limit bytes.
func (l *Log) lastWhole(f *os.File, size, limit int64) (logEnd, error) {
	start := max(0, size-limit)
	chunk := make([]byte, size-start)
	if _, err := f.ReadAt(chunk, start); err != nil && !errors.Is(err, io.EOF) {
		return logEnd{}, explain("read audit/entries.jsonl", err)
	}
	stop := len(chunk)
	for stop > 0 {
		line := chunk[:stop]
		whole := line[stop-1] == '\n'
		if whole {
			line = line[:stop-1]
		}
		begin := bytes.LastIndexByte(line, '\n') + 1
		if begin == 0 && start > 0 {
			break // the line may begin before the chunk
		}
		line = line[begin:]
		if n, ok := l.keys.check(line); ok {
			return logEnd{n: n + 1, offset: start + int64(stop), last: bytes.Clone(line), torn: int64(len(chunk) - stop), open: !whole}, nil
		}
		if _, id, ok := header(line); ok && id != l.keys.id && whole {
			return logEnd{}, fmt.Errorf("audit: %w: its last entry was made under key %s, and keys/audit.key is key %s: restore the key that belongs to it",
				ErrWrongKey, safeID(id), l.keys.id)
		}
		if !tornLine(line, whole) {
			return logEnd{}, damaged("a line at its end was changed or added by somebody else")
		}
		stop = begin
	}
	return logEnd{torn: int64(len(chunk))}, nil
}

// safeID keeps what is no name of a key out of a message.
func safeID(id string) string {
	for _, r := range id {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') {
			return "?"
		}
	}
	return id
}

// coveredBy gives ErrDamaged if the newest checkpoint covers more than n entries.
func (l *Log) coveredBy(n int64) error {
	sizes, err := checkpointSizes(checkpointsPath(l.home))
	if err != nil {
		return explain("read audit/checkpoints", err)
	}
	if len(sizes) > 0 && sizes[len(sizes)-1] > n {
		return damaged("its newest checkpoint covers %d entries, and it has %d", sizes[len(sizes)-1], n)
	}
	text, err := readSmall(anchorPath(l.home))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return explain("read keys/audit.checkpoint", err)
	}
	switch c, err := l.keys.parseCheckpoint(text); {
	case errors.Is(err, ErrWrongKey):
		return err
	case err != nil:
		return damaged("keys/audit.checkpoint is not the checkpoint that was signed")
	case c.Size > n:
		return damaged("keys/audit.checkpoint covers %d entries, and it has %d", c.Size, n)
	}
	return nil
}

// repair removes what a crash left at the end of the log, and writes what it kept from being
// written. An entry tells what was done.
func (l *Log) repair(f *files, end *logEnd) error {
	if end.n > 0 && announces(end.last) && end.torn == 0 && !end.open && end.hashed == end.n {
		return l.finishCheckpoint(f, end)
	}
	if end.torn == 0 && !end.open && end.hashed == end.n && !end.excess {
		return nil
	}
	if err := l.coveredBy(end.n); err != nil {
		return err
	}
	did := Entry{Verb: LogRepaired, Role: RoleSystem, Purpose: PurposeMaintenance, Outcome: Done, Counts: Counts{}}
	if end.torn > 0 {
		did.Counts["torn-bytes-removed"] = end.torn
		if err := f.entries.Truncate(end.offset); err != nil {
			return explain("remove a torn line", err)
		}
	}
	if end.open {
		did.Counts["line-ends-added"] = 1
		if _, err := l.write(f.entries, []byte("\n"), end.offset); err != nil {
			return explain("end the last line", err)
		}
		end.offset++
	}
	if end.excess {
		if err := f.hashes.Truncate(hashesSize(end.hashed)); err != nil {
			return explain("repair audit/hashes", err)
		}
	}
	if end.hashed < end.n {
		did.Counts["entries-hashed-again"] = end.n - end.hashed
		if err := l.rehash(f, end.hashed, end.n); err != nil {
			return err
		}
		end.hashed = end.n
	}
	if end.n > 0 && announces(end.last) {
		if err := l.finishCheckpoint(f, end); err != nil {
			return err
		}
	}
	return l.writeEntries(f, end, []*Entry{&did})
}

// rehash stores the hashes of the entries from index from up to to.
func (l *Log) rehash(f *files, from, to int64) error {
	if _, err := f.entries.Seek(0, io.SeekStart); err != nil {
		return explain("read audit/entries.jsonl", err)
	}
	lines := bufio.NewReaderSize(f.entries, 1<<20)
	var leaves []tlog.Hash
	first := from
	for i := range to {
		line, err := lines.ReadSlice('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return damaged("its line %d is too long or unreadable", i+1)
		}
		if i < from {
			continue
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		if n, ok := l.keys.check(line); !ok || n != i {
			return damaged("line %d is not entry %d", i+1, i)
		}
		leaves = append(leaves, tlog.RecordHash(line))
		if len(leaves) == 1<<14 || i == to-1 {
			if err := writeHashes(f.hashes, first, leaves); err != nil {
				return explain("write audit/hashes", err)
			}
			first, leaves = i+1, leaves[:0]
		}
	}
	return nil
}
