package mailsource

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// listMBox gives the messages of an mbox file, or of those in a folder.
func (i *instance) listMBox(ctx context.Context, box *mailbox, miss *missed) ([]message, error) {
	info, err := os.Stat(box.MBox)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return cutMBox(ctx, box, box.MBox, "")
	}
	var out []message
	err = filepath.WalkDir(box.MBox, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			if path == box.MBox {
				return err
			}
			miss.folders++
			return nil
		}
		rel, relErr := filepath.Rel(box.MBox, path)
		folder := filepath.ToSlash(rel)
		switch {
		case relErr != nil:
			return relErr
		case e.IsDir() && path != box.MBox && !i.rules.mayHold(folder):
			return fs.SkipDir
		case e.IsDir() || i.rules.leavesOut(folder) || strings.HasPrefix(e.Name(), "."):
			return nil
		case e.Type()&fs.ModeSymlink != 0:
			miss.links++
			return nil
		case !e.Type().IsRegular():
			miss.special++
			return nil
		}
		list, err := cutMBox(ctx, box, path, folder)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			miss.folders++
			return nil
		}
		out = append(out, list...)
		return nil
	})
	return out, err
}

var errNoMBox = errors.New("no mbox file: its first line does not begin with From")

// cutMBox finds the messages in an mbox file: each begins with a line "From "
// at the beginning of the file or behind an empty line, as every writer of the
// format takes care of.
func cutMBox(ctx context.Context, box *mailbox, path, folder string) ([]message, error) {
	f, err := os.OpenFile(path, openFlags, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	var out []message
	r := bufio.NewReaderSize(f, 256<<10)
	at, empty, began := int64(0), true, true // began: at the beginning of a line
	for {
		line, err := r.ReadSlice('\n')
		if began && empty && bytes.HasPrefix(line, []byte("From ")) {
			if n := len(out); n > 0 {
				out[n-1].size = at - out[n-1].from
			}
			out = append(out, message{box: box, folder: folder, key: folder + "@" + strconv.FormatInt(at, 10), path: path, from: at})
			if len(out)%1000 == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
		} else if len(out) == 0 && len(bytes.TrimSpace(line)) > 0 {
			return nil, errNoMBox
		}
		if began {
			empty = len(bytes.TrimRight(line, "\r\n")) == 0
		}
		began = !errors.Is(err, bufio.ErrBufferFull)
		if !began {
			empty = false
		}
		at += int64(len(line))
		switch {
		case errors.Is(err, io.EOF):
			if n := len(out); n > 0 {
				out[n-1].size = at - out[n-1].from
			}
			return out, nil
		case err != nil && began:
			return nil, err
		}
	}
}
