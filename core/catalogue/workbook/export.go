package workbook

import (
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/sinusta/sinusta/core/catalogue"
)

// Export writes the entries of the installation in fsys to w as a workbook,
// with the findings as comments. It writes what the files state, and not what
// an entry takes from elsewhere.
func Export(fsys fs.FS, findings []catalogue.Finding, w io.Writer) error {
	entries, err := rawEntries(fsys)
	if err != nil {
		return err
	}
	return write(entries, findings, w)
}

// write writes entries as they are.
func write(entries []catalogue.System, findings []catalogue.Finding, w io.Writer) error {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // nothing is on disk
	b := &exporter{file: f, at: places{}, next: map[string]int{}}
	if err := b.build(entries, findings); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return nil
}

// rawEntries reads the entries as their files state them.
func rawEntries(fsys fs.FS) ([]catalogue.System, error) {
	files, err := catalogue.EntryFiles(fsys)
	if err != nil {
		return nil, err
	}
	var out []catalogue.System
	for _, file := range files {
		src, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		s, err := catalogue.DecodeEntry(file, src)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b catalogue.System) int { return catalogue.CompareIDs(a.ID, b.ID) })
	return out, nil
}

// exporter fills a workbook.
type exporter struct {
	file   *excelize.File
	at     places
	next   map[string]int // the row to write, by sheet
	styles struct{ head, text, day int }
}

func (b *exporter) build(entries []catalogue.System, findings []catalogue.Finding) error {
	if err := b.makeStyles(); err != nil {
		return err
	}
	layout := sheets()
	for _, s := range layout {
		if err := b.prepare(s); err != nil {
			return fmt.Errorf("sheet %s: %w", s.name, err)
		}
	}
	for i := range entries {
		for _, s := range layout {
			if err := b.entry(s, &entries[i]); err != nil {
				return fmt.Errorf("%s: %w", entries[i].File, err)
			}
		}
	}
	if err := b.vocabulary(layout); err != nil {
		return err
	}
	for _, s := range layout {
		if err := b.dropDowns(s); err != nil {
			return fmt.Errorf("sheet %s: %w", s.name, err)
		}
	}
	if err := b.comments(findings); err != nil {
		return err
	}
	if err := b.file.DeleteSheet("Sheet1"); err != nil {
		return err
	}
	first, err := b.file.GetSheetIndex(mainSheet)
	b.file.SetActiveSheet(first)
	return err
}

func (b *exporter) makeStyles() error {
	iso := "yyyy\\-mm\\-dd"
	top := &excelize.Alignment{Vertical: "top", WrapText: true}
	for _, s := range []struct {
		style excelize.Style
		into  *int
	}{
		{excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDE6EE"}}}, &b.styles.head},
		{excelize.Style{NumFmt: 49, Alignment: top}, &b.styles.text}, // text: what looks like a number or a day stays as typed
		{excelize.Style{CustomNumFmt: &iso, Alignment: top}, &b.styles.day},
	} {
		id, err := b.file.NewStyle(&s.style)
		if err != nil {
			return err
		}
		*s.into = id
	}
	return nil
}

// prepare makes an empty sheet with its headers, which stay in view.
func (b *exporter) prepare(s sheet) error {
	if _, err := b.file.NewSheet(s.name); err != nil {
		return err
	}
	b.next[s.name] = 2
	for i, c := range s.columns {
		name, err := excelize.ColumnNumberToName(s.before() + i + 1)
		if err != nil {
			return err
		}
		style, width := b.styles.text, 18.0
		if c.shape == day {
			style, width = b.styles.day, 12
		}
		if lang := c.path[strings.LastIndex(c.path, ".")+1:]; lang == "fi" || lang == "sv" || lang == "en" || lang == "sentence" || lang == "note" {
			width = 45
		}
		if err := b.file.SetColStyle(s.name, name, style); err != nil {
			return err
		}
		if err := b.file.SetColWidth(s.name, name, name, width); err != nil {
			return err
		}
	}
	if err := b.file.SetColStyle(s.name, "A", b.styles.text); err != nil {
		return err
	}
	if err := b.file.SetColWidth(s.name, "A", "A", 16); err != nil {
		return err
	}
	for i, header := range s.headers() {
		if err := b.file.SetCellStr(s.name, cellName(i+1, 1), header); err != nil {
			return err
		}
	}
	if err := b.file.SetCellStyle(s.name, "A1", cellName(len(s.headers()), 1), b.styles.head); err != nil {
		return err
	}
	left := s.before()
	return b.file.SetPanes(s.name, &excelize.Panes{Freeze: true, XSplit: left, YSplit: 1, TopLeftCell: cellName(left+1, 2), ActivePane: "bottomRight"})
}

// entry writes the rows of an entry in one sheet.
func (b *exporter) entry(s sheet, entry *catalogue.System) error {
	v := reflect.ValueOf(entry).Elem()
	switch s.name {
	case mainSheet:
		return b.row(s, entry.ID, "", 0, v)
	case registersSheet:
		for i, x := range entry.Secrecy {
			for j := range x.Registers {
				key := itemKey(itemKey("secrecy", i)+".registers", j)
				if err := b.row(s, entry.ID, key, i+1, reflect.ValueOf(x.Registers[j])); err != nil {
					return err
				}
			}
		}
		return nil
	}
	list := v.FieldByIndex(s.index)
	for i := range list.Len() {
		if err := b.row(s, entry.ID, itemKey(s.name, i), 0, list.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

// row writes one row; number is for numberColumn.
func (b *exporter) row(s sheet, id, key string, number int, v reflect.Value) error {
	row := b.next[s.name]
	b.next[s.name]++
	b.at.note(id, key, place{s.name, row})
	if err := b.file.SetCellStr(s.name, cellName(1, row), id); err != nil {
		return err
	}
	if s.name == registersSheet {
		if err := b.file.SetCellInt(s.name, cellName(2, row), int64(number)); err != nil {
			return err
		}
	}
	for i, c := range s.columns {
		value := v
		if c.index != nil {
			value = v.FieldByIndex(c.index)
		}
		if err := b.cell(s.name, cellName(s.before()+i+1, row), c, value); err != nil {
			return fmt.Errorf("%s: %w", c.path, err)
		}
	}
	return nil
}

func (b *exporter) cell(sheetName, cell string, c column, v reflect.Value) error {
	if v.IsZero() {
		return nil
	}
	switch c.shape {
	case flag:
		return b.file.SetCellStr(sheetName, cell, "yes")
	case count:
		return b.file.SetCellInt(sheetName, cell, v.Int())
	case day:
		t, err := time.Parse(time.DateOnly, v.String())
		if err != nil {
			return fmt.Errorf("%q is no date", v.String())
		}
		if err := b.file.SetCellValue(sheetName, cell, t); err != nil {
			return err
		}
		return b.file.SetCellStyle(sheetName, cell, cell, b.styles.day)
	case lines:
		words := v.Interface().([]string)
		if slices.ContainsFunc(words, func(w string) bool { return w == "" || strings.Contains(w, "\n") }) {
			return fmt.Errorf("an item of the list is empty or has several lines, which a cell cannot show")
		}
		return b.text(sheetName, cell, strings.Join(words, "\n"))
	}
	return b.text(sheetName, cell, v.String())
}

// text writes a text as it is. What a workbook would change is refused.
func (b *exporter) text(sheetName, cell, s string) error {
	if utf8.RuneCountInString(s) > excelize.TotalCellChars {
		return fmt.Errorf("the text is longer than the %d characters that a cell holds", excelize.TotalCellChars)
	}
	if strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' || r == utf8.RuneError || r >= 0xFFFE && r <= 0xFFFF
	}) >= 0 {
		return fmt.Errorf("the text has a control character, which a workbook cannot hold")
	}
	if escaped.MatchString(s) {
		return fmt.Errorf("the text has something like _x0041_, which a workbook reads as a character")
	}
	return b.file.SetCellStr(sheetName, cell, s)
}
