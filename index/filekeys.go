package index

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bleveindex "github.com/blevesearch/bleve_index_api"
)

// idPrefix begins the id that each sealed file carries in clear; random bytes
// follow.
const (
	idPrefix = "sinusta1."
	idRandom = 16
)

// asyncErrors is the name under which Bleve finds our handler of errors in its
// background work.
const asyncErrors = "sinusta"

var (
	errNotSealed   = errors.New("a file of the index is not sealed")
	errNoFolderKey = errors.New("a file of the index belongs to no open folder")
	errUnsealed    = errors.New("a piece of the index does not open under its key")
	errFolderOpen  = errors.New("the folder of the index is open already")
	errBackground  = errors.New("the index could not be written in the background")
)

// openFolders knows the keys of the folders whose indexes are open. Bleve has
// one pair of file hooks for the process (variables of its package), so several
// indexes under several keys are told apart by the path that Bleve hands to a
// hook: a path below no open folder is left as it is when it is written, and
// refused when it is read.
type openFolders struct {
	mu      sync.RWMutex
	folders map[string]*openFolder
}

// openFolder is a folder while its index is open.
type openFolder struct {
	key    []byte
	once   sync.Once
	failed chan struct{} // closed when background work of Bleve failed
}

// fileKeys sets Bleve's hooks, once and before anything of Bleve is used.
var fileKeys = sync.OnceValue(func() *openFolders {
	o := &openFolders{folders: map[string]*openFolder{}}
	bleveindex.WriterHook = o.writer
	bleveindex.ReaderHook = o.reader
	scorch.RegistryAsyncErrorCallbacks[asyncErrors] = o.asyncError
	return o
})

// open adds a folder with its key until release is called.
func (o *openFolders) open(dir string, key []byte) (folder *openFolder, release func(), err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	dir = filepath.Clean(dir)
	if o.folders[dir] != nil {
		return nil, nil, errFolderOpen
	}
	folder = &openFolder{key: key, failed: make(chan struct{})}
	o.folders[dir] = folder
	return folder, sync.OnceFunc(func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.folders, dir)
	}), nil
}

// of gives the open folder above a path, nil if there is none.
func (o *openFolders) of(path string) *openFolder {
	if path == "" {
		return nil // a segment in memory
	}
	o.mu.RLock()
	defer o.mu.RUnlock()
	if len(o.folders) == 0 {
		return nil
	}
	for dir := filepath.Clean(path); ; {
		if f := o.folders[dir]; f != nil {
			return f
		}
		up := filepath.Dir(dir)
		if up == dir {
			return nil
		}
		dir = up
	}
}

// writer is Bleve's WriterHook: it seals every piece of a file under a key of
// that file.
func (o *openFolders) writer(context []byte) (string, func([]byte) []byte, error) {
	folder := o.of(string(context))
	if folder == nil {
		return "", nil, nil
	}
	random := make([]byte, idRandom)
	rand.Read(random) // crypto/rand.Read never fails (Go 1.24)
	id := idPrefix + hex.EncodeToString(random)
	aead, err := fileAEAD(folder.key, id)
	if err != nil {
		return "", nil, err
	}
	bound := []byte(id)
	return id, func(piece []byte) []byte { return aead.Seal(nil, nil, piece, bound) }, nil
}

// reader is Bleve's ReaderHook. Its errors hold nothing of the file.
func (o *openFolders) reader(id string, context []byte) (func([]byte) ([]byte, error), error) {
	folder := o.of(string(context))
	switch {
	case folder == nil && id == "":
		return nil, nil
	case folder == nil:
		return nil, errNoFolderKey
	case !strings.HasPrefix(id, idPrefix):
		return nil, errNotSealed
	}
	aead, err := fileAEAD(folder.key, id)
	if err != nil {
		return nil, err
	}
	bound := []byte(id)
	return func(piece []byte) ([]byte, error) {
		plain, err := aead.Open(nil, nil, piece, bound)
		if err != nil {
			return nil, errUnsealed
		}
		return plain, nil
	}, nil
}

// asyncError hears of errors and panics in Bleve's background work, after
// which a batch may wait for ever. Their text may quote a term and is dropped.
func (o *openFolders) asyncError(_ error, path string) {
	if f := o.of(path); f != nil {
		f.once.Do(func() { close(f.failed) })
	}
}

// fileAEAD gives AES-256-GCM with random nonces under the key of one file,
// derived from the index's key and the random id of the file: no key seals more
// pieces than one file has, far below the 2^32 that random nonces allow, and a
// piece of one file is nothing in another.
func fileAEAD(key []byte, id string) (cipher.AEAD, error) {
	fileKey, err := hkdf.Key(sha256.New, key, nil, "sinusta index 1 file "+id, 32)
	if err != nil {
		return nil, fmt.Errorf("derive the key of an index file: %w", err)
	}
	block, err := aes.NewCipher(fileKey)
	if err != nil {
		return nil, fmt.Errorf("derive the key of an index file: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}
