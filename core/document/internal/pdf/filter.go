package pdf

import (
	"bufio"
	"bytes"
	"compress/lzw"
	"compress/zlib"
	"encoding/ascii85"
	"errors"
	"io"
)

// ErrFilter tells that a stream is packed in a way that this package does not
// read, such as the data of a picture.
var ErrFilter = errors.New("pdf: a filter that is not read")

// ErrBomb tells that a stream is packed many times over.
var ErrBomb = errors.New("pdf: a stream with too many filters")

func isFilter(err error) bool {
	var corrupt ascii85.CorruptInputError
	return errors.Is(err, ErrFilter) || errors.Is(err, zlib.ErrHeader) || errors.Is(err, zlib.ErrChecksum) || errors.Is(err, zlib.ErrDictionary) || errors.As(err, &corrupt)
}

const mostFilters = 4

// Open gives the data of a stream, unpacked.
func (f *File) Open(s *Stream) (io.Reader, error) {
	r, packed, err := f.raw(s)
	if err != nil {
		return nil, err
	}
	filters, err := f.names(s.Dict["Filter"])
	if err != nil {
		return nil, err
	}
	if len(filters) > mostFilters {
		return nil, ErrBomb
	}
	params, err := f.Resolve(s.Dict["DecodeParms"])
	if err != nil {
		return nil, err
	}
	for i, name := range filters {
		p, _ := params.(Dict)
		if list, ok := params.(Array); ok && i < len(list) {
			if p, err = f.Dict(list[i]); err != nil {
				return nil, err
			}
		}
		if r, err = f.filter(r, name, p); err != nil {
			return nil, err
		}
		r = f.opt.Meter(r, packed)
	}
	if len(filters) == 0 {
		r = f.opt.Meter(r, 0)
	}
	return r, nil
}

// raw gives the data as it stands in the file, decrypted.
func (f *File) raw(s *Stream) (io.Reader, int64, error) {
	if s.offset < 0 {
		return bytes.NewReader(s.inline), int64(len(s.inline)), nil
	}
	v, err := f.Resolve(s.Dict["Length"])
	if err != nil {
		return nil, 0, err
	}
	length, ok := v.(int64)
	if !ok || length < 0 || length > f.size-s.offset || !f.endsAt(s.offset+length) {
		if length, err = f.findEnd(s.offset); err != nil {
			return nil, 0, err
		}
	}
	var r io.Reader = io.NewSectionReader(f.r, s.offset, length)
	if f.cipher != nil && s.Dict["Type"] != Name("XRef") {
		if r, err = f.cipher.stream(r, s); err != nil {
			return nil, 0, err
		}
	}
	return r, max(1, length), nil
}

// endsAt tells whether the word endstream follows at an offset.
func (f *File) endsAt(at int64) bool {
	buf := make([]byte, min(32, f.size-at))
	n, _ := f.r.ReadAt(buf, at)
	return bytes.Contains(buf[:n], []byte("endstream"))
}

// findEnd looks for the end of a stream whose length is wrong.
func (f *File) findEnd(from int64) (int64, error) {
	const chunk = 64 << 10
	buf := make([]byte, chunk+16)
	for at := from; at < f.size; at += chunk {
		if err := f.opt.Tick(); err != nil {
			return 0, err
		}
		n, err := f.r.ReadAt(buf[:min(int64(len(buf)), f.size-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if i := bytes.Index(buf[:n], []byte("endstream")); i >= 0 {
			return at + int64(i) - from, nil
		}
	}
	return f.size - from, nil // cut off: what there is
}

func (f *File) names(v any) ([]Name, error) {
	v, err := f.Resolve(v)
	switch v := v.(type) {
	case Name:
		return []Name{v}, err
	case Array:
		var out []Name
		for _, x := range v {
			if x, err = f.Resolve(x); err != nil {
				return nil, err
			}
			n, _ := x.(Name)
			if out = append(out, n); len(out) > mostFilters {
				return out, nil
			}
		}
		return out, nil
	}
	return nil, err
}

func (f *File) filter(r io.Reader, name Name, p Dict) (io.Reader, error) {
	switch name {
	case "FlateDecode", "Fl":
		z, err := zlib.NewReader(r)
		if err != nil {
			return nil, err
		}
		return predicted(&lenient{r: z}, p)
	case "LZWDecode", "LZW":
		if early, ok := p["EarlyChange"].(int64); ok && early == 0 {
			return predicted(lzw.NewReader(r, lzw.MSB, 8), p)
		}
		return predicted(newLZW(r), p)
	case "ASCIIHexDecode", "AHx":
		return &hexReader{r: bufio.NewReader(r)}, nil
	case "ASCII85Decode", "A85":
		return ascii85.NewDecoder(&until{r: bufio.NewReader(r)}), nil
	case "RunLengthDecode", "RL":
		return &runReader{r: bufio.NewReader(r)}, nil
	case "Crypt":
		return r, nil
	}
	return nil, ErrFilter
}

// lenient gives what zlib could unpack of a stream that is cut off or has a
// wrong sum: the end of many streams is.
type lenient struct {
	r io.Reader
	n int64
}

func (l *lenient) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.n += int64(n)
	if errors.Is(err, zlib.ErrChecksum) {
		err = io.EOF
	}
	return n, err
}

// until ends at the mark of the end of ASCII85, and drops its beginning.
type until struct {
	r    *bufio.Reader
	done bool
}

func (u *until) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && !u.done {
		c, err := u.r.ReadByte()
		if err != nil {
			if n > 0 {
				return n, nil
			}
			return 0, err
		}
		switch {
		case c == '~':
			u.done = true
		case c >= '!' && c <= 'u' || c == 'z':
			p[n] = c
			n++
		}
	}
	if n == 0 && u.done {
		return 0, io.EOF
	}
	return n, nil
}

type hexReader struct{ r *bufio.Reader }

func (h *hexReader) Read(p []byte) (int, error) {
	for n := range p {
		high := -1
		for {
			c, err := h.r.ReadByte()
			if err != nil || c == '>' {
				if high >= 0 {
					p[n] = byte(high << 4)
					return n + 1, nil
				}
				if n > 0 {
					return n, nil
				}
				return 0, io.EOF
			}
			v := unhex(int(c))
			if v < 0 {
				continue
			}
			if high >= 0 {
				p[n] = byte(high<<4 | v)
				break
			}
			high = v
		}
	}
	return len(p), nil
}

type runReader struct {
	r    *bufio.Reader
	left int
	byte int // to repeat; -1 to copy
}

func (r *runReader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if r.left == 0 {
			c, err := r.r.ReadByte()
			if err != nil || c == 128 {
				break
			}
			r.byte, r.left = -1, int(c)+1
			if c > 128 {
				b, err := r.r.ReadByte()
				if err != nil {
					break
				}
				r.byte, r.left = int(b), 257-int(c)
			}
		}
		b := byte(r.byte)
		if r.byte < 0 {
			var err error
			if b, err = r.r.ReadByte(); err != nil {
				break
			}
		}
		p[n] = b
		n++
		r.left--
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// lzwReader is the LZW of PDF, whose codes grow one code early (§7.4.4).
type lzwReader struct {
	r       *bufio.Reader
	bits    uint
	have    uint
	width   uint
	next    int
	prefix  [4096]int16
	suffix  [4096]byte
	old     int
	out     []byte
	scratch [4097]byte
	done    bool
}

func newLZW(r io.Reader) io.Reader {
	return &lzwReader{r: bufio.NewReader(r), width: 9, next: 258, old: -1}
}

func (l *lzwReader) Read(p []byte) (int, error) {
	for len(l.out) == 0 {
		if l.done {
			return 0, io.EOF
		}
		l.step()
	}
	n := copy(p, l.out)
	l.out = l.out[n:]
	return n, nil
}

func (l *lzwReader) code() int {
	for l.have < l.width {
		c, err := l.r.ReadByte()
		if err != nil {
			return 257
		}
		l.bits = l.bits<<8 | uint(c)
		l.have += 8
	}
	l.have -= l.width
	return int(l.bits >> l.have & (1<<l.width - 1))
}

func (l *lzwReader) step() {
	code := l.code()
	switch {
	case code == 257 || code > l.next || code == l.next && l.old < 0:
		l.done = true
		return
	case code == 256:
		l.width, l.next, l.old = 9, 258, -1
		return
	}
	end := len(l.scratch)
	at, c := end, code
	if code == l.next {
		at--
		c = l.old
	}
	for c >= 258 && at > 0 {
		at--
		l.scratch[at] = l.suffix[c]
		c = int(l.prefix[c])
	}
	at--
	l.scratch[at] = byte(c)
	if code == l.next {
		l.scratch[end-1] = byte(c)
	}
	if l.old >= 0 && l.next < 4096 {
		l.prefix[l.next], l.suffix[l.next] = int16(l.old), byte(c)
		l.next++
		if l.next+1 >= 1<<l.width && l.width < 12 {
			l.width++
		}
	}
	l.old = code
	l.out = l.scratch[at:end]
}

// predicted undoes the differences between rows (§7.4.4.4).
func predicted(r io.Reader, p Dict) (io.Reader, error) {
	kind, _ := p["Predictor"].(int64)
	if kind <= 1 {
		return r, nil
	}
	get := func(key Name, def, most int64) int {
		n, ok := p[key].(int64)
		if !ok || n < 1 {
			return int(def)
		}
		return int(min(n, most))
	}
	colors, bits, columns := get("Colors", 1, 32), get("BitsPerComponent", 8, 16), get("Columns", 1, 1<<20)
	pixel := max(1, colors*bits/8)
	row := (colors*bits*columns + 7) / 8
	if row > 1<<22 {
		return nil, ErrSyntax
	}
	if kind == 2 && bits != 8 {
		return nil, ErrFilter
	}
	return &rowReader{r: r, png: kind >= 10, pixel: pixel, row: make([]byte, row), above: make([]byte, row)}, nil
}

type rowReader struct {
	r          io.Reader
	png        bool
	pixel      int
	row, above []byte
	out        []byte
}

func (r *rowReader) Read(p []byte) (int, error) {
	if len(r.out) == 0 {
		kind := [1]byte{1}
		if r.png {
			if _, err := io.ReadFull(r.r, kind[:]); err != nil {
				return 0, err
			}
		}
		r.row, r.above = r.above, r.row
		n, err := io.ReadFull(r.r, r.row)
		if n == 0 && err != nil {
			return 0, err
		}
		r.undo(kind[0])
		r.out = r.row[:n]
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

func (r *rowReader) undo(kind byte) {
	for i := range r.row {
		var left, corner byte
		if i >= r.pixel {
			left = r.row[i-r.pixel]
			corner = r.above[i-r.pixel]
		}
		up := r.above[i]
		switch kind {
		case 1:
			r.row[i] += left
		case 2:
			r.row[i] += up
		case 3:
			r.row[i] += byte((int(left) + int(up)) / 2)
		case 4:
			r.row[i] += paeth(left, up, corner)
		}
	}
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	pa, pb, pc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func abs(n int) int { return max(n, -n) }
