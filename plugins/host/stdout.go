package host

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// maxHandshake bounds the first line of a plugin's standard output, in bytes.
const maxHandshake = 8 << 10

// firstLine takes the handshake from a plugin's standard output and drops the
// rest: one long line would stop go-plugin's reader for good, and the next
// would block the plugin.
type firstLine struct {
	ownTLS bool
	r      *io.PipeReader
	w      *io.PipeWriter

	mu   sync.Mutex
	line string
	long bool
}

func newFirstLine(ownTLS bool) *firstLine {
	r, w := io.Pipe()
	return &firstLine{ownTLS: ownTLS, r: r, w: w}
}

// pump reads from r to its end. onNoise is called once when anything follows
// the first line.
func (f *firstLine) pump(r io.Reader, onNoise func()) {
	defer f.end()
	var head []byte
	buf := make([]byte, 4<<10)
	passed, noisy := false, false
	for {
		n, err := r.Read(buf)
		rest := buf[:n]
		if !passed {
			head = append(head, rest...)
			rest = nil
			if i := bytes.IndexByte(head, '\n'); i >= 0 || len(head) > maxHandshake {
				rest = f.pass(head, i)
				passed = true
			}
		}
		if passed && len(rest) > 0 && !noisy {
			noisy = true
			onNoise()
		}
		if err != nil {
			if !passed && len(head) > 0 {
				f.pass(head, len(head))
			}
			return
		}
	}
}

// pass gives go-plugin the first line, that is head up to end, and returns
// what follows. Without an end the line is too long and is cut.
func (f *firstLine) pass(head []byte, end int) (rest []byte) {
	f.mu.Lock()
	if end < 0 || end > maxHandshake {
		f.long, end = true, 80
	}
	f.line = strings.TrimSpace(string(head[:end]))
	line := f.line
	f.mu.Unlock()
	// The sixth part is a certificate that go-plugin would trust instead of
	// the one we gave the plugin.
	if parts := strings.SplitN(line, "|", 6); f.ownTLS && len(parts) == 6 {
		line = strings.Join(parts[:5], "|") + "|"
	}
	_, _ = io.WriteString(f.w, line+"\n")
	return head[min(end+1, len(head)):]
}

func (f *firstLine) end() { _ = f.w.Close() }

// said gives the first line and whether it was too long to be a handshake.
func (f *firstLine) said() (line string, long bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.line, f.long
}
