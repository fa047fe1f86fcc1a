package reports

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
)

// digester makes the digests that stand for refs with personal data. They are
// keyed: a plain digest of a personal identity code is found out by trying
// them all.
type digester []byte

func newDigester(key []byte) digester {
	if len(key) > 0 {
		return key
	}
	fresh := make([]byte, 32)
	rand.Read(fresh) // never fails (documented)
	return fresh
}

func (d digester) of(system, ref string) string {
	mac := hmac.New(sha256.New, d)
	mac.Write([]byte(system + "\x00" + ref))
	return "~" + hex.EncodeToString(mac.Sum(nil)[:6])
}

// HiddenRef gives what a report with that RefKey writes for the ref of a record
// of the type where the ref itself would tell of somebody.
func HiddenRef(key []byte, system, typ, ref string) string {
	return typ + "/" + digester(key).of(system, ref)
}

// safeRef gives the record's ref where its key is a record number and tells
// of nobody, else type/~digest.
func (b *builder) safeRef(m *Member, c *Copy) string {
	if key, ok := strings.CutPrefix(m.Record.Ref, c.Type+"/"); ok && isRecordKey(key) && !b.revealing(key, m, c) {
		return m.Record.Ref
	}
	return c.Type + "/" + b.digest.of(m.System, m.Record.Ref)
}

var (
	// randomName is a UUID, or hexadecimal digits that are too long for a
	// word or a number. What its digits look like means nothing.
	randomName = regexp.MustCompile(`^(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-f]{16,}|[0-9A-F]{16,})$`)
	// numbered is groups of digits between a short prefix and a short suffix
	// in capitals: INC0012345, SOP-2025-00032, 3221/523/13, 12/2024-A.
	numbered = regexp.MustCompile(`^(?:[A-ZÅÄÖ]{1,4}[-/_.:]?)?\d+(?:[-/_.:]\d+)*(?:[-/_.:]?[A-Z]{1,2})?$`)
	// numberedLong has a longer prefix in capitals, which surnames have too:
	// it takes a longer number, as service desks give (SCTASK0010001), or a
	// joint before the number (HELPDESK-0012).
	numberedLong = regexp.MustCompile(`^(?:[A-Z]{2,8}\d{7,}|[A-Z]{1,8}[-_]\d{4,})$`)
	// numberedLower has its prefix in small letters, which user names have
	// too: it takes a longer number.
	numberedLower = regexp.MustCompile(`^[a-z]{1,3}\d{5,}$`)
)

// shortestRandom is the least number of characters that randomName takes.
const shortestRandom = 16

// isRandom tells whether the text is a random name. One of digits alone is a
// number like any other.
func isRandom(s string) bool {
	return len(s) >= shortestRandom && randomName.MatchString(s) && strings.ContainsAny(s, "abcdefABCDEF-") && strings.ContainsAny(s, "0123456789")
}

// isRecordNumber tells whether the text looks like the number of a record, and
// so like no name, address or user name. Longer prefixes with a slash
// (VALTORI/213/2025) stand in diary numbers only.
func isRecordNumber(s string) bool {
	if isRandom(s) || numberedLower.MatchString(s) || numberedLong.MatchString(s) {
		return true
	}
	if numbered.MatchString(s) {
		letters := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
		return len(digitsOf(s)) >= len([]rune(strings.Join(letters, "")))
	}
	_, diary := identifier.ParseDiary(s)
	return diary && s == strings.ToUpper(s) && !strings.ContainsFunc(s, unicode.IsSpace)
}

// isRecordKey tells whether the key of a ref is a record number, or several
// beside each other.
func isRecordKey(key string) bool {
	plain, err := url.PathUnescape(key)
	if err != nil {
		return false
	}
	if isRecordNumber(plain) {
		return true
	}
	for _, part := range strings.Split(key, "/") {
		if plain, err := url.PathUnescape(part); err != nil || !isRecordNumber(plain) {
			return false
		}
	}
	return true
}

// revealing tells whether the key gives away what identifies a person: a
// personal identity code in any case, otherwise an identifier in a party of
// the record that is not among the shown values.
func (b *builder) revealing(key string, m *Member, c *Copy) bool {
	plain, err := url.PathUnescape(key)
	if err != nil || !isRandom(plain) && len(identifier.FindCodes(plain)) > 0 {
		return true
	}
	asked := recordKey{text: plain}
	for i := range c.shape.spots {
		sp := &c.shape.spots[i]
		if !sp.personal {
			continue
		}
		v, _ := sp.at.in(m)
		if v.Type == core.TypeFlag || v.Type == core.TypeNull || c.Fields[i].tells(v) {
			continue
		}
		if text := v.Plain(); b.tells(&asked, sp.identifies, text) && !c.told(fold(text)) {
			return true
		}
	}
	return false
}

// identifies gives the kind of identifier that a field of a party holds, and
// whether that identifies a person. A field that no profile knows may hold
// any kind.
func identifies(profile *catalogue.RecordType, slot, field string) (kind core.Kind, personal bool) {
	if profile == nil {
		return "", true
	}
	known := false
	for _, t := range append([]catalogue.RecordType{*profile}, profile.Parts...) {
		s, ok := t.Slot(slot)
		if !ok {
			continue
		}
		f, ok := s.Field(field)
		known = known || ok
		kind := kindOf(f)
		rule, _ := identifier.Rule(kind)
		if ok && kind != "" && !kind.OfOrganisation() && !rule.RecordKey {
			return kind, true
		}
	}
	return "", !known
}

// personalKinds are the kinds that a field without a profile may hold.
var personalKinds = []core.Kind{core.Phone, core.Email, core.Name, core.UserID, core.EmployeeNumber, core.DateOfBirth}

// recordKey is the key of a ref with what was read in it so far.
type recordKey struct {
	text  string
	atoms []string
	ids   map[core.Kind][]core.Identifier
}

// identifiers gives the identifiers of the kind that may stand in the key.
func (k *recordKey) identifiers(kind core.Kind) []core.Identifier {
	ids, ok := k.ids[kind]
	if !ok {
		if k.ids == nil {
			k.ids = map[core.Kind][]core.Identifier{}
		}
		ids = identifier.ParseAll(kind, k.text)
		k.ids[kind] = ids
	}
	return ids
}

// clue is a text that identifies somebody, in its pieces.
type clue struct {
	atoms []string
	ids   []core.Identifier
	// mailboxes are the atoms of each identifier before its @.
	mailboxes [][]string
}

// clueIn takes a text of the kind apart, or remembers how.
func (b *builder) clueIn(kind core.Kind, text string) clue {
	return b.clues.Of(kind, text, func() clue {
		c := clue{atoms: atoms(text)}
		if kind == core.Name {
			return c
		}
		c.ids = identifier.ParseAll(kind, text)
		for _, id := range c.ids {
			mailbox, _, _ := strings.Cut(id.Value, "@")
			c.mailboxes = append(c.mailboxes, atoms(mailbox))
		}
		return c
	})
}

// tells tells whether a key gives away the identifier of the kind in a text,
// however either is spelled; of any kind when the kind is not known.
func (b *builder) tells(key *recordKey, kind core.Kind, text string) bool {
	if kind == "" {
		return slices.ContainsFunc(personalKinds, func(k core.Kind) bool { return b.tells(key, k, text) })
	}
	if key.atoms == nil {
		key.atoms = atoms(key.text)
	}
	said := b.clueIn(kind, text)
	if inRow(key.atoms, said.atoms) {
		return true
	}
	if kind == core.Name {
		return slices.ContainsFunc(said.atoms, func(word string) bool {
			return len([]rune(word)) > 1 && !isDigits(word) && slices.Contains(key.atoms, word)
		})
	}
	if len(said.ids) == 0 {
		return false
	}
	others := key.identifiers(kind)
	for i, id := range said.ids {
		if slices.ContainsFunc(others, func(other core.Identifier) bool { return identifier.Equal(id, other) }) {
			return true
		}
		if n := nationalNumber(id.Value); kind == core.Phone && len(n) > 5 && strings.Contains(digitsOf(key.text), n) {
			return true
		}
		if inRow(key.atoms, said.mailboxes[i]) {
			return true
		}
	}
	return false
}

// nationalNumber gives the digits of a telephone number that stand in every
// spelling of it: what follows +358, or the last seven.
func nationalNumber(value string) string {
	if national, ok := strings.CutPrefix(value, "+358"); ok {
		return national
	}
	digits := digitsOf(value)
	return digits[max(0, len(digits)-7):]
}

// atoms gives the words and the numbers in a text, folded and without leading
// zeros. A random name is one atom.
func atoms(s string) []string {
	s = fold(s)
	if isRandom(s) {
		return []string{s}
	}
	var out []string
	var last rune
	from := 0 // where the last atom begins
	for at, r := range s {
		letter, digit := unicode.IsLetter(r), unicode.IsDigit(r)
		switch {
		case !letter && !digit:
		case letter && unicode.IsLetter(last), digit && unicode.IsDigit(last):
			out[len(out)-1] = s[from : at+utf8.RuneLen(r)]
		default:
			from = at
			out = append(out, s[from:at+utf8.RuneLen(r)])
		}
		last = r
	}
	for i, a := range out {
		if isDigits(a) {
			out[i] = a[len(a)-1-len(strings.TrimLeft(a[:len(a)-1], "0")):]
		}
	}
	return out
}

// inRow tells whether all of a value's atoms stand in the key's, one after
// the other.
func inRow(key, value []string) bool {
	for i := 0; len(value) > 0 && i+len(value) <= len(key); i++ {
		if slices.Equal(key[i:i+len(value)], value) {
			return true
		}
	}
	return false
}

// digitsOf gives the digits 0 to 9 of a text.
func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func isDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// fold gives text in lower case without marks, so that Mäkinen, MAKINEN and
// makinen are the same.
func fold(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}
