package audit

import (
	"archive/zip"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

//go:embed export.txt
var exportText string

// The files of a bundle, besides checkpoints/<size>.note.
const (
	bundleReadme  = "README.txt"
	bundlePublic  = "audit.pub"
	bundleEntries = "entries.jsonl"
	bundleHashes  = "hashes"
	bundleNotes   = "checkpoints/"
)

// bundleLimit bounds what is read into memory from a bundle, in bytes.
const bundleLimit = 4 << 30

// Export signs a checkpoint over all entries and writes the log to w: a zip
// archive with the entries, the stored tree, the checkpoints, the public key, and a text
// that says how to verify it. It holds the names of officials, and no key that is secret.
func (l *Log) Export(ctx context.Context, w io.Writer) error {
	last, err := l.Checkpoint(ctx)
	if err != nil {
		return err
	}
	sizes, err := l.Checkpoints()
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	text := strings.NewReplacer("{KEY}", l.keys.public, "{SIZE}", fmt.Sprint(last.Size), "{ROOT}", last.Root).Replace(exportText)
	if err := errors.Join(addText(z, bundleReadme, text), addText(z, bundlePublic, l.keys.public+"\n")); err != nil {
		return explain("export the log", err)
	}
	if err := l.exportEntries(ctx, z, last.Size); err != nil {
		return err
	}
	if err := exportHashes(z, l.home, last.Size); err != nil {
		return explain("export the log", err)
	}
	for _, size := range sizes {
		c, err := l.readCheckpoint(size)
		if err != nil {
			return err
		}
		if err := addText(z, bundleNotes+checkpointName(size), c.Note); err != nil {
			return explain("export the log", err)
		}
	}
	return explain("export the log", z.Close())
}

func addText(z *zip.Writer, name, text string) error {
	f, err := z.Create(name)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, text)
	return err
}

// exportEntries copies the first n lines as they are; VerifyBundle judges them.
func (l *Log) exportEntries(ctx context.Context, z *zip.Writer, n int64) error {
	in, err := os.Open(entriesPath(l.home))
	if err != nil {
		return explain("export the log", err)
	}
	defer in.Close() // only read
	out, err := z.Create(bundleEntries)
	if err != nil {
		return explain("export the log", err)
	}
	lines := newLineReader(in)
	for range n {
		if err := ctx.Err(); err != nil {
			return explain("export the log", err)
		}
		line, _, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			_, err = out.Write(append(line, '\n')) // the newline stood there before
		}
		if err != nil {
			return explain("export the log", err)
		}
	}
	return nil
}

func exportHashes(z *zip.Writer, home string, n int64) error {
	in, err := os.Open(hashesPath(home))
	if err != nil {
		return err
	}
	defer in.Close() // only read
	out, err := z.Create(bundleHashes)
	if err != nil {
		return err
	}
	_, err = io.CopyN(out, in, hashesSize(n))
	return err
}

// VerifyBundle verifies what Export wrote, without any installation, as
// Verify does without the key. publicKey comes from the installation by another
// way; if it is empty, that of the bundle is believed, and then the bundle proves only that
// it agrees with itself. from is a checkpoint that was kept elsewhere, or nil.
func VerifyBundle(r io.ReaderAt, size int64, publicKey string, from *Checkpoint) (Result, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return Result{}, fmt.Errorf("audit: the bundle is %w: it is no zip archive, or was cut off", ErrInvalid)
	}
	own, err := readBundled(z, bundlePublic)
	if err != nil {
		return Result{}, err
	}
	if publicKey == "" {
		publicKey = string(own)
	}
	if strings.TrimSpace(string(own)) != strings.TrimSpace(publicKey) {
		return Result{}, fmt.Errorf("audit: %w: the bundle comes with another public key than the one given", ErrWrongKey)
	}
	k, err := publicKeys(publicKey)
	if err != nil {
		return Result{}, err
	}
	hashes, err := readBundled(z, bundleHashes)
	if err != nil {
		return Result{}, err
	}
	ev := &evidence{keys: k, hashes: bytes.NewReader(hashes), hashesSize: int64(len(hashes))}
	for _, f := range z.File {
		name, ok := strings.CutPrefix(f.Name, bundleNotes)
		if !ok {
			continue
		}
		var n int64
		if _, err := fmt.Sscanf(name, "%d", &n); err != nil || n < 0 || checkpointName(n) != name {
			return Result{}, fmt.Errorf("audit: the bundle is %w: it holds a file that is no checkpoint", ErrInvalid)
		}
		text, err := readBundled(z, f.Name)
		if err != nil {
			return Result{}, err
		}
		ev.checkpoints = append(ev.checkpoints, checkpointFile{n, string(text)})
	}
	entries, err := z.Open(bundleEntries)
	if err != nil {
		return Result{}, fmt.Errorf("audit: the bundle is %w: it holds no %s", ErrInvalid, bundleEntries)
	}
	defer func() { _ = entries.Close() }() // only read
	ev.entries = entries
	return ev.verify(from)
}

func readBundled(z *zip.Reader, name string) ([]byte, error) {
	f, err := z.Open(name)
	if err != nil {
		return nil, fmt.Errorf("audit: the bundle is %w: it holds no %s", ErrInvalid, name)
	}
	defer func() { _ = f.Close() }() // only read
	data, err := io.ReadAll(io.LimitReader(f, bundleLimit))
	if err != nil {
		return nil, fmt.Errorf("audit: the bundle is %w: %s is damaged", ErrInvalid, name)
	}
	return data, nil
}
