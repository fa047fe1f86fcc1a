package sqlsource

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// throughPrefix marks columns of the table between two others.
const throughPrefix = "through."

// compiler checks a mapping and binds it.
type compiler struct {
	profile *catalogue.Profile
	schema  *schema // nil: check the words alone
	dialect *dialect
	used    map[*table]map[string]bool
	ignored map[*table]map[string]string // column: config path
	first   map[*table]string            // config path of the first mention
	plan    *plan
}

// compile checks c against the profile and, if s is not nil, binds it to the
// tables of the database. Errors are of ClassConfig and name the setting, or
// of ClassAuth where the account may not read a mapped column.
func compile(c Config, profile *catalogue.Profile, s *schema) (*plan, error) {
	k := &compiler{profile: profile, schema: s, dialect: dialects()[c.Driver], used: map[*table]map[string]bool{},
		ignored: map[*table]map[string]string{}, first: map[*table]string{}, plan: &plan{}}
	if len(c.Types) == 0 {
		return nil, sdk.ConfigError("types", "no record type is mapped; the profile %s has: %s", profile.Kind, strings.Join(typeNames(profile.Types), ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Types)) {
		if _, ok := profile.Type(name); !ok {
			return nil, sdk.ConfigError(join("types", name), "the profile %s has no record type of this name%s", profile.Kind, suggest.Names(name, typeNames(profile.Types)))
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
		if err := k.closeDocuments(); err != nil {
			return nil, err
		}
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
	root.identity = root.key
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
		return sdk.ConfigError(join(path, "type"), "record type %s has no part %q%s", rt.Name, m.Type, suggest.Names(m.Type, typeNames(rt.Parts)))
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
		return set.through.Name + "." + c.name()
	}
	return set.table.Name + "." + c.name()
}

// name gives the column with the path of the member.
func (c source) name() string { return strings.Join(append([]string{c.column.Name}, c.path...), ".") }

// slots reads the party's slot, or the column and codes that tell it.
func (k *compiler) slots(path string, set *rowset, rt catalogue.RecordType, m Party, b *boundParty) error {
	slot := func(path, name string) (catalogue.Slot, error) {
		s, ok := rt.Slot(name)
		if !ok {
			return s, sdk.ConfigError(path, "%s has no slot %q%s", rt.Name, name, suggest.Names(name, slotNames(rt.Slots)))
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
		return sdk.ConfigError(join(path, "slot"), "a party needs its slot%s", suggest.Names("", slotNames(rt.Slots)))
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
			return nil, sdk.ConfigError(join(path, name), "%s has no field of this name%s", where, suggest.Names(name, names))
		}
	}
	var out []boundField
	for _, f := range known {
		columns, ok := mapped[f.Name]
		if !ok {
			continue
		}
		b := boundField{profile: f, kind: identifies(f)}
		for i, c := range columns {
			at := join(path, f.Name)
			if len(columns) > 1 {
				at = index(at, i)
			}
			pos, err := k.read(at, set, c)
			if err != nil {
				return nil, err
			}
			if err := k.searchableMember(at, set, pos, f); err != nil {
				return nil, err
			}
			codes, err := k.codes(at, c)
			if err != nil {
				return nil, err
			}
			b.at, b.codes, b.inside = append(b.at, pos), append(b.codes, codes), append(b.inside, len(c.Path) > 0)
		}
		out = append(out, b)
	}
	return out, nil
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
