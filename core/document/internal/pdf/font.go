package pdf

import (
	"errors"
)

// font tells which text and which width the codes of a string have.
type font struct {
	wide   bool // two bytes a code, unless the table of codes says otherwise
	codes  [5][]span
	text   map[uint32]string // by the font's ToUnicode
	ranges []textRange
	simple [256]string
	widths map[uint32]float64
	spans  []widthSpan
	normal float64
	// opaque tells that the letters of codes without an entry are not known.
	opaque bool
	seen   map[uint64]glyph
}

type span struct{ from, to uint32 }

type textRange struct {
	from, to uint32
	text     string
}

type widthSpan struct {
	from, to uint32
	width    float64
}

const mostMappings = 1 << 17

// glyph is one code of a string.
type glyph struct {
	text  string
	width float64
	space bool // the code is a single byte of 32, which word spacing widens
	known bool
}

// font reads a font dictionary (§9.5 to §9.10).
func (f *File) font(v any) (*font, error) {
	d, err := f.Dict(v)
	if err != nil {
		return nil, err
	}
	t := &font{text: map[uint32]string{}, widths: map[uint32]float64{}, normal: 0.5}
	if err := f.toUnicode(t, d["ToUnicode"]); err != nil {
		return nil, err
	}
	if d["Subtype"] == Name("Type0") {
		return t, f.compositeFont(t, d)
	}
	return t, f.simpleFont(t, d)
}

func (f *File) simpleFont(t *font, d Dict) error {
	enc, err := f.Resolve(d["Encoding"])
	if err != nil {
		return err
	}
	descriptor, err := f.Dict(d["FontDescriptor"])
	if err != nil {
		return err
	}
	embedded := descriptor["FontFile"] != nil || descriptor["FontFile2"] != nil || descriptor["FontFile3"] != nil || d["Subtype"] == Name("Type3")
	flags, _ := descriptor["Flags"].(int64)
	base, _ := enc.(Name)
	var differences Array
	if dict, ok := enc.(Dict); ok {
		base, _ = dict["BaseEncoding"].(Name)
		if differences, err = f.Array(dict["Differences"]); err != nil {
			return err
		}
	}
	// Nothing tells the letters of a symbolic font that came with the file.
	t.opaque = embedded && base == "" && flags&4 != 0
	if base == "" && d["Subtype"] == Name("TrueType") {
		base = "WinAnsiEncoding"
	}
	for c := range 256 {
		if r := baseEncoding(base, byte(c)); r != 0 {
			t.simple[c] = string(r)
		}
	}
	known := map[int]bool{}
	code := 0
	for _, v := range differences {
		if v, err = f.Resolve(v); err != nil {
			return err
		}
		switch v := v.(type) {
		case int64:
			code = int(v)
		case Name:
			if code >= 0 && code < 256 {
				t.simple[code] = glyphText(string(v))
				known[code] = t.simple[code] != "" || v == ".notdef"
			}
			code++
		}
	}
	if t.opaque {
		for c := range t.simple {
			if known[c] {
				t.text[uint32(c)] = t.simple[c]
			}
		}
	}
	return f.simpleWidths(t, d)
}

func (f *File) simpleWidths(t *font, d Dict) error {
	scale := 0.001
	if d["Subtype"] == Name("Type3") {
		if m, err := f.Array(d["FontMatrix"]); err == nil && len(m) > 0 && real(m[0]) != 0 {
			scale = real(m[0])
		}
	}
	first, _ := d["FirstChar"].(int64)
	widths, err := f.Array(d["Widths"])
	if err != nil {
		return err
	}
	for i, w := range widths {
		if i >= 256 {
			break
		}
		if w, err = f.Resolve(w); err != nil {
			return err
		}
		t.widths[uint32(int(first)+i)] = real(w) * scale
	}
	return nil
}

func (f *File) compositeFont(t *font, d Dict) error {
	t.wide, t.opaque, t.normal = true, true, 1
	enc, err := f.Resolve(d["Encoding"])
	if err != nil {
		return err
	}
	if s, ok := enc.(*Stream); ok {
		if err := f.codeTable(t, s); err != nil {
			return err
		}
	}
	list, err := f.Array(d["DescendantFonts"])
	if err != nil || len(list) == 0 {
		return err
	}
	below, err := f.Dict(list[0])
	if err != nil {
		return err
	}
	if v, err := f.Resolve(below["DW"]); err == nil && v != nil {
		t.normal = real(v) / 1000
	}
	w, err := f.Array(below["W"])
	if err != nil {
		return err
	}
	for i := 0; i+1 < len(w) && len(t.widths)+len(t.spans) < mostMappings; {
		from, err := f.Resolve(w[i])
		if err != nil {
			return err
		}
		next, err := f.Resolve(w[i+1])
		if err != nil {
			return err
		}
		if list, ok := next.(Array); ok {
			for j, x := range list {
				if x, err = f.Resolve(x); err != nil {
					return err
				}
				t.widths[uint32(real(from))+uint32(j)] = real(x) / 1000
			}
			i += 2
			continue
		}
		if i+2 >= len(w) {
			break
		}
		t.spans = append(t.spans, widthSpan{uint32(real(from)), uint32(real(next)), real(w[i+2]) / 1000})
		i += 3
	}
	return nil
}

// codeTable reads which codes an embedded table knows, by their length. The
// codes are then taken for the numbers of glyphs.
func (f *File) codeTable(t *font, s *Stream) error {
	return f.cmap(s, func(op string, args []any) {
		if op != "endcodespacerange" {
			return
		}
		t.spaces(args)
	})
}

func (t *font) spaces(args []any) {
	for i := 0; i+1 < len(args); i += 2 {
		lo, ok1 := args[i].(String)
		hi, ok2 := args[i+1].(String)
		if n := len(lo); ok1 && ok2 && n == len(hi) && n >= 1 && n <= 4 && len(t.codes[n]) < 100 {
			t.codes[n] = append(t.codes[n], span{code(lo), code(hi)})
		}
	}
}

func code(s String) uint32 {
	n := uint32(0)
	for i := range len(s) {
		n = n<<8 | uint32(s[i])
	}
	return n
}

// toUnicode reads which text the codes of a font stand for (§9.10.3).
func (f *File) toUnicode(t *font, v any) error {
	v, err := f.Resolve(v)
	if err != nil {
		return err
	}
	s, ok := v.(*Stream)
	if !ok {
		return nil
	}
	return f.cmap(s, func(op string, args []any) {
		switch op {
		case "endcodespacerange":
			t.spaces(args)
		case "endbfchar":
			for i := 0; i+1 < len(args) && len(t.text) < mostMappings; i += 2 {
				from, ok1 := args[i].(String)
				to, ok2 := args[i+1].(String)
				if ok1 && ok2 && len(from) <= 4 && len(to) <= 512 {
					t.text[code(from)] = wide(string(to))
				}
			}
		case "endbfrange":
			t.addRanges(args)
		}
	})
}

func (t *font) addRanges(args []any) {
	for i := 0; i+2 < len(args); i += 3 {
		lo, ok1 := args[i].(String)
		hi, ok2 := args[i+1].(String)
		if !ok1 || !ok2 || len(lo) > 4 || len(hi) > 4 {
			continue
		}
		switch to := args[i+2].(type) {
		case String:
			if len(t.ranges) < mostMappings && len(to) <= 512 {
				t.ranges = append(t.ranges, textRange{code(lo), code(hi), wide(string(to))})
			}
		case Array:
			for j, x := range to {
				if s, ok := x.(String); ok && len(t.text) < mostMappings && len(s) <= 512 {
					t.text[code(lo)+uint32(j)] = wide(string(s))
				}
			}
		}
	}
}

// cmap calls fn for each operator of a table of codes, with the objects
// before it.
func (f *File) cmap(s *Stream, fn func(op string, args []any)) error {
	r, err := f.Open(s)
	if err != nil {
		if stops(err) {
			return err
		}
		return nil
	}
	l := newLexer(r, 0, false, f.opt.Tick)
	var args []any
	for {
		v, err := l.object()
		if err != nil {
			if errors.Is(err, errEnd) || !stops(err) {
				return nil
			}
			return err
		}
		if k, ok := v.(keyword); ok {
			fn(string(k), args)
			args = args[:0]
			continue
		}
		if len(args) < mostElement {
			args = append(args, v)
		}
	}
}

// decode divides a string into its glyphs, until fn says no.
func (t *font) decode(s String, fn func(glyph) bool) {
	for len(s) > 0 {
		n := t.length(s)
		if !fn(t.glyph(code(s[:n]), n)) {
			return
		}
		s = s[n:]
	}
}

// glyph gives the glyph of a code of n bytes; what was looked up once is
// remembered, for tables may be long.
func (t *font) glyph(c uint32, n int) glyph {
	key := uint64(n)<<32 | uint64(c)
	if g, ok := t.seen[key]; ok {
		return g
	}
	g := glyph{width: t.width(c), space: n == 1 && c == ' ', known: true}
	var ok bool
	if g.text, ok = t.lookup(c); !ok {
		if n == 1 && !t.wide {
			g.text = t.simple[c]
		}
		g.known = g.text != "" && !t.opaque
	}
	if t.seen == nil || len(t.seen) > 1<<16 {
		t.seen = map[uint64]glyph{}
	}
	t.seen[key] = g
	return g
}

// length gives the bytes of the first code of s.
func (t *font) length(s String) int {
	if !t.wide {
		return 1
	}
	for n := 1; n <= 4 && n <= len(s); n++ {
		c := code(s[:n])
		for _, r := range t.codes[n] {
			if r.from <= c && c <= r.to {
				return n
			}
		}
	}
	return min(2, len(s))
}

func (t *font) lookup(c uint32) (string, bool) {
	if s, ok := t.text[c]; ok {
		return s, true
	}
	for _, r := range t.ranges {
		if r.from <= c && c <= r.to {
			runes := []rune(r.text)
			if len(runes) == 0 {
				return "", true
			}
			runes[len(runes)-1] += rune(c - r.from)
			return string(runes), true
		}
	}
	return "", false
}

func (t *font) width(c uint32) float64 {
	if w, ok := t.widths[c]; ok {
		return w
	}
	for _, s := range t.spans {
		if s.from <= c && c <= s.to {
			return s.width
		}
	}
	return t.normal
}

func real(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return 0
}
