package identifier

import (
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/suggest"
)

// Meant gives the kinds that a word which is none was probably meant for, the
// nearest first: a kind with a slip in it, or what people call one in Finnish,
// Swedish or English.
func Meant(word string) []core.Kind {
	word = strings.ToLower(strings.TrimSpace(word))
	if len(word) < 2 {
		return nil
	}
	var names []string
	kinds := map[string]core.Kind{}
	for _, r := range registry {
		for _, n := range append([]string{string(r.Kind), r.Title.FI, r.Title.SV, r.Title.EN}, shortNames(r.Kind)...) {
			n = strings.ToLower(n)
			if _, known := kinds[n]; !known {
				kinds[n] = r.Kind
				names = append(names, n)
			}
		}
	}
	var out []core.Kind
	seen := map[core.Kind]bool{}
	for _, n := range suggest.Nearest(strings.ReplaceAll(word, "_", "-"), names) {
		if k := kinds[n]; !seen[k] {
			seen[k] = true
			out = append(out, k)
		}
	}
	return out
}

// shortNames gives what people call a kind among themselves.
func shortNames(k core.Kind) []string {
	switch k {
	case core.PersonalIdentityCode:
		return []string{"hetu", "hlötunnus", "sotu", "ssn", "pic", "henkilötunnus"}
	case core.Phone:
		return []string{"puhelin", "gsm", "matkapuhelin", "telefon", "mobil", "mobile"}
	case core.Email:
		return []string{"sähköposti", "e-mail", "mail", "e-post", "epost"}
	case core.Address:
		return []string{"osoite", "adress"}
	case core.DiaryNumber:
		return []string{"diaarinumero", "dnro", "diaari", "case-number"}
	case core.ElectronicID:
		return []string{"satu", "finuid"}
	case core.SwedishNumber:
		return []string{"personnummer", "samordningsnummer"}
	case core.EUPersonID:
		return []string{"eidas", "etsi"}
	case core.TimeOfContact:
		return []string{"yhteydenotto", "kontakt", "contact"}
	case core.VATNumber:
		return []string{"alv", "alv-numero", "vat", "moms"}
	case core.IBAN:
		return []string{"tilinumero", "konto", "account"}
	case core.BusinessID:
		return []string{"fo-nr", "ytunnus", "euid", "ovt"}
	}
	return nil
}
