package sqlsource

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
)

// findStatements gives the statements that together find the rows of a set
// that may agree with one of the queries: one, unless its parameters are more
// than the database takes, or none when the set holds nothing that they look
// for.
func (m *matcher) findStatements(d *dialect, root, r *rowset) []*statement {
	return m.findSome(d, root, r, m.sets)
}

// wholeStatement finds the rows of the records' own table as findStatements
// does, and reads them whole, at most so many. It gives nil when that takes
// more than one statement, or when the table holds nothing that is looked for.
func (m *matcher) wholeStatement(d *dialect, root *rowset, most int) *statement {
	st := m.findStatement(d, root, root, m.sets, root.read(), most)
	if st == nil || len(st.args) > d.maxArgs {
		return nil
	}
	return st
}

func (m *matcher) findSome(d *dialect, root, r *rowset, queries [][]*wanted) []*statement {
	st := m.findStatement(d, root, r, queries, r.searched, 0)
	switch {
	case st == nil:
		return nil
	case len(st.args) <= d.maxArgs || len(queries) < 2:
		return []*statement{st}
	}
	half := len(queries) / 2
	return append(m.findSome(d, root, r, queries[:half]), m.findSome(d, root, r, queries[half:])...)
}

// findStatement reads the record's key, what tells the row, then the columns
// at the positions, which hold those that decide; of at most so many rows, 0
// for all. It gives nil when the set holds nothing that the queries look for.
func (m *matcher) findStatement(d *dialect, root, r *rowset, queries [][]*wanted, positions []int, most int) *statement {
	s := &statement{dialect: d}
	columns := append(s.keys(root), s.values(r, r.identity)...)
	for _, at := range positions {
		c := r.columns[at]
		columns = append(columns, d.read(s.expr(r, c), c.column))
	}
	top, end := "", ""
	if most > 0 {
		top, end = d.limit(most)
	}
	s.write("SELECT ", top, strings.Join(columns, ", "))
	s.up(r)
	var terms []string
	for _, set := range queries {
		terms = append(terms, m.rowTerms(s, r, set)...)
	}
	if len(terms) == 0 {
		return nil
	}
	s.write(" WHERE ", anyOf(terms), end)
	return s
}

// rowTerms gives one condition for each place in a row of r where the set may
// agree: its fields, and each of its parties.
func (m *matcher) rowTerms(s *statement, r *rowset, set []*wanted) []string {
	var terms []string
	places := [][]boundField{r.fields}
	kinds := []map[core.Kind]bool{r.held}
	for _, p := range r.parties {
		places, kinds = append(places, p.fields), append(kinds, p.held)
	}
	for i, fields := range places {
		here, ok := m.split(set, kinds[i])
		if !ok {
			continue
		}
		if t := m.placeTerm(s, r, fields, here); t != "" {
			terms = append(terms, t)
		}
	}
	return terms
}

// split gives the identifiers of the set that a place holds; false when there
// are none, or when the rest stands nowhere in the record.
func (m *matcher) split(set []*wanted, kinds map[core.Kind]bool) ([]*wanted, bool) {
	var here []*wanted
	for _, w := range set {
		switch {
		case m.apart(w, set): // compared when the whole record is there
		case kinds[w.id.Kind]:
			here = append(here, w)
		case !m.recordKinds[w.id.Kind]:
			return nil, false
		}
	}
	return here, len(here) > 0
}

// placeTerm demands every identifier of one place. A date of birth beside
// another identifier is compared here only: it is written in too many ways.
func (m *matcher) placeTerm(s *statement, r *rowset, fields []boundField, here []*wanted) string {
	var all []string
	for _, w := range here {
		if w.id.Kind == core.DateOfBirth && len(here) > 1 {
			continue
		}
		var any []string
		for _, f := range fields {
			if identifies(f.profile) != w.id.Kind || f.profile.NamePart == "given" {
				continue
			}
			for _, at := range f.at {
				any = append(any, m.columnTerms(s, r, r.columns[at], w)...)
			}
		}
		if len(any) == 0 {
			return ""
		}
		all = append(all, anyOf(any))
	}
	return strings.Join(all, " AND ")
}

// columnTerms gives the conditions, any of which lets a column agree with w.
// Bytes are compared here only.
func (m *matcher) columnTerms(s *statement, r *rowset, c source, w *wanted) []string {
	expr := s.expr(r, c)
	if w.id.Kind == core.TimeOfContact {
		return m.contactTerms(s, r, expr, c, w)
	}
	if c.path != nil {
		return m.memberTerms(s, expr, c, w)
	}
	blobs := s.dialect.blobs(expr, c.column)
	if blobs != "" && !s.dialect.looseTypes {
		return []string{blobs}
	}
	terms := m.textTerms(s, expr, c, w)
	if blobs != "" && len(terms) > 0 {
		terms = append(terms, blobs)
	}
	return terms
}

// textTerms is columnTerms for what is no bytes.
func (m *matcher) textTerms(s *statement, expr string, c source, w *wanted) []string {
	if c.exact && w.id.Kind != core.DateOfBirth && s.comparable(c.column) {
		if terms, ok := exactTerms(s, expr, c.column, spellings(w.id)); ok {
			return terms
		}
	}
	switch w.id.Kind {
	case core.DateOfBirth:
		return m.bornTerms(s, expr, c, w.id.Value)
	case core.Name:
		return nameTerms(s, func() string { return s.dialect.text(expr, c.column) }, w)
	default:
		var terms []string
		for _, p := range w.patterns {
			terms = append(terms, s.matches(s.dialect.text(expr, c.column), p))
		}
		return terms
	}
}

// comparable tells whether a column compares with an identifier as it is. A
// number with decimals, say, has several ways of writing one value.
func (s *statement) comparable(c column) bool {
	return s.dialect.looseTypes || c.Class == classText || c.Class == classInteger
}

// exactTerms compares without a function around the column, so that an index
// serves. ok is false where it is not known how the database keeps a value.
func exactTerms(s *statement, expr string, c column, values []string) (terms []string, ok bool) {
	var all []string
	for _, v := range values {
		ways, ok := s.dialect.storable(v, c.Encoding)
		if !ok {
			return nil, false
		}
		for _, way := range ways {
			if utf8.ValidString(v) { // any other is no identifier
				all = append(all, way)
			}
		}
	}
	var marks []string
	for _, v := range all {
		if strings.ContainsRune(v, 0) {
			continue // no such text can be stored
		}
		if c.Class == classInteger && c.Bits > 0 {
			if _, err := strconv.ParseInt(v, 10, c.Bits); err != nil {
				continue
			}
		}
		marks = append(marks, s.value(v, c))
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && s.dialect.looseTypes {
			marks = append(marks, s.bind(n)) // a column without a type keeps 1 and '1' apart
		}
	}
	if len(marks) == 0 {
		return nil, true
	}
	return []string{expr + " IN (" + strings.Join(marks, ", ") + ")"}, true
}

// nameTerms compares a text, whose expression it asks for anew wherever it
// stands in the statement.
func nameTerms(s *statement, text func() string, w *wanted) []string {
	var terms []string
	everything := false
	for _, p := range w.names {
		terms = append(terms, s.matches(text(), p.ascii))
		if p.foreign == "%" {
			everything = true
			continue
		}
		terms = append(terms, s.dialect.foreign(text(), 1)+" AND "+s.matches(text(), p.foreign))
	}
	if len(terms) == 0 {
		return nil
	}
	if everything {
		return append(terms, s.dialect.foreign(text(), 1))
	}
	return append(terms, s.dialect.foreign(text(), 2))
}

// bornTerms compares a day of birth with a column of dates or of text.
func (m *matcher) bornTerms(s *statement, expr string, c source, iso string) []string {
	day, err := time.ParseInLocation(time.DateOnly, iso, m.zone)
	if err != nil {
		return nil
	}
	next := day.AddDate(0, 0, 1)
	between := func(write func(time.Time) string) []string {
		return []string{expr + " >= " + s.value(write(day), c.column) + " AND " + expr + " < " + s.value(write(next), c.column)}
	}
	local := func(t time.Time) string { return t.Format(time.DateTime) }
	switch {
	case s.dialect.looseTypes:
	case c.column.Class == classDate && !s.dialect.datesHaveTimes:
		return []string{expr + " = " + s.value(iso, c.column)}
	case c.column.Class == classDate, c.column.Class == classTime:
		return between(local)
	case c.column.Class == classZoned:
		return between(s.dialect.instant)
	}
	var terms []string
	for _, p := range slices.Compact(bornPatterns(iso)) {
		terms = append(terms, s.matches(s.dialect.text(expr, c.column), p))
	}
	return terms
}
