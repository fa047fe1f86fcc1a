package sdk

import (
	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/scrub"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// Steps collects the steps of a check, in order.
type Steps struct {
	blank *scrub.Live
	steps []*sourcepb.Step
}

// Run runs f as the named step: OK, or FAIL with the problem of f's error. A
// panic of f fails the step.
func (s *Steps) Run(name string, f func() error) {
	err := guard(f)
	if err == nil {
		s.add(name, sourcepb.StepStatus_STEP_STATUS_OK, nil)
		return
	}
	s.add(name, sourcepb.StepStatus_STEP_STATUS_FAIL, problemOf(err))
}

// Warn adds a step that went well enough, with what somebody should know.
func (s *Steps) Warn(name string, p core.Problem) {
	s.add(name, sourcepb.StepStatus_STEP_STATUS_WARN, &p)
}

func (s *Steps) add(name string, status sourcepb.StepStatus, p *core.Problem) {
	step := &sourcepb.Step{Name: valid(name), Status: status}
	if p != nil {
		c := *p
		c.Phase = core.PhaseCheck
		if c.Origin == "" {
			c.Origin = core.OriginPlugin
		}
		c.Message = s.blank.Text(c.Message)
		step.Problem = sourcepb.FromProblem(c)
	}
	s.steps = append(s.steps, step)
}
