package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/store"
)

// ErrNotManual says that people do not search the system in this request.
var ErrNotManual = errors.New("nobody is asked to search this system by hand in this request")

// ManualAnswer is what a person found in a system that people search: nothing,
// or records with scanned files.
type ManualAnswer struct {
	System string
	// By is the function of who looked, never a name.
	By string
	// Looked is the day on which somebody looked.
	Looked  time.Time
	Records []core.Record
	Scans   []Scan
}

// Scan is a scanned file of a record.
type Scan struct {
	// Record is the ref of its record, and Field the field of it that stands
	// for the file.
	Record, Field string
	// Name is the file's own name, without folders.
	Name string
	Data []byte
}

// handed is a manual answer as it is kept, without what is kept elsewhere.
type handed struct {
	By       string    `json:"by"`
	Looked   time.Time `json:"looked"`
	Answered time.Time `json:"answered"`
	Records  int       `json:"records"`
	// Scans are the rows of the files.
	Scans []handedScan `json:"scans,omitempty"`
}

type handedScan struct {
	Row    string `json:"row"`
	Record string `json:"record"`
	Field  string `json:"field"`
	Name   string `json:"name"`
	Size   int    `json:"size"`
	Pieces int    `json:"pieces"`
}

// scanPiece is one piece of a file, as it is kept.
type scanPiece []byte

// AppendBinary implements encoding.BinaryAppender.
func (p scanPiece) AppendBinary(b []byte) ([]byte, error) { return append(b, p...), nil }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (p *scanPiece) UnmarshalBinary(data []byte) error {
	*p = slices.Clone(data)
	return nil
}

const (
	pieceSize = 1 << 20
	scanRef   = "manual:"
)

// byHand gives a coverage what people found, where they are the ones who
// search.
func byHand(c core.Coverage, answers map[string]handed, items int) core.Coverage {
	a, ok := answers[c.System]
	if !ok || c.Outcome != core.ManualPending {
		return c
	}
	c.Manual = &core.ManualSearch{Answered: a.Answered, By: a.By, Files: len(a.Scans)}
	c.Asked, c.Records, c.Outcome = a.Looked, a.Records, core.ManualNone
	if items > 0 {
		c.Outcome = core.ManualFound
	}
	return c
}

// manualAnswers reads the answers of people, by system.
func manualAnswers(ctx context.Context, file *store.File) (map[string]handed, error) {
	out := map[string]handed{}
	err := file.Each(ctx, tableManual, 0, func(row store.Row) error {
		var a handed
		err := row.Decode(&a)
		out[row.Name] = a
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the answers of people: %w", err)
	}
	return out, nil
}

// ManualDue gives the last day for the answer of a system that people search;
// ErrNotManual for any other.
func ManualDue(ctx context.Context, file *store.File, system string) (time.Time, error) {
	coverage, err := LoadCoverage(ctx, file)
	if err != nil {
		return time.Time{}, err
	}
	for _, c := range coverage {
		if c.System == system && (c.Outcome == core.ManualPending || c.Manual != nil) {
			return c.Due, nil
		}
	}
	return time.Time{}, ErrNotManual
}

// Answer stores what people found in a system, in the place of what they
// answered before, judges it like the answer of any source, and covers the
// request anew. That it is stored is in the log before it is.
func (s *Service) Answer(ctx context.Context, file *store.File, a ManualAnswer) (*Answer, error) {
	unlock, err := file.Lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	request, err := Load(ctx, file)
	if err != nil {
		return nil, err
	}
	if _, err := ManualDue(ctx, file, a.System); err != nil {
		return nil, err
	}
	j := s.journal(file, request)
	if err := s.begin(ctx, file, j, false); err != nil {
		return nil, err
	}
	judges, err := newJudges(request, s.Catalogue)
	if err != nil {
		return nil, err
	}
	plan, err := LoadPlan(ctx, file)
	if err != nil {
		return nil, err
	}
	if err := s.hand(ctx, file, j, a); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // what is stored is judged and covered
	all, err := readKnown(ctx, file)
	if err != nil {
		return nil, err
	}
	var merged map[string]remains
	err = j.during(ctx, audit.Merged, func() (_ audit.Counts, err error) {
		merged, err = merge(ctx, file, judges, all)
		return membersOf(merged), err
	})
	if err != nil {
		return nil, err
	}
	if err := dropStrayScans(ctx, file, a.System); err != nil {
		return nil, err
	}
	coverage, err := cover(ctx, file, plan, merged, j)
	if err != nil {
		return nil, err
	}
	return &Answer{Plan: *plan, Coverage: coverage}, nil
}

// hand stores an answer in the place of the one before.
func (s *Service) hand(ctx context.Context, file *store.File, j journal, a ManualAnswer) error {
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	old, err := manualAnswers(ctx, file)
	if err != nil {
		return err
	}
	all, err := readKnown(ctx, file)
	if err != nil {
		return err
	}
	stale, err := staleRows(ctx, file, map[string]bool{a.System: true}, all)
	if err != nil {
		return err
	}
	delete(stale, tableAsk) // that the question was put off to people stands
	stale[tableScan] = old[a.System].rows()
	end, err := j.begin(ctx, audit.AnswerRecorded, a.System)
	if err != nil {
		return err
	}
	kept := handed{By: a.By, Looked: a.Looked, Answered: now().UTC(), Records: len(a.Records)}
	err = file.Update(ctx, func(tx *store.Tx) error {
		if err := deleteAll(tx, stale); err != nil {
			return err
		}
		for n, scan := range a.Scans {
			h, err := putScan(tx, fmt.Sprintf("%s/%d", a.System, n), scan)
			if err != nil {
				return err
			}
			kept.Scans = append(kept.Scans, h)
		}
		for _, r := range withScans(a.Records, kept.Scans) {
			if err := tx.Put(tableRecord, recordRow(a.System, r.Ref), &stored{System: a.System, Record: r}); err != nil {
				return err
			}
		}
		return tx.Put(tableManual, a.System, kept)
	})
	err = errors.Join(err, end(outcomeOf(err), audit.Counts{"records": int64(len(a.Records)), "files": int64(len(a.Scans))}))
	if err != nil {
		return fmt.Errorf("store the answer of %s: %w", a.System, err)
	}
	return nil
}

func (h handed) rows() []string {
	var out []string
	for _, s := range h.Scans {
		out = append(out, s.rows()...)
	}
	return out
}

func (s handedScan) rows() []string {
	var out []string
	for n := range s.Pieces {
		out = append(out, fmt.Sprintf("%s/%d", s.Row, n))
	}
	return out
}

// putScan stores a file in pieces, each sealed like any row.
func putScan(tx *store.Tx, row string, scan Scan) (handedScan, error) {
	h := handedScan{Row: row, Record: scan.Record, Field: scan.Field, Name: scan.Name, Size: len(scan.Data)}
	for piece := range slices.Chunk(scan.Data, pieceSize) {
		if err := tx.Put(tableScan, fmt.Sprintf("%s/%d", row, h.Pieces), scanPiece(piece)); err != nil {
			return h, err
		}
		h.Pieces++
	}
	return h, nil
}

// withScans gives the records with a withheld field for each of their files.
func withScans(records []core.Record, scans []handedScan) []core.Record {
	out := slices.Clone(records)
	for _, s := range scans {
		for i := range out {
			if out[i].Ref == s.Record {
				w := core.Withheld{Reason: core.WithheldBinary, Size: int64(s.Size), Ref: scanRef + s.Row}
				out[i].Fields = append(slices.Clone(out[i].Fields), core.Field{Name: s.Field, Value: core.WithheldValue(w)})
			}
		}
	}
	return out
}

// dropStrayScans removes the files of records that were put aside as somebody
// else's: their content goes as that of the records did.
func dropStrayScans(ctx context.Context, file *store.File, system string) error {
	answers, err := manualAnswers(ctx, file)
	if err != nil {
		return err
	}
	a := answers[system]
	var stray []string
	var scans []handedScan
	for _, s := range a.Scans {
		var origin stored
		switch err := file.Get(ctx, tableRecord, recordRow(system, s.Record), &origin); {
		case errors.Is(err, store.ErrNotFound):
			stray = append(stray, s.rows()...)
		case err != nil:
			return err
		default:
			scans = append(scans, s)
		}
	}
	if len(stray) == 0 {
		return nil
	}
	a.Scans = scans
	return file.Update(ctx, func(tx *store.Tx) error {
		if err := deleteAll(tx, map[store.Table][]string{tableScan: stray}); err != nil {
			return err
		}
		return tx.Put(tableManual, system, a)
	})
}

// HeldScan is a scanned file of an answer, without its content.
type HeldScan struct {
	// Ref is what ReadScan takes, and Record the ref of its record.
	Ref, Record string
	Name        string
	Size        int // bytes
	// Head is how the file begins, 512 bytes at the most: it tells what it is.
	Head []byte
}

// Scans gives the scanned files of a system's answer in the order in which they
// were handed in, none where there are none.
func Scans(ctx context.Context, file *store.File, system string) ([]HeldScan, error) {
	answers, err := manualAnswers(ctx, file)
	if err != nil {
		return nil, err
	}
	var out []HeldScan
	for _, s := range answers[system].Scans {
		var first scanPiece
		if s.Pieces > 0 {
			if err := file.Get(ctx, tableScan, s.rows()[0], &first); err != nil {
				return nil, fmt.Errorf("read the scanned files of %s: %w", system, err)
			}
		}
		out = append(out, HeldScan{Ref: scanRef + s.Row, Record: s.Record, Name: s.Name, Size: s.Size, Head: slices.Clone(first[:min(len(first), 512)])})
	}
	return out, nil
}

// ReadScan reads a scanned file by the ref that its record gave.
func ReadScan(ctx context.Context, file *store.File, ref string) (Scan, error) {
	row, ok := strings.CutPrefix(ref, scanRef)
	answers, err := manualAnswers(ctx, file)
	if err != nil {
		return Scan{}, err
	}
	system, _, _ := strings.Cut(row, "/")
	for _, s := range answers[system].Scans {
		if !ok || s.Row != row {
			continue
		}
		out := Scan{Record: s.Record, Field: s.Field, Name: s.Name}
		err := file.GetMany(ctx, tableScan, s.rows(), func(_ int, r store.Row) error {
			var piece scanPiece
			err := r.Decode(&piece)
			out.Data = append(out.Data, piece...)
			return err
		})
		return out, err
	}
	return Scan{}, fmt.Errorf("read a scanned file: %w", store.ErrNotFound)
}
