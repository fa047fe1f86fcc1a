package reports

import (
	"regexp"
	"strings"

	"github.com/sinusta/sinusta/core/catalogue"
)

var (
	// statuteForm is an act or decree with its sections: "906/2019",
	// "906/2019 ss.25, 26", "decree 1101/2019 s.14".
	statuteForm = regexp.MustCompile(`^(?:(act|decree) )?(\d{1,4}/\d{4})(?: ss?\.\s?(\S.*))?$`)
	// sectionForm is a section, with its subsection and the point of that:
	// "25", "24 a", "24(1)(7)"; or a range of sections.
	sectionForm = regexp.MustCompile(`^(\d{1,3}(?: ?[a-z])?)(?:\((\d{1,2})\)(?:\((\d{1,2})\))?|[-–](\d{1,3}(?: ?[a-z])?))?$`)
	// sectionLists is what stands between sections.
	sectionLists = regexp.MustCompile(`, | and `)
)

// statute writes a statute as the language does: "906/2019 25 ja 26 §",
// "906/2019 25 och 26 §", "906/2019 sections 25 and 26". What it cannot read
// it gives as it is.
func statute(lang, s string) string {
	m := statuteForm.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return visible(s)
	}
	act := m[2]
	if word := actWord(lang, m[1], m[3] != ""); word != "" {
		act = word + " " + act
	}
	if m[3] == "" {
		return act
	}
	list, ok := sections(lang, m[3])
	if !ok {
		return visible(s)
	}
	return act + " " + list
}

// actWord names the sort of statute, in the genitive where Finnish has its
// sections follow.
func actWord(lang, word string, more bool) string {
	switch {
	case word == "" || lang == "en":
		return word
	case lang == "sv":
		return map[string]string{"act": "lag", "decree": "förordning"}[word]
	case more:
		return map[string]string{"act": "lain", "decree": "asetuksen"}[word]
	default:
		return map[string]string{"act": "laki", "decree": "asetus"}[word]
	}
}

// sections writes a list of sections, and tells whether it could.
func sections(lang, list string) (string, bool) {
	parts := sectionLists.Split(list, -1)
	plain := true // bare numbers share one sign of section
	for i, part := range parts {
		m := sectionForm.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return "", false
		}
		plain = plain && m[2] == ""
		parts[i] = oneSection(lang, m[1], m[2], m[3], m[4])
	}
	if lang == "en" {
		word := "section"
		if len(parts) > 1 || strings.Contains(parts[0], "–") {
			word = "sections"
		}
		return word + "\u00a0" + joined(lang, parts), true
	}
	if plain {
		return joined(lang, parts) + "\u00a0§", true
	}
	for i, part := range parts {
		if !strings.Contains(part, "§") {
			parts[i] = part + "\u00a0§"
		}
	}
	return joined(lang, parts), true
}

// oneSection writes one section, in Finnish and Swedish without its sign where
// it has no subsection.
func oneSection(lang, number, subsection, point, last string) string {
	switch {
	case last != "":
		return number + "–" + last
	case subsection == "":
		return number
	case lang == "en":
		if point != "" {
			point = "(" + point + ")"
		}
		return number + "(" + subsection + ")" + point
	case lang == "sv":
		if point != "" {
			point = " " + point + "\u00a0punkten"
		}
		return number + "\u00a0§ " + subsection + "\u00a0mom." + point
	case point == "":
		return number + "\u00a0§:n " + subsection + "\u00a0momentti"
	default:
		return number + "\u00a0§:n " + subsection + "\u00a0momentin " + point + "\u00a0kohta"
	}
}

// joined writes a list: "5, 8 ja 17".
func joined(lang string, parts []string) string {
	and, ok := map[string]string{"fi": " ja ", "sv": " och "}[lang]
	if !ok {
		and = " and "
	}
	last := len(parts) - 1
	if last == 0 {
		return parts[0]
	}
	return strings.Join(parts[:last], ", ") + and + parts[last]
}

// secrecyGround writes the act and section of a ground for secrecy.
func secrecyGround(lang string, k catalogue.Secrecy) string {
	act, list := strings.TrimSpace(k.Statute), strings.TrimSpace(k.Section)
	if list == "" {
		return statute(lang, act)
	}
	bare := strings.TrimPrefix(strings.TrimPrefix(list, "ss."), "s.")
	if act == "" {
		if said, ok := sections(lang, bare); ok {
			return said
		}
		return visible(list)
	}
	if said := act + " s." + bare; statute(lang, said) != visible(said) {
		return statute(lang, said)
	}
	return visible(act + " " + list)
}
