package pdf

import (
	"bytes"
	"errors"
	"io"
	"strconv"
)

// Options bound the reading of a file.
type Options struct {
	Objects int                              // the most that a file may have
	Tick    func() error                     // called in loops; an error of it ends the reading
	Meter   func(io.Reader, int64) io.Reader // bounds what a filter unpacks; the number is of packed bytes
}

// ErrEncrypted tells that the file needs a password.
var ErrEncrypted = errors.New("pdf: the file needs a password")

// File is an opened PDF.
type File struct {
	r       io.ReaderAt
	size    int64
	opt     Options
	shift   int64 // of the offsets: bytes before the header
	xref    map[int]entry
	Trailer Dict
	cipher  *cipherKey
	// Repaired tells that the table of objects was wrong, and the objects were
	// looked for.
	Repaired bool

	cache   map[Ref]any
	busy    map[Ref]bool
	streams map[int]*objectStream
}

// entry is where an object stands.
type entry struct {
	offset int64
	gen    int
	stream int // the number of the stream of objects that holds it; 0 if none
	index  int
}

// Open reads the table of objects of a PDF of size bytes.
func Open(r io.ReaderAt, size int64, opt Options) (*File, error) {
	f := &File{r: r, size: size, opt: opt}
	f.forget()
	head := make([]byte, min(size, 1024))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return nil, err
	}
	f.shift = int64(max(0, bytes.Index(head, []byte("%PDF-"))))
	err := f.readTables()
	if err == nil {
		err = f.check()
	}
	if err != nil {
		if stops(err) {
			return nil, err
		}
		if err := f.repair(); err != nil {
			return nil, err
		}
	}
	return f, f.decrypt()
}

// stops tells of errors that no repair helps against.
func stops(err error) bool {
	return !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrDeep) && !errors.Is(err, errEnd) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !isFilter(err)
}

func (f *File) forget() {
	f.cache, f.busy, f.streams = map[Ref]any{}, map[Ref]bool{}, map[int]*objectStream{}
}

// check tells whether the table leads to pages.
func (f *File) check() error {
	if f.Trailer == nil {
		return ErrSyntax
	}
	if f.Trailer["Encrypt"] != nil {
		return nil // cannot be known before it is decrypted
	}
	root, err := f.Dict(f.Trailer["Root"])
	if err != nil {
		return err
	}
	pages, err := f.Dict(root["Pages"])
	if err == nil && pages == nil {
		err = ErrSyntax
	}
	return err
}

func (f *File) lexAt(offset int64) *lexer {
	if offset < 0 || offset >= f.size {
		return newLexer(bytes.NewReader(nil), 0, true, f.opt.Tick)
	}
	return newLexer(io.NewSectionReader(f.r, offset, f.size-offset), offset, true, f.opt.Tick)
}

// readTables follows the tables of objects from the newest to the oldest
// (§7.5.4, §7.5.8).
func (f *File) readTables() error {
	tail := make([]byte, min(f.size, 2048))
	if n, err := f.r.ReadAt(tail, f.size-int64(len(tail))); n < len(tail) {
		return err
	}
	i := bytes.LastIndex(tail, []byte("startxref"))
	if i < 0 {
		return ErrSyntax
	}
	digits := bytes.Fields(tail[i+len("startxref"):])
	if len(digits) == 0 {
		return ErrSyntax
	}
	at, err := strconv.ParseInt(string(digits[0]), 10, 64)
	if err != nil {
		return ErrSyntax
	}
	f.xref = map[int]entry{}
	seen := map[int64]bool{}
	next := []int64{at}
	for len(next) > 0 {
		at, next = next[0], next[1:]
		if seen[at] || len(seen) > 10_000 {
			continue
		}
		seen[at] = true
		trailer, err := f.readTable(at + f.shift)
		if err != nil {
			return err
		}
		if f.Trailer == nil {
			f.Trailer = trailer
		}
		for _, key := range []Name{"XRefStm", "Prev"} {
			if n, ok := trailer[key].(int64); ok {
				next = append(next, n)
			}
		}
	}
	return nil
}

func (f *File) readTable(at int64) (Dict, error) {
	l := f.lexAt(at)
	tok, err := l.token()
	if err != nil {
		return nil, err
	}
	if tok == keyword("xref") {
		return f.plainTable(l)
	}
	obj, _, err := f.objectAt(at)
	if err != nil {
		return nil, err
	}
	s, ok := obj.(*Stream)
	if !ok || s.Dict["Type"] != Name("XRef") {
		return nil, ErrSyntax
	}
	return s.Dict, f.streamTable(s)
}

func (f *File) add(num int, e entry) error {
	if _, known := f.xref[num]; known {
		return nil
	}
	if len(f.xref) >= f.opt.Objects {
		return ErrMany
	}
	f.xref[num] = e
	return nil
}

func (f *File) plainTable(l *lexer) (Dict, error) {
	for {
		tok, err := l.token()
		if err != nil {
			return nil, err
		}
		if tok == keyword("trailer") {
			break
		}
		start, ok := tok.(int64)
		if !ok {
			return nil, ErrSyntax
		}
		tok, err = l.token()
		if err != nil {
			return nil, err
		}
		count, ok := tok.(int64)
		if !ok {
			return nil, ErrSyntax
		}
		for i := range count {
			var row [3]any
			for j := range row {
				if row[j], err = l.token(); err != nil {
					return nil, err
				}
			}
			offset, ok1 := row[0].(int64)
			gen, ok2 := row[1].(int64)
			if !ok1 || !ok2 {
				return nil, ErrSyntax
			}
			if row[2] == keyword("n") && start+i > 0 && start+i < 1<<31 {
				if err := f.add(int(start+i), entry{offset: offset + f.shift, gen: int(gen)}); err != nil {
					return nil, err
				}
			}
		}
	}
	v, err := l.object()
	if err != nil {
		return nil, err
	}
	d, ok := v.(Dict)
	if !ok {
		return nil, ErrSyntax
	}
	return d, nil
}

func (f *File) streamTable(s *Stream) error {
	var w [3]int
	widths, _ := s.Dict["W"].(Array)
	if len(widths) < 3 {
		return ErrSyntax
	}
	for i := range w {
		n, ok := widths[i].(int64)
		if !ok || n < 0 || n > 8 {
			return ErrSyntax
		}
		w[i] = int(n)
	}
	index, _ := s.Dict["Index"].(Array)
	if index == nil {
		index = Array{int64(0), s.Dict["Size"]}
	}
	r, err := f.Open(s)
	if err != nil {
		return err
	}
	row := make([]byte, w[0]+w[1]+w[2])
	for ; len(index) >= 2; index = index[2:] {
		start, ok1 := index[0].(int64)
		count, ok2 := index[1].(int64)
		if !ok1 || !ok2 || len(row) == 0 {
			return ErrSyntax
		}
		for i := range count {
			if err := f.opt.Tick(); err != nil {
				return err
			}
			if _, err := io.ReadFull(r, row); err != nil {
				return err
			}
			kind := int64(1)
			if w[0] > 0 {
				kind = number(row[:w[0]])
			}
			a, b := number(row[w[0]:w[0]+w[1]]), number(row[w[0]+w[1]:])
			e := entry{offset: a + f.shift, gen: int(b)}
			if kind == 2 {
				e = entry{stream: int(a), index: int(b)}
			}
			if num := start + i; (kind == 1 || kind == 2) && num > 0 && num < 1<<31 {
				if err := f.add(int(num), e); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func number(b []byte) int64 {
	n := int64(0)
	for _, c := range b {
		n = n<<8 | int64(c)
	}
	return n & (1<<62 - 1)
}

// objectAt reads "n g obj ..." at an offset of the file.
func (f *File) objectAt(at int64) (any, Ref, error) {
	l := f.lexAt(at)
	var head [3]any
	for i := range head {
		var err error
		if head[i], err = l.token(); err != nil {
			return nil, Ref{}, err
		}
	}
	num, ok1 := head[0].(int64)
	gen, ok2 := head[1].(int64)
	if !ok1 || !ok2 || head[2] != keyword("obj") {
		return nil, Ref{}, ErrSyntax
	}
	ref := Ref{int(num), int(gen)}
	v, err := l.object()
	if err != nil {
		return nil, ref, err
	}
	d, ok := v.(Dict)
	if !ok {
		if _, bad := v.(keyword); bad {
			return nil, ref, nil // an empty object
		}
		return v, ref, nil
	}
	tok, err := l.token()
	if err != nil && !errors.Is(err, errEnd) {
		return nil, ref, err
	}
	if tok != keyword("stream") {
		return d, ref, nil
	}
	if l.peek() == '\r' {
		l.pos++
	}
	if l.peek() == '\n' {
		l.pos++
	}
	return &Stream{Dict: d, ref: ref, offset: l.offset()}, ref, nil
}

// Resolve gives the object that v refers to, or v itself.
func (f *File) Resolve(v any) (any, error) {
	for range 32 {
		ref, ok := v.(Ref)
		if !ok {
			return v, nil
		}
		var err error
		if v, err = f.load(ref); err != nil {
			return nil, err
		}
	}
	return nil, ErrSyntax
}

func (f *File) load(ref Ref) (any, error) {
	if v, ok := f.cache[ref]; ok {
		return v, nil
	}
	if err := f.opt.Tick(); err != nil {
		return nil, err
	}
	e, ok := f.xref[ref.Num]
	if !ok || f.busy[ref] || len(f.busy) > mostNesting {
		return nil, nil
	}
	f.busy[ref] = true
	defer delete(f.busy, ref)
	var v any
	var err error
	if e.stream > 0 {
		v, err = f.inStream(e.stream, ref.Num)
	} else {
		var have Ref
		v, have, err = f.objectAt(e.offset)
		if err == nil && have.Num != ref.Num {
			err = ErrSyntax
		}
		if err == nil && f.cipher != nil {
			v = f.cipher.strings(v, have, 0)
		}
	}
	if err != nil && !f.Repaired && !stops(err) {
		// The table lies about this object: look where it really is.
		if rerr := f.repair(); rerr != nil {
			return nil, rerr
		}
		delete(f.busy, ref)
		return f.load(ref)
	}
	if err != nil {
		if stops(err) {
			return nil, err
		}
		return nil, nil
	}
	if len(f.cache) > 2000 {
		f.cache = map[Ref]any{}
	}
	f.cache[ref] = v
	return v, nil
}

// Dict gives the dictionary that v is or refers to; nil if it is none.
func (f *File) Dict(v any) (Dict, error) {
	v, err := f.Resolve(v)
	switch v := v.(type) {
	case Dict:
		return v, err
	case *Stream:
		return v.Dict, err
	}
	return nil, err
}

// Array gives the list that v is or refers to; nil if it is none.
func (f *File) Array(v any) (Array, error) {
	v, err := f.Resolve(v)
	a, _ := v.(Array)
	return a, err
}

// objectStream is a stream of objects (§7.5.7), unpacked.
type objectStream struct {
	data    []byte
	offsets map[int]int
}

const mostObjectStream = 32 << 20

func (f *File) inStream(num, want int) (any, error) {
	s, ok := f.streams[num]
	if !ok {
		var err error
		if s, err = f.openObjects(num); err != nil {
			return nil, err
		}
		if len(f.streams) >= 4 {
			f.streams = map[int]*objectStream{}
		}
		f.streams[num] = s
	}
	at, ok := s.offsets[want]
	if !ok || at < 0 || at >= len(s.data) {
		return nil, ErrSyntax
	}
	l := newLexer(bytes.NewReader(s.data[at:]), 0, true, f.opt.Tick)
	v, err := l.object()
	if _, bad := v.(keyword); bad {
		return nil, ErrSyntax
	}
	return v, err
}

func (f *File) openObjects(num int) (*objectStream, error) {
	e, ok := f.xref[num]
	if !ok || e.stream > 0 {
		return nil, ErrSyntax
	}
	v, err := f.load(Ref{num, e.gen})
	if err != nil {
		return nil, err
	}
	stream, ok := v.(*Stream)
	if !ok {
		return nil, ErrSyntax
	}
	r, err := f.Open(stream)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, mostObjectStream+1))
	if len(data) > mostObjectStream {
		return nil, ErrMany
	}
	if err != nil && (stops(err) || len(data) == 0) {
		return nil, err
	}
	first, _ := stream.Dict["First"].(int64)
	count, _ := stream.Dict["N"].(int64)
	s := &objectStream{data: data, offsets: map[int]int{}}
	l := newLexer(bytes.NewReader(data), 0, true, f.opt.Tick)
	var b any
	for range count {
		a, err := l.token()
		if err == nil {
			b, err = l.token()
		}
		if err != nil {
			if stops(err) {
				return nil, err
			}
			break
		}
		n, ok1 := a.(int64)
		off, ok2 := b.(int64)
		if !ok1 || !ok2 || off < 0 || first < 0 || len(s.offsets) > mostElement {
			break
		}
		s.offsets[int(n)] = int(min(first+off, int64(len(data))))
	}
	return s, nil
}
