package identifier

import "github.com/sinusta/sinusta/core"

// Code names the rule that a value breaks.
type Code string

// The codes of a ParseError.
const (
	CodeEmpty      Code = "empty"
	CodeKind       Code = "kind"       // no such kind of identifier
	CodeForm       Code = "form"       // characters or their order
	CodeLength     Code = "length"     // too short or too long
	CodeDate       Code = "date"       // no such day
	CodeCheck      Code = "check"      // check character or digit
	CodeIndividual Code = "individual" // individual number 000 or 001
	CodeIncomplete Code = "incomplete" // a code without its century sign, or the date alone
	CodeYear       Code = "year"       // a year of two digits, or before 1850
	CodeFuture     Code = "future"     // a date of birth to come
	CodeDomain     Code = "domain"     // the part of an e-mail address after the @
	CodeCountry    Code = "country"    // no such country, or none that has the kind
	CodeOrder      Code = "order"      // a span of time that ends before it begins
	CodeSpan       Code = "span"       // a span of time that is too long
	CodePlace      Code = "place"      // no town or postal code, no place of contact
)

// ParseError says which rule of its kind a value breaks. It holds nothing of
// the value.
type ParseError struct {
	Kind core.Kind
	Code Code
}

// Error gives the explanation in English.
func (e *ParseError) Error() string { return string(e.Kind) + ": " + e.Explain("en") }

// Explain says in one sentence what is wrong and what to do, in lang (fi, sv
// or en; English for any other). It never holds the value.
func (e *ParseError) Explain(lang string) string { return e.Text().In(lang) }

// Text gives the sentence of Explain in every language: that of the kind
// before the general one.
func (e *ParseError) Text() Text {
	if r := rule(e.Kind); r != nil {
		for _, b := range r.Bad {
			if b.Code == e.Code && b.Text != (Text{}) {
				return b.Text
			}
		}
		if e.Code == CodeForm {
			return r.form
		}
	}
	if t, ok := generalTexts[e.Code]; ok {
		return t
	}
	return generalTexts[CodeForm]
}

// generalTexts are the sentences by code, for every kind that has none of its
// own.
var generalTexts = map[Code]Text{
	CodeForm:   {"Arvo ei ole oikeaa muotoa: tarkista se.", "Värdet har inte rätt form: kontrollera det.", "The value does not have the right form: check it."},
	CodeEmpty:  {"Arvo on tyhjä: kirjoita tunniste.", "Värdet är tomt: skriv beteckningen.", "The value is empty: write the identifier."},
	CodeKind:   {"Tunnistelajia ei tunneta: valitse jokin tunnetuista.", "Typen av identifierare är okänd: välj en känd typ.", "The kind of identifier is not known: choose one of the known kinds."},
	CodeLength: {"Arvo on liian lyhyt tai liian pitkä: tarkista se.", "Värdet är för kort eller för långt: kontrollera det.", "The value is too short or too long: check it."},
	CodeDate: {"Päivää ei ole kalenterissa: tarkista päivä, kuukausi ja vuosi.", "Dagen finns inte i kalendern: kontrollera dag, månad och år.",
		"There is no such day in the calendar: check day, month and year."},
	CodeCheck: {"Tarkistusmerkki ei täsmää: jokin merkki on väärin.", "Kontrolltecknet stämmer inte: något tecken är fel.", "The check character does not agree: some character is wrong."},
	CodeYear:  {"Vuosi on kirjoitettava neljällä numerolla, aikaisintaan 1850.", "Året ska skrivas med fyra siffror, tidigast 1850.", "Write the year with four digits, 1850 or later."},
	CodeFuture: {"Päivä on tulevaisuudessa: tarkista vuosi.", "Dagen ligger i framtiden: kontrollera året.",
		"The day is in the future: check the year."},
	CodeCountry: {"Maatunnusta ei tunneta: tarkista kaksi ensimmäistä kirjainta.", "Landskoden är okänd: kontrollera de två första bokstäverna.",
		"The country code is not known: check the first two letters."},
}
