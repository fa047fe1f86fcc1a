package document

import (
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core/document/internal/pdf"
)

// pdfReader reads one PDF.
type pdfReader struct {
	*file
	pdf *pdf.File
	// seen are dictionaries of fields and bookmarks that were read.
	seen map[pdf.Ref]bool
}

// pdfFault gives the error of the PDF reader as one of this package.
func pdfFault(err error) error {
	var f *faultError
	var reason Reason
	switch {
	case err == nil:
		return nil
	case halted(err) != nil:
		return halted(err)
	case errors.As(err, &f):
		return f
	case errors.Is(err, pdf.ErrEncrypted):
		reason = ReasonEncrypted
	case errors.Is(err, pdf.ErrDeep):
		reason = ReasonTooDeep
	case errors.Is(err, pdf.ErrMany):
		reason = ReasonTooMany
	case errors.Is(err, pdf.ErrBomb):
		reason = ReasonBomb
	case errors.Is(err, pdf.ErrFilter):
		reason = ReasonUnsupported
	default:
		reason = ReasonDamaged
	}
	return fault(reason)
}

// readPDF reads pages, annotations, form fields, bookmarks, metadata and
// attachments.
func (f *file) readPDF(src io.ReaderAt, size int64) error {
	opened, err := pdf.Open(src, size, pdf.Options{
		Objects: f.limits.Objects,
		Tick:    f.tick,
		Meter:   f.metered,
	})
	if err != nil {
		return pdfFault(err)
	}
	r := &pdfReader{file: f, pdf: opened, seen: map[pdf.Ref]bool{}}
	if opened.Repaired {
		f.trouble(Trouble{Reason: ReasonDamaged}) // an object may be lost that nobody can name
	}
	for _, step := range []func() error{r.info, r.pageTexts, r.form, r.outlines, r.attachments, r.actions} {
		if err := f.keep(pdfFault(step())); err != nil {
			return err
		}
	}
	if f.pages == 0 && len(f.Troubles) == 0 {
		return fault(ReasonDamaged)
	}
	return nil
}

// info reads the properties (§14.3.3) and the metadata in XML.
func (r *pdfReader) info() error {
	d, err := r.pdf.Dict(r.pdf.Trailer["Info"])
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(d)) {
		v := d[key]
		if v, err = r.pdf.Resolve(v); err != nil {
			return err
		}
		if key == "Producer" || key == "Trapped" {
			continue
		}
		name := string(key)
		if key == "Creator" {
			name = "program"
		}
		if err := r.property(label(name), pdf.TextString(v)); err != nil {
			return err
		}
	}
	root, err := r.pdf.Dict(r.pdf.Trailer["Root"])
	if err != nil {
		return err
	}
	v, err := r.pdf.Resolve(root["Metadata"])
	if err != nil {
		return err
	}
	s, ok := v.(*pdf.Stream)
	if !ok {
		return nil
	}
	data, err := r.pdf.Open(s)
	if err != nil {
		return err
	}
	r.part = "metadata"
	defer func() { r.part = "" }()
	w := &walker{f: r.file, x: r.xml(data), d: anyXML(), place: func() Place { return Place{Unit: UnitProperty, Name: "XMP"} }}
	w.d.attrs = map[string]Role{"title": RoleMetadata, "creator": RoleMetadata, "Author": RoleMetadata, "description": RoleMetadata, "Keywords": RoleMetadata, "subject": RoleMetadata}
	return r.keep(w.walk(frame{role: RoleMetadata}))
}

// mostPageText is the most text of one page, in bytes: a hundred books.
const mostPageText = 16 << 20

// pageTexts reads page by page. A page of pictures only, or in fonts that do
// not tell their letters, is told.
func (r *pdfReader) pageTexts() error {
	return r.pdf.Pages(func(number int, page pdf.Dict) error {
		if err := r.alive(); err != nil {
			return err
		}
		if r.pages++; r.pages > r.limits.Pages {
			return fault(ReasonTooMany)
		}
		place := Place{Unit: UnitPage, Number: number}
		t, err := r.pdf.PageText(page, mostPageText)
		if t != nil {
			if serr := r.sayPage(t, place); serr != nil {
				return serr
			}
		}
		if err != nil {
			return err
		}
		return r.annotations(page, place)
	})
}

func (r *pdfReader) sayPage(t *pdf.Text, place Place) error {
	if t.Broken != nil {
		r.trouble(Trouble{Reason: reasonOf(pdfFault(t.Broken)), Place: place})
	}
	r.Images += t.Images
	switch {
	case t.Unmapped > 0:
		r.trouble(Trouble{Reason: ReasonUnmapped, Place: place})
	case strings.TrimSpace(t.Body) == "" && t.Images > 0:
		r.trouble(Trouble{Reason: ReasonNoText, Place: place})
	}
	body, joined := joinLines(t.Body)
	if err := r.say(Piece{Role: RoleBody, Place: place, Text: body}); err != nil {
		return err
	}
	if err := r.say(Piece{Role: RoleJoined, Hidden: true, Place: place, Text: joined}); err != nil {
		return err
	}
	for _, a := range t.Actual {
		if err := r.say(Piece{Role: RoleAlt, Hidden: true, Place: place, Text: a}); err != nil {
			return err
		}
	}
	return nil
}

// joinLines puts together words that a soft hyphen divides over a line end.
// Where the hyphen may also be one of the word itself, the body keeps it, and
// joined holds the words without it.
func joinLines(body string) (text, joined string) {
	lines := strings.Split(body, "\n")
	var b, j strings.Builder
	for i, line := range lines {
		line = strings.TrimRight(line, " \t")
		if i+1 < len(lines) {
			next := strings.TrimLeft(lines[i+1], " \t")
			if strings.HasSuffix(line, "\u00AD") {
				b.WriteString(strings.TrimSuffix(line, "\u00AD"))
				lines[i+1] = next
				continue
			}
			word, divided := strings.CutSuffix(line, "-")
			if !divided {
				word, divided = strings.CutSuffix(line, "\u2010")
			}
			last, _ := utf8.DecodeLastRuneInString(word)
			first, _ := utf8.DecodeRuneInString(next)
			if divided && (unicode.IsLetter(last) || unicode.IsDigit(last)) && (unicode.IsLetter(first) || unicode.IsDigit(first)) {
				from := strings.LastIndexAny(word, " \t") + 1
				rest, _, _ := strings.Cut(next, " ")
				if unicode.IsLetter(last) && unicode.IsLower(first) {
					j.WriteString(word[from:] + rest + "\n")
				} else {
					j.WriteString(line[from:] + rest + "\n") // a code or a double name, with its hyphen
				}
			}
		}
		b.WriteString(line)
		if i+1 < len(lines) {
			b.WriteByte('\n')
		}
	}
	return b.String(), j.String()
}

// annotations reads the notes, links and fields on a page (§12.5).
func (r *pdfReader) annotations(page pdf.Dict, place Place) error {
	list, err := r.pdf.Array(page["Annots"])
	if err != nil {
		return err
	}
	for i, v := range list {
		if i >= 10_000 {
			return fault(ReasonTooMany)
		}
		if ref, ok := v.(pdf.Ref); ok {
			r.seen[ref] = true
		}
		d, err := r.pdf.Dict(v)
		if err != nil {
			return err
		}
		if err := r.annotation(d, place); err != nil {
			return err
		}
	}
	return nil
}

func (r *pdfReader) annotation(d pdf.Dict, place Place) error {
	flags, _ := d["F"].(int64)
	hidden := flags&(1<<1|1<<5) != 0
	author, err := r.text(d["T"])
	if err != nil {
		return err
	}
	p := Piece{Role: RoleAnnotation, Place: place, Hidden: hidden}
	if d["Subtype"] == pdf.Name("Widget") {
		if err := r.field(d, place); err != nil {
			return err
		}
	} else if author != "" {
		p.Authors = []string{strings.TrimSpace(normalise(author))}
		if err := r.say(Piece{Role: RoleMetadata, Place: place, Text: author}); err != nil {
			return err
		}
	}
	for _, key := range []pdf.Name{"Contents", "Subj", "RC"} {
		text, err := r.text(d[key])
		if err != nil {
			return err
		}
		if key == "RC" {
			text = stripTags(text)
		}
		p.Text = text
		if err := r.say(p); err != nil {
			return err
		}
	}
	if err := r.link(d["A"], place); err != nil {
		return err
	}
	return r.appearance(d, place)
}

// appearance reads what an annotation draws, which need not be what it says.
func (r *pdfReader) appearance(d pdf.Dict, place Place) error {
	all, err := r.pdf.Dict(d["AP"])
	if err != nil {
		return err
	}
	v, err := r.pdf.Resolve(all["N"])
	if err != nil {
		return err
	}
	if states, ok := v.(pdf.Dict); ok {
		state, _ := d["AS"].(pdf.Name)
		v = states[state]
	}
	t, err := r.pdf.FormText(v, int(r.limits.Token))
	if err != nil {
		return err
	}
	return r.say(Piece{Role: RoleAnnotation, Place: place, Text: t.Body})
}

// link hands over where a link leads; it is not followed.
func (r *pdfReader) link(v any, place Place) error {
	d, err := r.pdf.Dict(v)
	if err != nil {
		return err
	}
	switch d["S"] {
	case pdf.Name("JavaScript"):
		r.active(ActiveScripts)
	case pdf.Name("Launch"), pdf.Name("GoToR"), pdf.Name("SubmitForm"), pdf.Name("ImportData"):
		r.active(ActiveExternal)
	}
	uri, err := r.text(d["URI"])
	if err != nil {
		return err
	}
	return r.say(Piece{Role: RoleLink, Place: place, Text: readableLink(uri)})
}

func (r *pdfReader) text(v any) (string, error) {
	v, err := r.pdf.Resolve(v)
	if err != nil {
		return "", err
	}
	if s, ok := v.(*pdf.Stream); ok {
		data, err := r.pdf.Open(s)
		if err != nil {
			return "", err
		}
		raw, release, err := r.hold(data)
		defer release()
		return pdf.TextString(pdf.String(raw)), err
	}
	return pdf.TextString(v), nil
}

// field hands over the name and the values of a form field.
func (r *pdfReader) field(d pdf.Dict, place Place) error {
	for _, key := range []pdf.Name{"T", "TU", "V", "DV", "RV", "Opt"} {
		v, err := r.pdf.Resolve(d[key])
		if err != nil {
			return err
		}
		values, ok := v.(pdf.Array)
		if !ok {
			values = pdf.Array{v}
		}
		for i, v := range values {
			if i >= 10_000 {
				return fault(ReasonTooMany)
			}
			text, err := r.text(v)
			if err != nil {
				return err
			}
			if n, ok := v.(pdf.Name); ok && n != "Off" && n != "Yes" {
				text = string(n)
			}
			if inner, ok := v.(pdf.Array); ok {
				for _, x := range inner {
					t, err := r.text(x)
					if err != nil {
						return err
					}
					text += t + "\n"
				}
			}
			if key == "RV" {
				text = stripTags(text)
			}
			if err := r.say(Piece{Role: RoleField, Hidden: key != "V", Place: place, Text: text}); err != nil {
				return err
			}
		}
	}
	return nil
}

// form reads the fields that stand on no page (§12.7).
func (r *pdfReader) form() error {
	root, err := r.pdf.Dict(r.pdf.Trailer["Root"])
	if err != nil {
		return err
	}
	form, err := r.pdf.Dict(root["AcroForm"])
	if err != nil {
		return err
	}
	if form["XFA"] != nil {
		if err := r.xfa(form["XFA"]); err != nil {
			return err
		}
	}
	return r.fields(form["Fields"], 0)
}

func (r *pdfReader) fields(v any, depth int) error {
	list, err := r.pdf.Array(v)
	if err != nil {
		return err
	}
	if depth > r.limits.Nesting {
		return fault(ReasonTooDeep)
	}
	for _, v := range list {
		if ref, ok := v.(pdf.Ref); ok {
			if r.seen[ref] {
				continue
			}
			r.seen[ref] = true
		}
		d, err := r.pdf.Dict(v)
		if err != nil {
			return err
		}
		if err := r.field(d, Place{}); err != nil {
			return err
		}
		if err := r.fields(d["Kids"], depth+1); err != nil {
			return err
		}
	}
	return nil
}

// xfa reads a form in XML, whose values stand in no other place.
func (r *pdfReader) xfa(v any) error {
	v, err := r.pdf.Resolve(v)
	if err != nil {
		return err
	}
	parts, ok := v.(pdf.Array)
	if !ok {
		parts = pdf.Array{v}
	}
	r.part = "XFA"
	defer func() { r.part = "" }()
	var all []io.Reader
	for _, v := range parts {
		if v, err = r.pdf.Resolve(v); err != nil {
			return err
		}
		if s, ok := v.(*pdf.Stream); ok && len(all) < 100 {
			data, err := r.pdf.Open(s)
			if err != nil {
				return err
			}
			all = append(all, data)
		}
	}
	d := anyXML()
	d.rules = map[string]rule{"script": {act: actSkip}, "config": {act: actSkip}}
	w := &walker{f: r.file, x: r.xml(io.MultiReader(all...)), d: d, place: func() Place { return Place{} }}
	return r.keep(w.walk(frame{role: RoleField}))
}

// outlines reads the bookmarks (§12.3.3).
func (r *pdfReader) outlines() error {
	root, err := r.pdf.Dict(r.pdf.Trailer["Root"])
	if err != nil {
		return err
	}
	top, err := r.pdf.Dict(root["Outlines"])
	if err != nil {
		return err
	}
	next := []any{top["First"]}
	for n := 0; len(next) > 0; n++ {
		if n > r.limits.Pages*10 {
			return fault(ReasonTooMany)
		}
		v := next[len(next)-1]
		next = next[:len(next)-1]
		ref, ok := v.(pdf.Ref)
		if !ok || r.seen[ref] {
			continue
		}
		r.seen[ref] = true
		d, err := r.pdf.Dict(ref)
		if err != nil {
			return err
		}
		title, err := r.text(d["Title"])
		if err != nil {
			return err
		}
		if err := r.say(Piece{Role: RoleOther, Place: Place{Unit: UnitProperty, Name: "bookmark"}, Text: title}); err != nil {
			return err
		}
		next = append(next, d["Next"], d["First"])
	}
	return nil
}

// attachments reads the files within the file: those of the list of names
// and those that stand on pages (§7.11.4).
func (r *pdfReader) attachments() error {
	root, err := r.pdf.Dict(r.pdf.Trailer["Root"])
	if err != nil {
		return err
	}
	names, err := r.pdf.Dict(root["Names"])
	if err != nil {
		return err
	}
	if names["JavaScript"] != nil {
		r.active(ActiveScripts)
	}
	if err := r.pdf.Names(names["EmbeddedFiles"], r.attachment); err != nil {
		return err
	}
	return r.pdf.Pages(func(_ int, page pdf.Dict) error {
		list, err := r.pdf.Array(page["Annots"])
		if err != nil {
			return err
		}
		for _, v := range list {
			d, err := r.pdf.Dict(v)
			if err != nil {
				return err
			}
			if d["FS"] != nil {
				if err := r.attachment("", d["FS"]); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (r *pdfReader) attachment(name string, v any) error {
	d, err := r.pdf.Dict(v)
	if err != nil {
		return err
	}
	for _, key := range []pdf.Name{"UF", "F"} {
		if s, err := r.text(d[key]); err == nil && s != "" {
			name = s
			break
		}
	}
	if text, err := r.text(d["Desc"]); err == nil {
		if err := r.say(Piece{Role: RoleAlt, Text: text}); err != nil {
			return err
		}
	}
	files, err := r.pdf.Dict(d["EF"])
	if err != nil {
		return err
	}
	v = files["F"]
	if v == nil {
		v = files["UF"]
	}
	if ref, ok := v.(pdf.Ref); ok {
		if r.seen[ref] {
			return nil
		}
		r.seen[ref] = true
	}
	if v, err = r.pdf.Resolve(v); err != nil {
		return err
	}
	s, ok := v.(*pdf.Stream)
	if !ok {
		r.active(ActiveExternal)
		return nil
	}
	return r.inside(name, 0, func() (io.Reader, error) {
		data, err := r.pdf.Open(s)
		return data, pdfFault(err)
	})
}

// actions tells of what a program would do when it opens the file.
func (r *pdfReader) actions() error {
	root, err := r.pdf.Dict(r.pdf.Trailer["Root"])
	if err != nil {
		return err
	}
	if root["AA"] != nil {
		r.active(ActiveScripts)
	}
	return r.link(root["OpenAction"], Place{})
}

// stripTags gives the text of a rich text value.
func stripTags(s string) string {
	var b strings.Builder
	in := false
	for _, c := range s {
		switch {
		case c == '<':
			in = true
			b.WriteByte(' ')
		case c == '>':
			in = false
		case !in:
			b.WriteRune(c)
		}
	}
	return b.String()
}
