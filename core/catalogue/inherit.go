package catalogue

import (
	"reflect"
	"slices"

	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
)

// Common is what many systems share. Its keys are those of an entry.
type Common struct {
	Controllers         []Controller   `yaml:"controllers" json:",omitempty"`
	Purposes            []Fact         `yaml:"purposes" json:",omitempty"`
	LegalBasis          []LegalBasis   `yaml:"legal_basis" json:",omitempty"`
	DataSubjects        []SubjectGroup `yaml:"data_subjects" json:",omitempty"`
	DataSources         []Fact         `yaml:"data_sources" json:",omitempty"`
	Recipients          []Fact         `yaml:"recipients" json:",omitempty"`
	Retention           []Retention    `yaml:"retention" json:",omitempty"`
	Transfers           []Fact         `yaml:"transfers" json:",omitempty"`
	Secrecy             []Secrecy      `yaml:"secrecy" json:",omitempty"`
	DisclosureAuthority Fact           `yaml:"disclosure_authority" json:",omitzero"`
	Procedure           Procedure      `yaml:"procedure" json:",omitzero"`
	TechnicalInterface  Interface      `yaml:"technical_interface" json:",omitzero"`
	Paper               Paper          `yaml:"paper" json:",omitzero"`
	Automated           Fact           `yaml:"automated_decisions" json:",omitzero"`
}

// inherit gives s what it leaves out and from has. file is where from is
// stated, for facts that from did not inherit itself.
func inherit(s *System, from reflect.Value, file string, before map[string]string) {
	into := reflect.ValueOf(s).Elem()
	common := reflect.TypeFor[Common]()
	for i := range common.NumField() {
		name, key := common.Field(i).Name, strictyaml.Key(common.Field(i))
		value, own := from.FieldByName(name), into.FieldByName(name)
		if value.IsZero() || !own.IsZero() {
			continue
		}
		own.Set(value)
		s.Inherited[key] = file
		if origin, ok := before[key]; ok {
			s.Inherited[key] = origin
		}
	}
}

// inheritProcedure lets an entry add to the procedure of its store or
// organisation: a time of contact that must be told, a way to listen. The
// text and what it demands come from there when the entry has none.
func inheritProcedure(own Procedure, from Procedure) Procedure {
	if own.Text.IsZero() {
		own.Text, own.Source, own.Signed = from.Text, from.Source, own.Signed || from.Signed
	}
	if own.Media.IsZero() {
		own.Media = from.Media
	}
	if own.SelfService.IsZero() {
		own.SelfService = from.SelfService
	}
	return own
}

// fill gives an entry what its parent, its store and the organisation state.
// A parent must have been filled before.
func (c *Catalogue) fill(s *System, parent *System) {
	s.Inherited = map[string]string{}
	procedure := s.Procedure
	if parent != nil {
		if s.Kind == "" {
			s.Kind = parent.Kind
		}
		if s.Store.ID == "" {
			s.Store = parent.Store
		}
		from := *parent
		if s.Kind != parent.Kind { // record types are those of one kind
			from.Retention = slices.DeleteFunc(slices.Clone(from.Retention), func(r Retention) bool { return len(r.Types) > 0 })
		}
		inherit(s, reflect.ValueOf(from), parent.File, parent.Inherited)
		if s.Kind != parent.Kind || s.Outcome != "" { // a portal shows what it is for: not the logs of it, nor what was archived
			from.Procedure.SelfService = Fact{}
		}
		procedure = inheritProcedure(procedure, from.Procedure)
	}
	for i := range c.Stores {
		store := &c.Stores[i]
		if store.ID != s.Store.ID || store.ID == s.ID {
			continue
		}
		if s.Store.Name.IsZero() {
			s.Store.Name = store.Name.Text
		}
		inherit(s, reflect.ValueOf(*store), store.File, nil)
		procedure = inheritProcedure(procedure, store.Procedure)
	}
	inherit(s, reflect.ValueOf(c.Organisation.Common), OrganisationFile, nil)
	s.Procedure = inheritProcedure(procedure, c.Organisation.Common.Procedure)
}

// sentences gives the sentences that an entry's sources may name, by key: its
// own before those of its parent, its store and the organisation's documents.
func (c *Catalogue) sentences(s *System) map[string]Statement {
	out := map[string]Statement{}
	add := func(list []Statement, document string) {
		for _, p := range list {
			if _, ok := out[p.Key]; !ok {
				if p.Document == "" {
					p.Document = document
				}
				out[p.Key] = p
			}
		}
	}
	add(s.Published, "")
	if parent, ok := c.System(s.Parent); ok {
		add(parent.Published, "")
	}
	for i := range c.Stores {
		if c.Stores[i].ID == s.Store.ID {
			add(c.Stores[i].Published, "")
		}
	}
	for _, d := range c.Organisation.Documents {
		add(d.Sentences, d.ID)
	}
	return out
}
