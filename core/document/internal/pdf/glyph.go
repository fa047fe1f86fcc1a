package pdf

import (
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// glyphs are the names of letters that are not made of a letter and an
// accent (Adobe Glyph List, the part for Latin text).
var glyphs = map[string]string{
	"space": " ", "exclam": "!", "quotedbl": "\"", "numbersign": "#", "dollar": "$", "percent": "%", "ampersand": "&", "quotesingle": "'",
	"parenleft": "(", "parenright": ")", "asterisk": "*", "plus": "+", "comma": ",", "hyphen": "-", "period": ".", "slash": "/",
	"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
	"colon": ":", "semicolon": ";", "less": "<", "equal": "=", "greater": ">", "question": "?", "at": "@", "bracketleft": "[",
	"backslash": "\\", "bracketright": "]", "asciicircum": "^", "underscore": "_", "grave": "`", "braceleft": "{", "bar": "|",
	"braceright": "}", "asciitilde": "~", "exclamdown": "¡", "cent": "¢", "sterling": "£", "currency": "¤", "yen": "¥", "brokenbar": "¦",
	"section": "§", "dieresis": "¨", "copyright": "©", "ordfeminine": "ª", "guillemotleft": "«", "logicalnot": "¬", "registered": "®",
	"macron": "¯", "degree": "°", "plusminus": "±", "twosuperior": "²", "threesuperior": "³", "acute": "´", "mu": "µ", "paragraph": "¶",
	"periodcentered": "·", "cedilla": "¸", "onesuperior": "¹", "ordmasculine": "º", "guillemotright": "»", "onequarter": "¼", "onehalf": "½",
	"threequarters": "¾", "questiondown": "¿", "AE": "Æ", "Eth": "Ð", "multiply": "×", "Oslash": "Ø", "Thorn": "Þ", "germandbls": "ß",
	"ae": "æ", "eth": "ð", "divide": "÷", "oslash": "ø", "thorn": "þ", "dotlessi": "ı", "Dcroat": "Đ", "dcroat": "đ", "Hbar": "Ħ", "hbar": "ħ",
	"IJ": "Ĳ", "ij": "ĳ", "kgreenlandic": "ĸ", "Lslash": "Ł", "lslash": "ł", "Eng": "Ŋ", "eng": "ŋ", "OE": "Œ", "oe": "œ", "Tbar": "Ŧ",
	"tbar": "ŧ", "florin": "ƒ", "circumflex": "ˆ", "caron": "ˇ", "breve": "˘", "dotaccent": "˙", "ring": "˚", "ogonek": "˛", "tilde": "˜",
	"hungarumlaut": "˝", "endash": "–", "emdash": "—", "quoteleft": "‘", "quoteright": "’", "quotesinglbase": "‚", "quotedblleft": "“",
	"quotedblright": "”", "quotedblbase": "„", "dagger": "†", "daggerdbl": "‡", "bullet": "•", "ellipsis": "…", "perthousand": "‰",
	"guilsinglleft": "‹", "guilsinglright": "›", "fraction": "⁄", "Euro": "€", "euro": "€", "trademark": "™", "minus": "−", "fi": "fi", "fl": "fl", "ff": "ff",
	"ffi": "ffi", "ffl": "ffl", "longs": "ſ", "nbspace": " ", "nonbreakingspace": " ", "sfthyphen": "\u00AD", "softhyphen": "\u00AD", "Tcedilla": "Ţ",
	"hyphentwo": "-", "afii61352": "№", "notequal": "≠", "lessequal": "≤", "greaterequal": "≥", "infinity": "∞", "approxequal": "≈", "checkbox": "☐",
}

// accents are the ends of glyph names that put an accent on a letter.
var accents = map[string]string{
	"grave": "\u0300", "acute": "\u0301", "circumflex": "\u0302", "tilde": "\u0303", "macron": "\u0304", "breve": "\u0306", "dotaccent": "\u0307",
	"dieresis": "\u0308", "ring": "\u030A", "hungarumlaut": "\u030B", "caron": "\u030C", "commaaccent": "\u0327", "cedilla": "\u0327", "ogonek": "\u0328",
}

// glyphText gives the text of a glyph by its name; empty if the name does not
// tell.
func glyphText(name string) string {
	name, _, _ = strings.Cut(name, ".") // a variant of the letter
	if s, ok := glyphs[name]; ok {
		return s
	}
	if len(name) == 1 {
		return name
	}
	if parts := strings.Split(name, "_"); len(parts) > 1 && len(parts) < 8 {
		var b strings.Builder
		for _, p := range parts {
			s := glyphText(p)
			if s == "" {
				return ""
			}
			b.WriteString(s)
		}
		return b.String()
	}
	if hex, ok := strings.CutPrefix(name, "uni"); ok && len(hex) >= 4 {
		if n, err := strconv.ParseUint(hex[:4], 16, 32); err == nil {
			return string(rune(n))
		}
	}
	if hex, ok := strings.CutPrefix(name, "u"); ok && len(hex) >= 4 && len(hex) <= 6 {
		if n, err := strconv.ParseUint(hex, 16, 32); err == nil {
			return string(rune(n))
		}
	}
	if accent, ok := accents[name[min(1, len(name)):]]; ok && (name[0]|0x20) >= 'a' && (name[0]|0x20) <= 'z' {
		return norm.NFC.String(name[:1] + accent)
	}
	return ""
}
