package audit

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/sinusta/sinusta/core/durable"
)

// Log is an open audit log. It is safe for use by several goroutines, and
// several processes may have the same log open.
type Log struct {
	home string
	keys *keys
	now  func() time.Time
	// write is (*os.File).WriteAt, but for tests of a full disk.
	write func(f *os.File, b []byte, off int64) (int, error)

	turn chan struct{} // held by the goroutine that writes
	mu   sync.Mutex
	wait [][]*waiting // entries to be written, in order, by those that belong together
	// later are entries that are written with the next of wait, before it.
	later []*waiting
	going int // of them that are being written
	// appended tells whether Close has something to sign.
	appended, closed bool
	// account is who runs this process; function and role name the official behind it.
	account, function, role string
}

// Open opens the log of the installation in home, and makes its folder if it
// is not there. It needs keys/audit.key, see InitKeys. It does not verify the log, but for
// its end: errors are ErrNoKey, ErrWrongKey, ErrDamaged, ErrReadOnly and ErrBusy.
func Open(home string) (*Log, error) {
	k, err := loadKeys(home)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(checkpointsPath(home), 0o700); err != nil {
		return nil, explain("make the folder of the log", err)
	}
	l := &Log{home: home, keys: k, now: time.Now, write: (*os.File).WriteAt, turn: make(chan struct{}, 1), account: ownAccount()}
	unlock, err := lockLog(home)
	if err != nil {
		return nil, err
	}
	defer unlock()
	f, err := l.openFiles()
	if err != nil {
		return nil, err
	}
	defer f.close()
	end, err := l.findEnd(f)
	if err != nil {
		return nil, err
	}
	return l, l.coveredBy(end.n)
}

// Close signs a checkpoint if this Log appended anything, and ends its use. It
// does so also when ctx is over.
func (l *Log) Close(ctx context.Context) error {
	l.mu.Lock()
	sign := (l.appended || len(l.later) > 0) && !l.closed
	l.mu.Unlock()
	var err error
	if sign {
		_, err = l.Checkpoint(context.WithoutCancel(ctx))
	}
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	l.mu.Lock()
	l.closed = true
	rest := l.later // which came while the checkpoint was signed
	l.later = nil
	l.mu.Unlock()
	if err == nil {
		err = l.commit(rest)
	}
	return err
}

// PublicKey gives the key with which checkpoints are verified, in the form of
// sumdb/note. It is that of keys/audit.pub.
func (l *Log) PublicKey() string { return l.keys.public }

// KeyName gives the name of the key that signs checkpoints, as it stands in
// their signature.
func (l *Log) KeyName() string { return l.keys.verifier.Name() }

// Digest gives the keyed digest of a value: of an identifier in its normal form, with
// its kind, of a case number with kind "case", or of another text. Equal values of one kind
// have equal digests in one installation, and nobody without its key can try values out.
func (l *Log) Digest(kind, value string) string { return l.keys.digest(kind, value) }

// Keyed gives the keyed digest together with its kind, for Entry.Digests.
func (l *Log) Keyed(kind, value string) Keyed {
	return Keyed{Kind: kind, Digest: l.keys.digest(kind, value)}
}

// files are the open files of a log, under its lock.
type files struct {
	entries, hashes *os.File
}

// openFiles opens the files anew for each use, since somebody may have put
// restored ones in their place.
func (l *Log) openFiles() (*files, error) {
	entries, err := openOrMake(entriesPath(l.home))
	if err != nil {
		return nil, explain("open audit/entries.jsonl", err)
	}
	hashes, err := openOrMake(hashesPath(l.home))
	if err != nil {
		_ = entries.Close()
		return nil, explain("open audit/hashes", err)
	}
	return &files{entries: entries, hashes: hashes}, nil
}

// openOrMake opens a file, and makes its name last when it is new.
func openOrMake(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if !os.IsNotExist(err) {
		return f, err
	}
	if err := durable.WriteNew(path, nil); err != nil {
		return nil, fmt.Errorf("make it: %w", err)
	}
	return os.OpenFile(path, os.O_RDWR, 0)
}

func (f *files) close() {
	_ = f.entries.Close() // what counts was synced
	_ = f.hashes.Close()
}
