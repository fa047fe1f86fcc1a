package workbook

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/sinusta/sinusta/core/catalogue"
)

// MaxSize is the size in bytes of the largest workbook that is read, and
// maxUnpacked that of its content.
const (
	MaxSize     = 20 << 20
	maxUnpacked = 200 << 20
	maxRows     = 100_000
)

// Fault is something in a workbook that cannot be read, at one cell.
type Fault struct {
	Sheet, Cell string
	Message     string
}

// Error gives the fault as sheet!cell: message.
func (f Fault) Error() string {
	switch {
	case f.Sheet == "":
		return f.Message
	case f.Cell == "":
		return f.Sheet + ": " + f.Message
	}
	return f.Sheet + "!" + f.Cell + ": " + f.Message
}

// reader takes a workbook apart.
type reader struct {
	file    *excelize.File
	dates   bool // days count from 1904
	faults  []error
	at      places
	entries map[string]*catalogue.System
	order   []string
}

func (r *reader) fault(sheetName, cell, format string, args ...any) {
	if len(r.faults) < 200 {
		r.faults = append(r.faults, Fault{sheetName, cell, fmt.Sprintf(format, args...)})
	}
}

// read gives the entries that a workbook states, in its order.
func read(src io.ReaderAt, size int64) (*reader, error) {
	if size > MaxSize {
		return nil, Fault{Message: fmt.Sprintf("the workbook is larger than %d bytes", MaxSize)}
	}
	if err := noProgram(src, size); err != nil {
		return nil, err
	}
	f, err := excelize.OpenReader(io.NewSectionReader(src, 0, size), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, RawCellValue: true})
	if err != nil {
		return nil, Fault{Message: fmt.Sprintf("the file is no XLSX workbook that can be read (%v); save it as an Excel workbook, .xlsx", err)}
	}
	defer func() { _ = f.Close() }() // only read
	r := &reader{file: f, at: places{}, entries: map[string]*catalogue.System{}}
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		r.dates = *props.Date1904
	}
	layout := sheets()
	r.sheetNames(layout)
	if len(r.faults) == 0 {
		for _, s := range layout {
			r.sheet(s)
		}
	}
	return r, errors.Join(r.faults...)
}

// noProgram refuses a workbook with macros, embedded objects or links to other
// files: an import is for facts.
func noProgram(src io.ReaderAt, size int64) error {
	z, err := zip.NewReader(src, size)
	if err != nil {
		return Fault{Message: "the file is no XLSX workbook; save it as an Excel workbook, .xlsx"}
	}
	for _, part := range z.File {
		name := strings.ToLower(part.Name)
		for _, bad := range []string{"vbaproject", "macrosheets/", "embeddings/", "activex/", "externallinks/"} {
			if strings.Contains(name, bad) {
				return Fault{Message: fmt.Sprintf("the workbook has %s: macros, embedded objects and links to other files are not read; save a copy without them", part.Name)}
			}
		}
	}
	return nil
}

// sheetNames holds the sheets against the layout: one that is missing would
// lose its facts, and one that is unknown would be overlooked.
func (r *reader) sheetNames(layout []sheet) {
	have := r.file.GetSheetList()
	for _, s := range layout {
		if !slices.Contains(have, s.name) {
			r.fault(s.name, "", "the sheet is missing")
		}
	}
	for _, name := range have {
		if name != wordsSheet && !slices.ContainsFunc(layout, func(s sheet) bool { return s.name == name }) {
			r.fault(name, "", "there is no such kind of thing; the sheets are those of an export")
		}
	}
}

// sheet reads one sheet.
func (r *reader) sheet(s sheet) {
	rows, err := r.file.Rows(s.name)
	if err != nil {
		r.fault(s.name, "", "cannot be read: %v", err)
		return
	}
	defer func() { _ = rows.Close() }() // only read
	var columns []*column               // by column of the sheet, nil for those before the values
	for row := 1; rows.Next(); row++ {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			r.fault(s.name, "", "row %d cannot be read: %v", row, err)
			return
		}
		switch {
		case row == 1:
			if columns = r.headers(s, cells); columns == nil {
				return
			}
		case row > maxRows:
			r.fault(s.name, "", "has more than %d rows", maxRows)
			return
		default:
			r.row(s, columns, row, cells)
		}
	}
	if columns == nil {
		r.fault(s.name, "A1", "the first row must name the columns")
	}
}

// headers reads the first row. Columns may stand in any order, each once.
func (r *reader) headers(s sheet, cells []string) []*column {
	want := s.headers()
	columns := make([]*column, len(cells))
	ok := true
	for i, name := range cells {
		n := slices.Index(want, name)
		switch {
		case n < 0:
			r.fault(s.name, cellName(i+1, 1), "there is no column %q", name)
			ok = false
		case slices.Contains(cells[:i], name):
			r.fault(s.name, cellName(i+1, 1), "the column %q stands twice", name)
			ok = false
		case n < s.before() && n != i:
			r.fault(s.name, cellName(i+1, 1), "the column %q must be column %d", name, n+1)
			ok = false
		case n >= s.before():
			columns[i] = &s.columns[n-s.before()]
		}
	}
	for _, name := range want {
		if !slices.Contains(cells, name) {
			r.fault(s.name, "", "the column %q is missing: leave columns empty, and do not delete them", name)
			ok = false
		}
	}
	if !ok {
		return nil
	}
	return columns
}

// row reads one row into the entry that it is of.
func (r *reader) row(s sheet, columns []*column, row int, cells []string) {
	formula := false
	for i := range max(len(cells), len(columns)) { // a formula without a result is no cell of the row
		if f, err := r.file.GetCellFormula(s.name, cellName(i+1, row)); err != nil || f != "" {
			r.fault(s.name, cellName(i+1, row), "holds a formula; write the value itself")
			formula = true
		}
	}
	if formula || !slices.ContainsFunc(cells, func(c string) bool { return c != "" }) {
		return
	}
	id := cells[0]
	if id == "" {
		r.fault(s.name, cellName(1, row), "the row has no entry; write its id")
		return
	}
	entry := r.entries[id]
	if s.name == mainSheet {
		if entry != nil {
			r.fault(s.name, cellName(1, row), "the entry %q stands twice", id)
			return
		}
		entry = &catalogue.System{ID: id}
		r.entries[id], r.order = entry, append(r.order, id)
	} else if entry == nil {
		r.fault(s.name, cellName(1, row), "there is no entry %q in the sheet %s", id, mainSheet)
		return
	}
	v, key := r.target(s, entry, row, cells)
	if !v.IsValid() {
		return
	}
	r.at.note(id, key, place{s.name, row})
	for i, raw := range cells {
		switch {
		case raw == "" || i < s.before():
		case i >= len(columns):
			r.fault(s.name, cellName(i+1, row), "stands in a column without a name")
		default:
			into := v
			if columns[i].index != nil {
				into = v.FieldByIndex(columns[i].index)
			}
			r.value(s.name, cellName(i+1, row), *columns[i], raw, into)
		}
	}
}

// target gives what a row is to fill: the entry, or a new item of its list.
func (r *reader) target(s sheet, entry *catalogue.System, row int, cells []string) (reflect.Value, string) {
	v := reflect.ValueOf(entry).Elem()
	switch s.name {
	case mainSheet:
		return v, ""
	case registersSheet:
		n := 0
		if len(cells) > 1 {
			n, _ = strconv.Atoi(cells[1]) // 0 is refused below
		}
		if n < 1 || n > len(entry.Secrecy) {
			r.fault(s.name, cellName(2, row), "the entry %s has no ground of secrecy number %q; count the rows of %s in the sheet secrecy from 1", entry.ID, strings.Join(cells[1:min(2, len(cells))], ""), entry.ID)
			return reflect.Value{}, ""
		}
		ground := &entry.Secrecy[n-1]
		ground.Registers = append(ground.Registers, catalogue.Mention{})
		last := len(ground.Registers) - 1
		return reflect.ValueOf(&ground.Registers[last]).Elem(), itemKey(itemKey("secrecy", n-1)+".registers", last)
	}
	list := v.FieldByIndex(s.index)
	list.Set(reflect.Append(list, reflect.New(s.item).Elem()))
	last := list.Len() - 1
	return list.Index(last), itemKey(s.name, last)
}

// value reads one cell.
func (r *reader) value(sheetName, cell string, c column, raw string, into reflect.Value) {
	kind, err := r.file.GetCellType(sheetName, cell)
	if err != nil {
		r.fault(sheetName, cell, "cannot be read: %v", err)
		return
	}
	isText := kind == excelize.CellTypeSharedString || kind == excelize.CellTypeInlineString
	switch c.shape {
	case count:
		n, err := strconv.ParseFloat(raw, 64)
		if kind == excelize.CellTypeBool || err != nil || n != math.Trunc(n) || math.Abs(n) > 1e9 {
			r.fault(sheetName, cell, "%s must be a whole number, and is %q", c.path, raw)
			return
		}
		into.SetInt(int64(n))
		return
	case day:
		if s, ok := r.day(raw, isText); ok {
			into.SetString(s)
			return
		}
		r.fault(sheetName, cell, "%s must be a date, such as 2026-01-31, and is %q", c.path, raw)
		return
	}
	if !isText {
		r.fault(sheetName, cell, "%s must be text, and is a number, a date or a truth value; format the cell as text and write it again", c.path)
		return
	}
	switch c.shape {
	case flag:
		if raw != "yes" {
			r.fault(sheetName, cell, "%s is yes or empty, and is %q", c.path, raw)
			return
		}
		into.SetBool(true)
	case lines:
		var words []string
		for word := range strings.SplitSeq(raw, "\n") {
			if word = strings.TrimSuffix(word, "\r"); word != "" {
				words = append(words, word)
			}
		}
		into.Set(reflect.ValueOf(words))
	default:
		into.SetString(strings.ReplaceAll(raw, "\r\n", "\n"))
	}
}

// day reads a date: a day of the workbook's calendar, or an ISO date as text.
func (r *reader) day(raw string, isText bool) (string, bool) {
	if isText {
		t, err := time.Parse(time.DateOnly, strings.TrimSpace(raw))
		return t.Format(time.DateOnly), err == nil
	}
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil || n != math.Trunc(n) || n < 1 || n > 2958465 { // 9999-12-31
		return "", false
	}
	t, err := excelize.ExcelDateToTime(n, r.dates)
	return t.Format(time.DateOnly), err == nil
}
