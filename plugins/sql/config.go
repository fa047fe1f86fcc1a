package sqlsource

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// Config is the plugin's configuration: where the database is, and which
// column holds which field of the system's profile.
type Config struct {
	// Driver is sqlite, postgres, mariadb, mysql, sqlserver or oracle.
	Driver string `json:"driver"`
	// Database is the SQLite file. It must exist.
	Database string `json:"database,omitempty"`
	// DSN is the connection string of a server, with the password.
	DSN sdk.Secret `json:"dsn,omitempty"`
	// CAFile is the PEM file of the authority that signed the certificate of
	// a MariaDB or MySQL server: the connection is then encrypted and the
	// certificate checked.
	CAFile string `json:"ca_file,omitempty"`
	// Schema is the schema of table names without one: by default public in
	// PostgreSQL, the database of the connection in MariaDB and MySQL, that of
	// the account in SQL Server and Oracle.
	Schema string `json:"schema,omitempty"`
	// TimeZone is the zone of timestamps that are stored without one;
	// default Europe/Helsinki.
	TimeZone string `json:"time_zone,omitempty"`
	// Encoding is that of text that is no valid UTF-8, such as windows-1252,
	// in a database that does not know its own (SQLite, PostgreSQL's
	// SQL_ASCII). Without it such text is compared as Latin-1, and withheld.
	Encoding string `json:"encoding,omitempty"`
	// Types maps the record types of the profile.
	Types map[string]Type `json:"types"`
	// IgnoreTables gives the reason why each table that is not mapped holds
	// nothing to search.
	IgnoreTables map[string]string `json:"ignore_tables,omitempty"`
}

// Type maps one record type to a table and the tables that hang on it.
type Type struct {
	Table string `json:"table"`
	// Key are the columns that identify a row; they make the ref.
	Key []string `json:"key"`
	// Time is the column with the record's time.
	Time    string             `json:"time,omitempty"`
	Fields  map[string]Columns `json:"fields,omitempty"`
	Parties []Party            `json:"parties,omitempty"`
	Parts   []Part             `json:"parts,omitempty"`
	// Ignore gives the reason why each column that is not mapped is left out.
	Ignore map[string]string `json:"ignore,omitempty"`
}

// eachTable gives f the name of every table that the mapping names.
func (t Type) eachTable(f func(name string)) {
	codes := func(fields map[string]Columns) {
		for _, columns := range fields {
			for _, c := range columns {
				if c.CodeTable != nil {
					f(c.CodeTable.Table)
				}
			}
		}
	}
	parties := func(list []Party) {
		for _, p := range list {
			codes(p.Fields)
			f(p.Table)
			if p.Through != nil {
				f(p.Through.Table)
			}
		}
	}
	f(t.Table)
	codes(t.Fields)
	parties(t.Parties)
	for _, p := range t.Parts {
		f(p.Table)
		codes(p.Fields)
		if p.Through != nil {
			f(p.Through.Table)
		}
		parties(p.Parties)
	}
}

// Party maps the people in one slot, or, with SlotColumn, in the slot that a
// code column tells. Without Table its columns are those of the record's (or
// the part's) own row.
type Party struct {
	Slot       string             `json:"slot,omitempty"`
	SlotColumn string             `json:"slot_column,omitempty"`
	Slots      map[string]string  `json:"slots,omitempty"`
	Table      string             `json:"table,omitempty"`
	Join       map[string]string  `json:"join,omitempty"`
	Through    *Through           `json:"through,omitempty"`
	Fields     map[string]Columns `json:"fields"`
	Ignore     map[string]string  `json:"ignore,omitempty"`
}

// Part maps one type of part to its table.
type Part struct {
	Type    string             `json:"type"`
	Table   string             `json:"table"`
	Join    map[string]string  `json:"join,omitempty"`
	Through *Through           `json:"through,omitempty"`
	Key     []string           `json:"key"`
	Fields  map[string]Columns `json:"fields,omitempty"`
	Parties []Party            `json:"parties,omitempty"`
	Ignore  map[string]string  `json:"ignore,omitempty"`
}

// Through is a table between a row and the rows that hang on it. Its columns
// stand in the mapping as through.column.
type Through struct {
	Table string `json:"table"`
	// Join is column of this table: column of the row above.
	Join map[string]string `json:"join"`
	// To is column of this table: column of the table that is reached.
	To map[string]string `json:"to"`
}

// Column is the column of a field. In the mapping it is a name, or
// {column: name} with more.
type Column struct {
	Name string
	// Path are the names that lead to a member of the JSON in the column, from
	// the outermost; none for the column as it is.
	Path []string
	// Exact is true when the column holds the identifier in its normal form,
	// so that an indexed equality finds it. Otherwise every spelling is
	// looked for.
	Exact bool
	// Codes explain the values of a column of codes, in fi, sv and en.
	Codes map[string]catalogue.Text
	// CodeTable is a table of the database that does.
	CodeTable *CodeTable
}

// longColumn is a column as the mapping writes it in full.
type longColumn struct {
	Column    string                    `json:"column"`
	Path      []string                  `json:"path,omitempty"`
	Exact     bool                      `json:"exact,omitempty"`
	Codes     map[string]catalogue.Text `json:"codes,omitempty"`
	CodeTable *CodeTable                `json:"code_table,omitempty"`
}

// Columns are the columns of a field, one or a list: a field may stand in
// several columns (phone_work, phone_mobile).
type Columns []Column

// UnmarshalJSON reads a column name, {column, exact}, or a list of them.
func (c *Columns) UnmarshalJSON(data []byte) error {
	if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '[' {
		var list []Column
		if err := json.Unmarshal(data, &list); err != nil {
			return err
		}
		if len(list) == 0 {
			return errors.New("the list of columns is empty")
		}
		*c = list
		return nil
	}
	var one Column
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	*c = Columns{one}
	return nil
}

// MarshalJSON writes one column as itself, several as a list.
func (c Columns) MarshalJSON() ([]byte, error) {
	if len(c) == 1 {
		return json.Marshal(c[0])
	}
	return json.Marshal([]Column(c))
}

// UnmarshalJSON reads a column name or {column, path, exact, codes,
// code_table}.
func (c *Column) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &c.Name)
	}
	var long longColumn
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&long); err != nil {
		return fmt.Errorf("a column is a name, {column: name, exact: true}, or a list of them: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("a column is a name or {column: name, exact: true}")
	}
	*c = Column{Name: long.Column, Path: long.Path, Exact: long.Exact, Codes: long.Codes, CodeTable: long.CodeTable}
	return nil
}

// MarshalJSON writes the column as it may stand in the mapping.
func (c Column) MarshalJSON() ([]byte, error) {
	if !c.Exact && len(c.Path) == 0 && len(c.Codes) == 0 && c.CodeTable == nil {
		return json.Marshal(c.Name)
	}
	return json.Marshal(longColumn{c.Name, c.Path, c.Exact, c.Codes, c.CodeTable})
}
