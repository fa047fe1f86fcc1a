package mailsource

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// content is a message that can be read from any place.
type content struct {
	io.ReaderAt
	io.Closer
	from, size int64
}

// all reads the message from its beginning.
func (c *content) all() *io.SectionReader { return io.NewSectionReader(c, c.from, c.size) }

// open opens the message.
func (m message) open() (*content, error) {
	if m.held != nil {
		return &content{bytes.NewReader(m.held), io.NopCloser(nil), 0, int64(len(m.held))}, nil
	}
	f, err := m.openFile()
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errChanged
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	c := &content{f, f, m.from, m.size}
	if c.size < 0 {
		c.size = info.Size()
	}
	return c, nil
}

// openFile opens the file of a message. One of a Maildir that a mail program
// renamed since it was listed is found by its unique name.
func (m message) openFile() (*os.File, error) {
	f, err := os.OpenFile(m.path, openFlags, 0)
	if !errors.Is(err, fs.ErrNotExist) || m.size >= 0 {
		return f, err
	}
	box := filepath.Dir(filepath.Dir(m.path))
	for _, sub := range []string{"cur", "new"} {
		entries, err := os.ReadDir(filepath.Join(box, sub))
		if err != nil {
			continue
		}
		if n := slices.IndexFunc(entries, func(e fs.DirEntry) bool { return unique(e.Name()) == unique(filepath.Base(m.path)) }); n >= 0 {
			return os.OpenFile(filepath.Join(box, sub, entries[n].Name()), openFlags, 0)
		}
	}
	return nil, fs.ErrNotExist
}
