// Package ldif reads directory entries from LDIF files (RFC 2849), as slapcat,
// ldapsearch and ldifde write them, in UTF-8 or UTF-16.
//
// It reads content records, and change records that add an entry (ldifde
// writes nothing else). Other change records are refused: they are no data. A
// value by reference (`attr:< url`) is never followed, since it would make a
// file read other files; the entry is read without it. Values in UTF-8 that
// are not base64 encoded are accepted, as OpenLDAP's tools accept them.
package ldif

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// maxRecord bounds one record, in bytes, so that a file that is no LDIF does
// not fill the memory.
const maxRecord = 32 << 20

// Entry is one entry of a directory.
type Entry struct {
	// Offset is the byte of the file with which the entry begins (ReadAt).
	Offset int64
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
	// Elsewhere tells that a value stands in another file, which is not read.
	Elsewhere bool
}

// Reference is an error that is none: the export says that a part of the
// directory lies on another server.
type Reference struct {
	// URL of the part (RFC 4516).
	URL string
}

// Error says what was met, without the address.
func (e *Reference) Error() string { return "a part of the directory lies on another server" }

// Bounded is an error that says that the export ended before its end: the
// server gave ldapsearch a result other than success.
type Bounded struct {
	File string
	Line int
	// Result is the number of the server's result code.
	Result int
}

// Error gives file:line: message.
func (e *Bounded) Error() string {
	return fmt.Sprintf("%s:%d: the export is not whole: the server ended it with result %d", e.File, e.Line, e.Result)
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
	file string
	in   *bufio.Reader
	refs []string // that comments named, not yet given
	line int      // of the last line read
	// offset is the byte of the file behind the last line read, and started
	// that with which the last record begins.
	offset, started int64
	utf16           bool
	begun           bool
	eof             bool
}

// Encoding is how a file is written.
type Encoding int

// The encodings. A file of bytes is left as it is, since bytes that are no
// UTF-8 belong to a value that is to be told.
const (
	Bytes Encoding = iota
	UTF16LE
	UTF16BE
)

// NewReader reads from in; file names it in errors.
func NewReader(file string, in io.Reader) *Reader {
	raw := bufio.NewReaderSize(in, 64<<10)
	begin, _ := raw.Peek(4)
	encoding, mark := encodingOf(begin)
	_, _ = raw.Discard(mark) // it was peeked at
	return newReader(file, raw, encoding, int64(mark), 64<<10)
}

func newReader(file string, raw io.Reader, encoding Encoding, offset int64, size int) *Reader {
	switch encoding {
	case UTF16LE:
		raw = transform.NewReader(raw, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder())
	case UTF16BE:
		raw = transform.NewReader(raw, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder())
	}
	return &Reader{file: file, in: bufio.NewReaderSize(raw, size), utf16: encoding != Bytes, offset: offset}
}

// encodingOf tells the encoding of a file by its first bytes, with a byte
// order mark (ldifde -u) or without, and how long the mark is.
func encodingOf(begin []byte) (encoding Encoding, mark int) {
	switch {
	case bytes.HasPrefix(begin, []byte{0xFF, 0xFE}):
		return UTF16LE, 2
	case bytes.HasPrefix(begin, []byte{0xFE, 0xFF}):
		return UTF16BE, 2
	case bytes.HasPrefix(begin, []byte{0xEF, 0xBB, 0xBF}):
		return Bytes, 3
	case len(begin) == 4 && begin[0] != 0 && begin[1] == 0 && begin[2] != 0 && begin[3] == 0:
		return UTF16LE, 0
	case len(begin) == 4 && begin[0] == 0 && begin[1] != 0 && begin[2] == 0 && begin[3] != 0:
		return UTF16BE, 0
	}
	return Bytes, 0
}

// near is how many bytes are read at once for one entry.
const near = 4 << 10

// ReadAt reads the one entry that begins at the offset, as an Entry tells it.
func ReadAt(file string, in io.ReaderAt, offset int64) (Entry, error) {
	var begin [4]byte
	n, err := in.ReadAt(begin[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return Entry{}, fmt.Errorf("read %s: %w", file, err)
	}
	encoding, _ := encodingOf(begin[:n])
	return newReader(file, io.NewSectionReader(in, offset, math.MaxInt64-offset), encoding, offset, near).Next()
}

// width gives how many bytes of the file a text took.
func (r *Reader) width(text []byte) int64 {
	if !r.utf16 {
		return int64(len(text))
	}
	n := int64(0)
	for len(text) > 0 {
		c, size := utf8.DecodeRune(text)
		if n += 2; c > 0xFFFF {
			n += 2
		}
		text = text[size:]
	}
	return n
}

// Next gives the next entry, or io.EOF after the last. After a *SyntaxError
// the faulty record is left behind, a *Reference and a *Bounded say what the
// export tells of itself, and Next may be called again; any other error is of
// reading the file and is final.
func (r *Reader) Next() (Entry, error) {
	if err := r.reference(); err != nil {
		return Entry{}, err
	}
	lines, err := r.record()
	if errors.Is(err, io.EOF) {
		if left := r.reference(); left != nil {
			return Entry{}, left
		}
	}
	if err != nil {
		return Entry{}, err
	}
	return r.parse(lines)
}

// reference gives a reference that a comment named.
func (r *Reader) reference() error {
	if len(r.refs) == 0 {
		return nil
	}
	url := r.refs[0]
	r.refs = r.refs[1:]
	return &Reference{URL: url}
}

// commentReference reads the comment that ldapsearch -LLL makes of a
// reference: `# refldap://host/dn`, which lacks its colon.
func commentReference(comment []byte) (url string, ok bool) {
	text := strings.TrimSpace(strings.TrimLeft(string(comment), "# "))
	url, ok = strings.CutPrefix(text, "ref")
	url = strings.TrimLeft(url, ": ")
	return url, ok && (strings.HasPrefix(url, "ldap://") || strings.HasPrefix(url, "ldaps://"))
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
		before := r.offset
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
			if url, ok := commentReference(raw); ok {
				r.refs = append(r.refs, url)
			}
		case raw[0] != ' ':
			if comment = false; len(lines) == 0 {
				r.started = before
			}
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
		r.offset += r.width(piece)
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
	if told, err := r.trailer(lines); told {
		if errors.Is(err, errPassed) {
			return r.Next()
		}
		return Entry{}, err
	}
	name, dn, err := r.attribute(lines[0])
	if errors.Is(err, errElsewhere) {
		return Entry{}, r.fault(lines[0].number, "a value by reference (:<) is no dn")
	}
	if err != nil {
		return Entry{}, err
	}
	if !strings.EqualFold(name, "dn") {
		return Entry{}, r.fault(lines[0].number, "the record does not begin with dn:")
	}
	e := Entry{Offset: r.started, Line: lines[0].number, DN: string(dn)}
	rest, err := r.content(lines[1:])
	if err != nil {
		return Entry{}, err
	}
	if err := r.fill(&e, rest); err != nil {
		return Entry{}, err
	}
	if len(e.Attributes) == 0 {
		return Entry{}, r.fault(e.Line, "the entry has no attribute")
	}
	return e, nil
}

// trailer reads what ldapsearch writes beside the entries: a reference, and
// the result of the search (`search: 2`, `result: 4 Size limit exceeded`). A
// result of success is passed over.
func (r *Reader) trailer(lines []logical) (bool, error) {
	name, value, fault := r.attribute(lines[0])
	switch {
	case fault != nil:
		return false, nil //nolint:nilerr // it is told where the record is read
	case strings.EqualFold(name, "ref"):
		for _, l := range lines {
			if n, url, err := r.attribute(l); err == nil && strings.EqualFold(n, "ref") {
				r.refs = append(r.refs, string(url))
			}
		}
		return true, r.reference()
	case !strings.EqualFold(name, "search") || !number(value):
		return false, nil
	}
	for _, l := range lines[1:] {
		if n, value, err := r.attribute(l); err == nil && strings.EqualFold(n, "result") {
			code, _, _ := bytes.Cut(value, []byte(" "))
			if result, err := strconv.Atoi(string(code)); err == nil && result != 0 {
				return true, &Bounded{File: r.file, Line: l.number, Result: result}
			}
		}
	}
	return true, errPassed
}

func number(b []byte) bool {
	_, err := strconv.Atoi(string(b))
	return err == nil
}

// content gives the lines of a record with the entry's attributes: without
// `changetype: add` and the controls before it.
func (r *Reader) content(lines []logical) ([]logical, error) {
	for n, l := range lines {
		name, value, err := r.attribute(l)
		switch {
		case err == nil && strings.EqualFold(name, "control"):
			continue
		case err == nil && strings.EqualFold(name, "changetype"):
			if strings.EqualFold(strings.TrimSpace(string(value)), "add") {
				return lines[n+1:], nil
			}
			return nil, r.fault(l.number, "a change record: only entries are read; export the directory with slapcat, ldapsearch or ldifde")
		case n > 0:
			return nil, r.fault(lines[0].number, "a control without a change record")
		}
		break
	}
	return lines, nil
}

// fill puts the attributes of lines into an entry.
func (r *Reader) fill(e *Entry, lines []logical) error {
	at := map[string]int{}
	for _, l := range lines {
		name, value, err := r.attribute(l)
		elsewhere := errors.Is(err, errElsewhere)
		if err != nil && !elsewhere {
			return err
		}
		key := strings.ToLower(name)
		switch key {
		case "dn":
			return r.fault(l.number, "a second dn: in one record; is an empty line missing above it?")
		case "changetype", "control":
			return r.fault(l.number, "a change record: only entries are read; export the directory with slapcat, ldapsearch or ldifde")
		}
		i, seen := at[key]
		if !seen {
			i = len(e.Attributes)
			at[key] = i
			e.Attributes = append(e.Attributes, Attribute{Name: name})
		}
		if elsewhere {
			e.Attributes[i].Elsewhere = true
			continue
		}
		e.Attributes[i].Values = append(e.Attributes[i].Values, value)
	}
	return nil
}

// errPassed says that a record told nothing.
var errPassed = errors.New("nothing told")

// errElsewhere says that a line names another file in place of a value.
var errElsewhere = errors.New("a value by reference")

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
		return name, nil, errElsewhere
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
			dot := i == 0 && c == '.'   // of an OID
			equals := i > 0 && c == '=' // of a range of values
			if !letter && !digit && !dot && !equals {
				return false
			}
		}
	}
	return true
}
