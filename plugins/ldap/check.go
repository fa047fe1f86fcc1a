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
	i.checkReadOnly(steps)
	found := i.checkEntries(ctx, steps, dir)
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

// checkReadOnly says what is known of the account's rights. Files are opened
// for reading. LDAP has no standard way to ask a server for one's rights, and
// trying a change is out of the question.
func (i *instance) checkReadOnly(steps stepper) {
	if i.endpoint == nil {
		steps.Run(stepReadOnly, func() error { return nil })
		return
	}
	steps.Warn(stepReadOnly, core.Problem{Class: core.ClassConfig, Origin: core.OriginPlugin, ConfigPath: "bind_dn",
		Message: "a directory does not tell what an account may change, so nothing proves that this one only reads; " +
			"let the directory's owner confirm that it has read rights alone"})
}

const stepReadOnly = "read-only"

// checkServer takes the steps up to the schema. It gives nil when one fails.
func (i *instance) checkServer(ctx context.Context, steps stepper, noticed *noticeList) *server {
	d := &server{serverSettings: i.settings, noticed: noticed}
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
	good := ok("sign in", func() error { return i.endpoint.bind(ctx, d.conn) }) &&
		ok("base", func() error { return d.checkBases(ctx) }) &&
		ok("schema", func() error { return d.loadSchema(ctx, &schemaCache{}) })
	if !good {
		d.close()
		return nil
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
// all? It gives false when the directory cannot be read.
func (i *instance) checkEntries(ctx context.Context, steps stepper, dir directory) bool {
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
			return false
		}
		if limit != "" {
			steps.Warn("entries of "+m.name, truncatedNotice(m.name, limit))
		}
		warnEntries(steps, m, count, unmapped, seen)
		if count > 0 {
			steps.Run("lookup of "+m.name, func() error { return lookUp(ctx, m, dir, sample) })
		}
	}
	return true
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
