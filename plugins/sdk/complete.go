package sdk

import (
	"fmt"

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
// Env.Complete may name: these are written with letters or digits of ASCII, and
// a value of blanks or signs alone, such as "-", stands for none.
func HoldsKey(value string) bool {
	for i := range len(value) {
		if c := value[i]; c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' {
			return true
		}
	}
	return false
}
