package ldapsource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// stepper takes the steps of a check; it is what *sdk.Steps does.
type stepper interface {
	Run(name string, f func() error)
	Warn(name string, p core.Problem)
}

// Check tries the directory out: connect, sign in, the bases, the schema,
// every attribute mapped, a lookup of each type, and the keys that the
// catalogue promises in every record.
func (i *instance) Check(ctx context.Context, steps *sdk.Steps) { i.check(ctx, steps) }

func (i *instance) check(ctx context.Context, steps stepper) {
	var dir directory
	var noticed noticeList
	if i.endpoint == nil {
		dir = i.files(&noticed)
	} else {
		d := i.checkServer(ctx, steps, &noticed)
		if d == nil {
			return
		}
		dir = d
	}
	defer dir.close()
	samples, found := i.checkEntries(ctx, steps, dir)
	i.checkReadOnly(ctx, steps, dir, samples)
	if !found {
		return
	}
	i.checkComplete(ctx, steps, dir)
	steps.Run("object classes", func() error {
		classes, err := dir.strangers(ctx)
		if err == nil && len(classes) > 0 {
			return problem(classesNotice(strings.Join(classes, ", ")))
		}
		return err
	})
	for _, p := range noticed {
		steps.Warn("completeness", p)
	}
}

// checkServer takes the steps up to the schema. It gives nil when one fails.
func (i *instance) checkServer(ctx context.Context, steps stepper, noticed *noticeList) *server {
	d := newServer(i.settings, noticed)
	ok := func(name string, f func() error) bool {
		var err error
		steps.Run(name, func() error { err = f(); return err })
		return err == nil
	}
	connected := ok("connect", func() (err error) {
		d.conn, d.release, err = i.endpoint.dial(ctx)
		return err
	})
	if !connected {
		return nil
	}
	if i.endpoint.tls == nil {
		steps.Warn("encryption", core.Problem{Class: core.ClassConfig, Origin: core.OriginPlugin, ConfigPath: "url",
			Message: "the connection is not encrypted; use ldaps:// or start_tls unless the server is on this machine"})
	}
	remark := ""
	good := ok("sign in", func() (err error) {
		remark, err = i.endpoint.bind(ctx, d.conn)
		return err
	}) &&
		ok("base", func() error { return d.checkBases(ctx) }) &&
		ok("schema", func() error { return d.loadSchema(ctx, &schemaCache{}) })
	if !good {
		d.close()
		return nil
	}
	if remark != "" {
		steps.Warn("sign in", core.Problem{Class: core.ClassAuth, Origin: core.OriginSystem, ConfigPath: "bind_dn", Message: remark})
	}
	if others := d.root.unsearched(i.bases); len(others) > 0 {
		steps.Warn("naming contexts", core.Problem{Class: core.ClassConfig, Origin: core.OriginSystem, ConfigPath: "base_dn",
			Message: "the server has other databases, which are not searched: " + strings.Join(others, "; ") + "; add to base_dn what may hold people"})
	}
	if i.endpoint.bindDN == "" {
		steps.Warn("sign in", core.Problem{Class: core.ClassConfig, Origin: core.OriginPlugin, ConfigPath: "bind_dn",
			Message: "the directory is searched anonymously and may show less than it holds; set bind_dn and the secret `password`"})
	}
	return d
}

// checkBases looks every base up.
func (d *server) checkBases(ctx context.Context) error {
	for n, base := range d.bases {
		_, err := d.search(ctx, ldap.NewSearchRequest(base, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, d.seconds(), true,
			"(objectClass=*)", []string{"1.1"}, nil))
		if err != nil {
			return atBase(orContext(ctx, requestProblem(err)), d.bases, n)
		}
	}
	return nil
}

// checkEntries goes through the attribute names of every entry of every type:
// is each mapped or ignored, does each mapped one occur, is there an entry at
// all? It gives an entry of each type, and false when the directory cannot be
// read.
func (i *instance) checkEntries(ctx context.Context, steps stepper, dir directory) (samples []entry, ok bool) {
	for n := range i.types {
		m := &i.types[n]
		count, unmapped, seen := 0, []string(nil), map[string]bool{}
		var sample entry
		var err error
		var limit string
		steps.Run("entries of "+m.name, func() error {
			limit, err = dir.names(ctx, m, func(e entry) {
				count++
				sample = e
				_, names := m.rest(e)
				unmapped = unique(append(unmapped, names...))
				for _, a := range m.all {
					if slices.ContainsFunc(e.attributes, func(has attribute) bool { return a.covers(has.description) }) {
						seen[a.id()] = true
					}
				}
			})
			return err
		})
		if err != nil {
			return samples, false
		}
		if limit != "" {
			steps.Warn("entries of "+m.name, truncatedNotice(m.name, limit))
		}
		warnEntries(steps, m, count, unmapped, seen)
		if count > 0 {
			samples = append(samples, sample)
			steps.Run("lookup of "+m.name, func() error { return lookUp(ctx, m, dir, sample) })
		}
	}
	return samples, true
}

func warnEntries(steps stepper, m *mappedType, count int, unmapped []string, seen map[string]bool) {
	if count == 0 {
		empty := emptyNotice(m.name, core.ClassConfig)
		if m.mayBeEmpty {
			steps.Warn("entries of "+m.name, empty)
			return
		}
		steps.Run("entries of "+m.name, func() error { return &empty })
		return
	}
	slices.Sort(unmapped)
	for _, name := range unmapped {
		steps.Warn("attributes of "+m.name, unmappedNotice(m.name, name))
	}
	for _, a := range m.all {
		if !seen[a.id()] {
			steps.Warn("attributes of "+m.name, core.Problem{Class: core.ClassConfig, Origin: core.OriginSystem, ConfigPath: a.path, RecordType: m.name,
				Message: fmt.Sprintf("none of the %d entries has the attribute %s, or the account may not read it", count, a.written)})
		}
	}
}

// lookUp reads one entry whole, as a search does with a hit.
func lookUp(ctx context.Context, m *mappedType, dir directory, sample entry) error {
	_, found, err := dir.whole(ctx, m, sample)
	if err == nil && !found {
		return problem(goneNotice(m.name))
	}
	return err
}

func problem(p core.Problem) error { return &p }
