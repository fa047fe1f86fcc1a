package sourcepb

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// Digest is the digest of a search's refs, in the order of the stream. Plugin
// and host each compute their own; the completion is good when they agree.
type Digest struct {
	h   hash.Hash
	buf []byte
}

// NewDigest gives the digest of an empty stream.
func NewDigest() *Digest { return &Digest{h: sha256.New()} }

// Add adds the ref of the next record, after its length as four bytes.
func (d *Digest) Add(ref string) {
	d.buf = binary.BigEndian.AppendUint32(d.buf[:0], uint32(len(ref))) //nolint:gosec // a message is far below 4 GiB
	d.buf = append(d.buf, ref...)
	d.h.Write(d.buf)
}

// Sum gives the digest of what was added so far.
func (d *Digest) Sum() []byte { return d.h.Sum(nil) }
