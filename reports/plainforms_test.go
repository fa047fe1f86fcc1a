package reports

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/sinusta/sinusta/core"
)

// What follows writes one item as articles and jsonForm do, in the plainest
// way: by the template in testdata/item.gohtml, and by encoding/json.

type itemView struct {
	P *page
	D *Disclosed
}

func (v itemView) Anchor() string {
	return v.P.byID[v.D.System].Anchor + "-" + strconv.Itoa(v.D.Number)
}

func (v itemView) Title() string { return v.P.T.title(v.P.Lang, v.D) }

func (v itemView) Time() moment {
	t := v.D.Copies[0].Time
	if t.IsZero() {
		return moment{}
	}
	return whenIn(v.P.Lang, t)
}

func (v itemView) Reference() string {
	c := v.D.Copies[0]
	return visible(c.System + " " + c.Ref)
}

func (v itemView) Explanation() phrase { return v.P.T.explanation(v.P.Lang, v.D) }

func (v itemView) System() phrase {
	if s := v.P.byID[v.D.Copies[0].System]; s != nil {
		return s.Name()
	}
	return phrase{}
}

type rowView struct {
	Label string
	Value shownValue
	// Begins is true for the first field of another party or part.
	Begins bool
}

func (v itemView) Rows() []rowView { return v.rows(v.D.Copies[0].Fields) }

func (v itemView) rows(fields []Field) []rowView {
	var out []rowView
	var last Label
	for _, f := range fields {
		if f.Withheld != Shown {
			continue
		}
		row := rowView{Label: v.P.T.labelIn(v.P.Lang, f.Label), Value: v.P.valueIn(&f)}
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

type withheldView struct {
	Short  string
	Labels string
}

func (v itemView) Withheld() []withheldView { return v.withheld(v.D.Copies[0].Fields) }

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

func (v itemView) Empty() string { return v.empty(v.D.Copies[0].Fields) }

func (v itemView) empty(fields []Field) string {
	return v.fold(fields, func(f Field) bool { return f.Withheld == Shown && v.P.valueIn(&f).Empty })
}

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

type alsoView struct {
	System    phrase
	Reference string
	// Same is true when the record there has nothing else to show.
	Same     bool
	Rows     []rowView
	Empty    string
	Withheld []withheldView
}

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

type itemJSON struct {
	Ref         string       `json:"ref"`
	System      string       `json:"system"`
	Type        string       `json:"type"`
	Title       string       `json:"title,omitempty"`
	Time        *string      `json:"time,omitempty"`
	Verdict     core.Verdict `json:"verdict"`
	Undecided   bool         `json:"undecided"`
	MatchedBy   []core.Kind  `json:"matched_by"`
	Explanation string       `json:"explanation"`
	Fields      []fieldJSON  `json:"fields"`
	AlsoIn      []copyJSON   `json:"also_in"`
}

type copyJSON struct {
	System string      `json:"system"`
	Ref    string      `json:"ref"`
	Type   string      `json:"type"`
	Time   *string     `json:"time,omitempty"`
	Fields []fieldJSON `json:"fields"`
}

func (v jsonView) item(d *Disclosed) itemJSON {
	c := d.Copies[0]
	out := itemJSON{
		Ref: c.Ref, System: c.System, Type: c.Type, Time: instant(c.Time), Verdict: d.Verdict, Undecided: d.Undecided,
		MatchedBy: list(d.MatchedBy), Explanation: v.t.explanation(v.lang, d).Text,
		Fields: v.fields(c.Fields), AlsoIn: []copyJSON{},
	}
	if !d.Undecided {
		out.Title = v.t.title(v.lang, d)
	}
	for _, c := range d.Copies[1:] {
		out.AlsoIn = append(out.AlsoIn, copyJSON{System: c.System, Ref: c.Ref, Type: c.Type, Time: instant(c.Time), Fields: v.fields(c.Fields)})
	}
	return out
}

type fieldJSON struct {
	name, label   string
	role          core.Role
	value         any
	meaning       string
	withheld      Withholding
	withheldBasis string
}

func (v jsonView) fields(fields []Field) []fieldJSON {
	out := make([]fieldJSON, 0, len(fields))
	for _, f := range fields {
		j := fieldJSON{name: f.Name, label: v.t.labelIn(v.lang, f.Label), role: f.Role, withheld: f.Withheld, withheldBasis: f.Basis}
		if f.Withheld == Shown {
			j.value = jsonValue(f.Value)
			if m, ok := meaningOf(&f); ok {
				j.meaning = m.In(v.lang)
			}
		}
		out = append(out, j)
	}
	return out
}

func (f fieldJSON) MarshalJSON() ([]byte, error) {
	type head struct {
		Name  string    `json:"name"`
		Label string    `json:"label"`
		Role  core.Role `json:"role"`
	}
	h := head{f.name, f.label, f.role}
	if f.withheld == Shown {
		return json.Marshal(struct {
			head
			Value   any    `json:"value"`
			Meaning string `json:"meaning,omitempty"`
		}{h, f.value, f.meaning})
	}
	return json.Marshal(struct {
		head
		Withheld Withholding `json:"withheld"`
		Basis    string      `json:"withheld_basis,omitempty"`
	}{h, f.withheld, f.withheldBasis})
}

func jsonValue(v core.Value) any {
	switch v.Type {
	case core.TypeInteger:
		return v.Integer
	case core.TypeFlag:
		return v.Flag
	case core.TypeNull:
		return nil
	default:
		return v.Plain()
	}
}
