package reports

import (
	"slices"
	"strings"
)

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

// fold names the fields that are meant, by place and label: "Comment: text
// (3); Assignee: name, e-mail".
func (a *articles) fold(fields []Field, meant func(*Field) bool) string {
	var places folded
	labels := map[string]*folded{}
	for i := range fields {
		f := &fields[i]
		if !meant(f) {
			continue
		}
		place, label := a.p.T.foldedLabel(a.p.Lang, f.Label)
		if f.Basis != "" {
			label += " (" + statute(a.p.Lang, f.Basis) + ")"
		}
		places.add(place)
		if labels[place] == nil {
			labels[place] = &folded{}
		}
		labels[place].add(label)
	}
	var words []string
	for _, place := range places.order {
		text := labels[place].list(a.p.Lang)
		if place != "" {
			text = place + ": " + text
		}
		words = append(words, text)
	}
	return strings.Join(words, "; ")
}
