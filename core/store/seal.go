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
)

// sealer seals the rows of one request.
type sealer struct {
	request string
	aead    cipher.AEAD
	idKey   []byte
	// indexKey is for the search index alone.
	indexKey []byte
}

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
	return &sealer{request: request, aead: aead, idKey: idKey, indexKey: indexKey}, nil
}

// rowID is the id of a row in the database.
func (s *sealer) rowID(t Table, row string) []byte {
	mac := hmac.New(sha256.New, s.idKey)
	mac.Write(joined(string(t), row))
	return mac.Sum(nil)
}

// seal gives the blob of a row. Errors do not tell what was in the value: the
// encoder's own may quote it.
func (s *sealer) seal(t Table, row string, id []byte, v any) ([]byte, error) {
	value, err := encode(v)
	if err != nil {
		return nil, fmt.Errorf("request %s, table %s: a value of type %T cannot be written as JSON", s.request, t, v)
	}
	plain := make([]byte, 0, binary.MaxVarintLen64+len(row)+len(value))
	plain = binary.AppendUvarint(plain, uint64(len(row)))
	plain = append(plain, row...)
	plain = append(plain, value...)
	return s.aead.Seal(nil, nil, plain, s.bound(t, id)), nil
}

// open gives the name and the JSON value in a blob.
func (s *sealer) open(t Table, seq int64, id, blob []byte) (name string, value []byte, err error) {
	tampered := func() error {
		return fmt.Errorf("request %s, table %s, row %d: %w: restore data/ from a backup", s.request, t, seq, ErrTampered)
	}
	plain, err := s.aead.Open(nil, nil, blob, s.bound(t, id))
	if err != nil {
		return "", nil, tampered()
	}
	n, width := binary.Uvarint(plain)
	if width <= 0 || n > uint64(len(plain)-width) {
		return "", nil, tampered()
	}
	name, value = string(plain[width:width+int(n)]), plain[width+int(n):]
	if !hmac.Equal(id, s.rowID(t, name)) {
		return "", nil, tampered()
	}
	return name, value, nil
}

// bound is what a blob is bound to.
func (s *sealer) bound(t Table, id []byte) []byte {
	return joined(s.request, string(t), string(id))
}

// joined joins parts so that no two lists of parts give the same bytes.
func joined(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return b
}

// encode gives the bytes of a value: its own binary form if it has one, else
// JSON.
func encode(v any) ([]byte, error) {
	if own, ok := v.(encoding.BinaryAppender); ok {
		return own.AppendBinary(nil)
	}
	return json.Marshal(v)
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
