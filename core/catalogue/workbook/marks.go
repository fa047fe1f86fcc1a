package workbook

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/xuri/excelize/v2"

	"github.com/sinusta/sinusta/core/catalogue"
)

// escaped is how workbooks write characters that XML cannot hold.
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// spareRows is for how many new rows drop-down lists are ready.
const spareRows = 500

// vocabulary writes the words of closed vocabularies to a sheet that the
// drop-down lists take them from: a list in a cell holds 255 characters only.
func (b *exporter) vocabulary(layout []sheet) error {
	if _, err := b.file.NewSheet(wordsSheet); err != nil {
		return err
	}
	col := 0
	for _, s := range layout {
		for _, c := range s.columns {
			if c.words == nil {
				continue
			}
			col++
			if err := b.file.SetCellStr(wordsSheet, cellName(col, 1), s.name+" "+c.path); err != nil {
				return err
			}
			for i, w := range c.words {
				if err := b.file.SetCellStr(wordsSheet, cellName(col, i+2), w); err != nil {
					return err
				}
			}
		}
	}
	return b.file.SetPanes(wordsSheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

// dropDowns lets the cells of closed vocabularies be chosen from their words.
func (b *exporter) dropDowns(s sheet) error {
	col := 0
	for _, other := range sheets() {
		for i, c := range other.columns {
			if c.words == nil {
				continue
			}
			col++
			if other.name != s.name {
				continue
			}
			words, err := excelize.ColumnNumberToName(col)
			if err != nil {
				return err
			}
			here, err := excelize.ColumnNumberToName(s.before() + i + 1)
			if err != nil {
				return err
			}
			v := excelize.NewDataValidation(true)
			v.SetSqref(here + "2:" + here + strconv.Itoa(b.next[s.name]+spareRows))
			v.SetSqrefDropList(wordsSheet + "!$" + words + "$2:$" + words + "$" + strconv.Itoa(len(c.words)+1))
			v.SetError(excelize.DataValidationErrorStyleStop, c.path, "Choose one of the words of the list.")
			if err := b.file.AddDataValidation(s.name, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// comments puts what lint found at the cells concerned, several findings of
// one cell into one comment.
func (b *exporter) comments(findings []catalogue.Finding) error {
	type spot struct{ sheet, cell string }
	said := map[spot]string{}
	var order []spot
	for _, f := range findings {
		if _, ok := b.at[f.System]; !ok {
			continue // on the organisation, which is not in the workbook
		}
		sheetName, cell := b.at.cell(f.System, f.Path)
		at := spot{sheetName, cell}
		if !slices.Contains(order, at) {
			order = append(order, at)
		} else {
			said[at] += "\n"
		}
		said[at] += string(f.Severity) + ": " + f.Message + " (" + f.Rule + ")"
	}
	for _, at := range order {
		err := b.file.AddComment(at.sheet, excelize.Comment{Cell: at.cell, Author: "sinusta catalogue lint", Paragraph: []excelize.RichTextRun{{Text: said[at]}}, Width: 360, Height: 120})
		if err != nil {
			return err
		}
	}
	return nil
}
