package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
	"github.com/sinusta/sinusta/core/catalogue"
)

// wording is what the catalogue says about outcomes, in one language.
type wording struct {
	catalogue *catalogue.Catalogue
	lang      string
	// received is the day of receipt: its controllers answer.
	received time.Time
	names    map[string]string
}

func wordingOf(c *catalogue.Catalogue, lang string, received time.Time) wording {
	return wording{catalogue: c, lang: lang, received: received, names: namesOf(c, lang)}
}

// wording gives what the catalogue says for a request.
func (f opened) wording(ctx context.Context, lang string) (wording, error) {
	r, err := access.Load(ctx, f.file)
	return wordingOf(f.app.Catalogue, lang, r.Received), err
}

// stated gives the lines about one outcome that the catalogue has words for:
// why a system is not searched, whom the person turns to, who searches by hand
// and until when, and what was referred.
func (w wording) stated(c core.Coverage) []string {
	var out []string
	s, ok := w.catalogue.System(c.System)
	if !ok {
		return nil
	}
	_, why := s.ReferralOn(catalogue.Day(w.received))
	if reason := why.In(w.lang); reason != "" && c.Reason.Code == core.ReasonCatalogue {
		out = append(out, reason)
	}
	if c.Outcome == core.OtherController {
		out = append(out, w.referral(s)...)
	}
	if c.Outcome == core.ManualPending {
		out = append(out, w.manual(s, c)...)
	}
	if c.Reason.Code == core.ReasonOwnerUntold {
		out = append(out, fmt.Sprintf("the source does not map %s of %s, so nobody can tell whose the records are: map it", s.Ownership.Field, strings.Join(c.Reason.Types, ", ")))
	}
	if c.Referred > 0 {
		out = append(out, fmt.Sprintf(referralWords[w.lang].referred, c.Referred))
		if text := s.Ownership.Referral.Text.In(w.lang); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// manualWords are the words around a search by hand.
var manualWords = map[string]struct{ owner, due, late, how, answer string }{
	"fi": {"hakija: ", "määräpäivä: ", ", joka on ohi: vastaus on myöhässä", "ohje: ", "löydetyt tiedot annetaan komennolla `sinusta request answer`"},
	"sv": {"sökningen görs av: ", "sista dag: ", ", som är förbi: svaret är försenat", "anvisning: ", "det som hittats lämnas med kommandot `sinusta request answer`"},
	"en": {"searched by: ", "due: ", ", which is over: the answer is late", "how: ", "`sinusta request answer` takes what was found"},
}

// manual gives who searches by hand, until when and how, and whether the answer
// is late today.
func (w wording) manual(s catalogue.System, c core.Coverage) []string {
	words := manualWords[w.lang]
	var out []string
	if owner := s.Manual.Owner.In(w.lang); owner != "" {
		out = append(out, words.owner+owner)
	}
	if !c.Due.IsZero() {
		late := ""
		if c.Overdue(time.Now()) {
			late = words.late
		}
		out = append(out, words.due+catalogue.Day(c.Due)+late)
	}
	if how := s.Manual.Instructions.In(w.lang); how != "" {
		out = append(out, words.how+how)
	}
	return append(out, words.answer)
}

// referralWords are the words around a referral to another controller, and
// around the number of records that were referred.
var referralWords = map[string]struct{ turn, since, referred string }{
	"fi": {"rekisterinpitäjä, jonka puoleen käännytään: ", ", alkaen ", "muiden rekisterinpitäjien tietueita, joista raportti ei kerro: %d"},
	"sv": {"personuppgiftsansvarig att vända sig till: ", ", från och med ", "andra personuppgiftsansvarigas poster, som rapporten inte nämner: %d"},
	"en": {"turn to: ", ", since ", "records of other controllers, of which the report does not tell: %d"},
}

// referral gives whom the person turns to for a system of another controller.
func (w wording) referral(s catalogue.System) []string {
	words := referralWords[w.lang]
	var out []string
	to, _ := s.ReferralOn(catalogue.Day(w.received))
	if text := to.Controller.In(w.lang); text != "" {
		out = append(out, words.turn+text)
	}
	for _, c := range s.SuccessorsOn(w.catalogue.Organisation, catalogue.Day(w.received)) {
		line := words.turn + c.Name.In(w.lang)
		if c.From != "" {
			line += words.since + c.From
		}
		out = append(out, line)
	}
	if text := to.Text.In(w.lang); text != "" {
		out = append(out, text)
	}
	return out
}
