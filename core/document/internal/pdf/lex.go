package pdf

import (
	"errors"
	"io"
	"strconv"
)

// The objects of PDF (§7.3) are nil, bool, int64, float64, String, Name,
// Array, Dict, Ref and *Stream.
type (
	// String is a string as it stands in the file: bytes, not text.
	String string
	// Name is a name without its slash.
	Name string
	// Array is a list of objects.
	Array []any
	// Dict is a dictionary.
	Dict map[Name]any
	// Ref refers to an object by number and generation.
	Ref struct{ Num, Gen int }
	// Stream is a dictionary with data in the file.
	Stream struct {
		Dict   Dict
		ref    Ref
		offset int64  // of the data in the file; -1 if inline holds it
		inline []byte // of an image in a page
	}
	// keyword is a word that is no object: an operator or a delimiter.
	keyword string
)

// ErrSyntax tells that the bytes are no PDF here.
var ErrSyntax = errors.New("pdf: the file breaks the rules of its format")

// ErrDeep tells that objects stand within each other beyond the limit.
var ErrDeep = errors.New("pdf: objects are nested too deep")

// ErrMany tells that there are more objects than the limit.
var ErrMany = errors.New("pdf: too many objects")

var errEnd = errors.New("pdf: end of the data")

const (
	mostNesting = 100
	mostElement = 1 << 18  // of one array or dictionary
	mostString  = 16 << 20 // bytes of one string
)

// lexer reads objects from a stream of bytes.
type lexer struct {
	r    io.Reader
	buf  []byte
	pos  int
	end  int
	base int64 // offset in the file of buf[0]
	err  error
	// refs tells that "1 0 R" is a reference: not so in the content of a page.
	refs  bool
	tick  func() error
	depth int
}

func newLexer(r io.Reader, offset int64, refs bool, tick func() error) *lexer {
	return &lexer{r: r, buf: make([]byte, 4096), base: offset, refs: refs, tick: tick}
}

// peek gives the next byte, or -1 at the end.
func (l *lexer) peek() int {
	if l.pos < l.end {
		return int(l.buf[l.pos])
	}
	return l.fill()
}

func (l *lexer) fill() int {
	for range 100 {
		if l.err != nil {
			return -1
		}
		l.base += int64(l.end)
		l.pos, l.end = 0, 0
		n, err := l.r.Read(l.buf)
		l.end = n
		if err != nil {
			l.err = err
		}
		if n > 0 {
			return int(l.buf[0])
		}
	}
	l.err = io.ErrNoProgress
	return -1
}

func (l *lexer) read() int {
	c := l.peek()
	if c >= 0 {
		l.pos++
	}
	return c
}

func (l *lexer) offset() int64 { return l.base + int64(l.pos) }

// failed gives the error of the reader, if it was not its end.
func (l *lexer) failed() error {
	if l.err != nil && !errors.Is(l.err, io.EOF) {
		return l.err
	}
	return nil
}

func space(c int) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func delimiter(c int) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func (l *lexer) skipSpace() {
	for {
		c := l.peek()
		switch {
		case c == '%':
			for c >= 0 && c != '\n' && c != '\r' {
				c = l.read()
			}
		case c >= 0 && space(c):
			l.pos++
		default:
			return
		}
	}
}

// token gives the next object that has no parts, or a keyword; errEnd at the
// end.
func (l *lexer) token() (any, error) {
	if err := l.tick(); err != nil {
		return nil, err
	}
	l.skipSpace()
	c := l.peek()
	switch {
	case c < 0:
		if err := l.failed(); err != nil {
			return nil, err
		}
		return nil, errEnd
	case c == '/':
		l.pos++
		return l.name(), nil
	case c == '(':
		l.pos++
		return l.literal()
	case c == '<':
		l.pos++
		if l.peek() == '<' {
			l.pos++
			return keyword("<<"), nil
		}
		return l.hex()
	case c == '>':
		l.pos++
		if l.peek() == '>' {
			l.pos++
			return keyword(">>"), nil
		}
		return keyword(">"), nil
	case delimiter(c):
		l.pos++
		return keyword(rune(c)), nil
	}
	return l.word(), nil
}

func (l *lexer) word() any {
	var b [128]byte
	n := 0
	for {
		c := l.peek()
		if c < 0 || space(c) || delimiter(c) {
			break
		}
		l.pos++
		if n < len(b) {
			b[n] = byte(c)
			n++
		}
	}
	s := string(b[:n])
	switch s {
	case "true":
		return true
	case "false":
		return false
	}
	if c := s[0]; c == '+' || c == '-' || c == '.' || '0' <= c && c <= '9' {
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return i
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return f
		}
	}
	return keyword(s)
}

func (l *lexer) name() Name {
	var b []byte
	for len(b) < 1024 {
		c := l.peek()
		if c < 0 || space(c) || delimiter(c) {
			break
		}
		l.pos++
		if c == '#' {
			if hi := unhex(l.peek()); hi >= 0 {
				l.pos++
				if lo := unhex(l.peek()); lo >= 0 {
					l.pos++
					b = append(b, byte(hi<<4|lo))
					continue
				}
			}
		}
		b = append(b, byte(c))
	}
	return Name(b)
}

func unhex(c int) int {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return -1
}

func (l *lexer) hex() (any, error) {
	var b []byte
	high := -1
	for {
		c := l.read()
		if c < 0 || len(b) > mostString {
			return nil, l.broken()
		}
		if c == '>' {
			if high >= 0 {
				b = append(b, byte(high<<4))
			}
			return String(b), nil
		}
		if v := unhex(c); v >= 0 {
			if high < 0 {
				high = v
			} else {
				b = append(b, byte(high<<4|v))
				high = -1
			}
		}
	}
}

func (l *lexer) broken() error {
	if err := l.failed(); err != nil {
		return err
	}
	return ErrSyntax
}

func (l *lexer) literal() (any, error) {
	var b []byte
	for open := 1; ; {
		c := l.read()
		if c < 0 || len(b) > mostString {
			return nil, l.broken()
		}
		switch c {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return String(b), nil
			}
		case '\\':
			var ok bool
			if c, ok = l.escape(); !ok {
				continue
			}
		}
		b = append(b, byte(c))
	}
}

// escape reads what follows a backslash; ok tells that it is a byte.
func (l *lexer) escape() (int, bool) {
	c := l.read()
	switch c {
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case '\r':
		if l.peek() == '\n' {
			l.pos++
		}
		return 0, false
	case '\n', -1:
		return 0, false
	}
	if c < '0' || c > '7' {
		return c, true
	}
	n := c - '0'
	for range 2 {
		if d := l.peek(); d >= '0' && d <= '7' {
			l.pos++
			n = n<<3 | (d - '0')
		} else {
			break
		}
	}
	return n & 0xFF, true
}

// object reads an object, or gives a keyword where none stands.
func (l *lexer) object() (any, error) {
	tok, err := l.token()
	if err != nil {
		return nil, err
	}
	return l.objectFrom(tok)
}

func (l *lexer) objectFrom(tok any) (any, error) {
	switch t := tok.(type) {
	case keyword:
		switch t {
		case "null":
			return nil, nil
		case "[":
			return l.array()
		case "<<":
			return l.dict()
		}
	case int64:
		if l.refs && t >= 0 && t < 1<<31 {
			return l.reference(t)
		}
	}
	return tok, nil
}

// reference reads "gen R" after a number, if it stands there.
func (l *lexer) reference(num int64) (any, error) {
	l.skipSpace()
	// The lexer looks ahead in its buffer only: a number at the end of it is
	// moved to the front together with what follows.
	if l.end-l.pos < 16 && l.err == nil {
		l.shift()
	}
	i, gen := l.pos, 0
	for i < l.end && '0' <= l.buf[i] && l.buf[i] <= '9' && gen < 1<<16 {
		gen = gen*10 + int(l.buf[i]-'0')
		i++
	}
	if i == l.pos {
		return num, nil
	}
	at := i
	for i < l.end && space(int(l.buf[i])) {
		i++
	}
	if i == at || i >= l.end || l.buf[i] != 'R' || i+1 < l.end && !space(int(l.buf[i+1])) && !delimiter(int(l.buf[i+1])) {
		return num, nil
	}
	l.pos = i + 1
	return Ref{int(num), gen}, nil
}

// shift moves what is unread to the front of the buffer and fills it up.
func (l *lexer) shift() {
	l.base += int64(l.pos)
	l.end = copy(l.buf, l.buf[l.pos:l.end])
	l.pos = 0
	for l.end < 64 && l.err == nil {
		n, err := l.r.Read(l.buf[l.end:])
		l.end += n
		l.err = err
	}
}

func (l *lexer) array() (any, error) {
	if l.depth++; l.depth > mostNesting {
		return nil, ErrDeep
	}
	defer func() { l.depth-- }()
	var a Array
	for {
		tok, err := l.token()
		if err != nil {
			if errors.Is(err, errEnd) {
				return a, nil
			}
			return nil, err
		}
		if k, ok := tok.(keyword); ok && k != "[" && k != "<<" && k != "null" {
			if k == "]" {
				return a, nil
			}
			if k == "endobj" || k == ">>" || k == "stream" {
				return nil, ErrSyntax
			}
			continue
		}
		v, err := l.objectFrom(tok)
		if err != nil {
			return nil, err
		}
		if len(a) >= mostElement {
			return nil, ErrMany
		}
		a = append(a, v)
	}
}

func (l *lexer) dict() (any, error) {
	if l.depth++; l.depth > mostNesting {
		return nil, ErrDeep
	}
	defer func() { l.depth-- }()
	d := Dict{}
	for {
		tok, err := l.token()
		if err != nil {
			if errors.Is(err, errEnd) {
				return d, nil
			}
			return nil, err
		}
		key, ok := tok.(Name)
		if !ok {
			if tok == keyword(">>") {
				return d, nil
			}
			if tok == keyword("endobj") || tok == keyword("stream") {
				return nil, ErrSyntax
			}
			continue
		}
		tok, err = l.token()
		if err != nil {
			return nil, err
		}
		if tok == keyword(">>") {
			return d, nil
		}
		v, err := l.objectFrom(tok)
		if err != nil {
			return nil, err
		}
		if len(d) >= mostElement {
			return nil, ErrMany
		}
		if _, bad := v.(keyword); !bad {
			d[key] = v
		}
	}
}
