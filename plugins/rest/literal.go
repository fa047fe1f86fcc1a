package restsource

import (
	"regexp"
	"strings"
	"time"
)

// A literal is a text as a constant of a query language. Each language has its
// own way out of a literal, and its builder closes exactly that; what no
// identifier holds (control characters) is refused in all of them, for each
// product reads it differently.

var (
	numberLiteral = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{1,18})?$`)
	guidLiteral   = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
)

// literal gives s as a literal of the language; false when s cannot be one of
// that type.
func literal(language, typ, s string) (string, bool) {
	if controls(s) {
		return "", false
	}
	switch typ {
	case "number":
		return s, numberLiteral.MatchString(s)
	case "guid":
		if language == "odata" {
			return s, guidLiteral.MatchString(s)
		}
		if !guidLiteral.MatchString(s) {
			return "", false
		}
	case "time":
		t, err := time.Parse(time.RFC3339, s)
		switch {
		case err != nil:
			return "", false
		case language == "odata":
			return t.UTC().Format(time.RFC3339), true
		case language == "cmis-sql":
			return "TIMESTAMP '" + t.UTC().Format("2006-01-02T15:04:05.000Z") + "'", true
		}
		return "", false
	case "date":
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return "", false
		}
		if language == "odata" {
			return s, true
		}
	}
	switch language {
	case "odata":
		if typ == "folded" {
			s = strings.ToLower(s)
		}
		return "'" + strings.ReplaceAll(s, "'", "''") + "'", true
	case "servicenow":
		return encodedQueryLiteral(s)
	case "jql":
		return `"` + backslashed(s, `"`) + `"`, true
	case "kql":
		return keywordLiteral(s)
	case "rt", "cmis-sql":
		return "'" + backslashed(s, "'") + "'", true
	}
	return "", false
}

// encodedQueryLiteral gives a value of a ServiceNow encoded query, in which ^
// ends a value and ^^ stands for one. A value that begins with javascript: is
// run by the server, so it is refused.
func encodedQueryLiteral(s string) (string, bool) {
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(s)), "javascript:") {
		return "", false
	}
	return strings.ReplaceAll(s, "^", "^^"), true
}

// keywordLiteral gives a phrase of the keyword query language, which knows no
// way to write a quote in one, and takes a star for anything.
func keywordLiteral(s string) (string, bool) {
	return `"` + s + `"`, !strings.ContainsAny(s, `"\*`)
}

// backslashed puts a backslash before backslashes and quotes.
func backslashed(s, quote string) string {
	return strings.NewReplacer(`\`, `\\`, quote, `\`+quote).Replace(s)
}

// likeLiteral gives a pattern of CMIS SQL around s, in which % and _ stand for
// anything.
func likeLiteral(before, s, after string) (string, bool) {
	if controls(s) {
		return "", false
	}
	s = strings.NewReplacer(`\`, `\\`, `'`, `\'`, `%`, `\%`, `_`, `\_`).Replace(s)
	return "'" + before + s + after + "'", true
}

// phraseLiteral gives s as a phrase of JQL's text search: within the phrase
// backslash and quote are escaped for the search, then for JQL.
func phraseLiteral(s string) (string, bool) {
	return literal("jql", "", `"`+backslashed(s, `"`)+`"`)
}

func controls(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 })
}
