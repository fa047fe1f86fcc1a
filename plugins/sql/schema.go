package sqlsource

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// querier runs statements: a *sql.DB, *sql.Conn or *sql.Tx.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// class is what a column can hold, as far as reading and comparing need it.
type class int

const (
	classOther   class = iota // read and compared through its text form
	classText                 // text that compares with text as it is
	classInteger              // whole numbers of limit bits
	classDecimal              // numbers read as exact text
	classFlag
	classDate
	classTime  // a timestamp without zone
	classZoned // a timestamp with its zone
	classBinary
	classList // several values, read as a JSON list
)

// folding is what a collation passes over when it compares.
type folding int

const (
	foldsNothing folding = iota
	foldsBlanks          // blanks at the end
	foldsLetters         // case, accents and blanks at the end
)

// column is one column as the database's catalogue has it.
type column struct {
	Name  string
	Class class
	// Type is the database's own word for the type, in lower case, where the
	// dialect needs it.
	Type string
	// Bits is the width of an integer column, 0 for any.
	Bits int
	// Collation is that of a column of text, where the dialect needs it.
	Collation string
	// Encoding is that in which the database keeps the text, by PostgreSQL's
	// names; empty for one that has a place for every character.
	Encoding string
	// Element is the class of the values of a classList.
	Element class
	// Folds tells what the column's collation passes over.
	Folds folding
	// Unreadable is true when the account may not read the column.
	Unreadable bool
}

// table is one table or view as the database's catalogue has it.
type table struct {
	// Schema is empty where the database knows none.
	Schema, Name string
	Columns      []column
	// View is true for a view: it may be mapped, and need not be, since its
	// data are those of tables.
	View bool
	// Filtered is true when a policy of the database hides rows from the
	// account.
	Filtered bool
	// Writable is true when the account may change rows.
	Writable bool
	// Unique are the sets of columns that identify a row.
	Unique [][]string
}

// schema is what the database's catalogue says.
type schema struct {
	// Default is the schema of names without one.
	Default string
	Tables  []*table
	// FoldCase is true where names differ in case only by accident (SQLite).
	FoldCase bool
	// Hidden says why the database may hold tables that it does not show to
	// the account, and what to do; empty where it shows all.
	Hidden string
}

// display gives the table's name as a mapping writes it.
func (s *schema) display(t *table) string {
	if t.Schema == s.Default {
		return t.Name
	}
	return t.Schema + "." + t.Name
}

// find gives the table that a mapping calls name: a table of the default
// schema, or schema.table.
func (s *schema) find(name string) *table {
	for _, same := range s.comparisons() {
		for _, t := range s.Tables {
			if t.Schema == s.Default && same(t.Name, name) || s.Default != "" && same(t.Schema+"."+t.Name, name) {
				return t
			}
		}
	}
	return nil
}

func (s *schema) names() []string {
	var out []string
	for _, t := range s.Tables {
		out = append(out, s.display(t))
	}
	return out
}

// column gives the named column of t.
func (s *schema) column(t *table, name string) (column, bool) {
	for _, same := range s.comparisons() {
		for _, c := range t.Columns {
			if same(c.Name, name) {
				return c, true
			}
		}
	}
	return column{}, false
}

func (s *schema) comparisons() []func(a, b string) bool {
	equal := []func(a, b string) bool{func(a, b string) bool { return a == b }}
	if s.FoldCase {
		return append(equal, equalASCII)
	}
	return equal
}

// equalASCII compares as SQLite compares names: only A to Z have two cases.
func equalASCII(a, b string) bool { return lowerASCII(a) == lowerASCII(b) }

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func (t *table) columnNames() []string {
	var out []string
	for _, c := range t.Columns {
		out = append(out, c.Name)
	}
	return out
}

// identifies tells whether the columns hold one of the table's unique sets.
func (t *table) identifies(columns []string) bool {
	for _, set := range t.Unique {
		if !slices.ContainsFunc(set, func(c string) bool { return !slices.Contains(columns, c) }) {
			return true
		}
	}
	return false
}

// identity gives the columns that tell rows apart: a unique set, or else those
// by which the set is joined.
func (t *table) identity(set *rowset) []column {
	var names []string
	switch {
	case len(t.Unique) > 0:
		names = t.Unique[0]
	case set.through != nil:
		for _, p := range set.to {
			names = append(names, p.there)
		}
	default:
		for _, p := range set.join {
			names = append(names, p.here)
		}
	}
	var out []column
	for _, c := range t.Columns {
		if slices.Contains(names, c.Name) {
			out = append(out, c)
		}
	}
	return out
}

// quoted gives the table's name for a statement.
func (t *table) quoted(quote func(string) string) string {
	if t.Schema == "" {
		return quote(t.Name)
	}
	return quote(t.Schema) + "." + quote(t.Name)
}

// schemasOf gives the schemas that the mapping may touch: the default one, and
// whatever stands before a dot in the name of a table.
func schemasOf(c Config, standard string) []string {
	seen := map[string]bool{standard: true}
	note := func(table string) {
		for at, r := range table {
			if r == '.' && at > 0 {
				seen[table[:at]] = true
			}
		}
	}
	for name := range c.IgnoreTables {
		note(name)
	}
	for _, t := range c.Types {
		t.eachTable(note)
	}
	return sortedKeys(seen)
}
