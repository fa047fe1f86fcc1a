// Package extracted is what the plugins that read documents make of them: text
// within a bound, the files inside a file as parts of a record, and what could
// not be read, in words.
package extracted

import (
	"net/url"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/document"
)

const (
	// MostText bounds the text that a record holds of one file; the whole file
	// is there to be fetched.
	MostText = 1 << 20
	// MostMembers bounds the files inside a file that a record names.
	MostMembers = 500
)

// Member is a file inside the file.
type Member struct {
	// Path are its names from the outermost inward.
	Path []string
	Text Content
	File document.File
}

// Content gathers text up to MostText; Size is how much there was. The zero
// value is ready.
type Content struct {
	b    strings.Builder
	Size int
}

// Add adds a text.
func (c *Content) Add(s string) {
	c.Size += len(s)
	if c.Size <= MostText {
		c.b.WriteString(s)
	}
}

// String gives the text, as far as it was kept.
func (c *Content) String() string { return c.b.String() }

// Part makes the part of a file inside the file.
func (m *Member) Part(profile catalogue.RecordType) core.Part {
	var escaped []string
	for _, p := range m.Path {
		escaped = append(escaped, url.PathEscape(p))
	}
	out := core.Part{Type: profile.Name, Ref: profile.Name + "/" + url.PathEscape(strings.Join(escaped, "/"))}
	add := func(name string, v core.Value) {
		if _, ok := profile.Field(name); ok {
			out.Fields = append(out.Fields, core.Field{Name: name, Value: v})
		}
	}
	add("name", core.TextValue(strings.Join(m.Path, " / ")))
	switch {
	case m.Text.Size > MostText:
		add("text", core.WithheldValue(core.Withheld{Reason: core.WithheldTooLarge, Size: int64(m.Text.Size)}))
	case m.File.State == document.Unreadable:
		add("text", core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable, Size: m.File.Size}))
	default:
		add("text", core.TextValue(m.Text.String()))
	}
	if t := MediaType(m.File.Format); t != "" {
		add("media_type", core.TextValue(t))
	} else if m.File.MediaType != "" {
		add("media_type", core.TextValue(m.File.MediaType))
	}
	add("size", core.IntegerValue(m.File.Size))
	return out
}

// MediaType gives the media type of a format (IANA), empty for none.
func MediaType(f document.Format) string {
	const office = "application/vnd.openxmlformats-officedocument."
	const oasis = "application/vnd.oasis.opendocument."
	switch f {
	case document.FormatDOCX:
		return office + "wordprocessingml.document"
	case document.FormatXLSX:
		return office + "spreadsheetml.sheet"
	case document.FormatPPTX:
		return office + "presentationml.presentation"
	case document.FormatODT:
		return oasis + "text"
	case document.FormatODS:
		return oasis + "spreadsheet"
	case document.FormatODP:
		return oasis + "presentation"
	case document.FormatPDF:
		return "application/pdf"
	case document.FormatRTF:
		return "application/rtf"
	case document.FormatText:
		return "text/plain"
	case document.FormatCSV:
		return "text/csv"
	case document.FormatHTML:
		return "text/html"
	case document.FormatXML:
		return "application/xml"
	case document.FormatEML:
		return "message/rfc822"
	case document.FormatMSG:
		return "application/vnd.ms-outlook"
	case document.FormatZIP:
		return "application/zip"
	case document.FormatDOC:
		return "application/msword"
	case document.FormatXLS:
		return "application/vnd.ms-excel"
	case document.FormatPPT:
		return "application/vnd.ms-powerpoint"
	}
	return ""
}
