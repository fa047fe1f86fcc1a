package plugins

import (
	"strings"
	"testing"

	"github.com/sinusta/sinusta/plugins/sdk/sdktest"
)

// untriedByHand are the checks for which a plugin would have to ask a system.
const untriedByHand = `
validate-only bad-secret-auth finds-expected nobody-complete completion-true key-errors
refs-stable bound-kept not-mixed empty-system one-record many-records
fields-filled cancel kill-resume resume-every-checkpoint resume-unknown-cursor stalled-reader
large-value other-encoding composed-letters clock-skew rate-limit-waits secrets-hidden
values-hidden`

// manualSuite tries what there is to try of a plugin that asks nobody; that it
// puts the answer off to people is tried with the program.
func manualSuite(t *testing.T) sdktest.Suite {
	s := suiteOf(t, "documents")
	s.Works = setup(t, "{owner: The registry, instructions: Look into the folders., due_days: 14}", nil)
	s.Nobody = nil
	for _, id := range strings.Fields(untriedByHand) {
		s.Exempt[id] = "the plugin asks no system and gives no record: people do"
	}
	return s
}
