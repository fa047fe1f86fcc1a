package reports

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/sinusta/sinusta/core/catalogue"
)

//go:embed schema/report.schema.json
var schemaFile embed.FS

// Schema gives the JSON Schema (draft 2020-12) of what JSON writes.
func Schema() []byte {
	src, err := schemaFile.ReadFile("schema/report.schema.json")
	if err != nil {
		return nil // cannot happen: the file is embedded
	}
	return src
}

// Format names the form of report.json; it changes when a name in it does.
const Format = "sinusta-report/1"

// JSON writes the report for machines, as Schema describes it, with labels
// and sentences in lang (fi, sv or en). Times are RFC 3339 in UTC, days in
// Finland ISO 8601. Items are written one by one, so that a large report needs no large
// memory.
func JSON(w io.Writer, r *Report, lang string) error {
	return Write(r, lang, Forms{JSON: w})
}

// jsonForm writes the report for machines.
type jsonForm struct {
	*jsonWriter
	r     *Report
	v     jsonView
	heads map[*shape][][]byte // what stands before the role of a field
	first bool                // no item of the system was written yet
	text  []byte
}

func newJSONForm(w io.Writer, r *Report, t *texts, lang string) *jsonForm {
	return &jsonForm{jsonWriter: &jsonWriter{w: bufio.NewWriterSize(w, 1<<16)}, r: r, v: jsonView{t: t, lang: lang}}
}

func (o *jsonForm) begin() error {
	o.raw("{")
	o.member("format", Format, true)
	o.member("language", o.v.lang, false)
	o.member("test_data", o.r.Request.Test, false)
	o.member("document", o.v.document(o.r), false)
	o.member("organisation", o.v.organisation(o.r.Organisation), false)
	o.member("confirmations", o.v.confirmations(o.r), false)
	o.member("summary", summaryJSON(o.r.Summary), false)
	o.raw(",\n\"systems\":[")
	return o.err
}

func (o *jsonForm) beginSystem(n int) error {
	if n > 0 {
		o.raw(",")
	}
	o.raw("\n")
	o.open(o.v.system(o.r, &o.r.Systems[n]))
	o.raw(",\"items\":[")
	o.first = true
	return o.err
}

func (o *jsonForm) item(d *Disclosed, also bool) error {
	if also {
		return nil // it stands where it is shown
	}
	b := o.text[:0]
	if !o.first {
		b = append(b, ',')
	}
	o.first = false
	o.text = o.appendItem(append(b, '\n'), d)
	o.bytes(o.text)
	return o.err
}

func (o *jsonForm) endSystem(withheld counts) error {
	o.raw("]")
	o.member("withheld", withheld, false)
	o.raw("}")
	return o.err
}

func (o *jsonForm) end() error {
	o.raw("\n]")
	o.member("coverage", o.v.coverage(o.r, false), false)
	o.member("search", o.v.search(o.r), false)
	o.member("rights", o.v.rights(o.r), false)
	o.member("withheld_reasons", o.v.withheldReasons(), false)
	o.member("catalogue_digest", o.r.CatalogueDigest, false)
	o.member("audit_checkpoint", o.v.checkpoint(o.r), false)
	o.member("version", o.r.Version, false)
	o.raw("}\n")
	if o.err == nil {
		o.err = o.w.Flush()
	}
	return o.err
}

// CoverageJSON writes what became of every system: the coverage rows of the
// report with its times and the digest of the catalogue, for auditors.
// Sentences are in the organisation's first language.
func CoverageJSON(w io.Writer, r *Report) error {
	lang := Languages()[0]
	for _, l := range r.Organisation.Languages {
		if _, err := textsIn(l); err == nil {
			lang = l
			break
		}
	}
	t, err := textsFor(lang, r.Organisation.Authority)
	if err != nil {
		return err
	}
	v := jsonView{t: t, lang: lang}
	out := &jsonWriter{w: bufio.NewWriter(w)}
	out.raw("{")
	out.member("format", "sinusta-coverage/1", true)
	out.member("language", lang, false)
	out.member("test_data", r.Request.Test, false)
	out.member("case_number", r.Request.CaseNumber, false)
	out.member("received", receipt(r.Request.Received), false)
	out.member("reference", instant(r.reference()), false)
	out.member("answered", instant(r.Request.Answered), false)
	out.member("searched_from", instant(r.Search.From), false)
	out.member("searched_to", instant(r.Search.To), false)
	out.member("coverage", v.coverage(r, true), false)
	out.member("catalogue_digest", r.CatalogueDigest, false)
	out.member("audit_checkpoint", v.checkpoint(r), false)
	out.member("version", r.Version, false)
	out.raw("}\n")
	if out.err == nil {
		out.err = out.w.Flush()
	}
	if out.err != nil {
		return fmt.Errorf("write the coverage as JSON: %w", out.err)
	}
	return nil
}

// jsonWriter writes one JSON document piece by piece; the first error stays.
type jsonWriter struct {
	w   *bufio.Writer
	err error
}

func (o *jsonWriter) raw(s string) {
	if o.err == nil {
		_, o.err = o.w.WriteString(s)
	}
}

func (o *jsonWriter) bytes(b []byte) {
	if o.err == nil {
		_, o.err = o.w.Write(b)
	}
}

func (o *jsonWriter) member(name string, v any, first bool) {
	if !first {
		o.raw(",")
	}
	o.raw("\n")
	o.value(name)
	o.raw(":")
	o.value(v)
}

func (o *jsonWriter) value(v any) { o.bytes(o.marshal(v)) }

// open writes an object without its closing brace.
func (o *jsonWriter) open(v any) { o.bytes(bytes.TrimSuffix(o.marshal(v), []byte("}"))) }

func (o *jsonWriter) marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil && o.err == nil {
		o.err = err
	}
	return escapeTurning(b)
}

// escapeTurning writes characters that turn the direction of writing as
// escapes, so that no viewer of the file is fooled. They stand only in
// strings.
func escapeTurning(b []byte) []byte {
	if bytes.IndexFunc(b, turning) < 0 {
		return b
	}
	var out bytes.Buffer
	for _, r := range string(b) {
		if turning(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.Bytes()
}

// instant writes a time in RFC 3339 UTC; null when it is not known.
func instant(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC3339)
	return &s
}

// receipt writes when something was received: as instant does, or the date
// alone of a midnight in Finland, of which nobody knows the time of day.
func receipt(t time.Time) *string {
	if t.IsZero() || !isMidnight(t) {
		return instant(t)
	}
	s := day(t)
	return &s
}

// textsOf gives each text in lang.
func (v jsonView) textsOf(list []catalogue.Text) []string {
	out := []string{}
	for _, t := range list {
		if s := t.In(v.lang); s != "" {
			out = append(out, s)
		}
	}
	return out
}
