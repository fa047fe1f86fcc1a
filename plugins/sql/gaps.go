package sqlsource

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// unseenTables stands in ignore_tables for the tables that the database does
// not show to the account.
const unseenTables = "*"

// reasons demands a reason for everything that is left out.
func (k *compiler) reasons(path string, m map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if strings.TrimSpace(m[name]) == "" {
			return sdk.ConfigError(join(path, name), "say why this is left out")
		}
	}
	return nil
}

// ignore takes the columns that are left out of a set's tables. A column that
// is not there is told by the check, and harms nothing: what it was written
// for is then named as unmapped.
func (k *compiler) ignore(path string, set *rowset, m map[string]string) error {
	if err := k.reasons(path, m); err != nil || k.schema == nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		t, n := set.table, name
		if rest, ok := strings.CutPrefix(name, throughPrefix); ok && set.through != nil {
			t, n = set.through, rest
		}
		c, ok := k.schema.column(t, n)
		if !ok && k.ignoreMember(t, n, m[name]) {
			continue
		}
		if !ok {
			k.plan.stale = append(k.plan.stale, core.Problem{Class: core.ClassConfig, Origin: core.OriginPlugin, ConfigPath: join(path, name),
				Message: "table " + k.schema.display(t) + " has no column " + strconv.Quote(n) + suggest.Names(n, t.columnNames())})
			continue
		}
		if k.ignored[t][c.Name] == "" {
			k.plan.leftOut = append(k.plan.leftOut, core.LeftOut{Table: k.schema.display(t), Column: c.Name, Reason: m[name]})
		}
		k.ignored[t][c.Name] = join(path, name)
	}
	return nil
}

// gaps finds the columns and tables that nobody mapped or left out, and the
// tables whose rows are hidden from the account.
func (k *compiler) gaps(c Config) error {
	for _, t := range k.plan.mapped {
		var missing []string
		for _, col := range t.Columns {
			path, ignored := k.ignored[t][col.Name]
			switch used := k.used[t][col.Name]; {
			case used && ignored:
				return sdk.ConfigError(path, "the column is mapped and ignored; remove one")
			case !used && !ignored && !k.mapsMembers(t, col.Name):
				missing = append(missing, strconv.Quote(col.Name))
			}
		}
		if len(missing) > 0 {
			k.plan.gaps = append(k.plan.gaps, core.Problem{Class: core.ClassUnmapped, Origin: core.OriginPlugin, ConfigPath: k.first[t],
				Message: "table " + k.schema.display(t) + ": nobody mapped " + strings.Join(missing, ", ") + "; map each column, or put it under ignore with the reason"})
		}
		if t.Filtered {
			k.plan.gaps = append(k.plan.gaps, core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, ConfigPath: k.first[t],
				Message: "row-level security hides rows of table " + k.schema.display(t) + " from the account; as the owner give it BYPASSRLS or a policy that shows every row"})
		}
	}
	return k.otherTables(c)
}

// otherTables finds the tables beside the mapped ones, in the schemas that
// the mapping touches.
func (k *compiler) otherTables(c Config) error {
	ignored := map[*table]string{}
	if _, told := c.IgnoreTables[unseenTables]; k.schema.Hidden != "" && !told {
		k.plan.gaps = append(k.plan.gaps, core.Problem{Class: core.ClassUnmapped, Origin: core.OriginSystem, ConfigPath: "ignore_tables",
			Message: k.schema.Hidden + ", or put " + strconv.Quote(unseenTables) + " under ignore_tables with the reason why those hold nothing to search"})
	}
	for _, name := range slices.Sorted(maps.Keys(c.IgnoreTables)) {
		if name == unseenTables {
			k.plan.leftOut = append(k.plan.leftOut, core.LeftOut{Table: unseenTables, Reason: c.IgnoreTables[name]})
			continue
		}
		path := join("ignore_tables", name)
		t := k.schema.find(name)
		switch {
		case t == nil:
			k.plan.stale = append(k.plan.stale, core.Problem{Class: core.ClassConfig, Origin: core.OriginPlugin, ConfigPath: path,
				Message: "the database has no table " + strconv.Quote(name) + suggest.Names(name, k.schema.names())})
			continue
		case k.first[t] != "":
			return sdk.ConfigError(path, "the table is mapped at %s and ignored; remove one", k.first[t])
		}
		ignored[t] = path
		k.plan.leftOut = append(k.plan.leftOut, core.LeftOut{Table: k.schema.display(t), Reason: c.IgnoreTables[name]})
	}
	schemas := map[string]bool{k.schema.Default: true}
	for _, t := range k.plan.mapped {
		schemas[t.Schema] = true
	}
	var missing []string
	for _, t := range k.schema.Tables {
		if _, left := ignored[t]; !left && !t.View && schemas[t.Schema] && k.first[t] == "" {
			missing = append(missing, strconv.Quote(k.schema.display(t)))
		}
	}
	if len(missing) > 0 {
		k.plan.gaps = append(k.plan.gaps, core.Problem{Class: core.ClassUnmapped, Origin: core.OriginPlugin, ConfigPath: "ignore_tables",
			Message: "nobody mapped these tables: " + strings.Join(missing, ", ") + "; map each, or put it under ignore_tables with the reason"})
	}
	return nil
}
