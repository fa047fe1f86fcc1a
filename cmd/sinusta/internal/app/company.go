package app

import (
	"errors"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
)

// ErrCompany is the answer to a company that asks about itself, in the
// languages in which it may be passed on. No request is opened for it.
var ErrCompany = errors.New(`a company is no data subject, and no request was opened
fi: Yritys tai muu yhteisö ei ole rekisteröity: EU:n tietosuoja-asetuksen 15 artikla antaa oikeuden tietoihin vain ihmiselle, eikä yhteisö saa sen nojalla mitään. Viranomaisen asiakirjoja yhteisö pyytää julkisuuslain (621/1999) nojalla kirjaamosta, asianosaisena myös lain 11 §:n nojalla. Toiminimiyrittäjä, yhtiömies, yhteyshenkilö ja edustaja ovat ihmisiä: kirjoita pyyntöön ihmisen nimi ja asema (capacity).
sv: Ett företag eller en annan sammanslutning är ingen registrerad: artikel 15 i EU:s dataskyddsförordning ger bara människor rätt till uppgifter, och en sammanslutning får ingenting med stöd av den. Myndighetens handlingar begär sammanslutningen hos registraturen med stöd av offentlighetslagen (621/1999), som part även med stöd av lagens 11 §. En enskild näringsidkare, en bolagsman, en kontaktperson och en företrädare är människor: skriv personens namn och ställning (capacity) i begäran.
en: A company or another organisation is no data subject: Article 15 of the GDPR gives a right to data to people only, and an organisation gets nothing under it. It asks the registry for an authority's documents under the Act on the Openness of Government Activities (621/1999), as a party also under its section 11. A sole trader, a partner, a contact person and a representative are people: write the person's name and capacity into the request`)

// companyAlone tells whether an intake names an organisation and nobody in it:
// by its business ID or its name, beside nothing that is a person's.
func (in Intake) companyAlone(c *catalogue.Catalogue) bool {
	company := false
	for _, n := range in.Subject.Names {
		switch {
		case legalForm(n.Given + " " + n.Family):
			company = true
		case strings.TrimSpace(n.Given+n.Family) != "":
			return false
		}
	}
	for _, raw := range in.Subject.Identifiers {
		if raw.Kind.OfOrganisation() && raw.Capacity != core.SoleTrader {
			company = true
		} else if identifiesPerson(raw, c) {
			return false
		}
	}
	return company
}

// identifiesPerson tells whether an identifier is of a kind that people have,
// and not one that many share.
func identifiesPerson(raw IntakeIdentifier, c *catalogue.Catalogue) bool {
	rule, known := identifier.Rule(raw.Kind)
	if !known || raw.Kind.OfOrganisation() {
		return known && raw.Capacity == core.SoleTrader
	}
	id, err := access.House(c.Organisation).Parse(raw.Kind, raw.Value)
	switch {
	case err != nil: // which is answered first
		return true
	case identifier.IsGeneric(id, c.Organisation.GenericValues):
		return false
	case raw.Kind == core.DateOfBirth:
		return true
	}
	return rule.Sharing > identifier.ManyPeople
}

// legalForm tells whether a name ends or begins with the legal form of an
// organisation.
func legalForm(name string) bool {
	words := strings.Fields(strings.ToLower(strings.NewReplacer(",", " ", ".", "").Replace(name)))
	forms := []string{"oy", "oyj", "ab", "abp", "ky", "kb", "ry", "rf", "rs", "sr", "osk", "andelslag", "osuuskunta", "yhdistys", "säätiö", "ltd", "inc", "gmbh", "llc", "plc", "as", "kunta", "kaupunki"}
	return len(words) > 1 && (slices.Contains(forms, words[0]) || slices.Contains(forms, words[len(words)-1]))
}

// capacities lists the capacities for people.
func capacities() string {
	var words []string
	for _, c := range core.Capacities() {
		words = append(words, string(c))
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// agreeOnBusiness adds the business ID that a Finnish VAT number stands for,
// where the intake does not give it.
func agreeOnBusiness(s *core.Subject) {
	for _, vat := range s.Of(core.VATNumber) {
		business, ok := identifier.BusinessOfVAT(vat)
		if !ok || slices.ContainsFunc(s.Of(core.BusinessID), func(i core.Identifier) bool { return i.Value == business.Value }) {
			continue
		}
		business.Raw = ""
		s.Identifiers = append(s.Identifiers, business)
	}
}
