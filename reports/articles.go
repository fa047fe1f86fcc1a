package reports

import (
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/sinusta/sinusta/core"
)

// articles writes the items of a page. A template would do it by reflection,
// which takes most of the time of a report of many items. What all items of a
// shape say alike is written once.
type articles struct {
	p      *page
	labels map[*shape][]rowLabel
	asides map[string]aside
	why    struct {
		phrase phrase
		text   []byte
	}
}

// rowLabel is the label of one field of a shape, escaped.
type rowLabel struct {
	text []byte
	// place tells the parties and parts of the record apart.
	place int
}

// aside is what an article says of the fields that it does not show: those
// that are empty, and those that are withheld, escaped.
type aside struct {
	empty, withheld []byte
}

// maxPrepared bounds how many shapes and asides are kept.
const maxPrepared = 1024

// append appends the article of an item.
func (a *articles) append(b []byte, d *Disclosed) []byte {
	t, c := &a.p.T.Items, &d.Copies[0]
	b = append(a.appendAnchor(append(b, `<article class="item" id="`...), d), `" aria-labelledby="`...)
	b = append(a.appendAnchor(b, d), "-h\">\n<h5 id=\""...)
	b = append(a.appendAnchor(b, d), `-h"><bdi>`...)
	b = append(appendHTML(b, a.p.T.title(a.p.Lang, d)), "</bdi>"...)
	if !c.Time.IsZero() {
		b = append(b, ` <span class="when">`...)
		b = append(appendMoment(b, whenIn(a.p.Lang, c.Time)), "</span>"...)
	}
	b = append(b, "</h5>\n<p class=\"why\">"...)
	b = append(a.appendWhy(b, d), "</p>\n"...)

	before := len(b)
	b = append(b, "<dl class=\"fields\">\n"...)
	b, rest, something := a.appendFields(b, c, nil)
	if something {
		b = append(b, "</dl>\n"...)
	} else {
		b = append(b[:before], `<p class="silent">`...)
		b = append(appendHTML(b, t.NothingShown), "</p>\n"...)
	}
	if len(rest.withheld) > 0 {
		b = append(b, `<div class="withheld"><h6>`...)
		b = append(appendHTML(b, t.Withheld), "</h6>\n<dl>\n"...)
		b = append(append(b, rest.withheld...), "</dl></div>\n"...)
	}
	if len(d.Copies) > 1 {
		primary := saidIn(c)
		for i := range d.Copies[1:] {
			b = a.appendAlso(b, primary, &d.Copies[i+1])
		}
	}
	return append(a.appendReference(b, c), "</p>\n</article>"...)
}

// appendLink appends the name of an item that is shown in another system.
func (a *articles) appendLink(b []byte, d *Disclosed) []byte {
	b = append(a.appendAnchor(append(b, `<li><a href="#`...), d), `">`...)
	b = append(appendHTML(b, a.p.T.title(a.p.Lang, d)), "</a> ("...)
	return append(appendPhrase(b, a.p.systemName(d.Copies[0].System)), ")</li>"...)
}

// systemName names a system, with nothing where there is no such system.
func (p *page) systemName(id string) phrase {
	if s := p.byID[id]; s != nil {
		return s.Name()
	}
	return phrase{}
}

// appendAnchor appends the item's id on the page.
func (a *articles) appendAnchor(b []byte, d *Disclosed) []byte {
	b = append(append(b, a.p.byID[d.System].Anchor...), '-')
	return strconv.AppendInt(b, int64(d.Number), 10)
}

// appendWhy appends why the item is here: mostly what it was for the last one.
func (a *articles) appendWhy(b []byte, d *Disclosed) []byte {
	if why := a.p.T.explanation(a.p.Lang, d); why != a.why.phrase || a.why.text == nil {
		a.why.phrase, a.why.text = why, appendPhrase(nil, why)
	}
	return append(b, a.why.text...)
}

// appendReference appends the record's ref in its system, without the end of
// its paragraph.
func (a *articles) appendReference(b []byte, c *Copy) []byte {
	b = append(b, `<p class="ref">`...)
	b = append(appendHTML(b, a.p.T.Items.Reference), ": <bdi>"...)
	b = append(appendHTML(b, visible(c.System)), ' ')
	return append(appendHTML(b, visible(c.Ref)), "</bdi>"...)
}

// said is what one shown field says.
type said struct {
	name  string
	value core.Value
}

// saidIn gives what the copy says.
func saidIn(c *Copy) map[said]bool {
	out := make(map[said]bool, len(c.Fields))
	for i := range c.Fields {
		if f := &c.Fields[i]; f.Withheld == Shown {
			out[said{f.Name, f.Value}] = true
		}
	}
	return out
}

// appendAlso appends the same thing in another system, with the fields that
// differ from the primary's or are held only there.
func (a *articles) appendAlso(b []byte, primary map[said]bool, c *Copy) []byte {
	t := &a.p.T.Items
	b = append(appendHTML(append(b, `<div class="also"><h6>`...), t.Also), ": "...)
	b = append(appendPhrase(b, a.p.systemName(c.System)), "</h6>\n"...)
	before := len(b)
	b = append(appendHTML(append(b, "<p>"...), t.Differs), "</p>\n<dl class=\"fields\">\n"...)
	b, rest, something := a.appendFields(b, c, func(f *Field) bool { return primary[said{f.Name, f.Value}] })
	if something {
		b = append(b, "</dl>\n"...)
	} else {
		b = append(appendHTML(append(b[:before], "<p>"...), t.Same), "</p>\n"...)
	}
	if len(rest.withheld) > 0 {
		b = append(b, `<div class="withheld"><p class="withheld-heading">`...)
		b = append(appendHTML(b, t.Withheld), "</p>\n<dl>\n"...)
		b = append(append(b, rest.withheld...), "</dl></div>"...)
	}
	b = append(b, '\n')
	return append(a.appendReference(b, c), "</p></div>\n"...)
}

// States of a field in an article, beside the reasons for which it may be
// withheld.
const (
	stateRow     = iota // it has a row
	stateEmpty          // the system holds it empty
	stateLeftOut        // it is said elsewhere
	stateWithheld
)

// appendFields appends the rows of the fields that hold something, without
// those that are said elsewhere, then the names of the empty ones. It gives what
// is to be said of the others, and whether there is any row or empty field.
func (a *articles) appendFields(b []byte, c *Copy, elsewhere func(*Field) bool) ([]byte, aside, bool) {
	labels := a.labelsOf(c.shape)
	var room [256]byte
	states := binary.LittleEndian.AppendUint64(room[:0], c.shape.number)
	last, rows := -1, 0
	for i := range c.Fields {
		f := &c.Fields[i]
		switch {
		case f.Withheld != Shown:
			states = binary.AppendUvarint(append(states, stateWithheld), uint64(len(f.Withheld)))
			states = binary.AppendUvarint(append(states, f.Withheld...), uint64(len(f.Basis)))
			states = append(states, f.Basis...)
			continue
		case elsewhere != nil && elsewhere(f):
			states = append(states, stateLeftOut)
			continue
		}
		value := a.p.valueIn(f)
		if value.Empty {
			states = append(states, stateEmpty)
			continue
		}
		states = append(states, stateRow)
		b = append(b, "<div"...)
		if rows > 0 && labels[i].place != last {
			b = append(b, ` class="begins"`...)
		}
		b = append(append(append(b, "><dt>"...), labels[i].text...), "</dt><dd"...)
		b = append(appendValue(b, value), "</dd></div>\n"...)
		last = labels[i].place
		rows++
	}
	rest := a.asideOf(states, c, elsewhere)
	if len(rest.empty) > 0 {
		b = append(appendHTML(append(b, `<div class="begins"><dt>`...), a.p.T.Items.Empty), `</dt><dd class="silent">`...)
		b = append(append(b, rest.empty...), "</dd></div>"...)
	}
	return b, rest, rows > 0 || len(rest.empty) > 0
}

// appendValue appends a value, from the end of the tag of its element on.
func appendValue(b []byte, v shownValue) []byte {
	if v.Foreign {
		b = append(b, ` lang=""`...)
	}
	b = append(b, '>')
	if v.Machine != "" {
		return appendMoment(b, moment{Text: v.Text, Machine: v.Machine})
	}
	return append(appendHTML(append(b, "<bdi>"...), v.Text), "</bdi>"...)
}

// appendMoment appends a time.
func appendMoment(b []byte, m moment) []byte {
	if m.Machine == "" {
		return appendHTML(b, m.Text)
	}
	b = append(appendHTML(append(b, `<time datetime="`...), m.Machine), `">`...)
	return append(appendHTML(b, m.Text), "</time>"...)
}

// appendPhrase appends a text with its language, where that is another one
// than the page's.
func appendPhrase(b []byte, ph phrase) []byte {
	if ph.Lang == "" {
		return appendHTML(b, ph.Text)
	}
	b = append(appendHTML(append(b, `<span lang="`...), ph.Lang), `">`...)
	return append(appendHTML(b, ph.Text), "</span>"...)
}

// labelsOf gives the labels of a shape.
func (a *articles) labelsOf(sh *shape) []rowLabel {
	if have, ok := a.labels[sh]; ok {
		return have
	}
	out := make([]rowLabel, len(sh.spots))
	var places []Label
	for i := range sh.spots {
		label := sh.spots[i].label
		out[i].text = appendHTML(nil, a.p.T.labelIn(a.p.Lang, label))
		label.Field = nil
		if out[i].place = slices.Index(places, label); out[i].place < 0 {
			out[i].place = len(places)
			places = append(places, label)
		}
	}
	if sh.once {
		return out
	}
	if a.labels == nil || len(a.labels) >= maxPrepared {
		a.labels = map[*shape][]rowLabel{}
	}
	a.labels[sh] = out
	return out
}

// asideOf gives what is said of the fields of a copy that have no row. States
// tells all that it depends on.
func (a *articles) asideOf(states []byte, c *Copy, elsewhere func(*Field) bool) aside {
	if have, ok := a.asides[string(states)]; ok {
		return have
	}
	out := aside{empty: appendHTML(nil, a.fold(c.Fields, func(f *Field) bool {
		return f.Withheld == Shown && (elsewhere == nil || !elsewhere(f)) && a.p.valueIn(f).Empty
	}))}
	for _, w := range Withholdings() {
		labels := a.fold(c.Fields, func(f *Field) bool { return f.Withheld == w })
		if labels == "" {
			continue
		}
		b := appendHTML(append(out.withheld, "<div><dt>"...), a.p.T.Withheld[w].Short)
		out.withheld = append(appendHTML(append(b, "</dt><dd>"...), labels), "</dd></div>\n"...)
	}
	if a.asides == nil || len(a.asides) >= maxPrepared {
		a.asides = map[string]aside{}
	}
	if !c.shape.once && len(states) <= maxShapeKey {
		a.asides[string(states)] = out
	}
	return out
}
