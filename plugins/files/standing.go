package filessource

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/sinusta/sinusta/core/durable"
	"github.com/sinusta/sinusta/core/filelock"
	"github.com/sinusta/sinusta/index"
)

const (
	// basisForm changes whenever files become other terms.
	basisForm = "1"
	// currentName is the file that names the generation in use.
	currentName = "current"
	// lockName is the file whose lock writers take in turns.
	lockName = "lock"
	// indexName is the folder of the index in its generation.
	indexName = "standing"
	// abandoned is after how long a generation that nobody names is swept: it
	// may be another process's that is still writing.
	abandoned = time.Hour
)

// standing is the index on disk: generations, each a folder, of which a file
// names the one in use. A new one is made out of a copy of that, while searches
// go on in it, and then takes its place; an index that is gone or damaged costs
// time and no record. Processes that share it take turns in writing, under the
// lock of the folder, and each goes on from what the one before made. A search
// needs no lock.
//
//	<index>/lock                        is taken while a generation is made
//	<index>/current                     names the generation
//	<index>/generation-<random>/standing/   the sealed index
type standing struct {
	dir   string
	key   []byte
	basis string

	writing sync.Mutex // held while a generation is made
	mu      sync.Mutex
	current *generation
}

// generation is an index that is open.
type generation struct {
	index   *index.Standing
	name    string
	entries map[string]*entry // by file id

	users   int  // guarded by standing.mu, as the next
	retired bool // another one has taken its place
}

func newStanding(dir string, key []byte, basis string) *standing {
	return &standing{dir: dir, key: key, basis: basis}
}

// basis tells apart indexes whose entries mean something else.
func (i *instance) basis() string {
	sum := sha256.Sum256([]byte(fmt.Sprintf("%s %+v", basisForm, i.limits)))
	return hex.EncodeToString(sum[:8])
}

func (s *standing) place(name string) index.Place {
	return index.Place{Dir: filepath.Join(s.dir, name, indexName), Key: s.key}
}

// use gives the generation in use until release is called; nil when there is
// none that can be used, with why.
func (s *standing) use(ctx context.Context) (g *generation, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		g, err := s.open(ctx)
		if err != nil {
			return nil, err
		}
		s.current = g
	}
	s.current.users++
	return s.current, nil
}

// open opens the generation that the disk names. One that another process
// replaces meanwhile may be gone when it is to be read: then the next is.
func (s *standing) open(ctx context.Context) (g *generation, err error) {
	for range 10 {
		name := s.named()
		if g, err = s.openNamed(ctx, name); err == nil || s.named() == name {
			break
		}
	}
	return g, err
}

func (s *standing) openNamed(ctx context.Context, name string) (*generation, error) {
	if name == "" {
		return nil, index.ErrNoStanding
	}
	ix, err := index.OpenStanding(ctx, s.place(name), s.basis)
	if err != nil {
		return nil, err
	}
	g := &generation{index: ix, name: name, entries: map[string]*entry{}}
	for id, version := range ix.Versions() {
		e, err := decodeEntry(version)
		if err != nil {
			return nil, errors.Join(index.ErrNoStanding, ix.Close())
		}
		g.entries[id] = e
	}
	return g, nil
}

// release gives a generation back.
func (s *standing) release(g *generation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.users--
	s.drop(g)
}

// drop closes and removes a generation that nobody uses any more.
func (s *standing) drop(g *generation) {
	if g.retired && g.users == 0 {
		_ = g.index.Close()
		_ = os.RemoveAll(filepath.Join(s.dir, g.name)) // what is left is swept later
	}
}

// forget drops the generation in use, which turned out to be damaged.
func (s *standing) forget(g *generation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == g {
		s.current = nil
		g.retired = true
		s.disown(g.name)
	}
}

// disown makes the disk name a generation no more. Another process that writes
// just now is about to name its own.
func (s *standing) disown(name string) {
	unlock, err := filelock.Take(filepath.Join(s.dir, lockName))
	if err != nil {
		return
	}
	defer unlock()
	if s.named() == name {
		_ = os.Remove(filepath.Join(s.dir, currentName))
	}
}

// adopt takes up the generation that the disk names where another process made
// it. The caller has the lock.
func (s *standing) adopt(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, name := s.current, s.named()
	if before == nil || name == "" || name == before.name {
		return
	}
	s.current = nil // one that cannot be opened is made anew
	if g, err := s.open(ctx); err == nil {
		s.current = g
	}
	before.retired = true
	s.drop(before)
}

// changes are what a search learned about files.
type changes struct {
	docs    []index.Document
	entries map[string]*entry
	gone    []string
	bytes   int
}

func (c *changes) empty() bool { return len(c.entries)+len(c.gone) == 0 }

// commit makes the next generation. While another process makes one it waits;
// when ctx is over by then, what was learned is not kept, which costs time and
// no record.
func (s *standing) commit(ctx context.Context, c *changes) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return errors.New("the folder of the index cannot be made")
	}
	unlock, err := filelock.Wait(ctx, filepath.Join(s.dir, lockName))
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return errors.New("the folder of the index cannot be locked")
	}
	defer unlock()
	s.adopt(ctx)
	s.sweep()
	old := s.named()
	b := make([]byte, 8)
	rand.Read(b) // never fails (Go 1.24)
	name := "generation-" + hex.EncodeToString(b)
	made, err := s.make(ctx, name, c)
	if err == nil && !made {
		return nil
	}
	if err == nil {
		err = durable.Replace(filepath.Join(s.dir, currentName), []byte(name+"\n"))
	}
	if err != nil {
		_ = os.RemoveAll(filepath.Join(s.dir, name))
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next, err := s.open(ctx)
	if err != nil {
		return err
	}
	before := s.current
	s.current = next
	switch {
	case before != nil:
		before.retired = true
		s.drop(before)
	case old != "": // it could not be used
		_ = os.RemoveAll(filepath.Join(s.dir, old))
	}
	return nil
}

// named gives the generation that the disk names, empty for none.
func (s *standing) named() string {
	raw, err := os.ReadFile(filepath.Join(s.dir, currentName))
	name := strings.TrimSpace(string(raw))
	if err != nil || !strings.HasPrefix(name, "generation-") || filepath.Base(name) != name {
		return ""
	}
	return name
}

// make writes a generation, and tells whether there was anything to write.
func (s *standing) make(ctx context.Context, name string, c *changes) (bool, error) {
	versions := make(map[string]string, len(c.entries))
	for id, e := range c.entries {
		versions[id] = e.encode()
	}
	now, err := s.use(ctx)
	if err == nil {
		defer s.release(now)
		gone := make([]string, 0, len(c.gone))
		for _, id := range c.gone {
			if now.entries[id] != nil {
				gone = append(gone, id)
			}
		}
		return true, index.ChangeStanding(ctx, s.place(now.name), s.place(name), s.basis, c.docs, gone, versions)
	}
	if !errors.Is(err, index.ErrNoStanding) {
		return false, err
	}
	if len(c.docs) == 0 {
		return false, nil // there is nothing to build it of
	}
	return true, index.BuildStanding(ctx, s.place(name), s.basis, c.docs, versions)
}

// sweep removes generations that were never finished, or that nobody names.
func (s *standing) sweep() {
	named := s.named()
	_, unwritten := os.Stat(filepath.Join(s.dir, currentName))
	_, missing := os.Stat(filepath.Join(s.dir, named))
	// A file that names nothing is damaged: no generation will be used again.
	spoiled := unwritten == nil && (named == "" || missing != nil)
	list, err := os.ReadDir(s.dir)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range list {
		info, err := e.Info()
		if err != nil || !strings.HasPrefix(e.Name(), "generation-") || e.Name() == named || s.current != nil && e.Name() == s.current.name ||
			!spoiled && time.Since(info.ModTime()) < abandoned {
			continue
		}
		_ = os.RemoveAll(filepath.Join(s.dir, e.Name()))
	}
}

func (s *standing) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return nil
	}
	g := s.current
	s.current = nil
	return g.index.Close()
}
