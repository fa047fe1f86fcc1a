package csvsource

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// errMark says that a file begins with the mark of another encoding.
var errMark = errors.New("the file begins with the mark of another encoding than the declared one")

// decoder turns the bytes of a cell into text. UTF-16 is turned into UTF-8
// before the rows are parted.
type decoder struct {
	single *charmap.Charmap // nil for UTF-8
}

func decoderOf(encoding string) decoder {
	return decoder{map[string]*charmap.Charmap{"windows-1252": charmap.Windows1252, "iso-8859-1": charmap.ISO8859_1,
		"iso-8859-15": charmap.ISO8859_15}[encoding]}
}

// text gives a cell as text. ok is false for a cell in another encoding than
// the file's: then other is what it reads as in that one, for comparing, and
// text its bytes, which nobody shows.
func (d decoder) text(cell []byte) (text, other string, ok bool) {
	switch {
	case ascii(cell):
		return string(cell), "", true
	case d.single == nil && utf8.Valid(cell) && !bytes.ContainsRune(cell, utf8.RuneError):
		return string(cell), "", true
	case d.single == nil:
		return string(bytes.ToValidUTF8(cell, nil)), decoded(charmap.Windows1252, cell), false
	case utf8.Valid(cell):
		// Letters beyond ASCII that are whole UTF-8 by chance are rarer than
		// an export whose parts were written by two programs.
		return decoded(d.single, cell), string(cell), false
	}
	out := decoded(d.single, cell)
	for _, r := range out {
		if r >= 0x80 && r < 0xA0 { // control characters: no text has them
			return out, out, false
		}
	}
	return out, "", true
}

func decoded(c *charmap.Charmap, cell []byte) string {
	out, err := c.NewDecoder().Bytes(cell)
	if err != nil {
		return ""
	}
	return string(out)
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// begin reads past the mark at the head of a file, and gives a reader of bytes
// in which delimiters, quotes and line ends are ASCII.
func begin(r *bufio.Reader, encoding string) (io.Reader, error) {
	head, err := r.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	little, big := bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("\xFE\xFF"))
	mark := bytes.HasPrefix(head, []byte("\xEF\xBB\xBF"))
	switch encoding {
	case "utf-16", "utf-16le", "utf-16be":
		if mark || little && encoding == "utf-16be" || big && encoding == "utf-16le" {
			return nil, errMark
		}
		if encoding == "utf-16" && len(head) > 0 && !little && !big {
			return nil, errMark
		}
		order := unicode.LittleEndian
		if big || encoding == "utf-16be" {
			order = unicode.BigEndian
		}
		return unicode.UTF16(order, unicode.UseBOM).NewDecoder().Reader(r), nil
	case "utf-8", "":
		if little || big {
			return nil, errMark
		}
		if mark {
			_, err = r.Discard(3)
			return r, err
		}
		return r, nil
	}
	if mark || little || big {
		return nil, errMark
	}
	return r, nil
}
