package document

import (
	"errors"
	"hash/maphash"
	"io"
)

const (
	blockBytes  = 64 << 10
	blocksKept  = 16
	noBlockKept = -1
)

// source reads a file in blocks, notes a digest of each, and so notices when
// a block that is read again has other bytes, or the file another length.
type source struct {
	r      io.ReaderAt
	size   int64
	alive  func() error // nil while the reading may go on
	seed   maphash.Seed
	digest map[int64]uint64
	kept   [blocksKept]struct {
		number int64
		data   []byte
	}
}

func newSource(r io.ReaderAt, size int64, alive func() error) *source {
	s := &source{r: r, size: size, alive: alive, seed: maphash.MakeSeed(), digest: map[int64]uint64{}}
	for i := range s.kept {
		s.kept[i].number = noBlockKept
	}
	return s
}

// ReadAt gives the bytes at off, or why there are none.
func (s *source) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fault(ReasonDamaged)
	}
	n := 0
	for n < len(p) {
		if off >= s.size {
			return n, io.EOF
		}
		data, err := s.block(off / blockBytes)
		if err != nil {
			return n, err
		}
		m := copy(p[n:], data[off%blockBytes:])
		n, off = n+m, off+int64(m)
	}
	return n, nil
}

func (s *source) block(number int64) ([]byte, error) {
	slot := &s.kept[number%blocksKept]
	if slot.number == number {
		return slot.data, nil
	}
	slot.number = noBlockKept
	if slot.data == nil {
		slot.data = make([]byte, blockBytes)
	}
	data, err := s.read(slot.data[:blockBytes], number)
	if err != nil {
		return nil, err
	}
	slot.number, slot.data = number, data
	return data, nil
}

func (s *source) read(into []byte, number int64) ([]byte, error) {
	if err := s.alive(); err != nil {
		return nil, err
	}
	off := number * blockBytes
	data := into[:min(blockBytes, s.size-off)]
	n, err := s.r.ReadAt(data, off)
	switch {
	case n == len(data):
	case err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fault(ReasonChanged) // shorter than it was
	default:
		return nil, fault(ReasonUnread)
	}
	sum := maphash.Bytes(s.seed, data)
	if before, seen := s.digest[number]; seen && before != sum {
		return nil, fault(ReasonChanged)
	}
	s.digest[number] = sum
	return data, nil
}

// verify reads every block that was read once more: a file that was replaced
// meanwhile gave half of the old and half of the new.
func (s *source) verify() error {
	buf := make([]byte, blockBytes)
	for number := range s.digest {
		if _, err := s.read(buf, number); err != nil {
			return err
		}
	}
	if n, _ := s.r.ReadAt(buf[:1], s.size); n > 0 {
		return fault(ReasonChanged) // longer than it was
	}
	return nil
}
