package catalogue

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
)

// profileFiles holds one profile a file, named by its kind, and what all
// profiles share below common/: the groups of fields that slots take with
// `group:`, and the categories of personal data.
//
//go:embed profiles
var profileFiles embed.FS

const profileFolder = "profiles"

// personGroup is the only group of fields so far.
const personGroup = "person"

// Kinds gives the kinds of system that have a profile, sorted.
func Kinds() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for kind := range profilesByKind() {
			if !yield(kind) {
				return
			}
		}
	})
}

// ProfileFor gives the profile of a kind of system. The profile is read on
// the first call and shared afterwards: it must not be changed.
func ProfileFor(kind string) (*Profile, error) {
	read, ok := profilesByKind()[kind]
	if !ok {
		return nil, fmt.Errorf("kind %q has no profile; known kinds: %s", kind, strings.Join(Kinds(), ", "))
	}
	return read()
}

// CategoryTitle gives the name of a category of personal data in the three
// languages, and whether there is such a category.
func CategoryTitle(category string) (Text, bool) {
	t, ok := categories()[category]
	return t, ok
}

// PersonFields gives the fields that every slot with `group: person` has before
// its own. They are shared and must not be changed.
func PersonFields() ([]FieldProfile, error) { return personFields() }

// profilesByKind reads no file, so that a process pays for its own kind only.
var profilesByKind = sync.OnceValue(func() map[string]func() (*Profile, error) {
	entries, err := profileFiles.ReadDir(profileFolder)
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	out := map[string]func() (*Profile, error){}
	for _, e := range entries {
		if kind, isProfile := strings.CutSuffix(e.Name(), ".yaml"); isProfile {
			out[kind] = sync.OnceValues(func() (*Profile, error) { return readProfile(kind) })
		}
	}
	return out
})

var personFields = sync.OnceValues(func() ([]FieldProfile, error) {
	var file struct {
		Group  string         `yaml:"group"`
		Fields []FieldProfile `yaml:"fields"`
	}
	err := decodeEmbedded("common/person.yaml", &file)
	return file.Fields, err
})

var categories = sync.OnceValue(func() map[string]Text {
	var file struct {
		Categories map[string]Text `yaml:"categories"`
	}
	if err := decodeEmbedded("common/categories.yaml", &file); err != nil {
		panic(err) // a test reads the file
	}
	return file.Categories
})

func readProfile(kind string) (*Profile, error) {
	var p Profile
	if err := decodeEmbedded(kind+".yaml", &p); err != nil {
		return nil, err
	}
	if p.Kind != kind {
		return nil, fmt.Errorf("profile %s.yaml says kind %q", kind, p.Kind)
	}
	if err := expandGroups(p.Types); err != nil {
		return nil, fmt.Errorf("profile %s.yaml: %w", kind, err)
	}
	return &p, nil
}

// expandGroups puts the fields of a slot's group before its own.
func expandGroups(types []RecordType) error {
	for i := range types {
		for j := range types[i].Slots {
			s := &types[i].Slots[j]
			switch s.Group {
			case "":
			case personGroup:
				person, err := personFields()
				if err != nil {
					return err
				}
				s.Fields = slices.Concat(person, s.Fields)
			default:
				return fmt.Errorf("slot %s: no group of fields is called %q", s.Name, s.Group)
			}
		}
		if err := expandGroups(types[i].Parts); err != nil {
			return err
		}
	}
	return nil
}

func decodeEmbedded(name string, into any) error {
	file := path.Join(profileFolder, name)
	src, err := profileFiles.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read profile: %w", err)
	}
	return strictyaml.Decode(file, src, into).Err()
}
