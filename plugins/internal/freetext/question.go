package freetext

import (
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
)

// shortestForm is the length, in letters and digits, of the shortest spelling
// of an identifier that is looked for word by word: "1234" stands in every
// second file and means something else.
const shortestForm = 5

// Kinds gives the kinds of identifier that running text can be searched by.
func Kinds() []core.Kind {
	return []core.Kind{core.PersonalIdentityCode, core.Name, core.Email, core.Phone, core.DiaryNumber, core.ContractNumber, core.TicketNumber,
		core.EmployeeNumber, core.CustomerNumber, core.InvoiceNumber, core.UserID, core.BusinessID, core.VATNumber, core.IBAN, core.ElectronicID,
		core.SwedishNumber, core.EUPersonID, core.TaxNumber, core.VirtuKey}
}

// Need is what an index must hold of a text that may be found: a term, any or
// all of others.
type Need struct {
	Term  string
	Any   []Need
	All   []Need
	Never bool // nothing is found
}

// Question is what texts are searched for: the key sets of a query. It may be
// used by several goroutines.
type Question struct {
	sets   [][]*wanted
	wanted []*wanted
	told   bool // some kind is told in running text
}

// wanted is one identifier that is looked for.
type wanted struct {
	core.Identifier
	name  personName
	forms []form
	found bool // its kind is told in running text
}

// form is a spelling, as words in a row.
type form struct {
	words []string
	tier  core.Tier
}

// New makes a question of key sets. inflect gives the further forms of a folded
// word of a name.
func New(sets []core.KeySet, inflect func(string) []string) *Question {
	q := &Question{}
	told := inText()
	for _, set := range sets {
		var all []*wanted
		for _, id := range set.AllOf {
			w := q.want(id, told, inflect)
			q.told = q.told || w.found
			all = append(all, w)
		}
		if len(all) > 0 {
			q.sets = append(q.sets, all)
		}
	}
	return q
}

func (q *Question) want(id core.Identifier, told map[core.Kind]bool, inflect func(string) []string) *wanted {
	for _, w := range q.wanted {
		if w.Kind == id.Kind && w.Value == id.Value && w.Issuer == id.Issuer {
			return w
		}
	}
	w := &wanted{Identifier: id, found: told[id.Kind]}
	if id.Kind == core.Name {
		w.name, w.found = newName(id, inflect), false
	} else {
		w.forms = formsOf(id)
	}
	q.wanted = append(q.wanted, w)
	return w
}

func formsOf(id core.Identifier) []form {
	list := id.Forms
	if len(list) == 0 {
		list = identifier.Forms(id)
	}
	list = append(slices.Clone(list), core.Form{Text: id.Value, Tier: core.TierExact})
	var out []form
	for _, f := range list {
		w := words(f.Text)
		if len(strings.Join(w, "")) < shortestForm || slices.ContainsFunc(out, func(o form) bool { return slices.Equal(o.words, w) }) {
			continue
		}
		out = append(out, form{w, f.Tier})
	}
	return out
}

// inText gives the kinds that are told in running text by their shape.
func inText() map[core.Kind]bool {
	out := map[core.Kind]bool{}
	for _, kind := range identifier.Known() {
		rule, _ := identifier.Rule(kind)
		switch found := identifier.Find(rule.Example, identifier.Wide, kind); {
		case kind == core.Name:
		case len(found) > 0:
			out[kind] = true
		}
	}
	return out
}

// Uncovered gives the kinds of identifiers that cannot be looked for in
// running text as they are: too short to mean anything there.
func (q *Question) Uncovered() []core.Kind {
	var out []core.Kind
	for _, w := range q.wanted {
		never := !w.found && len(w.forms) == 0
		if w.Kind == core.Name {
			never = len(w.name.families) == 0 && len(w.name.givens) == 0
		}
		if never && !slices.Contains(out, w.Kind) {
			out = append(out, w.Kind)
		}
	}
	return out
}

// Need gives what an index must hold of a text that a Reading may find.
func (q *Question) Need() Need {
	var out Need
	for _, set := range q.sets {
		var all Need
		for _, w := range set {
			all.All = append(all.All, w.need())
		}
		out.Any = append(out.Any, all)
	}
	return out
}

func (w *wanted) need() Need {
	if w.Kind == core.Name {
		return w.name.need()
	}
	var out Need
	if w.found {
		out.Any = append(out.Any, Need{Term: idTerm(w.Kind, w.Value)})
	}
	for _, f := range w.forms {
		var all Need
		for _, word := range f.words {
			all.All = append(all.All, Need{Term: word})
		}
		out.Any = append(out.Any, all)
	}
	if len(out.Any) == 0 {
		return Need{Never: true}
	}
	return out
}

// idTerm is the term of an identifier that was told in running text. It holds
// what any two equal ones agree in: of a personal identity code, all but the
// sign of the century, which some texts leave out.
func idTerm(kind core.Kind, value string) string {
	var b strings.Builder
	for _, w := range words(value) {
		b.WriteString(w)
	}
	s := b.String()
	switch kind {
	case core.PersonalIdentityCode:
		if len(s) == 11 {
			s = s[:6] + s[7:] // the sign was a letter
		}
	case core.EmployeeNumber, core.CustomerNumber, core.UserID, core.ElectronicID, core.TicketNumber, core.DiaryNumber, core.SwedishNumber:
		// Equal may forgive zeros, a prefix or a century: the last digits agree.
		if len(s) > 4 {
			s = s[len(s)-4:]
		}
	}
	return string(kind) + " " + s
}
