package document

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// rtfGroup is what holds until the brace that closes a group.
type rtfGroup struct {
	role    Role
	hidden  bool
	deleted bool
	revised bool
	reviser string // the author of the change
	skip    bool
	table   bool   // of the authors of changes
	prop    string // a property of the file whose value the group is
	author  bool   // its text is the author of the comment that follows
	unicode int    // how many characters stand in for one of \u
	block   int    // paragraphs that were open when it began
	page    encoding.Encoding
}

// rtfReader turns RTF into paragraphs.
type rtfReader struct {
	*file
	r       *bufio.Reader
	groups  []rtfGroup
	out     []*paragraph
	number  int
	bytes   []byte // letters of the code page that wait to be decoded
	half    rune   // the first half of a pair
	ignore  int    // characters that stand in for the last \u
	author  string
	page    encoding.Encoding
	fonts   map[int]encoding.Encoding
	font    int // whose entry of the table is being read
	started bool
	// revisers are the authors of changes, in the order of their numbers.
	revisers []string
}

// rtfRoles are destinations whose text has a role of its own.
var rtfRoles = map[string]Role{
	"header": RoleHeader, "headerl": RoleHeader, "headerr": RoleHeader, "headerf": RoleHeader,
	"footer": RoleFooter, "footerl": RoleFooter, "footerr": RoleFooter, "footerf": RoleFooter,
	"footnote": RoleFootnote, "annotation": RoleComment, "shptxt": RoleTextBox, "fldinst": RoleField,
	"bkmkstart": RoleOther, "ffname": RoleField, "ffdeftext": RoleField, "ffhelptext": RoleField, "ffstattext": RoleField, "ffl": RoleField,
	"sv": RoleOther, "docvar": RoleOther, "wgrffmtfilter": "",
}

// rtfSkipped are destinations without text for people.
var rtfSkipped = map[string]bool{
	"fonttbl": false, "colortbl": true, "stylesheet": true, "listtable": true, "listoverridetable": true, "pict": true, "themedata": true,
	"colorschememapping": true, "datastore": true, "latentstyles": true, "rsidtbl": true, "generator": true, "xmlnstbl": true,
	"objdata": true, "fontemb": true, "panose": true, "falt": true, "datafield": true, "blipuid": true, "sn": true, "bkmkend": true,
	"atrfstart": true, "atrfend": true, "atndate": true, "pgdsctbl": true, "mmathPr": true, "wgrffmtfilter": true, "filetbl": true,
}

var rtfProperties = map[string]string{
	"title": "title", "subject": "subject", "author": "author", "operator": "operator", "keywords": "keywords", "doccomm": "doccomm",
	"comment": "comment", "company": "company", "manager": "manager", "category": "category", "hlinkbase": "hlinkbase",
	"propname": "propname", "staticval": "staticval", "creatim": "", "revtim": "",
}

// readRTF reads Rich Text Format.
func (f *file) readRTF(src io.ReaderAt, size int64) error {
	r := &rtfReader{file: f, r: bufio.NewReaderSize(f.metered(section(src, size), 0), 32<<10),
		page: charmap.Windows1252, fonts: map[int]encoding.Encoding{}}
	r.groups = []rtfGroup{{role: RoleBody, unicode: 1}}
	r.out = []*paragraph{{role: RoleBody}}
	err := r.tokens()
	for len(r.out) > 0 {
		if ferr := r.paragraph(); ferr != nil && halted(err) == nil {
			err = ferr
		}
		r.out = r.out[:len(r.out)-1]
	}
	return err
}

func (r *rtfReader) top() *rtfGroup { return &r.groups[len(r.groups)-1] }

func (r *rtfReader) tokens() error {
	for {
		c, err := r.r.ReadByte()
		if err != nil {
			if ended(err) && len(r.groups) == 1 {
				return nil
			}
			if ended(err) {
				return fault(ReasonDamaged) // braces are open
			}
			return err
		}
		if c == '{' || c == '}' || c == '\\' {
			if err := r.tick(); err != nil {
				return err
			}
		}
		switch c {
		case '{':
			err = r.open()
		case '}':
			err = r.close()
			if r.started && len(r.groups) == 1 {
				return err // what follows the last brace is no document
			}
		case '\\':
			err = r.control()
		case '\r', '\n':
		default:
			err = r.letter(c)
		}
		if err != nil {
			return err
		}
	}
}

func (r *rtfReader) open() error {
	if len(r.groups) > r.limits.Nesting {
		return fault(ReasonTooDeep)
	}
	r.decode()
	r.started = true
	g := *r.top()
	g.block = len(r.out)
	r.groups = append(r.groups, g)
	return nil
}

func (r *rtfReader) close() error {
	r.decode()
	if len(r.groups) == 1 {
		return fault(ReasonDamaged)
	}
	g := *r.top()
	var err error
	for len(r.out) > g.block && len(r.out) > 1 {
		last := r.out[len(r.out)-1]
		switch {
		case g.table:
			for _, name := range strings.Split(last.now.String(), ";") {
				if len(r.revisers) < 1000 {
					r.revisers = append(r.revisers, strings.TrimSpace(name))
				}
			}
			err = r.paragraph()
		case g.author:
			r.author = strings.TrimSpace(last.now.String())
			err = r.say(Piece{Role: RoleMetadata, Place: Place{Unit: UnitProperty, Name: "annotation author"}, Text: r.author})
		case g.prop != "":
			err = r.property(g.prop, last.now.String())
		default:
			if g.role == RoleComment {
				last.note(frame{author: r.author})
			}
			err = r.paragraph()
		}
		r.out = r.out[:len(r.out)-1]
		if err != nil {
			break
		}
	}
	r.groups = r.groups[:len(r.groups)-1]
	return err
}

// begin starts a paragraph of its own for the text of the group.
func (r *rtfReader) begin(role Role) {
	r.top().role = role
	r.out = append(r.out, &paragraph{role: role})
}

// paragraph hands over the innermost paragraph and begins it anew.
func (r *rtfReader) paragraph() error {
	r.decode()
	p := r.out[len(r.out)-1]
	r.out[len(r.out)-1] = &paragraph{role: p.role, authors: nil}
	r.number++
	place := Place{Unit: UnitParagraph, Number: r.number}
	now := p.now.String()
	all := p.hidden.Len() > 0 && p.hidden.Len() >= len(now)
	if err := r.say(Piece{Role: p.role, Hidden: all, Authors: p.authors, Place: place, Text: now}); err != nil {
		return err
	}
	if p.hidden.Len() > 0 && !all {
		if err := r.say(Piece{Role: p.role, Hidden: true, Authors: p.authors, Place: place, Text: p.hidden.String()}); err != nil {
			return err
		}
	}
	if p.changed {
		if err := r.say(Piece{Role: RoleDeleted, Hidden: true, Authors: p.authors, Place: place, Text: p.before.String()}); err != nil {
			return err
		}
	}
	if p.inserted.Len() > 0 && p.inserted.String() != now {
		return r.say(Piece{Role: RoleInserted, Authors: p.authors, Place: place, Text: p.inserted.String()})
	}
	return nil
}

func (r *rtfReader) put(s string) error {
	g := r.top()
	if g.skip {
		return nil
	}
	p := r.out[len(r.out)-1]
	p.add(s, frame{hidden: g.hidden, deleted: g.deleted, inserted: g.revised, author: g.reviser})
	if int64(p.before.Len()) > r.limits.Token {
		return r.paragraph()
	}
	return nil
}

// letter takes one byte of text.
func (r *rtfReader) letter(c byte) error {
	if r.ignore > 0 {
		r.ignore--
		return nil
	}
	if r.top().skip {
		return nil
	}
	if c < 0x80 && len(r.bytes) == 0 {
		return r.put(string(rune(c)))
	}
	r.bytes = append(r.bytes, c)
	if len(r.bytes) > 4096 {
		r.decode()
	}
	return nil
}

// decode turns the waiting letters of the code page into text.
func (r *rtfReader) decode() {
	if len(r.bytes) == 0 {
		return
	}
	page := r.top().page
	if page == nil {
		page = r.page
	}
	out, err := page.NewDecoder().Bytes(r.bytes)
	if err != nil {
		out = []byte(strings.ToValidUTF8(string(r.bytes), "\uFFFD"))
	}
	r.bytes = r.bytes[:0]
	_ = r.put(string(out)) // a text over the limit is handed over with the next letter
}

// control reads a control word or symbol.
func (r *rtfReader) control() error {
	c, err := r.r.ReadByte()
	if err != nil {
		return fault(ReasonDamaged)
	}
	if !letterByte(c) {
		return r.symbol(c)
	}
	word := []byte{c}
	for len(word) < 64 {
		if c, err = r.r.ReadByte(); err != nil {
			return r.word(string(word), 0, false)
		}
		if !letterByte(c) {
			break
		}
		word = append(word, c)
	}
	number, has := []byte{}, false
	for (c == '-' && len(number) == 0 || '0' <= c && c <= '9') && len(number) < 12 {
		number, has = append(number, c), true
		if c, err = r.r.ReadByte(); err != nil {
			break
		}
	}
	if err == nil && c != ' ' {
		_ = r.r.UnreadByte()
	}
	n, _ := strconv.Atoi(string(number))
	return r.word(string(word), n, has)
}

func letterByte(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func (r *rtfReader) symbol(c byte) error {
	switch c {
	case '\'':
		var two [2]byte
		if _, err := io.ReadFull(r.r, two[:]); err != nil {
			return fault(ReasonDamaged)
		}
		n, err := strconv.ParseUint(string(two[:]), 16, 8)
		if err != nil {
			n = '?' // no number: something stood here
		}
		if r.ignore > 0 {
			r.ignore--
			return nil
		}
		if !r.top().skip {
			r.bytes = append(r.bytes, byte(n))
		}
		return nil
	case '*':
		return r.optional()
	}
	r.decode()
	switch c {
	case '~':
		return r.put(" ")
	case '_':
		return r.put("-")
	case '\r', '\n':
		return r.paragraph()
	case '{', '}', '\\':
		return r.letter(c)
	}
	return nil
}

// optional reads the destination after \*: one that is not known has no text
// for people.
func (r *rtfReader) optional() error {
	head, err := r.r.Peek(1)
	for err == nil && (head[0] == ' ' || head[0] == '\r' || head[0] == '\n') {
		_, _ = r.r.Discard(1)
		head, err = r.r.Peek(1)
	}
	word, _ := r.r.Peek(32)
	name := ""
	for i := 1; i < len(word) && word[0] == '\\' && letterByte(word[i]); i++ {
		name += string(word[i])
	}
	_, role := rtfRoles[name]
	_, prop := rtfProperties[name]
	if !role && !prop && name != "atnauthor" && name != "atnid" && name != "shpinst" && name != "revtbl" && name != "objdata" && name != "annotation" && name != "userprops" && name != "formfield" {
		r.top().skip = true
	}
	return nil
}

func (r *rtfReader) word(word string, n int, has bool) error {
	r.decode()
	g := r.top()
	switch word {
	case "u":
		return r.unicode(n)
	case "uc":
		g.unicode = max(0, min(n, 16))
		return nil
	case "bin":
		if n > 0 {
			_, err := io.CopyN(io.Discard, r.r, int64(n))
			if ended(err) {
				return fault(ReasonDamaged)
			}
			return err
		}
		return nil
	case "ansicpg":
		if p := codePage(n); p != nil {
			r.page = p
		}
		return nil
	case "mac":
		r.page = charmap.Macintosh
		return nil
	case "pc", "pca":
		r.page = charmap.CodePage850
		return nil
	case "f", "fcharset", "fonttbl":
		r.fontWord(word, n)
		return nil
	case "v":
		g.hidden = !has || n != 0
		return nil
	case "deleted":
		g.deleted = !has || n != 0
		return nil
	case "revised":
		g.revised = !has || n != 0
		return nil
	case "revauth", "revauthdel":
		if n >= 0 && n < len(r.revisers) {
			g.reviser = r.revisers[n]
		}
		return nil
	case "plain":
		g.hidden, g.deleted, g.revised, g.reviser, g.page = false, false, false, "", nil
		return nil
	}
	if s, ok := rtfCharacters[word]; ok {
		return r.put(s)
	}
	return r.destination(word)
}

var rtfCharacters = map[string]string{
	"tab": "\t", "cell": "\t", "nestcell": "\t", "line": "\n", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’",
	"ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " ",
}

func (r *rtfReader) destination(word string) error {
	g := r.top()
	switch {
	case g.skip:
		return nil
	case word == "par" || word == "row" || word == "nestrow" || word == "sect" || word == "page":
		return r.paragraph()
	case word == "atnauthor" || word == "atnid":
		g.author = word == "atnauthor"
		r.begin(RoleMetadata)
	case word == "revtbl":
		g.table = true
		r.begin(RoleMetadata)
	case word == "object" || word == "objocx":
		r.active(ActiveObjects)
	case word == "objdata":
		r.active(ActiveObjects)
		r.trouble(Trouble{Reason: ReasonUnsupported, Part: "object"})
		g.skip = true
	case word == "pict":
		r.Images++
		g.skip = true
	case rtfSkipped[word]:
		g.skip = true
	case rtfProperties[word] != "":
		g.prop = rtfProperties[word]
		r.begin(RoleMetadata)
	case word == "creatim" || word == "revtim" || word == "printim" || word == "buptim":
		g.skip = true
	case rtfRoles[word] != "":
		r.begin(rtfRoles[word])
	}
	return nil
}

// unicode takes a character by number; programs that do not know it read the
// characters that follow instead.
func (r *rtfReader) unicode(n int) error {
	g := r.top()
	r.ignore = g.unicode
	if n < 0 {
		n += 1 << 16
	}
	c := rune(n)
	if utf16.IsSurrogate(c) {
		if r.half != 0 {
			c, r.half = utf16.DecodeRune(r.half, c), 0
			return r.put(string(c))
		}
		r.half = c
		return nil
	}
	r.half = 0
	return r.put(string(c))
}

// fontWord notes the code page of each font, and changes to it.
func (r *rtfReader) fontWord(word string, n int) {
	g := r.top()
	switch word {
	case "fonttbl":
		g.prop, g.skip = "", true
		g.author = false
	case "f":
		if g.skip {
			r.font = n
		} else {
			g.page = r.fonts[n]
		}
	case "fcharset":
		if p := codePage(charsetPages[n]); p != nil && len(r.fonts) < 10_000 {
			r.fonts[r.font] = p
		}
	}
}

// charsetPages are the code pages of the charset numbers of fonts.
var charsetPages = map[int]int{
	77: 10000, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250,
}

// codePage gives the encoding of a code page of Windows; nil if there is none.
func codePage(n int) encoding.Encoding {
	switch n {
	case 437, 850:
		return charmap.CodePage850
	case 852:
		return charmap.CodePage852
	case 10000:
		return charmap.Macintosh
	case 65001:
		return encoding.Nop
	case 28591, 1252:
		return charmap.Windows1252
	case 28605:
		return charmap.ISO8859_15
	}
	names := map[int]string{932: "shift_jis", 949: "euc-kr", 936: "gbk", 950: "big5", 874: "windows-874", 20866: "koi8-r", 1200: "utf-16le"}
	name := names[n]
	if name == "" && n >= 1250 && n <= 1258 {
		name = "windows-" + strconv.Itoa(n)
	}
	if name == "" && n > 28591 && n <= 28606 {
		name = "iso-8859-" + strconv.Itoa(n-28590)
	}
	enc, _ := charset.Lookup(name)
	return enc
}
