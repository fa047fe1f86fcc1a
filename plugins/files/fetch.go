package filessource

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

func nobodys() error {
	return sdk.DataError("the ref names no file that can be read; search anew", errors.New("ref"))
}

// Fetch reads a whole file by the ref that its record gave. Its digest is that
// of the search, or it ends with an error.
func (i *instance) Fetch(ctx context.Context, ref string) (io.ReadCloser, error) {
	f, digest, ok := i.located(ref)
	if !ok {
		return nil, nobodys()
	}
	open, err := openFile(f)
	switch {
	case errors.Is(err, os.ErrPermission):
		return nil, sdk.AuthError("the account may not read the file; give it the right to", err)
	case err != nil:
		return nil, nobodys()
	}
	info, err := open.Stat()
	switch {
	case err != nil || !info.Mode().IsRegular():
		_ = open.Close()
		return nil, nobodys()
	case info.Size() > i.fetch:
		_ = open.Close()
		return nil, &core.Problem{Class: core.ClassTruncated, Origin: core.OriginSystem, ConfigPath: "limits.fetch_bytes",
			Message: fmt.Sprintf("the file is larger than the bound of %d bytes and is not given; raise the bound, or get it from the share", i.fetch)}
	}
	return &fetching{ctx: ctx, file: open, hash: sha256.New(), want: digest, left: info.Size()}, nil
}

// located gives the file of a ref and its digest.
func (i *instance) located(ref string) (file, string, bool) {
	record, digest, ok := strings.Cut(ref, fetchMark)
	words := strings.Split(record, "/")
	if !ok || len(words) != 3 || words[0] != i.profile.Name {
		return file{}, "", false
	}
	rel, err := url.PathUnescape(words[2])
	if err != nil || i.rules.hides(rel) {
		return file{}, "", false
	}
	for n := range i.roots {
		if i.roots[n].name == words[1] {
			return file{root: &i.roots[n], rel: rel}, digest, true
		}
	}
	return file{}, "", false
}

// hides tells whether a path, or a folder above it, is left out.
func (r rules) hides(path string) bool {
	for at := range len(path) {
		if path[at] == '/' && r.excluded(path[:at]) {
			return true
		}
	}
	return r.excluded(path) || !r.included(path)
}

// fetching is a file that is being read.
type fetching struct {
	ctx  context.Context //nolint:containedctx // io.Reader takes none, and the reading stops when it ends
	file *os.File
	hash hash.Hash
	want string
	left int64 // a file that grows meanwhile is another one
}

// Read implements io.Reader.
func (f *fetching) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := f.file.Read(p)
	f.hash.Write(p[:n])
	f.left -= int64(n)
	switch {
	case f.left < 0, errors.Is(err, io.EOF) && hex.EncodeToString(f.hash.Sum(nil)) != f.want:
		return 0, sdk.DataError("the file is another one than the search found; search anew", errors.New("changed"))
	case err != nil && !errors.Is(err, io.EOF):
		return n, sdk.TransientError("the file cannot be read to its end", err)
	}
	return n, err
}

// Close implements io.Closer.
func (f *fetching) Close() error { return f.file.Close() }
