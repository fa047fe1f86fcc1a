package sqlsource

import (
	"context"
	"fmt"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// steps is what a check tells: *sdk.Steps.
type steps interface {
	Run(name string, f func() error)
	Warn(name string, p core.Problem)
}

// The steps of a check.
const (
	stepConnect  = "connect"
	stepSignIn   = "authenticate"
	stepTables   = "tables and columns"
	stepUnmapped = "unmapped columns"
	stepIgnored  = "ignored columns"
	stepMembers  = "unmapped members"
	stepReadOnly = "read-only"
	stepSample   = "sample key lookup"
)

// Check tries the system out: that it can be reached and signed in to, holds
// what the mapping names and nothing that it passes over, cannot be written
// to, answers each statement that a search uses, and holds in every record the
// keys that the catalogue promises there.
func (i *instance) Check(ctx context.Context, s *sdk.Steps) { i.check(ctx, s) }

func (i *instance) check(ctx context.Context, out steps) {
	err := i.transaction(ctx, func(s *session) error {
		out.Run(stepConnect, func() error { return nil })
		out.Run(stepSignIn, func() error { return nil })
		out.Run(stepTables, func() (err error) {
			if s.schema, err = s.catalogue(ctx); err == nil {
				s.plan, err = compile(i.config, i.profile, s.schema)
			}
			return err
		})
		if s.plan == nil {
			return nil // the step tells why
		}
		s.checkGaps(out)
		s.checkReadOnly(ctx, out)
		failed := s.checkMembers(ctx, out) // ends the transaction
		if failed == nil {
			out.Run(stepSample, func() error { failed = s.sample(ctx); return failed })
		}
		if failed == nil {
			s.checkComplete(ctx, out)
		}
		return nil
	})
	if err == nil {
		return
	}
	if p := problemIn(err); p != nil && p.Class == core.ClassAuth {
		out.Run(stepConnect, func() error { return nil })
		out.Run(stepSignIn, func() error { return err })
		return
	}
	out.Run(stepConnect, func() error { return err })
}

func (s *session) checkGaps(out steps) {
	if len(s.plan.gaps) == 0 {
		out.Run(stepUnmapped, func() error { return nil })
	}
	for _, g := range s.plan.gaps {
		out.Run(stepUnmapped, func() error { return &g })
	}
	for _, p := range s.plan.stale {
		out.Warn(stepIgnored, p)
	}
	for _, t := range s.plan.types {
		if root := t.root(); !root.table.View && !root.table.identifies(columnNames(root.key)) {
			out.Warn(stepTables, core.Problem{Class: core.ClassConfig, Origin: core.OriginPlugin, RecordType: t.profile.Name, ConfigPath: join(t.path, "key"),
				Message: fmt.Sprintf("no unique index of table %s covers the key; a search is partial if two rows share it", root.table.Name)})
		}
	}
}

// checkMembers looks for members of documents that nobody mapped.
func (s *session) checkMembers(ctx context.Context, out steps) (failed error) {
	if len(s.plan.documents) == 0 {
		return nil
	}
	told := false
	tell := func(p core.Problem) error {
		told = true
		out.Run(stepMembers, func() error { return &p })
		return nil
	}
	if failed = s.members(ctx, true, tell); failed != nil || !told {
		out.Run(stepMembers, func() error { return failed })
	}
	return failed
}

func (s *session) checkReadOnly(ctx context.Context, out steps) {
	bounded, cancel := context.WithTimeout(ctx, s.timeout+grace)
	defer cancel()
	p, err := s.dialect.proof(bounded, s.tx, s.schema, s.plan.mapped)
	if err == nil && p != nil {
		out.Warn(stepReadOnly, *p)
		return
	}
	out.Run(stepReadOnly, func() error {
		if err != nil {
			return s.classified(ctx, "ask for rights", err)
		}
		name, err := s.attemptWrite(ctx, s.plan.mapped)
		if err == nil && name != "" {
			err = &core.Problem{Class: core.ClassAuth, Origin: core.OriginSystem, ConfigPath: "dsn",
				Message: "deleting no row of table " + name + " went through, though the rights of the account do not allow it; take away what lets it write"}
		}
		return err
	})
}

// sample reads one record of each type as a search does, and looks for an
// identifier that nothing agrees with, so that every statement runs once.
func (s *session) sample(ctx context.Context) error {
	r := &run{session: s, out: silent{}, read: s.reader(), counts: map[string]core.TypeCount{}}
	if err := s.explain(ctx, r.out.Notice); err != nil {
		return err
	}
	for _, t := range s.plan.types {
		var sets []core.KeySet
		for _, k := range t.keys {
			var set core.KeySet
			for _, kind := range k.Kinds {
				set.AllOf = append(set.AllOf, core.Identifier{Kind: kind, Value: nobody(kind)})
			}
			sets = append(sets, set)
		}
		m := newMatcher(t, sets, s.issuers, s.zone)
		if _, err := r.find(ctx, t, m); err != nil {
			return err
		}
		k, err := s.firstKey(ctx, t)
		if err != nil {
			return err
		}
		if k == nil {
			continue // the table is empty
		}
		d := newDrafts(t, m, []key{k})
		for _, set := range t.sets {
			if err := r.fetch(ctx, t, set, []key{k}, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// nobody gives a value of the kind that belongs to nobody.
func nobody(k core.Kind) string {
	switch k {
	case core.Name:
		return "Qxqxqxqx, Xqxqxqxq"
	case core.DateOfBirth:
		return "1800-01-01"
	case core.Phone:
		return "+358999999999999"
	default:
		return "qxqxqxqxqxqxqxqx"
	}
}

// firstKey gives the key of some record, nil when there is none.
func (s *session) firstKey(ctx context.Context, t *typePlan) (key, error) {
	root := t.root()
	st := &statement{dialect: s.dialect}
	columns := st.keys(root)
	top, end := s.dialect.limit(1)
	st.write("SELECT ", top, strings.Join(columns, ", "), " FROM ", st.from(root), end)
	var found key
	err := s.each(ctx, st, func(raw []any) error {
		if k, ok := s.reader().key(raw, root.key); ok {
			found = k
		}
		return nil
	})
	return found, err
}

func columnNames(columns []column) []string {
	var out []string
	for _, c := range columns {
		out = append(out, c.Name)
	}
	return out
}

// silent takes what a check's sample would tell.
type silent struct{}

func (silent) Emit(core.Record) error           { return nil }
func (silent) Checkpoint(core.Checkpoint) error { return nil }
func (silent) Notice(core.Problem) error        { return nil }
func (silent) Examined(core.TypeCount)          {}
func (silent) LeftOut([]core.LeftOut)           {}
func (silent) Progress(uint64)                  {}
