package document

import (
	"encoding/xml"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
)

const mostProperties = 500

// property notes a property of the file under its usual name and hands its
// value over as a piece.
func (f *file) property(name, value string) error {
	value = strings.TrimSpace(normalise(value))
	if value == "" {
		return nil
	}
	// The values are kept in the result, so they are bounded here; the pieces
	// hold all of them.
	kept := value
	if len(kept) > 4096 {
		kept = strings.ToValidUTF8(kept[:4096], "")
	}
	m := &f.Meta
	switch strings.ToLower(name) {
	case "title":
		m.Title = kept
	case "subject":
		m.Subject = kept
	case "keywords", "keyword":
		m.Keywords = kept
	case "description", "comments", "doccomm":
		m.Description = kept
	case "creator", "author", "initial-creator":
		if len(m.Authors) < 100 && !slices.Contains(m.Authors, kept) {
			m.Authors = append(m.Authors, kept)
		}
	case "lastmodifiedby", "operator", "last-author":
		m.LastModifiedBy = kept
	case "created", "creation-date", "creationdate":
		m.Created = readTime(value)
	case "modified", "date", "moddate":
		m.Modified = readTime(value)
	default:
		if len(m.Other) < mostProperties {
			m.Other = append(m.Other, Property{Name: name, Value: kept})
		}
	}
	return f.say(Piece{Role: RoleMetadata, Place: Place{Unit: UnitProperty, Name: name}, Text: value})
}

// readTime reads the times that file formats write; what it cannot read is
// the zero time, and still stands in the piece.
func readTime(s string) time.Time {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02", time.RFC1123Z, "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	s = strings.ReplaceAll(strings.TrimPrefix(s, "D:"), "'", "")
	for _, layout := range []string{"20060102150405-0700", "20060102150405Z0000", "20060102150405Z", "20060102150405", "200601021504", "20060102"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// properties reads the properties of an office file: elements with text, and
// those with a name of their own.
func (f *file) properties(r io.Reader, part string) error {
	x := f.xml(r)
	own, last := "", ""
	var text strings.Builder
	for {
		tok, err := x.next()
		if ended(err) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			text.Reset()
			last = t.Name.Local
			if n := attr(t, "name"); n != "" && (last == "property" || last == "user-defined") {
				own = n
			}
			if h := attr(t, "href"); h != "" {
				if err := f.property(last, h); err != nil {
					return err
				}
			}
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			name := t.Name.Local
			if own != "" {
				name = own
			}
			if part == "meta.xml" && name == "creator" {
				name = "lastModifiedBy" // the author of an ODF file is its initial-creator
			}
			if t.Name.Local == last && !dullProperty(part, name) {
				if err := f.property(name, text.String()); err != nil {
					return err
				}
			}
			text.Reset()
			last = ""
			if t.Name.Local == "property" || t.Name.Local == "user-defined" {
				own = ""
			}
		}
	}
}

// dullProperty tells of counts and of the program that wrote the file.
func dullProperty(part, name string) bool {
	if part != "docProps/app.xml" {
		return name == "generator" || name == "editing-cycles" || name == "editing-duration"
	}
	switch name {
	case "Company", "Manager", "HyperlinkBase", "lpstr", "Template":
		return false
	}
	return true
}

// readableLink gives a link with its escapes read, so that addresses and
// names in it are found.
func readableLink(s string) string {
	if u, err := url.PathUnescape(s); err == nil && u != s {
		return s + "\n" + u
	}
	return s
}
