package audit

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"github.com/sinusta/sinusta/core/durable"
	"github.com/sinusta/sinusta/core/internal/keyfile"
)

const (
	secretSize = 32 // bytes of the installation's key
	macSize    = 16 // bytes of the MAC of an entry
	digestSize = 16 // bytes of a keyed digest
	keyIDLen   = 8  // hexadecimal digits of a key's name
	keyHeader  = "# The key of Sinusta's audit log. Without it nothing can be logged, and no digest compared.\n"
)

func keyPath(home string) string    { return filepath.Join(home, "keys", "audit.key") }
func publicPath(home string) string { return filepath.Join(home, "keys", "audit.pub") }

// keys are those of one log. Without a secret they can only verify.
type keys struct {
	id       string
	macs     *sync.Pool // of hash.Hash; nil without the secret
	digests  []byte
	signer   note.Signer
	verifier note.Verifier
	public   string
}

// InitKeys makes the keys of the log below home. It refuses to overwrite
// them: nobody could tell any more whose entries the old ones are. keys/audit.key wants a
// backup; keys/audit.pub may be given to whoever verifies.
func InitKeys(home string) error {
	if err := os.MkdirAll(filepath.Dir(keyPath(home)), 0o700); err != nil {
		return explain("make the folder of keys", err)
	}
	if _, err := os.Stat(entriesPath(home)); err == nil {
		if _, err := os.Stat(keyPath(home)); errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("audit: %w: there is a log, and %s is gone: restore it from its backup, or move audit/ and keys/audit.pub "+
				"to another place, and then make new keys", ErrNoKey, keyPath(home))
		}
	}
	secret := make([]byte, secretSize)
	rand.Read(secret) // crypto/rand.Read never fails (Go 1.24)
	name := make([]byte, 8)
	rand.Read(name)
	signing, public, err := note.GenerateKey(rand.Reader, "sinusta-audit-"+hex.EncodeToString(name))
	if err != nil {
		return fmt.Errorf("audit: make the keys: %w", err)
	}
	err = durable.WriteNew(keyPath(home), []byte(keyHeader+hex.EncodeToString(secret)+"\n"+signing+"\n"))
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("audit: %s exists and is not overwritten, since the log belongs to it: %w", keyPath(home), err)
	}
	if err != nil {
		return explain("make the keys", err)
	}
	return explain("make the keys", durable.WriteNew(publicPath(home), []byte(public+"\n")))
}

// loadKeys reads keys/audit.key, and refuses one that others than the owner
// may read or replace.
func loadKeys(home string) (*keys, error) {
	path := keyPath(home)
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("audit: %w: %s is missing: restore it from its backup (in a new installation: make it with `sinusta init`)",
			ErrNoKey, path)
	}
	if err != nil {
		return nil, fmt.Errorf("audit: %w: %w", ErrNoKey, err)
	}
	if err := keyfile.Check(path, info); err != nil {
		return nil, fmt.Errorf("audit: %w: %w", ErrNoKey, err)
	}
	text, err := readSmall(path)
	if errors.Is(err, os.ErrPermission) {
		return nil, fmt.Errorf("audit: %w: this account may not read %s: run Sinusta as the account that owns the installation", ErrNoKey, path)
	}
	if err != nil {
		return nil, fmt.Errorf("audit: %w: %w", ErrNoKey, err)
	}
	k, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("audit: %w: %s is damaged: restore it from its backup", ErrNoKey, path)
	}
	switch public, err := readSmall(publicPath(home)); {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("audit: %w: %w", ErrNoKey, err)
	case strings.TrimSpace(public) != k.public:
		return nil, fmt.Errorf("audit: %w: keys/audit.pub is not the public half of keys/audit.key: restore both from one backup", ErrWrongKey)
	}
	return k, nil
}

// loadPublic reads keys/audit.pub, with which one can verify and no more.
func loadPublic(home string) (*keys, error) {
	public, err := readSmall(publicPath(home))
	if err != nil {
		return nil, fmt.Errorf("audit: %w: neither keys/audit.key nor keys/audit.pub can be read: restore them from their backup", ErrNoKey)
	}
	return publicKeys(public)
}

func publicKeys(public string) (*keys, error) {
	public = strings.TrimSpace(public)
	v, err := note.NewVerifier(public)
	if err != nil {
		return nil, fmt.Errorf("audit: %w: the public key is damaged: copy keys/audit.pub again", ErrNoKey)
	}
	return &keys{verifier: v, public: public}, nil
}

var errKeyText = errors.New("key text")

func parseKeys(text string) (*keys, error) {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	if len(lines) != 2 {
		return nil, errKeyText
	}
	secret, err := hex.DecodeString(lines[0])
	if err != nil || len(secret) != secretSize {
		return nil, errKeyText
	}
	signer, err := note.NewSigner(lines[1])
	if err != nil {
		return nil, errKeyText
	}
	public, err := publicHalf(lines[1])
	if err != nil {
		return nil, errKeyText
	}
	k, err := publicKeys(public)
	if err != nil {
		return nil, err
	}
	k.signer = signer
	k.digests = derive(secret, "digest of an identifier")
	k.id = hex.EncodeToString(derive(secret, "name of the key"))[:keyIDLen]
	macKey := derive(secret, "MAC of an entry")
	k.macs = &sync.Pool{New: func() any { return hmac.New(sha256.New, macKey) }}
	return k, nil
}

func derive(secret []byte, purpose string) []byte {
	h := hmac.New(sha256.New, secret)
	_, _ = io.WriteString(h, "sinusta audit 1: "+purpose) // a hash never fails
	return h.Sum(nil)
}

// mac gives the MAC of a line's body as it stands in the line.
func (k *keys) mac(body []byte) []byte {
	h := k.macs.Get().(hash.Hash)
	defer k.macs.Put(h)
	h.Reset()
	h.Write(body)
	var sum [sha256.Size]byte
	return base64.RawURLEncoding.AppendEncode(nil, h.Sum(sum[:0])[:macSize])
}

// check gives the index of a line that was made under k.
func (k *keys) check(line []byte) (n int64, ok bool) {
	n, id, ok := header(line)
	tail := len(macPart) + base64.RawURLEncoding.EncodedLen(macSize) + len(lineEnd)
	if !ok || id != k.id || len(line) < tail || string(line[len(line)-len(lineEnd):]) != lineEnd {
		return 0, false
	}
	body, mac := line[:len(line)-tail], line[len(line)-tail:len(line)-len(lineEnd)]
	if string(mac[:len(macPart)]) != macPart || !hmac.Equal(mac[len(macPart):], k.mac(body)) {
		return 0, false
	}
	return n, true
}

// digest gives the keyed digest of a value.
func (k *keys) digest(kind, value string) string {
	h := hmac.New(sha256.New, k.digests)
	_, _ = io.WriteString(h, kind+"\x00"+value) // a hash never fails
	return hex.EncodeToString(h.Sum(nil)[:digestSize])
}

// publicHalf gives the verifier key of a signer key, see note.GenerateKey.
func publicHalf(signing string) (string, error) {
	parts := strings.SplitN(signing, "+", 5) // PRIVATE+KEY+name+hash+base64
	if len(parts) != 5 {
		return "", errKeyText
	}
	key, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(key) != 1+ed25519.SeedSize {
		return "", errKeyText
	}
	public, ok := ed25519.NewKeyFromSeed(key[1:]).Public().(ed25519.PublicKey)
	if !ok {
		return "", errKeyText
	}
	return note.NewEd25519VerifierKey(parts[2], public)
}
