package ldapsource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
)

const stepReadOnly = "read-only"

// checkReadOnly says what is known of the account's rights. Files are opened
// for reading. Active Directory tells what an account may change; other
// servers have no standard way to, and trying a change is out of the question.
// Of these it is told what only an account with too many rights sees.
func (i *instance) checkReadOnly(ctx context.Context, steps stepper, dir directory, samples []entry) {
	d, ok := dir.(*server)
	if !ok {
		steps.Run(stepReadOnly, func() error { return nil })
		return
	}
	warn := func(message string) {
		steps.Warn(stepReadOnly, core.Problem{Class: core.ClassConfig, Origin: core.OriginPlugin, ConfigPath: "bind_dn", Message: message})
	}
	if d.root.activeDirectory() {
		may, told, err := d.writable(ctx, samples)
		switch {
		case err != nil:
			steps.Run(stepReadOnly, func() error { return err })
			return
		case len(may) > 0:
			warn("the account may change " + strings.Join(may, ", ") + "; have the directory's owner take these rights away")
			return
		case told:
			steps.Run(stepReadOnly, func() error { return nil })
			return
		}
	}
	message := "a directory does not tell what an account may change, so nothing proves that this one only reads; " +
		"let the directory's owner confirm that it has read rights alone"
	if signs := d.signsOfPower(ctx, samples); len(signs) > 0 {
		message += ". It sees more than a reading account should: " + strings.Join(signs, ", ")
	}
	warn(message)
}

// writable gives what Active Directory says that the account may change, of
// the bases and of one entry of each type: attributes, and the making of
// entries below ([MS-ADTS] 3.1.1.4.5.22 and 3.1.1.4.5.24). told tells whether
// it said so of each.
func (d *server) writable(ctx context.Context, samples []entry) (may []string, told bool, err error) {
	for _, base := range d.bases {
		if base != "" {
			samples = append(samples, entry{dn: base})
		}
	}
	told = len(samples) > 0
	for _, e := range samples {
		found, ok, err := d.one(ctx, e.dn, []string{"allowedAttributes", "allowedAttributesEffective", "allowedChildClassesEffective"}, false)
		if err != nil {
			return nil, false, err
		}
		told = told && ok && len(found.values(describe("allowedAttributes"))) > 0
		for _, v := range found.values(describe("allowedAttributesEffective")) {
			may = append(may, string(v.raw))
		}
		for _, v := range found.values(describe("allowedChildClassesEffective")) {
			may = append(may, "(new) "+string(v.raw))
		}
	}
	slices.Sort(may)
	may = slices.Compact(may)
	const shown = 10
	if len(may) > shown {
		may = append(may[:shown], fmt.Sprintf("and %d more", len(may)-shown))
	}
	return may, told, nil
}

// signsOfPower gives what the account sees and needs not: passwords, the
// server's own configuration.
func (d *server) signsOfPower(ctx context.Context, samples []entry) []string {
	var signs []string
	for _, e := range samples {
		for _, a := range e.attributes {
			if credential(a.key) {
				signs = append(signs, a.written)
			}
		}
	}
	if d.root.own != "" {
		if _, found, err := d.one(ctx, d.root.own, []string{"1.1"}, true); err == nil && found {
			signs = append(signs, "the server's configuration ("+d.root.own+")")
		}
	}
	return unique(signs)
}
