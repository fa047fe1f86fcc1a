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

// attach binds the table of a set that hangs on another, and its joins.
func (k *compiler) attach(path string, set *rowset, name string, joined map[string]string, through *Through) error {
	var err error
	if set.table, err = k.table(join(path, "table"), name); err != nil {
		return err
	}
	defer func() { set.identity = set.table.identity(set) }()
	if through == nil {
		set.join, err = k.pairs(join(path, "join"), joined, set.table, set.parent.table)
		return err
	}
	if len(joined) > 0 {
		return sdk.ConfigError(join(path, "join"), "give either join or through; through has a join of its own")
	}
	path = join(path, "through")
	if set.through, err = k.table(join(path, "table"), through.Table); err != nil {
		return err
	}
	if set.join, err = k.pairs(join(path, "join"), through.Join, set.through, set.parent.table); err != nil {
		return err
	}
	set.to, err = k.pairs(join(path, "to"), through.To, set.through, set.table)
	return err
}

func (k *compiler) pairs(path string, m map[string]string, here, there *table) ([]pair, error) {
	if len(m) == 0 {
		return nil, sdk.ConfigError(path, "tell how the tables join: column of %s: column of %s", here.Name, there.Name)
	}
	var out []pair
	for _, h := range slices.Sorted(maps.Keys(m)) {
		a, err := k.column(join(path, h), here, h)
		if err != nil {
			return nil, err
		}
		b, err := k.column(join(path, h), there, m[h])
		if err != nil {
			return nil, err
		}
		out = append(out, pair{a.Name, b.Name})
	}
	return out, nil
}

func (k *compiler) keyColumns(path string, set *rowset, names []string) ([]column, error) {
	if len(names) == 0 {
		return nil, sdk.ConfigError(path, "name the column or columns that identify a row of %s", set.table.Name)
	}
	var out []column
	for i, n := range names {
		c, err := k.column(index(path, i), set.table, n)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(out, func(o column) bool { return o.Name == c.Name }) {
			return nil, sdk.ConfigError(index(path, i), "column %q stands twice in the key", n)
		}
		out = append(out, c)
	}
	return out, nil
}

// read makes the set read a column and gives its position.
func (k *compiler) read(path string, set *rowset, c Column) (int, error) {
	if c.Path != nil {
		return k.member(path, set, c)
	}
	t, through, name := k.place(set, c.Name)
	col, err := k.column(path, t, name)
	if err != nil {
		return 0, err
	}
	for i := range set.columns {
		if set.columns[i].column.Name == col.Name && set.columns[i].through == through && set.columns[i].path == nil {
			// One reading of the column that is not exact needs the coarse one.
			set.columns[i].exact = set.columns[i].exact && c.Exact
			return i, nil
		}
	}
	set.columns = append(set.columns, source{column: col, through: through, exact: c.Exact})
	return len(set.columns) - 1, nil
}

// place gives the table and the name of a column of the mapping.
func (k *compiler) place(set *rowset, name string) (t *table, through bool, column string) {
	if rest, ok := strings.CutPrefix(name, throughPrefix); ok && set.through != nil {
		return set.through, true, rest
	}
	return set.table, false, name
}

func (k *compiler) table(path, name string) (*table, error) {
	if name == "" {
		return nil, sdk.ConfigError(path, "name the table")
	}
	if k.schema == nil {
		return &table{Name: name}, nil
	}
	t := k.schema.find(name)
	if t == nil {
		return nil, sdk.ConfigError(path, "the database has no table %q%s", name, suggest.Names(name, k.schema.names()))
	}
	if _, ok := k.first[t]; !ok {
		k.first[t] = strings.TrimSuffix(path, ".table")
		k.used[t], k.ignored[t] = map[string]bool{}, map[string]string{}
		k.plan.mapped = append(k.plan.mapped, t)
	}
	return t, nil
}

// column gives the named column of t and marks it as used.
func (k *compiler) column(path string, t *table, name string) (column, error) {
	if name == "" {
		return column{}, sdk.ConfigError(path, "name a column of %s", t.Name)
	}
	if k.schema == nil {
		return column{Name: name}, nil
	}
	c, ok := k.schema.column(t, name)
	if !ok {
		return c, sdk.ConfigError(path, "table %s has no column %q%s", k.schema.display(t), name, suggest.Names(name, t.columnNames()))
	}
	if c.Unreadable {
		return c, &core.Problem{Class: core.ClassAuth, Origin: core.OriginSystem, ConfigPath: path,
			Message: "the account may not read column " + strconv.Quote(c.Name) + " of table " + k.schema.display(t) + "; as the owner run GRANT SELECT on the table"}
	}
	k.used[t][c.Name] = true
	return c, nil
}
