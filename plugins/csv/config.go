package csvsource

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sinusta/sinusta/core/catalogue"
)

// Config is the plugin's configuration: the files of one system, and which
// column holds which field of its profile. The tags `doc`, `enum` and `need`
// make the JSON Schema for editors.
type Config struct {
	Folder      string            `json:"folder" need:"true" doc:"The folder with the files. Nothing outside it is read, also not through links."`
	TimeZone    string            `json:"time_zone,omitempty" doc:"Zone of times that are written without one; default Europe/Helsinki."`
	Files       map[string]*File  `json:"files" need:"true" doc:"The exports, each under a name of its own."`
	Types       map[string]*Type  `json:"types" need:"true" doc:"Record types of the system's profile."`
	IgnoreFiles map[string]string `json:"ignore_files,omitempty" doc:"Patterns of other files in the folder, each with the reason why it is not searched."`
	Limits      Limits            `json:"limits,omitempty" doc:"Bounds; each that is reached is told."`
}

// File says where one export is and how it is written.
type File struct {
	Pattern   string   `json:"pattern" need:"true" doc:"Path below the folder. * stands for any letters, ? for one; {yyyymmdd}, {yyyy-mm-dd}, {yyyymm}, {yyyy-mm-dd-HHMM} or {yyyymmddHHMMSS} for the time of the export."`
	Use       string   `json:"use,omitempty" enum:"newest,all" doc:"newest: each export replaces the one before (default). all: they go on from each other."`
	Every     string   `json:"every,omitempty" doc:"How often an export comes: 24h, 7d. One that is older makes the answer partial."`
	Encoding  string   `json:"encoding,omitempty" enum:"utf-8,windows-1252,iso-8859-1,iso-8859-15,utf-16,utf-16le,utf-16be" doc:"Default utf-8, with or without its mark."`
	Delimiter string   `json:"delimiter,omitempty" doc:"One character, or tab; default ;"`
	Quote     string   `json:"quote,omitempty" doc:"The character around values, doubled within them; none for no such; default the double quotation mark."`
	Header    *bool    `json:"header,omitempty" doc:"Whether the first row names the columns; default true."`
	Columns   []string `json:"columns,omitempty" doc:"The names of the columns in order. Needed without a header; with one the header must be these."`
	Skip      int      `json:"skip,omitempty" doc:"Lines before the header that are no data."`
	Unended   bool     `json:"unended,omitempty" doc:"The exporter writes no end of line after the last row. Otherwise such a row counts as cut off."`
	Decimal   string   `json:"decimal,omitempty" enum:"comma,point" doc:"Sign before the decimals; default comma."`
	Dates     []string `json:"dates,omitempty" doc:"How days are written: d.m.yyyy, yyyy-mm-dd. Default both."`
	Times     []string `json:"times,omitempty" doc:"How times are written: d.m.yyyy H:MM:SS, yyyy-mm-dd HH:MM, iso (with its zone), unix (seconds). Default the usual ones."`
}

// Type maps one record type to a file and those that hang on it.
type Type struct {
	File    string             `json:"file" need:"true" doc:"The name of the export, under files."`
	Key     []string           `json:"key" need:"true" doc:"The columns that identify a row; they make the ref."`
	Time    string             `json:"time,omitempty" doc:"The column with the record's time."`
	Fields  map[string]Columns `json:"fields,omitempty" doc:"Field of the record type: its column, or a list of them."`
	Texts   []string           `json:"texts,omitempty" doc:"Mapped fields of content whose running text is read for people: names in any form, codes, numbers and addresses."`
	Parties []*Party           `json:"parties,omitempty" doc:"The people in a row."`
	Parts   []*Part            `json:"parts,omitempty" doc:"Rows of other files that belong to the record."`
	Ignore  map[string]string  `json:"ignore,omitempty" doc:"Columns that are left out, each with the reason."`
}

// Party maps the people in one slot, or in the slot that a code tells.
type Party struct {
	Slot       string             `json:"slot,omitempty" doc:"The slot of the profile."`
	SlotColumn string             `json:"slot_column,omitempty" doc:"The column whose code tells the slot."`
	Slots      map[string]string  `json:"slots,omitempty" doc:"Code: slot."`
	Fields     map[string]Columns `json:"fields" need:"true" doc:"Field of the slot: its column, or a list of them."`
}

// Part maps one type of part to its file.
type Part struct {
	Type    string             `json:"type" need:"true" doc:"The part of the profile."`
	File    string             `json:"file" need:"true" doc:"The name of the export, under files."`
	Join    map[string]string  `json:"join" need:"true" doc:"Column of this file: column of the record's file."`
	Key     []string           `json:"key" need:"true" doc:"The columns that identify a row."`
	Fields  map[string]Columns `json:"fields,omitempty" doc:"Field of the part: its column, or a list of them."`
	Texts   []string           `json:"texts,omitempty" doc:"Mapped fields of content whose running text is read for people."`
	Parties []*Party           `json:"parties,omitempty" doc:"The people in a row."`
	Ignore  map[string]string  `json:"ignore,omitempty" doc:"Columns that are left out, each with the reason."`
}

// Limits are the bounds of a search.
type Limits struct {
	Row     int64  `json:"row,omitempty" doc:"Bytes of one row; default 16777216. A longer one is told and not read."`
	Broken  int    `json:"broken,omitempty" doc:"Broken rows after which a file is read no further; default 1000."`
	Unknown string `json:"unknown_length,omitempty" doc:"How long a contact may have lasted whose end no column tells; default 2h."`
}

// Column is the column of a field. In the mapping it is a name, or
// {column: name} with more.
type Column struct {
	Column string                    `json:"column" need:"true" doc:"The name in the header; #3 is the third column."`
	As     string                    `json:"as,omitempty" enum:"text,number,date,time,flag" doc:"What it holds; default text, in the form that the file declares."`
	Codes  map[string]catalogue.Text `json:"codes,omitempty" doc:"What codes mean, in fi, sv and en."`
}

// Columns are the columns of a field, one or a list.
type Columns []Column

// UnmarshalJSON reads a column name, {column, as, codes}, or a list of them.
func (c *Columns) UnmarshalJSON(data []byte) error {
	if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '[' {
		var list []json.RawMessage
		if err := json.Unmarshal(data, &list); err != nil {
			return err
		}
		if len(list) == 0 {
			return errors.New("the list of columns is empty")
		}
		for _, raw := range list {
			one, err := readColumn(raw)
			if err != nil {
				return err
			}
			*c = append(*c, one)
		}
		return nil
	}
	one, err := readColumn(data)
	*c = Columns{one}
	return err
}

func readColumn(data []byte) (c Column, err error) {
	if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '"' {
		return c, json.Unmarshal(data, &c.Column)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("a column is a name, {column: name, as: date}, or a list of them: %w", err)
	}
	return c, nil
}
