package ldapsource

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sinusta/sinusta/core"
)

// Active Directory gives at most some 1,500 values of an attribute at a time,
// under a name that says which: member;range=0-1499 ([MS-ADTS] 3.1.1.3.1.3.3).

// missing is what is left to be read of an attribute.
type missing struct {
	description
	from int // the number of the next value
}

// unranged takes a range off a description. next is the number of the value
// after the last one given, 0 if that was the end.
func (d description) unranged() (plain description, next int) {
	for _, o := range d.options {
		bounds, ok := strings.CutPrefix(o, "range=")
		if !ok {
			continue
		}
		_, high, _ := strings.Cut(bounds, "-")
		last, err := strconv.Atoi(high)
		if err == nil && last >= 0 {
			next = last + 1
		}
		rest := slices.DeleteFunc(slices.Clone(d.options), func(x string) bool { return x == o })
		name, _, _ := strings.Cut(d.written, ";")
		return describe(strings.Join(append([]string{name}, rest...), ";")), next
	}
	return d, 0
}

// join adds the values of an attribute to an entry, under its plain name.
func (e *entry) join(a attribute) {
	plain, next := a.unranged()
	a.description = plain
	if next > 0 && !a.unread {
		e.missing = append(e.missing, missing{plain, next})
	}
	for i := range e.attributes {
		if have := &e.attributes[i]; have.id() == a.id() {
			have.values = append(have.values, a.values...)
			return
		}
	}
	e.attributes = append(e.attributes, a)
}

// complete reads the values that the server has not given yet.
func (d *server) complete(ctx context.Context, e entry) (entry, error) {
	for len(e.missing) > 0 {
		m := e.missing[0]
		e.missing = e.missing[1:]
		wanted := fmt.Sprintf("%s;range=%d-*", m.written, m.from)
		more, ok, err := d.one(ctx, e.dn, []string{wanted}, false)
		if err != nil {
			return e, err
		}
		got := slices.IndexFunc(more.attributes, func(a attribute) bool { return a.id() == m.id() && len(a.values) > 0 })
		if !ok || got < 0 || slices.ContainsFunc(more.missing, func(x missing) bool { return x.from <= m.from }) {
			d.noticed.add(rangeNotice(m.written))
			e.torn(m.description)
			continue
		}
		for i := range e.attributes {
			if e.attributes[i].id() == m.id() {
				e.attributes[i].values = append(e.attributes[i].values, more.attributes[got].values...)
			}
		}
		e.missing = append(e.missing, more.missing...)
	}
	return e, nil
}

// torn marks an attribute of which values are missing.
func (e *entry) torn(d description) {
	for i := range e.attributes {
		if e.attributes[i].id() == d.id() {
			e.attributes[i].unread = true
		}
	}
}

func rangeNotice(attribute string) core.Problem {
	return core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem,
		Message: "some values of the attribute " + attribute + " were not given; search again, or have the directory's owner look at it"}
}
