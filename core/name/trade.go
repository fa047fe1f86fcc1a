package name

import "strings"

// withoutTradeWord takes out what a sole trader's register name adds to the
// person's: Tmi Maija Mäkinen, Firma Maija Mäkinen, Maija Mäkinen T:mi.
func withoutTradeWord(s string) string {
	words := strings.Fields(s)
	kept := words[:0:0]
	for n, w := range words {
		switch strings.ToLower(w) {
		case "t:mi", "tmi", "toiminimi", "fma", "firma":
			continue
		case "enskild":
			if n+1 < len(words) && strings.EqualFold(words[n+1], "firma") {
				continue
			}
		}
		kept = append(kept, w)
	}
	if len(kept) == len(words) {
		return s
	}
	return strings.Join(kept, " ")
}
