package document

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"strings"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
)

// mailReader walks through a message line by line with the boundaries that
// are open, so nested parts cost no stack and a cut message loses nothing.
type mailReader struct {
	*file
	r    *bufio.Reader
	open []string // boundaries, from the outermost
	eof  bool
}

// header holds the fields of one part, in their order.
type mailHeader struct {
	fields []Property
	kind   string // of the content, such as text/plain
	params map[string]string
}

func (h mailHeader) get(name string) string {
	for _, p := range h.fields {
		if strings.EqualFold(p.Name, name) {
			return p.Value
		}
	}
	return ""
}

// readEML reads a mail message: its fields, its bodies in any charset, and
// its attachments as files.
func (f *file) readEML(src io.ReaderAt, size int64) error {
	m := &mailReader{file: f, r: bufio.NewReaderSize(f.metered(section(src, size), 0), 32<<10)}
	if head, _ := m.r.Peek(5); string(head) == "From " { // the line that mbox puts before a message
		if _, err := m.line(); err != nil {
			return err
		}
	}
	err := m.message(RoleHeader)
	if ended(err) {
		return nil
	}
	return err
}

// line reads a line with its end, cut at Limits.Token.
func (m *mailReader) line() ([]byte, error) {
	if err := m.tick(); err != nil {
		return nil, err
	}
	var buf []byte
	for {
		part, err := m.r.ReadSlice('\n')
		buf = append(buf, part...)
		if err == bufio.ErrBufferFull { //nolint:errorlint // ReadSlice gives it bare
			if int64(len(buf)) > m.limits.Token {
				return buf, nil
			}
			continue
		}
		if len(buf) > 0 && ended(err) {
			return buf, nil
		}
		return buf, err
	}
}

// message reads fields and content, down to the boundary that ends it.
func (m *mailReader) message(role Role) error {
	for {
		h, err := m.header()
		if err != nil {
			return err
		}
		if err := m.fields(h, role); err != nil {
			return err
		}
		if err := m.body(h); err != nil {
			return err
		}
		// The content ended at a boundary or at the end of the file: the next
		// part of the innermost open message begins.
		more, err := m.next()
		if err != nil || !more {
			return err
		}
		role = RoleOther
	}
}

// header reads the fields of a part; long ones are unfolded.
func (m *mailReader) header() (mailHeader, error) {
	if m.parts++; m.parts > m.limits.Parts {
		return mailHeader{}, fault(ReasonTooMany)
	}
	var h mailHeader
	total := int64(0)
	for {
		raw, err := m.line()
		if ended(err) {
			m.eof = true
			break
		}
		if err != nil {
			return h, err
		}
		if total += int64(len(raw)); total > m.limits.Token {
			return h, fault(ReasonTooLarge)
		}
		s := strings.TrimRight(decodeLine(raw), "\r\n")
		if s == "" {
			break
		}
		if (s[0] == ' ' || s[0] == '\t') && len(h.fields) > 0 {
			last := &h.fields[len(h.fields)-1]
			if len(last.Value) < 1<<20 {
				last.Value += " " + strings.TrimSpace(s)
			}
			continue
		}
		name, value, ok := strings.Cut(s, ":")
		if !ok || strings.ContainsAny(name, " \t") && len(h.fields) > 0 {
			name, value = "", s
		}
		h.fields = append(h.fields, Property{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
	}
	kind, params, err := mime.ParseMediaType(h.get("Content-Type"))
	if err != nil && kind == "" {
		kind, params = looseType(h.get("Content-Type"))
	}
	if kind == "" {
		kind = "text/plain"
	}
	h.kind, h.params = kind, params
	return h, nil
}

// looseType reads a content type that breaks the rules.
func looseType(s string) (string, map[string]string) {
	kind, rest, _ := strings.Cut(s, ";")
	params := map[string]string{}
	for _, p := range strings.Split(rest, ";") {
		k, v, ok := strings.Cut(p, "=")
		if ok && len(params) < 20 {
			params[strings.ToLower(strings.TrimSpace(k))] = strings.Trim(strings.TrimSpace(v), `"`)
		}
	}
	return strings.ToLower(strings.TrimSpace(kind)), params
}

// shownFields are the fields that mail programs show.
var shownFields = map[string]bool{"from": true, "to": true, "cc": true, "bcc": true, "subject": true, "date": true, "reply-to": true, "sender": true}

// fields hands over the fields of a message, or those of a part that say
// something of people.
func (m *mailReader) fields(h mailHeader, role Role) error {
	for _, p := range h.fields {
		value := decodeWords(p.Value)
		lower := strings.ToLower(p.Name)
		if role == RoleOther && (strings.HasPrefix(lower, "content-t") || lower == "mime-version") {
			continue
		}
		if role == RoleHeader && len(m.Member) == 0 && lower == "subject" && m.Meta.Title == "" {
			m.Meta.Title = strings.TrimSpace(normalise(value[:min(len(value), 1000)]))
		}
		piece := Piece{Role: RoleHeader, Hidden: !shownFields[lower], Place: Place{Unit: UnitHeader, Name: label(p.Name)}, Text: value}
		if err := m.say(piece); err != nil {
			return err
		}
	}
	return nil
}

// decodeWords reads the encoded words of a field.
func decodeWords(s string) string {
	d := mime.WordDecoder{CharsetReader: charset.NewReaderLabel}
	if out, err := d.DecodeHeader(s); err == nil {
		return out
	}
	return s
}

// body reads the content of a part, as text or as a file, or begins its
// parts.
func (m *mailReader) body(h mailHeader) error {
	kind := h.kind
	if strings.HasPrefix(kind, "multipart/") && h.params["boundary"] != "" {
		if kind == "multipart/encrypted" {
			m.trouble(Trouble{Reason: ReasonEncrypted})
		}
		m.open = append(m.open, h.params["boundary"])
		if int64(len(m.open)) > int64(m.limits.Parts) {
			return fault(ReasonTooDeep)
		}
		return m.between()
	}
	encoded := strings.ToLower(strings.TrimSpace(h.get("Content-Transfer-Encoding")))
	disposition, params, err := mime.ParseMediaType(h.get("Content-Disposition"))
	if err != nil && disposition == "" {
		disposition, params = looseType(h.get("Content-Disposition"))
	}
	name := decodeWords(params["filename"])
	if name == "" {
		name = decodeWords(h.params["name"])
	}
	if kind == "message/rfc822" && encoded != "base64" && encoded != "quoted-printable" {
		return m.message(RoleHeader)
	}
	if strings.HasSuffix(kind, "pkcs7-mime") && h.params["smime-type"] != "signed-data" {
		m.trouble(Trouble{Reason: ReasonEncrypted})
	}
	var raw bytes.Buffer
	taken, err := m.content(&raw)
	defer func() { m.held -= taken }()
	if err != nil {
		return err
	}
	attached := disposition == "attachment" || name != "" && !strings.HasPrefix(kind, "text/")
	switch {
	case !attached && (kind == "text/plain" || kind == "text/html"):
		return m.text(h, raw.Bytes(), encoded)
	case name == "":
		name = "(" + kind + ")" + extensionOf(kind)
	}
	return m.inside(name, int64(raw.Len()), func() (io.Reader, error) { return transferred(&raw, encoded), nil })
}

// extensionOf gives the end of a name for a part that has no name.
func extensionOf(kind string) string {
	switch kind {
	case "message/rfc822":
		return ".eml"
	case "text/html":
		return ".html"
	case "text/csv":
		return ".csv"
	case "application/pdf":
		return ".pdf"
	}
	return ""
}

// content writes the lines up to the next open boundary to w, which it leaves
// unread in m.found; it gives how many bytes it took of Limits.Held.
func (m *mailReader) content(w io.Writer) (taken int64, err error) {
	for {
		head, _ := m.r.Peek(2)
		if string(head) == "--" {
			peek, _ := m.r.Peek(300)
			if i := bytes.IndexByte(peek, '\n'); i >= 0 {
				peek = peek[:i]
			}
			if _, _, ok := m.boundary(peek); ok {
				return taken, nil
			}
		}
		raw, err := m.line()
		if ended(err) {
			m.eof = true
			return taken, nil
		}
		if err != nil {
			return taken, err
		}
		taken += int64(len(raw))
		if m.held += int64(len(raw)); m.held > m.limits.Held {
			return taken, fault(ReasonTooLarge)
		}
		if _, err := w.Write(raw); err != nil {
			return taken, err
		}
	}
}

// boundary tells whether a line is a boundary of an open part: of which one,
// and whether it is the last.
func (m *mailReader) boundary(line []byte) (depth int, last, ok bool) {
	s := strings.TrimRight(string(line), " \t\r\n")
	if !strings.HasPrefix(s, "--") {
		return 0, false, false
	}
	s = s[2:]
	for i := len(m.open) - 1; i >= 0; i-- {
		if s == m.open[i] {
			return i, false, true
		}
		if s == m.open[i]+"--" {
			return i, true, true
		}
	}
	return 0, false, false
}

// next goes on to the next part; it tells whether there is one. What stands
// between parts is shown by no program, and handed over as hidden.
func (m *mailReader) next() (bool, error) {
	for {
		if err := m.between(); err != nil {
			return false, err
		}
		if m.eof {
			if len(m.open) > 0 {
				m.trouble(Trouble{Reason: ReasonDamaged}) // cut off: no last boundary
			}
			return false, nil
		}
		raw, err := m.line()
		if err != nil {
			return false, err
		}
		depth, last, ok := m.boundary(raw)
		switch {
		case !ok:
		case !last:
			m.open = m.open[:depth+1]
			return true, nil
		default:
			m.open = m.open[:depth]
		}
	}
}

// between hands over the text before the first and after the last part.
func (m *mailReader) between() error {
	var rest bytes.Buffer
	taken, err := m.content(&rest)
	defer func() { m.held -= taken }()
	if err != nil {
		return err
	}
	return m.say(Piece{Role: RoleOther, Hidden: true, Text: decodeLines(rest.Bytes())})
}

// transferred undoes the transfer encoding. Base64 that is broken gives what
// can be read of it.
func transferred(r io.Reader, encoding string) io.Reader {
	switch encoding {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, &base64Letters{r: r})
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	}
	return r
}

// base64Letters drops what is no letter of base64, and fills up the end.
type base64Letters struct {
	r     io.Reader
	n     int
	ended bool
}

func (b *base64Letters) Read(p []byte) (int, error) {
	for !b.ended {
		n, err := b.r.Read(p)
		out := 0
		for _, c := range p[:n] {
			if letterByte(c) || '0' <= c && c <= '9' || c == '+' || c == '/' {
				p[out] = c
				out++
			}
		}
		b.n += out
		if ended(err) {
			b.ended = true
		} else if err != nil {
			return out, err
		}
		if out > 0 {
			return out, nil
		}
	}
	fill := (4 - b.n%4) % 4
	if fill == 0 || fill == 3 || len(p) < fill {
		return 0, io.EOF
	}
	b.n += fill
	return copy(p, "=="[:fill]), nil
}

// text hands over a body in its charset.
func (m *mailReader) text(h mailHeader, raw []byte, encoded string) error {
	data, release, err := m.hold(transferred(bytes.NewReader(raw), encoded))
	defer release()
	if err != nil {
		m.trouble(Trouble{Reason: reasonOf(err)})
	}
	if h.kind == "text/html" {
		kind := h.kind
		if c := h.params["charset"]; c != "" {
			kind += "; charset=" + c
		}
		return m.html(bytes.NewReader(data), data[:min(len(data), 4096)], kind, func() Place { return Place{} })
	}
	return m.say(Piece{Role: RoleBody, Text: inCharset(data, h.params["charset"])})
}

// inCharset decodes text of a stated charset; one that is unknown or wrong is
// read as decodeLine does.
func inCharset(data []byte, name string) string {
	enc, canonical := charset.Lookup(name)
	switch {
	case enc == charmap.Windows1252 && canonical == "windows-1252" && isUTF8Text(data):
		return string(data) // said Latin-1, is UTF-8
	case enc == nil || canonical == "utf-8" || canonical == "replacement":
		return decodeLines(data)
	}
	out, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		return decodeLines(data)
	}
	return string(out)
}

func decodeLines(data []byte) string {
	var b strings.Builder
	for len(data) > 0 {
		n := bytes.IndexByte(data, '\n') + 1
		if n == 0 {
			n = len(data)
		}
		b.WriteString(decodeLine(data[:n]))
		data = data[n:]
	}
	return b.String()
}

// isUTF8Text tells whether data holds letters beyond ASCII, all of them valid
// UTF-8: in another charset that does not come about by chance.
func isUTF8Text(data []byte) bool {
	s := string(data)
	return strings.ToValidUTF8(s, "") == s && strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}
