package sqlsource

import (
	"testing"

	"github.com/sinusta/sinusta/core"
)

const contracts = `
types:
  contract:
    table: contract
    key: [no]
    time: signed
    fields: {contract_number: no, signed: signed}
    parties:
      - {slot: counterparty, fields: {name: firm, business_id: firm_id}}
      - {slot: contact_person, fields: {name: contact}}
      - {slot: owner, fields: {name: keeper}}
`

// A contact person's name and the firm's number stand in two parties of one
// record; neither alone finds it.
func TestANameIsFoundInsideItsOrganisation(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, d database) {
		c := d.make(t, `CREATE TABLE contract (no TEXT PRIMARY KEY, signed TIMESTAMP, firm TEXT, firm_id TEXT, contact TEXT, keeper TEXT)`,
			`INSERT INTO contract VALUES ('A', '2024-03-01 10:00:00', 'Esimerkki Oy', '2617416-4', 'Maija Mäkinen', 'Virkkunen Veera'),
				('B', '2024-03-01 10:00:00', 'Esimerkki Oy', 'FI26174164', 'Mäkinen, Maija', NULL),
				('C', '2024-03-01 10:00:00', 'Esimerkki Oy', '2617416-4', 'Pekka Korhonen', NULL),
				('D', '2024-03-01 10:00:00', 'Toinen Oy', '2077474-0', 'Maija Mäkinen', NULL),
				('E', '2024-03-01 10:00:00', 'Maija Mäkinen', '2617416-4', NULL, NULL),
				('F', '2024-03-01 10:00:00', NULL, NULL, 'Maija Mäkinen', NULL)`)
		i := mustOpen(t, mapping(t, c, contracts), "contract-register")
		set := one(id(t, core.Name, "Mäkinen, Maija"), id(t, core.BusinessID, "2617416-4"))
		h := ask(t, i, set)
		wantRefs(t, h, "contract/A", "contract/B", "contract/E")
		for _, r := range h.records {
			if len(r.MatchedBy) != 2 {
				t.Errorf("%s is matched by %+v, want the name and the number", r.Ref, r.MatchedBy)
			}
		}
	})
}
