package sqlsource

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// throughPrefix marks columns of the table between two others.
const throughPrefix = "through."

// compiler checks a mapping and binds it.
type compiler struct {
	profile *catalogue.Profile
	schema  *schema // nil: check the words alone
	used    map[*table]map[string]bool
	ignored map[*table]map[string]string // column: config path
	first   map[*table]string            // config path of the first mention
	plan    *plan
}

// compile checks c against the profile and, if s is not nil, binds it to the
// tables of the database. Errors are of ClassConfig and name the setting, or
// of ClassAuth where the account may not read a mapped column.
func compile(c Config, profile *catalogue.Profile, s *schema) (*plan, error) {
	k := &compiler{profile: profile, schema: s, used: map[*table]map[string]bool{},
		ignored: map[*table]map[string]string{}, first: map[*table]string{}, plan: &plan{}}
	if len(c.Types) == 0 {
		return nil, sdk.ConfigError("types", "no record type is mapped; the profile %s has: %s", profile.Kind, strings.Join(typeNames(profile.Types), ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Types)) {
		if _, ok := profile.Type(name); !ok {
			return nil, sdk.ConfigError(join("types", name), "the profile %s has no record type of this name%s", profile.Kind, didYouMean(name, typeNames(profile.Types)))
		}
	}
	for _, rt := range profile.Types {
		t, ok := c.Types[rt.Name]
		if !ok {
			continue
		}
		p, err := k.recordType(join("types", rt.Name), rt, t)
		if err != nil {
			return nil, err
		}
		k.plan.types = append(k.plan.types, p)
	}
	if err := k.reasons("ignore_tables", c.IgnoreTables); err != nil {
		return nil, err
	}
	if s != nil {
		if err := k.gaps(c); err != nil {
			return nil, err
		}
	}
	return k.plan, nil
}

func (k *compiler) recordType(path string, rt catalogue.RecordType, t Type) (*typePlan, error) {
	p := &typePlan{path: path, profile: rt, recordKinds: map[core.Kind]bool{}}
	root := &rowset{path: path, time: -1}
	p.sets = []*rowset{root}
	var err error
	if root.table, err = k.table(join(path, "table"), t.Table); err != nil {
		return nil, err
	}
	if root.key, err = k.keyColumns(join(path, "key"), root, t.Key); err != nil {
		return nil, err
	}
	if t.Time != "" {
		if root.time, err = k.read(join(path, "time"), root, Column{Name: t.Time}); err != nil {
			return nil, err
		}
	}
	if root.fields, err = k.fields(join(path, "fields"), root, t.Fields, rt.Fields, "record type "+rt.Name); err != nil {
		return nil, err
	}
	if err := k.parties(p, root, path, rt, t.Parties); err != nil {
		return nil, err
	}
	for i, part := range t.Parts {
		if err := k.part(p, root, index(join(path, "parts"), i), rt, part); err != nil {
			return nil, err
		}
	}
	if err := k.ignore(join(path, "ignore"), root, t.Ignore); err != nil {
		return nil, err
	}
	for _, set := range p.sets {
		set.prepare()
	}
	k.deriveKeys(p)
	if len(p.keys) == 0 {
		return nil, sdk.ConfigError(path, "no mapped field identifies a person, so nothing can be searched; map a party's personal_identity_code, email, employee_number, name or the like, or the record's number")
	}
	return p, nil
}

func (k *compiler) part(p *typePlan, root *rowset, path string, rt catalogue.RecordType, m Part) error {
	profile, ok := rt.Part(m.Type)
	if !ok {
		return sdk.ConfigError(join(path, "type"), "record type %s has no part %q%s", rt.Name, m.Type, didYouMean(m.Type, typeNames(rt.Parts)))
	}
	set := &rowset{index: len(p.sets), path: path, parent: root, part: m.Type, time: -1}
	p.sets = append(p.sets, set)
	if m.Table == "" {
		return sdk.ConfigError(join(path, "table"), "a part needs its table (the record's own table may be joined to itself by its key)")
	}
	if err := k.attach(path, set, m.Table, m.Join, m.Through); err != nil {
		return err
	}
	var err error
	if set.key, err = k.keyColumns(join(path, "key"), set, m.Key); err != nil {
		return err
	}
	if set.fields, err = k.fields(join(path, "fields"), set, m.Fields, profile.Fields, "part "+profile.Name); err != nil {
		return err
	}
	if err := k.parties(p, set, path, profile, m.Parties); err != nil {
		return err
	}
	return k.ignore(join(path, "ignore"), set, m.Ignore)
}

func (k *compiler) parties(p *typePlan, set *rowset, path string, rt catalogue.RecordType, parties []Party) error {
	for i, m := range parties {
		if err := k.party(p, set, index(join(path, "parties"), i), rt, m, i); err != nil {
			return err
		}
	}
	return nil
}

func (k *compiler) party(p *typePlan, set *rowset, path string, rt catalogue.RecordType, m Party, order int) error {
	if m.Table != "" {
		own := &rowset{index: len(p.sets), path: path, parent: set, alone: true, time: -1}
		p.sets = append(p.sets, own)
		if err := k.attach(path, own, m.Table, m.Join, m.Through); err != nil {
			return err
		}
		set = own
	} else if len(m.Join) > 0 || m.Through != nil {
		return sdk.ConfigError(join(path, "table"), "join and through lead to a table: name it, or remove them")
	}
	b := &boundParty{path: path, slots: map[string]catalogue.Slot{}, slotAt: -1, order: order}
	if err := k.slots(path, set, rt, m, b); err != nil {
		return err
	}
	if len(m.Fields) == 0 {
		return sdk.ConfigError(join(path, "fields"), "a party needs at least one field")
	}
	for _, code := range slices.Sorted(maps.Keys(b.slots)) {
		slot := b.slots[code]
		var err error
		if b.fields, err = k.fields(join(path, "fields"), set, m.Fields, slot.Fields, "slot "+slot.Name); err != nil {
			return err
		}
	}
	set.parties = append(set.parties, b)
	return k.ignore(join(path, "ignore"), set, m.Ignore)
}

// display names the column for people: table.column.
func (c source) display(set *rowset) string {
	if c.through {
		return set.through.Name + "." + c.column.Name
	}
	return set.table.Name + "." + c.column.Name
}

// slots reads the party's slot, or the column and codes that tell it.
func (k *compiler) slots(path string, set *rowset, rt catalogue.RecordType, m Party, b *boundParty) error {
	slot := func(path, name string) (catalogue.Slot, error) {
		s, ok := rt.Slot(name)
		if !ok {
			return s, sdk.ConfigError(path, "%s has no slot %q%s", rt.Name, name, didYouMean(name, slotNames(rt.Slots)))
		}
		return s, nil
	}
	var err error
	switch {
	case m.Slot != "" && (m.SlotColumn != "" || len(m.Slots) > 0):
		return sdk.ConfigError(join(path, "slot"), "give either slot, or slot_column with slots")
	case m.Slot != "":
		b.slots[""], err = slot(join(path, "slot"), m.Slot)
		return err
	case m.SlotColumn == "":
		return sdk.ConfigError(join(path, "slot"), "a party needs its slot%s", didYouMean("", slotNames(rt.Slots)))
	case len(m.Slots) == 0:
		return sdk.ConfigError(join(path, "slots"), "slot_column needs slots: which code is which slot")
	}
	if b.slotAt, err = k.read(join(path, "slot_column"), set, Column{Name: m.SlotColumn}); err != nil {
		return err
	}
	b.slotColumn = set.columns[b.slotAt].display(set)
	for _, code := range slices.Sorted(maps.Keys(m.Slots)) {
		if b.slots[tidy(code)], err = slot(join(join(path, "slots"), code), m.Slots[code]); err != nil {
			return err
		}
	}
	return nil
}

// fields binds the mapped fields, in the order of the profile.
func (k *compiler) fields(path string, set *rowset, mapped map[string]Columns, known []catalogue.FieldProfile, where string) ([]boundField, error) {
	var names []string
	for _, f := range known {
		names = append(names, f.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(mapped)) {
		if !slices.Contains(names, name) {
			return nil, sdk.ConfigError(join(path, name), "%s has no field of this name%s", where, didYouMean(name, names))
		}
	}
	var out []boundField
	for _, f := range known {
		columns, ok := mapped[f.Name]
		if !ok {
			continue
		}
		b := boundField{profile: f}
		for i, c := range columns {
			at := join(path, f.Name)
			if len(columns) > 1 {
				at = index(at, i)
			}
			pos, err := k.read(at, set, c)
			if err != nil {
				return nil, err
			}
			b.at = append(b.at, pos)
		}
		out = append(out, b)
	}
	return out, nil
}

// attach binds the table of a set that hangs on another, and its joins.
func (k *compiler) attach(path string, set *rowset, name string, joined map[string]string, through *Through) error {
	var err error
	if set.table, err = k.table(join(path, "table"), name); err != nil {
		return err
	}
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
	t, name, through := set.table, c.Name, false
	if rest, ok := strings.CutPrefix(c.Name, throughPrefix); ok && set.through != nil {
		t, name, through = set.through, rest, true
	}
	col, err := k.column(path, t, name)
	if err != nil {
		return 0, err
	}
	for i := range set.columns {
		if set.columns[i].column.Name == col.Name && set.columns[i].through == through {
			// One reading of the column that is not exact needs the coarse one.
			set.columns[i].exact = set.columns[i].exact && c.Exact
			return i, nil
		}
	}
	set.columns = append(set.columns, source{column: col, through: through, exact: c.Exact})
	return len(set.columns) - 1, nil
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
		return nil, sdk.ConfigError(path, "the database has no table %q%s", name, didYouMean(name, k.schema.names()))
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
		return c, sdk.ConfigError(path, "table %s has no column %q%s", k.schema.display(t), name, didYouMean(name, t.columnNames()))
	}
	if c.Unreadable {
		return c, &core.Problem{Class: core.ClassAuth, Origin: core.OriginSystem, ConfigPath: path,
			Message: "the account may not read column " + strconv.Quote(c.Name) + " of table " + k.schema.display(t) + "; as the owner run GRANT SELECT on the table"}
	}
	k.used[t][c.Name] = true
	return c, nil
}

// deriveKeys gives the type the keys that follow from its mapped fields. A
// date of birth finds only beside a name.
func (k *compiler) deriveKeys(p *typePlan) {
	kinds := map[core.Kind]bool{}
	named := false
	for _, set := range p.sets {
		for _, f := range set.fields {
			if kind := identifies(f.profile); kind != "" {
				p.recordKinds[kind], kinds[kind] = true, true
			}
		}
		for _, party := range set.parties {
			of := party.held
			named = named || of[core.Name] && of[core.DateOfBirth]
			maps.Copy(kinds, of)
		}
	}
	delete(kinds, core.DateOfBirth)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		match := sdk.MatchExact
		if kind == core.Name {
			match = sdk.MatchTerms
		}
		p.keys = append(p.keys, sdk.Key{Kinds: []core.Kind{kind}, Match: match})
	}
	if named {
		p.keys = append(p.keys, sdk.Key{Kinds: []core.Kind{core.Name, core.DateOfBirth}, Match: sdk.MatchTerms})
	}
}

// prepare notes which columns decide whether a row is a hit, and what they
// hold.
func (r *rowset) prepare() {
	decides := map[int]bool{}
	r.held = map[core.Kind]bool{}
	for _, f := range r.fields {
		if k := identifies(f.profile); k != "" {
			r.held[k] = true
			mark(decides, f.at)
		}
	}
	for _, p := range r.parties {
		p.held = p.kinds()
		if p.slotAt >= 0 {
			decides[p.slotAt] = true
		}
		for _, f := range p.fields {
			if identifies(f.profile) != "" {
				mark(decides, f.at)
			}
			if f.profile.Identifier == core.DateOfBirth {
				r.births = append(r.births, f.at...)
			}
		}
	}
	for at := range r.columns {
		if decides[at] {
			r.searched = append(r.searched, at)
		}
	}
}

func mark(set map[int]bool, positions []int) {
	for _, at := range positions {
		set[at] = true
	}
}

func join(path, name string) string { return path + "." + name }

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func typeNames(types []catalogue.RecordType) []string {
	var out []string
	for _, t := range types {
		out = append(out, t.Name)
	}
	return out
}

func slotNames(slots []catalogue.Slot) []string {
	var out []string
	for _, s := range slots {
		out = append(out, s.Name)
	}
	return out
}
