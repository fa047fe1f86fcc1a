package recordings

import (
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
	sqlsource "github.com/sinusta/sinusta/plugins/sql"
)

// unread gives the texts of a database that may name people and are not read
// for them, of the record types that are searched by name: there somebody may
// believe that they are. What stands for a table is the record type.
func unread(kind string, mapping map[string]sqlsource.Type, types []sdk.RecordType) ([]core.LeftOut, error) {
	profile, err := catalogue.ProfileFor(kind)
	if err != nil {
		return nil, err
	}
	var out []core.LeftOut
	add := func(of, within string, fields []catalogue.FieldProfile, mapped func(name string) bool) {
		for _, f := range fields {
			if f.Role == core.RoleContent && f.Identifier == "" && f.Name != mediaField && mapped(f.Name) {
				out = append(out, core.LeftOut{Table: of, Column: within + f.Name, Reason: "a text of a database is not read for people: whom it alone names is not found by it"})
			}
		}
	}
	for _, t := range types {
		of, known := profile.Type(t.Name)
		m, mapped := mapping[t.Name]
		if !known || !mapped || !slices.ContainsFunc(t.Keys, func(k sdk.Key) bool { return slices.Contains(k.Kinds, core.Name) }) {
			continue
		}
		add(t.Name, "", of.Fields, func(name string) bool { _, is := m.Fields[name]; return is })
		for _, p := range m.Parts {
			if part, is := of.Part(p.Type); is {
				add(t.Name, p.Type+"/", part.Fields, func(name string) bool { _, is := p.Fields[name]; return is })
			}
		}
	}
	return out, nil
}

// unreadProblem is what a check says of them, nil where there are none.
func (i *instance) unreadProblem() *core.Problem {
	var names []string
	for _, l := range i.unread {
		names = append(names, l.Column)
	}
	if len(names) == 0 {
		return nil
	}
	return &core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, ConfigPath: "sql.types",
		Message: "texts of the database are not read for people (" + strings.Join(names, ", ") + "): whom they alone name is not found by name. " +
			"Export the metadata and map them under csv with texts, or have them looked through by hand, and see what the catalogue says of the search by name"}
}
