package store

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"

	"github.com/sinusta/sinusta/core/durable"
	"github.com/sinusta/sinusta/core/internal/keyfile"
)

// keySize is the length of a request's key in bytes.
const keySize = 32

// keyring reaches the organisation's key and the wrapped keys below home/keys.
type keyring struct {
	dir      string // home/keys
	identity *age.X25519Identity
}

func organisationKeyPath(home string) string { return filepath.Join(home, "keys", "organisation.age") }

// InitKeys makes the organisation's key below home, and the folders that are
// not there. It refuses to overwrite a key: every request file
// under the old one would be lost. The key file wants a backup of its own, apart
// from data/ and from keys/requests.
func InitKeys(home string) error {
	if err := os.MkdirAll(filepath.Join(home, "keys", "requests"), 0o700); err != nil {
		return explain("make the folder of keys", err)
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return fmt.Errorf("make the organisation's key: %w", err)
	}
	path := organisationKeyPath(home)
	text := "# The organisation's key of Sinusta. Without it no request file can be read.\n" +
		"# public key: " + id.Recipient().String() + "\n" + id.String() + "\n"
	err = durable.WriteNew(path, []byte(text))
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("make the organisation's key: %s exists and is not overwritten, "+
			"since every request file would be lost with it: %w", path, err)
	}
	return explain("make the organisation's key", err)
}

// openKeys reads the organisation's key, and refuses one that others than the
// owner may read or replace.
func openKeys(home string) (*keyring, error) {
	path := organisationKeyPath(home)
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is missing: restore it from its backup (in a new installation: make one with `sinusta init`)",
			ErrNoKey, path)
	}
	if errors.Is(err, os.ErrPermission) {
		return nil, fmt.Errorf("%w: this account may not look into %s: run Sinusta as the account that owns the installation", ErrNoKey, filepath.Dir(path))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	if err := keyfile.Check(path, info); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrPermission) {
		return nil, fmt.Errorf("%w: this account may not read %s: run Sinusta as the account that owns the installation", ErrNoKey, path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	defer f.Close() // only read
	// The parser's error may quote the line, so it is not passed on.
	ids, err := age.ParseIdentities(io.LimitReader(f, 1<<16))
	if err != nil || len(ids) != 1 {
		return nil, fmt.Errorf("%w: %s does not hold exactly one age identity: restore it from its backup", ErrNoKey, path)
	}
	id, ok := ids[0].(*age.X25519Identity)
	if !ok {
		return nil, fmt.Errorf("%w: %s holds no X25519 identity: restore it from its backup", ErrNoKey, path)
	}
	return &keyring{dir: filepath.Join(home, "keys"), identity: id}, nil
}

func (k *keyring) path(request string) string {
	return filepath.Join(k.dir, "requests", request+".age")
}

// create makes the key of a new request and stores it wrapped.
func (k *keyring) create(request string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Join(k.dir, "requests"), 0o700); err != nil {
		return nil, err
	}
	key := make([]byte, keySize)
	rand.Read(key) // crypto/rand.Read never fails (Go 1.24)
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, k.identity.Recipient())
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(wrapped(request, key)); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return key, durable.WriteNew(k.path(request), sealed.Bytes())
}

// open unwraps the key of a request.
func (k *keyring) open(request string) ([]byte, error) {
	sealed, err := os.ReadFile(k.path(request))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("request %s: %w: it was erased, or keys/requests/%s.age was not restored", request, ErrKeyGone, request)
	}
	if err != nil {
		return nil, explain("request "+request+": read its key", err)
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), k.identity)
	var noMatch *age.NoIdentityMatchError
	if errors.As(err, &noMatch) {
		return nil, fmt.Errorf("request %s: %w: keys/organisation.age is not the key under which this request was made; "+
			"restore the one that was", request, ErrWrongKey)
	}
	if err != nil {
		return nil, damagedKey(request)
	}
	plain, err := io.ReadAll(io.LimitReader(r, 4096))
	if err != nil || len(plain) < keySize {
		return nil, damagedKey(request)
	}
	key := plain[len(plain)-keySize:]
	if !bytes.Equal(plain, wrapped(request, key)) {
		return nil, damagedKey(request)
	}
	return key, nil
}

func damagedKey(request string) error {
	return fmt.Errorf("request %s: keys/requests/%s.age: %w: restore the file from its backup", request, request, ErrTampered)
}

// remove erases the wrapped key of a request for good; one that is not there
// is no error. The file is overwritten first: a file system may keep the blocks
// of a removed file, and the organisation's key would open them.
func (k *keyring) remove(request string) error {
	path := k.path(request)
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
		if f, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
			// Best effort: the removal below is what counts.
			_, _ = f.Write(make([]byte, info.Size()))
			_ = f.Sync()
			_ = f.Close()
		}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	err := durable.SyncDir(filepath.Dir(path))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// wrapped is what the wrapped key holds: the request's id too, so that one
// request's key cannot stand in for another's.
func wrapped(request string, key []byte) []byte {
	return append([]byte("sinusta request key 1\n"+request+"\n"), key...)
}
