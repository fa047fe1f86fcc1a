package document

import (
	"encoding/xml"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// action is what an element means for the text.
type action int

const (
	actNone      action = iota
	actBlock            // a paragraph: its text is one piece
	actText             // holds text itself
	actTextBlock        // a paragraph that may hold text itself, too
	actTab              // a tab
	actLine             // a line end
	actSpaces           // as many spaces as its attribute c says
	actHyphen           // a hyphen at which no line ends
	actSkip             // nothing in it is text of the file
	actRole             // all in it has the role of the rule, with the author that it names
	actDeleted          // a tracked deletion
	actInsert           // a tracked insertion
	actVanish           // hides the text of the run around it
	actHidden           // all in it is hidden
	actMeta             // names the author of the element around it
)

// rule is what an element means, by its local name (dc: before those of
// Dublin Core).
type rule struct {
	act  action
	role Role
}

// dialect is how a family of XML formats writes text.
type dialect struct {
	rules map[string]rule
	// attrs are attributes whose value is text, by local name.
	attrs map[string]Role
	// mixed tells that text stands between any tags of a block, with white
	// space that counts as one space.
	mixed bool
	// leaf tells that text outside of blocks is text, too: an element at a time.
	leaf bool
	// run is the element that actVanish hides.
	run string
}

// frame is an open element.
type frame struct {
	name     string
	role     Role
	author   string
	text     bool
	skip     bool
	hidden   bool
	deleted  bool
	inserted bool
	owns     bool // a paragraph that ends with it
	meta     bool // its text is the name of an author
}

// paragraph gathers the text of a block.
type paragraph struct {
	now, before, hidden, inserted strings.Builder
	role                          Role
	changed                       bool
	authors                       []string
	frames                        int // open elements when it began
}

func (p *paragraph) add(s string, fr frame) {
	if !fr.deleted {
		p.now.WriteString(s)
	}
	if !fr.inserted {
		p.before.WriteString(s)
	} else {
		p.inserted.WriteString(s)
	}
	if fr.hidden {
		p.hidden.WriteString(s)
	}
	p.changed = p.changed || fr.deleted
	p.note(fr)
}

func (p *paragraph) note(fr frame) {
	if fr.author != "" && !slices.Contains(p.authors, fr.author) && len(p.authors) < 100 {
		p.authors = append(p.authors, fr.author)
	}
}

// walker turns the XML of one part into pieces.
type walker struct {
	f      *file
	x      *xmlReader
	d      *dialect
	place  func() Place // of the paragraph that ends now
	frames []frame
	open   []*paragraph
	// also is told of every element that begins; nil if nobody asks.
	also func(t xml.StartElement) error
	// took is handed each paragraph instead of the callback; nil if nobody asks.
	took func(p Piece) error
}

// walk reads all of a part. An error that ended it too early is given after
// the text up to it was handed over.
func (w *walker) walk(base frame) error {
	w.frames = append(w.frames, base)
	err := w.tokens()
	for len(w.open) > 0 {
		if h := w.close(); h != nil && err == nil {
			err = h
		} else if halted(h) != nil {
			return h
		}
	}
	return err
}

func (w *walker) tokens() error {
	for {
		tok, err := w.x.next()
		if ended(err) && w.x.depth > 0 {
			return fault(ReasonDamaged)
		}
		if ended(err) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			err = w.start(t)
		case xml.EndElement:
			err = w.end()
		case xml.CharData:
			err = w.chars(t)
		}
		if err != nil {
			return err
		}
	}
}

// rule gives what an element means; those of Dublin Core share names with
// others that mean something else.
func (w *walker) rule(n xml.Name) rule {
	if strings.Contains(n.Space, "purl.org/dc") {
		if r, ok := w.d.rules["dc:"+n.Local]; ok {
			return r
		}
	}
	return w.d.rules[n.Local]
}

func (w *walker) top() *frame { return &w.frames[len(w.frames)-1] }

func (w *walker) start(t xml.StartElement) error {
	fr := *w.top()
	fr.name, fr.owns, fr.meta = t.Name.Local, false, false
	r := w.rule(t.Name)
	if !w.d.mixed {
		fr.text = false
	}
	if a := attr(t, "author"); a != "" {
		fr.author = a
		if len(w.open) > 0 {
			w.open[len(w.open)-1].note(fr)
		}
	}
	w.frames = append(w.frames, fr)
	if fr.skip {
		return nil
	}
	if w.also != nil {
		if err := w.also(t); err != nil {
			return err
		}
	}
	w.apply(r, t)
	if w.top().skip {
		return nil
	}
	return w.attributes(t)
}

func (w *walker) apply(r rule, t xml.StartElement) {
	fr := w.top()
	switch r.act {
	case actNone:
	case actBlock:
		if r.role != "" {
			fr.role = r.role
		}
		fr.owns = true
		w.begin(fr.role)
		w.open[len(w.open)-1].note(*fr)
	case actTextBlock:
		fr.owns, fr.text = true, true
		w.begin(fr.role)
		w.open[len(w.open)-1].note(*fr)
	case actText:
		fr.text = true
		if r.role == RoleDeleted {
			fr.deleted = true
		} else if r.role != "" {
			fr.role = r.role
		}
	case actTab:
		w.put("\t")
	case actLine:
		w.put("\n")
	case actSpaces:
		n, err := strconv.Atoi(attr(t, "c"))
		if err != nil || n < 1 {
			n = 1
		}
		w.put(strings.Repeat(" ", min(n, 100)))
	case actHyphen:
		w.put("-")
	case actSkip:
		fr.skip = true
	case actRole:
		if r.role != RoleTextBox || fr.role == RoleBody {
			fr.role = r.role
		}
	case actDeleted:
		fr.deleted = true
	case actInsert:
		fr.inserted = true
	case actHidden:
		fr.hidden = true
	case actMeta:
		fr.meta, fr.text, fr.owns = true, true, true
		w.begin(RoleMetadata)
	case actVanish:
		if v := attr(t, "val"); v == "0" || v == "false" || v == "off" {
			return
		}
		for i := len(w.frames) - 1; i >= 0 && i > len(w.frames)-5; i-- {
			if w.frames[i].name == w.d.run {
				w.frames[i].hidden = true
				return
			}
		}
	}
}

// attributes hands over the attributes that are text.
func (w *walker) attributes(t xml.StartElement) error {
	fr := w.top()
	for _, a := range t.Attr {
		role, ok := w.d.attrs[a.Name.Local]
		if !ok || a.Value == "" || a.Name.Space == "xmlns" {
			continue
		}
		p := Piece{Role: role, Hidden: fr.hidden || role == RoleOther, Place: w.place(), Text: a.Value}
		if err := w.say(p); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) say(p Piece) error {
	if w.took != nil {
		return w.took(p)
	}
	return w.f.say(p)
}

func (w *walker) begin(role Role) {
	w.open = append(w.open, &paragraph{role: role, frames: len(w.frames)})
}

func (w *walker) put(s string) {
	if len(w.open) > 0 {
		w.open[len(w.open)-1].add(s, *w.top())
	}
}

func (w *walker) chars(t xml.CharData) error {
	fr := w.top()
	if fr.skip || len(t) == 0 {
		return nil
	}
	s := string(t)
	switch {
	case w.d.mixed && w.d.rules[fr.name].act == actRole && strings.TrimSpace(s) == "":
		return nil // between the paragraphs of a comment
	case len(w.open) > 0 && (fr.text || w.d.mixed):
		if w.d.mixed {
			s = collapse(s)
		} else if r := w.d.rules[fr.name]; r.act == actTextBlock && strings.TrimSpace(s) == "" {
			return nil // between its elements
		}
		w.put(s)
		return w.limit()
	case (fr.text || w.d.leaf) && strings.TrimSpace(s) != "":
		w.begin(fr.role)
		w.put(s)
		return w.close()
	}
	return nil
}

// limit ends a paragraph that has become too long: many small tokens may make
// a text that no token is.
func (w *walker) limit() error {
	p := w.open[len(w.open)-1]
	if int64(p.before.Len()+p.inserted.Len()) <= w.f.limits.Token {
		return nil
	}
	role, frames, authors := p.role, p.frames, p.authors
	if err := w.close(); err != nil {
		return err
	}
	w.open = append(w.open, &paragraph{role: role, frames: frames, authors: authors})
	return nil
}

func (w *walker) end() error {
	fr := *w.top()
	w.frames = w.frames[:len(w.frames)-1]
	if !fr.owns || len(w.open) == 0 {
		return nil
	}
	if fr.meta {
		p := w.open[len(w.open)-1]
		w.open = w.open[:len(w.open)-1]
		name := strings.TrimSpace(p.now.String())
		if up := len(w.frames) - 1; name != "" {
			switch w.frames[up].name {
			case "annotation":
				w.frames[up].author = name
			case "change-info":
				w.frames[max(0, up-1)].author = name
			}
		}
		return w.f.say(Piece{Role: RoleMetadata, Place: Place{Unit: UnitProperty, Name: fr.name}, Text: name})
	}
	return w.close()
}

// close ends the innermost paragraph and hands over what it held.
func (w *walker) close() error {
	p := w.open[len(w.open)-1]
	w.open = w.open[:len(w.open)-1]
	place := w.place()
	hidden := w.top().hidden
	now, before := p.now.String(), p.before.String()
	all := hidden || p.hidden.Len() > 0 && p.hidden.Len() >= p.now.Len()
	err := w.say(Piece{Role: p.role, Place: place, Hidden: all, Authors: p.authors, Text: now})
	if p.changed && before != now {
		err = errors.Join(err, w.say(Piece{Role: RoleDeleted, Place: place, Hidden: true, Authors: p.authors, Text: before}))
	}
	if p.inserted.Len() > 0 && p.inserted.String() != now {
		err = errors.Join(err, w.say(Piece{Role: RoleInserted, Place: place, Authors: p.authors, Text: p.inserted.String()}))
	}
	if !all && p.hidden.Len() > 0 {
		err = errors.Join(err, w.say(Piece{Role: p.role, Place: place, Hidden: true, Authors: p.authors, Text: p.hidden.String()}))
	}
	return err
}

// collapse makes one space of each run of white space.
func collapse(s string) string {
	out := make([]byte, 0, len(s))
	space := false
	for i := range len(s) {
		if c := s[i]; c == ' ' || c == '\n' || c == '\t' || c == '\r' {
			if !space {
				out = append(out, ' ')
			}
			space = true
			continue
		}
		space = false
		out = append(out, s[i])
	}
	return string(out)
}

// anyXML reads XML of no known dialect: the text of each element, and no
// attributes but those that hold text in most of them.
func anyXML() *dialect {
	return &dialect{leaf: true, attrs: map[string]Role{"author": RoleOther, "name": RoleOther, "value": RoleOther, "title": RoleAlt, "descr": RoleAlt}}
}

// readXML reads a file of XML that is no office file: every text and every
// attribute of it.
func (f *file) readXML(src readerAt, size int64) error {
	n := 0
	w := &walker{f: f, x: f.xml(f.metered(section(src, size), 0)), d: anyXML(), place: func() Place { return Place{Unit: UnitLine, Number: n} }}
	w.d.attrs = nil
	w.also = func(t xml.StartElement) error {
		n, _ = w.x.dec.InputPos()
		for _, a := range t.Attr {
			if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" {
				continue
			}
			if err := f.say(Piece{Role: RoleBody, Place: w.place(), Text: a.Value}); err != nil {
				return err
			}
		}
		return nil
	}
	return w.walk(frame{role: RoleBody})
}
