package main

import (
	"fmt"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/index"
)

// searchText is what a search says to people, in one language.
type searchText struct {
	// hits takes how many records are hits; shown, how many of them stand below.
	hit, hits  string
	shown      string
	identifier string // kind
	// how takes the word in the text and the one that was typed.
	how   map[index.How]string
	forms map[index.Form]string
	times string
}

// searchTexts are the languages of a search.
var searchTexts = map[string]searchText{
	"fi": {hit: "1 osuma", hits: "%d osumaa", shown: "; tässä %d ensimmäistä, enemmän valitsimella --size", identifier: "haettu tunniste (%s)", times: "%d kertaa",
		how: map[index.How]string{index.HowExact: "”%s” kuten kirjoitettiin", index.HowSpelling: "”%s”: sanan ”%s” toinen kirjoitusasu",
			index.HowInflected: "”%s”: sanan ”%s” %s", index.HowPrefix: "”%s” alkaa ”%s”", index.HowSimilar: "”%s” on lähes ”%s”",
			index.HowInitial: "”%s”: etunimen ”%s” alkukirjain"},
		forms: map[index.Form]string{index.FormGenitive: "genetiivi", index.FormPartitive: "partitiivi", index.FormEssive: "essiivi",
			index.FormTranslative: "translatiivi", index.FormInessive: "inessiivi", index.FormElative: "elatiivi", index.FormIllative: "illatiivi",
			index.FormAdessive: "adessiivi", index.FormAblative: "ablatiivi", index.FormAllative: "allatiivi",
			index.FormPlural: "monikko"}},
	"sv": {hit: "1 träff", hits: "%d träffar", shown: "; här de %d första, fler med --size", identifier: "den sökta identifieraren (%s)", times: "%d gånger",
		how: map[index.How]string{index.HowExact: "”%s” som det skrevs", index.HowSpelling: "”%s”: annan stavning av ”%s”",
			index.HowInflected: "”%s”: böjd form av ”%s” (%s)", index.HowPrefix: "”%s” börjar med ”%s”", index.HowSimilar: "”%s” liknar ”%s”",
			index.HowInitial: "”%s”: initial för ”%s”"},
		forms: map[index.Form]string{index.FormGenitive: "genitiv", index.FormPartitive: "partitiv", index.FormEssive: "essiv",
			index.FormTranslative: "translativ", index.FormInessive: "inessiv", index.FormElative: "elativ", index.FormIllative: "illativ",
			index.FormAdessive: "adessiv", index.FormAblative: "ablativ", index.FormAllative: "allativ",
			index.FormPlural: "plural"}},
	"en": {hit: "1 hit", hits: "%d hits", shown: "; here are the first %d, more with --size", identifier: "the identifier that was typed (%s)", times: "%d times",
		how: map[index.How]string{index.HowExact: "\"%s\" as typed", index.HowSpelling: "\"%s\": another spelling of \"%s\"",
			index.HowInflected: "\"%s\": a form of \"%s\" (%s)", index.HowPrefix: "\"%s\" begins with \"%s\"", index.HowSimilar: "\"%s\" is almost \"%s\"",
			index.HowInitial: "\"%s\": the initial of \"%s\""},
		forms: map[index.Form]string{index.FormGenitive: "genitive", index.FormPartitive: "partitive", index.FormEssive: "essive",
			index.FormTranslative: "translative", index.FormInessive: "inessive", index.FormElative: "elative", index.FormIllative: "illative",
			index.FormAdessive: "adessive", index.FormAblative: "ablative", index.FormAllative: "allative",
			index.FormPlural: "plural"}},
}

// found says how many hits there are, and how many of them are shown.
func (t searchText) found(total, shown int) string {
	said := fmt.Sprintf(t.hits, total)
	if total == 1 {
		said = t.hit
	}
	if shown < total {
		said += fmt.Sprintf(t.shown, shown)
	}
	return said
}

// reasons gives a sentence for each reason of a hit, in lang.
func (t searchText) reasons(h index.Hit, lang string) []string {
	var out []string
	for _, w := range h.Why {
		var line string
		switch w.How {
		case index.HowIdentifier:
			line = fmt.Sprintf(t.identifier, w.Kind)
		case index.HowExact:
			line = fmt.Sprintf(t.how[w.How], w.Word)
		case index.HowInflected:
			line = fmt.Sprintf(t.how[w.How], w.Word, w.Query, t.forms[w.Form])
		default:
			line = fmt.Sprintf(t.how[w.How], w.Word, w.Query)
		}
		if w.Field != "" {
			line += "; " + app.FieldLabel(h.Kind, h.Type, w.Field, lang)
		}
		if w.Times > 1 {
			line += ", " + fmt.Sprintf(t.times, w.Times)
		}
		out = append(out, line)
	}
	return out
}
