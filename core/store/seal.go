package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"sync"
)

// sealer seals the rows of one request. It may be used from several goroutines.
type sealer struct {
	request string
	aead    cipher.AEAD
	idKey   []byte
	// works holds what a goroutine needs for a row, made ready once: see work.
	works sync.Pool
	// indexKey is for the search index alone.
	indexKey []byte
}

// work is what one goroutine names, seals and opens rows with. Setting up a
// MAC costs more than the MAC of a short name.
type work struct {
	mac  hash.Hash // under the key of row ids
	text []byte    // what a MAC is made of, or what a blob is bound to
	id   []byte    // a MAC
	body []byte    // name and value of a row before it is sealed
}

// rowIDSize is the length of a row id.
const rowIDSize = sha256.Size

func newSealer(request string, key []byte) (*sealer, error) {
	blobKey, err := hkdf.Key(sha256.New, key, nil, "sinusta store 1 blob", keySize)
	if err != nil {
		return nil, fmt.Errorf("request %s: derive its keys: %w", request, err)
	}
	idKey, err := hkdf.Key(sha256.New, key, nil, "sinusta store 1 row id", keySize)
	if err != nil {
		return nil, fmt.Errorf("request %s: derive its keys: %w", request, err)
	}
	indexKey, err := hkdf.Key(sha256.New, key, nil, "sinusta store 1 search index", keySize)
	if err != nil {
		return nil, fmt.Errorf("request %s: derive its keys: %w", request, err)
	}
	block, err := aes.NewCipher(blobKey)
	if err != nil {
		return nil, fmt.Errorf("request %s: derive its keys: %w", request, err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("request %s: derive its keys: %w", request, err)
	}
	s := &sealer{request: request, aead: aead, idKey: idKey, indexKey: indexKey}
	s.works.New = func() any { return &work{mac: hmac.New(sha256.New, idKey)} }
	return s, nil
}

func (s *sealer) work() *work { return s.works.Get().(*work) }

// rowID is the id of a row in the database.
func (s *sealer) rowID(t Table, row string) []byte {
	w := s.work()
	defer s.works.Put(w)
	return w.rowID(make([]byte, 0, rowIDSize), t, row)
}

// rowID appends the id of a row to b.
func (w *work) rowID(b []byte, t Table, row string) []byte {
	w.text = joined(w.text[:0], string(t), row)
	w.mac.Reset()
	w.mac.Write(w.text)
	return w.mac.Sum(b)
}

// seal gives the blob of a row. Errors do not tell what was in the value: the
// encoder's own may quote it.
func (s *sealer) seal(t Table, row string, id []byte, v any) ([]byte, error) {
	w := s.work()
	defer s.works.Put(w)
	w.body = binary.AppendUvarint(w.body[:0], uint64(len(row)))
	w.body = append(w.body, row...)
	var err error
	if w.body, err = encode(w.body, v); err != nil {
		return nil, fmt.Errorf("request %s, table %s: a value of type %T cannot be written as JSON", s.request, t, v)
	}
	w.text = joined(w.text[:0], s.request, string(t), string(id))
	blob := s.aead.Seal(make([]byte, 0, len(w.body)+s.aead.Overhead()), nil, w.body, w.text)
	w.keep()
	return blob, nil
}

// keep lets go of a body that was much larger than most are.
func (w *work) keep() {
	if cap(w.body) > 1<<20 {
		w.body = nil
	}
}

// open gives the name and the value in a blob; the value lies in memory that
// it appended to b.
func (s *sealer) open(b []byte, t Table, seq int64, id, blob []byte) (name string, value []byte, err error) {
	tampered := func() error {
		return fmt.Errorf("request %s, table %s, row %d: %w: restore data/ from a backup", s.request, t, seq, ErrTampered)
	}
	w := s.work()
	defer s.works.Put(w)
	w.text = joined(w.text[:0], s.request, string(t), string(id))
	plain, err := s.aead.Open(b, nil, blob, w.text)
	if err != nil {
		return "", nil, tampered()
	}
	n, width := binary.Uvarint(plain)
	if width <= 0 || n > uint64(len(plain)-width) {
		return "", nil, tampered()
	}
	name, value = string(plain[width:width+int(n)]), plain[width+int(n):]
	if w.id = w.rowID(w.id[:0], t, name); !hmac.Equal(id, w.id) {
		return "", nil, tampered()
	}
	return name, value, nil
}

// joined appends parts to b so that no two lists of parts give the same bytes.
func joined(b []byte, parts ...string) []byte {
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return b
}

// encode appends the bytes of a value: its own binary form if it has one, else
// JSON.
func encode(b []byte, v any) ([]byte, error) {
	if own, ok := v.(encoding.BinaryAppender); ok {
		return own.AppendBinary(b)
	}
	text, err := json.Marshal(v)
	return append(b, text...), err
}

// decode reads what encode wrote, without telling in its error what it was.
func decode(request string, t Table, seq int64, value []byte, v any) error {
	read := json.Unmarshal
	if own, ok := v.(encoding.BinaryUnmarshaler); ok {
		read = func(b []byte, _ any) error { return own.UnmarshalBinary(b) }
	}
	if err := read(value, v); err != nil {
		return fmt.Errorf("request %s, table %s, row %d: the stored value does not fit into a %T: "+
			"it was written by another version of Sinusta", request, t, seq, v)
	}
	return nil
}
