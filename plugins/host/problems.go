package host

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// deadlineSkew is by how much a plugin may notice the caller's deadline before
// the host does.
const deadlineSkew = time.Second

// Problems gives every *core.Problem in err, in order; err may be joined of
// several. Of an error without one it gives none.
func Problems(err error) []core.Problem { return core.Problems(err) }

func problem(class core.Class, phase core.Phase, origin core.Origin, format string, args ...any) *core.Problem {
	return &core.Problem{Class: class, Phase: phase, Origin: origin, Message: fmt.Sprintf(format, args...)}
}

// callProblem makes a problem of a failed call. The texts of transport errors
// hold no values; those of a plugin's own errors are blanked.
func (v *supervisor) callProblem(ctx context.Context, phase core.Phase, err error) error {
	// The plugin is told the caller's deadline and may notice it first.
	if d, ok := ctx.Deadline(); ok && time.Until(d) < deadlineSkew && status.Code(err) == codes.DeadlineExceeded {
		<-ctx.Done()
	}
	if cause := ctx.Err(); cause != nil {
		return stopped(phase, cause)
	}
	if p, ok := sourcepb.ProblemIn(err); ok {
		p.Message = v.blank.Text(p.Message)
		if p.Phase == "" {
			p.Phase = phase
		}
		return &p
	}
	if p := v.ended(phase); p != nil {
		return p
	}
	s := status.Convert(err)
	text := v.blank.Text(s.Message())
	switch s.Code() {
	case codes.DeadlineExceeded:
		return problem(core.ClassDeadline, phase, core.OriginPlugin, "the plugin did not answer in time")
	case codes.Canceled:
		return problem(core.ClassCancelled, phase, core.OriginPlugin, "the plugin cancelled the call")
	case codes.Unavailable:
		return problem(core.ClassTransient, phase, core.OriginPlugin, "the connection to the plugin failed: %s", text)
	case codes.Unimplemented:
		return problem(core.ClassBug, phase, core.OriginPlugin, "the plugin does not know this call; "+
			"it was made for another version")
	case codes.ResourceExhausted:
		return problem(core.ClassBug, phase, core.OriginPlugin, "a message was too large: %s", text)
	default:
		return problem(core.ClassBug, phase, core.OriginPlugin, "the plugin broke the protocol: %s", text)
	}
}

// stopped makes a problem of the end of the caller's context; errors.Is still
// finds the context's error.
func stopped(phase core.Phase, cause error) error {
	p := problem(core.ClassCancelled, phase, core.OriginHost, "the call was cancelled")
	if errors.Is(cause, context.DeadlineExceeded) {
		p = problem(core.ClassDeadline, phase, core.OriginHost, "the time for this source ran out")
	}
	return fmt.Errorf("%w: %w", p, cause)
}
