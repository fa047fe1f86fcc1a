package ldapsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/ldap/internal/ldif"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// maxFaults bounds how many broken records are named; more say nothing new.
const maxFaults = 20

// place is where an entry stands in the files.
type place struct {
	file   int
	offset int64
}

// files is a directory in LDIF files. They are read anew for every pass, so
// that a large directory is never held in memory.
type files struct {
	paths           []string
	bases           []*ldap.DN
	baseList        List
	scope           scope
	aliases         bool // entries that stand for others lead to these
	types           []mappedType
	ignoreClasses   []string
	ignoreReferrals bool
	noticed         *noticeList
	faults          int
	targets         map[string]*ldap.DN // of aliases, by their normal DN
	led             bool                // the targets are known
	opened          []*os.File          // for single entries, by the place of their path
}

func (d *files) close() {
	for _, f := range d.opened {
		if f != nil {
			_ = f.Close() // it was only read
		}
	}
	d.opened = nil
}

// read gives the entry at a place. One that is no longer there is none.
func (d *files) read(at place) (entry, bool, error) {
	if d.opened == nil {
		d.opened = make([]*os.File, len(d.paths))
	}
	if d.opened[at.file] == nil {
		f, err := os.Open(d.paths[at.file])
		if err != nil {
			return entry{}, false, fileError(at.file, err)
		}
		d.opened[at.file] = f
	}
	read, err := ldif.ReadAt(d.paths[at.file], d.opened[at.file], at.offset)
	var syntax *ldif.SyntaxError
	if errors.As(err, &syntax) || errors.Is(err, io.EOF) {
		return entry{}, false, nil // the file was changed
	}
	if err != nil {
		return entry{}, false, fileError(at.file, err)
	}
	return d.fromLDIF(at.file, read), true, nil
}

// each calls f with every entry in scope, but referrals, which a server does
// not give either.
func (d *files) each(ctx context.Context, f func(entry) error) error {
	if err := d.findTargets(ctx); err != nil {
		return err
	}
	d.led = d.aliases
	return d.pass(ctx, f)
}

// findTargets looks, once, where the aliases in scope lead to, and what lies
// there in turn (RFC 4512 §2.6).
func (d *files) findTargets(ctx context.Context) error {
	if !d.aliases || d.targets != nil {
		return nil
	}
	d.targets = map[string]*ldap.DN{}
	for range maxHops {
		before := len(d.targets)
		err := d.pass(ctx, func(e entry) error {
			for _, v := range e.values(describe("aliasedObjectName")) {
				normal, ok := normalDN(string(v.raw))
				if dn, err := ldap.ParseDN(normal); ok && err == nil && e.has("alias") {
					d.targets[normal] = dn
				}
			}
			return nil
		})
		if err != nil || len(d.targets) == before {
			return err
		}
	}
	return nil
}

// pass calls f with every entry in scope.
func (d *files) pass(ctx context.Context, f func(entry) error) error {
	below := make([]bool, len(d.bases))
	for i, path := range d.paths {
		if err := d.eachOf(ctx, i, path, below, f); err != nil {
			return err
		}
	}
	for i, has := range below {
		if !has {
			return sdk.ConfigError(listPath("base_dn", d.baseList, i), "no entry of the files is there or below; correct the DN")
		}
	}
	return nil
}

func (d *files) eachOf(ctx context.Context, index int, path string, below []bool, f func(entry) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fileError(index, err)
	}
	defer file.Close()
	reader := ldif.NewReader(path, file)
	for n := 0; ; n++ {
		if n%100 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		read, err := reader.Next()
		var (
			syntax *ldif.SyntaxError
			to     *ldif.Reference
			bound  *ldif.Bounded
		)
		switch {
		case errors.As(err, &to):
			d.refer(to.URL)
			continue
		case errors.As(err, &bound):
			d.noticed.add(core.Problem{Class: core.ClassTruncated, Origin: core.OriginSystem, ConfigPath: fmt.Sprintf("ldif[%d]", index),
				Message: bound.Error() + "; export the directory again, with an account that has no limit"})
			continue
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &syntax):
			d.fault(index, syntax)
			continue
		case err != nil:
			return fileError(index, err)
		}
		e := d.fromLDIF(index, read)
		dn, err := ldap.ParseDN(e.dn)
		if err != nil {
			d.fault(index, &ldif.SyntaxError{File: path, Line: read.Line, Message: "what follows dn: is no DN"})
			continue
		}
		if !d.inScope(dn, below) {
			continue
		}
		if d.aliases && d.led && e.has("alias") {
			continue // the entry that it stands for is given
		}
		if e.has("referral") {
			if !d.ignoreReferrals {
				d.noticed.add(referralNotice())
			}
			continue
		}
		if err := f(e); err != nil {
			return err
		}
	}
}

// inScope tells whether the entry lies in the scope of a base, and marks the
// bases that hold it.
func (d *files) inScope(dn *ldap.DN, below []bool) bool {
	if len(d.bases) == 0 {
		return true
	}
	for _, rdn := range dn.RDNs {
		for _, a := range rdn.Attributes {
			a.Type = canonical(a.Type)
		}
	}
	in := false
	for i, base := range d.bases {
		if scopeSub.reaches(base, dn) {
			below[i] = true
			in = in || d.scope.reaches(base, dn)
		}
	}
	for _, target := range d.targets {
		// An alias brings what it stands for, and in a subtree what lies below.
		in = in || target.EqualFold(dn) || d.scope == scopeSub && scopeSub.reaches(target, dn)
	}
	return in
}

// fault notes a broken record: what it held was not searched.
func (d *files) fault(index int, err *ldif.SyntaxError) {
	if d.faults++; d.faults > maxFaults {
		return
	}
	d.noticed.add(core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, ConfigPath: fmt.Sprintf("ldif[%d]", index),
		Message: err.Error() + "; the record was left out"})
}

func fileError(index int, err error) error {
	path := fmt.Sprintf("ldif[%d]", index)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return sdk.ConfigError(path, "%s", err)
	}
	return sdk.TransientError("the LDIF file cannot be read", err)
}

func (d *files) find(ctx context.Context, m *mappedType, _ question, each func(entry) error) error {
	return d.each(ctx, func(e entry) error {
		if !m.takes(e) {
			return nil
		}
		return each(e)
	})
}

// whole reads the entry again and leaves out what must not be read.
func (d *files) whole(_ context.Context, m *mappedType, e entry) (entry, bool, error) {
	dn := e.dn
	e, ok, err := d.read(e.place)
	if !ok || err != nil || e.dn != dn {
		return entry{}, false, err
	}
	kept := entry{dn: e.dn, place: e.place}
	for _, a := range e.attributes {
		if m.leavesOut(a.description) {
			continue
		}
		if credential(a.key) {
			a.values, a.unread = nil, true
		}
		kept.attributes = append(kept.attributes, a)
	}
	return kept, true, nil
}

func (d *files) names(ctx context.Context, m *mappedType, each func(entry)) (string, error) {
	return "", d.each(ctx, func(e entry) error {
		if m.takes(e) {
			each(e)
		}
		return nil
	})
}

func (d *files) strangers(ctx context.Context) ([]string, error) {
	var classes []string
	err := d.each(ctx, func(e entry) error {
		if slices.ContainsFunc(d.types, func(m mappedType) bool { return m.takes(e) }) ||
			slices.ContainsFunc(slices.Concat(containers(), d.ignoreClasses), e.has) {
			return nil
		}
		for _, c := range e.classes() {
			if !slices.Contains(classes, c) {
				classes = append(classes, c)
			}
		}
		return nil
	})
	slices.Sort(classes)
	return classes, err
}

// fromLDIF makes an entry of one of a file. An attribute whose values are not
// all there is marked, and told.
func (d *files) fromLDIF(index int, read ldif.Entry) entry {
	e := entry{dn: read.DN, place: place{index, read.Offset}}
	for _, a := range read.Attributes {
		e.join(attribute{description: describe(a.Name), values: a.Values})
		if a.Elsewhere {
			e.torn(describe(a.Name))
			d.noticed.add(core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, ConfigPath: fmt.Sprintf("ldif[%d]", index),
				Message: "a value of the attribute " + describe(a.Name).written + " stands in another file (:<), which is not read; put the value itself into the file"})
		}
	}
	for _, m := range e.missing {
		// The next range may stand in the same entry.
		if !slices.ContainsFunc(read.Attributes, func(a ldif.Attribute) bool { return startsAt(describe(a.Name), m) }) {
			d.noticed.add(rangeNotice(m.written))
			e.torn(m.description)
		}
	}
	e.missing = nil
	return e
}

// startsAt tells whether an attribute is the range that goes on at m.
func startsAt(d description, m missing) bool {
	plain, _ := d.unranged()
	return plain.id() == m.id() && slices.ContainsFunc(d.options, func(o string) bool {
		return strings.HasPrefix(o, "range="+strconv.Itoa(m.from)+"-")
	})
}

// refer tells of a part of the directory that the export leaves out. Of an
// export there is no root entry; the parts of Active Directory without people
// tell themselves by their names.
func (d *files) refer(to string) {
	ad := &root{capabilities: []string{capabilityAD}}
	r, ok := parseReference(to)
	if ok && (!ad.holdsPeople(r.dn) || strings.HasPrefix(strings.ToLower(r.dn), "cn=configuration,dc=")) || d.ignoreReferrals {
		return
	}
	d.noticed.add(referralNotice())
}
