package document

import (
	"archive/zip"
	"encoding/xml"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

type readerAt = io.ReaderAt

func section(src io.ReaderAt, size int64) io.Reader { return io.NewSectionReader(src, 0, size) }

// office is the dialect of WordprocessingML and DrawingML, which also serves
// charts, diagrams, comments and the other small parts.
func office() *dialect {
	return &dialect{
		rules: map[string]rule{
			"p": {act: actBlock}, "t": {act: actText}, "v": {act: actText, role: RoleField}, "text": {act: actTextBlock},
			"delText": {act: actText, role: RoleDeleted}, "instrText": {act: actText, role: RoleField}, "delInstrText": {act: actText, role: RoleDeleted},
			"tab": {act: actTab}, "ptab": {act: actTab}, "br": {act: actLine}, "cr": {act: actLine}, "noBreakHyphen": {act: actHyphen},
			"tabs": {act: actSkip}, "del": {act: actDeleted}, "moveFrom": {act: actDeleted}, "ins": {act: actInsert}, "moveTo": {act: actInsert},
			"vanish": {act: actVanish}, "webHidden": {act: actVanish}, "txbxContent": {act: actRole, role: RoleTextBox},
			"comment": {act: actRole, role: RoleComment}, "threadedComment": {act: actRole, role: RoleComment},
			"footnote": {act: actRole, role: RoleFootnote}, "endnote": {act: actRole, role: RoleEndnote},
			"author": {act: actText, role: RoleMetadata},
		},
		attrs: map[string]Role{"descr": RoleAlt, "title": RoleAlt, "string": RoleAlt, "instr": RoleField, "tooltip": RoleLink, "author": RoleMetadata},
		run:   "r",
	}
}

// fieldValues are elements of a word processor whose attribute val is text.
var fieldValues = []string{"docVar", "default", "listEntry", "alias", "listItem", "statusText", "helpText", "tag"}

// ooxml is an office file of the zip kind while it is read.
type ooxml struct {
	*file
	zip     *archive
	sheetOf map[string]string // the sheet that a part belongs to
}

var (
	skippedPart = regexp.MustCompile(`(^\[Content_Types\]\.xml|/(styles|stylesWithEffects|theme\d*|fontTable|webSettings|numbering|tableStyles|presProps|viewProps|commentsIds|commentsExtensible|calcChain|sharedStrings|colors\d*|style\d+)\.xml|\.odttf|\.fntdata|printerSettings\d*\.bin|\.vml\.rels)$`)
	numbered    = regexp.MustCompile(`(\d+)\.xml$`)
	picture     = regexp.MustCompile(`(?i)\.(png|jpe?g|gif|tiff?|bmp|emf|wmf|svg|webp|ico|wdp)$`)
)

// readOOXML reads docx, xlsx and pptx: the main text first, then every other
// part of the package that may hold text.
func (f *file) readOOXML(src io.ReaderAt, size int64) error {
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
	if f.Format == FormatXLSX {
		if err := o.workbook(); err != nil {
			return err
		}
	}
	for i, m := range o.ordered() {
		if i >= f.limits.Members {
			return fault(ReasonTooMany)
		}
		f.part = label(m.Name)
		if err := f.keep(o.read(m)); err != nil {
			return err
		}
	}
	f.part = ""
	return nil
}

// ordered gives the parts as they are to be read: body, slides by number, the
// rest as they stand in the package.
func (o *ooxml) ordered() []*zip.File {
	rank := func(name string) (int, int) {
		n := 0
		if m := numbered.FindStringSubmatch(name); m != nil {
			n, _ = strconv.Atoi(m[1])
		}
		switch dir := path.Dir(name); {
		case strings.HasPrefix(name, "word/document"):
			return 0, 0
		case dir == "ppt/slides":
			return 1, n
		case dir == "ppt/notesSlides":
			return 2, n
		}
		return 3, 0
	}
	parts := slices.Clone(o.zip.files)
	slices.SortStableFunc(parts, func(a, b *zip.File) int {
		ra, na := rank(a.Name)
		rb, nb := rank(b.Name)
		if ra != rb {
			return ra - rb
		}
		return na - nb
	})
	return parts
}

// read reads one part by what its name says that it is.
func (o *ooxml) read(m *zip.File) error {
	name := m.Name
	lower := strings.ToLower(name)
	switch {
	case strings.HasSuffix(name, "/"), skippedPart.MatchString(name):
		return nil
	case strings.HasSuffix(lower, "vbaproject.bin"):
		o.active(ActiveMacros)
		return nil
	case strings.Contains(lower, "/activex/") && strings.HasSuffix(lower, ".bin"):
		o.active(ActiveObjects)
		return nil
	case picture.MatchString(name):
		if !strings.HasPrefix(name, "docProps/") { // its first page, in small
			o.Images++
		}
		return nil
	case strings.HasSuffix(lower, ".rels"):
		return o.relations(m)
	case strings.HasPrefix(name, "xl/worksheets/") && strings.HasSuffix(lower, ".xml"):
		return nil // read with the workbook
	case strings.HasSuffix(lower, ".xml"), strings.HasSuffix(lower, ".vml"):
		return o.xmlPart(m)
	}
	if strings.Contains(lower, "oleobject") {
		o.active(ActiveObjects)
	}
	return o.inside(path.Base(name), int64(min(m.UncompressedSize64, 1<<62)), func() (io.Reader, error) { return o.openMember(m) })
}

func (o *ooxml) xmlPart(m *zip.File) error {
	r, err := o.openMember(m)
	if err != nil {
		return err
	}
	switch m.Name {
	case "docProps/core.xml", "docProps/app.xml", "docProps/custom.xml":
		return o.properties(r, m.Name)
	}
	w := &walker{f: o.file, x: o.xml(r), d: office()}
	base := frame{role: RoleOther}
	number, cell := 0, ""
	w.place = func() Place { number++; return Place{Unit: UnitParagraph, Number: number} }
	base.role = roleOfPart(m.Name)
	base.hidden = base.role == RoleOther
	if unit := unitOfPart(m.Name); unit != UnitNone {
		place := Place{Unit: unit}
		if n := numbered.FindStringSubmatch(m.Name); n != nil {
			place.Number, _ = strconv.Atoi(n[1])
		}
		if o.pages++; o.pages > o.limits.Pages {
			return fault(ReasonTooMany)
		}
		w.place = func() Place { return place }
	}
	if base.hidden || strings.HasPrefix(m.Name, "xl/") {
		w.d.leaf = true
		for _, a := range []string{"v", "u", "name", "displayName", "ref1", "value"} {
			w.d.attrs[a] = RoleOther
		}
	}
	if sheet, ok := o.sheetOf[m.Name]; ok {
		w.place = func() Place { return Place{Unit: UnitSheet, Name: sheet, Cell: cell} }
	}
	w.also = func(t xml.StartElement) error {
		if ref := attr(t, "ref"); ref != "" {
			cell = ref
		}
		return o.element(w, t)
	}
	return w.walk(base)
}

// element sees to what the dialect cannot say by a name alone.
func (o *ooxml) element(w *walker, t xml.StartElement) error {
	if t.Name.Local == "sld" && attr(t, "show") == "0" {
		w.top().hidden = true
	}
	if slices.Contains(fieldValues, t.Name.Local) {
		for _, a := range []string{"val", "displayText", "value"} {
			if v := attr(t, a); v != "" && v != "0" && v != "1" {
				if err := w.say(Piece{Role: RoleField, Place: w.place(), Text: v}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func unitOfPart(name string) Unit {
	switch path.Dir(name) {
	case "ppt/slides", "ppt/notesSlides":
		return UnitSlide
	}
	return UnitNone
}

func roleOfPart(name string) Role {
	dir, base := path.Split(name)
	switch {
	case strings.HasSuffix(base, ".vml"):
		return RoleOther
	case dir == "word/" && strings.HasPrefix(base, "document"), dir == "ppt/slides/":
		return RoleBody
	case strings.HasPrefix(base, "header"):
		return RoleHeader
	case strings.HasPrefix(base, "footer"):
		return RoleFooter
	case strings.HasPrefix(base, "footnotes"):
		return RoleFootnote
	case strings.HasPrefix(base, "endnotes"):
		return RoleEndnote
	case strings.Contains(strings.ToLower(name), "comment"):
		return RoleComment
	case dir == "ppt/notesSlides/":
		return RoleNotes
	case dir == "ppt/slideMasters/", dir == "ppt/slideLayouts/", dir == "ppt/notesMasters/", dir == "ppt/handoutMasters/":
		return RoleLayout
	case strings.Contains(dir, "charts/"), strings.Contains(dir, "diagrams/"), strings.Contains(dir, "drawings/"):
		return RoleBody
	}
	return RoleOther
}

// relation is a line of a .rels part.
type relation struct{ target, kind string }

// relationsOf gives the relations of a part by id; target is a part of the
// package. Of a part without relations it gives none.
func (o *ooxml) relationsOf(part string) (map[string]relation, error) {
	dir, base := path.Split(part)
	m := o.zip.names[dir+"_rels/"+base+".rels"]
	if m == nil {
		return nil, nil
	}
	r, err := o.openMember(m)
	if err != nil {
		return nil, err
	}
	out := map[string]relation{}
	err = o.eachElement(o.xml(r), func(t xml.StartElement) error {
		if len(out) > o.limits.Members {
			return fault(ReasonTooMany)
		}
		if t.Name.Local == "Relationship" && attr(t, "TargetMode") != "External" {
			target := attr(t, "Target")
			if !strings.HasPrefix(target, "/") {
				target = path.Join(dir, target)
			}
			out[attr(t, "Id")] = relation{strings.TrimPrefix(path.Clean(target), "/"), path.Base(attr(t, "Type"))}
		}
		return nil
	})
	return out, err
}

func (f *file) eachElement(x *xmlReader, fn func(xml.StartElement) error) error {
	for {
		tok, err := x.next()
		if ended(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if t, ok := tok.(xml.StartElement); ok {
			if err := fn(t); err != nil {
				return err
			}
		}
	}
}

// relations hands over the links out of the package: mail addresses and
// phone numbers stand in them. Nothing is fetched.
func (o *ooxml) relations(m *zip.File) error {
	r, err := o.openMember(m)
	if err != nil {
		return err
	}
	return o.eachElement(o.xml(r), func(t xml.StartElement) error {
		if t.Name.Local != "Relationship" || attr(t, "TargetMode") != "External" {
			return nil
		}
		if path.Base(attr(t, "Type")) != "hyperlink" {
			o.active(ActiveExternal)
		}
		return o.say(Piece{Role: RoleLink, Text: readableLink(attr(t, "Target"))})
	})
}
