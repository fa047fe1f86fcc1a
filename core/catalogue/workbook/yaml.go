package workbook

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
)

// plain are words that YAML reads as text without quotes.
var plain = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// notText are plain words that some reader of YAML takes for something else.
var notText = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}

// quoted writes a text for YAML.
func quoted(s string) string {
	if plain.MatchString(s) && !slices.Contains(notText, s) {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch r {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '\n':
			b.WriteString(`\n`)
		case '\t':
			b.WriteString(`\t`)
		case '\r':
			b.WriteString(`\r`)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// keyed is a key with its value.
type keyed struct {
	key   string
	value reflect.Value
}

// keysOf gives the keys of a struct in the order of the schema, those of
// inline structs among them.
func keysOf(v reflect.Value) []keyed {
	var out []keyed
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if strictyaml.Inline(f) {
			out = append(out, keysOf(v.Field(i))...)
		} else if key := strictyaml.Key(f); key != "" {
			out = append(out, keyed{key, v.Field(i)})
		}
	}
	return out
}

// yamlOf writes the keys of a struct that have a value, one below the other.
func yamlOf(b *bytes.Buffer, indent string, v reflect.Value) {
	for _, k := range keysOf(v) {
		yamlKey(b, indent, k)
	}
}

func yamlKey(b *bytes.Buffer, indent string, k keyed) {
	v := k.value
	if v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		fmt.Fprintf(b, "%s%s:\n", indent, k.key)
		yamlOf(b, indent+"  ", v)
	case reflect.Slice:
		fmt.Fprintf(b, "%s%s:\n", indent, k.key)
		for i := range v.Len() {
			yamlItem(b, indent+"  ", v.Index(i))
		}
	case reflect.String:
		fmt.Fprintf(b, "%s%s: %s\n", indent, k.key, quoted(v.String()))
	default:
		fmt.Fprintf(b, "%s%s: %v\n", indent, k.key, v.Interface())
	}
}

// yamlItem writes an item of a list, its first key beside the hyphen.
func yamlItem(b *bytes.Buffer, indent string, v reflect.Value) {
	if v.Kind() == reflect.String {
		fmt.Fprintf(b, "%s- %s\n", indent, quoted(v.String()))
		return
	}
	var item bytes.Buffer
	yamlOf(&item, indent+"  ", v)
	if item.Len() == 0 {
		fmt.Fprintf(b, "%s- {}\n", indent)
		return
	}
	b.WriteString(indent + "- ")
	b.Write(item.Bytes()[len(indent)+2:])
}

// canonical gives an entry as YAML in the order of the schema: two entries
// that state the same have the same.
func canonical(s catalogue.System) string {
	var b bytes.Buffer
	yamlOf(&b, "", reflect.ValueOf(s))
	return b.String()
}

// block is a key of a file with its value and what stands before it.
type block struct {
	key string
	// before are comments and empty lines, own is the key with its value.
	before, own string
}

var topKey = regexp.MustCompile(`^([a-z_]+):(\s|$)`)

// blocks takes a file apart at its keys; after is what follows the last value.
func blocks(src string) (out []block, after string) {
	pending := ""
	for line := range strings.Lines(src) {
		bare := strings.TrimSpace(line)
		m := topKey.FindStringSubmatch(line)
		switch {
		case m != nil:
			out = append(out, block{key: m[1], before: pending, own: line})
			pending = ""
		case len(out) == 0 || bare == "" || line[0] == '#':
			pending += line
		default:
			out[len(out)-1].own += pending + line
			pending = ""
		}
	}
	return out, pending
}

// merged gives the text of a file that states want, where src states old:
// keys whose value is the same keep their lines, and comments stay.
func merged(src string, old, want catalogue.System) (string, error) {
	list, after := blocks(src)
	var schema []string
	changed := map[string]string{} // key -> its new lines
	was, is := keysOf(reflect.ValueOf(old)), keysOf(reflect.ValueOf(want))
	for i, k := range is {
		schema = append(schema, k.key)
		var a, b bytes.Buffer
		yamlKey(&a, "", was[i])
		yamlKey(&b, "", k)
		if a.String() != b.String() {
			changed[k.key] = b.String()
		}
	}
	var out strings.Builder
	write := func(lines string) {
		out.WriteString(lines)
		if lines != "" && !strings.HasSuffix(lines, "\n") {
			out.WriteString("\n")
		}
	}
	for i, b := range list {
		out.WriteString(b.before)
		own := b.own
		if now, ok := changed[b.key]; ok {
			own = now
			delete(changed, b.key)
		}
		write(own)
		for _, key := range schema { // new keys stand behind the one that they follow
			if now, ok := changed[key]; ok && follows(key, b.key, list[i+1:], schema) && !slices.ContainsFunc(list, func(o block) bool { return o.key == key }) {
				write(now)
				delete(changed, key)
			}
		}
	}
	for _, key := range schema {
		write(changed[key])
	}
	out.WriteString(after)
	text := out.String()
	if states(want, text) {
		return text, nil
	}
	text = canonical(want) // the file is laid out in a way that cannot be kept
	if !states(want, text) {
		return "", fmt.Errorf("%s cannot be written so that it reads back the same", want.File)
	}
	return text, nil
}

// states tells whether the text reads back as the entry. Whether its values
// are good is for somebody else.
func states(want catalogue.System, text string) bool {
	got, err := catalogue.DecodeEntry(want.File, []byte(text))
	if err != nil && got.ID == "" {
		return false
	}
	return canonical(got) == canonical(want)
}

// follows tells whether a new key belongs right behind here: no later key of
// the file stands before it in the schema.
func follows(key, here string, later []block, schema []string) bool {
	n := slices.Index(schema, key)
	if slices.Index(schema, here) > n {
		return false
	}
	return !slices.ContainsFunc(later, func(b block) bool { return slices.Index(schema, b.key) < n })
}
