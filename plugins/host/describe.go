package host

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// describedTwice asks the plugin who it is, twice: what is registered, shown and
// checked rests on the same answer every time.
func (s *Session) describedTwice(ctx context.Context) (*sourcepb.DescribeResponse, error) {
	bounded, cancel := context.WithTimeout(ctx, s.v.opts.Deadlines.Health)
	defer cancel()
	first, err := s.v.rpc.Describe(bounded, &sourcepb.DescribeRequest{})
	if err != nil {
		return nil, s.failed(ctx, core.PhaseStart, err)
	}
	second, err := s.v.rpc.Describe(bounded, &sourcepb.DescribeRequest{})
	if err != nil {
		return nil, s.failed(ctx, core.PhaseStart, err)
	}
	if !proto.Equal(first, second) {
		return nil, problem(core.ClassBug, core.PhaseStart, core.OriginPlugin,
			"the plugin describes itself in two ways; its description must be the same every time")
	}
	return first, nil
}
