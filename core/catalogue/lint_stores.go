package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

func storeRules() []Rule {
	return []Rule{
		{Name: "register-without-entry", Severity: SeverityPublished, Why: "a register that a document only names cannot be searched", facts: namedOnly},
		{Name: "listed-not-described", Severity: SeverityPublished, Why: "906/2019 s.28(1)(3): what is listed is described", facts: listedNotDescribed},
		{Name: "described-not-listed", Severity: SeverityPublished, Why: "906/2019 s.28(1)(1): what is described is listed", facts: describedNotListed},
		{Name: "group-without-system", Severity: SeverityPublished, Why: "906/2019 s.28: a store that is about people says where their data are", facts: groupsWithoutSystem},
		{Name: "controller-ended", Severity: SeverityPublished, Why: "GDPR Art. 13(1)(a): a notice names the controller of today", facts: endedControllers},
		{Name: "retention-overtaken", Severity: SeverityPublished, Why: "a statute sets another period than the document", facts: overtakenRetention},
		{Name: "signature-demanded", Severity: SeverityPublished, Why: "GDPR Art. 12(2), (6): a signature is no condition for an answer (Ombudsman 6097/161/21)",
			facts: func(l lintee, s *System) []breach {
				return breachIf(s.Procedure.Signed && !l.demandedElsewhere(s), "procedure", "the document demands a written and signed request; a signature identifies nobody and may be no condition for an answer")
			}},
		{Name: "on-site-only", Severity: SeverityPublished, Why: "GDPR Art. 15(3): a copy, or a transcript, is given on request",
			facts: func(_ lintee, s *System) []breach {
				told := s.Procedure.Media.Source.Origin() == OriginStated
				return breachIf(s.Procedure.OnSite && !told, "procedure", "the document offers listening or viewing on site, and no copy or transcript")
			}},
	}
}

func breachIf(wrong bool, path, message string) []breach {
	if !wrong {
		return nil
	}
	return []breach{{path: path, message: message}}
}

// demandedElsewhere tells whether the text of the procedure, and with it what
// it demands, is that of all systems, of the store or of the parent: an entry
// that adds a way to listen says nothing of its own on signatures.
func (l lintee) demandedElsewhere(s *System) bool {
	if s.ID == "" {
		return false
	}
	from := []Text{l.catalogue.Organisation.Common.Procedure.Text}
	for _, id := range []string{s.Parent, s.Store.ID} {
		if other, ok := l.catalogue.Entry(id); ok && id != s.ID {
			from = append(from, other.Procedure.Text)
		}
	}
	return !s.Procedure.Text.IsZero() && slices.Contains(from, s.Procedure.Text)
}

// namedOnly finds registers that a list or a clause names and no entry is.
func namedOnly(l lintee, s *System) []breach {
	var out []breach
	look := func(at, where string, list []Mention) {
		for i, m := range list {
			path := fmt.Sprintf("%s[%d]", at, i)
			_, known := l.catalogue.Entry(m.Entry)
			switch {
			case known:
			case m.Entry == "":
				out = append(out, breach{path: path, message: fmt.Sprintf("%q is named in %s and nowhere else: no entry describes it", m.Name, where)})
			default:
				out = append(out, breach{path: path, message: fmt.Sprintf("%q is named in %s, and there is no entry %s", m.Name, where, m.Entry)})
			}
		}
	}
	look("listed", "the list of registers", s.Listed)
	for i, x := range s.Secrecy {
		look(fmt.Sprintf("secrecy[%d].registers", i), "a secrecy clause", x.Registers)
	}
	return out
}

// listedNotDescribed finds an entry of which the documents tell the name and
// nothing more: no purpose, no data, no description of its own.
func listedNotDescribed(_ lintee, s *System) []breach {
	if s.Level == LevelStore || s.Origin == OriginAssumed || s.Origin == "" {
		return nil
	}
	states := func(source Source) bool { return source.Origin() == OriginStated }
	told := states(s.Description.Source)
	for _, g := range s.DataGroups {
		told = told || states(g.Source)
	}
	if _, inherited := s.Inherited["purposes"]; !inherited {
		for _, p := range s.Purposes {
			told = told || states(p.Source)
		}
	}
	return breachIf(!told, "description", "the documents name it and tell neither what it is for nor what it holds")
}

// tells tells whether a document says something of the fact.
func tells(s Source) bool { return len(s.Keys()) > 0 && s.Origin() != OriginUnstated }

// describedNotListed finds systems that the published list of their store
// leaves out.
func describedNotListed(l lintee, s *System) []breach {
	if s.Level != LevelStore || len(s.Listed) == 0 {
		return nil
	}
	var out []breach
	for _, other := range l.catalogue.Systems {
		listed := slices.ContainsFunc(s.Listed, func(m Mention) bool { return m.Entry == other.ID })
		if other.Store.ID == s.ID && other.Origin == OriginStated && !listed {
			out = append(out, breach{path: "listed", message: fmt.Sprintf("%s (%s) is described, and the list of the store does not name it", other.ID, other.Name.In("en"))})
		}
	}
	return out
}

// groupsWithoutSystem finds groups of people that a store is about and none of
// its systems.
func groupsWithoutSystem(l lintee, s *System) []breach {
	if s.Level != LevelStore || s.ID == "" {
		return nil
	}
	var held []string
	for _, other := range l.catalogue.Systems {
		if other.Store.ID != s.ID {
			continue
		}
		for _, g := range other.DataSubjects {
			if _, inherited := other.Inherited["data_subjects"]; !inherited {
				held = append(held, g.Group)
			}
		}
	}
	var out []breach
	for i, g := range s.DataSubjects {
		if !slices.Contains(held, g.Group) {
			out = append(out, breach{path: fmt.Sprintf("data_subjects[%d]", i),
				message: fmt.Sprintf("the store is about %s (%s), and none of its systems holds data on them", g.Group, g.In("en"))})
		}
	}
	return out
}

// endedControllers finds controllers that a document states and that no longer
// are.
func endedControllers(l lintee, s *System) []breach {
	today := l.today.Format(time.DateOnly)
	var out []breach
	for i, c := range s.Controllers {
		if len(c.Source.Keys()) == 0 || c.To == "" || c.To >= today {
			continue
		}
		successors := []string{}
		for _, other := range s.Controllers {
			if other.answers() && other.ActiveOn(l.today) && len(other.Source.Keys()) == 0 {
				successors = append(successors, other.Name.In("en"))
			}
		}
		message := fmt.Sprintf("the document names %s, whose role ended on %s", c.Name.In("en"), c.To)
		if len(successors) > 0 {
			message += "; now " + strings.Join(successors, ", ")
		}
		out = append(out, breach{path: fmt.Sprintf("controllers[%d]", i), message: message})
	}
	return out
}

// overtakenRetention finds a period of a document beside another that a
// statute sets for the same records today.
func overtakenRetention(l lintee, s *System) []breach {
	today := l.today.Format(time.DateOnly)
	var out []breach
	for i, a := range s.Retention {
		for _, b := range s.Retention {
			law := b.Source.Origin() == OriginLaw && b.From <= today && (b.To == "" || today <= b.To)
			if law && len(a.Source.Keys()) > 0 && a.Days > 0 && b.Days > 0 && a.Days != b.Days && shareTypes(a.Types, b.Types) {
				out = append(out, breach{path: fmt.Sprintf("retention[%d]", i),
					message: fmt.Sprintf("the document says %d days, and %s %d", a.Days, strings.Join(b.Source.Statutes(), ", "), b.Days)})
			}
		}
	}
	return out
}
