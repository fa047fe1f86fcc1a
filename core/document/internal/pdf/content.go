package pdf

import (
	"errors"
	"io"
	"math"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Text is what a page shows.
type Text struct {
	Body string
	// Actual are texts that the file states for pictures of text, where they
	// differ from the letters drawn.
	Actual []string
	// Unmapped counts letters whose text the file does not tell; Glyphs all.
	Unmapped, Glyphs int
	Images           int
	// Broken is the error that ended the page too early; nil if none did.
	Broken error
}

type matrix [6]float64

var unit = matrix{1, 0, 0, 1, 0, 0}

func (m matrix) mul(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// state is the state of graphics and text (§8.4, §9.3).
type state struct {
	ctm                                 matrix
	font                                *font
	size, char, word, scale, lead, rise float64
}

// painter follows the operators of a page and notes the letters.
type painter struct {
	f       *File
	fonts   map[any]*font
	out     *Text
	body    []byte
	state   state
	stack   []state
	tm, tlm matrix
	// Where the last letter ended, and how large it was.
	x, y, height float64
	dir          [2]float64
	any          bool
	depth        int
	forms        int
	marks        []mark
	limit        int
	err          error // that ended a string
}

// mark is marked content that is open (§14.6): the text that the file states
// for it, and what there was when it began.
type mark struct {
	text     string
	from     int
	unmapped int
}

const (
	mostForms    = 2000 // drawn on one page
	mostStack    = 256
	mostOperands = 512
	mostFormNest = 12
)

// PageText reads the text of a page. An error is given only where the whole
// reading has to end; another is in Text.Broken.
func (f *File) PageText(page Dict, most int) (*Text, error) {
	p := &painter{f: f, fonts: map[any]*font{}, out: &Text{}, limit: most}
	p.state = state{ctm: unit, scale: 1}
	resources, err := f.inherited(page, "Resources")
	if err != nil {
		return nil, err
	}
	r, err := f.contents(page["Contents"])
	if err == nil && r != nil {
		err = p.run(r, resources)
	}
	p.out.Body = string(p.body)
	if err != nil {
		if stops(err) {
			return p.out, err
		}
		p.out.Broken = err
	}
	return p.out, nil
}

// FormText reads the text of a form, such as the appearance of an annotation.
func (f *File) FormText(v any, most int) (*Text, error) {
	p := &painter{f: f, fonts: map[any]*font{}, out: &Text{}, limit: most}
	p.state = state{ctm: unit, scale: 1}
	err := p.form(v, nil)
	p.out.Body = string(p.body)
	if err != nil && stops(err) {
		return p.out, err
	}
	p.out.Broken = err
	return p.out, nil
}

// contents joins the streams of a page; a word may not go over their ends.
func (f *File) contents(v any) (io.Reader, error) {
	v, err := f.Resolve(v)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case *Stream:
		return f.Open(v)
	case Array:
		return &joined{f: f, left: v}, nil
	}
	return nil, nil
}

type joined struct {
	f    *File
	left Array
	r    io.Reader
}

func (j *joined) Read(p []byte) (int, error) {
	for {
		if j.r == nil {
			if len(j.left) == 0 {
				return 0, io.EOF
			}
			v, err := j.f.Resolve(j.left[0])
			j.left = j.left[1:]
			if err != nil {
				return 0, err
			}
			s, ok := v.(*Stream)
			if !ok {
				continue
			}
			r, err := j.f.Open(s)
			if err != nil {
				return 0, err
			}
			j.r = io.MultiReader(r, strings.NewReader("\n"))
		}
		n, err := j.r.Read(p)
		if errors.Is(err, io.EOF) {
			j.r, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
		if err := j.f.opt.Tick(); err != nil {
			return 0, err
		}
	}
}

func (p *painter) run(r io.Reader, resources Dict) error {
	l := newLexer(r, 0, false, p.f.opt.Tick)
	args := make([]any, 0, 8)
	for {
		v, err := l.object()
		if errors.Is(err, errEnd) {
			return nil
		}
		if err != nil {
			return err
		}
		op, ok := v.(keyword)
		if !ok {
			if len(args) < mostOperands {
				args = append(args, v)
			}
			continue
		}
		if op == "BI" {
			err = p.inlineImage(l)
		} else {
			err = errors.Join(p.operator(string(op), args, resources), p.err)
		}
		if err != nil {
			return err
		}
		if len(p.body) > p.limit {
			return ErrMany
		}
		args = args[:0]
	}
}

func num(args []any, i int) float64 {
	if i >= len(args) {
		return 0
	}
	return real(args[i])
}

func (p *painter) operator(op string, args []any, resources Dict) error {
	s := &p.state
	switch op {
	case "q":
		if len(p.stack) < mostStack {
			p.stack = append(p.stack, p.state)
		}
	case "Q":
		if n := len(p.stack); n > 0 {
			p.state, p.stack = p.stack[n-1], p.stack[:n-1]
		}
	case "cm":
		s.ctm = matrix{num(args, 0), num(args, 1), num(args, 2), num(args, 3), num(args, 4), num(args, 5)}.mul(s.ctm)
	case "BT":
		p.tm, p.tlm = unit, unit
	case "Tc":
		s.char = num(args, 0)
	case "Tw":
		s.word = num(args, 0)
	case "Tz":
		s.scale = num(args, 0) / 100
	case "TL":
		s.lead = num(args, 0)
	case "Ts":
		s.rise = num(args, 0)
	case "Tf":
		if len(args) >= 2 {
			s.size = num(args, 1)
			return p.setFont(args[0], resources)
		}
	case "Td":
		p.line(num(args, 0), num(args, 1))
	case "TD":
		s.lead = -num(args, 1)
		p.line(num(args, 0), num(args, 1))
	case "Tm":
		p.tm = matrix{num(args, 0), num(args, 1), num(args, 2), num(args, 3), num(args, 4), num(args, 5)}
		p.tlm = p.tm
	case "T*":
		p.line(0, -s.lead)
	case "Tj", "'", "\"", "TJ":
		p.shows(op, args)
	case "Do":
		return p.object(args, resources)
	case "gs":
		return p.graphics(args, resources)
	case "BDC":
		return p.beginMark(args, resources)
	case "BMC":
		p.mark("")
	case "EMC":
		p.endMark()
	}
	return nil
}

func (p *painter) shows(op string, args []any) {
	s := &p.state
	switch op {
	case "'":
		p.line(0, -s.lead)
	case "\"":
		s.word, s.char = num(args, 0), num(args, 1)
		p.line(0, -s.lead)
	}
	if len(args) == 0 {
		return
	}
	if op != "TJ" {
		if str, ok := args[len(args)-1].(String); ok {
			p.show(str)
		}
		return
	}
	list, _ := args[0].(Array)
	for _, v := range list {
		if str, ok := v.(String); ok {
			p.show(str)
		} else {
			p.advance(-real(v) / 1000 * s.size * s.scale)
		}
	}
}

func (p *painter) line(x, y float64) {
	p.tlm = matrix{1, 0, 0, 1, x, y}.mul(p.tlm)
	p.tm = p.tlm
}

func (p *painter) advance(x float64) { p.tm = matrix{1, 0, 0, 1, x, 0}.mul(p.tm) }

func (p *painter) graphics(args []any, resources Dict) error {
	if len(args) == 0 {
		return nil
	}
	name, _ := args[0].(Name)
	all, err := p.f.Dict(resources["ExtGState"])
	if err != nil {
		return err
	}
	d, err := p.f.Dict(all[name])
	if err != nil {
		return err
	}
	if list, err := p.f.Array(d["Font"]); err == nil && len(list) == 2 {
		p.state.size = real(list[1])
		return p.useFont(list[0])
	}
	return nil
}

func (p *painter) setFont(v any, resources Dict) error {
	name, _ := v.(Name)
	fonts, err := p.f.Dict(resources["Font"])
	if err != nil {
		return err
	}
	return p.useFont(fonts[name])
}

func (p *painter) useFont(v any) error {
	ref, isRef := v.(Ref)
	if known, ok := p.fonts[ref]; ok && isRef {
		p.state.font = known
		return nil
	}
	f, err := p.f.font(v)
	if err != nil {
		return err
	}
	if isRef {
		p.fonts[ref] = f
	}
	p.state.font = f
	return nil
}

// show notes the letters of a string where they stand.
func (p *painter) show(str String) {
	s := &p.state
	if s.font == nil {
		s.font = &font{normal: 0.5, text: map[uint32]string{}}
		for c := range 256 {
			s.font.simple[c] = string(baseEncoding("WinAnsiEncoding", byte(c)))
		}
	}
	s.font.decode(str, func(g glyph) bool {
		if p.err = p.f.opt.Tick(); p.err != nil {
			return false
		}
		at := matrix{s.size * s.scale, 0, 0, s.size, 0, s.rise}.mul(p.tm).mul(s.ctm)
		step := g.width*s.size + s.char
		if g.space {
			step += s.word
		}
		p.out.Glyphs++
		if !g.known {
			p.out.Unmapped++
			if g.text == "" {
				g.text = "\uFFFD"
			}
		}
		p.place(g, at)
		p.advance(step * s.scale)
		end := matrix{s.size * s.scale, 0, 0, s.size, 0, s.rise}.mul(p.tm).mul(s.ctm)
		p.x, p.y = end[4], end[5]
		return len(p.body) <= p.limit
	})
}

// place writes a letter, with a space or a line end before it when it does
// not follow the last one.
func (p *painter) place(g glyph, at matrix) {
	along := math.Hypot(at[0], at[1])
	height := math.Hypot(at[2], at[3])
	if along == 0 || math.IsNaN(along) || math.IsInf(along, 0) {
		along, height = 1, 1
	}
	dir := [2]float64{at[0] / along, at[1] / along}
	if p.any {
		dx, dy := at[4]-p.x, at[5]-p.y
		forward := dx*p.dir[0] + dy*p.dir[1]
		across := math.Abs(dx*p.dir[1] - dy*p.dir[0])
		size := math.Max(math.Min(height, p.height), 0.01)
		turned := dir[0]*p.dir[0]+dir[1]*p.dir[1] < 0.9
		switch last := p.last(); {
		case turned || across > 0.5*math.Max(height, p.height) || forward < -1.5*size && across > 0.1*size || forward < -3*size:
			p.put("\n")
		case forward > 3*size && last != ' ' && last != '\t':
			p.put("\t")
		case forward > 0.18*size && last != ' ' && last != '\t' && last != '\n' && g.text != " ":
			p.put(" ")
		}
	}
	p.any, p.dir, p.height = true, dir, height
	p.put(g.text)
}

func (p *painter) last() byte {
	if len(p.body) == 0 {
		return 0
	}
	return p.body[len(p.body)-1]
}

func (p *painter) put(s string) { p.body = append(p.body, s...) }

// object draws a form, or counts a picture.
func (p *painter) object(args []any, resources Dict) error {
	if len(args) == 0 {
		return nil
	}
	name, _ := args[0].(Name)
	all, err := p.f.Dict(resources["XObject"])
	if err != nil {
		return err
	}
	v, err := p.f.Resolve(all[name])
	if err != nil {
		return err
	}
	s, ok := v.(*Stream)
	if !ok {
		return nil
	}
	if s.Dict["Subtype"] == Name("Image") {
		p.out.Images++
		return nil
	}
	return p.form(s, resources)
}

func (p *painter) form(v any, resources Dict) error {
	v, err := p.f.Resolve(v)
	if err != nil {
		return err
	}
	s, ok := v.(*Stream)
	if !ok {
		return nil
	}
	if p.forms++; p.forms > mostForms || p.depth >= mostFormNest {
		return ErrDeep
	}
	p.depth++
	defer func() { p.depth-- }()
	own, err := p.f.Dict(s.Dict["Resources"])
	if err != nil {
		return err
	}
	if own == nil {
		own = resources
	}
	r, err := p.f.Open(s)
	if err != nil {
		return err
	}
	state, stack, tm, tlm := p.state, p.stack, p.tm, p.tlm
	p.stack = nil
	if m, err := p.f.Array(s.Dict["Matrix"]); err == nil && len(m) == 6 {
		p.state.ctm = matrix{real(m[0]), real(m[1]), real(m[2]), real(m[3]), real(m[4]), real(m[5])}.mul(p.state.ctm)
	}
	err = p.run(r, own)
	p.state, p.stack, p.tm, p.tlm = state, stack, tm, tlm
	return err
}

// inlineImage reads over a picture within the content (§8.9.7).
func (p *painter) inlineImage(l *lexer) error {
	p.out.Images++
	for {
		tok, err := l.token()
		if err != nil {
			return err
		}
		if tok == keyword("ID") {
			break
		}
	}
	var window [4]int
	for i := 0; ; i++ {
		if i%4096 == 0 {
			if err := p.f.opt.Tick(); err != nil {
				return err
			}
		}
		c := l.read()
		if c < 0 {
			return l.broken()
		}
		window = [4]int{window[1], window[2], window[3], c}
		if space(window[0]) && window[1] == 'E' && window[2] == 'I' && space(c) {
			return nil
		}
	}
}

func (p *painter) beginMark(args []any, resources Dict) error {
	if len(args) < 2 {
		p.mark("")
		return nil
	}
	v := args[1]
	if name, ok := v.(Name); ok {
		all, err := p.f.Dict(resources["Properties"])
		if err != nil {
			return err
		}
		v = all[name]
	}
	d, err := p.f.Dict(v)
	if err != nil {
		return err
	}
	text := ""
	for _, key := range []Name{"ActualText", "Alt", "E"} {
		if v, err := p.f.Resolve(d[key]); err == nil && v != nil {
			text += TextString(v)
		}
	}
	p.mark(text)
	return nil
}

func (p *painter) mark(text string) {
	if len(p.marks) < mostStack {
		p.marks = append(p.marks, mark{text, len(p.body), p.out.Unmapped})
	}
}

// endMark compares what was drawn since the mark began with the text that the
// file states for it. What draws no letters, such as the space of a soft
// hyphen, is replaced; else both are kept, for either may be untrue.
func (p *painter) endMark() {
	n := len(p.marks) - 1
	if n < 0 {
		return
	}
	m := p.marks[n]
	p.marks = p.marks[:n]
	if m.text == "" {
		return
	}
	const longest = 64 << 10 // compared; whoever states more has both kept
	drawn := string(p.body[m.from:min(len(p.body), m.from+longest)])
	switch {
	case same(drawn, m.text):
	case strings.Trim(drawn, " \t\n\uFFFD") == "" && drawn != "":
		lead := drawn[:len(drawn)-len(strings.TrimLeft(drawn, "\n\t"))]
		p.body = append(append(p.body[:m.from], lead...), m.text...)
		p.out.Unmapped = m.unmapped
	case len(p.out.Actual) < 10_000:
		p.out.Actual = append(p.out.Actual, m.text)
	}
}

// same tells whether two texts differ in ligatures and white space only.
func same(a, b string) bool {
	return strings.TrimSpace(norm.NFKC.String(a)) == strings.TrimSpace(norm.NFKC.String(b))
}
