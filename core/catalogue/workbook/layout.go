// Package workbook turns the entries of a catalogue into an XLSX workbook, for
// information experts who live in spreadsheets, and back.
//
// Export writes one sheet for what an entry has once, and one for each of its
// lists, with the three languages in columns, words of closed vocabularies as
// drop-down lists, days as days, and what lint found as a comment at the very
// cell. Import reads it strictly, names sheet and cell of every fault, refuses
// formulas and macros, and changes in the YAML files what changed in the
// workbook and nothing else: comments and order stay. It deletes no entry.
package workbook

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
)

// The sheets that are not a list of an entry.
const (
	mainSheet  = "entries"
	wordsSheet = "vocabulary"
	// registersSheet holds the registers that a ground of secrecy names: a list
	// in a list.
	registersSheet = "secrecy_registers"
)

// idColumn is the first column of every sheet: the id of the entry.
const idColumn = "id"

// numberColumn is the second of registersSheet: which ground of the entry,
// from 1.
const numberColumn = "secrecy"

// shape is what a cell of a column holds.
type shape int

const (
	text  shape = iota
	day         // an ISO date in YAML, a date in the workbook
	flag        // true or false; yes or empty in the workbook
	count       // a whole number, empty for 0
	lines       // a list of texts, one in a line
)

// column is one value of an entry or of an item of its lists.
type column struct {
	// path is that of the value in YAML, from the entry or the item.
	path  string
	index []int
	shape shape
	// words are those that the value can be, nil for any.
	words []string
}

// sheet is a kind of thing: entries, or the items of one of their lists.
type sheet struct {
	name    string
	item    reflect.Type
	index   []int // of the list in an entry, nil for mainSheet
	columns []column
}

// before counts the columns ahead of the values.
func (s sheet) before() int {
	if s.name == registersSheet {
		return 2
	}
	return 1
}

// headers gives the first row.
func (s sheet) headers() []string {
	out := []string{idColumn}
	if s.name == registersSheet {
		out = append(out, numberColumn)
	}
	for _, c := range s.columns {
		out = append(out, c.path)
	}
	return out
}

// sheets gives the layout, made from the schema of an entry.
func sheets() []sheet {
	entry := reflect.TypeFor[catalogue.System]()
	main := sheet{name: mainSheet, item: entry, columns: columnsOf(entry, "", nil, "")}
	main.columns = slices.DeleteFunc(main.columns, func(c column) bool { return c.path == "id" || c.path == "notes" })
	out := []sheet{main}
	for i := range entry.NumField() {
		f := entry.Field(i)
		key := strictyaml.Key(f)
		switch {
		case key == "" || f.Type.Kind() != reflect.Slice:
		case f.Type.Elem().Kind() == reflect.Struct:
			out = append(out, sheet{name: key, item: f.Type.Elem(), index: f.Index, columns: columnsOf(f.Type.Elem(), "", nil, key+".")})
		case key == "notes":
			out = append(out, sheet{name: key, item: f.Type.Elem(), index: f.Index, columns: []column{{path: "note", shape: text}}})
		}
	}
	mention := reflect.TypeFor[catalogue.Mention]()
	return append(out, sheet{name: registersSheet, item: mention, columns: columnsOf(mention, "", nil, "secrecy.registers.")})
}

// columnsOf gives the single values of a struct, those of structs in it
// included. The vocabulary of a value goes by its path in an entry.
func columnsOf(t reflect.Type, path string, index []int, within string) []column {
	var out []column
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(slices.Clone(index), i)
		key := strictyaml.Key(f)
		if strictyaml.Inline(f) {
			out = append(out, columnsOf(f.Type, path, at, within)...)
			continue
		}
		if key == "" {
			continue
		}
		here := strings.TrimPrefix(path+"."+key, ".")
		c := column{path: here, index: at, words: catalogue.Vocabulary(within + here)}
		switch f.Type.Kind() {
		case reflect.Struct:
			out = append(out, columnsOf(f.Type, here, at, within)...)
			continue
		case reflect.Slice:
			if f.Type.Elem().Kind() == reflect.Struct {
				continue // a sheet of its own
			}
			c.shape = lines
		case reflect.Bool:
			c.shape, c.words = flag, []string{"yes"}
		case reflect.Int:
			c.shape = count
		default:
			if key == "from" || key == "to" {
				c.shape = day
			}
		}
		out = append(out, c)
	}
	return out
}

// place is a row of a sheet, counted from 1 like Excel does.
type place struct {
	sheet string
	row   int
}

// places tells for each entry where its values stand.
type places map[string]map[string]place

// note keeps the row of an item: key is the name of the list with the item's
// number, or "" for the entry itself.
func (p places) note(id, key string, at place) {
	if p[id] == nil {
		p[id] = map[string]place{}
	}
	p[id][key] = at
}

// itemPath is a path into a list of an entry, as lint and the YAML decoder
// write it.
var itemPath = regexp.MustCompile(`^([a-z_]+)\[(\d+)\](?:\.registers\[(\d+)\])?\.?(.*)$`)

// cell gives the sheet and cell of the value at path of an entry: that of what
// holds it when it has none of its own, and the entry's first cell at last.
func (p places) cell(id, path string) (sheetName, cell string) {
	key, rest := "", path
	if m := itemPath.FindStringSubmatch(path); m != nil {
		key, rest = m[1]+"["+m[2]+"]", m[4]
		if m[3] != "" {
			key += ".registers[" + m[3] + "]"
		}
	}
	at, ok := p[id][key]
	if !ok {
		at, rest = p[id][""], path
	}
	if at.row == 0 {
		at = place{mainSheet, 1}
	}
	return at.sheet, cellName(columnNumber(at.sheet, rest), at.row)
}

// columnNumber gives the column of a value in a sheet, the first for none.
func columnNumber(name, path string) int {
	for _, s := range sheets() {
		if s.name != name {
			continue
		}
		for i, c := range s.columns {
			list, _, _ := strings.Cut(path, "[")
			if c.path == path || c.path == list || path != "" && strings.HasPrefix(c.path, path+".") {
				return s.before() + i + 1
			}
		}
	}
	return 1
}

// cellName gives a name such as B7. Its arguments count from 1.
func cellName(col, row int) string {
	name, err := excelize.CoordinatesToCellName(col, row)
	if err != nil {
		return "A" + strconv.Itoa(row) // more columns than Excel has
	}
	return name
}

// itemKey names an item of a list.
func itemKey(list string, n int) string { return fmt.Sprintf("%s[%d]", list, n) }
