package restsource

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

func itoa(n int) string { return strconv.Itoa(n) }

// steps is what a check tells: *sdk.Steps.
type steps interface {
	Run(name string, f func() error)
	Warn(name string, p core.Problem)
}

// reach asks the service for somebody whom nobody knows, so that a service
// that is not there, or an account that it refuses, shows at once.
func (i *instance) reach(ctx context.Context) error {
	for _, t := range i.plans {
		_, err := i.probe(ctx, t.searches[0])
		return err
	}
	return nil
}

// probe asks a search for an identifier that belongs to nobody, and gives how
// many records came: a service that honours its filter gives none. Only the
// first page is read.
func (i *instance) probe(ctx context.Context, p *searchPlan) (int, error) {
	ids := map[core.Kind]core.Identifier{}
	for _, kind := range p.kinds {
		ids[kind] = core.Identifier{Kind: kind, Value: nobody(kind), Status: core.Valid}
	}
	b := &builder{base: i.endpoint.base, plan: p.requestPlan, ids: ids, most: 1, zone: i.zone}
	a := &asker{instance: i}
	calls := b.calls()
	if len(calls) == 0 {
		return 0, nil // no value of that form belongs to nobody
	}
	out, err := a.ask(ctx, firstOf(&calls[0]))
	if err != nil {
		return 0, err
	}
	records, err := a.records(out)
	return len(records), err
}

// nobody gives a value of the kind that belongs to nobody, another one each
// time.
func nobody(kind core.Kind) string {
	word := "qx" + strings.ToLower(rand.Text()[:12])
	switch kind {
	case core.Name:
		return word + ", " + word
	case core.Email:
		return word + "@example.invalid"
	case core.DateOfBirth:
		return "1800-01-01"
	case core.TimeOfContact:
		return "1901-01-01T00:00Z/1901-01-01T00:30Z, " + word
	case core.Phone:
		return "+358999999999999"
	case core.PersonalIdentityCode:
		return "311299-999E"
	case core.EmployeeNumber, core.CustomerNumber:
		return "999999999999999"
	}
	return word
}

// Check tries the service out: that it can be reached and signed in to, that
// each search honours its filter, that every member of a record is mapped or
// ignored, that records and parts can be read, and the keys that the catalogue
// promises in every record.
func (i *instance) Check(ctx context.Context, s *sdk.Steps) { i.check(ctx, s) }

func (i *instance) check(ctx context.Context, out steps) {
	var reached error
	out.Run("connect", func() error { reached = i.reach(ctx); return reached })
	if i.endpoint.base.Scheme != "https" {
		out.Warn("encryption", core.Problem{Class: core.ClassConfig, ConfigPath: "url", Message: "the connection is not encrypted; use https:// unless the service is on this machine"})
	}
	out.Warn("read-only", core.Problem{Class: core.ClassConfig, ConfigPath: "auth",
		Message: "only GET and the declared searches are sent; a web service does not tell what an account may change, so let its owner confirm that this one only reads"})
	if reached != nil {
		return
	}
	for _, t := range i.plans {
		for _, p := range t.searches {
			out.Run("search of "+t.profile.Name+" by "+strings.Join(p.By, " and "), func() error { return i.checkSearch(ctx, t, p) })
		}
		i.checkMembers(ctx, t, out)
	}
	i.checkComplete(ctx, out)
}

func (i *instance) checkSearch(ctx context.Context, t *typePlan, p *searchPlan) error {
	n, err := i.probe(ctx, p)
	if err == nil && n > 0 {
		filter := notice(core.ClassConfig, t, p.path, "the service gave %d records for somebody whom nobody knows: it does not honour the filter; correct the parameter", n)
		return &filter
	}
	return err
}

// checkMembers looks at the first page of the list of all records.
func (i *instance) checkMembers(ctx context.Context, t *typePlan, out steps) {
	step := "members of " + t.profile.Name
	if t.list == nil {
		out.Warn(step, notice(core.ClassConfig, t, t.path+".list", "no request lists records of the type, so nobody can look for members that are not mapped before somebody is searched; give one"))
		return
	}
	var records []any
	var keys []string
	var err error
	a := &asker{instance: i}
	d := &drafter{t: t, zone: i.zone}
	unmapped := map[string]bool{}
	out.Run(step, func() error {
		records, err = a.firstPage(ctx, t)
		for _, node := range records {
			own, ok := keysOfNode(t.key, node)
			if !ok {
				return sdk.ConfigError(t.path+".key", "a record has no key there")
			}
			keys = own
			for _, name := range d.draft(node, own).unmapped {
				unmapped[name] = t.record == nil
			}
		}
		return err
	})
	if err != nil || len(keys) == 0 {
		if err == nil {
			out.Warn(step, notice(core.ClassConfig, t, t.path+".list", "the service lists no record, so no member was looked at"))
		}
		return
	}
	s := &typeSearch{run: &run{asker: a, out: silent{out, step}, told: map[string]bool{}}, t: t}
	out.Run("parts of "+t.profile.Name, func() error {
		node, err := s.whole(ctx, keys, records[len(records)-1])
		if err != nil || node == nil {
			return err
		}
		draft := d.draft(node, keys)
		if err := s.loadParts(ctx, d, draft); err != nil {
			return err
		}
		for _, name := range draft.unmapped {
			unmapped[name] = true
		}
		return nil
	})
	for _, name := range sortedKeys(unmapped) {
		if unmapped[name] {
			out.Warn(step, unmappedNotice(t, name))
		}
	}
}

// firstPage gives the first page of the list of all records.
func (a *asker) firstPage(ctx context.Context, t *typePlan) ([]any, error) {
	b := &builder{base: a.endpoint.base, plan: t.list, most: 1}
	calls := b.calls()
	if len(calls) == 0 {
		return nil, nil
	}
	out, err := a.ask(ctx, firstOf(&calls[0]))
	if err != nil {
		return nil, err
	}
	return a.records(out)
}

func (i *instance) checkComplete(ctx context.Context, out steps) {
	a := &asker{instance: i}
	for _, kind := range i.complete {
		told := false
		fail := func(err error) {
			told = true
			out.Run(sdk.CompleteStep(kind), func() error { return err })
		}
		for _, t := range i.plans {
			problems, err := a.incomplete(ctx, t, kind, func(p core.Problem) error { return &p })
			for _, p := range problems {
				fail(&p)
			}
			if err != nil {
				fail(err)
			}
		}
		if !told {
			out.Run(sdk.CompleteStep(kind), func() error { return nil })
		}
	}
}

// silent takes what a check's sample would tell: notices are warnings.
type silent struct {
	steps steps
	step  string
}

func (silent) Emit(core.Record) error           { return nil }
func (silent) Checkpoint(core.Checkpoint) error { return nil }
func (silent) Examined(core.TypeCount)          {}
func (silent) LeftOut([]core.LeftOut)           {}
func (silent) Progress(uint64)                  {}

func (s silent) Notice(p core.Problem) error {
	s.steps.Warn(s.step, p)
	return nil
}

func (silent) Waiting(time.Time) error { return nil }
