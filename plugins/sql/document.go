package sqlsource

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
)

// document is a column of JSON of which single members are mapped. Arrays are
// passed through: a member of objects in an array has the path that it would
// have in one object, and several values.
type document struct {
	table  *table
	column column
	path   string // config path of the first member that is mapped
	// mapped are the paths of the members that are mapped, and ignored those
	// that are left out with all below them, joined by dots.
	mapped  [][]string
	ignored []string
	// whole is true where the rest needs no mention: the column is also mapped
	// as it is, or what is left of it is ignored with a reason.
	whole bool
}

// maxDepth bounds how deep a document is read.
const maxDepth = 1000

var (
	errBroken = errors.New("no JSON")
	errDeep   = errors.New("too many levels")
)

// leaf is a value in a document, with the names that lead to it.
type leaf struct {
	path  []string
	value core.Value
	// container is true for an object at a path that is mapped, whose text the
	// value is.
	container bool
}

// leaves gives every value of a document in its order, those of arrays each
// by itself. An object at a path of stops is one value, its text. The error is
// errBroken or errDeep, for text that cannot be read.
func leaves(text string, stops [][]string, zone *time.Location) ([]leaf, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	if !json.Valid([]byte(text)) {
		return nil, errBroken
	}
	w := &walker{text: text, in: json.NewDecoder(strings.NewReader(text)), stops: stops, zone: zone}
	w.in.UseNumber()
	err := w.value(nil, 0)
	return w.found, err
}

// walker reads a document by its tokens, so that a name that stands twice is
// read twice.
type walker struct {
	text  string
	in    *json.Decoder
	stops [][]string
	zone  *time.Location
	found []leaf
}

func (w *walker) value(path []string, depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	token, err := w.in.Token()
	if err != nil {
		return errBroken
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' && w.stop(path) {
			return w.object(path)
		}
		before := len(w.found)
		for w.in.More() {
			below := path
			if token == '{' {
				name, err := w.in.Token()
				key, ok := name.(string)
				if err != nil || !ok {
					return errBroken
				}
				below = append(slices.Clip(path), key)
			}
			if err := w.value(below, depth+1); err != nil {
				return err
			}
		}
		if len(w.found) == before { // an empty one is there, and holds nothing
			w.add(path, core.NullValue())
		}
		_, err := w.in.Token()
		return err
	case string:
		w.add(path, textValue(token, classText, w.zone))
	case json.Number:
		w.add(path, numberValue(token.String()))
	case bool:
		w.add(path, core.FlagValue(token))
	default:
		w.add(path, core.NullValue())
	}
	return nil
}

func (w *walker) add(path []string, v core.Value) {
	w.found = append(w.found, leaf{path: path, value: v})
}

func (w *walker) stop(path []string) bool {
	return slices.ContainsFunc(w.stops, func(p []string) bool { return slices.Equal(p, path) })
}

// object takes the object whose brace was read as one value.
func (w *walker) object(path []string) error {
	from := w.in.InputOffset() - 1
	for open := 1; open > 0; {
		token, err := w.in.Token()
		if errors.Is(err, io.EOF) || err != nil {
			return errBroken
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			open++
		case json.Delim('}'), json.Delim(']'):
			open--
		}
	}
	text := w.text[from:w.in.InputOffset()]
	if strings.TrimSpace(strings.Trim(text, "{}")) == "" {
		w.add(path, core.NullValue())
		return nil
	}
	w.found = append(w.found, leaf{path: path, value: core.TextValue(text), container: true})
	return nil
}

func numberValue(s string) core.Value {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return core.IntegerValue(n)
	}
	if strings.ContainsAny(s, "eE") {
		return core.TextValue(s)
	}
	return core.DecimalValue(s)
}

// covers tells whether a value at the path is mapped or left out.
func (d *document) covers(path []string) bool {
	if d.whole || slices.ContainsFunc(d.mapped, func(p []string) bool { return slices.Equal(p, path) }) {
		return true
	}
	name := strings.Join(path, ".")
	return slices.ContainsFunc(d.ignored, func(p string) bool { return name == p || strings.HasPrefix(name, p+".") })
}

// unmapped gives the values of a document that are neither mapped nor left
// out. Nothing where a mapped member would begin is none.
func (d *document) unmapped(all []leaf) []leaf {
	return slices.DeleteFunc(slices.Clone(all), func(l leaf) bool {
		return d.covers(l.path) || l.value.Type == core.TypeNull && slices.ContainsFunc(d.mapped, func(p []string) bool {
			return len(p) > len(l.path) && slices.Equal(p[:len(l.path)], l.path)
		})
	})
}

// memberName gives the path of a member for people. A name that may itself be
// data, as where people's numbers are the names, is not told.
func memberName(path []string) string {
	if len(path) == 0 {
		return "(the value itself)"
	}
	words := make([]string, len(path))
	for i, w := range path {
		if words[i] = w; !plainName(w) {
			words[i] = "*"
		}
	}
	return strings.Join(words, ".")
}

// plainName tells whether a member's name looks like one that a programmer
// gave.
func plainName(s string) bool {
	if s == "" || len(s) > 60 || strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.:$", r)
	}) {
		return false
	}
	run := 0
	for i := range len(s) {
		if run++; s[i] < '0' || s[i] > '9' {
			run = 0
		}
		if run > 3 {
			return false
		}
	}
	return len(identifier.Find(s, identifier.Wide)) == 0
}

// fill takes the members of the document in the column at the position into
// the positions that are theirs.
func (out *row) fill(r *rowset, at int, zone *time.Location) {
	doc := r.columns[at].document
	v := out.values[at]
	if _, wrong := out.compared[at]; v.Type == core.TypeWithheld || wrong && v.Type != core.TypeText {
		w := core.Withheld{Reason: core.WithheldUnreadable}
		if v.Withheld != nil {
			w.Reason, w.Size = v.Withheld.Reason, v.Withheld.Size
		}
		out.unread(r, at, w)
		return
	}
	text := v.Plain()
	if v.Type == core.TypeNull || strings.TrimSpace(text) == "" {
		return
	}
	all, err := leaves(text, doc.mapped, zone)
	if err != nil {
		out.broken = append(out.broken, at)
		out.unread(r, at, core.Withheld{Reason: core.WithheldUnreadable, Size: int64(len(text))})
		return
	}
	for _, member := range r.members[at] {
		var list []core.Value
		for _, l := range all {
			if slices.Equal(l.path, r.columns[member].path) && l.value.Type != core.TypeNull {
				list = append(list, l.value)
				if l.container {
					out.uncomparable(member)
				}
			}
		}
		switch len(list) {
		case 0:
		case 1:
			out.values[member] = list[0]
		default:
			out.addList(member, list)
		}
	}
	for _, l := range doc.unmapped(all) {
		if l.value.Type != core.TypeNull {
			out.rest = append(out.rest, core.Field{Name: r.columns[at].display(r) + "." + memberName(l.path), Value: l.value})
		}
	}
}

// unread marks every member of a document that could not be read.
func (out *row) unread(r *rowset, at int, w core.Withheld) {
	broken := slices.Contains(out.broken, at)
	for _, member := range r.members[at] {
		out.values[member] = core.WithheldValue(w)
		if !broken { // that is told by itself
			out.uncomparable(member)
		}
	}
	if !r.columns[at].document.whole {
		out.rest = append(out.rest, core.Field{Name: r.columns[at].display(r), Value: core.WithheldValue(w)})
	}
}

// tellBroken tells of documents in a row that are no JSON: what they hold was
// neither compared nor given.
func (r *run) tellBroken(t *typePlan, set *rowset, values row) error {
	for _, at := range values.broken {
		if r.toldBroken[set.columns[at].document] {
			continue
		}
		err := r.tellOnce(core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, RecordType: t.profile.Name, ConfigPath: set.columns[at].document.path,
			Message: "column " + set.columns[at].display(set) + " holds text that is no whole JSON, in one row or more, so its members could not be compared or given; look there in the system"})
		if err != nil {
			return err
		}
	}
	return nil
}
