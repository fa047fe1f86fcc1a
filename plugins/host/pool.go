package host

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync"
	"time"

	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
)

// maxSearches is how many searches one process makes before it is replaced:
// whatever a plugin leaks ends with it.
const maxSearches = 50

// pool keeps plugin processes whose sessions ended well, without a connection
// to their system, until one of the same Spec is wanted again. It keeps one
// for each Spec: a process never serves another one, since it has seen the
// secrets of its own.
type pool struct {
	idle time.Duration

	mu     sync.Mutex
	closed bool
	warm   map[digest]*warm
	ending sync.WaitGroup // processes whose time is over
}

// warm is a process that waits.
type warm struct {
	v *supervisor
	// description is what the process said of itself when it was started.
	description Description
	searches    int
	timer       *time.Timer
}

func newPool(idle time.Duration) *pool { return &pool{idle: idle, warm: map[digest]*warm{}} }

// wants tells whether put would keep a process.
func (p *pool) wants(key digest, w *warm) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wanted(key, w)
}

func (p *pool) wanted(key digest, w *warm) bool {
	return !p.closed && p.idle > 0 && w.searches < maxSearches && p.warm[key] == nil
}

// put keeps a process. It gives false when it is to be ended instead.
func (p *pool) put(key digest, w *warm) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.wanted(key, w) {
		return false
	}
	p.warm[key] = w
	w.timer = time.AfterFunc(p.idle, func() { p.expire(key, w) })
	return true
}

// take gives the process of a Spec, nil when there is none.
func (p *pool) take(key digest) *warm {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.warm[key]
	if w == nil {
		return nil
	}
	delete(p.warm, key)
	w.timer.Stop()
	return w
}

// expire ends a process that nobody wanted.
func (p *pool) expire(key digest, w *warm) {
	p.mu.Lock()
	if p.warm[key] != w {
		p.mu.Unlock()
		return
	}
	delete(p.warm, key)
	p.ending.Add(1)
	p.mu.Unlock()
	defer p.ending.Done()
	_ = w.v.stop(context.Background()) // bounded by the deadlines
}

// close gives the processes that wait, for their end, and keeps no more.
func (p *pool) close() []*warm {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	var all []*warm
	for key, w := range p.warm {
		w.timer.Stop()
		all = append(all, w)
		delete(p.warm, key)
	}
	return all
}

// rest tells the plugin to let go of its system, so that the process can wait.
// It gives false when the plugin is not fit for that.
func (v *supervisor) rest(ctx context.Context) bool {
	if v.ready("") != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, v.opts.Deadlines.Close)
	defer cancel()
	_, err := v.rpc.Close(ctx, &sourcepb.CloseRequest{})
	return err == nil
}

// digest stands for a Spec.
type digest [sha256.Size]byte

// source gives what the failures of a plugin are counted by: everything but
// the secrets, which may be other ones each time.
func (s Spec) source() digest { return s.digest(nil) }

// whole gives a digest of everything in the Spec.
func (s Spec) whole() digest {
	secrets := map[string][]byte{} // bytes, since JSON changes what is no text
	for name, value := range s.Secrets {
		secrets[name] = []byte(value)
	}
	return s.digest(secrets)
}

func (s Spec) digest(secrets map[string][]byte) digest {
	program := ""
	if s.Program != nil {
		program = s.Program.SHA256()
	}
	text, _ := json.Marshal([]any{s.System, s.Kind, s.Plugin, program, s.Override, s.Transport, s.Memory, //nolint:errchkjson // plain values
		[]byte(s.Config), s.Issuers, s.Complete, s.Timeout, secrets})
	return sha256.Sum256(text)
}
