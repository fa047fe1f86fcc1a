package extracted

import (
	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// CheckReadOnly adds the step of a check that tells whether the account can do
// more than read. places are what is searched, by name; the plugins open
// nothing of them for writing.
func CheckReadOnly(steps *sdk.Steps, recordType string, places map[string]string) {
	const step = "read-only"
	warned := false
	for name, path := range places {
		message := ""
		switch may, told := Writable(path); {
		case !told:
			message = "nothing proves here that the account may only read " + name + "; give it the right to read alone"
		case may:
			message = "the account may write to " + name + "; searching needs the right to read alone"
		default:
			continue
		}
		warned = true
		steps.Warn(step, core.Problem{Class: core.ClassAuth, Origin: core.OriginSystem, RecordType: recordType, Message: message})
	}
	if !warned {
		steps.Run(step, func() error { return nil })
	}
}
