package sdk

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/sinusta/sinusta/core"
)

// CompleteStep gives the name of the step of a check that looks whether every
// record holds an identifier of the kind; see [Env].
func CompleteStep(kind core.Kind) string { return "every record holds " + string(kind) }

// Incomplete gives the problem of a kind in Env.Complete that some record of
// the type lacks, or that no mapped field holds. configPath names the field,
// or else the party or the type.
func Incomplete(recordType, configPath string, kind core.Kind) core.Problem {
	return core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, RecordType: recordType, ConfigPath: configPath,
		Kinds: []core.Kind{kind},
		Message: fmt.Sprintf("the catalogue promises the key %s in every record, and some records hold none: "+
			"they are not looked up by name and may be missed; correct the catalogue (`every_record`) or the data", kind)}
}

// Unverified gives the problem of a kind in Env.Complete about which the
// system did not answer in time.
func Unverified(recordType, configPath string, kind core.Kind) core.Problem {
	p := Incomplete(recordType, configPath, kind)
	p.Message = fmt.Sprintf("the catalogue promises the key %s in every record, and the system did not tell in time whether that is so; "+
		"raise the time-out, or take `every_record` out of the catalogue", kind)
	return p
}

// HoldsKey tells whether a value may be an identifier of a kind that
// Env.Complete may name. What people write for none ("-", "n/a", "000000-0000")
// is none: a personal identity code has six digits, a sign, three digits and a
// check character; numbers have a digit other than 0; the others a letter or a
// digit.
func HoldsKey(kind core.Kind, value string) bool {
	value = strings.Join(strings.Fields(value), "")
	digits := strings.ContainsAny(value, "123456789")
	switch kind {
	case core.PersonalIdentityCode:
		return digits && codeShape.MatchString(value)
	case core.EmployeeNumber, core.BusinessID:
		return digits
	default:
		return strings.ContainsFunc(value, func(r rune) bool {
			return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		})
	}
}

// codeShape is what a personal identity code looks like, right or wrong.
var codeShape = regexp.MustCompile(`[0-9]{6}[^0-9][0-9]{3}[0-9A-Za-z]`)
