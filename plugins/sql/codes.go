package sqlsource

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// maxCodes bounds how many rows of a code table are read.
const maxCodes = 10_000

// CodeTable is a table of the database that explains codes.
type CodeTable struct {
	Table string `json:"table"`
	// Code is the column with the code.
	Code string `json:"code"`
	// Labels are the columns with the explanation, by language: fi, sv, en.
	Labels map[string]string `json:"labels"`
	// Where limits the rows, column: value, in a table that holds several
	// sets of codes.
	Where  map[string]string `json:"where,omitempty"`
	Ignore map[string]string `json:"ignore,omitempty"`
}

// codeSet explains the codes of a column.
type codeSet struct {
	path     string
	meanings map[string]*core.Meaning // by code
	set      *rowset                  // reads the code table, nil for none
	labels   map[string]int           // position of the column by language
	where    []pair                   // column, value
}

// meaning gives what a value stands for, nil for what is no known code.
func (c *codeSet) meaning(v core.Value) *core.Meaning {
	if c == nil || v.Type == core.TypeNull || v.Type == core.TypeWithheld {
		return nil
	}
	return c.meanings[tidy(v.Plain())]
}

// codes binds the explanations of a column's codes, nil for none.
func (k *compiler) codes(path string, c Column) (*codeSet, error) {
	if len(c.Codes) == 0 && c.CodeTable == nil {
		return nil, nil
	}
	out := &codeSet{path: path, meanings: map[string]*core.Meaning{}}
	for _, code := range slices.Sorted(maps.Keys(c.Codes)) {
		if c.Codes[code].IsZero() {
			return nil, sdk.ConfigError(join(join(path, "codes"), code), "explain the code in fi, sv or en")
		}
		out.meanings[tidy(code)] = meaningOf(c.Codes[code])
	}
	if c.CodeTable == nil {
		return out, nil
	}
	t, path := c.CodeTable, join(path, "code_table")
	out.set, out.labels = &rowset{path: path, time: -1}, map[string]int{}
	var err error
	if out.set.table, err = k.table(join(path, "table"), t.Table); err != nil {
		return nil, err
	}
	if _, err = k.read(join(path, "code"), out.set, Column{Name: t.Code}); err != nil {
		return nil, err
	}
	if len(t.Labels) == 0 {
		return nil, sdk.ConfigError(join(path, "labels"), "name the column with the explanation by language, such as fi: selite_fi")
	}
	for _, language := range slices.Sorted(maps.Keys(t.Labels)) {
		if !slices.Contains([]string{"fi", "sv", "en"}, language) {
			return nil, sdk.ConfigError(join(join(path, "labels"), language), "the languages are fi, sv and en")
		}
		if out.labels[language], err = k.read(join(join(path, "labels"), language), out.set, Column{Name: t.Labels[language]}); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Where)) {
		col, err := k.column(join(join(path, "where"), name), out.set.table, name)
		if err != nil {
			return nil, err
		}
		out.where = append(out.where, pair{col.Name, t.Where[name]})
	}
	k.plan.codes = append(k.plan.codes, out)
	return out, k.ignore(join(path, "ignore"), out.set, t.Ignore)
}

func meaningOf(t catalogue.Text) *core.Meaning { return &core.Meaning{FI: t.FI, SV: t.SV, EN: t.EN} }

// explain reads the code tables of the mapping. What the mapping says itself
// of a code goes before them.
func (s *session) explain(ctx context.Context, tell func(core.Problem) error) error {
	for _, c := range s.plan.codes {
		read, rows, positions := s.reader(), 0, c.set.read()
		err := s.each(ctx, codesStatement(s.dialect, c), func(raw []any) error {
			if rows++; rows > maxCodes {
				return errFound
			}
			values := read.row(raw, c.set, positions)
			code := tidy(values.text(0))
			if code == "" || c.meanings[code] != nil {
				return nil
			}
			text := func(language string) string {
				at, ok := c.labels[language]
				if !ok {
					return ""
				}
				return tidy(values.values[at].Plain())
			}
			c.meanings[code] = &core.Meaning{FI: text("fi"), SV: text("sv"), EN: text("en")}
			return nil
		})
		if err == errFound { //nolint:errorlint // it is the very one
			err = tell(core.Problem{Class: core.ClassConfig, Origin: core.OriginPlugin, ConfigPath: c.path,
				Message: "table " + c.set.table.Name + " has too many rows for a table of codes; some codes stay without an explanation; limit it by where"})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func codesStatement(d *dialect, c *codeSet) *statement {
	s := &statement{dialect: d}
	var columns, terms []string
	for _, col := range c.set.columns {
		columns = append(columns, d.read(s.expr(c.set, col), col.column))
	}
	s.write("SELECT ", strings.Join(columns, ", "), " FROM ", s.from(c.set))
	for _, w := range c.where {
		col := column{Name: w.here}
		for _, known := range c.set.table.Columns {
			if known.Name == w.here {
				col = known
			}
		}
		expr := s.column(c.set.alias(), w.here)
		if col.Class != classText && !d.looseTypes {
			expr = d.text(expr, col)
		}
		terms = append(terms, expr+" = "+s.value(w.there, col))
	}
	if len(terms) > 0 {
		s.write(" WHERE ", strings.Join(terms, " AND "))
	}
	return s
}
