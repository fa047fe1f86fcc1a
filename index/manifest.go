package index

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/sinusta/sinusta/core/durable"
)

const (
	manifestName  = "manifest"
	manifestMagic = "sinusta index manifest 1\n"
)

// manifest tells what a sound index on disk is: each of its files to the byte,
// and which version of which document it holds. It is sealed, written after
// everything else and removed before anything is changed, so that an index
// without it is one whose writing was cut off.
type manifest struct {
	// Basis is what documents are made by; another basis makes others.
	Basis string `json:"basis"`
	// Generation is the folder of the index below the place.
	Generation string              `json:"generation"`
	Files      map[string]fileMark `json:"files"`

	docs map[string]mark // by document id
}

// fileMark is what a file must be.
type fileMark struct {
	Size int64  `json:"size"`
	Sum  []byte `json:"sum"` // SHA-256
}

// mark is what is known of a document in the index.
type mark struct {
	version string // the caller's
	digest  string // of what was indexed
}

// errUnsound tells why an index on disk cannot be used. Its text holds no
// data.
type errUnsound struct{ reason string }

func (e errUnsound) Error() string { return "the index on disk cannot be used: " + e.reason }

// encode gives the manifest: the header as JSON, then the documents, which are
// many, in binary.
func (m *manifest) encode() ([]byte, error) {
	head, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	b := binary.AppendUvarint(nil, uint64(len(head)))
	b = append(b, head...)
	b = binary.AppendUvarint(b, uint64(len(m.docs)))
	for id, d := range m.docs {
		for _, s := range []string{id, d.version, d.digest} {
			b = binary.AppendUvarint(b, uint64(len(s)))
			b = append(b, s...)
		}
	}
	return b, nil
}

func decodeManifest(b []byte) (*manifest, error) {
	r := bytes.NewReader(b)
	next := func() ([]byte, error) {
		n, err := binary.ReadUvarint(r)
		if err != nil || n > uint64(r.Len()) {
			return nil, errors.Join(err, io.ErrUnexpectedEOF)
		}
		at := len(b) - r.Len()
		_, err = r.Seek(int64(n), io.SeekCurrent)
		return b[at : at+int(n)], err
	}
	head, err := next()
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(head, &m); err != nil {
		return nil, err
	}
	n, err := binary.ReadUvarint(r)
	if err != nil || n > uint64(r.Len()) {
		return nil, errors.Join(err, io.ErrUnexpectedEOF)
	}
	m.docs = make(map[string]mark, n)
	for range n {
		var parts [3]string
		for i := range parts {
			part, err := next()
			if err != nil {
				return nil, err
			}
			parts[i] = string(part)
		}
		m.docs[parts[0]] = mark{version: parts[1], digest: parts[2]}
	}
	return &m, nil
}

// bound is what the manifest is bound to: its form and the request's folder.
func (p Place) bound() []byte { return []byte(manifestMagic + filepath.Base(p.Dir)) }

// readManifest reads the manifest of a place: errUnsound tells why there is
// none that can be used.
func readManifest(p Place) (*manifest, error) {
	sealed, err := os.ReadFile(filepath.Join(p.Dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(p.Dir); errors.Is(err, fs.ErrNotExist) {
			return nil, errUnsound{"there is none yet"}
		}
		return nil, errUnsound{"its writing was cut off"}
	}
	if err != nil {
		return nil, errUnsound{"its manifest cannot be read"}
	}
	body, ok := bytes.CutPrefix(sealed, []byte(manifestMagic))
	if !ok {
		return nil, errUnsound{"its manifest is of another version or damaged"}
	}
	aead, err := fileAEAD(p.Key, manifestName)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, body, p.bound())
	if err != nil {
		return nil, errUnsound{"its manifest is damaged, or sealed under another key"}
	}
	m, err := decodeManifest(plain)
	if err != nil {
		return nil, errUnsound{"its manifest is of another version"}
	}
	return m, nil
}

// writeManifest marks the files of the generation as they are now.
func writeManifest(ctx context.Context, p Place, m *manifest) error {
	marks, err := markFiles(ctx, filepath.Join(p.Dir, m.Generation))
	if err != nil {
		return err
	}
	m.Files = marks
	plain, err := m.encode()
	if err != nil {
		return err
	}
	aead, err := fileAEAD(p.Key, manifestName)
	if err != nil {
		return err
	}
	return durable.Replace(filepath.Join(p.Dir, manifestName), append([]byte(manifestMagic), aead.Seal(nil, nil, plain, p.bound())...))
}

// sound tells whether the files of an index are those of its manifest, to the
// byte. Bleve would notice a flipped bit only in the pieces that a search
// reads, and offsets and counts lie outside the sealed pieces.
func (m *manifest) sound(ctx context.Context, p Place) error {
	if filepath.Base(m.Generation) != m.Generation {
		return errUnsound{"its manifest is of another version"}
	}
	have, err := markFiles(ctx, filepath.Join(p.Dir, m.Generation))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return errUnsound{"a file of it is missing or cannot be read"}
	}
	if len(have) != len(m.Files) {
		return errUnsound{"a file of it is missing or too many"}
	}
	for name, want := range m.Files {
		if got, ok := have[name]; !ok || got.Size != want.Size || !bytes.Equal(got.Sum, want.Sum) {
			return errUnsound{"a file of it was changed"}
		}
	}
	return nil
}

// markFiles gives the marks of all files below a folder, by slashed path.
func markFiles(ctx context.Context, dir string) (map[string]fileMark, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if !e.Type().IsRegular() {
			return fmt.Errorf("%s is no file", e.Name())
		}
		name, err := filepath.Rel(dir, path)
		names = append(names, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	marks := make([]fileMark, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		group.Go(func() (err error) {
			marks[i], err = markFile(ctx, filepath.Join(dir, name))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out := make(map[string]fileMark, len(names))
	for i, name := range names {
		out[filepath.ToSlash(name)] = marks[i]
	}
	return out, nil
}

func markFile(ctx context.Context, path string) (fileMark, error) {
	f, err := os.Open(path)
	if err != nil {
		return fileMark{}, err
	}
	defer f.Close() // only read
	h := sha256.New()
	m := fileMark{}
	for buf := make([]byte, 1<<20); ; {
		if err := ctx.Err(); err != nil {
			return fileMark{}, err
		}
		n, err := f.Read(buf)
		h.Write(buf[:n])
		m.Size += int64(n)
		if errors.Is(err, io.EOF) {
			m.Sum = h.Sum(nil)
			return m, nil
		}
		if err != nil {
			return fileMark{}, err
		}
	}
}
