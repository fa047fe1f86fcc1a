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
			"binary-data": {act: actSkip}, "font-face-decls": {act: actSkip}, "script": {act: actSkip}, "event-listeners": {act: actSkip},
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
	cells  []string
	size   int
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
		if attr(t, "display") == "none" || attr(t, "condition") != "" && strings.HasPrefix(t.Name.Local, "hidden") {
			w.top().hidden = true
		}
		if err := f.formValue(w, t); err != nil {
			return err
		}
		if sheets {
			return table.element(t)
		}
		return nil
	}
	if sheets {
		w.took = func(p Piece) error {
			if p.Role != RoleBody || table.name == "" {
				return f.say(p)
			}
			table.cells = append(table.cells, p.Text)
			if table.size += len(p.Text); table.size > PieceBytes {
				return table.flush()
			}
			return nil
		}
	}
	return w, table
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

// element counts sheets and rows. A row or a cell that is repeated stands in
// the file once and is handed over once, at its first place.
func (o *odfTable) element(t xml.StartElement) error {
	switch t.Name.Local {
	case "table":
		if err := o.flush(); err != nil {
			return err
		}
		o.name, o.row, o.next = attr(t, "name"), 0, 1
		if o.f.pages++; o.f.pages > o.f.limits.Pages {
			return fault(ReasonTooMany)
		}
		return o.f.say(Piece{Role: RoleBody, Place: Place{Unit: UnitSheet, Name: o.name}, Text: o.name})
	case "table-row":
		if err := o.flush(); err != nil {
			return err
		}
		o.row = o.next
		n, err := strconv.Atoi(attr(t, "number-rows-repeated"))
		if err != nil || n < 1 {
			n = 1
		}
		o.next = o.row + min(n, 1<<20)
		v := attr(t, "visibility")
		o.hidden = v == "collapse" || v == "filter"
	case "table-cell", "covered-table-cell":
		if o.f.cells++; o.f.cells > o.f.limits.Cells {
			return fault(ReasonTooMany)
		}
	}
	return nil
}

func (o *odfTable) flush() error {
	text := strings.Join(o.cells, "\t")
	o.cells, o.size = o.cells[:0], 0
	return o.f.say(Piece{Role: RoleBody, Hidden: o.hidden, Place: Place{Unit: UnitSheet, Name: o.name, Row: o.row}, Text: text})
}
