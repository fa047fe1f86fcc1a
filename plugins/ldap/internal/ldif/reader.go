// Package ldif reads directory entries from LDIF files (RFC 2849).
//
// It reads content records only. A change record, a control and a value by
// reference (`attr:< url`) are refused: the first two are no data, the third
// would make a file read other files. Values in UTF-8 that are not base64
// encoded are accepted, as OpenLDAP's tools accept them.
package ldif

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxRecord bounds one record, in bytes, so that a file that is no LDIF does
// not fill the memory.
const maxRecord = 32 << 20

// Entry is one entry of a directory.
type Entry struct {
	// Line is the number of the line with the DN.
	Line int
	DN   string
	// Attributes stand in the order of their first value.
	Attributes []Attribute
}

// Attribute is an attribute description (a name with its options, as written)
// and its values in order.
type Attribute struct {
	Name   string
	Values [][]byte
}

// SyntaxError says which line breaks the format. It holds nothing of the
// line's content.
type SyntaxError struct {
	File    string
	Line    int
	Message string
}

// Error gives file:line: message.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message) }

// Reader reads entries one by one.
type Reader struct {
	file  string
	in    *bufio.Reader
	line  int // of the last line read
	begun bool
	eof   bool
}

// NewReader reads from in; file names it in errors.
func NewReader(file string, in io.Reader) *Reader {
	return &Reader{file: file, in: bufio.NewReaderSize(in, 64<<10)}
}

// Next gives the next entry, or io.EOF after the last. After a *SyntaxError
// the faulty record is left behind and Next may be called again; any other
// error is of reading the file and is final.
func (r *Reader) Next() (Entry, error) {
	lines, err := r.record()
	if err != nil {
		return Entry{}, err
	}
	return r.parse(lines)
}

// logical is a line with its continuations joined.
type logical struct {
	number int
	text   []byte
}

// record gives the lines of the next record: comments left out, folded lines
// joined. It gives io.EOF when there is none.
func (r *Reader) record() ([]logical, error) {
	var lines []logical
	size, comment, broken := 0, false, (*SyntaxError)(nil)
	for {
		raw, err := r.read()
		if errors.Is(err, io.EOF) && (len(lines) > 0 || broken != nil) {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(raw) == 0 {
			if len(lines) > 0 || broken != nil {
				break
			}
			comment = false
			continue
		}
		if size += len(raw); size > maxRecord && broken == nil {
			broken = r.fault(r.line, "the record is longer than %d MiB; is this an LDIF file?", maxRecord>>20)
		}
		switch {
		case broken != nil:
		case raw[0] == '#':
			comment = true
		case raw[0] != ' ':
			comment = false
			lines = append(lines, logical{r.line, raw})
		case comment:
		case len(lines) == 0:
			broken = r.fault(r.line, "a continuation (a line that begins with a space) continues nothing")
		default:
			last := &lines[len(lines)-1]
			last.text = append(last.text, raw[1:]...)
		}
	}
	if broken != nil {
		return nil, broken
	}
	return lines, nil
}

// read gives the next line without its end.
func (r *Reader) read() ([]byte, error) {
	if r.eof {
		return nil, io.EOF
	}
	var line []byte
	for {
		piece, err := r.in.ReadSlice('\n')
		if len(line) <= maxRecord {
			line = append(line, piece...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) {
			r.eof = true
			if len(line) == 0 {
				return nil, io.EOF
			}
		} else if err != nil {
			return nil, fmt.Errorf("read %s: %w", r.file, err)
		}
		break
	}
	r.line++
	if r.line == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), nil
}

func (r *Reader) fault(line int, format string, args ...any) *SyntaxError {
	return &SyntaxError{File: r.file, Line: line, Message: fmt.Sprintf(format, args...)}
}

// parse makes an entry of a record's lines. The version line stands before
// the first record, on its own or together with it.
func (r *Reader) parse(lines []logical) (Entry, error) {
	if !r.begun {
		r.begun = true
		name, value, err := r.attribute(lines[0])
		if err == nil && strings.EqualFold(name, "version") {
			if string(value) != "1" {
				return Entry{}, r.fault(lines[0].number, "the version of the format is not 1")
			}
			if lines = lines[1:]; len(lines) == 0 {
				return r.Next()
			}
		}
	}
	name, dn, err := r.attribute(lines[0])
	if err != nil {
		return Entry{}, err
	}
	if !strings.EqualFold(name, "dn") {
		return Entry{}, r.fault(lines[0].number, "the record does not begin with dn:")
	}
	e := Entry{Line: lines[0].number, DN: string(dn)}
	at := map[string]int{}
	for _, l := range lines[1:] {
		name, value, err := r.attribute(l)
		if err != nil {
			return Entry{}, err
		}
		key := strings.ToLower(name)
		switch key {
		case "dn":
			return Entry{}, r.fault(l.number, "a second dn: in one record; is an empty line missing above it?")
		case "changetype", "control":
			return Entry{}, r.fault(l.number, "a change record: only entries are read; export the directory with slapcat or ldapsearch")
		}
		i, seen := at[key]
		if !seen {
			i = len(e.Attributes)
			at[key] = i
			e.Attributes = append(e.Attributes, Attribute{Name: name})
		}
		e.Attributes[i].Values = append(e.Attributes[i].Values, value)
	}
	if len(e.Attributes) == 0 {
		return Entry{}, r.fault(e.Line, "the entry has no attribute")
	}
	return e, nil
}

// attribute splits a line into attribute description and value.
func (r *Reader) attribute(l logical) (name string, value []byte, err error) {
	before, after, ok := bytes.Cut(l.text, []byte(":"))
	if !ok {
		return "", nil, r.fault(l.number, "there is no colon in the line")
	}
	name = string(before)
	if !validName(name) {
		return "", nil, r.fault(l.number, "what stands before the colon is no attribute name")
	}
	switch {
	case bytes.HasPrefix(after, []byte(":")):
		text := bytes.Trim(after[1:], " ")
		value = make([]byte, base64.StdEncoding.DecodedLen(len(text)))
		n, err := base64.StdEncoding.Strict().Decode(value, text)
		if err != nil {
			return "", nil, r.fault(l.number, "the value after :: is no base64")
		}
		return name, value[:n], nil
	case bytes.HasPrefix(after, []byte("<")):
		return "", nil, r.fault(l.number, "a value by reference (:<) is refused; put the value itself into the file")
	default:
		return name, append([]byte{}, bytes.TrimLeft(after, " ")...), nil
	}
}

// validName tells whether s is an attribute description: a name or an OID,
// with options after semicolons.
func validName(s string) bool {
	for i, part := range strings.Split(s, ";") {
		if part == "" {
			return false
		}
		for _, c := range []byte(part) {
			letter := c|0x20 >= 'a' && c|0x20 <= 'z'
			digit := c >= '0' && c <= '9' || c == '-' || c == '_'
			dot := i == 0 && c == '.' // of an OID
			if !letter && !digit && !dot {
				return false
			}
		}
	}
	return true
}
