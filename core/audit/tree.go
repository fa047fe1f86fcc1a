package audit

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/mod/sumdb/tlog"
)

// tree is the right edge of a growing Merkle tree: the roots of its whole
// subtrees, the largest first.
type tree struct {
	n     int64
	roots []tlog.Hash
}

// push adds a leaf and gives the hashes that are stored with it: the leaf, then the
// subtrees that it completes. The slice is good until the next push.
func (t *tree) push(leaf tlog.Hash, hashes []tlog.Hash) []tlog.Hash {
	hashes = append(hashes[:0], leaf)
	for i := t.n; i&1 == 1; i >>= 1 {
		last := len(t.roots) - 1
		leaf = tlog.NodeHash(t.roots[last], leaf)
		t.roots = t.roots[:last]
		hashes = append(hashes, leaf)
	}
	t.roots = append(t.roots, leaf)
	t.n++
	return hashes
}

// root gives the hash of the tree as it is.
func (t *tree) root() tlog.Hash {
	if len(t.roots) == 0 {
		h, _ := tlog.TreeHash(0, nil) // reads nothing
		return h
	}
	h := t.roots[len(t.roots)-1]
	for i := len(t.roots) - 2; i >= 0; i-- {
		h = tlog.NodeHash(t.roots[i], h)
	}
	return h
}

// hashFile reads stored hashes.
type hashFile struct{ r io.ReaderAt }

// ReadHashes implements tlog.HashReader.
func (f hashFile) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if _, err := f.r.ReadAt(hashes[i][:], index*tlog.HashSize); err != nil {
			return nil, fmt.Errorf("read hash %d of audit/hashes: %w", index, err)
		}
	}
	return hashes, nil
}

// hashedEntries gives the number of entries whose hashes are all within size
// bytes of the hash file.
func hashedEntries(size int64) int64 {
	count := size / tlog.HashSize
	lo, hi := int64(0), count // StoredHashCount(n) is between n and 2n
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if tlog.StoredHashCount(mid) <= count {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return lo
}

func hashesSize(entries int64) int64 { return tlog.StoredHashCount(entries) * tlog.HashSize }

// writeHashes stores the hashes of the entries from n on.
func writeHashes(f *os.File, n int64, leaves []tlog.Hash) error {
	if len(leaves) == 0 {
		return nil
	}
	t := tree{n: n}
	if n > 0 {
		var indexes []int64
		for level, rest, start := 62, n, int64(0); level >= 0; level-- {
			if size := int64(1) << level; rest&size != 0 {
				indexes = append(indexes, tlog.StoredHashIndex(level, start>>level))
				start += size
			}
		}
		var err error
		if t.roots, err = (hashFile{f}).ReadHashes(indexes); err != nil {
			return err
		}
	}
	var buf []byte
	var hashes []tlog.Hash
	for _, leaf := range leaves {
		hashes = t.push(leaf, hashes)
		for _, h := range hashes {
			buf = append(buf, h[:]...)
		}
	}
	_, err := f.WriteAt(buf, hashesSize(n))
	return err
}
