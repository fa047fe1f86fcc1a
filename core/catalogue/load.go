package catalogue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
)

// The files of an installation that this package reads.
const (
	OrganisationFile = "organisation.yaml"
	Folder           = "catalogue"
)

// Load reads organisation.yaml and catalogue/*.yaml below the folder home.
// The error holds every fault of every file, as strictyaml.Errors, and then
// there is no catalogue.
func Load(home string) (*Catalogue, error) {
	if _, err := os.Stat(home); err != nil {
		return nil, fmt.Errorf("open the installation: %w", err)
	}
	return LoadFS(os.DirFS(home))
}

// LoadFS is Load for an installation in fsys.
func LoadFS(fsys fs.FS) (*Catalogue, error) {
	var c Catalogue
	errs := []error{loadOrganisation(fsys, &c.Organisation)}
	files, err := EntryFiles(fsys)
	errs = append(errs, err)
	first := map[string]string{} // file of each id in lower case
	var entries []entry
	for _, file := range files {
		e := loadSystem(fsys, file)
		if other, twice := first[strings.ToLower(e.ID)]; twice && e.ID != "" {
			e.doc.Errorf("id", "%s has the same id; capital letters make no difference", other)
		} else {
			first[strings.ToLower(e.ID)] = file
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int { return CompareIDs(a.ID, b.ID) })
	c.arrange(entries)
	for _, e := range entries {
		errs = append(errs, e.doc.Err())
	}
	if err := strictyaml.Collect(Folder, errs...); err != nil {
		return nil, err
	}
	return &c, nil
}

// entry is a file of the catalogue as it was read.
type entry struct {
	*System
	doc *strictyaml.Document
}

// arrange puts stores and systems in their lists, gives each what it takes
// from elsewhere, and sub-registers to the systems that hold them.
func (c *Catalogue) arrange(entries []entry) {
	byID := map[string]*System{}
	for _, e := range entries {
		byID[e.ID] = e.System
		if e.Level == LevelStore {
			c.Stores = append(c.Stores, *e.System)
		}
	}
	inside := map[string][]System{}
	for _, sub := range []bool{false, true} { // parents first
		for _, e := range entries {
			if e.Level == LevelStore || (e.Parent != "") != sub {
				continue
			}
			var parent *System
			if sub {
				if parent = parentOf(e, byID); parent == nil {
					continue
				}
			}
			c.fill(e.System, parent)
			c.Organisation.Policies.apply(e.System)
			if e.doc.Err() == nil || e.ID != "" {
				checkKind(e.doc, e.System)
			}
			if len(e.Types) > 0 {
				inside[e.Parent] = append(inside[e.Parent], *e.System)
			}
		}
	}
	for _, e := range entries {
		if e.Level != LevelStore && len(e.Types) == 0 {
			e.SubRegisters = inside[e.ID]
			c.Systems = append(c.Systems, *e.System)
		}
	}
}

// parentOf gives the system that holds a sub-register, and notes a parent that
// can be none.
func parentOf(e entry, byID map[string]*System) *System {
	parent := byID[e.Parent]
	switch {
	case parent == nil:
		e.doc.Errorf("parent", "there is no entry %q", e.Parent)
	case parent == e.System || parent.Level == LevelStore || parent.Parent != "":
		e.doc.Errorf("parent", "%s cannot hold a sub-register; name the system itself", e.Parent)
	default:
		return parent
	}
	return nil
}

// EntryFiles lists the files of the catalogue folder below fsys, in the order
// of their ids. The error is of the type strictyaml.Errors. A file or folder there
// that looks like an entry and would not be read is a fault: a system that
// was forgotten without a word is the worst that can happen.
func EntryFiles(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, Folder)
	if errors.Is(err, fs.ErrNotExist) {
		d := strictyaml.NewDocument(Folder)
		d.Errorf("", "there is no such folder; make it, with one file <id>.yaml for each system (sinusta init makes one)")
		return nil, d.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("read the catalogue folder: %w", err)
	}
	var files []string
	var errs []error
	for _, e := range entries {
		d := strictyaml.NewDocument(path.Join(Folder, e.Name()))
		ext := strings.ToLower(path.Ext(e.Name()))
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			d.Errorf("", "folders in the catalogue are not read; move the entries to %s/", Folder)
		case path.Ext(e.Name()) == ".yaml":
			files = append(files, d.File)
		case ext == ".yaml" || ext == ".yml":
			d.Errorf("", "the file would not be read; its name must end in .yaml")
		}
		errs = append(errs, d.Err())
	}
	slices.SortFunc(files, CompareIDs)
	return files, strictyaml.Collect(Folder, errs...)
}

// LoadOrganisation reads organisation.yaml below the folder home, and no
// entry of the catalogue.
func LoadOrganisation(home string) (Organisation, error) {
	var o Organisation
	err := loadOrganisation(os.DirFS(home), &o)
	return o, err
}

func loadOrganisation(fsys fs.FS, o *Organisation) error {
	d := readFile(fsys, OrganisationFile, o)
	if d.Err() == nil || o.ID != "" {
		checkOrganisation(d, o)
	}
	if o.ArtificialCodes == "" {
		o.ArtificialCodes = IgnoreArtificial
	}
	return d.Err()
}

// DecodeEntry reads one entry as its file states it: without what it takes
// from its parent, its store and the organisation. The error is of the type
// strictyaml.Errors.
func DecodeEntry(file string, src []byte) (System, error) {
	s := System{File: file}
	d := strictyaml.Decode(file, src, &s)
	if d.Err() == nil || s.ID != "" {
		checkSystem(d, &s)
	}
	return s, d.Err()
}

func loadSystem(fsys fs.FS, file string) entry {
	var s System
	d := readFile(fsys, file, &s)
	s.File = file
	if d.Err() == nil || s.ID != "" {
		checkSystem(d, &s)
	}
	return entry{&s, d}
}

// readFile decodes one file; what cannot even be read is a fault of it.
func readFile(fsys fs.FS, file string, into any) *strictyaml.Document {
	src, err := fs.ReadFile(fsys, file)
	if err == nil {
		return strictyaml.Decode(file, src, into)
	}
	d := strictyaml.NewDocument(file)
	if errors.Is(err, fs.ErrNotExist) {
		d.Errorf("", "there is no such file; sinusta init makes one to fill in")
		return d
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	d.Errorf("", "cannot read the file: %v", err)
	return d
}
