package restsource

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sinusta/sinusta/core"
)

// hostile are values that try to leave the place that they are put into.
func hostile() []string {
	return []string{"O'Brien", `O"Brien`, `x' or '1' eq '1`, `x'' or 1=1--`, `x\' OR 1=1`, `x" OR reporter is not EMPTY OR summary ~ "`, "x^ORnumberISNOTEMPTY", "x^NQactive=true",
		`\`, `\\`, `"`, `'`, `%`, `_`, `*`, `x&sysparm_limit=1`, `x#frag`, `x/../../admin`, "..", ".", `..\..`, "x?y=z", "a b", "</mail><role>admin</role>", "<![CDATA[", "&lol;", "]]>",
		"javascript:gs.getUserID()", "x\nLIMIT 1", "x\r\nX-Evil: 1", "x\x00", "{identifier: email}", "${jndi:ldap://x}", "%2e%2e%2f", "ä%27", "ё", "x\u2028y", "x;y", "CF.{x}", "(x)", "x) OR (1=1"}
}

// readBack reads a literal as the product's grammar does, and gives what is
// behind it.
func readBack(language, s string) (value, rest string, ok bool) {
	switch language {
	case "odata":
		if !strings.HasPrefix(s, "'") {
			return "", "", false
		}
		var b strings.Builder
		for i := 1; i < len(s); i++ {
			if s[i] != '\'' {
				b.WriteByte(s[i])
				continue
			}
			if i+1 < len(s) && s[i+1] == '\'' {
				b.WriteByte('\'')
				i++
				continue
			}
			return b.String(), s[i+1:], true
		}
		return "", "", false
	case "servicenow":
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			if s[i] != '^' {
				b.WriteByte(s[i])
				continue
			}
			if i+1 < len(s) && s[i+1] == '^' {
				b.WriteByte('^')
				i++
				continue
			}
			return b.String(), s[i:], true
		}
		return b.String(), "", true
	}
	if language == "kql" {
		inner, ok := strings.CutPrefix(s, `"`)
		value, rest, closed := strings.Cut(inner, `"`)
		return value, rest, ok && closed
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		case s[0]:
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

func holdsLiteral(t interface{ Errorf(string, ...any) }, value string) {
	for language := range fieldNames {
		lit, ok := literal(language, "", value)
		if !ok {
			if language == "kql" && strings.ContainsAny(value, `"\\*`) {
				continue
			}
			if !controls(value) && !strings.Contains(strings.ToLower(value), "javascript:") {
				t.Errorf("%s refuses %q", language, value)
			}
			continue
		}
		if controls(lit) {
			t.Errorf("%s: %q holds control characters", language, lit)
		}
		tail := ""
		if language == "servicenow" {
			tail = "^active=true"
		}
		got, rest, ok := readBack(language, lit+tail)
		if !ok || got != value || rest != tail {
			t.Errorf("%s: %q is read as %q with %q behind it", language, value, got, rest)
		}
	}
}

// No value leaves its literal, in any of the languages.
func TestLiteralsHoldWhatTheyAreGiven(t *testing.T) {
	for _, v := range hostile() {
		holdsLiteral(t, v)
	}
	rapid.Check(t, func(t *rapid.T) { holdsLiteral(t, rapid.String().Draw(t, "value")) })
	for typ, values := range map[string][]string{"number": {"1 or 1=1", "0x10", "1e9", ""}, "guid": {"x", "00000000-0000-0000-0000-00000000000'"}, "date": {"2024-13-01", "2024-01-01' or 'a"}} {
		for _, v := range values {
			for language := range fieldNames {
				if lit, ok := literal(language, typ, v); ok {
					t.Errorf("%s: %q is taken for a %s: %s", language, v, typ, lit)
				}
			}
		}
	}
	if like, ok := likeLiteral("%", `50%_'\`, "%"); !ok || like != `'%50\%\_\'\\%'` {
		t.Errorf("a pattern of CMIS SQL: %s", like)
	}
	if phrase, ok := phraseLiteral(`a"b\c`); !ok || phrase != `"\"a\\\"b\\\\c\""` {
		t.Errorf("a phrase of JQL: %s", phrase)
	}
}

// A value goes into its own place of the request and nowhere else: a
// parameter, a segment of the path, a member of a JSON body, an XML element.
func TestNoValueLeavesItsPlace(t *testing.T) {
	const mapping = `
types:
  ticket:
    search:
      - {by: [user-id], path: [users, {identifier: user-id, as: normal}, tickets], query: {fields: all, who: {identifier: user-id, as: normal}}, records: tickets}
      - by: [user-id]
        method: POST
        path: /search
        json: {limit: 10, where: {user: {identifier: user-id, as: normal}, kind: [ticket]}}
        records: tickets
      - by: [user-id]
        method: POST
        path: /xml
        xml: {name: find, namespace: "urn:x", children: [{name: user, text: {identifier: user-id, as: normal}}, {name: role, text: reader}]}
        records: tickets
    key: [id]
    parties: [{slot: requester, fields: {user_id: user}}]
`
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, found()) })
	i := opened(t, config(t, s, mapping))
	for _, v := range hostile() {
		before := len(s.asked())
		h, err := ask(t, i, by(core.Identifier{Kind: core.UserID, Value: v, Status: core.Valid}))
		if err != nil {
			t.Fatalf("%q: %v", v, err)
		}
		asked := s.asked()[before:]
		inPath := v != "." && v != ".." && !controls(v)
		if want := map[bool]int{true: 3, false: 2}[inPath]; !controls(v) && len(asked) != want || controls(v) && len(asked) != 0 {
			t.Errorf("%q: %d requests", v, len(asked))
		}
		if !inPath && !slices.Contains(h.classes(), core.ClassPartial) {
			t.Errorf("%q was not asked for and nobody says so: %v", v, h.problems)
		}
		for _, r := range asked {
			switch r.URL.Path {
			case "/search":
				var body struct {
					Limit int            `json:"limit"`
					Where map[string]any `json:"where"`
				}
				if err := json.Unmarshal([]byte(r.body), &body); err != nil || body.Limit != 10 || len(body.Where) != 2 || body.Where["user"] != v {
					t.Errorf("%q: body %s", v, r.body)
				}
			case "/xml":
				var body struct {
					XMLName xml.Name
					User    []string `xml:"user"`
					Role    []string `xml:"role"`
				}
				if err := xml.Unmarshal([]byte(r.body), &body); err != nil || !slices.Equal(body.User, []string{v}) || !slices.Equal(body.Role, []string{"reader"}) {
					t.Errorf("%q: body %s", v, r.body)
				}
			default:
				segments := strings.Split(r.URL.EscapedPath(), "/")
				value, err := url.PathUnescape(segments[2])
				if len(segments) != 4 || err != nil || value != v || segments[3] != "tickets" || len(r.URL.Query()) != 2 || r.URL.Query().Get("who") != v || r.Header.Get("X-Evil") != "" {
					t.Errorf("%q: %s", v, r.URL)
				}
			}
		}
	}
}

// The filters say what they should, and brackets are not lost.
func TestFiltersInEveryLanguage(t *testing.T) {
	name := Value{Identifier: "name"}
	c := Condition{All: []Condition{{Field: "active", Is: constant("true")}, {Any: []Condition{{Field: "mail", Is: &name}, {Field: "title", Contains: &name}}}}}
	for language, want := range map[string]string{
		"odata":      `(active eq 'true' and ((mail eq 'a''b' or mail eq 'c') or (contains(title,'a''b') or contains(title,'c'))))`,
		"servicenow": `active=true^mail=a'b^ORmail=c^ORtitleLIKEa'b^ORtitleLIKEc^ORDERBYmail`,
		"jql":        `(active = "true" AND ((mail = "a'b" OR mail = "c") OR (title ~ "\"a'b\"" OR title ~ "\"c\""))) ORDER BY mail`,
		"rt":         `(active = 'true' AND ((mail = 'a\'b' OR mail = 'c') OR (title LIKE 'a\'b' OR title LIKE 'c')))`,
		"cmis-sql":   `SELECT * FROM cmis:document WHERE (active = 'true' AND ((mail = 'a\'b' OR mail = 'c') OR (title LIKE '%a\'b%' OR title LIKE '%c%'))) ORDER BY mail`,
	} {
		f := &Filter{Language: language, Condition: c}
		if language == "cmis-sql" {
			f.From = "cmis:document"
		}
		if !oneOf(language, "odata", "rt") {
			f.Order = []string{"mail"}
		}
		if err := checkFilter("f", f, uses{kinds: []core.Kind{core.Name}}); err != nil {
			t.Errorf("%s: %v", language, err)
		}
		got, ok := f.write(func(v Value) []string {
			if v.Constant != nil {
				return []string{*v.Constant}
			}
			return []string{"a'b", "c"}
		})
		if !ok || got != want {
			t.Errorf("%s:\n%s\n%s", language, got, want)
		}
	}
	nested := &Filter{Language: "servicenow", Condition: Condition{Any: []Condition{{All: []Condition{{Any: []Condition{{Field: "a", Is: &name}}}}}}}}
	if err := checkFilter("f", nested, uses{kinds: []core.Kind{core.Name}}); err == nil {
		t.Error("an encoded query has no brackets, and this needs them")
	}
	for _, bad := range []string{"mail=x^OR", "a b", "x'", "1=1 or a", ""} {
		f := &Filter{Language: "servicenow", Condition: Condition{Field: bad, Is: &name}}
		if err := checkFilter("f", f, uses{kinds: []core.Kind{core.Name}}); err == nil {
			t.Errorf("%q is taken for a member", bad)
		}
	}
}

func constant(s string) *Value { return &Value{Constant: &s} }
