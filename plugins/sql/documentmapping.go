package sqlsource

import (
	"slices"
	"strings"
	"unicode"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// member makes the set read a member of the document in a column, and gives
// its position.
func (k *compiler) member(path string, set *rowset, c Column) (int, error) {
	if err := checkPath(join(path, "path"), c); err != nil {
		return 0, err
	}
	t, _, name := k.place(set, c.Name)
	column := Column{Name: c.Name}
	col, known := column, false
	if k.schema != nil {
		if found, ok := k.schema.column(t, name); ok {
			known = true
			col.Name = found.Name
		}
	}
	before := known && k.used[t][col.Name]
	at, err := k.read(path, set, column)
	if err != nil {
		return 0, err
	}
	if known {
		k.used[t][col.Name] = before // as a whole
	}
	doc := &set.columns[at]
	if k.schema != nil && !k.mayHoldDocument(doc.column) {
		return 0, sdk.ConfigError(join(path, "path"), "column %s holds neither JSON nor text, so it has no members; remove the path", doc.display(set))
	}
	if doc.document == nil {
		doc.document = k.document(t, doc.column)
	}
	d := doc.document
	if d.path == "" {
		d.path = path
	}
	if !slices.ContainsFunc(d.mapped, func(p []string) bool { return slices.Equal(p, c.Path) }) {
		d.mapped = append(d.mapped, c.Path)
	}
	for _, other := range set.members[at] {
		if slices.Equal(set.columns[other].path, c.Path) {
			return other, nil
		}
	}
	own := source{column: doc.column, through: doc.through, path: c.Path, within: at}
	set.columns = append(set.columns, own)
	if set.members == nil {
		set.members = map[int][]int{}
	}
	set.members[at] = append(set.members[at], len(set.columns)-1)
	return len(set.columns) - 1, nil
}

func checkPath(path string, c Column) error {
	if c.Exact {
		return sdk.ConfigError(path, "exact is of whole columns: a member of a document is looked for in every spelling; remove exact, or the path")
	}
	for i, name := range c.Path {
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r == '"' || r == '\\' || unicode.IsControl(r) }) {
			return sdk.ConfigError(index(path, i), "a path is a list of names of members, without quotation marks; map the whole column instead")
		}
	}
	return nil
}

// mayHoldDocument tells whether a column may hold JSON.
func (k *compiler) mayHoldDocument(c column) bool {
	return c.Class == classText || c.Type == "json" || c.Type == "jsonb" || c.Class == classBinary && k.dialect.looseTypes
}

// document gives what is mapped of the JSON in a column of a table, by any use
// of that.
func (k *compiler) document(t *table, c column) *document {
	for _, d := range k.plan.documents {
		if d.table == t && d.column.Name == c.Name && k.schema != nil {
			return d
		}
	}
	d := &document{table: t, column: c}
	k.plan.documents = append(k.plan.documents, d)
	return d
}

// searchableMember refuses a field by which people are looked up where the
// database cannot look into the document.
func (k *compiler) searchableMember(path string, set *rowset, at int, f catalogue.FieldProfile) error {
	c := set.columns[at]
	if c.path == nil || identifies(f) == "" {
		return nil
	}
	switch d := k.dialect.documents; {
	case d == nil:
		return sdk.ConfigError(join(path, "path"), "driver %s cannot be searched by a member of a document: map %s to a column of a view that takes the member out", k.dialect.name, f.Name)
	case k.schema != nil && !d.searchable(c.column):
		return sdk.ConfigError(join(path, "path"), "column %s cannot be searched by a member: its type is not json or jsonb; map %s to a column of a view that takes the member out, "+
			"or make the column jsonb", set.columns[c.within].display(set), f.Name)
	}
	return nil
}

// ignoreMember takes a member of a document, and all below it, that is left
// out; false when the name is of none.
func (k *compiler) ignoreMember(t *table, name, reason string) bool {
	for _, c := range t.Columns {
		rest, ok := strings.CutPrefix(name, c.Name+".")
		if !ok && k.schema.FoldCase && len(name) > len(c.Name) && equalASCII(name[:len(c.Name)], c.Name) {
			rest, ok = strings.CutPrefix(name[len(c.Name):], ".")
		}
		if !ok || rest == "" {
			continue
		}
		d := k.document(t, c)
		d.ignored = append(d.ignored, rest)
		k.plan.leftOut = append(k.plan.leftOut, core.LeftOut{Table: k.schema.display(t), Column: c.Name + "." + rest, Reason: reason})
		return true
	}
	return false
}

// closeDocuments ends the mapping of documents: which of them need no further
// mention, and which are none since no member is mapped.
func (k *compiler) closeDocuments() error {
	for _, d := range k.plan.documents {
		ignored, left := k.ignored[d.table][d.column.Name]
		switch used := k.used[d.table][d.column.Name]; {
		case len(d.mapped) == 0 && used:
			return sdk.ConfigError(k.first[d.table]+".ignore", "column %s is mapped as it is, so no member of it can be ignored", k.schema.display(d.table)+"."+d.column.Name)
		case len(d.mapped) == 0: // only members of it are ignored: what else it holds is not told
		case used && left:
			return sdk.ConfigError(ignored, "the column is mapped and ignored; remove one")
		default:
			d.whole = used || left
		}
	}
	k.plan.documents = slices.DeleteFunc(k.plan.documents, func(d *document) bool { return len(d.mapped) == 0 })
	return nil
}

// mapsMembers tells whether members of the column are mapped.
func (k *compiler) mapsMembers(t *table, column string) bool {
	return slices.ContainsFunc(k.plan.documents, func(d *document) bool { return d.table == t && d.column.Name == column })
}
