package document

import (
	"encoding/xml"
	"io"
	"path"
	"strconv"
	"strings"
)

// openDocument is the dialect of ODF: text stands between any tags of a
// paragraph.
func openDocument() *dialect {
	return &dialect{
		mixed: true, leaf: true,
		rules: map[string]rule{
			"p": {act: actBlock}, "h": {act: actBlock}, "s": {act: actSpaces}, "tab": {act: actTab}, "line-break": {act: actLine},
			"note-body": {act: actRole, role: RoleFootnote}, "note-citation": {act: actSkip},
			"annotation": {act: actRole, role: RoleComment}, "deletion": {act: actRole, role: RoleDeleted},
			"header": {act: actRole, role: RoleHeader}, "header-left": {act: actRole, role: RoleHeader}, "header-first": {act: actRole, role: RoleHeader},
			"footer": {act: actRole, role: RoleFooter}, "footer-left": {act: actRole, role: RoleFooter}, "footer-first": {act: actRole, role: RoleFooter},
			"text-box": {act: actRole, role: RoleTextBox}, "notes": {act: actRole, role: RoleNotes}, "desc": {act: actBlock, role: RoleAlt},
			"dc:creator": {act: actMeta}, "dc:date": {act: actSkip}, "title": {act: actBlock, role: RoleAlt}, "hidden-text": {act: actHidden}, "hidden-paragraph": {act: actHidden},
			"number-style": {act: actSkip}, "currency-style": {act: actSkip}, "date-style": {act: actSkip}, "time-style": {act: actSkip},
			"percentage-style": {act: actSkip}, "boolean-style": {act: actSkip}, "text-style": {act: actSkip}, "binary-data": {act: actSkip}, "font-face-decls": {act: actSkip}, "script": {act: actSkip}, "event-listeners": {act: actSkip},
			"meta": {act: actSkip}, "settings": {act: actSkip}, "creator-initials": {act: actSkip}, "sender-initials": {act: actBlock},
		},
		attrs: map[string]Role{"href": RoleLink, "current-value": RoleField, "label": RoleField, "string-value": RoleField, "formula": RoleFormula, "password": RoleField},
	}
}

// readODF reads odt, ods and odp, packed or flat.
func (f *file) readODF(src io.ReaderAt, size int64) error {
	head := make([]byte, 2)
	if _, err := src.ReadAt(head, 0); err != nil && !ended(err) {
		return err
	}
	if string(head) != "PK" {
		return f.flatODF(src, size)
	}
	a, err := openZip(src, size, f.limits.Members)
	if err != nil {
		return err
	}
	if over, err := a.overlapping(f.tick); err != nil {
		return err
	} else if over {
		return fault(ReasonBomb)
	}
	o := &ooxml{file: f, zip: a}
	if locked, err := o.lockedODF(); err != nil || locked {
		if locked {
			return fault(ReasonEncrypted)
		}
		return err
	}
	first := []string{"content.xml", "styles.xml", "meta.xml"}
	for _, name := range first {
		m := a.names[name]
		if m == nil {
			continue
		}
		f.part = name
		r, err := f.openMember(m)
		if err == nil {
			err = f.odfPart(r, name)
		}
		if err := f.keep(err); err != nil {
			return err
		}
	}
	for i, m := range a.files {
		if i >= f.limits.Members {
			return fault(ReasonTooMany)
		}
		f.part = label(m.Name)
		if err := f.keep(o.otherODF(m.Name, int64(min(m.UncompressedSize64, 1<<62)), func() (io.Reader, error) { return f.openMember(m) })); err != nil {
			return err
		}
	}
	f.part = ""
	return nil
}

// lockedODF tells whether the parts are encrypted.
func (o *ooxml) lockedODF() (locked bool, err error) {
	err = o.elements("META-INF/manifest.xml", func(t xml.StartElement) error {
		locked = locked || t.Name.Local == "encryption-data"
		return nil
	})
	return locked, o.keep(err)
}

// odfPart reads one of the main parts.
func (f *file) odfPart(r io.Reader, name string) error {
	if name == "meta.xml" {
		return f.properties(r, name)
	}
	return f.odfText(f.xml(r), name == "content.xml")
}

// otherODF sees to the parts beside the main ones.
func (o *ooxml) otherODF(name string, size int64, open func() (io.Reader, error)) error {
	switch {
	case name == "content.xml", name == "styles.xml", name == "meta.xml", name == "mimetype", name == "settings.xml",
		strings.HasSuffix(name, "/"), strings.HasPrefix(name, "META-INF/"), strings.HasPrefix(name, "Configurations2/"),
		strings.HasPrefix(name, "Thumbnails/"), strings.HasPrefix(name, "ObjectReplacements/"), strings.HasSuffix(name, ".rdf"),
		strings.HasPrefix(name, "layout-cache"), strings.HasPrefix(name, "Fonts/"):
		return nil
	case strings.HasPrefix(name, "Basic/"), strings.HasPrefix(name, "Scripts/"):
		o.active(ActiveMacros)
		return nil
	case picture.MatchString(name):
		o.Images++
		return nil
	case path.Base(name) == "content.xml": // an embedded chart, table or formula
		r, err := open()
		if err != nil {
			return err
		}
		return o.odfText(o.xml(r), true)
	case path.Base(name) == "styles.xml", path.Base(name) == "meta.xml", path.Base(name) == "settings.xml", path.Base(name) == "mimetype":
		return nil
	}
	o.active(ActiveObjects)
	return o.inside(path.Base(name), size, open)
}

func (f *file) flatODF(src io.ReaderAt, size int64) error {
	w, table := f.odfWalker(f.xml(f.metered(section(src, size), 0)), true)
	w.d.rules["meta"] = rule{act: actRole, role: RoleMetadata}
	err := w.walk(frame{role: RoleBody})
	if ferr := table.flush(); err == nil {
		err = ferr
	}
	return err
}

// odfText reads a part with text: paragraphs, slides, or rows of tables.
func (f *file) odfText(x *xmlReader, body bool) error {
	w, table := f.odfWalker(x, body)
	base := frame{role: RoleBody}
	if !body {
		base.role = RoleLayout
	}
	err := w.walk(base)
	if ferr := table.flush(); err == nil {
		err = ferr
	}
	return err
}

// odfTable gathers the rows of a spreadsheet.
type odfTable struct {
	f      *file
	name   string
	row    int
	next   int
	hidden bool
	whole  bool // the sheet is hidden
	cells  []string
	secret []string // of hidden columns
	size   int
	// columns are the hidden ones, from and to; column is that of the cell.
	columns      [][2]int
	column, last int
}

func (f *file) odfWalker(x *xmlReader, body bool) (*walker, *odfTable) {
	w := &walker{f: f, x: x, d: openDocument()}
	table := &odfTable{f: f}
	number, slide := 0, 0
	w.place = func() Place {
		switch {
		case table.name != "":
			return Place{Unit: UnitSheet, Name: table.name, Row: table.row}
		case slide > 0:
			return Place{Unit: UnitSlide, Number: slide}
		}
		number++
		return Place{Unit: UnitParagraph, Number: number}
	}
	sheets := f.Format == FormatODS && body
	if f.Format == FormatODP {
		delete(w.d.rules, "text-box") // every text of a slide stands in one
	}
	styles := odfStyles{hidden: map[string]bool{}}
	w.also = func(t xml.StartElement) error {
		switch t.Name.Local {
		case "page":
			if strings.HasSuffix(t.Name.Space, "drawing:1.0") {
				slide++
				if f.pages++; f.pages > f.limits.Pages {
					return fault(ReasonTooMany)
				}
			}
		case "library", "event-listener":
			f.active(ActiveMacros)
		case "encryption-data":
			return fault(ReasonEncrypted)
		}
		if a := attr(t, "formula"); a != "" {
			f.active(ActiveFormulas)
		}
		if styles.hides(t) {
			w.top().hidden = true
		}
		if err := f.formValue(w, t); err != nil {
			return err
		}
		if sheets {
			return table.element(t, styles.hidden[attr(t, "style-name")])
		}
		return nil
	}
	if sheets {
		w.took = func(p Piece) error {
			if p.Role != RoleBody || table.name == "" {
				return f.say(p)
			}
			return table.take(p.Text)
		}
	}
	return w, table
}

// odfStyles notes which styles hide what has them.
type odfStyles struct {
	hidden map[string]bool
	name   string // of the style that is being read
}

// hides tells whether an element hides the text in it.
func (o *odfStyles) hides(t xml.StartElement) bool {
	switch {
	case t.Name.Local == "style" && len(o.hidden) < 10_000:
		o.name = attr(t, "name")
	case strings.HasSuffix(t.Name.Local, "-properties"):
		if d := attr(t, "display"); d == "none" || d == "false" || attr(t, "visibility") == "hidden" {
			o.hidden[o.name] = true
		}
	case o.hidden[attr(t, "style-name")]:
		return true
	}
	return attr(t, "condition") != "" && strings.HasPrefix(t.Name.Local, "hidden")
}

// formValue hands over the values of form fields and of cells whose shown
// text is another one: a day is stored in full and shown in short.
func (f *file) formValue(w *walker, t xml.StartElement) error {
	var values []string
	switch {
	case strings.HasSuffix(t.Name.Space, ":form:1.0"):
		values = append(values, attr(t, "value"), attr(t, "title"), attr(t, "name"))
	case t.Name.Local == "table-cell":
		values = append(values, attr(t, "date-value"))
	case t.Name.Local == "user-field-decl", t.Name.Local == "variable-set":
		values = append(values, attr(t, "value"))
	}
	for _, v := range values {
		if err := f.say(Piece{Role: RoleField, Place: w.place(), Hidden: true, Text: v}); err != nil {
			return err
		}
	}
	return nil
}

// repeated reads how often an element stands for itself.
func repeated(t xml.StartElement, name string) int {
	n, err := strconv.Atoi(attr(t, name))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, 1<<20)
}

// element counts sheets, rows and cells. A row or a cell that is repeated
// stands in the file once and is handed over once, at its first place.
func (o *odfTable) element(t xml.StartElement, hidden bool) error {
	switch t.Name.Local {
	case "table":
		if err := o.flush(); err != nil {
			return err
		}
		o.name, o.row, o.next, o.whole = attr(t, "name"), 0, 1, hidden
		o.columns, o.last = nil, 0
		if o.f.pages++; o.f.pages > o.f.limits.Pages {
			return fault(ReasonTooMany)
		}
		return o.f.say(Piece{Role: RoleBody, Hidden: hidden, Place: Place{Unit: UnitSheet, Name: o.name}, Text: o.name})
	case "table-column":
		from := o.last + 1
		o.last += repeated(t, "number-columns-repeated")
		if v := attr(t, "visibility"); (v == "collapse" || v == "filter") && len(o.columns) < 10_000 {
			o.columns = append(o.columns, [2]int{from, o.last})
		}
	case "table-row":
		if err := o.flush(); err != nil {
			return err
		}
		o.row, o.column, o.last = o.next, 0, 0
		o.next = o.row + repeated(t, "number-rows-repeated")
		v := attr(t, "visibility")
		o.hidden = v == "collapse" || v == "filter"
	case "table-cell", "covered-table-cell":
		if o.f.cells++; o.f.cells > o.f.limits.Cells {
			return fault(ReasonTooMany)
		}
		o.column = o.last + 1
		o.last += repeated(t, "number-columns-repeated")
	}
	return nil
}

// take notes the text of a cell.
func (o *odfTable) take(text string) error {
	if o.columnHidden() {
		o.secret = append(o.secret, text)
	} else {
		o.cells = append(o.cells, text)
	}
	if o.size += len(text); o.size > PieceBytes {
		return o.flush()
	}
	return nil
}

func (o *odfTable) columnHidden() bool {
	for _, c := range o.columns {
		if c[0] <= o.column && o.column <= c[1] {
			return true
		}
	}
	return false
}

func (o *odfTable) flush() error {
	place := Place{Unit: UnitSheet, Name: o.name, Row: o.row}
	text, secret := strings.Join(o.cells, "\t"), strings.Join(o.secret, "\t")
	o.cells, o.secret, o.size = o.cells[:0], o.secret[:0], 0
	if err := o.f.say(Piece{Role: RoleBody, Hidden: o.hidden || o.whole, Place: place, Text: text}); err != nil {
		return err
	}
	return o.f.say(Piece{Role: RoleBody, Hidden: true, Place: place, Text: secret})
}
