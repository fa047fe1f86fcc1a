package restsource

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// fieldNames is how members are named in the filters of each language.
var fieldNames = map[string]*regexp.Regexp{
	"odata":      regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*$`),
	"servicenow": regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`),
	"jql":        regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 _-]*$|^cf\[[0-9]+\]$`),
	"rt":         regexp.MustCompile(`^[A-Za-z]+(\.[A-Za-z]+)?$|^CF\.\{[A-Za-z0-9 _-]+\}$`),
	"kql":        regexp.MustCompile(`^[A-Za-z]+$`),
	"cmis-sql":   regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(:[A-Za-z_][A-Za-z0-9_]*)?$`),
}

func checkFilter(path string, f *Filter, u uses) error {
	if fieldNames[f.Language] == nil {
		return sdk.ConfigError(path+".language", "there is no language %q%s", f.Language, suggest.Names(f.Language, sortedKeys(fieldNames)))
	}
	if (f.From != "") != (f.Language == "cmis-sql") || f.From != "" && !fieldNames["cmis-sql"].MatchString(f.From) {
		return sdk.ConfigError(path+".from", "cmis-sql needs the type that is queried here, no other language has it")
	}
	for i, name := range f.Order {
		if !fieldNames[f.Language].MatchString(name) || oneOf(f.Language, "odata", "rt", "kql") {
			return sdk.ConfigError(fmt.Sprintf("%s.order[%d]", path, i), "this is no member to order by; odata and rt take the order in a parameter of its own, kql has none")
		}
	}
	if err := checkCondition(path, f.Language, f.Condition, u); err != nil {
		return err
	}
	if f.Language == "servicenow" && !flat(f.Condition, 0) {
		return sdk.ConfigError(path, "an encoded query has no brackets: all of (a comparison or any of comparisons), or any of all of comparisons")
	}
	return nil
}

// flat tells whether a condition can be said without brackets.
func flat(c Condition, depth int) bool {
	for _, below := range append(append([]Condition(nil), c.All...), c.Any...) {
		if depth >= 1 && (below.All != nil || below.Any != nil) || c.All != nil && below.All != nil || c.Any != nil && below.Any != nil {
			return false
		}
		if !flat(below, depth+1) {
			return false
		}
	}
	return true
}

func checkCondition(path, language string, c Condition, u uses) error {
	if n := count(c.All != nil, c.Any != nil, c.Field != ""); n != 1 {
		return sdk.ConfigError(path, "a condition is one of all, any, or a field with is, contains, starts, since or until")
	}
	for word, list := range map[string][]Condition{"all": c.All, "any": c.Any} {
		if list != nil && len(list) == 0 {
			return sdk.ConfigError(path+"."+word, "the list is empty")
		}
		for i, below := range list {
			if err := checkCondition(fmt.Sprintf("%s.%s[%d]", path, word, i), language, below, u); err != nil {
				return err
			}
		}
	}
	if c.Field == "" {
		return nil
	}
	if !fieldNames[language].MatchString(c.Field) {
		return sdk.ConfigError(path+".field", "%q is no member in this language", c.Field)
	}
	if n := count(c.Is != nil, c.Contains != nil, c.Starts != nil, c.Since != nil, c.Until != nil); n != 1 {
		return sdk.ConfigError(path, "compare by one of is, contains, starts, since and until")
	}
	if language == "kql" && c.Contains == nil {
		return sdk.ConfigError(path, "kql looks for words; use contains")
	}
	if c.Starts != nil && language == "jql" {
		return sdk.ConfigError(path+".starts", "jql cannot look for a beginning; use contains")
	}
	list := language == "odata" && strings.Count(c.Field, "/") == 1 || language == "cmis-sql" && c.Is != nil
	if c.Quantity != "" && (c.Quantity != "any" || !list) {
		return sdk.ConfigError(path+".quantity", "want any: in odata with a field of the form list/member, in cmis-sql with `is`")
	}
	if !oneOf(c.Type, "", "text", "number", "guid", "date", "folded", "time") || c.Type == "folded" && language != "odata" || c.Type == "time" && !oneOf(language, "odata", "cmis-sql") {
		return sdk.ConfigError(path+".type", "text, number, guid or date; in odata also folded, in odata and cmis-sql time")
	}
	for _, v := range []*Value{c.Is, c.Contains, c.Starts, c.Since, c.Until} {
		if v == nil {
			continue
		}
		if v.Filter != nil {
			return sdk.ConfigError(path, "a filter within a filter")
		}
		if err := checkValue(path, *v, u); err != nil {
			return err
		}
	}
	return nil
}

// write gives the filter with what texts gives for its values; false when no
// text can be asked for.
func (f *Filter) write(texts func(Value) []string) (string, bool) {
	w := filterWriter{f.Language, texts}
	out, ok := w.condition(f.Condition)
	if !ok {
		return "", false
	}
	switch f.Language {
	case "servicenow":
		for _, name := range f.Order {
			out += "^ORDERBY" + name
		}
	case "kql":
		out = `"` + backslashed(out, `"`) + `"`
	case "jql":
		if len(f.Order) > 0 {
			out += " ORDER BY " + strings.Join(f.Order, ", ")
		}
	case "cmis-sql":
		out = "SELECT * FROM " + f.From + " WHERE " + out
		if len(f.Order) > 0 {
			out += " ORDER BY " + strings.Join(f.Order, ", ")
		}
	}
	return out, true
}

type filterWriter struct {
	language string
	texts    func(Value) []string
}

// condition writes one condition. A comparison with several texts is any of
// them; one with none holds nowhere.
func (w filterWriter) condition(c Condition) (string, bool) {
	switch {
	case c.All != nil:
		return w.join(c.All, true)
	case c.Any != nil:
		return w.join(c.Any, false)
	}
	v, op := c.Is, "is"
	switch {
	case c.Contains != nil:
		v, op = c.Contains, "contains"
	case c.Starts != nil:
		v, op = c.Starts, "starts"
	case c.Since != nil:
		v, op = c.Since, "since"
	case c.Until != nil:
		v, op = c.Until, "until"
	}
	var out []string
	for _, text := range w.texts(*v) {
		if s, ok := w.comparison(c, op, text); ok {
			out = append(out, s)
		}
	}
	return w.or(out)
}

func (w filterWriter) or(terms []string) (string, bool) {
	switch {
	case len(terms) == 0:
		return "", false
	case w.language == "servicenow":
		return strings.Join(terms, "^OR"), true
	case len(terms) == 1:
		return terms[0], true
	}
	return "(" + strings.Join(terms, w.word(" or ")) + ")", true
}

func (w filterWriter) word(s string) string {
	if w.language == "odata" {
		return s
	}
	return strings.ToUpper(s)
}

func (w filterWriter) join(list []Condition, all bool) (string, bool) {
	var terms []string
	anyOfAll := false
	for _, c := range list {
		s, ok := w.condition(c)
		switch {
		case !ok && all:
			return "", false
		case ok:
			terms = append(terms, s)
			anyOfAll = anyOfAll || !all && c.All != nil
		}
	}
	switch {
	case !all && w.language == "servicenow" && anyOfAll:
		return strings.Join(terms, "^NQ"), len(terms) > 0
	case !all:
		return w.or(terms)
	case w.language == "servicenow":
		return strings.Join(terms, "^"), true
	case len(terms) == 1:
		return terms[0], true
	}
	return "(" + strings.Join(terms, w.word(" and ")) + ")", true
}

// comparison writes one comparison with one text.
func (w filterWriter) comparison(c Condition, op, text string) (string, bool) {
	lit, ok := literal(w.language, c.Type, text)
	if !ok {
		return "", false
	}
	name := c.Field
	sign, moment := map[string]string{"since": " >= ", "until": " <= "}[op]
	switch w.language {
	case "odata":
		if c.Quantity == "any" {
			list, member, _ := strings.Cut(name, "/")
			inner, ok := w.comparison(Condition{Field: "x/" + member, Type: c.Type}, op, text)
			return list + "/any(x:" + inner + ")", ok
		}
		if c.Type == "folded" {
			name = "tolower(" + name + ")"
		}
		return map[string]string{"is": name + " eq " + lit, "since": name + " ge " + lit, "until": name + " le " + lit, "contains": "contains(" + name + "," + lit + ")", "starts": "startswith(" + name + "," + lit + ")"}[op], true
	case "servicenow":
		return name + map[string]string{"is": "=", "contains": "LIKE", "starts": "STARTSWITH", "since": ">=", "until": "<="}[op] + lit, true
	case "jql":
		if strings.Contains(name, " ") {
			name = `"` + name + `"`
		}
		if op == "contains" {
			lit, ok = phraseLiteral(text)
			return name + " ~ " + lit, ok
		}
		if moment {
			return name + sign + lit, true
		}
		return name + " = " + lit, true
	case "kql":
		return name + ":" + lit, true
	case "rt":
		return name + map[string]string{"is": " = ", "contains": " LIKE ", "starts": " STARTSWITH ", "since": sign, "until": sign}[op] + lit, true
	}
	switch {
	case op == "is" && c.Quantity == "any":
		return lit + " = ANY " + name, true
	case op == "is":
		return name + " = " + lit, true
	case moment:
		return name + sign + lit, true
	}
	before := "%"
	if op == "starts" {
		before = ""
	}
	lit, ok = likeLiteral(before, text, "%")
	return name + " LIKE " + lit, ok
}
