package csvsource

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/plugins/internal/places"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// compiler holds a configuration against the profile.
type compiler struct {
	config  Config
	profile *catalogue.Profile
	files   map[string]*filePlan
	leftOut []core.LeftOut
}

// compile gives the plans of a configuration: the exports by name, and the
// record types in the order of the profile. Errors are of ClassConfig.
func (k *compiler) compile() ([]*typePlan, error) {
	if k.config.Folder == "" {
		return nil, sdk.ConfigError("folder", "name the folder with the files")
	}
	k.files = map[string]*filePlan{}
	for _, name := range sortedKeys(k.config.Files) {
		f, err := k.file("files."+name, k.config.Files[name])
		if err != nil {
			return nil, err
		}
		k.files[name] = f
	}
	if len(k.config.Types) == 0 {
		return nil, sdk.ConfigError("types", "no record type is mapped; the profile %s has: %s", k.profile.Kind, strings.Join(k.profile.TypeNames(), ", "))
	}
	for _, name := range sortedKeys(k.config.Types) {
		if _, ok := k.profile.Type(name); !ok || k.config.Types[name] == nil {
			return nil, sdk.ConfigError("types."+name, "the profile %s has no record type of this name, or nothing stands below it%s", k.profile.Kind, suggest.Names(name, k.profile.TypeNames()))
		}
	}
	var plans []*typePlan
	for _, profile := range k.profile.Types {
		t, ok := k.config.Types[profile.Name]
		if !ok {
			continue
		}
		p, err := k.recordType("types."+profile.Name, profile, t)
		if err != nil {
			return nil, err
		}
		plans = append(plans, p)
	}
	for _, name := range sortedKeys(k.files) {
		if len(k.files[name].speaks) == 0 {
			return nil, sdk.ConfigError("files."+name, "no type is mapped to this export; map it, or put its pattern under ignore_files with a reason")
		}
	}
	return plans, nil
}

func (k *compiler) file(path string, f *File) (*filePlan, error) {
	if f == nil {
		return nil, sdk.ConfigError(path, "say at least its pattern")
	}
	out := &filePlan{path: path, config: f, decoder: decoderOf(f.Encoding), speaks: map[string]bool{}}
	var err error
	if out.pattern, err = readPattern(f.Pattern); err != nil {
		return nil, sdk.ConfigError(path+".pattern", "%s", err)
	}
	if out.every, err = readEvery(f.Every); err != nil {
		return nil, sdk.ConfigError(path+".every", "%s", err)
	}
	if out.forms, err = readForms(f); err != nil {
		return nil, sdk.ConfigError(path, "%s", err)
	}
	for setting, words := range map[string][]string{f.Use: {"", "newest", "all"}, f.Decimal: {"", "comma", "point"},
		f.Encoding: {"", "utf-8", "windows-1252", "iso-8859-1", "iso-8859-15", "utf-16", "utf-16le", "utf-16be"}} {
		if !slices.Contains(words, setting) {
			return nil, sdk.ConfigError(path, "%q is none of: %s", setting, strings.Join(words[1:], ", "))
		}
	}
	delimiter, quote := f.delimiter(), f.quote()
	switch {
	case len(delimiter) != 1 || delimiter[0] >= 0x80 || strings.ContainsAny(delimiter, "\r\n\x00"):
		return nil, sdk.ConfigError(path+".delimiter", "write one ASCII character, or tab")
	case len(quote) > 1 || quote == delimiter || quote != "" && (quote[0] >= 0x80 || strings.ContainsAny(quote, "\r\n\x00")):
		return nil, sdk.ConfigError(path+".quote", "write one ASCII character that is not the delimiter, or none")
	case f.Header != nil && !*f.Header && len(f.Columns) == 0:
		return nil, sdk.ConfigError(path+".columns", "a file without a header needs its columns, in order")
	case f.Skip < 0:
		return nil, sdk.ConfigError(path+".skip", "write how many lines come before the header")
	}
	if twice := doubled(f.Columns); twice != "" {
		return nil, sdk.ConfigError(path+".columns", "the column %q stands twice", twice)
	}
	return out, nil
}

func (f *File) delimiter() string {
	switch f.Delimiter {
	case "":
		return ";"
	case "tab":
		return "\t"
	}
	return f.Delimiter
}

func (f *File) quote() string {
	switch f.Quote {
	case "":
		return `"`
	case "none":
		return ""
	}
	return f.Quote
}

func doubled(names []string) string {
	seen := map[string]bool{}
	for _, n := range names {
		if seen[n] {
			return n
		}
		seen[n] = true
	}
	return ""
}

func (k *compiler) recordType(path string, profile catalogue.RecordType, t *Type) (*typePlan, error) {
	out := &typePlan{}
	if err := k.row(path, &out.rowPlan, profile, t.File, t.Key, t.Fields, t.Parties, t.Ignore); err != nil {
		return nil, err
	}
	if err := out.readTexts(path, t.Texts); err != nil {
		return nil, err
	}
	if t.Time != "" {
		out.time = out.column(t.Time)
	}
	for n, m := range t.Parts {
		at := numbered(path+".parts", n)
		if m == nil {
			return nil, sdk.ConfigError(at, "say what it maps")
		}
		profile, ok := profile.Part(m.Type)
		if !ok {
			return nil, sdk.ConfigError(at+".type", "record type %s has no part %q", out.profile.Name, m.Type)
		}
		part := &rowPlan{}
		if err := k.row(at, part, profile, m.File, m.Key, m.Fields, m.Parties, m.Ignore); err != nil {
			return nil, err
		}
		part.within = profile.Name + "/"
		if err := part.readTexts(at, m.Texts); err != nil {
			return nil, err
		}
		if len(m.Join) == 0 {
			return nil, sdk.ConfigError(at+".join", "a part needs its join: a column of its file, and the column of the record's file that holds the same")
		}
		for _, here := range sortedKeys(m.Join) {
			part.join = append(part.join, part.column(here))
			part.there = append(part.there, out.column(m.Join[here]))
		}
		out.parts = append(out.parts, part)
	}
	for _, p := range out.rows() {
		for _, c := range p.columns {
			p.file.speaks[c] = true
		}
	}
	out.deriveKeys()
	if len(out.keys) == 0 {
		return nil, sdk.ConfigError(path, "no mapped field identifies a person, so nothing can be searched; map a party's personal_identity_code, email, employee_number, name or the like, the record's number, or time_of_contact, or name under texts what is read for people")
	}
	return out, nil
}

// row reads what a record and a part have in common.
func (k *compiler) row(path string, out *rowPlan, profile catalogue.RecordType, file string, key []string, fields map[string]Columns, parties []*Party, ignore map[string]string) error {
	out.path, out.profile, out.file = path, profile, k.files[file]
	out.time, out.ended, out.duration = -1, -1, -1
	if out.file == nil {
		return sdk.ConfigError(path+".file", "there is no export %q under files%s", file, suggest.Names(file, sortedKeys(k.files)))
	}
	if len(key) == 0 {
		return sdk.ConfigError(path+".key", "name the columns that identify a row")
	}
	for _, c := range key {
		out.key = append(out.key, out.column(c))
	}
	var err error
	if out.fields, err = out.mapped(path+".fields", fields, profile.Fields, profile.Name); err != nil {
		return err
	}
	for _, f := range out.fields {
		switch f.profile.Name {
		case places.EndedField:
			out.ended = f.sources[0].at
		case places.DurationField:
			out.duration = f.sources[0].at
		}
	}
	for n, m := range parties {
		p, err := out.party(numbered(path+".parties", n), profile, m)
		if err != nil {
			return err
		}
		out.parties = append(out.parties, p)
	}
	for _, c := range sortedKeys(ignore) {
		if strings.TrimSpace(ignore[c]) == "" {
			return sdk.ConfigError(path+".ignore."+c, "give the reason why the column is left out")
		}
		if slices.Contains(out.columns, c) {
			return sdk.ConfigError(path+".ignore."+c, "the column is mapped too; remove one of the two")
		}
		out.file.speaks[c] = true
		k.leftOut = append(k.leftOut, core.LeftOut{Table: file, Column: c, Reason: ignore[c]})
	}
	return nil
}

// column gives the position of a column among those that are read.
func (p *rowPlan) column(name string) int {
	at := slices.Index(p.columns, name)
	if at < 0 {
		at = len(p.columns)
		p.columns = append(p.columns, name)
	}
	return at
}

// mapped gives the fields in the order of the profile.
func (p *rowPlan) mapped(path string, fields map[string]Columns, profile []catalogue.FieldProfile, of string) ([]field, error) {
	var names []string
	for _, f := range profile {
		names = append(names, f.Name)
	}
	for _, name := range sortedKeys(fields) {
		if !slices.Contains(names, name) {
			return nil, sdk.ConfigError(path+"."+name, "%s has no field of this name%s", of, suggest.Names(name, names))
		}
	}
	var out []field
	for _, fp := range profile {
		columns, ok := fields[fp.Name]
		if !ok {
			continue
		}
		f := field{profile: fp, kind: places.Identifies(fp)}
		for _, c := range columns {
			s, err := p.source(path+"."+fp.Name, c, fp)
			if err != nil {
				return nil, err
			}
			f.sources = append(f.sources, s)
		}
		out = append(out, f)
	}
	return out, nil
}

func (p *rowPlan) source(path string, c Column, f catalogue.FieldProfile) (source, error) {
	if c.Column == "" {
		return source{}, sdk.ConfigError(path, "name the column")
	}
	if !slices.Contains([]string{"", "text", "number", "date", "time", "flag"}, c.As) {
		return source{}, sdk.ConfigError(path+".as", "want text, number, date, time or flag")
	}
	s := source{at: p.column(c.Column), as: c.As}
	switch {
	case f.Identifier == core.TimeOfContact, f.Name == places.EndedField && c.As == "":
		s.as = "time"
	case f.Identifier == core.DateOfBirth && c.As == "":
		s.as = "date"
	}
	if len(c.Codes) > 0 {
		s.codes = map[string]*core.Meaning{}
	}
	for code, t := range c.Codes {
		s.codes[strings.TrimSpace(code)] = &core.Meaning{FI: t.FI, SV: t.SV, EN: t.EN}
	}
	return s, nil
}

func (p *rowPlan) party(path string, profile catalogue.RecordType, m *Party) (*partyPlan, error) {
	if m == nil || len(m.Fields) == 0 {
		return nil, sdk.ConfigError(path+".fields", "a party needs at least one field")
	}
	out := &partyPlan{path: path, slotAt: -1, slots: map[string]catalogue.Slot{}}
	slots := map[string]string{"": m.Slot}
	switch {
	case (m.Slot == "") == (m.SlotColumn == "") || (m.SlotColumn == "") != (len(m.Slots) == 0):
		return nil, sdk.ConfigError(path+".slot", "give either slot, or slot_column with slots")
	case m.SlotColumn != "":
		out.slotAt = p.column(m.SlotColumn)
		slots = m.Slots
	}
	var names []string
	for _, s := range profile.Slots {
		names = append(names, s.Name)
	}
	for _, code := range sortedKeys(slots) {
		s, ok := profile.Slot(slots[code])
		if !ok {
			return nil, sdk.ConfigError(path+".slot", "%s has no slot %q%s", profile.Name, slots[code], suggest.Names(slots[code], names))
		}
		out.slots[strings.TrimSpace(code)] = s
		var err error
		if out.fields, err = p.mapped(path+".fields", m.Fields, s.Fields, "slot "+s.Name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func numbered(path string, n int) string { return path + "[" + strconv.Itoa(n) + "]" }

func itoa(n int) string { return strconv.Itoa(n) }

func sortedKeys[K ~string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
