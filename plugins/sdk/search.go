package sdk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sinusta/sinusta/core"
)

// scope gives the types that q reaches. A type that q names and the plugin has
// not mapped is a problem.
func scope(q core.Query, types []RecordType) (in []RecordType, problems []core.Problem) {
	if len(q.Types) == 0 {
		return types, nil
	}
	for _, name := range q.Types {
		i := slices.IndexFunc(types, func(t RecordType) bool { return t.Name == name })
		if i >= 0 {
			in = append(in, types[i])
			continue
		}
		problems = append(problems, core.Problem{Class: core.ClassUnmapped, Phase: core.PhaseSearch,
			Origin: core.OriginPlugin, RecordType: name,
			Message: fmt.Sprintf("the record type %q is not mapped; add it under `types:`", valid(name))})
	}
	return in, problems
}

// Unsupported gives a problem of ClassUnsupportedKey for each key set of q that
// no type can be searched by. A set that serves a type which q leaves out is
// none. Both sides of a search hold it against the keys that were declared.
func Unsupported(q core.Query, types []RecordType) []core.Problem {
	var out []core.Problem
	for _, set := range q.AnyOf {
		one := core.Query{AnyOf: []core.KeySet{set}}
		if slices.ContainsFunc(types, func(t RecordType) bool {
			sets, _ := t.Usable(one)
			return len(sets) > 0
		}) {
			continue
		}
		out = append(out, core.Problem{Class: core.ClassUnsupportedKey, Phase: core.PhaseSearch,
			Origin: core.OriginPlugin, Kinds: one.Kinds(),
			Message: "no record type of the system can be searched by this key"})
	}
	return out
}

// completion makes the closing message of a search that ended with err.
func (o *Out) completion(in []RecordType, err error) core.Completion {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.breach != nil && (err == nil || errors.Is(err, errEnough)) {
		err = o.breach // the plugin has swallowed it
	}
	c := core.Completion{Result: core.Complete, LeftOut: o.leftOut}
	if err != nil && !errors.Is(err, errEnough) {
		p := o.clean(*problemOf(err))
		o.problems = append(o.problems, p)
		c.Result = core.Failed
		switch {
		case partial(p.Class):
			c.Result = core.Partly
		case p.Class == core.ClassNeedsHuman:
			c.Result = core.Deferred
		}
	}
	c.Searched = o.searched(in, c.Result == core.Complete && !o.enough)
	c.Problems = o.problems
	if c.Result == core.Complete && slices.ContainsFunc(o.problems, func(p core.Problem) bool { return partial(p.Class) }) {
		c.Result = core.Partly
	}
	return c
}

// searched gives a count for every type in scope. A type of which the plugin
// said nothing was not examined; unless something else explains that, it is a
// problem of its own, since silence must not read as "nothing found".
func (o *Out) searched(in []RecordType, complain bool) []core.TypeCount {
	var out []core.TypeCount
	for _, t := range in {
		i := slices.IndexFunc(o.counts, func(c core.TypeCount) bool { return c.Type == t.Name })
		sets, needs := t.Usable(o.query)
		c := core.TypeCount{Type: t.Name, Needs: needs}
		switch {
		case i >= 0:
			c = o.counts[i]
			if !c.Examined && len(c.Needs) == 0 {
				c.Needs = needs
			}
		case complain && len(sets) > 0:
			o.problems = append(o.problems, core.Problem{Class: core.ClassPartial, Phase: core.PhaseSearch,
				Origin: core.OriginPlugin, RecordType: t.Name,
				Message: "the plugin did not say whether it examined this record type"})
		}
		out = append(out, o.counted(c))
	}
	for name := range o.sent { // sent outside the scope: still counted
		if !slices.ContainsFunc(out, func(c core.TypeCount) bool { return c.Type == name }) {
			out = append(out, o.counted(core.TypeCount{Type: name}))
		}
	}
	return out
}

func (o *Out) counted(c core.TypeCount) core.TypeCount {
	c.Sent = o.sent[c.Type]
	c.Matched = max(c.Matched, c.Sent)
	return c
}

func partial(c core.Class) bool {
	switch c {
	case core.ClassPartial, core.ClassUnmapped, core.ClassTruncated, core.ClassUnsupportedKey:
		return true
	default:
		return false
	}
}

// runSearch asks the instance, keeps the stream alive meanwhile, and gives the
// closing message.
func runSearch(ctx context.Context, inst Instance, types []RecordType, q core.Query, o *Out) (core.Completion, error) {
	in, problems := scope(q, types)
	problems = append(problems, Unsupported(q, types)...)
	for _, p := range problems {
		if err := o.Notice(p); err != nil {
			return core.Completion{}, err
		}
	}
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.keepAlive(heartbeat, stop)
	}()
	err := guard(func() error { return inst.Search(ctx, q, o) })
	close(stop)
	<-done
	o.mu.Lock()
	lost := o.flush()
	o.mu.Unlock()
	if ctx.Err() != nil { // nobody waits for a closing message
		return core.Completion{}, ctx.Err()
	}
	if lost != nil {
		return core.Completion{}, lost
	}
	return o.completion(in, err), nil
}
