package sdktest

import (
	"fmt"
	"strings"
)

// State is how a check went.
type State string

// The states of a check.
const (
	Passed   State = "pass"
	Failed   State = "fail"
	NotTried State = "not tried"
	Exempt   State = "exempt"
)

// Result is one check of one plugin.
type Result struct {
	ID string `json:"id"`
	// Demand is what the check demands, and Lesson why.
	Demand string `json:"demand"`
	Lesson string `json:"lesson"`
	State  State  `json:"state"`
	// Evidence says in one line what was seen, without a value. Of a check
	// that was not tried it says what the suite must give, of an exempt one
	// the reason.
	Evidence string `json:"evidence"`
	// Milliseconds is how long the check took.
	Milliseconds int64 `json:"ms"`
}

// Report is the outcome of a suite.
type Report struct {
	Plugin  string   `json:"plugin"`
	Version string   `json:"version,omitempty"`
	Results []Result `json:"results"`
}

// Count gives how many checks are in the state.
func (r Report) Count(s State) int {
	n := 0
	for _, x := range r.Results {
		if x.State == s {
			n++
		}
	}
	return n
}

// Summary gives one line: "28 passed, 1 failed, 3 not tried, 2 exempt".
func (r Report) Summary() string {
	parts := []string{fmt.Sprintf("%d passed", r.Count(Passed)), fmt.Sprintf("%d failed", r.Count(Failed)),
		fmt.Sprintf("%d not tried", r.Count(NotTried))}
	if n := r.Count(Exempt); n > 0 {
		parts = append(parts, fmt.Sprintf("%d exempt", n))
	}
	return strings.Join(parts, ", ")
}

// outcome is what a check's function gives.
type outcome struct {
	state State
	text  string
}

func passed(format string, args ...any) outcome {
	return outcome{Passed, fmt.Sprintf(format, args...)}
}
func failed(format string, args ...any) outcome {
	return outcome{Failed, fmt.Sprintf(format, args...)}
}
func untried(format string, args ...any) outcome {
	return outcome{NotTried, fmt.Sprintf(format, args...)}
}
