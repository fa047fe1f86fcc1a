package pdf

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// TextString gives a string of the file's dictionaries as text (§7.9.2.2): in
// UTF-16 or UTF-8 by its mark, else in PDFDocEncoding.
func TextString(v any) string {
	s, _ := v.(String)
	switch {
	case strings.HasPrefix(string(s), "\xFE\xFF"):
		return wide(string(s[2:]))
	case strings.HasPrefix(string(s), "\xFF\xFE"):
		b := []byte(s[2:])
		for i := 0; i+1 < len(b); i += 2 {
			b[i], b[i+1] = b[i+1], b[i]
		}
		return wide(string(b))
	case strings.HasPrefix(string(s), "\xEF\xBB\xBF"):
		return string(s[3:])
	}
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(docEncoding(s[i]))
	}
	return b.String()
}

func wide(s string) string {
	u := make([]uint16, 0, len(s)/2)
	for i := 0; i+1 < len(s); i += 2 {
		u = append(u, uint16(s[i])<<8|uint16(s[i+1]))
	}
	return string(utf16.Decode(u))
}

// docUpper is PDFDocEncoding from 0x80 to 0xA0 (annex D.2).
var docUpper = [...]rune{
	'•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', ' ', '€',
}

func docEncoding(c byte) rune {
	switch {
	case c >= 0x18 && c < 0x20:
		return [...]rune{'˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'}[c-0x18]
	case c >= 0x80 && c <= 0xA0:
		return docUpper[c-0x80]
	}
	return rune(c)
}

// standardUpper is StandardEncoding above ASCII (annex D.2); 0 where it has
// nothing.
var standardUpper = map[byte]rune{
	0xA1: '¡', 0xA2: '¢', 0xA3: '£', 0xA4: '⁄', 0xA5: '¥', 0xA6: 'ƒ', 0xA7: '§', 0xA8: '¤', 0xA9: '\'', 0xAA: '“', 0xAB: '«', 0xAC: '‹', 0xAD: '›',
	0xAE: 'ﬁ', 0xAF: 'ﬂ', 0xB1: '–', 0xB2: '†', 0xB3: '‡', 0xB4: '·', 0xB6: '¶', 0xB7: '•', 0xB8: '‚', 0xB9: '„', 0xBA: '”', 0xBB: '»', 0xBC: '…',
	0xBD: '‰', 0xBF: '¿', 0xC1: '`', 0xC2: '´', 0xC3: 'ˆ', 0xC4: '˜', 0xC5: '¯', 0xC6: '˘', 0xC7: '˙', 0xC8: '¨', 0xCA: '˚', 0xCB: '¸', 0xCD: '˝',
	0xCE: '˛', 0xCF: 'ˇ', 0xD0: '—', 0xE1: 'Æ', 0xE3: 'ª', 0xE8: 'Ł', 0xE9: 'Ø', 0xEA: 'Œ', 0xEB: 'º', 0xF1: 'æ', 0xF5: 'ı', 0xF8: 'ł', 0xF9: 'ø',
	0xFA: 'œ', 0xFB: 'ß',
}

// baseEncoding gives the letter of a byte in one of the encodings by name.
func baseEncoding(name Name, c byte) rune {
	switch name {
	case "WinAnsiEncoding":
		if c < 0x20 {
			return 0
		}
		if r := charmap.Windows1252.DecodeByte(c); r != utf8.RuneError {
			return r
		}
		return '•'
	case "MacRomanEncoding":
		if c < 0x20 {
			return 0
		}
		return charmap.Macintosh.DecodeByte(c)
	}
	switch {
	case c == '\'':
		return '’'
	case c == '`':
		return '‘'
	case c >= 0x20 && c < 0x7F:
		return rune(c)
	}
	return standardUpper[c]
}
