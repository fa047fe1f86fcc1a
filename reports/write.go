package reports

import (
	"fmt"
	"io"
)

// Forms are where the forms of a report are written; nil for one that is not
// wanted.
type Forms struct {
	HTML, JSON io.Writer
}

// Write writes the report in lang (fi, sv or en) in each form at the same time:
// every item is read and judged once, and in no form is there what the other
// does not know of. HTML and JSON say what the forms are. Items are written one
// by one, so that a large report needs no large memory. After an error no form
// is whole.
func Write(r *Report, lang string, to Forms) error {
	t, err := textsFor(lang, r.Organisation.Authority)
	if err != nil {
		return err
	}
	var forms []namedForm
	if to.HTML != nil {
		page, err := newHTMLForm(to.HTML, r, t, lang)
		if err != nil {
			return err
		}
		forms = append(forms, namedForm{"HTML", page})
	}
	if to.JSON != nil {
		forms = append(forms, namedForm{"JSON", newJSONForm(to.JSON, r, t, lang)})
	}
	each := func(do func(form) error) error {
		for _, f := range forms {
			if err := do(f.form); err != nil {
				return fmt.Errorf("write the report as %s: %w", f.name, err)
			}
		}
		return nil
	}
	if err := each(form.begin); err != nil {
		return err
	}
	for n := range r.Systems {
		if err := r.writeSystem(n, each); err != nil {
			return err
		}
	}
	return each(form.end)
}

// namedForm is a form with its name for errors.
type namedForm struct {
	name string
	form form
}

// form is one form of the report while it is written. The systems come in
// their order, their items between begin and end.
type form interface {
	begin() error
	// beginSystem begins the system with that number.
	beginSystem(n int) error
	// item writes a thing of the system, or names one that is shown in another
	// system and is held here too.
	item(d *Disclosed, also bool) error
	// endSystem ends the system, with what its decided records withhold.
	endSystem(withheld counts) error
	end() error
}

// writeSystem writes one system with its items.
func (r *Report) writeSystem(n int, each func(func(form) error) error) error {
	if err := each(func(f form) error { return f.beginSystem(n) }); err != nil {
		return err
	}
	s := &r.Systems[n]
	withheld := counts{}
	write := func(things []Held, also bool) error {
		for _, h := range things {
			d, err := r.Disclose(h)
			if err != nil {
				return fmt.Errorf("write the report: %w", err)
			}
			withheld.add(s, d)
			if err := each(func(f form) error { return f.item(d, also) }); err != nil {
				return err
			}
		}
		return nil
	}
	if err := write(s.Items, false); err != nil {
		return err
	}
	if err := write(s.AlsoHere, true); err != nil {
		return err
	}
	return each(func(f form) error { return f.endSystem(withheld) })
}
