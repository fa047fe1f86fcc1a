package reports

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/sinusta/sinusta/core"
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
	t, err := textsFor(lang, r.Organisation.Authority)
	if err != nil {
		return err
	}
	out := &jsonWriter{w: bufio.NewWriter(w)}
	v := jsonView{t: t, lang: lang}
	out.raw("{")
	out.member("format", Format, true)
	out.member("language", lang, false)
	out.member("test_data", r.Request.Test, false)
	out.member("document", v.document(r), false)
	out.member("organisation", v.organisation(r.Organisation), false)
	out.member("confirmations", v.confirmations(r), false)
	out.member("summary", summaryJSON(r.Summary), false)
	out.raw(",\n\"systems\":[")
	for i := range r.Systems {
		if i > 0 {
			out.raw(",")
		}
		out.raw("\n")
		out.open(v.system(r, &r.Systems[i]))
		out.items(r, v, &r.Systems[i])
		out.raw("}")
	}
	out.raw("\n]")
	out.member("coverage", v.coverage(r), false)
	out.member("search", v.search(r), false)
	out.member("rights", v.rights(r), false)
	out.member("withheld_reasons", v.withheldReasons(), false)
	out.member("catalogue_digest", r.CatalogueDigest, false)
	out.member("audit_checkpoint", v.checkpoint(r), false)
	out.member("version", r.Version, false)
	out.raw("}\n")
	return out.close("write the report as JSON")
}

// items writes the items of a system, and what is withheld from its records.
func (o *jsonWriter) items(r *Report, v jsonView, s *System) {
	withheld := counts{}
	read := func(h Held) *Disclosed {
		if o.err != nil {
			return nil
		}
		d, err := r.Disclose(h)
		if err != nil {
			o.err = err
			return nil
		}
		withheld.add(s, d)
		return d
	}
	o.raw(",\"items\":[")
	for n, h := range s.Items {
		if d := read(h); d != nil {
			if n > 0 {
				o.raw(",")
			}
			o.raw("\n")
			o.value(v.item(d))
		}
	}
	o.raw("]")
	for _, h := range s.AlsoHere {
		read(h)
	}
	o.member("withheld", withheld, false)
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
	out.member("coverage", v.coverage(r), false)
	out.member("catalogue_digest", r.CatalogueDigest, false)
	out.member("audit_checkpoint", v.checkpoint(r), false)
	out.member("version", r.Version, false)
	out.raw("}\n")
	return out.close("write the coverage as JSON")
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

func (o *jsonWriter) close(what string) error {
	if o.err == nil {
		o.err = o.w.Flush()
	}
	if o.err != nil {
		return fmt.Errorf("%s: %w", what, o.err)
	}
	return nil
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

// jsonValue is a disclosed value in JSON's own types: numbers, booleans,
// null; decimals, days and times are strings.
func jsonValue(v core.Value) any {
	switch v.Type {
	case core.TypeInteger:
		return v.Integer
	case core.TypeFlag:
		return v.Flag
	case core.TypeNull:
		return nil
	default:
		return v.Plain()
	}
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
