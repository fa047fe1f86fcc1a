package sqlsource

import (
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
)

// documents is how a database looks into a column of JSON. Names of members
// enter statements as parameters only.
type documents struct {
	// member is true where some value at the path, or one that the database
	// cannot tell from it, passes a test. tests gives the tests; text gives the
	// expression of a value's text, anew for each place where it stands, in
	// the order of the statement. What passes is compared here once more.
	member func(s *statement, expr string, c column, path []string, tests func(text func() string) []string) string
	// at gives the text at the path where no array stands on the way; nil where
	// member tells paths apart.
	at func(s *statement, expr string, path []string) string
	// beyond is true for a value that must be compared here whatever it holds,
	// for the database cannot read it as JSON; "" for none.
	beyond func(expr string, c column) string
	// escapes is true for a text in which an escape of JSON may hide a
	// character; nil where the database undoes them.
	escapes func(text string) string
	// searchable tells whether the database can look into the column.
	searchable func(c column) bool
}

// memberTerms gives the conditions, any of which lets a member of a document
// agree with w.
func (m *matcher) memberTerms(s *statement, expr string, c source, w *wanted) []string {
	d := s.dialect.documents
	if d == nil {
		return nil // compile has refused it
	}
	sought := false
	condition := d.member(s, expr, c.column, c.path, func(text func() string) []string {
		terms := memberTests(s, w, text)
		sought = len(terms) > 0
		if sought && d.escapes != nil {
			terms = append(terms, d.escapes(text()))
		}
		return terms
	})
	if !sought {
		return nil
	}
	out := []string{condition}
	if beyond := d.beyond(expr, c.column); beyond != "" {
		out = append(out, beyond)
	}
	return out
}

// memberTests gives the tests that let a text agree with w.
func memberTests(s *statement, w *wanted, text func() string) []string {
	plain := column{Class: classText}
	value := func() string { return s.dialect.text(text(), plain) }
	patterns := w.patterns
	switch w.id.Kind {
	case core.Name:
		return nameTerms(s, value, w)
	case core.DateOfBirth:
		patterns = slices.Compact(bornPatterns(w.id.Value))
	}
	var terms []string
	for _, p := range patterns {
		terms = append(terms, s.matches(value(), p))
	}
	return terms
}

// holdsMember is the dialect's holds for a member of a document. What it
// cannot tell counts as none.
func (d *dialect) holdsMember(s *statement, expr string, c source, kind core.Kind) string {
	if d.documents == nil {
		return "1 = 0"
	}
	holds := func(text func() string) []string {
		const place = "\x00" // of the text, which holds may name twice
		condition := d.holds(place, column{Class: classText}, kind)
		for strings.Contains(condition, place) {
			condition = strings.Replace(condition, place, text(), 1)
		}
		return []string{condition}
	}
	if d.documents.at == nil {
		return d.documents.member(s, expr, c.column, c.path, holds)
	}
	return holds(func() string { return d.documents.at(s, expr, c.path) })[0]
}

// strictPath gives the path of a member that stands in no array.
func strictPath(path []string) string {
	out := "$"
	for _, name := range path {
		out += "." + quotedMember(name)
	}
	return out
}

// quotedMember gives a name as the paths of JSON write it. A mapping holds none
// with a quotation mark or a backslash.
func quotedMember(name string) string { return `"` + name + `"` }

// postgresDocuments looks into json and jsonb. A column of text it could not
// tell from what is no JSON without failing.
func postgresDocuments() *documents {
	return &documents{
		searchable: func(c column) bool { return c.Type == "json" || c.Type == "jsonb" },
		member: func(s *statement, expr string, c column, path []string, tests func(func() string) []string) string {
			// Arrays in arrays are unwrapped as far as [*] stands.
			at := strings.Builder{}
			at.WriteString("lax $[*][*]")
			for _, name := range path {
				at.WriteString("." + quotedMember(name) + "[*][*]")
			}
			doc := "CAST(" + expr + " AS jsonb)"
			if c.Type == "json" {
				doc = "CASE WHEN " + nulEscape(expr) + " = 0 THEN " + doc + " END"
			}
			return "EXISTS (SELECT 1 FROM jsonb_path_query(" + doc + ", CAST(CAST(" + s.bind(at.String()) + " AS text) AS jsonpath)) AS j(x) WHERE " +
				anyOf(tests(func() string { return "(j.x #>> '{}')" })) + ")"
		},
		// jsonb has no place for the character 0, which json may hold.
		beyond: func(expr string, c column) string {
			if c.Type != "json" {
				return ""
			}
			return nulEscape(expr) + " > 0"
		},
	}
}

func nulEscape(expr string) string {
	return "position(CAST('" + `\u0000` + "' AS text) IN CAST(" + expr + " AS text))"
}

// sqliteDocuments looks at every value of the document: the paths of SQLite
// cannot pass through arrays.
func sqliteDocuments() *documents {
	text := func(expr string) string { return "CAST(" + expr + " AS TEXT)" }
	return &documents{
		searchable: func(column) bool { return true },
		member: func(_ *statement, expr string, _ column, _ []string, tests func(func() string) []string) string {
			return "EXISTS (SELECT 1 FROM json_tree(CASE WHEN json_valid(" + text(expr) + ") THEN " + text(expr) + " END) AS j WHERE " +
				anyOf(tests(func() string { return "j.atom" })) + ")"
		},
		at: func(s *statement, expr string, path []string) string {
			return "CASE WHEN json_valid(" + text(expr) + ") THEN json_extract(" + text(expr) + ", " + s.bind(strictPath(path)) + ") END"
		},
		beyond: func(expr string, _ column) string {
			return "NOT json_valid(" + text(expr) + ") AND trim(" + text(expr) + ", char(9, 10, 13, 32)) <> ''"
		},
	}
}

// mysqlDocuments looks at the values that stand behind the names in order.
// The server gives them as they are written, so what holds an escaped
// character is compared here.
func mysqlDocuments() *documents {
	text := func(expr string) string { return "CONVERT(" + expr + " USING utf8mb4)" }
	return &documents{
		searchable: func(c column) bool { return c.Class == classText || c.Type == "json" },
		member: func(s *statement, expr string, _ column, path []string, tests func(func() string) []string) string {
			at := strings.Builder{}
			at.WriteString("$")
			for _, name := range path {
				at.WriteString("**." + quotedMember(name))
			}
			value := func() string {
				return "CASE WHEN JSON_VALID(" + text(expr) + ") THEN JSON_EXTRACT(" + text(expr) + ", " + s.bind(at.String()) + ") END"
			}
			return anyOf(tests(value))
		},
		at: func(s *statement, expr string, path []string) string {
			return "CASE WHEN JSON_VALID(" + text(expr) + ") THEN JSON_EXTRACT(" + text(expr) + ", " + s.bind(strictPath(path)) + ") END"
		},
		escapes: func(text string) string {
			return "LOCATE(CONCAT(CHAR(92), 'u'), CONVERT(" + text + " USING utf8mb4)) > 0"
		},
		beyond: func(expr string, _ column) string {
			return "NOT JSON_VALID(" + text(expr) + ") AND TRIM(" + text(expr) + ") <> ''"
		},
	}
}
