package identifier

import (
	"strings"

	"github.com/sinusta/sinusta/core"
)

// Equal tells whether two identifiers are the same: of one kind, neither
// malformed nor incomplete, equal in the normal form, and given by one issuer
// or by issuers of which one is not known. The issuer of a kind that is unique
// everywhere, or of a diary number with its authority's prefix, is not looked
// at, except that artificial personal identity codes of different issuers are
// different.
func Equal(a, b core.Identifier) bool {
	if a.Kind != b.Kind || !usable(a) || !usable(b) {
		return false
	}
	r := rule(a.Kind)
	if r == nil {
		return false
	}
	local := r.Local
	if r.global != nil && r.global(a.Value) && r.global(b.Value) {
		local = false
	}
	scoped := local || a.Status == core.Artificial || b.Status == core.Artificial
	if scoped && a.Issuer != "" && b.Issuer != "" && a.Issuer != b.Issuer {
		return false
	}
	if r.equal != nil {
		return r.equal(a, b)
	}
	return a.Value == b.Value
}

func usable(i core.Identifier) bool {
	return i.Value != "" && i.Status != core.Malformed && i.Status != core.Incomplete
}

// oneIssuer tells whether both identifiers name the same issuer.
func oneIssuer(a, b core.Identifier) bool { return a.Issuer != "" && a.Issuer == b.Issuer }

// hidden stands for the masked part of a value.
const hidden = "•••"

// Mask gives the identifier with most of it hidden, for a sentence that a
// person reads: "010190-****", "m•••@example.fi", "10•••3". A value without a
// normal form is hidden whole.
func Mask(i core.Identifier) string {
	r := rule(i.Kind)
	if r == nil || !usable(i) {
		return hidden
	}
	return r.mask(i.Value)
}

// head gives at most the first n bytes.
func head(v string, n int) string { return v[:min(n, len(v))] }

// maskMiddle keeps the first two and the last character of a value of five
// or more, less of a shorter one.
func maskMiddle(v string) string {
	rs := []rune(v)
	switch n := len(rs); {
	case n >= 5:
		return string(rs[:2]) + hidden + string(rs[n-1])
	case n >= 3:
		return string(rs[:1]) + hidden
	}
	return hidden
}

// Forms gives the spellings that a source should look for, the normal form
// first, each once. A malformed or incomplete identifier has none.
func Forms(i core.Identifier) []core.Form {
	r := rule(i.Kind)
	if r == nil || !usable(i) {
		return nil
	}
	var others []core.Form
	if r.forms != nil {
		others = r.forms(i)
	}
	out := make([]core.Form, 0, len(others)+2)
	seen := make(map[string]bool, len(others)+2)
	add := func(f core.Form) {
		if f.Text != "" && !seen[f.Text] {
			seen[f.Text] = true
			out = append(out, f)
		}
	}
	add(core.Form{Text: i.Value, Tier: core.TierExact})
	for _, f := range others {
		add(f)
	}
	if raw := strings.TrimSpace(i.Raw); len(raw) <= maxValue {
		add(core.Form{Text: raw, Tier: core.TierExact}) // as the person writes it, others may have
	}
	return out
}

// exact makes forms of the strictest tier.
func exact(texts ...string) []core.Form {
	out := make([]core.Form, len(texts))
	for n, t := range texts {
		out[n] = core.Form{Text: t, Tier: core.TierExact}
	}
	return out
}
