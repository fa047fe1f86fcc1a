package catalogue

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
)

// FillIn marks what the templates leave to be written.
const FillIn = "FILL IN"

// walk visits every struct member, list item and map value below v that has
// the type T, with its path as the YAML file has it.
func walk[T any](v any, visit func(path string, value T)) { walkValue("", reflect.ValueOf(v), visit) }

func walkValue[T any](path string, v reflect.Value, visit func(string, T)) {
	if value, ok := v.Interface().(T); ok {
		visit(path, value)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if name := strictyaml.Key(f); name != "" {
				walkValue(strings.TrimPrefix(path+"."+name, "."), v.Field(i), visit)
			} else if strictyaml.Inline(f) {
				walkValue(path, v.Field(i), visit)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			walkValue(fmt.Sprintf("%s[%d]", path, i), v.Index(i), visit)
		}
	case reflect.Map:
		names := v.MapKeys()
		slices.SortFunc(names, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
		for _, key := range names {
			walkValue(path+"."+key.String(), v.MapIndex(key), visit)
		}
	}
}

// missingLanguages finds each text that some language of the organisation
// lacks. A text that is empty altogether is for other rules.
func missingLanguages(o *Organisation, v any) []breach {
	var out []breach
	walk(v, func(path string, t Text) {
		if t.IsZero() {
			return
		}
		for _, l := range o.Languages {
			if t.exactly(l) == "" {
				out = append(out, breach{path: path, message: fmt.Sprintf("%s has no text in %s", path, l)})
			}
		}
	})
	return out
}

// exactly gives the text in lang, without falling back.
func (t Text) exactly(lang string) string {
	return strings.TrimSpace(map[string]string{"fi": t.FI, "sv": t.SV, "en": t.EN}[lang])
}

// unfilled finds each value that a template left to be written.
func unfilled(v any) []breach {
	var out []breach
	walk(v, func(path, value string) {
		if strings.Contains(value, FillIn) {
			out = append(out, breach{path: path, message: fmt.Sprintf("%s still says %q; write the organisation's own", path, FillIn)})
		}
	})
	return out
}

// messagesOf gives what breaches say.
func messagesOf(list []breach) []string {
	var out []string
	for _, b := range list {
		out = append(out, b.message)
	}
	return out
}
