package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
)

// Change is a file of the catalogue that an import makes or changes.
type Change struct {
	// File is its path below the installation, such as catalogue/V1.1.yaml.
	File string
	// New is true for a file that is not there yet.
	New bool
	// Text is the whole file.
	Text []byte
}

// Import reads a workbook of size bytes and gives what is to change in the
// catalogue of the installation in fsys; it writes nothing. A fault names
// sheet and cell (Fault, joined by errors.Join), and then there is no change
// at all. An entry that the workbook does not have is a fault too: an import
// deletes nothing.
func Import(src io.ReaderAt, size int64, fsys fs.FS) ([]Change, error) {
	r, err := read(src, size)
	if err != nil {
		return nil, err
	}
	current, err := rawEntries(fsys)
	if err != nil {
		return nil, err
	}
	var changes []Change
	var faults []error
	for _, old := range current {
		want, ok := r.entries[old.ID]
		if !ok {
			faults = append(faults, Fault{mainSheet, "", fmt.Sprintf("there is no row for %s; an import deletes nothing: delete %s by hand if it is to go", old.ID, old.File)})
			continue
		}
		want.File = old.File
		if canonical(old) == canonical(*want) {
			continue
		}
		was, err := fs.ReadFile(fsys, old.File)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", old.File, err)
		}
		text, err := merged(string(was), old, *want)
		if err != nil {
			return nil, err
		}
		changes = append(changes, Change{File: old.File, Text: []byte(text)})
	}
	for _, id := range r.order {
		if want := r.entries[id]; want.File == "" {
			want.File = path.Join(catalogue.Folder, id+".yaml")
			if !fs.ValidPath(want.File) || strings.ContainsAny(id, `/\`) {
				sheetName, cell := r.at.cell(id, "id")
				faults = append(faults, Fault{sheetName, cell, fmt.Sprintf("the id %q cannot name a file", id)})
				continue
			}
			changes = append(changes, Change{File: want.File, New: true, Text: []byte(canonical(*want))})
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if err := r.check(fsys, changes); err != nil {
		return nil, err
	}
	return changes, nil
}

// check loads the catalogue as it would be, and finds the cells of its faults.
func (r *reader) check(fsys fs.FS, changes []Change) error {
	_, err := catalogue.LoadFS(overlay{fsys, changes})
	var list strictyaml.Errors
	if !errors.As(err, &list) {
		return err
	}
	var faults []error
	for _, e := range list {
		id := strings.TrimSuffix(path.Base(e.File), ".yaml")
		if _, ours := r.at[id]; !ours || path.Dir(e.File) != catalogue.Folder {
			faults = append(faults, e)
			continue
		}
		sheetName, cell := r.at.cell(id, e.Path)
		faults = append(faults, Fault{sheetName, cell, e.Message})
	}
	return errors.Join(faults...)
}

// overlay is an installation with changes that nobody has written yet.
type overlay struct {
	fs.FS
	changes []Change
}

func (o overlay) find(name string) (Change, bool) {
	n := slices.IndexFunc(o.changes, func(c Change) bool { return c.File == name })
	if n < 0 {
		return Change{}, false
	}
	return o.changes[n], true
}

// ReadFile reads the changed file.
func (o overlay) ReadFile(name string) ([]byte, error) {
	if c, ok := o.find(name); ok {
		return bytes.Clone(c.Text), nil
	}
	return fs.ReadFile(o.FS, name)
}

// ReadDir lists the new files too.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.FS, name)
	if errors.Is(err, fs.ErrNotExist) && name == catalogue.Folder {
		err = nil
	}
	for _, c := range o.changes {
		if c.New && path.Dir(c.File) == name {
			entries = append(entries, fs.FileInfoToDirEntry(newFile{path.Base(c.File), int64(len(c.Text))}))
		}
	}
	return entries, err
}

// newFile is a file that is not written yet.
type newFile struct {
	name string
	size int64
}

func (f newFile) Name() string     { return f.name }
func (f newFile) Size() int64      { return f.size }
func (newFile) Mode() fs.FileMode  { return 0o600 }
func (newFile) ModTime() time.Time { return time.Time{} }
func (newFile) IsDir() bool        { return false }
func (newFile) Sys() any           { return nil }
