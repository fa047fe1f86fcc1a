package document

import (
	"encoding/xml"
	"errors"
	"math"
	"path"
	"strconv"
	"strings"
	"time"
)

// workbook is what the sheets of a workbook share.
type workbook struct {
	*ooxml
	strings  []string
	used     []bool
	dates    []bool // by the number of a style: the cell shows a day or a time
	digits   []int  // by the number of a style: filled with zeros up to so many digits
	date1904 bool
}

// workbook reads the sheets in their order: a piece for each row, its cells
// with tabs between them.
func (o *ooxml) workbook() error {
	b := &workbook{ooxml: o}
	o.sheetOf = map[string]string{}
	type sheet struct {
		name, id string
		hidden   bool
	}
	var sheets []sheet
	o.part = "xl/workbook.xml"
	err := o.elements(o.part, func(t xml.StartElement) error {
		switch t.Name.Local {
		case "sheet":
			if len(sheets) >= o.limits.Pages {
				return fault(ReasonTooMany)
			}
			sheets = append(sheets, sheet{attr(t, "name"), attr(t, "id"), attr(t, "state") != "" && attr(t, "state") != "visible"})
		case "workbookPr":
			b.date1904 = attr(t, "date1904") == "1" || attr(t, "date1904") == "true"
		}
		return nil
	})
	relations, rerr := o.relationsOf("xl/workbook.xml")
	if err := o.keep(errors.Join(err, rerr)); err != nil {
		return err
	}
	o.part = "xl/sharedStrings.xml"
	if err := o.keep(b.shared()); err != nil {
		return err
	}
	o.part = "xl/styles.xml"
	if err := o.keep(b.styles()); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, s := range sheets {
		target := relations[s.id].target
		if err := o.keep(b.sheetPart(target, s.name, s.hidden)); err != nil {
			return err
		}
		seen[target] = true
	}
	for _, m := range o.zip.files { // a sheet that the workbook does not list
		if ok, _ := path.Match("xl/worksheets/*.xml", m.Name); ok && !seen[m.Name] {
			if err := o.keep(b.sheetPart(m.Name, path.Base(m.Name), true)); err != nil {
				return err
			}
		}
	}
	return o.keep(b.leftovers())
}

// elements calls fn for every element of a part; a part that is missing has
// none.
func (o *ooxml) elements(part string, fn func(xml.StartElement) error) error {
	m := o.zip.names[part]
	if m == nil {
		return nil
	}
	r, err := o.openMember(m)
	if err != nil {
		return err
	}
	return o.eachElement(o.xml(r), fn)
}

// shared reads the table of strings that cells refer to, within Limits.Held.
func (b *workbook) shared() error {
	m := b.zip.names["xl/sharedStrings.xml"]
	if m == nil {
		return nil
	}
	r, err := b.openMember(m)
	if err != nil {
		return err
	}
	const overhead = 32 // of a string in memory
	w := &walker{f: b.file, x: b.xml(r), place: func() Place { return Place{} }, d: &dialect{
		rules: map[string]rule{"si": {act: actBlock}, "t": {act: actText}},
	}}
	begun := 0
	w.also = func(t xml.StartElement) error {
		if t.Name.Local == "si" {
			begun++
		}
		return nil
	}
	w.took = func(p Piece) error {
		if len(b.strings) >= begun {
			return fault(ReasonTooLarge) // a string that was divided: the cells would get others
		}
		if b.held += int64(len(p.Text)) + overhead; b.held > b.limits.Held { // given back at the end of the file
			return fault(ReasonTooLarge)
		}
		if len(b.strings) >= b.limits.Cells {
			return fault(ReasonTooMany)
		}
		b.strings = append(b.strings, p.Text)
		return nil
	}
	err = w.walk(frame{role: RoleBody})
	b.used = make([]bool, len(b.strings))
	return err
}

// leftovers hands over the strings that no cell refers to: what was deleted
// from the sheets may stand there still.
func (b *workbook) leftovers() error {
	b.part = "xl/sharedStrings.xml"
	for i, s := range b.strings {
		if !b.used[i] {
			if err := b.say(Piece{Role: RoleOther, Hidden: true, Place: Place{Unit: UnitProperty, Number: i + 1}, Text: s}); err != nil {
				return err
			}
		}
	}
	return nil
}

// styles reads which styles show numbers as days, and which fill them with
// zeros: a day of birth is stored as the number of a day, a postal code as a
// number without its first zeros.
func (b *workbook) styles() error {
	formats := map[string]string{}
	inCells := false
	return b.elements("xl/styles.xml", func(t xml.StartElement) error {
		switch t.Name.Local {
		case "numFmt":
			if len(formats) < 10_000 {
				formats[attr(t, "numFmtId")] = attr(t, "formatCode")
			}
		case "cellXfs":
			inCells = true
		case "cellStyles", "dxfs":
			inCells = false
		case "xf":
			if !inCells || len(b.dates) >= 100_000 {
				return nil
			}
			id := attr(t, "numFmtId")
			n, _ := strconv.Atoi(id)
			code := formats[id]
			b.dates = append(b.dates, 14 <= n && n <= 22 || 45 <= n && n <= 47 || dateCode(code))
			zeros := 0
			if len(code) < 100 && code == strings.Repeat("0", len(code)) {
				zeros = len(code)
			}
			b.digits = append(b.digits, zeros)
		}
		return nil
	})
}

// dateCode tells whether a number format shows a day or a time.
func dateCode(code string) bool {
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case quoted || bracket:
		case strings.IndexByte("dDyYhHsSpPkKvV", c) >= 0: // p, k, v: days in the formats of Finnish programs
			return true
		}
	}
	return false
}

// sheetPart reads one sheet, and notes which parts belong to it.
func (b *workbook) sheetPart(part, name string, hidden bool) error {
	b.part = label(part)
	m := b.zip.names[part]
	if m == nil {
		return fault(ReasonDamaged)
	}
	if b.pages++; b.pages > b.limits.Pages {
		return fault(ReasonTooMany)
	}
	if err := b.say(Piece{Role: RoleBody, Hidden: hidden, Place: Place{Unit: UnitSheet, Name: name}, Text: name}); err != nil {
		return err
	}
	relations, err := b.relationsOf(part)
	if err != nil {
		return err
	}
	for _, r := range relations {
		b.sheetOf[r.target] = name
	}
	r, err := b.openMember(m)
	if err != nil {
		return err
	}
	s := &sheetReader{workbook: b, x: b.xml(r), name: name, hidden: hidden}
	return s.read()
}

// sheetReader reads the rows of one sheet.
type sheetReader struct {
	*workbook
	x       *xmlReader
	name    string
	hidden  bool
	columns [][2]int // hidden ones, from and to
	row     int
	rowHid  bool
	cells   []string
	secret  []string // cells of hidden columns
	cell    struct {
		ref, kind, style        string
		value, formula, written strings.Builder
	}
}

func (s *sheetReader) read() error {
	err := s.tokens()
	if ferr := s.flush(); ferr != nil && err == nil {
		err = ferr
	}
	return err
}

func (s *sheetReader) tokens() error {
	var into *strings.Builder
	for {
		tok, err := s.x.next()
		if ended(err) {
			if s.x.depth > 0 {
				return fault(ReasonDamaged)
			}
			return nil
		}
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if into, err = s.start(t); err != nil {
				return err
			}
		case xml.CharData:
			if into != nil {
				into.Write(t)
			}
		case xml.EndElement:
			into = nil
			if err := s.end(t.Name.Local); err != nil {
				return err
			}
		}
	}
}

func (s *sheetReader) place(cell string) Place {
	return Place{Unit: UnitSheet, Name: s.name, Row: s.row, Cell: cell}
}

// start gives where the text of the element belongs; nil if nowhere.
func (s *sheetReader) start(t xml.StartElement) (*strings.Builder, error) {
	switch t.Name.Local {
	case "row":
		s.row++
		if n, err := strconv.Atoi(attr(t, "r")); err == nil && n > 0 {
			s.row = n
		}
		s.rowHid = attr(t, "hidden") == "1" || attr(t, "hidden") == "true"
	case "col":
		if h := attr(t, "hidden"); (h == "1" || h == "true") && len(s.columns) < 10_000 {
			from, _ := strconv.Atoi(attr(t, "min"))
			to, _ := strconv.Atoi(attr(t, "max"))
			s.columns = append(s.columns, [2]int{from, to})
		}
	case "c":
		if s.workbook.cells++; s.workbook.cells > s.limits.Cells {
			return nil, fault(ReasonTooMany)
		}
		s.cell.ref, s.cell.kind, s.cell.style = attr(t, "r"), attr(t, "t"), attr(t, "s")
		s.cell.value.Reset()
		s.cell.formula.Reset()
		s.cell.written.Reset()
	case "v":
		return &s.cell.value, nil
	case "f":
		return &s.cell.formula, nil
	case "t":
		return &s.cell.written, nil
	case "oddHeader", "evenHeader", "firstHeader", "oddFooter", "evenFooter", "firstFooter", "formula1", "formula2":
		s.cell.formula.Reset()
		return &s.cell.formula, nil
	case "hyperlink":
		for _, a := range []string{"location", "display", "tooltip"} {
			if err := s.say(Piece{Role: RoleLink, Place: s.place(attr(t, "ref")), Hidden: s.hidden, Text: attr(t, a)}); err != nil {
				return nil, err
			}
		}
	case "dataValidation":
		for _, a := range []string{"prompt", "promptTitle", "error", "errorTitle"} {
			if err := s.say(Piece{Role: RoleField, Place: s.place(attr(t, "sqref")), Hidden: true, Text: attr(t, a)}); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

func (s *sheetReader) end(name string) error {
	switch name {
	case "c":
		return s.endCell()
	case "row":
		return s.flush()
	case "oddHeader", "evenHeader", "firstHeader":
		return s.say(Piece{Role: RoleHeader, Place: Place{Unit: UnitSheet, Name: s.name}, Text: headerText(s.cell.formula.String())})
	case "oddFooter", "evenFooter", "firstFooter":
		return s.say(Piece{Role: RoleFooter, Place: Place{Unit: UnitSheet, Name: s.name}, Text: headerText(s.cell.formula.String())})
	case "formula1", "formula2":
		return s.say(Piece{Role: RoleField, Place: Place{Unit: UnitSheet, Name: s.name}, Hidden: true, Text: s.cell.formula.String()})
	}
	return nil
}

// headerText drops the codes of fonts and places from the header of a sheet.
func headerText(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '&' || i+1 >= len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; {
		case c == '&':
			b.WriteByte('&')
		case c == '"':
			if end := strings.IndexByte(s[i+1:], '"'); end >= 0 {
				i += end + 1
			}
		case c == 'L' || c == 'C' || c == 'R':
			b.WriteByte('\t')
		case '0' <= c && c <= '9':
			for i+1 < len(s) && '0' <= s[i+1] && s[i+1] <= '9' {
				i++
			}
		}
	}
	return b.String()
}

func (s *sheetReader) endCell() error {
	text := s.cell.written.String()
	value := s.cell.value.String()
	switch {
	case s.cell.kind == "s":
		i, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || i < 0 || i >= len(s.strings) {
			s.trouble(Trouble{Reason: ReasonDamaged, Part: s.part, Place: s.place(s.cell.ref)})
			break
		}
		text, s.used[i] = s.strings[i], true
	case value != "":
		text += s.shown(value)
	}
	if f := s.cell.formula.String(); f != "" {
		s.active(ActiveFormulas)
		if err := s.say(Piece{Role: RoleFormula, Place: s.place(s.cell.ref), Hidden: true, Text: f}); err != nil {
			return err
		}
	}
	s.cell.formula.Reset()
	if strings.TrimSpace(text) == "" {
		return nil
	}
	if s.columnHidden(s.cell.ref) {
		s.secret = append(s.secret, text)
	} else {
		s.cells = append(s.cells, text)
	}
	// Strings that many cells share make a row longer than it is in the file.
	if total := len(s.cells) + len(s.secret); total%64 == 0 || len(text) > PieceBytes {
		return s.long()
	}
	return nil
}

// long hands over a row that has become longer than a piece.
func (s *sheetReader) long() error {
	n := 0
	for _, c := range s.cells {
		n += len(c)
	}
	for _, c := range s.secret {
		n += len(c)
	}
	if n < PieceBytes {
		return nil
	}
	return s.flush()
}

// shown gives a number as the program shows it, where that matters for a
// person's data: days, and numbers filled with zeros.
func (s *sheetReader) shown(value string) string {
	style, err := strconv.Atoi(s.cell.style)
	if err != nil || style < 0 || style >= len(s.dates) || s.cell.kind != "" && s.cell.kind != "n" {
		return value
	}
	if n := s.digits[style]; n > len(value) {
		return strings.Repeat("0", n-len(value)) + value
	}
	if !s.dates[style] {
		return value
	}
	serial, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(serial) || serial < 0 || serial > 2_958_466 { // the end of the year 9999
		return value
	}
	zero := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if s.date1904 {
		zero = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	day, part := math.Modf(serial)
	at := zero.AddDate(0, 0, int(day)).Add(time.Duration(math.Round(part*86400)) * time.Second)
	switch {
	case part == 0:
		return at.Format("2006-01-02")
	case day == 0:
		return at.Format("15:04:05")
	}
	return at.Format("2006-01-02 15:04:05")
}

func (s *sheetReader) columnHidden(ref string) bool {
	if len(s.columns) == 0 {
		return false
	}
	col := 0
	for i := 0; i < len(ref) && 'A' <= ref[i] && ref[i] <= 'Z' && i < 4; i++ {
		col = col*26 + int(ref[i]-'A') + 1
	}
	for _, c := range s.columns {
		if c[0] <= col && col <= c[1] {
			return true
		}
	}
	return false
}

// flush hands over what there is of the row.
func (s *sheetReader) flush() error {
	shown, secret := strings.Join(s.cells, "\t"), strings.Join(s.secret, "\t")
	s.cells, s.secret = s.cells[:0], s.secret[:0]
	if err := s.say(Piece{Role: RoleBody, Hidden: s.hidden || s.rowHid, Place: s.place(""), Text: shown}); err != nil {
		return err
	}
	return s.say(Piece{Role: RoleBody, Hidden: true, Place: s.place(""), Text: secret})
}
