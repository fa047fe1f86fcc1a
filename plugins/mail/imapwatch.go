package mailsource

import (
	"errors"
	"net"
	"sync"
	"time"
)

// Bounds of what a server may send as the answer to one command, in bytes,
// beside the messages that were asked for.
const (
	smallAnswer = 1 << 20
	listAnswer  = 32 << 20
)

// errTooMuch and errSilent are why a watch broke a connection.
var (
	errTooMuch = errors.New("the server sends more than was asked for")
	errSilent  = errors.New("the server is silent for too long")
)

// watch is a connection that is broken when the server says nothing for too
// long while it is asked, or sends more than an answer can hold.
type watch struct {
	net.Conn
	silence time.Duration

	mu     sync.Mutex
	timer  *time.Timer // nil while nothing is asked
	left   int64
	broken error
}

func newWatch(c net.Conn, silence time.Duration) *watch {
	return &watch{Conn: c, silence: silence, left: smallAnswer}
}

// begin notes that an answer of at most n bytes is waited for.
func (w *watch) begin(n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = n
	w.timer = time.AfterFunc(w.silence, func() { w.fail(errSilent) })
}

// end notes that the answer is there.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
	w.timer, w.left = nil, smallAnswer
}

func (w *watch) fail(why error) {
	w.mu.Lock()
	if w.broken == nil {
		w.broken = why
	}
	w.mu.Unlock()
	_ = w.Close()
}

// cause gives why the connection was broken, nil when it was not from here.
func (w *watch) cause() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken
}

// Read implements net.Conn.
func (w *watch) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.mu.Lock()
	if n > 0 && w.timer != nil {
		w.timer.Reset(w.silence)
	}
	w.left -= int64(n)
	over := w.left < 0
	w.mu.Unlock()
	if over {
		w.fail(errTooMuch)
		return 0, errTooMuch
	}
	return n, err
}
