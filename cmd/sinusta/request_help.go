package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/identifier"
)

// newHelp is the long help of `request new`, with every kind of identifier that
// there is.
func newHelp() string {
	return `Opens a request from an intake file, from standard input (a FILE of -), or by
asking. Identifiers are never taken from the command line, which others can read
and histories keep. The file looks so:

  case_number: VALTORI/1234/2026
  received: 2026-11-20
  language: fi
  subject:
    names:
      - {given: Maija Helena, family: Mäkinen}
      - {given: Maija Helena, family: Virtanen, to: 2015-06-20}
      - {given: Maija, family: Niemi, former: true}
    identifiers:
      - {kind: personal-identity-code, value: 010190-900P}
      - {kind: email, value: maija.makinen@posti.example}
      - {kind: employee-number, value: "10423", issuer: kieku, from: 2019-01-01}
      - {kind: phone, value: 040 123 4567, assurance: stated}
      - {kind: business-id, value: 0000001-9, capacity: contact-person, from: 2019-01-01}

The kinds, each with an example:

` + kindTable() + `
An identifier is verified unless it says "assurance: stated"; a stated one finds
records and never confirms that they are this person's. The issuer of a number
may be left out where only one is known. Days belong to their interval.

The number of an organisation needs the capacity in which the person stands to
it, with its days (from, to): sole-trader, partner, contact-person or
representative. Only a sole trader's is the person's own; the others are looked
for by name inside that organisation's records. A company by itself is no data
subject: the intake of one is refused with that answer in Finnish, Swedish and
English, and nothing is stored.

The file may also have:

  purpose: ...                   where it is not plainly the right of access
  requester: guardian            where somebody else asks
  scope:                         where the person did not ask for everything
    systems: [V6.1, V7.1]
    from: 2024-01-01
    to: 2024-12-31
    words: "my support requests last year"`
}

// kindTable has a line for each kind of identifier but the name.
func kindTable() string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, k := range identifier.Known() {
		rule, _ := identifier.Rule(k)
		if k == core.Name {
			continue
		}
		mark := ""
		switch {
		case rule.Local:
			mark = " (issuer)"
		case k.OfOrganisation():
			mark = " (capacity)"
		}
		fmt.Fprintf(w, "  %s\t%s\t%s%s\n", k, rule.Example, rule.Title.EN, mark)
	}
	w.Flush() //nolint:errcheck // into memory
	return out.String()
}
