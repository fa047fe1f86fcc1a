package sourcepb

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// Digest is the digest of a search's refs, in the order of the stream. Plugin
// and host each compute their own; the completion is good when they agree.
type Digest struct{ h hash.Hash }

// NewDigest gives the digest of an empty stream.
func NewDigest() *Digest { return &Digest{sha256.New()} }

// Add adds the ref of the next record, after its length as four bytes.
func (d *Digest) Add(ref string) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(ref))) //nolint:gosec // a message is far below 4 GiB
	d.h.Write(n[:])
	d.h.Write([]byte(ref))
}

// Sum gives the digest of what was added so far.
func (d *Digest) Sum() []byte { return d.h.Sum(nil) }
