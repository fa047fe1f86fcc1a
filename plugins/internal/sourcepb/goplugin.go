package sourcepb

import (
	"context"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// GRPCPlugin is the source as go-plugin wants it: on the plugin's side with an
// Impl, on the host's without.
type GRPCPlugin struct {
	goplugin.NetRPCUnsupportedPlugin
	Impl SourceServer
}

// GRPCServer registers the source. There are no calls from plugin to host, so
// the broker is not used.
func (p *GRPCPlugin) GRPCServer(_ *goplugin.GRPCBroker, s *grpc.Server) error {
	RegisterSourceServer(s, p.Impl)
	return nil
}

// GRPCClient gives a SourceClient.
func (p *GRPCPlugin) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, c *grpc.ClientConn) (any, error) {
	return NewSourceClient(c), nil
}
