package sqlsource

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"

	"github.com/sinusta/sinusta/core"
)

// sampled is how many rows are looked at for the names of members.
const sampled = 1000

// maxMembers bounds the names that one problem tells.
const maxMembers = 20

// found are the members that a sample of documents has and nobody mapped.
type found struct {
	rows    int
	names   map[string]bool
	broken  int
	display string
}

// samples keeps what the samples found, from one search to the next.
type samples struct {
	mu         sync.Mutex
	byDocument map[string]found
}

// members looks at rows of each document of the mapping for members that
// nobody mapped, and tells of them. A check looks anew; a search looks once,
// and tells besides what the records that it gives hold.
func (s *session) members(ctx context.Context, anew bool, tell func(core.Problem) error) error {
	for _, d := range s.plan.documents {
		f, err := s.sampleOf(ctx, d, anew)
		if err != nil {
			return err
		}
		looked := " in the first " + strconv.Itoa(f.rows) + " rows that hold any"
		if len(f.names) > 0 && !d.whole {
			if s.named == nil {
				s.named = map[string]bool{}
			}
			maps.Copy(s.named, f.names)
			if err := tell(unmappedMembers(d.path, sortedKeys(f.names), looked)); err != nil {
				return err
			}
		}
		if f.broken > 0 {
			if s.toldBroken == nil {
				s.toldBroken = map[*document]bool{}
			}
			s.toldBroken[d] = true
			err := tell(core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, ConfigPath: d.path,
				Message: fmt.Sprintf("column %s holds text that is no whole JSON in %d of the first %d rows that hold any; its members there can be neither compared nor given; look there in the system",
					f.display, f.broken, f.rows)})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// sampleOf gives what a sample of a document found.
func (s *session) sampleOf(ctx context.Context, d *document, anew bool) (found, error) {
	id := s.schema.display(d.table) + "\x00" + d.column.Name
	s.samples.mu.Lock()
	defer s.samples.mu.Unlock()
	if f, ok := s.samples.byDocument[id]; ok && !anew {
		return f, nil
	}
	f := found{names: map[string]bool{}, display: d.table.Name + "." + d.column.Name}
	set := &rowset{table: d.table, time: -1, columns: []source{{column: d.column, document: d}}, members: map[int][]int{0: {}}}
	read := s.reader()
	err := s.each(ctx, documentsStatement(s.dialect, set), func(raw []any) error {
		values := read.row(raw, set, []int{0})
		text := values.values[0]
		if text.Type == core.TypeNull || text.Type == core.TypeText && strings.TrimSpace(text.Text) == "" {
			return nil
		}
		f.rows++
		if text.Type == core.TypeWithheld {
			return nil // told where it stands in a record
		}
		all, err := leaves(text.Plain(), d.mapped, s.zone)
		if errors.Is(err, errBroken) || errors.Is(err, errDeep) {
			f.broken++
			return nil
		}
		for _, l := range d.unmapped(all) {
			f.names[f.display+"."+memberName(l.path)] = true
		}
		return nil
	})
	if err != nil {
		return f, err
	}
	if s.samples.byDocument == nil {
		s.samples.byDocument = map[string]found{}
	}
	s.samples.byDocument[id] = f
	return f, nil
}

// documentsStatement reads the document of some rows.
func documentsStatement(d *dialect, set *rowset) *statement {
	st := &statement{dialect: d}
	expr := st.expr(set, set.columns[0])
	top, end := d.limit(sampled)
	st.write("SELECT ", top, d.read(expr, set.columns[0].column), " FROM ", st.from(set), " WHERE ", expr, " IS NOT NULL", end)
	return st
}

// unmappedMembers tells of members that nobody mapped; path is that of the
// mapping, and looked says in how many rows they were looked for.
func unmappedMembers(path string, names []string, looked string) core.Problem {
	more := ""
	if len(names) > maxMembers {
		more, names = fmt.Sprintf(" and %d more", len(names)-maxMembers), names[:maxMembers]
	}
	for i, n := range names {
		names[i] = strconv.Quote(n)
	}
	return core.Problem{Class: core.ClassUnmapped, Origin: core.OriginPlugin, ConfigPath: path,
		Message: "nobody mapped the members " + strings.Join(names, ", ") + more + looked + "; map each by its path, put it under ignore with the reason, map the whole column beside them, or ignore what is left of the column"}
}
