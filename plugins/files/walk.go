package filessource

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/index"
	"github.com/sinusta/sinusta/plugins/sdk"
)

const (
	// deepest bounds folders in folders.
	deepest = 200
	// entriesAtOnce is how many entries of a folder are read at a time.
	entriesAtOnce = 1000
)

// rules say which paths are searched.
type rules struct {
	include []glob
	exclude []glob
	leftOut []core.LeftOut // without the roots
}

func newRules(c Config) (rules, error) {
	var r rules
	for n, pattern := range c.Include {
		g, err := parseGlob(pattern)
		if err != nil {
			return r, sdk.ConfigError(fmt.Sprintf("include[%d]", n), "%s", err)
		}
		r.include = append(r.include, g)
	}
	if len(r.include) > 0 {
		r.leftOut = append(r.leftOut, core.LeftOut{Column: "other than " + strings.Join(c.Include, ", "), Reason: "only these patterns are searched (include)"})
	}
	for n, e := range c.Exclude {
		at := fmt.Sprintf("exclude[%d]", n)
		g, err := parseGlob(e.Files)
		switch {
		case err != nil:
			return r, sdk.ConfigError(at+".files", "%s", err)
		case strings.TrimSpace(e.Reason) == "":
			return r, sdk.ConfigError(at+".reason", "give the reason why these files are left out; it stands in the report")
		}
		r.exclude = append(r.exclude, g)
		r.leftOut = append(r.leftOut, core.LeftOut{Column: e.Files, Reason: e.Reason})
	}
	return r, nil
}

func (r rules) excluded(path string) bool {
	return slices.ContainsFunc(r.exclude, func(g glob) bool { return g.match(path) })
}

func (r rules) included(path string) bool {
	return len(r.include) == 0 || slices.ContainsFunc(r.include, func(g glob) bool { return g.match(path) })
}

// file is a file as the listing of its folder showed it.
type file struct {
	root *root
	// rel is the path below the root with slashes, byte by byte as the file
	// system has it; it may be no UTF-8.
	rel  string
	info fs.FileInfo
}

func (f file) id() string { return index.ID(f.root.name, f.rel) }

// ref is the ref of the file's record.
func (f file) ref(recordType string) string {
	return recordType + "/" + f.root.name + "/" + url.PathEscape(f.rel)
}

// shown is the path as people read it. A name that is no UTF-8 was written on
// a system with one byte for a letter.
func (f file) shown() string {
	s := f.rel
	if !utf8.ValidString(s) {
		if decoded, err := charmap.Windows1252.NewDecoder().String(s); err == nil {
			s = decoded
		}
	}
	return strings.ToValidUTF8(norm.NFC.String(s), "\uFFFD")
}

// listing is what the folders hold now.
type listing struct {
	files []file // in the order of their refs
	// What cannot be searched, counted.
	folders  int // that the account may not read
	deep     int // folders in too many folders
	links    int // that lead out of the root, or nowhere
	special  int // devices, pipes and sockets
	vanished int // went away while they were listed
	cut      bool
}

// list lists every root.
func (i *instance) list(ctx context.Context, progress func(uint64)) (*listing, error) {
	l := &listing{}
	for n := range i.roots {
		if err := i.listRoot(ctx, l, &i.roots[n], progress); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(l.files, func(a, b file) int { return cmp.Or(cmp.Compare(a.root.name, b.root.name), cmp.Compare(a.rel, b.rel)) })
	return l, nil
}

func (i *instance) listRoot(ctx context.Context, l *listing, r *root, progress func(uint64)) error {
	at, err := os.OpenRoot(r.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return sdk.TransientError("the folder "+r.name+" is not there: see that the share is mounted, or correct roots."+r.name, err)
	case errors.Is(err, fs.ErrPermission):
		return sdk.AuthError("the account may not read the folder "+r.name+"; give it the right to read", err)
	case err != nil:
		return sdk.TransientError("the folder "+r.name+" cannot be read", err)
	}
	defer func() { _ = at.Close() }() // only read
	w := &walker{instance: i, listing: l, root: r, at: at, progress: progress}
	if err := w.folder(ctx, ".", "", 0); err != nil {
		return err
	}
	if w.entries == 0 && !r.mayBeEmpty {
		return sdk.TransientError("the folder "+r.name+" holds nothing at all: see that the share is mounted, or say may_be_empty", errors.New("empty"))
	}
	return nil
}

// walker lists one root.
type walker struct {
	*instance
	*listing
	root     *root
	at       *os.Root
	entries  int
	progress func(uint64)
}

// folder lists the folder at the path; rel is that path with slashes.
func (w *walker) folder(ctx context.Context, path, rel string, depth int) error {
	if depth > deepest {
		w.deep++
		return nil
	}
	dir, err := w.at.Open(path)
	switch {
	case err != nil && depth == 0:
		return sdk.AuthError("the folder "+w.root.name+" cannot be listed; give the account the right to read", err)
	case errors.Is(err, fs.ErrNotExist):
		w.vanished++
		return nil
	case err != nil:
		w.folders++
		return nil
	}
	defer dir.Close() // only read
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		entries, err := dir.ReadDir(entriesAtOnce)
		for _, e := range entries {
			if err := w.entry(ctx, path, rel, e, depth); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF) || err == nil && len(entries) == 0:
			return nil
		case err != nil && depth == 0:
			return sdk.TransientError("the folder "+w.root.name+" cannot be listed to its end", err)
		case err != nil:
			w.folders++
			return nil
		}
	}
}

func (w *walker) entry(ctx context.Context, dir, rel string, e fs.DirEntry, depth int) error {
	w.entries++
	path, below := filepath.Join(dir, e.Name()), e.Name()
	if rel != "" {
		below = rel + "/" + e.Name()
	}
	if w.rules.excluded(below) {
		return nil
	}
	switch {
	case e.IsDir():
		return w.folder(ctx, path, below, depth+1)
	case !w.rules.included(below):
		return nil
	case e.Type()&fs.ModeSymlink != 0:
		w.link(path)
		return nil
	case !e.Type().IsRegular():
		w.special++
		return nil
	}
	info, err := e.Info()
	if err != nil {
		w.vanished++
		return nil //nolint:nilerr // it is counted and told
	}
	if len(w.files) >= w.mostFiles {
		w.cut = true
		return nil
	}
	w.files = append(w.files, file{w.root, below, info})
	if len(w.files)%1000 == 0 {
		w.progress(uint64(len(w.files)))
	}
	return nil
}

// link counts a link that leads out of the root, or nowhere. What one inside
// leads to is listed where it is.
func (w *walker) link(path string) {
	home, err := filepath.EvalSymlinks(w.root.path)
	if err == nil {
		var target string
		if target, err = filepath.EvalSymlinks(filepath.Join(home, path)); err == nil && within(target, home) {
			return
		}
	}
	w.links++
}
