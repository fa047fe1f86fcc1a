package document

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sniffText tells whether the beginning of a file is text, and gives it in
// UTF-8.
func sniffText(head []byte) (string, bool) {
	if enc := wideEncoding(head); enc != nil {
		out, _, err := transform.Bytes(enc.NewDecoder(), head[:len(head)&^1])
		return string(out), err == nil
	}
	odd := 0
	for _, c := range head {
		if c == 0 {
			return "", false
		}
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1B && c != 0x1A {
			odd++
		}
	}
	if odd*50 > len(head)+200 {
		return "", false
	}
	return strings.TrimPrefix(string(head), "\uFEFF"), true
}

// wideEncoding tells UTF-16 by its mark, or by the empty half of most
// letters; nil for all else.
func wideEncoding(head []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case len(head) < 8:
		return nil
	}
	var zeros [2]int
	sample := head[:min(len(head), 4096)&^1]
	for i, c := range sample {
		if c == 0 {
			zeros[i%2]++
		} else if c < ' ' && c != '\n' && c != '\r' && c != '\t' && i%2 == 0 {
			return nil
		}
	}
	half := len(sample) / 2
	switch {
	case zeros[1] > half*7/10 && zeros[0] == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case zeros[0] > half*7/10 && zeros[1] == 0:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return nil
}

// lines gives the lines of a text in UTF-8. A line that is no valid UTF-8 was
// written by a program of the code page 1252 (or 850, if its letters say so):
// files that several programs append to are mixed.
type lines struct {
	f *file
	r *bufio.Reader
	n int // of the line that next gave last
	// left are bytes of a character that the last part cut off.
	left []byte
}

func (f *file) lines(src io.ReaderAt, size int64) (*lines, error) {
	head := make([]byte, min(size, 4096))
	if n, err := src.ReadAt(head, 0); n < len(head) {
		return nil, err
	}
	r := f.metered(section(src, size), 0)
	if enc := wideEncoding(head); enc != nil {
		r = transform.NewReader(r, enc.NewDecoder())
	}
	b := bufio.NewReaderSize(r, 32<<10)
	if bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")) {
		if _, err := b.Discard(3); err != nil {
			return nil, err
		}
	}
	return &lines{f: f, r: b}, nil
}

// next gives the next line without its end, io.EOF after the last one. A line
// longer than Limits.Token comes in parts; same tells that the part goes on.
func (l *lines) next() (line string, same bool, err error) {
	buf := l.left
	l.left = nil
	for {
		if err := l.f.tick(); err != nil {
			return "", false, err
		}
		part, err := l.r.ReadSlice('\n')
		buf = append(buf, part...)
		switch {
		case err == bufio.ErrBufferFull: //nolint:errorlint // ReadSlice gives it bare
			if int64(len(buf)) < l.f.limits.Token {
				continue
			}
			cut := wholeRunes(buf)
			l.left = append([]byte(nil), buf[cut:]...)
			return decodeLine(buf[:cut]), true, nil
		case err != nil && (len(buf) == 0 || !ended(err)):
			return "", false, err
		}
		l.n++
		return strings.TrimRight(decodeLine(buf), "\r\n"), false, nil
	}
}

// wholeRunes gives how much of b ends with a whole character.
func wholeRunes(b []byte) int {
	for cut := len(b); cut > 0 && cut > len(b)-utf8.UTFMax; cut-- {
		if r, n := utf8.DecodeLastRune(b[:cut]); r != utf8.RuneError || n != 1 {
			return cut
		}
	}
	return len(b)
}

func decodeLine(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	page := charmap.Windows1252
	if oemLetters(b) {
		page = charmap.CodePage850
	}
	out, err := page.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(out)
}

// oemLetters tells whether a line has its ä, ö and å where code page 850 has
// them, which are quotation marks in 1252: between small letters.
func oemLetters(b []byte) bool {
	oem, ansi := 0, 0
	letter := func(i int) bool { return i >= 0 && i < len(b) && ('a' <= b[i]|0x20 && b[i]|0x20 <= 'z') }
	for i, c := range b {
		switch c {
		case 0x84, 0x94, 0x86, 0x8E, 0x99, 0x8F:
			if letter(i-1) && letter(i+1) {
				oem++
			}
		case 0xE4, 0xF6, 0xE5, 0xC4, 0xD6, 0xC5:
			ansi++
		}
	}
	return oem > ansi
}

// readText reads plain text in blocks of lines, which end at an empty line
// where there is one.
func (f *file) readText(src io.ReaderAt, size int64) error {
	l, err := f.lines(src, size)
	if err != nil {
		return err
	}
	const block = 8 << 10
	var b strings.Builder
	first := 1
	flush := func() error {
		err := f.say(Piece{Role: RoleBody, Place: Place{Unit: UnitLine, Number: first}, Text: b.String()})
		b.Reset()
		first = l.n + 1
		return err
	}
	for {
		line, same, err := l.next()
		if err != nil {
			if ferr := flush(); ferr != nil {
				return ferr
			}
			if ended(err) {
				return nil
			}
			return err
		}
		b.WriteString(line)
		if !same {
			b.WriteByte('\n')
		}
		if b.Len() >= block && (strings.TrimSpace(line) == "" || b.Len() >= PieceBytes-4096) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
}
