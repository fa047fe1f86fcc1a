package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/store"
	"github.com/sinusta/sinusta/core/suggest"
)

// The bounds of an answer by hand; its form is bounded by strictyaml.MaxSize.
const (
	mostRecords  = 1000
	mostScans    = 100
	longestScan  = 50 << 20
	longestScans = 200 << 20
)

// ManualForm is the form in which people hand in what they found in a system:
// the file that `sinusta request answer` prints and reads.
type ManualForm struct {
	By      string         `yaml:"by"`
	Looked  string         `yaml:"looked"`
	Found   string         `yaml:"found"`
	Records []ManualRecord `yaml:"records"`
	Files   []ManualFile   `yaml:"files"`
}

// ManualRecord is one record that was found.
type ManualRecord struct {
	Type string `yaml:"type"`
	// Key tells the record from the others: where it is kept.
	Key     string            `yaml:"key"`
	Date    string            `yaml:"date"`
	Fields  map[string]string `yaml:"fields"`
	Parties []ManualParty     `yaml:"parties"`
	Parts   []ManualPart      `yaml:"parts"`
}

// ManualParty is one person in a record.
type ManualParty struct {
	Slot   string            `yaml:"slot"`
	Fields map[string]string `yaml:"fields"`
}

// ManualPart is a piece of a record.
type ManualPart struct {
	Type    string            `yaml:"type"`
	Key     string            `yaml:"key"`
	Fields  map[string]string `yaml:"fields"`
	Parties []ManualParty     `yaml:"parties"`
}

// ManualFile is a scanned file, with the key of its record.
type ManualFile struct {
	File   string `yaml:"file"`
	Record string `yaml:"record"`
}

// PrintForm writes the empty form for a system, with its task, its record
// types, their fields and slots as comments.
func (a *App) PrintForm(ctx context.Context, out io.Writer, file *store.File, system catalogue.System) error {
	due, err := access.ManualDue(ctx, file, system.ID)
	if err != nil {
		return err
	}
	profile, err := catalogue.ProfileFor(system.Kind)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	comment := func(format string, args ...any) {
		for line := range strings.Lines(fmt.Sprintf(format, args...)) {
			fmt.Fprintln(&b, strings.TrimRight("# "+strings.TrimRight(line, "\n"), " "))
		}
	}
	comment("Answer for request %s, system %s: %s", file.ID(), system.ID, system.Name.In("en"))
	if owner := system.Manual.Owner.In("en"); owner != "" {
		comment("Who searches: %s", owner)
		comment("How: %s", strings.TrimSpace(system.Manual.Instructions.In("en")))
	}
	if !due.IsZero() {
		comment("By the end of %s", due.In(finland()).Format(time.DateOnly))
	}
	comment("Hand it in with: sinusta request answer %s %s FILE", file.ID(), system.ID)
	b.WriteString(`
by: ""        # the function of who looked, such as: registry clerk. Never a name
looked: ""    # the day on which it was looked for, such as 2026-11-20
found: ""     # no, or yes with every record below
records: []
files: []     # scanned files, each with the key of its record:
# - {file: scan-1.pdf, record: "folder 12, page 3"}

`)
	comment("A record looks so; leave out what the paper does not say:\n- type: %s\n  key: \"folder 12, page 3\"   # where it is kept; each record has its own\n  date: 2004-05-06\n  fields: {...}\n  parties:\n    - {slot: ..., fields: {name: ...}}\n", profile.Types[0].Name)
	for _, t := range profile.Types {
		describeType(comment, "", t)
	}
	_, err = out.Write(b.Bytes())
	return err
}

func describeType(comment func(string, ...any), indent string, t catalogue.RecordType) {
	comment("\n%stype %s (%s)", indent, t.Name, t.Title.In("en"))
	for _, f := range t.Fields {
		comment("%s  %s: %s%s", indent, f.Name, f.Label.In("en"), oneOf(f))
	}
	for _, s := range t.Slots {
		comment("%s  slot %s (%s)", indent, s.Name, s.Title.In("en"))
		for _, f := range s.Fields {
			comment("%s    %s: %s%s", indent, f.Name, f.Label.In("en"), oneOf(f))
		}
	}
	for _, p := range t.Parts {
		describeType(comment, indent+"  parts: ", p)
	}
}

func oneOf(f catalogue.FieldProfile) string {
	if len(f.Codes) == 0 {
		return ""
	}
	var codes []string
	for c := range f.Codes {
		codes = append(codes, c)
	}
	slices.Sort(codes)
	return " (" + strings.Join(codes, ", ") + ")"
}

// ReadForm reads a form that was filled in; name names it in errors, which tell
// line and column and never a value. Scanned files are read beside it.
func ReadForm(name string, src []byte, system catalogue.System, now time.Time) (access.ManualAnswer, error) {
	var form ManualForm
	doc := strictyaml.DecodePrivate(name, src, &form)
	if len(doc.Errors()) > 0 {
		return access.ManualAnswer{}, doc.Err()
	}
	profile, err := catalogue.ProfileFor(system.Kind)
	if err != nil {
		return access.ManualAnswer{}, err
	}
	a := access.ManualAnswer{System: system.ID, By: strings.TrimSpace(form.By), Looked: day(doc, "looked", form.Looked)}
	if a.By == "" || len(a.By) > 200 || strings.ContainsAny(a.By, "\r\n") {
		doc.Errorf("by", "by is missing: write the function of who looked in one line, never a name")
	}
	switch {
	case form.Looked == "":
		doc.Errorf("looked", "looked is missing: write the day on which it was looked for")
	case a.Looked.After(now):
		doc.Errorf("looked", "the day on which it was looked for is in the future")
	}
	switch found := form.Found; {
	case found != "yes" && found != "no":
		doc.Errorf("found", "write found: yes, or found: no")
	case found == "no" && len(form.Records)+len(form.Files) > 0:
		doc.Errorf("found", "found is no, and records or files stand below: correct one of them")
	case found == "yes" && len(form.Records) == 0:
		doc.Errorf("records", "found is yes: write every record that was found, also where its content is in a scanned file")
	case len(form.Records) > mostRecords || len(form.Files) > mostScans:
		doc.Errorf("records", "an answer has at most %d records and %d files: hand the rest in on paper", mostRecords, mostScans)
	}
	f := &formReader{doc: doc, profile: profile, refs: map[string]string{}}
	for n, r := range form.Records {
		a.Records = append(a.Records, f.record(fmt.Sprintf("records[%d]", n), r))
	}
	a.Scans = f.scans(filepath.Dir(name), form.Files)
	return a, doc.Err()
}

// formReader holds a form against a profile. Faults go to doc.
type formReader struct {
	doc     *strictyaml.Document
	profile *catalogue.Profile
	refs    map[string]string // by the key of the form
}

func (f *formReader) record(path string, r ManualRecord) core.Record {
	spec, ok := f.profile.Type(r.Type)
	if !ok {
		f.doc.Errorf(path+".type", "a system of this kind has no such record type; it has: %s", strings.Join(f.profile.TypeNames(), ", "))
		return core.Record{}
	}
	key := strings.TrimSpace(r.Key)
	out := core.Record{Type: r.Type, Ref: r.Type + "/" + url.PathEscape(key), Fields: f.fields(path+".fields", r.Fields, spec.Fields)}
	switch _, twice := f.refs[key]; {
	case key == "" || len(key) > 200:
		f.doc.Errorf(path+".key", "key is missing: write where the record is kept, in at most 200 letters")
	case twice:
		f.doc.Errorf(path+".key", "two records have this key: each needs its own")
	}
	f.refs[key] = out.Ref
	out.Time = day(f.doc, path+".date", r.Date)
	var subject string
	out.Parties, subject = f.parties(path+".parties", r.Parties, spec)
	for n, p := range r.Parts {
		at := fmt.Sprintf("%s.parts[%d]", path, n)
		inner, ok := spec.Part(p.Type)
		if !ok || strings.TrimSpace(p.Key) == "" {
			f.doc.Errorf(at, "a part needs a type that the record type has, and a key")
			continue
		}
		part := core.Part{Type: p.Type, Ref: p.Type + "/" + url.PathEscape(strings.TrimSpace(p.Key)), Fields: f.fields(at+".fields", p.Fields, inner.Fields)}
		var of string
		part.Parties, of = f.parties(at+".parties", p.Parties, inner)
		if subject == "" {
			subject = of
		}
		out.Parts = append(out.Parts, part)
	}
	somebody := slices.ContainsFunc(spec.Slots, func(s catalogue.Slot) bool { return s.Subject })
	if somebody && subject == "" {
		f.doc.Errorf(path+".parties", "say as whom the person stands in the record: a party in one of the slots %s", strings.Join(subjectSlots(spec), ", "))
	}
	// That a person found it is what a source's own match is: where nothing
	// written in it proves whose it is, somebody looks once more.
	out.MatchedBy = []core.Match{{Kind: core.Name, Slot: subject}}
	return out
}

func subjectSlots(t catalogue.RecordType) []string {
	var out []string
	for _, s := range t.Slots {
		if s.Subject {
			out = append(out, s.Name)
		}
	}
	return out
}

func (f *formReader) parties(path string, list []ManualParty, spec catalogue.RecordType) (out []core.Party, subject string) {
	for n, p := range list {
		at := fmt.Sprintf("%s[%d]", path, n)
		slot, ok := spec.Slot(p.Slot)
		if !ok {
			var names []string
			for _, s := range spec.Slots {
				names = append(names, s.Name)
			}
			f.doc.Errorf(at+".slot", "there is no such slot here; there are: %s", strings.Join(names, ", "))
			continue
		}
		party := core.Party{Slot: p.Slot, Fields: f.fields(at+".fields", p.Fields, slot.Fields)}
		if len(party.Fields) == 0 {
			f.doc.Errorf(at+".fields", "write at least one field of the person, such as name")
		}
		if slot.Subject && subject == "" {
			subject = p.Slot
		}
		out = append(out, party)
	}
	return out, subject
}

// fields gives the fields in the order of the profile.
func (f *formReader) fields(path string, have map[string]string, known []catalogue.FieldProfile) []core.Field {
	var names []string
	for _, k := range known {
		names = append(names, k.Name)
	}
	for name := range have {
		if !slices.Contains(names, name) {
			f.doc.Errorf(path+"."+name, "there is no such field here%s", suggest.Names("", names))
		}
	}
	var out []core.Field
	for _, k := range known {
		text, ok := have[k.Name]
		if text = strings.TrimSpace(norm.NFC.String(text)); !ok || text == "" {
			continue
		}
		out = append(out, core.Field{Name: k.Name, Value: f.value(path+"."+k.Name, text, k)})
	}
	return out
}

func (f *formReader) value(path, text string, k catalogue.FieldProfile) core.Value {
	if k.Identifier == core.DateOfBirth {
		id, err := identifier.Parse(k.Identifier, text)
		if err != nil {
			f.doc.Errorf(path, "%s", explain(err, "en"))
			return core.NullValue()
		}
		return core.Value{Type: core.TypeDate, Text: id.Value}
	}
	v := core.TextValue(text)
	if len(k.Codes) > 0 {
		meaning, ok := k.Codes[text]
		if !ok {
			f.doc.Errorf(path, "this field takes a code%s", oneOf(k))
		}
		v.Meaning = &core.Meaning{FI: meaning.FI, SV: meaning.SV, EN: meaning.EN}
	}
	return v
}

// scans reads the scanned files, which lie beside the form.
func (f *formReader) scans(folder string, files []ManualFile) []access.Scan {
	var out []access.Scan
	total := 0
	for n, m := range files {
		at := fmt.Sprintf("files[%d]", n)
		ref, ok := f.refs[strings.TrimSpace(m.Record)]
		if !ok {
			f.doc.Errorf(at+".record", "no record above has this key")
			continue
		}
		if f.doc.Err() != nil {
			continue // nothing is read for an answer that is refused
		}
		path := m.File
		if !filepath.IsAbs(path) {
			path = filepath.Join(folder, path)
		}
		data, err := readScan(path)
		if err != nil {
			f.doc.Errorf(at+".file", "%s", err)
			continue
		}
		if total += len(data); total > longestScans {
			f.doc.Errorf(at+".file", "the files have more than %d bytes together: hand the rest in on paper", longestScans)
			return out
		}
		out = append(out, access.Scan{Record: ref, Field: f.fieldOf(ref), Name: filepath.Base(path), Data: data})
	}
	return out
}

// fieldOf gives the field that stands for a record's file: that of the
// profile, else one that no profile has, which is withheld like all such.
func (f *formReader) fieldOf(ref string) string {
	typ, _, _ := strings.Cut(ref, "/")
	if spec, ok := f.profile.Type(typ); ok {
		if _, ok := spec.Field("media"); ok {
			return "media"
		}
	}
	return "attachment"
}

// readScan reads a file; its errors do not name it, since names of scanned
// files hold names of people.
func readScan(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, errors.New("the file cannot be read: put it beside the form, or give its whole path")
	case !info.Mode().IsRegular():
		return nil, errors.New("this is no plain file")
	case info.Size() == 0 || info.Size() > longestScan:
		return nil, fmt.Errorf("a scanned file has 1 to %d bytes", longestScan)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, errors.New("the file cannot be opened: see its rights")
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, longestScan+1))
	if err != nil || int64(len(data)) != info.Size() {
		return nil, errors.New("the file cannot be read whole, or changed meanwhile")
	}
	return data, nil
}

// Answer stores what people found by hand; see access.Service.Answer.
func (a *App) Answer(ctx context.Context, file *store.File, answer access.ManualAnswer) ([]core.Coverage, error) {
	e, err := a.entryOf(ctx, audit.RequestRun, file)
	if err != nil {
		return nil, err
	}
	out, err := a.service(asker{a, e}).Answer(ctx, file, answer)
	if err != nil {
		return nil, err
	}
	return out.Coverage, nil
}

// Scans gives the scanned files of a system's answer. That they are looked at
// is in the log before they are given.
func (a *App) Scans(ctx context.Context, file *store.File, system string) ([]access.HeldScan, error) {
	list, err := access.Scans(ctx, file, system)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list, a.scansViewed(ctx, file, system, list, func() error { return nil })
}

// WriteScan writes the content of a scanned file of a system's answer to w.
// That somebody sees it is in the log before.
func (a *App) WriteScan(ctx context.Context, file *store.File, system string, scan access.HeldScan, w io.Writer) error {
	return a.scansViewed(ctx, file, system, []access.HeldScan{scan}, func() error {
		whole, err := access.ReadScan(ctx, file, scan.Ref)
		if err != nil {
			return err
		}
		if _, err := w.Write(whole.Data); err != nil {
			return fmt.Errorf("write the file: %w", err)
		}
		return nil
	})
}

// scansViewed makes an effect that shows scanned files, with keyed digests of
// their records in the log.
func (a *App) scansViewed(ctx context.Context, file *store.File, system string, list []access.HeldScan, effect func() error) error {
	e, err := a.entryOf(ctx, audit.HitViewed, file)
	if err != nil {
		return err
	}
	e.Object, e.Counts = system, audit.Counts{"files": int64(len(list))}
	for _, s := range list {
		d := a.Log.Keyed("record", system+"\x00"+s.Record)
		if !slices.Contains(e.Digests, d) && len(e.Digests) < maxDigests {
			e.Digests = append(e.Digests, d)
		}
	}
	return Logged(ctx, a.Log, e, effect)
}
