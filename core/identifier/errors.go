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
func (e *ParseError) Explain(lang string) string {
	if t, ok := explanation(e.Kind, e.Code); ok {
		return t.In(lang)
	}
	return anyForm.In(lang)
}

var anyForm = Text{
	"Arvo ei ole oikeaa muotoa: tarkista se.",
	"Värdet har inte rätt form: kontrollera det.",
	"The value does not have the right form: check it.",
}

// explanation gives the sentence of a code, that of the kind before the
// general one.
func explanation(kind core.Kind, code Code) (Text, bool) {
	if code == CodeForm {
		t, ok := formOf(kind)
		return t, ok
	}
	switch code {
	case CodeEmpty:
		return Text{"Arvo on tyhjä: kirjoita tunniste.", "Värdet är tomt: skriv beteckningen.", "The value is empty: write the identifier."}, true
	case CodeKind:
		return Text{"Tunnistelajia ei tunneta: valitse jokin tunnetuista.", "Typen av identifierare är okänd: välj en känd typ.", "The kind of identifier is not known: choose one of the known kinds."}, true
	case CodeLength:
		if kind == core.PersonalIdentityCode {
			return Text{"Henkilötunnuksessa on 11 merkkiä: tarkista, puuttuuko jotain tai onko jotain liikaa.",
				"En personbeteckning har 11 tecken: kontrollera om något fattas eller är för mycket.",
				"A personal identity code has 11 characters: check whether something is missing or too much."}, true
		}
		return Text{"Arvo on liian lyhyt tai liian pitkä: tarkista se.", "Värdet är för kort eller för långt: kontrollera det.", "The value is too short or too long: check it."}, true
	case CodeDate:
		return Text{"Päivää ei ole kalenterissa: tarkista päivä, kuukausi ja vuosi.", "Dagen finns inte i kalendern: kontrollera dag, månad och år.", "There is no such day in the calendar: check day, month and year."}, true
	case CodeCheck:
		return Text{"Tarkistusmerkki ei täsmää: jokin merkki on väärin.", "Kontrolltecknet stämmer inte: något tecken är fel.", "The check character does not agree: some character is wrong."}, true
	case CodeIndividual:
		return Text{"Yksilönumeroita 000 ja 001 ei anneta: tarkista kolme numeroa välimerkin jälkeen.", "Individnumren 000 och 001 ges inte: kontrollera de tre siffrorna efter mellantecknet.", "The individual numbers 000 and 001 are not given out: check the three digits after the century sign."}, true
	case CodeIncomplete:
		return Text{"Henkilötunnuksesta puuttuu osa, eikä sitä saa arvata: kirjoita tunnus kokonaan välimerkkeineen.", "En del av personbeteckningen fattas och får inte gissas: skriv hela beteckningen med mellantecknet.", "A part of the personal identity code is missing and must not be guessed: write the whole code with its century sign."}, true
	case CodeYear:
		return Text{"Vuosi on kirjoitettava neljällä numerolla, aikaisintaan 1850.", "Året ska skrivas med fyra siffror, tidigast 1850.", "Write the year with four digits, 1850 or later."}, true
	case CodeFuture:
		return Text{"Syntymäaika on tulevaisuudessa: tarkista vuosi.", "Födelsedatumet ligger i framtiden: kontrollera året.", "The date of birth is in the future: check the year."}, true
	case CodeDomain:
		return Text{"Osoitteen @-merkin jälkeinen osa ei ole verkkotunnus: tarkista se.", "Delen efter @ i adressen är inget domännamn: kontrollera den.", "The part of the address after the @ is no domain name: check it."}, true
	}
	return Text{}, false
}

// formOf says what the right form of a kind is.
func formOf(kind core.Kind) (Text, bool) {
	switch kind {
	case core.PersonalIdentityCode:
		return Text{"Henkilötunnus on muotoa ppkkvv, välimerkki, kolme numeroa ja tarkistusmerkki.", "En personbeteckning har formen ddmmåå, mellantecken, tre siffror och kontrolltecken.", "A personal identity code is ddmmyy, a century sign, three digits and a check character."}, true
	case core.BusinessID:
		return Text{"Y-tunnus on muotoa seitsemän numeroa, viiva ja tarkistusnumero.", "Ett FO-nummer är sju siffror, bindestreck och kontrollsiffra.", "A business ID is seven digits, a hyphen and a check digit."}, true
	case core.Email:
		return Text{"Kirjoita yksi sähköpostiosoite, esimerkiksi etunimi.sukunimi@example.fi.", "Skriv en e-postadress, till exempel fornamn.efternamn@example.fi.", "Write one e-mail address, such as first.last@example.fi."}, true
	case core.Phone:
		return Text{"Kirjoita yksi puhelinnumero, joka alkaa nollalla tai maatunnuksella, esimerkiksi 040 1234567.", "Skriv ett telefonnummer som börjar med noll eller landsnummer, till exempel 040 1234567.", "Write one telephone number that begins with zero or the country code, such as 040 1234567."}, true
	case core.Name:
		return Text{"Kirjoita yhden ihmisen nimi muodossa Sukunimi, Etunimet.", "Skriv en persons namn i formen Efternamn, Förnamn.", "Write one person's name as Family name, Given names."}, true
	case core.DateOfBirth:
		return Text{"Kirjoita päivä muodossa pp.kk.vvvv tai vvvv-kk-pp.", "Skriv dagen i formen dd.mm.åååå eller åååå-mm-dd.", "Write the day as dd.mm.yyyy or yyyy-mm-dd."}, true
	case core.DiaryNumber:
		return Text{"Kirjoita asianumero sellaisena kuin se on kirjeessä, esimerkiksi VALTORI/123/2024.", "Skriv diarienumret så som det står i brevet, till exempel VALTORI/123/2024.", "Write the diary number as it stands in the letter, such as VALTORI/123/2024."}, true
	}
	return Text{}, false
}
