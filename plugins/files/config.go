package filessource

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/sinusta/sinusta/plugins/sdk"
)

// Config is the plugin's configuration: which folders are searched.
type Config struct {
	// Roots are the folders, by a name that stays: it begins the ref and the
	// place of every file below.
	Roots map[string]Root `json:"roots"`
	// Type is the record type of the profile; without it the one that has the
	// fields path and text.
	Type string `json:"type,omitempty"`
	// Include are the patterns of the files that are searched; without it all.
	Include []string `json:"include,omitempty"`
	// Exclude are patterns of files and folders that are left out.
	Exclude []Exclusion `json:"exclude,omitempty"`
	// Owners tell whose the files of a mixed workspace are: the first that fits.
	// A file that none fits tells no owner.
	Owners []Owner `json:"owners,omitempty"`
	// Keys are the kinds of identifier that the files hold; without it all that
	// can be told in running text.
	Keys []string `json:"keys,omitempty"`
	// Index is the folder of the standing index, for this system alone; without
	// it every file is read in every search.
	Index  string  `json:"index,omitempty"`
	Limits *Limits `json:"limits,omitempty"`
	// Key seals the index: 32 characters or more that nobody can guess.
	Key sdk.Secret `json:"key,omitempty"`
}

// Root is one folder.
type Root struct {
	Path string `json:"path"`
	// MayBeEmpty says that the folder may rightly hold nothing. Without it an
	// empty folder counts as a share that is not mounted.
	MayBeEmpty bool `json:"may_be_empty,omitempty"`
}

// UnmarshalJSON reads a path, or a folder with its settings.
func (r *Root) UnmarshalJSON(data []byte) error {
	var path string
	if json.Unmarshal(data, &path) == nil {
		*r = Root{Path: path}
		return nil
	}
	type plain Root
	var p plain
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if d.Decode(&p) != nil {
		return errors.New("want the path of a folder, or path and may_be_empty")
	}
	*r = Root(p)
	return nil
}

// Exclusion leaves files out, with the reason, which stands in the report.
type Exclusion struct {
	Files  string `json:"files"`
	Reason string `json:"reason"`
}

// Owner says to which organisation files belong.
type Owner struct {
	// Files is a pattern; Organisation is what the field owner_organisation
	// holds for them.
	Files        string `json:"files"`
	Organisation string `json:"organisation"`
}

// Limits bound a search. What is over one is told, never cut.
type Limits struct {
	// Files is how many files are listed at most.
	Files int `json:"files,omitempty"`
	// FileBytes is the largest file that is read, UnpackedBytes what it may
	// become, and FileSeconds how long it may take.
	FileBytes     int64 `json:"file_bytes,omitempty"`
	UnpackedBytes int64 `json:"unpacked_bytes,omitempty"`
	FileSeconds   int   `json:"file_seconds,omitempty"`
	// FetchBytes is the largest file that is given whole.
	FetchBytes int64 `json:"fetch_bytes,omitempty"`
	// Seconds is how long a search looks at files.
	Seconds int `json:"seconds,omitempty"`
}
