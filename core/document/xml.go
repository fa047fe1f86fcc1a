package document

import (
	"bufio"
	"encoding/xml"
	"io"
	"strings"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// xmlReader reads XML token by token within bounds: of a token's bytes, of
// attributes and of nesting. encoding/xml expands only its five entities and
// references to characters.
type xmlReader struct {
	f     *file
	dec   *xml.Decoder
	bytes *tokenReader
	depth int
}

// tokenReader counts the bytes of the token that is being read.
type tokenReader struct {
	r     *bufio.Reader
	n     int64
	limit int64
}

func (t *tokenReader) ReadByte() (byte, error) {
	if t.n++; t.n > t.limit {
		return 0, fault(ReasonTooLarge)
	}
	return t.r.ReadByte()
}

func (t *tokenReader) Read(p []byte) (int, error) {
	n, err := t.r.Read(p[:min(len(p), 4096)])
	if t.n += int64(n); t.n > t.limit {
		return n, fault(ReasonTooLarge)
	}
	return n, err
}

func (f *file) xml(r io.Reader) *xmlReader {
	b := bufio.NewReaderSize(r, 32<<10)
	if head, _ := b.Peek(4); len(head) >= 2 {
		if utf16 := (head[0] == 0xFF && head[1] == 0xFE) || (head[0] == 0xFE && head[1] == 0xFF); utf16 {
			b = bufio.NewReaderSize(transform.NewReader(b, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()), 32<<10)
		} else if len(head) >= 3 && head[0] == 0xEF && head[1] == 0xBB && head[2] == 0xBF {
			_, _ = b.Discard(3)
		}
	}
	t := &tokenReader{r: b, limit: f.limits.Token}
	x := &xmlReader{f: f, dec: xml.NewDecoder(t), bytes: t}
	x.dec.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		if strings.HasPrefix(strings.ToLower(label), "utf-16") {
			return in, nil // was turned into UTF-8 by its mark
		}
		return charset.NewReaderLabel(label, in)
	}
	return x
}

const mostAttributes = 1000

// next gives the next token, io.EOF at the end. A token is good until the
// next call.
func (x *xmlReader) next() (xml.Token, error) {
	for {
		if err := x.f.tick(); err != nil {
			return nil, err
		}
		x.bytes.n = 0
		tok, err := x.dec.Token()
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if x.depth++; x.depth > x.f.limits.Nesting {
				return nil, fault(ReasonTooDeep)
			}
			if len(t.Attr) > mostAttributes {
				return nil, fault(ReasonTooMany)
			}
		case xml.EndElement:
			x.depth--
		case xml.Directive:
			if strings.Contains(string(t), "<!ENTITY") {
				return nil, fault(ReasonBomb) // office files declare none
			}
			continue
		}
		return tok, nil
	}
}

// attr gives the value of an attribute by its local name.
func attr(t xml.StartElement, local string) string {
	for _, a := range t.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}
