package access_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/access"
)

func TestMergeDoesNotDependOnOrder(t *testing.T) {
	code := id(t, core.PersonalIdentityCode, "010190-900P", "")
	cat := organisation(
		system("V1.1", "case-management", by(core.PersonalIdentityCode, ""), by(core.ContractNumber, "valtori")),
		system("V1.3", "contract-register", by(core.PersonalIdentityCode, ""), by(core.ContractNumber, "valtori")))
	party := func(slot string, extra ...string) core.Party {
		p := core.Party{Slot: slot, Fields: []core.Field{{Name: "personal_identity_code", Value: core.TextValue("010190-900P")}}}
		for _, e := range extra {
			p.Fields = append(p.Fields, core.Field{Name: "unit", Value: core.TextValue(e)})
		}
		return p
	}
	contract := func(ref, number, title string, p core.Party) core.Record {
		return core.Record{Type: "contract", Ref: ref, Parties: []core.Party{p}, Fields: []core.Field{
			{Name: "contract_number", Value: core.TextValue(number)}, {Name: "name", Value: core.TextValue(title)}}}
	}
	type arrival struct {
		system string
		record core.Record
	}
	arrivals := []arrival{
		{"V1.1", contract("contract/1", "S-2024-001", "Sopimus", party("counterparty"))},
		{"V1.3", contract("contract/9", "s-2024-001", "Toinen nimi", party("counterparty", "Tuki"))},
		{"V1.3", contract("contract/10", "S-2024-002", "Yksin", party("contact_person"))},
		{"V1.1", core.Record{Type: "case", Ref: "case/1", Parties: []core.Party{party("initiator")}, Fields: []core.Field{{Name: "name", Value: core.TextValue("Sama")}}}},
		{"V1.1", core.Record{Type: "case", Ref: "case/2", Parties: []core.Party{party("initiator")}, Fields: []core.Field{{Name: "name", Value: core.TextValue("  Sama ")}}}},
	}
	var want string
	for round := range 12 {
		order := rand.New(rand.NewPCG(uint64(round), 1)).Perm(len(arrivals))
		src := sources{}
		for _, sys := range []string{"V1.1", "V1.3"} {
			src[sys] = func(_ context.Context, _ core.Query, emit func(core.Event) error) (*core.Completion, error) {
				for _, n := range order {
					if arrivals[n].system == sys {
						if err := emit(core.Event{Records: []core.Record{arrivals[n].record}}); err != nil {
							return nil, err
						}
					}
				}
				return &core.Completion{Result: core.Complete, Searched: []core.TypeCount{{Type: "contract", Examined: true}}}, nil
			}
		}
		file := openRequest(t, openStore(t), request(code))
		service := &access.Service{Log: newLog(t), Catalogue: cat, Wiring: connected(cat), Sources: src, Limits: access.Limits{Parallel: 2}}
		if _, err := service.Execute(t.Context(), file, false, nil); err != nil {
			t.Fatal(err)
		}
		var got []access.Item
		err := access.Items(t.Context(), file, func(i access.Item, records []core.Record) error {
			if len(records) != len(i.Members) {
				t.Errorf("%d records for %d members", len(records), len(i.Members))
			}
			got = append(got, i)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = string(raw)
			sizes := []int{}
			for _, i := range got {
				sizes = append(sizes, len(i.Members))
			}
			slices.Sort(sizes)
			if !slices.Equal(sizes, []int{1, 2, 2}) {
				t.Fatalf("items of %v members, want one of 1 and two of 2", sizes)
			}
		}
		if string(raw) != want {
			t.Fatalf("order %v gives other items", order)
		}
	}
}
