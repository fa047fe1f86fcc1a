package sdktest

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/plugins/host"
)

// Sample is a suite file with every setting, commented.
//
//go:embed sample.yaml
var Sample string

// file is a suite as it stands in a file.
type file struct {
	Plugin    string               `json:"plugin"`
	Transport host.Transport       `json:"transport"`
	System    string               `json:"system"`
	Kind      string               `json:"kind"`
	Timeout   string               `json:"timeout"`
	Issuers   map[core.Kind]string `json:"issuers"`
	Setups    map[string]fileSetup `json:"setups"`
	Finds     []fileCase           `json:"finds"`
	Nobody    *fileCase            `json:"nobody"`
	BadSecret string               `json:"bad_secret"`
	Absent    string               `json:"absent"`
	Empty     *fileCase            `json:"empty"`
	One       *fileCase            `json:"one"`
	Many      *fileCase            `json:"many"`
	Stream    *fileCase            `json:"stream"`
	Large     *fileCase            `json:"large_value"`
	Encoded   *fileCase            `json:"encoded"`
	Composed  *fileCase            `json:"composed"`
	Decompose *fileCase            `json:"decomposed"`
	Clock     *fileCase            `json:"clock"`
	Limited   *fileCase            `json:"limited"`
	Panics    *fileCase            `json:"panics"`
	Attached  *fileAttachment      `json:"attachment"`
	Fields    []string             `json:"fields"`
	Values    []string             `json:"values"`
	Exempt    map[string]string    `json:"exempt"`
}

type fileSetup struct {
	Config  json.RawMessage       `json:"config"`
	Secrets map[string]fileSecret `json:"secrets"`
}

// fileSecret says where a secret comes from, as in the sources file.
type fileSecret struct {
	Env     string   `json:"env"`
	File    string   `json:"file"`
	Command []string `json:"command"`
}

type fileCase struct {
	Setup string               `json:"setup"`
	Query []map[core.Kind]text `json:"query"`
	Refs  []string             `json:"refs"`
	Count int                  `json:"count"`
	Ref   string               `json:"ref"`
	Field string               `json:"field"`
	Text  string               `json:"text"`
	Size  int                  `json:"size"`
}

type fileAttachment struct {
	Setup  string `json:"setup"`
	Ref    string `json:"ref"`
	Size   uint64 `json:"size"`
	SHA256 string `json:"sha256"`
}

// text is a text that may be written as a number.
type text string

// UnmarshalJSON takes a text or the digits of a number.
func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '"' {
		var n json.Number
		if err := json.Unmarshal(b, &n); err != nil {
			return errors.New("want a text here")
		}
		*t = text(n)
		return nil
	}
	return json.Unmarshal(b, (*string)(t))
}

// ReadSuite reads a suite from a YAML file; Sample shows all that may stand
// there. It is strict: unknown and doubled keys are errors. Secrets are got
// from where the file says, and relative paths count from the file's folder,
// which is also the plugin's working folder. Questions stand in the file
// alone; no error holds their values.
func ReadSuite(ctx context.Context, path string) (Suite, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Suite{}, fmt.Errorf("read the suite: %w", err)
	}
	home, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return Suite{}, fmt.Errorf("read the suite: %w", err)
	}
	s, err := parseSuite(ctx, filepath.Base(path), home, data)
	if err != nil {
		return Suite{}, fmt.Errorf("read the suite: %w", err)
	}
	return s, nil
}

func parseSuite(ctx context.Context, name, home string, data []byte) (Suite, error) {
	raw, err := host.YAMLToJSON(name, data)
	if err != nil {
		return Suite{}, err
	}
	var f file
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return Suite{}, fmt.Errorf("%s: %w", name, err)
	}
	r := &suiteReader{file: f, setups: map[string]*Setup{}}
	s := r.suite(ctx, home)
	for i, err := range r.errs {
		r.errs[i] = fmt.Errorf("%s: %w", name, err)
	}
	return s, errors.Join(r.errs...)
}

// suiteReader makes a suite of a file and collects what is wrong with it.
type suiteReader struct {
	file   file
	setups map[string]*Setup
	errs   []error
}

func (r *suiteReader) fail(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf(format, args...))
}

func (r *suiteReader) suite(ctx context.Context, home string) Suite {
	f := r.file
	s := Suite{Plugin: f.Plugin, Transport: f.Transport, System: f.System, Kind: f.Kind, Home: home, Issuers: f.Issuers,
		Fields: f.Fields, Values: f.Values, Exempt: f.Exempt}
	if f.Timeout != "" {
		var err error
		if s.Timeout, err = time.ParseDuration(f.Timeout); err != nil || s.Timeout <= 0 {
			r.fail("timeout: want a time above 0 with its unit, such as 30s")
		}
	}
	if f.Kind != "" && !slices.Contains(catalogue.Kinds(), f.Kind) {
		r.fail("kind: there is no kind of system %q", f.Kind)
	}
	for name, setup := range f.Setups {
		r.setups[name] = r.setup(ctx, name, setup, home)
	}
	s.Works = r.setups["works"]
	if s.Works == nil && len(f.Setups) > 0 {
		r.fail("setups: none is called works")
	}
	for i := range f.Finds {
		if c := r.aCase(fmt.Sprintf("finds[%d]", i), &f.Finds[i]); c != nil {
			s.Finds = append(s.Finds, *c)
		}
	}
	s.BadSecret, s.Absent = r.named("bad_secret", f.BadSecret), r.named("absent", f.Absent)
	s.Nobody, s.Empty = r.aCase("nobody", f.Nobody), r.aCase("empty", f.Empty)
	s.One, s.Many, s.Stream = r.aCase("one", f.One), r.aCase("many", f.Many), r.aCase("stream", f.Stream)
	s.Composed, s.Decomposed = r.aCase("composed", f.Composed), r.aCase("decomposed", f.Decompose)
	s.Clock, s.Limited, s.Panics = r.aCase("clock", f.Clock), r.aCase("limited", f.Limited), r.aCase("panics", f.Panics)
	s.LargeValue, s.Encoded = r.value("large_value", f.Large), r.value("encoded", f.Encoded)
	s.Attachment = r.attachment(f.Attached)
	if _, err := (Suite{Plugin: "x", Exempt: f.Exempt}).withDefaults(); err != nil {
		r.fail("exempt: %w", err)
	}
	return s
}

func (r *suiteReader) setup(ctx context.Context, name string, f fileSetup, home string) *Setup {
	e := host.Entry{System: "setups." + name, Secrets: map[string]host.SecretRef{}}
	for secret, from := range f.Secrets {
		ref := host.SecretRef{Env: from.Env, File: from.File, Command: from.Command}
		given := 0
		for _, is := range []bool{ref.Env != "", ref.File != "", len(ref.Command) > 0} {
			if is {
				given++
			}
		}
		if given != 1 {
			r.fail("setups.%s.secrets.%s: say where it comes from, by one of env, file, command", name, secret)
			continue
		}
		e.Secrets[secret] = ref
	}
	secrets, err := host.ResolveSecrets(ctx, e, home)
	if err != nil {
		r.fail("setups.%s: %w", name, err)
	}
	if len(f.Config) == 0 {
		f.Config = json.RawMessage("{}")
	}
	return &Setup{Config: f.Config, Secrets: secrets}
}

func (r *suiteReader) named(at, name string) *Setup {
	if name == "" {
		return nil
	}
	s := r.setups[name]
	if s == nil {
		r.fail("%s: there is no %q under setups", at, name)
	}
	return s
}

func (r *suiteReader) aCase(at string, f *fileCase) *Case {
	if f == nil {
		return nil
	}
	c := &Case{Refs: f.Refs, Count: f.Count}
	if f.Setup != "works" {
		c.Setup = r.named(at+".setup", f.Setup)
	}
	c.Query = core.Query{Request: "sdktest"}
	if len(f.Query) == 0 {
		r.fail("%s.query: it holds no identifier", at)
	}
	for i, set := range f.Query {
		var keys core.KeySet
		for _, kind := range slices.Sorted(maps.Keys(set)) {
			id, err := identifier.Parse(kind, string(set[kind]))
			if err != nil {
				r.fail("%s.query[%d].%s: %w", at, i, kind, err)
			}
			id.Issuer, id.Forms = r.file.Issuers[kind], identifier.Forms(id)
			keys.AllOf = append(keys.AllOf, id)
		}
		c.Query.AnyOf = append(c.Query.AnyOf, keys)
	}
	return c
}

func (r *suiteReader) value(at string, f *fileCase) *ValueCase {
	c := r.aCase(at, f)
	if c == nil {
		return nil
	}
	if f.Ref == "" || f.Field == "" || f.Text == "" && f.Size == 0 {
		r.fail("%s: name the ref and the field, and the text or the size of the value", at)
	}
	return &ValueCase{Case: *c, Ref: f.Ref, Field: f.Field, Text: f.Text, Size: f.Size}
}

func (r *suiteReader) attachment(f *fileAttachment) *Attachment {
	if f == nil {
		return nil
	}
	sum, err := hex.DecodeString(f.SHA256)
	if err != nil || len(sum) != 32 || f.Ref == "" || f.Size < 2 {
		r.fail("attachment: name its ref, its size of two bytes or more, and its SHA-256 in hexadecimal")
	}
	a := &Attachment{Ref: f.Ref, Size: f.Size, SHA256: sum}
	if f.Setup != "works" {
		a.Setup = r.named("attachment.setup", f.Setup)
	}
	return a
}
