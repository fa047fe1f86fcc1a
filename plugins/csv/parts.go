package csvsource

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/sinusta/sinusta/core"
)

// flush gives the records that wait for their parts. Where the rows of another
// record would join the same parts, nobody can say whose they are: such
// records are given without them, and that is told.
func (y *typeSearch) flush(ctx context.Context) error {
	if len(y.waiting) == 0 {
		return nil
	}
	waiting := y.waiting
	y.waiting, y.bytes = nil, 0
	shared, err := y.shared(ctx, waiting)
	if err != nil {
		return err
	}
	for n, p := range y.t.parts {
		if err := y.addParts(ctx, n, p, waiting, shared[n]); err != nil {
			return err
		}
	}
	for _, d := range waiting {
		if d.MatchedBy = y.matcher.Matches(d.places); len(d.MatchedBy) == 0 {
			continue
		}
		if err := y.give(d); err != nil {
			return err
		}
	}
	return nil
}

// shared gives, for each part, the values by which rows of different records
// would join it. Rows of one key are one record where they are of several
// exports, or alike.
func (y *typeSearch) shared(ctx context.Context, waiting []*draft) ([]map[[16]byte]bool, error) {
	type owner struct {
		key, path string
		row       [16]byte
	}
	owners := make([]map[[16]byte]owner, len(y.t.parts))
	shared := make([]map[[16]byte]bool, len(y.t.parts))
	for n := range y.t.parts {
		owners[n], shared[n] = map[[16]byte]owner{}, map[[16]byte]bool{}
		for _, d := range waiting {
			if d.joins[n].known {
				owners[n][d.joins[n].of] = owner{key: d.key, path: d.path, row: d.row}
			}
		}
	}
	err := y.eachRow(ctx, &y.t.rowPlan, y.files[y.t.file], func(e export, c cells) error {
		for n, p := range y.t.parts {
			of, known := c.tuple(p.there)
			first, waits := owners[n][of]
			if !known || !waits {
				continue
			}
			key, _ := c.keyOf()
			if key != first.key || e.path == first.path && c.digest() != first.row {
				shared[n][of] = true
			}
		}
		return nil
	})
	return shared, err
}

// addParts reads the rows of a part and puts them to their records.
func (y *typeSearch) addParts(ctx context.Context, n int, p *rowPlan, waiting []*draft, shared map[[16]byte]bool) error {
	owners := map[[16]byte][]*draft{}
	for _, d := range waiting {
		if d.joins[n].known {
			owners[d.joins[n].of] = append(owners[d.joins[n].of], d)
		}
	}
	seen := map[[16]byte]bool{}
	keys := map[string]bool{}
	return y.eachRow(ctx, p, y.files[p.file], func(_ export, c cells) error {
		of, known := c.tuple(p.join)
		if !known || owners[of] == nil {
			return nil
		}
		if shared[of] {
			return y.tell(y.problem(core.ClassPartial, p.path+".join", "records of different keys join the same rows, so nobody can say whose these are; such records are given without them: join by columns that identify a record"))
		}
		key, ok := c.keyOf()
		if !ok {
			return errKeyless
		}
		row := digestOf(key, c.digest())
		if seen[row] {
			return nil // the same row in several exports
		}
		seen[row] = true
		for _, d := range owners[of] {
			if err := y.addPart(ctx, d, p, c, key, keys); err != nil {
				return err
			}
		}
		return nil
	})
}

func (y *typeSearch) addPart(ctx context.Context, d *draft, p *rowPlan, c cells, key string, keys map[string]bool) error {
	part := core.Part{Type: p.profile.Name, Ref: p.profile.Name + key}
	if id := d.Ref + "\x00" + part.Ref; keys[id] {
		row := c.digest()
		part.Ref += ";" + hex.EncodeToString(row[:4])
	} else {
		keys[id] = true
	}
	odd := false
	part.Fields = y.fill(c, p.fields, &d.moments, &odd)
	var strange []core.Field
	var codes []string
	part.Parties, strange, codes = y.people(c, &d.moments, &odd)
	part.Fields = append(part.Fields, strange...)
	y.tellOdd(p.path, codes, odd)
	here, _, err := y.compared(ctx, c)
	d.places = append(d.places, here...)
	d.Parts = append(d.Parts, part)
	return err
}

func digestOf(text string, row [16]byte) [16]byte {
	sum := sha256.Sum256(append(append([]byte(text), 0), row[:]...))
	return [16]byte(sum[:16])
}
