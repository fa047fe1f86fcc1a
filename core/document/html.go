package document

import (
	"bufio"
	"bytes"
	"io"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

var (
	htmlBlocks = map[string]bool{
		"p": true, "div": true, "br": false, "li": true, "tr": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true,
		"table": true, "ul": true, "ol": true, "dl": true, "dt": true, "dd": true, "blockquote": true, "pre": true, "section": true,
		"article": true, "header": true, "footer": true, "nav": true, "main": true, "aside": true, "form": true, "fieldset": true,
		"figure": true, "figcaption": true, "address": true, "hr": true, "body": true, "head": true, "title": true, "option": true,
		"select": true, "textarea": true, "button": true, "legend": true, "caption": true, "details": true, "summary": true, "template": true,
	}
	htmlVoid = map[string]bool{
		"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true,
		"link": true, "meta": true, "param": true, "source": true, "track": true, "wbr": true,
	}
	htmlAttrs = map[string]Role{
		"alt": RoleAlt, "title": RoleAlt, "aria-label": RoleAlt, "summary": RoleAlt, "href": RoleLink, "cite": RoleLink,
		"value": RoleField, "placeholder": RoleField, "content": RoleMetadata, "data": RoleOther, "label": RoleField,
	}
	notShown = regexp.MustCompile(`(?i)(display\s*:\s*none|visibility\s*:\s*hidden)`)
	scripted = regexp.MustCompile(`(?i)^\s*(javascript|vbscript)\s*:`)
)

// readHTML reads the text of a page. Scripts and styles are no text; that
// there are scripts is told.
func (f *file) readHTML(src io.ReaderAt, size int64) error {
	head := make([]byte, min(size, 4096))
	if n, err := src.ReadAt(head, 0); n < len(head) {
		return err
	}
	return f.html(f.metered(section(src, size), 0), head, "text/html", nil)
}

// html reads HTML whose beginning is head, in the charset that its mark, its
// own statement or the content type names.
func (f *file) html(r io.Reader, head []byte, contentType string, place func() Place) error {
	var enc encoding.Encoding
	if enc = wideEncoding(head); enc == nil {
		name, certain := "", false
		enc, name, certain = charset.DetermineEncoding(head, contentType)
		if !certain && name == "windows-1252" {
			enc = nil
		}
	}
	if enc != nil {
		r = transform.NewReader(r, enc.NewDecoder())
	} else {
		r = transform.NewReader(r, &mixedDecoder{})
	}
	h := &htmlReader{file: f, role: RoleBody, place: place}
	if place == nil {
		h.place = func() Place { h.number++; return Place{Unit: UnitParagraph, Number: h.number} }
	}
	err := h.tokens(bufio.NewReaderSize(r, 32<<10))
	if ferr := h.flush(); err == nil {
		err = ferr
	}
	return err
}

// htmlReader gathers the text of the block that is being read.
type htmlReader struct {
	*file
	role   Role
	place  func() Place
	number int
	text   strings.Builder
	hidden []string // open elements from the outermost hidden one on
	skip   string   // the element whose raw text is no text
	pre    int
}

func (h *htmlReader) tokens(r io.Reader) error {
	z := html.NewTokenizer(r)
	z.SetMaxBuf(int(h.limits.Token))
	for {
		if err := h.tick(); err != nil {
			return err
		}
		kind := z.Next()
		var err error
		switch kind {
		case html.ErrorToken:
			if err = z.Err(); ended(err) {
				return nil
			}
			if err == html.ErrBufferExceeded { //nolint:errorlint // the tokenizer gives it bare
				return fault(ReasonTooLarge)
			}
			return err
		case html.TextToken:
			err = h.chars(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			err = h.start(z, kind == html.SelfClosingTagToken)
		case html.EndTagToken:
			name, _ := z.TagName()
			err = h.end(string(name))
		case html.CommentToken:
			err = h.say(Piece{Role: RoleComment, Hidden: true, Place: h.place(), Text: string(z.Text())})
		case html.DoctypeToken:
		}
		if err != nil {
			return err
		}
	}
}

func (h *htmlReader) start(z *html.Tokenizer, closed bool) error {
	raw, more := z.TagName()
	name := string(raw)
	switch name {
	case "script":
		h.active(ActiveScripts)
	case "iframe", "object", "embed", "frame":
		h.active(ActiveExternal)
	case "br":
		h.text.WriteByte('\n')
	case "td", "th":
		h.text.WriteByte('\t')
	case "pre", "textarea":
		h.pre++
	case "img":
		h.Images++
	}
	if name == "script" || name == "style" {
		h.skip = name
		if closed {
			h.skip = ""
		}
	}
	if htmlBlocks[name] {
		if err := h.flush(); err != nil {
			return err
		}
	}
	hides := name == "template" || name == "noscript"
	for more {
		var key, val []byte
		key, val, more = z.TagAttr()
		k, v := string(key), string(val)
		switch {
		case strings.HasPrefix(k, "on"), scripted.MatchString(v):
			h.active(ActiveScripts)
		case k == "hidden", k == "style" && notShown.MatchString(v):
			hides = true
		case k == "src" && strings.Contains(v, "//"), k == "background":
			h.active(ActiveExternal)
		}
		if err := h.attribute(k, v); err != nil {
			return err
		}
	}
	if (hides || len(h.hidden) > 0) && !closed && !htmlVoid[name] && len(h.hidden) < h.limits.Nesting {
		if len(h.hidden) == 0 {
			if err := h.flush(); err != nil {
				return err
			}
		}
		h.hidden = append(h.hidden, name)
	}
	return nil
}

func (h *htmlReader) attribute(key, value string) error {
	role, ok := htmlAttrs[key]
	if !ok && strings.HasPrefix(key, "data-") {
		role, ok = RoleOther, true
	}
	if !ok || strings.TrimSpace(value) == "" || scripted.MatchString(value) {
		return nil
	}
	if role == RoleLink {
		value = readableLink(value)
	}
	return h.say(Piece{Role: role, Hidden: role != RoleAlt && role != RoleField, Place: h.place(), Text: value})
}

func (h *htmlReader) chars(s string) error {
	if h.skip != "" {
		return nil
	}
	if h.pre == 0 {
		s = collapse(s)
	}
	h.text.WriteString(s)
	if int64(h.text.Len()) > h.limits.Token {
		return h.flush()
	}
	return nil
}

func (h *htmlReader) end(name string) error {
	switch {
	case name == h.skip:
		h.skip = ""
	case (name == "pre" || name == "textarea") && h.pre > 0:
		h.pre--
	}
	if name == "title" {
		title := h.text.String()
		h.text.Reset()
		return h.property("title", title)
	}
	if htmlBlocks[name] {
		if err := h.flush(); err != nil {
			return err
		}
	}
	for i := len(h.hidden) - 1; i >= 0; i-- {
		if h.hidden[i] == name {
			if i == 0 {
				if err := h.flush(); err != nil {
					return err
				}
			}
			h.hidden = h.hidden[:i]
			break
		}
	}
	return nil
}

func (h *htmlReader) flush() error {
	text := h.text.String()
	h.text.Reset()
	if strings.TrimSpace(text) == "" {
		return nil
	}
	return h.say(Piece{Role: h.role, Hidden: len(h.hidden) > 0, Place: h.place(), Text: text})
}

// mixedDecoder turns bytes into UTF-8 line by line, as readText does.
type mixedDecoder struct{ transform.NopResetter }

func (*mixedDecoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		rest := src[nSrc:]
		n := bytes.IndexByte(rest, '\n') + 1
		if n == 0 || n > 1024 {
			if n = min(len(rest), 1024); n < len(rest) || !atEOF {
				n = wholeRunes(rest[:n])
			}
			if n == len(rest) && !atEOF && n < 1024 {
				return nDst, nSrc, transform.ErrShortSrc
			}
		}
		out := decodeLine(rest[:n])
		if nDst+len(out) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += copy(dst[nDst:], out)
		nSrc += n
	}
	return nDst, nSrc, nil
}
