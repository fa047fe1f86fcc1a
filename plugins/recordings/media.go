package recordings

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

const (
	// mediaField is the field of the profiles that points at a recording.
	mediaField = "media"
	// fetchMark parts the ref of a record from the path of its recording. A
	// ref's own such sign is escaped.
	fetchMark = "#"
	// mostFiles bounds how many recordings are compared with the rows.
	mostFiles = 1_000_000
)

// pathOf gives the path below the folder of what the metadata call a
// recording; false for one that leads out of it.
func (i *instance) pathOf(text string) (string, bool) {
	path := strings.ReplaceAll(strings.TrimSpace(text), `\`, "/")
	for _, before := range i.config.Strip {
		if rest, ok := strings.CutPrefix(path, strings.ReplaceAll(before, `\`, "/")); ok {
			path = rest
			break
		}
	}
	path = strings.TrimLeft(path, "/") + i.config.Suffix
	return path, fs.ValidPath(path) && path != "."
}

// stat looks at a recording. Names that a Mac wrote hold decomposed letters.
func (i *instance) stat(path string) (string, fs.FileInfo, error) {
	info, err := i.root.Stat(path)
	for _, form := range []norm.Form{norm.NFC, norm.NFD} {
		if other := form.String(path); errors.Is(err, fs.ErrNotExist) && other != path {
			if found, again := i.root.Stat(other); again == nil {
				return other, found, nil
			}
		}
	}
	return path, info, err
}

// recording gives what a record says of its recording, and what is wrong with
// it.
func (i *instance) recording(ref, text string) (core.Value, *core.Problem) {
	missing := core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable})
	path, ok := i.pathOf(text)
	if !ok {
		return missing, told(core.ClassPartial, "the metadata name recordings outside media.folder, which are not read; correct strip, or look them up")
	}
	path, info, err := i.stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missing, told(core.ClassPartial, "recordings that the metadata name are not in media.folder; find out where they are, or whether they were removed before their time")
	case err != nil || !info.Mode().IsRegular():
		return missing, told(core.ClassPartial, "recordings that the metadata name cannot be read, or are no plain files below media.folder")
	case info.Size() > i.config.Longest:
		return core.WithheldValue(core.Withheld{Reason: core.WithheldTooLarge, Size: info.Size()}),
			told(core.ClassTruncated, "recordings are longer than the bound of "+strconv.FormatInt(i.config.Longest, 10)+" bytes (media.longest) and are not given; raise it, or get them from the system")
	}
	return core.WithheldValue(core.Withheld{Reason: core.WithheldBinary, Size: info.Size(), Ref: ref + fetchMark + escaped(path)}), nil
}

func escaped(path string) string {
	words := strings.Split(path, "/")
	for n, w := range words {
		words[n] = url.PathEscape(w)
	}
	return strings.Join(words, "/")
}

func told(class core.Class, message string) *core.Problem {
	return &core.Problem{Class: class, Origin: core.OriginSystem, ConfigPath: "media", Message: message}
}

// Fetch reads a recording, by the ref that its record gave.
func (i *instance) Fetch(ctx context.Context, ref string) (io.ReadCloser, error) {
	_, rest, ok := strings.Cut(ref, fetchMark)
	path, err := url.PathUnescape(rest)
	if !ok || err != nil || i.root == nil || !fs.ValidPath(path) {
		return nil, nobodys()
	}
	info, err := i.root.Stat(path) // a pipe must not be opened at all
	if err != nil || !info.Mode().IsRegular() {
		return nil, nobodys()
	}
	file, err := i.root.Open(path)
	if err != nil {
		return nil, sdk.AuthError("the recording cannot be opened; give the account the right to read it", err)
	}
	if info, err = file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(nobodys(), file.Close())
	}
	if info.Size() > i.config.Longest {
		_ = file.Close()
		return nil, told(core.ClassTruncated, "the recording is longer than the bound of "+strconv.FormatInt(i.config.Longest, 10)+" bytes (media.longest) and is not given; raise it, or get it from the system")
	}
	return &reading{ctx: ctx, File: file, before: info}, nil
}

func nobodys() error {
	return &core.Problem{Class: core.ClassData, Origin: core.OriginSystem, Message: "the ref names no recording that there is; search anew"}
}

// reading is a recording that is being read. One that changes meanwhile is
// told: nobody could say what was given.
type reading struct {
	*os.File
	ctx    context.Context //nolint:containedctx // lives as long as one reading
	before fs.FileInfo
	read   int64
}

// Read implements io.Reader.
func (r *reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.File.Read(p)
	r.read += int64(n)
	switch {
	case r.read > r.before.Size():
		return 0, changed()
	case errors.Is(err, io.EOF):
		if after, bad := r.Stat(); bad != nil || r.read != r.before.Size() || !after.ModTime().Equal(r.before.ModTime()) {
			return 0, changed()
		}
		return n, io.EOF
	case err != nil:
		return n, sdk.TransientError("the recording could not be read to its end", err)
	}
	return n, nil
}

func changed() error {
	return &core.Problem{Class: core.ClassTransient, Origin: core.OriginSystem, Message: "the recording changed while it was read; read it again"}
}

// WriteTo is not that of os.File, which would pass Read by.
func (r *reading) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{r})
}

// withoutRow gives how many recordings in the folder no row names; more is
// true where there are too many to compare.
func (i *instance) withoutRow(ctx context.Context, tell func(core.Problem) error) (count int, more bool, err error) {
	files := map[[16]byte]struct{}{}
	err = fs.WalkDir(i.root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && path == ".":
			return folderProblem(err)
		case err != nil:
			more = true
			return fs.SkipDir
		case d.IsDir():
			return nil
		case len(files) >= mostFiles:
			more = true
			return fs.SkipAll
		}
		files[nameDigest(path)] = struct{}{}
		return nil
	})
	if err != nil {
		return 0, false, err
	}
	err = i.Values(ctx, mediaField, tell, func(text string) error {
		if path, ok := i.pathOf(text); ok {
			delete(files, nameDigest(path))
		}
		return ctx.Err()
	})
	return len(files), more, err
}

func nameDigest(path string) [16]byte {
	sum := sha256.Sum256([]byte(norm.NFC.String(path)))
	return [16]byte(sum[:16])
}
