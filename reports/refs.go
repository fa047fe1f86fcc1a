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

// safeRef gives the record's ref, or type/~digest when the ref holds
// personal data that may not be shown: a personal identity code in any case;
// otherwise a value that identifies a person and is withheld, or an e-mail
// address or a directory name with words that are not shown. The directory
// name of a record that is settled to be the person's may stand.
func (d digester) safeRef(m Member, c *Copy, decided bool) string {
	if revealing(m, c, decided) {
		return c.Type + "/" + d.of(m.System, m.Record.Ref)
	}
	return m.Record.Ref
}

// attribute is a piece of a directory name: uid=, cn=.
var attribute = regexp.MustCompile(`(?:^|[,+/])\s*[A-Za-z][A-Za-z0-9.-]*=`)

// uuid is a random name, such as a directory's entryUUID. Its digits mean
// nothing, whatever they look like.
var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func revealing(m Member, c *Copy, decided bool) bool {
	plain := m.Record.Ref
	if s, err := url.PathUnescape(plain); err == nil {
		plain = s
	}
	_, key, found := strings.Cut(plain, "/")
	if !found {
		key = plain
	}
	if uuid.MatchString(key) {
		return false
	}
	if len(identifier.FindCodes(plain)) > 0 {
		return true
	}
	shown := map[string]bool{}
	for _, f := range c.Fields {
		if f.Withheld == Shown && f.Value.Type == core.TypeText {
			shown[fold(f.Value.Text)] = true
		}
	}
	words := tokens(key)
	for _, p := range partiesOf(m.Record) {
		for _, f := range p.Fields {
			v := fold(f.Value.Plain())
			if shown[v] || f.Value.Type == core.TypeFlag || !identifying(c, p.Slot, f.Name) {
				continue
			}
			if holds(words, tokens(v)) {
				return true
			}
		}
	}
	if strings.Contains(key, "@") || !decided && attribute.MatchString(key) {
		return !covered(words, shown)
	}
	return false
}

// covered tells whether every word of three letters and more is in a shown
// value; what is left over may be a name.
func covered(words []string, shown map[string]bool) bool {
	known := map[string]bool{}
	for v := range shown {
		for _, t := range tokens(v) {
			known[t] = true
		}
	}
	for _, t := range words {
		if len(t) > 2 && !known[t] {
			return false
		}
	}
	return true
}

// identifying tells whether a party's field identifies a person: the profile
// says so, or no profile knows the field.
func identifying(c *Copy, slot, field string) bool {
	if c.Profile == nil {
		return true
	}
	known := false
	in := func(t *catalogue.RecordType) bool {
		s, ok := t.Slot(slot)
		if !ok {
			return false
		}
		f, ok := s.Field(field)
		known = known || ok
		return ok && f.Identifier != "" && f.Identifier != core.BusinessID
	}
	if in(c.Profile) {
		return true
	}
	for i := range c.Profile.Parts {
		if in(&c.Profile.Parts[i]) {
			return true
		}
	}
	return !known
}

// partiesOf gives every party of the record and of its parts.
func partiesOf(rec core.Record) []core.Party {
	all := slices.Clone(rec.Parties)
	for _, part := range rec.Parts {
		all = append(all, part.Parties...)
	}
	return all
}

// tokens splits folded text at everything that is no letter and no digit.
func tokens(s string) []string {
	return strings.FieldsFunc(fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// holds tells whether a value stands in a key: all its tokens in a row, or
// one of its words of four letters and more inside a token of letters.
func holds(key, value []string) bool {
	if len(value) == 0 {
		return false
	}
	for i := 0; i+len(value) <= len(key); i++ {
		if slices.Equal(key[i:i+len(value)], value) {
			return true
		}
	}
	for _, word := range value {
		if len(word) < 4 || strings.ContainsFunc(word, unicode.IsDigit) {
			continue
		}
		for _, t := range key {
			if strings.Contains(t, word) {
				return true
			}
		}
	}
	return false
}

// fold gives text in lower case without marks, so that Mäkinen, MAKINEN and
// makinen are the same.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(strings.TrimSpace(s))) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}
