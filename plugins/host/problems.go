package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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

// The bounds of what a plugin says of a problem, in bytes: of a text for
// people, and of a name or path.
const (
	maxProblemText = 2 << 10
	maxProblemName = 200
)

// told gives a problem that a plugin has told, blanked and bounded, with the
// phase in which it was told unless the plugin names one.
func (v *supervisor) told(p core.Problem, phase core.Phase) core.Problem {
	p.Message = v.words(p.Message, maxProblemText)
	p.ConfigPath, p.RecordType = v.name(p.ConfigPath), v.name(p.RecordType)
	for i, k := range p.Kinds {
		p.Kinds[i] = core.Kind(v.name(string(k)))
	}
	switch p.Phase {
	case core.PhaseStart, core.PhaseConfigure, core.PhaseCheck, core.PhaseSearch, core.PhaseDiscover, core.PhaseFetch:
	default:
		p.Phase = phase
	}
	switch p.Origin {
	case core.OriginPlugin, core.OriginSystem, core.OriginHost:
	default: // not said, or a word of a later version
		p.Origin = core.OriginPlugin
	}
	p.RetryAfter = max(0, p.RetryAfter)
	return p
}

func (v *supervisor) name(s string) string { return v.words(s, maxProblemName) }

// words gives what a plugin says as it may be shown: blanked, on one line, and
// at most so many bytes.
func (v *supervisor) words(s string, bytes int) string {
	return clip(oneLine(v.blank.Text(clip(s, 32*bytes))), bytes)
}

// oneLine gives s with spaces in the place of everything that moves a terminal
// or turns the direction of writing: what a plugin says must not look like
// lines that are ours.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			return ' '
		}
		return r
	}, s)
}

// closing blanks the words in a closing message.
func (v *supervisor) closing(c *core.Completion) {
	for i := range c.Searched {
		for _, kinds := range [][]core.Kind{c.Searched[i].Kinds, c.Searched[i].Needs} {
			for j, k := range kinds {
				kinds[j] = core.Kind(v.name(string(k)))
			}
		}
	}
	for i, l := range c.LeftOut {
		c.LeftOut[i] = core.LeftOut{Table: v.name(l.Table), Column: v.name(l.Column), Reason: v.words(l.Reason, maxProblemText)}
	}
}

// clip gives at most n bytes of s and breaks no character. What is to be
// blanked is blanked first, since half a secret is still one.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
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
		p = v.told(p, phase)
		return &p
	}
	if p := v.ended(phase); p != nil {
		return p
	}
	s := status.Convert(err)
	text := v.words(s.Message(), maxProblemText)
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
