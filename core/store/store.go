package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Store is the request files of one installation. It may be used from several
// goroutines, and several processes may have the same home open.
type Store struct {
	home string
	keys *keyring
	db   *database
	// together joins the updates of this process.
	together together
}

// Open opens the store below home, the installation folder, and makes the
// database if there is none. The organisation's key must be there (InitKeys):
// ErrNoKey says what is wrong with it. Other errors are ErrNewer, ErrReadOnly,
// ErrTampered (not a database) and ErrBusy. Close it.
func Open(ctx context.Context, home string) (*Store, error) {
	home, err := filepath.Abs(home)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	keys, err := openKeys(home)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(home, "data", "locks"), 0o700); err != nil {
		return nil, explain("open the store", err)
	}
	db, err := openDatabase(ctx, filepath.Join(home, "data"))
	if err != nil {
		return nil, err
	}
	return &Store{home: home, keys: keys, db: db, together: together{turn: make(chan struct{}, 1)}}, nil
}

// Close closes the store. Files of it must not be used afterwards.
func (s *Store) Close() error { return explain("close the store", s.db.close()) }

// Create makes an empty request file with a new random id and a key of its
// own.
func (s *Store) Create(ctx context.Context) (*File, error) {
	return s.CreateAs(ctx, NewID(), func(*Tx) error { return nil })
}

// CreateAs is Create with an id that NewID gave before, so that it could be
// written down first, and with the first rows, which first puts: the file is
// there with them, or not at all. os.ErrExist: the id was used already.
func (s *Store) CreateAs(ctx context.Context, id string, first func(tx *Tx) error) (*File, error) {
	if !validID(id) {
		return nil, errors.New("make a request file: that is no request id: take one of NewID")
	}
	// The key comes first: a key without rows is harmless, rows without a key
	// are not.
	key, err := s.keys.create(id)
	if err != nil {
		return nil, explain("make a request file: write its key", err)
	}
	file, err := s.file(id, 0, key)
	if err == nil {
		err = s.together.inTx(ctx, s.db, func(tx *sql.Tx) error {
			if file.num, err = addRequest(ctx, tx, id); err != nil {
				return err
			}
			return first(newTx(ctx, file, tx))
		})
	}
	if err != nil {
		return nil, errors.Join(explain("make a request file", err), s.keys.remove(id))
	}
	return file, nil
}

// File opens the request file of that id. ErrNotFound: there is none;
// ErrKeyGone, ErrWrongKey or ErrTampered: its key is not usable.
func (s *Store) File(ctx context.Context, id string) (*File, error) {
	if !validID(id) {
		// The id is not repeated: somebody may have typed something else there.
		return nil, fmt.Errorf("open the request file: that is no request id (r- and 16 letters or digits): %w", ErrNotFound)
	}
	num, err := s.db.requestNumber(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("open request %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return nil, explain("open request "+id, err)
	}
	key, err := s.keys.open(id)
	if err != nil {
		return nil, err
	}
	return s.file(id, num, key)
}

func (s *Store) file(id string, num int64, key []byte) (*File, error) {
	seal, err := newSealer(id, key)
	if err != nil {
		return nil, err
	}
	return &File{id: id, num: num, store: s, seal: seal}, nil
}

// Requests gives the ids of the request files in order of creation, also of
// those whose key is gone.
func (s *Store) Requests(ctx context.Context) ([]string, error) {
	ids, err := s.db.requests(ctx)
	return ids, explain("list the requests", err)
}

// Erase removes a request file for good: first its wrapped key, after which no
// copy of data/ can be read, then its rows. It may be repeated, and it works
// when the key is gone or damaged or no such file exists any more. ErrBusy:
// somebody runs the request at this moment; the caller must not hold its Lock.
func (s *Store) Erase(ctx context.Context, id string) error {
	if !validID(id) {
		return fmt.Errorf("erase the request file: that is no request id (r- and 16 letters or digits): %w", ErrNotFound)
	}
	unlock, err := s.lock(id)
	if err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	defer func() {
		unlock()
		// The id never comes again, and whoever locked the removed file
		// meanwhile finds no request.
		_ = os.Remove(s.lockPath(id))
	}()
	if err := s.keys.remove(id); err != nil {
		return explain("erase request "+id+": remove its key", err)
	}
	if err := errors.Join(s.db.removeRequest(ctx, id), s.removeIndex(id)); err != nil {
		return explain("erase request "+id+": its key is gone, so nobody can read it any more, but sealed rows or its sealed index "+
			"are still there; erase it again", err)
	}
	return nil
}

// NewID gives a random request id: r- and 80 random bits in 16 characters that
// people do not confuse (Crockford's base 32).
func NewID() string {
	b := make([]byte, 10)
	rand.Read(b) // crypto/rand.Read never fails (Go 1.24)
	return "r-" + base32.NewEncoding(idAlphabet).EncodeToString(b)
}

const (
	idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	idLength   = len("r-") + 16
)

// validID keeps anything that is no id out of paths and messages.
func validID(id string) bool {
	random, ok := strings.CutPrefix(id, "r-")
	return ok && len(id) == idLength && strings.Trim(random, idAlphabet) == ""
}
