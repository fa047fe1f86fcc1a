package host

import (
	"context"
	"fmt"

	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// Probe is a plugin process that runs and is not configured, with the bare
// protocol in hand. It is for the conformance test, which has to see what a
// Session would hide; nothing that it says is blanked or verified.
type Probe struct{ s *Session }

// Probe starts a plugin and sees that it is well. The spec's configuration is
// not used. The host stops it with the others, if nobody did before.
func (h *Host) Probe(ctx context.Context, spec Spec) (*Probe, error) {
	spec, err := h.allowed(spec)
	if err != nil {
		return nil, fmt.Errorf("start plugin %s: %w", spec.Plugin, err)
	}
	if err := h.begin(); err != nil {
		return nil, fmt.Errorf("start plugin %s: %w", spec.Plugin, err)
	}
	defer h.running.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.stop, cancel)() //nolint:contextcheck // two contexts end the start
	v, err := h.bring(ctx, spec)
	if err != nil {
		return nil, fmt.Errorf("start plugin %s: %w", spec.Plugin, err)
	}
	s := h.session(spec, v, nil)
	s.spoilt = true // its process serves nobody else
	h.remember(s)
	return &Probe{s}, nil
}

// Client gives the calls of the protocol.
func (p *Probe) Client() sourcepb.SourceClient { return p.s.v.rpc }

// Request gives what Configure is sent for the spec.
func (p *Probe) Request(spec Spec) *sourcepb.ConfigureRequest { return request(spec) }

// PID gives the number of the process.
func (p *Probe) PID() int { return p.s.PID() }

// EndLifeline closes the process's standard input, as the end of the host
// would.
func (p *Probe) EndLifeline() { p.s.v.proc.endLifeline() }

// Gone is closed when the process has ended.
func (p *Probe) Gone() <-chan struct{} { return p.s.v.proc.gone }

// Close ends the process. A second call does nothing.
func (p *Probe) Close(ctx context.Context) error { return p.s.Close(ctx) }
