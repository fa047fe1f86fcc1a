package restsource

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
)

var xmlName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// envelopes are the namespaces of SOAP by version.
var envelopes = map[string]string{"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}

// xmlBody writes an element. Every text is escaped; names come from the
// mapping alone.
func xmlBody(e Element, text func(Value) string) string {
	var b strings.Builder
	b.WriteString("<" + e.Name)
	if e.Namespace != "" {
		b.WriteString(` xmlns="` + escapeXML(e.Namespace) + `"`)
	}
	for _, name := range sortedKeys(e.Attributes) {
		b.WriteString(" " + name + `="` + escapeXML(e.Attributes[name]) + `"`)
	}
	b.WriteString(">")
	if e.Text != nil {
		b.WriteString(escapeXML(text(*e.Text)))
	}
	for _, c := range e.Children {
		b.WriteString(xmlBody(c, text))
	}
	b.WriteString("</" + e.Name + ">")
	return b.String()
}

func escapeXML(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes all
	return b.String()
}

// envelope puts a body into a SOAP envelope.
func envelope(version, body string) string {
	return `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="` + envelopes[version] + `"><soap:Body>` + body + `</soap:Body></soap:Envelope>`
}

// parseXML reads a document into a tree: an element is an object of its
// attributes (@name) and elements, by names without namespaces; what repeats
// is a list; one with text alone is its text, else that is #text. A document
// type is refused, since entities may grow without end or name files.
func parseXML(data []byte) (any, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // decoded before
	x := &xmlReader{decoder: d}
	for {
		t, err := d.Token()
		if err != nil {
			return nil, errForm
		}
		switch t := t.(type) {
		case xml.Directive:
			return nil, errors.Join(errForm, errors.New("document types are refused"))
		case xml.StartElement:
			v, err := x.element(t, 0)
			if err != nil {
				return nil, err
			}
			if _, err := d.Token(); !errors.Is(err, io.EOF) {
				return nil, x.tail(err)
			}
			return map[string]any{t.Name.Local: v}, nil
		}
	}
}

type xmlReader struct {
	decoder *xml.Decoder
	nodes   int
}

// tail accepts what may stand behind the document: blanks and comments.
func (x *xmlReader) tail(err error) error {
	for err == nil {
		var t xml.Token
		if t, err = x.decoder.Token(); err == nil {
			if _, more := t.(xml.StartElement); more {
				return errForm
			}
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return errForm
}

func (x *xmlReader) element(start xml.StartElement, depth int) (any, error) {
	if x.nodes += 1 + len(start.Attr); depth > maxDepth || x.nodes > maxNodes {
		return nil, errDeep
	}
	out := map[string]any{}
	empty := false
	for _, a := range start.Attr {
		switch {
		case a.Name.Space == "xmlns" || a.Name.Local == "xmlns":
		case a.Name.Local == "nil" && strings.HasSuffix(a.Name.Space, "XMLSchema-instance"):
			empty = a.Value == "true" || a.Value == "1"
		default:
			out["@"+a.Name.Local] = a.Value
		}
	}
	var text strings.Builder
	for {
		t, err := x.decoder.Token()
		if err != nil {
			return nil, errForm
		}
		switch t := t.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.StartElement:
			v, err := x.element(t, depth+1)
			if err != nil {
				return nil, err
			}
			switch before := out[t.Name.Local].(type) {
			case []any:
				out[t.Name.Local] = append(before, v)
			default:
				if _, there := out[t.Name.Local]; there {
					out[t.Name.Local] = []any{before, v}
				} else {
					out[t.Name.Local] = v
				}
			}
		case xml.EndElement:
			return closed(out, text.String(), empty), nil
		}
	}
}

// closed gives the value of an element that has ended.
func closed(members map[string]any, text string, empty bool) any {
	blank := strings.TrimSpace(text) == ""
	switch {
	case empty:
		return nil
	case len(members) == 0 && text == "":
		return nil
	case len(members) == 0:
		return text
	case !blank:
		members["#text"] = text
	}
	return members
}
