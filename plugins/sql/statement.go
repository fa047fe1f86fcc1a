package sqlsource

import (
	"strconv"
	"strings"
)

// statement is SQL text with its bound parameters. Names enter it quoted and
// as the database's catalogue spells them; values enter as parameters only.
type statement struct {
	dialect *dialect
	text    strings.Builder
	args    []any
	bound   map[any]string // placeholders of the parameters, where they may be used again
	again   bool           // the same text will run with other parameters
}

// bind adds a parameter and gives its placeholder.
func (s *statement) bind(v any) string {
	again := s.dialect.reuses
	switch v.(type) {
	case string, int64:
	default:
		again = false
	}
	if again && s.bound[v] != "" {
		return s.bound[v]
	}
	s.args = append(s.args, v)
	mark := s.dialect.placeholder(len(s.args))
	if again {
		if s.bound == nil {
			s.bound = map[any]string{}
		}
		s.bound[v] = mark
	}
	return mark
}

// value adds a parameter that is compared with the column.
func (s *statement) value(v any, c column) string {
	mark := s.bind(v)
	if s.dialect.parameter == nil {
		return mark
	}
	return s.dialect.parameter(mark, c)
}

// matches compares a text expression with a pattern.
func (s *statement) matches(text, pattern string) string {
	if s.dialect.pattern != nil {
		pattern = s.dialect.pattern(pattern)
	}
	return s.dialect.like(text, s.bind(pattern))
}

func (s *statement) write(parts ...string) {
	for _, p := range parts {
		s.text.WriteString(p)
	}
}

func (s *statement) column(alias, name string) string { return alias + "." + s.dialect.quote(name) }

// alias of the set's table, and of the one between.
func (r *rowset) alias() string { return "t" + strconv.Itoa(r.index) }

func (r *rowset) throughAlias() string { return "h" + strconv.Itoa(r.index) }

// expr gives the expression of a column that the set reads.
func (s *statement) expr(r *rowset, c source) string {
	if c.through {
		return s.column(r.throughAlias(), c.column.Name)
	}
	return s.column(r.alias(), c.column.Name)
}

func (s *statement) from(r *rowset) string {
	return r.table.quoted(s.dialect.quote) + " " + r.alias() // AS is not Oracle's
}

// up joins from the set's rows towards the record's. A row that belongs to no
// record stays, with a key of nulls.
func (s *statement) up(r *rowset) {
	s.write(" FROM ", s.from(r))
	for ; r.parent != nil; r = r.parent {
		if r.through != nil {
			s.write(" LEFT JOIN ", r.through.quoted(s.dialect.quote), " ", r.throughAlias(), " ON ",
				s.on(r.throughAlias(), r.alias(), r.to))
		}
		s.write(" LEFT JOIN ", s.from(r.parent), " ON ", s.on(r.joinAlias(), r.parent.alias(), r.join))
	}
}

// down joins from the record's rows to the set's.
func (s *statement) down(r *rowset) {
	if r.parent == nil {
		s.write(" FROM ", s.from(r))
		return
	}
	s.down(r.parent)
	if r.through != nil {
		s.write(" JOIN ", r.through.quoted(s.dialect.quote), " ", r.throughAlias(), " ON ",
			s.on(r.throughAlias(), r.parent.alias(), r.join))
		s.write(" JOIN ", s.from(r), " ON ", s.on(r.throughAlias(), r.alias(), r.to))
		return
	}
	s.write(" JOIN ", s.from(r), " ON ", s.on(r.alias(), r.parent.alias(), r.join))
}

// joinAlias is the table of a set that touches its parent.
func (r *rowset) joinAlias() string {
	if r.through != nil {
		return r.throughAlias()
	}
	return r.alias()
}

func (s *statement) on(here, there string, pairs []pair) string {
	terms := make([]string, len(pairs))
	for i, p := range pairs {
		terms[i] = s.column(here, p.here) + " = " + s.column(there, p.there)
	}
	return strings.Join(terms, " AND ")
}

// keys gives the expressions of a set's key.
func (s *statement) keys(r *rowset) []string { return s.values(r, r.key) }

// values gives the expressions of columns as parts of a key.
func (s *statement) values(r *rowset, columns []column) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = s.dialect.key(s.column(r.alias(), c.Name), c)
	}
	return out
}

// among limits the columns of a table to those of the keys, or to all that
// have one of their refs.
func (s *statement) among(alias string, columns []column, keys []key, alike bool) string {
	in := func(at int, keys ...key) string {
		var marks []string
		for _, k := range keys {
			values := []any{k[at].bind}
			if alike && s.dialect.looseTypes {
				values = k[at].alike()
			}
			for _, v := range values {
				marks = append(marks, s.value(v, columns[at]))
			}
		}
		return s.column(alias, columns[at].Name) + " IN (" + strings.Join(marks, ", ") + ")"
	}
	if len(columns) == 1 {
		return in(0, keys...)
	}
	terms := make([]string, len(keys))
	for i, k := range keys {
		parts := make([]string, len(k))
		for j := range k {
			parts[j] = in(j, k)
		}
		terms[i] = strings.Join(parts, " AND ")
	}
	return anyOf(terms)
}

// anyOf joins terms by OR as a balanced tree, since databases bound how deep
// an expression may nest. No term gives "".
func anyOf(terms []string) string {
	switch len(terms) {
	case 0:
		return ""
	case 1:
		return "(" + terms[0] + ")"
	}
	half := len(terms) / 2
	return "(" + anyOf(terms[:half]) + " OR " + anyOf(terms[half:]) + ")"
}

// fetchStatement reads the rows of a set that belong to the records with the
// keys: the record's key, the parent's if that is a part, the set's own, and
// its columns. Of the record's own table it reads every row with one of their
// refs.
func fetchStatement(d *dialect, root, r *rowset, keys []key) *statement {
	s := &statement{dialect: d, again: true}
	columns := s.keys(root)
	if r.parent != nil && r.parent.part != "" {
		columns = append(columns, s.keys(r.parent)...)
	}
	if r.part != "" {
		columns = append(columns, s.keys(r)...)
	}
	for _, at := range r.read() {
		columns = append(columns, d.read(s.expr(r, r.columns[at]), r.columns[at].column))
	}
	s.write("SELECT ", strings.Join(columns, ", "))
	s.down(r)
	s.write(" WHERE ", s.among(root.alias(), root.key, keys, r == root))
	return s
}

// reachedStatement gives which of the rows of a set's table, told by the
// values of columns, belong to some record, each with the columns that decide
// whether a search finds it there.
func reachedStatement(d *dialect, r *rowset, columns []column, rows []key) *statement {
	s := &statement{dialect: d}
	read := s.values(r, columns)
	for _, at := range r.searched {
		read = append(read, d.read(s.expr(r, r.columns[at]), r.columns[at].column))
	}
	s.write("SELECT ", strings.Join(read, ", "))
	s.down(r)
	s.write(" WHERE ", s.among(r.alias(), columns, rows, false))
	return s
}
