package core

import (
	"unicode"
	"unicode/utf8"
)

// Explanation is a problem in the words of those who read about it. It holds
// no value and no text of a plugin.
type Explanation struct {
	// What says what happened, and when. It begins with a small letter and
	// has no full stop, since the name of the system stands before it.
	What string
	// Remedy says who does what about it, in whole sentences.
	Remedy string
}

// String gives both as sentences.
func (e Explanation) String() string {
	r, size := utf8.DecodeRuneInString(e.What)
	return string(unicode.ToUpper(r)) + e.What[size:] + ". " + e.Remedy
}

// Explain gives the problem in fi, sv or en; any other language is en. A
// class, phase or origin that this version does not know is told as what is
// known: an unknown class as a bug.
func (p *Problem) Explain(lang string) Explanation {
	words := explanations[p.Class.Known()]
	said, special := words.from[p.Origin]
	if !special {
		said = words.always
	}
	out := Explanation{What: said.what.in(lang), Remedy: said.remedy.in(lang)}
	if when := phaseWords[p.Phase].in(lang); when != "" {
		out.What += " (" + when + ")"
	}
	return out
}

// spoken is one text in the languages of the readers.
type spoken struct{ fi, sv, en string }

func (s spoken) in(lang string) string {
	switch lang {
	case "fi":
		return s.fi
	case "sv":
		return s.sv
	default:
		return s.en
	}
}

// said is what happened and who does what about it.
type said struct{ what, remedy spoken }

// classWords are the words of a class: those that always hold, and other ones
// where the origin makes it another thing.
type classWords struct {
	always said
	from   map[Origin]said
}

// phaseWords say when something happened.
var phaseWords = map[Phase]spoken{
	PhaseStart:     {"yhteyttä käynnistettäessä", "när förbindelsen startades", "while the connection was being started"},
	PhaseConfigure: {"yhteyttä avattaessa", "när förbindelsen öppnades", "while the connection was being set up"},
	PhaseCheck:     {"yhteyttä tarkistettaessa", "när förbindelsen kontrollerades", "while the connection was being checked"},
	PhaseSearch:    {"haun aikana", "under sökningen", "during the search"},
}

// explanations is the one table of what is said of a class of problem.
var explanations = map[Class]classWords{
	ClassConfig: {always: said{
		spoken{"yhteys on määritelty väärin", "förbindelsen är felaktigt inställd", "the connection is set up wrongly"},
		spoken{"Yhteyden ylläpitäjä korjaa asetukset, ja haku tehdään uudelleen.",
			"Den som sköter förbindelsen rättar inställningarna, och sökningen görs om.",
			"The integrator corrects the settings of the source, and the search is made again."}}},
	ClassAuth: {always: said{
		spoken{"järjestelmä ei päästänyt hakua sisään", "systemet släppte inte in sökningen", "the system did not let the search in"},
		spoken{"Järjestelmän omistaja uusii hakutunnuksen tai sen lukuoikeuden, ja haku tehdään uudelleen.",
			"Systemets ägare förnyar sökkontot eller dess läsrätt, och sökningen görs om.",
			"The owner of the system renews the account of the search or its right to read, and the search is made again."}}},
	ClassTransient: {
		always: said{
			spoken{"järjestelmään ei saatu yhteyttä", "systemet kunde inte nås", "the system could not be reached"},
			spoken{"Kirjaamo tekee haun myöhemmin uudelleen. Jos vika jatkuu, kirjaamo ilmoittaa siitä järjestelmän omistajalle.",
				"Registraturen gör om sökningen senare. Om felet består meddelar registraturen systemets ägare.",
				"The registry makes the search again later. If the fault lasts, the registry tells the owner of the system."}},
		from: map[Origin]said{
			OriginPlugin: {
				spoken{"järjestelmään yhdistävä ohjelma katkesi", "programmet som ansluter till systemet avbröts", "the program that connects to the system was cut off"},
				spoken{"Kirjaamo tekee haun uudelleen. Jos vika toistuu, yhteyden ylläpitäjä lukee ohjelman lokin.",
					"Registraturen gör om sökningen. Om felet upprepas läser den som sköter förbindelsen programmets logg.",
					"The registry makes the search again. If the fault returns, the integrator reads the program's log."}},
			OriginHost: {
				spoken{"hakua tekevän koneen resurssit eivät riittäneet", "datorn som gör sökningen hade för lite resurser", "the computer that makes the search was short of resources"},
				spoken{"Koneen ylläpitäjä vapauttaa resursseja, ja haku tehdään uudelleen.",
					"Datorns administratör frigör resurser, och sökningen görs om.",
					"The administrator of the computer frees resources, and the search is made again."}},
		}},
	ClassRateLimited: {always: said{
		spoken{"järjestelmä pyysi odottamaan", "systemet bad oss vänta", "the system asked us to wait"},
		spoken{"Kirjaamo tekee haun uudelleen, kun järjestelmä sen sallii.",
			"Registraturen gör om sökningen när systemet tillåter det.",
			"The registry makes the search again when the system allows it."}}},
	ClassPartial: {always: said{
		spoken{"osaa järjestelmästä ei voitu lukea", "en del av systemet kunde inte läsas", "a part of the system could not be read"},
		spoken{"Järjestelmän omistaja korjaa kohdan, ja haku tehdään uudelleen; muuten kohta katsotaan käsin.",
			"Systemets ägare rättar till den delen, och sökningen görs om; annars gås delen igenom manuellt.",
			"The owner of the system puts that part right, and the search is made again; else somebody looks at it by hand."}}},
	ClassUnsupportedKey: {always: said{
		spoken{"järjestelmästä ei voitu hakea kaikilla tunnisteilla", "systemet kunde inte genomsökas med alla identifierare", "the system could not be searched with every identifier"},
		spoken{"Yhteyden ylläpitäjä lisää puuttuvan tunnisteen asetuksiin; muuten järjestelmän omistaja hakee sillä käsin.",
			"Den som sköter förbindelsen lägger till den identifierare som saknas; annars söker systemets ägare med den manuellt.",
			"The integrator adds the missing identifier to the settings; else the owner of the system searches with it by hand."}}},
	ClassNeedsHuman: {always: said{
		spoken{"jonkun on katsottava aineisto käsin", "någon måste gå igenom materialet manuellt", "somebody has to look by hand"},
		spoken{"Järjestelmän omistaja katsoo aineiston ja ilmoittaa tuloksen kirjaamolle.",
			"Systemets ägare går igenom materialet och meddelar registraturen resultatet.",
			"The owner of the system looks and tells the registry what was found."}}},
	ClassData: {always: said{
		spoken{"järjestelmä antoi merkinnän, jota ei voitu ymmärtää", "systemet gav en anteckning som inte kunde tolkas", "the system gave a record that could not be understood"},
		spoken{"Yhteyden ylläpitäjä korjaa merkinnän lukutavan; siihen asti käsittelijä katsoo merkinnän järjestelmästä.",
			"Den som sköter förbindelsen rättar hur anteckningen läses; tills dess läser handläggaren den i systemet.",
			"The integrator corrects how the record is read; until then a case handler reads it in the system."}}},
	ClassUnmapped: {always: said{
		spoken{"järjestelmässä on tietoja, joiden merkitystä ei ole selvitetty", "i systemet finns uppgifter vars betydelse inte har utretts",
			"the system holds data whose meaning has not been settled"},
		spoken{"Tietoasiantuntija selvittää merkityksen, yhteyden ylläpitäjä lisää tiedot asetuksiin, ja haku tehdään uudelleen.",
			"Informationsexperten utreder betydelsen, den som sköter förbindelsen lägger till uppgifterna, och sökningen görs om.",
			"The information expert settles what the data are, the integrator adds them to the settings, and the search is made again."}}},
	ClassTruncated: {always: said{
		spoken{"järjestelmä antoi enemmän merkintöjä kuin voitiin ottaa vastaan", "systemet gav fler anteckningar än vad som kunde tas emot", "the system gave more records than could be received"},
		spoken{"Yhteyden ylläpitäjä nostaa merkintöjen enimmäismäärää, ja haku tehdään uudelleen.",
			"Den som sköter förbindelsen höjer det högsta antalet anteckningar, och sökningen görs om.",
			"The integrator raises the largest number of records, and the search is made again."}}},
	ClassBug: {
		always: said{
			spoken{"järjestelmään yhdistävässä ohjelmassa oli vika", "det var fel i programmet som ansluter till systemet", "there was a fault in the program that connects to the system"},
			spoken{"Yhteyden ylläpitäjä lukee ohjelman lokin ja ilmoittaa viasta ohjelman tekijälle, joka korjaa sen.",
				"Den som sköter förbindelsen läser programmets logg och meddelar felet till den som gjort programmet, som rättar det.",
				"The integrator reads the program's log and reports the fault to its maker, who corrects it."}},
		from: map[Origin]said{
			OriginSystem: {
				spoken{"järjestelmä vastasi tavalla, jota ei tunneta", "systemet svarade på ett sätt som inte är känt", "the system answered in a way that is not known"},
				spoken{"Järjestelmän omistaja ja yhteyden ylläpitäjä selvittävät, mikä on muuttunut.",
					"Systemets ägare och den som sköter förbindelsen utreder vad som har ändrats.",
					"The owner of the system and the integrator find out what has changed."}},
			OriginHost: {
				spoken{"hakuohjelma ei voinut käyttää yhteyttä", "sökprogrammet kunde inte använda förbindelsen", "the search program could not use the connection"},
				spoken{"Yhteyden ylläpitäjä lukee lokin ja korjaa vian tai ilmoittaa siitä ohjelman tekijälle.",
					"Den som sköter förbindelsen läser loggen och rättar felet eller meddelar det till den som gjort programmet.",
					"The integrator reads the log, and corrects the fault or reports it to the maker of the program."}},
		}},
	ClassCancelled: {
		always: said{
			spoken{"haku keskeytettiin", "sökningen avbröts", "the search was stopped"},
			spoken{"Kirjaamo jatkaa hakua siitä, mihin se jäi.",
				"Registraturen fortsätter sökningen där den avbröts.",
				"The registry goes on with the search where it stopped."}},
		from: map[Origin]said{
			OriginPlugin: {
				spoken{"järjestelmään yhdistävä ohjelma keskeytti haun", "programmet som ansluter till systemet avbröt sökningen", "the program that connects to the system stopped the search"},
				spoken{"Kirjaamo tekee haun uudelleen. Jos vika toistuu, yhteyden ylläpitäjä lukee ohjelman lokin.",
					"Registraturen gör om sökningen. Om felet upprepas läser den som sköter förbindelsen programmets logg.",
					"The registry makes the search again. If the fault returns, the integrator reads the program's log."}},
			OriginSystem: {
				spoken{"järjestelmä keskeytti haun", "systemet avbröt sökningen", "the system stopped the search"},
				spoken{"Kirjaamo tekee haun uudelleen. Jos vika toistuu, kirjaamo ilmoittaa siitä järjestelmän omistajalle.",
					"Registraturen gör om sökningen. Om felet upprepas meddelar registraturen systemets ägare.",
					"The registry makes the search again. If the fault returns, the registry tells the owner of the system."}},
		}},
	ClassDeadline: {
		always: said{
			spoken{"järjestelmä ei vastannut ajoissa", "systemet svarade inte i tid", "the system did not answer in time"},
			spoken{"Järjestelmän omistaja selvittää syyn, ja kirjaamo tekee haun uudelleen.",
				"Systemets ägare utreder orsaken, och registraturen gör om sökningen.",
				"The owner of the system finds out why, and the registry makes the search again."}},
		from: map[Origin]said{
			OriginPlugin: {
				spoken{"järjestelmään yhdistävä ohjelma lakkasi vastaamasta", "programmet som ansluter till systemet slutade svara", "the program that connects to the system stopped answering"},
				spoken{"Kirjaamo tekee haun uudelleen. Jos vika toistuu, yhteyden ylläpitäjä lukee ohjelman lokin.",
					"Registraturen gör om sökningen. Om felet upprepas läser den som sköter förbindelsen programmets logg.",
					"The registry makes the search again. If the fault returns, the integrator reads the program's log."}},
			OriginHost: {
				spoken{"haku ei valmistunut sille varatussa ajassa; aika loppui", "sökningen blev inte klar inom den tid som reserverats; tiden tog slut", "the time set for the source ran out"},
				spoken{"Yhteyden ylläpitäjä antaa haulle enemmän aikaa, tai järjestelmän omistaja selvittää hitauden syyn; sitten haku tehdään uudelleen.",
					"Den som sköter förbindelsen ger sökningen mer tid, eller systemets ägare utreder varför den är långsam; sedan görs sökningen om.",
					"The integrator gives the source more time, or the owner of the system finds out why it is slow; then the search is made again."}},
		}},
}
