package sdk

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sinusta/sinusta/core"
)

// callWait is how long an instance's calls may go on after they were
// cancelled, before the instance is closed under them.
const callWait = time.Second

// configured is an instance with the calls that run on it.
type configured struct {
	inst  Instance
	types []RecordType

	closing context.Context
	cancel  context.CancelFunc
	mu      sync.Mutex
	closed  bool
	calls   sync.WaitGroup
}

func newConfigured(inst Instance, types []RecordType) *configured {
	c := &configured{inst: inst, types: types}
	c.closing, c.cancel = context.WithCancel(context.Background())
	return c
}

// begin begins a call. Its context also ends when the instance is closed; the
// caller calls done when the call is over. It gives false for an instance that
// is closed.
func (c *configured) begin(ctx context.Context) (call context.Context, done func(), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, nil, false
	}
	c.calls.Add(1)
	call, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.closing, cancel)
	return call, func() {
		stop()
		cancel()
		c.calls.Done()
	}, true
}

// close cancels the calls, waits for them at most for limit, and closes the
// instance, which is the last that it is asked.
func (c *configured) close(limit time.Duration) error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.cancel()
	over := make(chan struct{})
	go func() {
		c.calls.Wait()
		close(over)
	}()
	var late error
	select {
	case <-over:
	case <-time.After(limit):
		late = &core.Problem{Class: core.ClassBug, Origin: core.OriginPlugin,
			Message: fmt.Sprintf("a call of the plugin still runs %s after it was cancelled; it must end when its context does", limit)}
	}
	if err := guard(c.inst.Close); err != nil {
		return err
	}
	return late
}
