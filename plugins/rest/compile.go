package restsource

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/plugins/internal/places"
	"github.com/sinusta/sinusta/plugins/sdk"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func names[T any](list []T, name func(T) string) []string {
	var out []string
	for _, v := range list {
		out = append(out, name(v))
	}
	return out
}

func typeName(t catalogue.RecordType) string { return t.Name }

// compile holds the mapping against the profile. Every error names the path in
// the configuration.
func compile(c Config, profile *catalogue.Profile) ([]*typePlan, error) {
	known := names(profile.Types, typeName)
	if c.NotIdentifiable != "" && len(c.Types) > 0 {
		return nil, sdk.ConfigError("not_identifiable", "types are mapped, so somebody can be identified; take one of them out")
	}
	if c.NotIdentifiable == "" && len(c.Types) == 0 {
		return nil, sdk.ConfigError("types", "no record type is mapped; map one of %s", strings.Join(known, ", "))
	}
	for _, name := range sortedKeys(c.Types) {
		if !slices.Contains(known, name) {
			return nil, sdk.ConfigError("types."+name, "the kind %s has no record type %q%s", profile.Kind, name, suggest.Names(name, known))
		}
	}
	var out []*typePlan
	for _, p := range profile.Types {
		t := c.Types[p.Name]
		if t == nil {
			continue
		}
		compiled, err := compileType("types."+p.Name, t, p, c)
		if err != nil {
			return nil, err
		}
		out = append(out, compiled)
	}
	return out, nil
}

func compileType(path string, c *Type, profile catalogue.RecordType, all Config) (*typePlan, error) {
	t := &typePlan{path: path, profile: profile}
	var err error
	if t.key, err = routes(path+".key", c.Key); err != nil {
		return nil, err
	}
	t.mapped = append(t.mapped, t.key...)
	if c.Time != nil {
		m := *c.Time
		if m.As == "" {
			m.As = "time"
		}
		if t.time, err = compileMember(path+".time", m); err != nil {
			return nil, err
		}
		t.mapped = append(t.mapped, t.time.route)
	}
	if t.fields, err = compileFields(path+".fields", c.Fields, profile.Fields, "record type "+profile.Name); err != nil {
		return nil, err
	}
	t.spoken(nil, t.fields)
	if t.parties, err = compileParties(path+".parties", c.Parties, profile, &t.coverage); err != nil {
		return nil, err
	}
	if c.Content != nil {
		if t.content, err = compileContent(path+".content", c.Content, profile, &t.coverage, uses{keys: len(t.key)}); err != nil {
			return nil, err
		}
	}
	for i, p := range c.Parts {
		part, err := compilePart(fmt.Sprintf("%s.parts[%d]", path, i), p, profile, all)
		if err != nil {
			return nil, err
		}
		if part.request == nil {
			for _, r := range part.mapped {
				t.mapped = append(t.mapped, part.at.below(r))
			}
			for _, r := range part.ignored {
				t.ignored = append(t.ignored, part.at.below(r))
			}
		}
		t.leftOut = append(t.leftOut, part.leftOut...)
		t.parts = append(t.parts, part)
	}
	if err := t.ignore(path+".ignore", profile.Name, nil, c.Ignore); err != nil {
		return nil, err
	}
	return t, t.requests(c, all)
}

// requests compiles the requests of a type.
func (t *typePlan) requests(c *Type, all Config) (err error) {
	if c.List != nil {
		if t.list, err = compileRequest(t.path+".list", c.List.over(c.Request), all, uses{}); err != nil {
			return err
		}
	}
	if c.Record != nil {
		if t.record, err = compileRequest(t.path+".record", c.Record, all, uses{keys: len(t.key)}); err != nil {
			return err
		}
	}
	if len(c.Search) == 0 {
		return sdk.ConfigError(t.path+".search", "no request finds records of the type")
	}
	for i, s := range c.Search {
		if s != nil {
			s.Request = *s.over(c.Request)
		}
		if err := t.search(fmt.Sprintf("%s.search[%d]", t.path, i), s, all); err != nil {
			return err
		}
	}
	t.deriveKeys()
	for _, f := range t.everyField() {
		for _, m := range f.members {
			if m.Asked != "" && !slices.ContainsFunc(t.searches, func(s *searchPlan) bool { return s.Owned != "" && slices.Contains(s.By, m.Asked) }) {
				return sdk.ConfigError(m.path, "asked belongs beside a search that is owned, by this kind")
			}
		}
	}
	owned := slices.ContainsFunc(t.searches, func(s *searchPlan) bool { return s.Owned != "" })
	if len(t.key) == 0 && !owned {
		return sdk.ConfigError(t.path+".key", "name the members that identify a record")
	}
	return nil
}

func (t *typePlan) everyField() []field {
	out := slices.Clone(t.fields)
	for _, p := range t.parties {
		out = append(out, p.fields...)
	}
	return out
}

func (t *typePlan) search(path string, s *Search, all Config) error {
	if s == nil || len(s.By) == 0 {
		return sdk.ConfigError(path+".by", "name the kinds of identifier that the request asks for")
	}
	p := &searchPlan{Search: s, path: path}
	for i, word := range s.By {
		kind := core.Kind(word)
		if !slices.Contains(identifier.Known(), kind) {
			return sdk.ConfigError(fmt.Sprintf("%s.by[%d]", path, i), "there is no kind of identifier %q%s", word,
				suggest.Names(word, names(identifier.Known(), func(k core.Kind) string { return string(k) })))
		}
		if s.Owned == "" && !t.holds(kind) {
			return sdk.ConfigError(fmt.Sprintf("%s.by[%d]", path, i), "no mapped field where the person may stand holds identifiers of this kind, so no answer could be compared; map one")
		}
		p.kinds = append(p.kinds, kind)
	}
	if slices.Equal(p.kinds, []core.Kind{core.DateOfBirth}) {
		return sdk.ConfigError(path+".by", "a date of birth alone names a crowd; ask for a name beside it")
	}
	var err error
	if p.requestPlan, err = compileRequest(path, &s.Request, all, uses{kinds: p.kinds}); err != nil {
		return err
	}
	if s.Owned != "" {
		inPath := slices.ContainsFunc(s.Path, func(v Value) bool { return v.Identifier != "" })
		if !inPath || !s.Single || len(p.kinds) != 1 || len(s.Query) > 0 && usesIdentifier(s.Query) {
			return sdk.ConfigError(path+".owned", "an answer is the person's without a comparison only where the path holds the one identifier and the answer is `single`")
		}
	}
	t.searches = append(t.searches, p)
	return nil
}

func usesIdentifier(query map[string]Value) bool {
	for _, v := range query {
		if v.Identifier != "" || v.Filter != nil {
			return true
		}
	}
	return false
}

func routes(path string, list []string) ([]route, error) {
	var out []route
	for i, s := range list {
		r, err := parseRoute(s)
		if err != nil || len(r) == 0 {
			return nil, sdk.ConfigError(fmt.Sprintf("%s[%d]", path, i), "%s", errPath)
		}
		out = append(out, r)
	}
	return out, nil
}

func compileMember(path string, m Member) (*member, error) {
	if m.Asked != "" {
		if m.Path != "" || m.As != "" {
			return nil, sdk.ConfigError(path, "give either path or asked")
		}
		return &member{Member: m, path: path}, nil
	}
	r, err := parseRoute(m.Path)
	if err != nil {
		return nil, sdk.ConfigError(path, "%s", err)
	}
	if !oneOf(m.As, "", "text", "time", "date", "number", "flag", "base64") {
		return nil, sdk.ConfigError(path+".as", "%q is no way to read a value; text, time, date, number, flag or base64", m.As)
	}
	if !oneOf(m.Form, "", "iso", "utc", "local", "unix", "unix_ms", "dotnet") || m.Form != "" && m.As != "time" {
		return nil, sdk.ConfigError(path+".form", "the forms of a time are iso, utc, local, unix, unix_ms and dotnet, beside `as: time`")
	}
	for _, code := range sortedKeys(m.Codes) {
		if m.Codes[code].IsZero() {
			return nil, sdk.ConfigError(path+".codes."+code, "explain the code in fi, sv or en")
		}
	}
	return &member{Member: m, path: path, route: r, codes: meanings(m.Codes)}, nil
}

func oneOf(s string, words ...string) bool { return slices.Contains(words, s) }

func compileFields(path string, c map[string]Members, profile []catalogue.FieldProfile, where string) ([]field, error) {
	known := names(profile, func(f catalogue.FieldProfile) string { return f.Name })
	for _, name := range sortedKeys(c) {
		if !slices.Contains(known, name) {
			return nil, sdk.ConfigError(path+"."+name, "%s has no field %q%s", where, name, suggest.Names(name, known))
		}
	}
	var out []field
	for _, p := range profile {
		list, ok := c[p.Name]
		if !ok {
			continue
		}
		f := field{profile: p}
		for i, m := range list {
			at := path + "." + p.Name
			if len(list) > 1 {
				at = fmt.Sprintf("%s[%d]", at, i)
			}
			if len(m.Codes) == 0 {
				m.Codes = p.Codes
			}
			if m.As == "" && m.Asked == "" && (p.Identifier == core.TimeOfContact || p.Name == places.EndedField) {
				m.As = "time"
			}
			compiled, err := compileMember(at, m)
			if err != nil {
				return nil, err
			}
			f.members = append(f.members, compiled)
		}
		out = append(out, f)
	}
	return out, nil
}

// spoken notes the members of fields as mapped.
func (c *coverage) spoken(base route, fields []field) {
	for _, f := range fields {
		for _, m := range f.members {
			if m.Asked == "" {
				c.mapped = append(c.mapped, base.below(m.route))
			}
		}
	}
}

// ignore notes what is left out with its reasons.
func (c *coverage) ignore(path, table string, base route, ignored map[string]string) error {
	for _, written := range sortedKeys(ignored) {
		r, err := parseRoute(written)
		if err != nil || len(r) == 0 {
			return sdk.ConfigError(path, "%s", errPath)
		}
		if strings.TrimSpace(ignored[written]) == "" {
			return sdk.ConfigError(path, "give the reason why %s is left out", written)
		}
		r = base.below(r)
		if slices.ContainsFunc(c.mapped, func(m route) bool { return slices.Equal(m, r) }) {
			return sdk.ConfigError(path, "%s is ignored and mapped; take one of them out", written)
		}
		c.ignored = append(c.ignored, r)
		c.leftOut = append(c.leftOut, core.LeftOut{Table: table, Column: r.String(), Reason: ignored[written]})
	}
	return nil
}

func compileParties(path string, c []Party, profile catalogue.RecordType, speaks *coverage) ([]*partyPlan, error) {
	var out []*partyPlan
	for i, p := range c {
		at := fmt.Sprintf("%s[%d]", path, i)
		party, err := compileParty(at, p, profile)
		if err != nil {
			return nil, err
		}
		speaks.spoken(party.base, party.fields)
		if party.slotAt != nil {
			speaks.mapped = append(speaks.mapped, party.base.below(party.slotAt))
		}
		if err := speaks.ignore(at+".ignore", profile.Name, party.base, p.Ignore); err != nil {
			return nil, err
		}
		out = append(out, party)
	}
	return out, nil
}

func compileParty(at string, p Party, profile catalogue.RecordType) (*partyPlan, error) {
	known := names(profile.Slots, func(s catalogue.Slot) string { return s.Name })
	out := &partyPlan{path: at, slots: map[string]catalogue.Slot{}}
	find := func(path, name string) (catalogue.Slot, error) {
		s, ok := profile.Slot(name)
		if !ok {
			return s, sdk.ConfigError(path, "%s has no slot %q%s", profile.Name, name, suggest.Names(name, known))
		}
		return s, nil
	}
	var err error
	if out.base, err = parseRoute(p.Path); err != nil {
		return nil, sdk.ConfigError(at+".path", "%s", err)
	}
	var fields []catalogue.FieldProfile
	switch {
	case (p.Slot == "") == (p.SlotPath == ""):
		return nil, sdk.ConfigError(at+".slot", "give either slot, or slot_path with slots")
	case p.Slot != "":
		if out.slot, err = find(at+".slot", p.Slot); err != nil {
			return nil, err
		}
		fields = out.slot.Fields
	default:
		if out.slotAt, err = parseRoute(p.SlotPath); err != nil || len(out.slotAt) == 0 {
			return nil, sdk.ConfigError(at+".slot_path", "%s", errPath)
		}
		if len(p.Slots) == 0 {
			return nil, sdk.ConfigError(at+".slots", "say which code is which slot")
		}
		for _, code := range sortedKeys(p.Slots) {
			s, err := find(at+".slots."+code, p.Slots[code])
			if err != nil {
				return nil, err
			}
			out.slots[code] = s
			fields = append(fields, slices.DeleteFunc(slices.Clone(s.Fields), func(f catalogue.FieldProfile) bool {
				return slices.ContainsFunc(fields, func(g catalogue.FieldProfile) bool { return g.Name == f.Name })
			})...)
		}
	}
	if len(p.Fields) == 0 {
		return nil, sdk.ConfigError(at+".fields", "no field of the slot is mapped")
	}
	out.fields, err = compileFields(at+".fields", p.Fields, fields, "the slot")
	return out, err
}

func compilePart(at string, c *Part, profile catalogue.RecordType, all Config) (*partPlan, error) {
	if c == nil {
		return nil, sdk.ConfigError(at, "the part is empty")
	}
	p, ok := profile.Part(c.Type)
	if !ok {
		return nil, sdk.ConfigError(at+".type", "%s has no part %q%s", profile.Name, c.Type, suggest.Names(c.Type, names(profile.Parts, typeName)))
	}
	out := &partPlan{path: at, profile: p}
	if (c.Path == "") == (c.Request == nil) {
		return nil, sdk.ConfigError(at, "give either path, of a list in the record, or request")
	}
	var err error
	if out.at, err = parseRoute(c.Path); err != nil {
		return nil, sdk.ConfigError(at+".path", "%s", err)
	}
	if c.Request != nil {
		if out.request, err = compileRequest(at+".request", c.Request, all, uses{keys: 8}); err != nil {
			return nil, err
		}
	}
	if len(c.Key) == 0 {
		return nil, sdk.ConfigError(at+".key", "name the members that identify a part within its record")
	}
	if out.key, err = routes(at+".key", c.Key); err != nil {
		return nil, err
	}
	out.mapped = append(out.mapped, out.key...)
	if out.fields, err = compileFields(at+".fields", c.Fields, p.Fields, "part "+p.Name); err != nil {
		return nil, err
	}
	out.spoken(nil, out.fields)
	if out.parties, err = compileParties(at+".parties", c.Parties, p, &out.coverage); err != nil {
		return nil, err
	}
	if c.Content != nil {
		if err := out.compileContent(at+".content", c.Content); err != nil {
			return nil, err
		}
	}
	return out, out.ignore(at+".ignore", p.Name, nil, c.Ignore)
}

func (p *partPlan) compileContent(at string, c *Content) (err error) {
	p.content, err = compileContent(at, c, p.profile, &p.coverage, uses{keys: 8, partKeys: len(p.key)})
	return err
}

// compileContent checks how bytes are read.
func compileContent(at string, c *Content, profile catalogue.RecordType, speaks *coverage, u uses) (out *contentPlan, err error) {
	out = &contentPlan{Content: c, path: at, field: cmp.Or(c.Field, "media")}
	if _, ok := profile.Field(out.field); !ok {
		return nil, sdk.ConfigError(at+".field", "%s has no field %q", profile.Name, out.field)
	}
	for name, m := range map[string]struct {
		written string
		into    *route
	}{"size": {c.Size, &out.size}, "there": {c.There, &out.there}} {
		if m.written == "" {
			continue
		}
		if *m.into, err = parseRoute(m.written); err != nil {
			return nil, sdk.ConfigError(at+"."+name, "%s", err)
		}
		speaks.mapped = append(speaks.mapped, *m.into)
	}
	keys := 0
	for _, v := range c.Path {
		if v.Key != nil || v.PartKey != nil {
			keys++
		}
	}
	for _, v := range c.Query {
		if v.Key != nil || v.PartKey != nil {
			keys++
		}
	}
	if keys == 0 {
		return nil, sdk.ConfigError(at+".path", "the address must hold a key of the record or the part: {part_key: 0}")
	}
	return out, checkValues(at, c.Path, c.Query, u)
}
