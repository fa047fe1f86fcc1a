package reports

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sinusta/sinusta/core"
)

// itemView is one disclosed item on the page.
type itemView struct {
	P *page
	D *Disclosed
}

// Anchor is the item's id on the page.
func (v itemView) Anchor() string {
	return v.P.byID[v.D.System].Anchor + "-" + strconv.Itoa(v.D.Number)
}

// Title names the item.
func (v itemView) Title() string { return v.P.T.title(v.P.Lang, v.D) }

// Time is the record's time, empty when it is not known. Many systems keep a day
// only.
func (v itemView) Time() moment {
	t := v.D.Copies[0].Time
	if t.IsZero() {
		return moment{}
	}
	return whenIn(v.P.Lang, t)
}

// Reference is the record's ref in its system.
func (v itemView) Reference() string {
	c := v.D.Copies[0]
	return visible(c.System + " " + c.Ref)
}

// Explanation says why the item is here.
func (v itemView) Explanation() phrase { return v.P.T.explanation(v.P.Lang, v.D) }

// System names the system where the item is shown.
func (v itemView) System() phrase {
	if s := v.P.byID[v.D.Copies[0].System]; s != nil {
		return s.Name()
	}
	return phrase{}
}

// rowView is one shown field.
type rowView struct {
	Label string
	Value shownValue
	// Begins is true for the first field of another party or part.
	Begins bool
}

// Rows gives the shown fields of the primary record that hold something.
func (v itemView) Rows() []rowView { return v.rows(v.D.Copies[0].Fields) }

func (v itemView) rows(fields []Field) []rowView {
	var out []rowView
	var last Label
	for _, f := range fields {
		if f.Withheld != Shown {
			continue
		}
		row := rowView{Label: v.P.T.labelIn(v.P.Lang, f.Label), Value: v.P.valueIn(f)}
		if row.Value.Empty {
			continue // named together, see Empty
		}
		here := f.Label
		here.Field = nil
		row.Begins = len(out) > 0 && here != last
		last = here
		out = append(out, row)
	}
	return out
}

// withheldView is one reason with the details that are withheld for it.
type withheldView struct {
	Short  string
	Labels string
}

// Withheld gives what is withheld from the primary record, by reason.
func (v itemView) Withheld() []withheldView { return v.withheld(v.D.Copies[0].Fields) }

// folded counts labels in the order in which they come.
type folded struct {
	order  []string
	counts map[string]int
}

func (f *folded) add(label string) {
	if f.counts == nil {
		f.counts = map[string]int{}
	}
	if f.counts[label] == 0 {
		f.order = append(f.order, label)
	}
	f.counts[label]++
}

// list writes the labels, with their numbers where they are more than one.
func (f *folded) list(lang string) string {
	words := slices.Clone(f.order)
	for i, label := range words {
		if n := f.counts[label]; n > 1 {
			words[i] = label + " (" + number(n, lang) + ")"
		}
	}
	return strings.Join(words, ", ")
}

// withheld folds what is withheld by reason.
func (v itemView) withheld(fields []Field) []withheldView {
	var out []withheldView
	for _, w := range Withholdings() {
		text := v.fold(fields, func(f Field) bool { return f.Withheld == w })
		if text != "" {
			out = append(out, withheldView{v.P.T.Withheld[w].Short, text})
		}
	}
	return out
}

// Empty names the fields of the primary record that its system holds empty.
func (v itemView) Empty() string { return v.empty(v.D.Copies[0].Fields) }

func (v itemView) empty(fields []Field) string {
	return v.fold(fields, func(f Field) bool { return f.Withheld == Shown && v.P.valueIn(f).Empty })
}

// fold names the fields that are meant, by place and label: "Comment: text
// (3); Assignee: name, e-mail".
func (v itemView) fold(fields []Field, meant func(Field) bool) string {
	var places folded
	labels := map[string]*folded{}
	for _, f := range fields {
		if !meant(f) {
			continue
		}
		place, label := v.P.T.foldedLabel(v.P.Lang, f.Label)
		if f.Basis != "" {
			label += " (" + statute(v.P.Lang, f.Basis) + ")"
		}
		places.add(place)
		if labels[place] == nil {
			labels[place] = &folded{}
		}
		labels[place].add(label)
	}
	var words []string
	for _, place := range places.order {
		text := labels[place].list(v.P.Lang)
		if place != "" {
			text = place + ": " + text
		}
		words = append(words, text)
	}
	return strings.Join(words, "; ")
}

// alsoView is the same thing in another system.
type alsoView struct {
	System    phrase
	Reference string
	// Same is true when the record there has nothing else to show.
	Same     bool
	Rows     []rowView
	Empty    string
	Withheld []withheldView
}

// Also gives the other records of the item, with the fields that differ from
// the primary's or are held only there.
func (v itemView) Also() []alsoView {
	type said struct {
		name  string
		value core.Value
	}
	primary := map[said]bool{}
	for _, f := range v.D.Copies[0].Fields {
		if f.Withheld == Shown {
			primary[said{f.Name, f.Value}] = true
		}
	}
	var out []alsoView
	for _, c := range v.D.Copies[1:] {
		other := slices.DeleteFunc(slices.Clone(c.Fields), func(f Field) bool {
			return f.Withheld != Shown || primary[said{f.Name, f.Value}]
		})
		a := alsoView{Reference: visible(c.System + " " + c.Ref), Rows: v.rows(other), Empty: v.empty(other), Withheld: v.withheld(c.Fields)}
		a.Same = len(a.Rows) == 0 && a.Empty == ""
		if s := v.P.byID[c.System]; s != nil {
			a.System = s.Name()
		}
		out = append(out, a)
	}
	return out
}
