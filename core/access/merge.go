package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/identifier"
	"github.com/sinusta/sinusta/core/match"
	"github.com/sinusta/sinusta/core/store"
)

// Item is one thing that the controller holds about the subject. The same
// thing held in several systems is one item with several members, each with
// its own fields.
type Item struct {
	// Members are sorted by system and ref.
	Members []Member `json:"members"`
	// Verdict is the strictest member's.
	Verdict core.Verdict `json:"verdict"`
}

// Member is one record of an item.
type Member struct {
	System     string           `json:"system"`
	Ref        string           `json:"ref"`
	Assessment match.Assessment `json:"assessment"`
}

// Undecided tells whether a person has yet to decide whose the item is.
func (i Item) Undecided() bool { return i.Verdict != core.Confirmed }

// Aside is a hit that is no item: another person's record, or one in which
// the subject only acts for the organisation. Its content is gone.
type Aside struct {
	System string       `json:"system"`
	Type   string       `json:"type"`
	Reason match.Reason `json:"reason"`
	// Round is that of the ask that brought it.
	Round int `json:"round,omitempty"`
	// Official is true when the subject acts in the record for the
	// organisation; only then is the ref kept.
	Official bool   `json:"official,omitempty"`
	Ref      string `json:"ref,omitempty"`
}

// hit is a judged record, without its content.
type hit struct {
	system, ref, typ string
	round            int
	assessment       match.Assessment
	// same are what it shares with a record of the same thing: the digest of
	// its content, and its own numbers.
	same []string
}

// Systems gives what the matcher must know of a system, for each of the
// catalogue.
func Systems(c *catalogue.Catalogue) (map[string]match.System, error) {
	out := map[string]match.System{}
	for _, s := range c.Systems {
		profile, err := catalogue.ProfileFor(s.Kind)
		if err != nil {
			return nil, fmt.Errorf("system %s: %w", s.ID, err)
		}
		issuers := map[core.Kind]string{}
		for _, k := range s.SearchKeys {
			if k.Issuer != "" {
				issuers[k.Kind] = k.Issuer
			}
		}
		out[s.ID] = match.System{ID: s.ID, Profile: profile, Issuers: issuers}
	}
	return out, nil
}

// Merge judges every record of the file that nobody has judged, drops the
// content of what is not the subject's, and makes items of the rest:
//
//   - equal content is one item, whatever systems hold it;
//   - an equal number of one issuer (a contract number in case management and
//     in the contract register) is one item whose members keep their fields.
//
// The items do not depend on the order in which records came. It gives the
// number of items in each system.
func Merge(ctx context.Context, file *store.File, r Request, c *catalogue.Catalogue) (map[string]int, error) {
	systems, err := Systems(c)
	if err != nil {
		return nil, err
	}
	matcher := match.New(r.Subject, match.Options{ArtificialCodes: c.Organisation.ArtificialCodes, Generic: c.Organisation.GenericValues, House: House(c.Organisation)})
	hits, err := judgeAll(ctx, file, matcher, systems)
	if err != nil {
		return nil, fmt.Errorf("match the records: %w", err)
	}
	settle(hits)
	items := group(hits)
	if err := write(ctx, file, hits, items); err != nil {
		return nil, fmt.Errorf("store the items: %w", err)
	}
	count := map[string]int{}
	for _, item := range items {
		for _, m := range item.Members {
			count[m.System]++
		}
	}
	return count, nil
}

func judgeAll(ctx context.Context, file *store.File, m *match.Matcher, systems map[string]match.System) ([]hit, error) {
	var hits []hit
	err := file.Each(ctx, tableRecord, 0, func(row store.Row) error {
		var s stored
		if err := row.Decode(&s); err != nil {
			return err
		}
		system, ok := systems[s.System]
		if !ok {
			return fmt.Errorf("a record of system %q is stored, which the catalogue no longer has: put its entry back", s.System)
		}
		h := hit{system: s.System, ref: s.Record.Ref, typ: s.Record.Type, round: s.Round, assessment: m.Judge(system, s.Record)}
		if h.assessment.Item() {
			h.same = sameness(system, s.Record)
		}
		hits = append(hits, h)
		return nil
	})
	slices.SortFunc(hits, func(a, b hit) int {
		if d := catalogue.CompareIDs(a.system, b.system); d != 0 {
			return d
		}
		return strings.Compare(a.ref, b.ref)
	})
	return hits, err
}

// settle weighs the hits against each other.
func settle(hits []hit) {
	all := make([]match.Assessment, len(hits))
	for i, h := range hits {
		all[i] = h.assessment
	}
	match.Settle(all)
	for i := range hits {
		hits[i].assessment = all[i]
	}
}

// sameness gives the keys by which a record is the same thing as another.
func sameness(system match.System, rec core.Record) []string {
	var keys []string
	if digest, ok := contentDigest(rec); ok {
		keys = append(keys, "content|"+digest)
	}
	spec, ok := system.Profile.Type(rec.Type)
	if !ok {
		return keys
	}
	for _, f := range rec.Fields {
		fp, ok := spec.Field(f.Name)
		if !ok || !fp.Own || f.Value.Plain() == "" {
			continue
		}
		number, err := identifier.Parse(fp.Identifier, f.Value.Plain())
		if err == nil {
			keys = append(keys, strings.Join([]string{"number", string(number.Kind), system.Issuer(number.Kind), number.Value}, "|"))
		}
	}
	return keys
}

// contentDigest digests what a record says, whatever system and key it has:
// its fields, parties and parts, sorted, in NFC with white space folded. A
// record that says nothing has none.
func contentDigest(rec core.Record) (string, bool) {
	lines := contentLines("", rec.Fields, rec.Parties)
	for _, p := range rec.Parts {
		inner := contentLines("", p.Fields, p.Parties)
		sort.Strings(inner)
		lines = append(lines, "part|"+p.Type+"|"+strings.Join(inner, "\x1e"))
	}
	if len(lines) == 0 {
		return "", false
	}
	sort.Strings(lines)
	h := sha256.New()
	for _, l := range append(lines, "type|"+rec.Type) {
		fmt.Fprintf(h, "%d:%s", len(l), l)
	}
	return hex.EncodeToString(h.Sum(nil)), true
}

func contentLines(prefix string, fields []core.Field, parties []core.Party) []string {
	var lines []string
	for _, f := range fields {
		switch f.Value.Type {
		case core.TypeNull:
		case core.TypeWithheld:
			// Two values that nobody could read are not known to be equal.
			lines = append(lines, prefix+f.Name+"|withheld|"+fmt.Sprintf("%p", f.Value.Withheld))
		default:
			text := strings.Join(strings.Fields(norm.NFC.String(f.Value.Plain())), " ")
			if text != "" {
				lines = append(lines, prefix+f.Name+"|"+text)
			}
		}
	}
	for _, p := range parties {
		inner := contentLines("", p.Fields, nil)
		sort.Strings(inner)
		lines = append(lines, prefix+"party|"+p.Slot+"|"+strings.Join(inner, "\x1f"))
	}
	return lines
}

// group makes items of the hits that share a key. hits are sorted.
func group(hits []hit) []Item {
	parent := make([]int, len(hits))
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	first := map[string]int{}
	for i, h := range hits {
		for _, key := range h.same {
			if other, seen := first[key]; seen {
				a, b := root(other), root(i)
				parent[max(a, b)] = min(a, b)
			} else {
				first[key] = i
			}
		}
	}
	at := map[int]int{}
	var items []Item
	for i, h := range hits {
		if !h.assessment.Item() {
			continue
		}
		member := Member{System: h.system, Ref: h.ref, Assessment: h.assessment}
		n, seen := at[root(i)]
		if !seen {
			at[root(i)] = len(items)
			items = append(items, Item{Members: []Member{member}, Verdict: h.assessment.Verdict})
			continue
		}
		items[n].Members = append(items[n].Members, member)
		if h.assessment.Verdict.Strictness() > items[n].Verdict.Strictness() {
			items[n].Verdict = h.assessment.Verdict
		}
	}
	return items
}

// write replaces the items of the file, and puts aside what is no item.
func write(ctx context.Context, file *store.File, hits []hit, items []Item) error {
	old, err := rowsOf(ctx, file, tableItem)
	if err != nil {
		return err
	}
	return file.Update(ctx, func(tx *store.Tx) error {
		for _, row := range old {
			if err := tx.Delete(tableItem, row); err != nil {
				return err
			}
		}
		for _, h := range hits {
			if h.assessment.Item() {
				continue
			}
			row := recordRow(h.system, h.ref)
			aside := Aside{System: h.system, Type: h.typ, Reason: h.assessment.Reason, Round: h.round, Official: h.assessment.Official}
			if aside.Official {
				aside.Ref = h.ref
			}
			if err := tx.Delete(tableRecord, row); err != nil {
				return err
			}
			if err := tx.Put(tableAside, digestOf(row), aside); err != nil {
				return err
			}
		}
		for i, item := range items {
			if err := tx.Put(tableItem, itemRow(i), item); err != nil {
				return err
			}
		}
		return nil
	})
}

func digestOf(row string) string {
	sum := sha256.Sum256([]byte(row))
	return hex.EncodeToString(sum[:])
}

func rowsOf(ctx context.Context, file *store.File, t store.Table) ([]string, error) {
	var rows []string
	err := file.Each(ctx, t, 0, func(r store.Row) error {
		rows = append(rows, r.Name)
		return nil
	})
	return rows, err
}
