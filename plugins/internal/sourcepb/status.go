package sourcepb

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sinusta/sinusta/core"
)

// Status gives p as a gRPC error that carries it whole.
func Status(p core.Problem) error {
	s := status.New(code(p.Class), p.Message)
	if d, err := s.WithDetails(FromProblem(p)); err == nil {
		s = d
	}
	return s.Err()
}

// ProblemIn gives the problem that a gRPC error carries, and whether there is
// one.
func ProblemIn(err error) (core.Problem, bool) {
	for _, d := range status.Convert(err).Details() {
		if m, ok := d.(*Problem); ok {
			return m.Core(), true
		}
	}
	return core.Problem{}, false
}

func code(c core.Class) codes.Code {
	switch c {
	case core.ClassConfig:
		return codes.InvalidArgument
	case core.ClassAuth:
		return codes.Unauthenticated
	case core.ClassTransient:
		return codes.Unavailable
	case core.ClassRateLimited:
		return codes.ResourceExhausted
	case core.ClassUnsupportedKey, core.ClassNeedsHuman, core.ClassUnmapped:
		return codes.FailedPrecondition
	case core.ClassPartial, core.ClassData, core.ClassTruncated:
		return codes.DataLoss
	case core.ClassCancelled:
		return codes.Canceled
	case core.ClassDeadline:
		return codes.DeadlineExceeded
	default:
		return codes.Internal
	}
}
