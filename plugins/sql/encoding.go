package sqlsource

import (
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// charmaps are the encodings of one byte in which a database may keep text, by
// PostgreSQL's names and those of a configuration.
func charmaps(name string) *charmap.Charmap {
	switch strings.ToUpper(strings.NewReplacer("-", "", "_", "", " ", "").Replace(name)) {
	case "LATIN1", "ISO88591":
		return charmap.ISO8859_1
	case "LATIN9", "ISO885915":
		return charmap.ISO8859_15
	case "LATIN2", "ISO88592":
		return charmap.ISO8859_2
	case "LATIN4", "ISO88594":
		return charmap.ISO8859_4
	case "LATIN6", "ISO885910":
		return charmap.ISO8859_10
	case "LATIN7", "ISO885913":
		return charmap.ISO8859_13
	case "WIN1252", "WINDOWS1252", "CP1252":
		return charmap.Windows1252
	case "WIN1250", "WINDOWS1250":
		return charmap.Windows1250
	case "WIN1251", "WINDOWS1251":
		return charmap.Windows1251
	case "WIN1257", "WINDOWS1257":
		return charmap.Windows1257
	case "ISO88595":
		return charmap.ISO8859_5
	case "KOI8R":
		return charmap.KOI8R
	case "KOI8U":
		return charmap.KOI8U
	default:
		return nil
	}
}

// storable gives the ways in which a database keeps a text that is compared
// exactly: none where its encoding has no place for it, and, where it does not
// know its encoding, also as Latin-1. ok is false where that is not known, so
// that the text must be looked for coarsely.
func (d *dialect) storable(text, encoding string) (ways []string, ok bool) {
	ascii := strings.IndexFunc(text, func(r rune) bool { return r >= 0x80 }) < 0
	switch {
	case ascii:
		return []string{text}, true
	case encoding == "SQL_ASCII", d.looseTypes:
		ways = []string{text}
		if latin, err := charmap.Windows1252.NewEncoder().String(text); err == nil {
			ways = append(ways, latin)
		}
		return ways, true
	case encoding == "" || encoding == "UTF8":
		return []string{text}, true
	}
	m := charmaps(encoding)
	if m == nil {
		return nil, false
	}
	if _, err := m.NewEncoder().String(text); err != nil {
		return nil, true
	}
	return []string{text}, true
}
