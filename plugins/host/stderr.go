package host

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sinusta/sinusta/plugins/internal/scrub"
)

// The bounds of a plugin's log: a longer line is dropped, and so are the lines
// beyond logBurst at once and logRate a second.
const (
	maxLogLine = 8 << 10
	logBurst   = 200
	logRate    = 50
	maxLogText = 1 << 10
	maxLogKeys = 32
)

// readLines gives each line of r to onLine, cut after maxLogLine bytes, until
// r ends.
func readLines(r io.Reader, onLine func(line []byte, cut bool)) {
	b := bufio.NewReaderSize(r, maxLogLine)
	cut := false
	for {
		line, err := b.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			cut = true
			continue
		}
		if len(line) > 0 || cut {
			onLine(bytes.TrimRight(line, "\r\n"), cut)
		}
		cut = false
		if err != nil {
			return
		}
	}
}

// pluginLog puts a plugin's standard error into the host's log. Only the JSON
// lines of a log handler are passed on, blanked; of anything else only that it
// was there, since a panic prints what it panicked with.
type pluginLog struct {
	log   *slog.Logger
	blank *scrub.Live
	now   func() time.Time

	mu      sync.Mutex
	tokens  float64
	last    time.Time
	dropped int
	plain   int
	panics  bool
	stack   bool // of a panic, whose text has ended
	places  []string
}

func newPluginLog(log *slog.Logger, blank *scrub.Live) *pluginLog {
	return &pluginLog{log: log, blank: blank, now: time.Now, tokens: logBurst, last: time.Now()}
}

// line takes one line.
func (p *pluginLog) line(line []byte, cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var entry map[string]any
	switch {
	case cut:
		p.dropped++
	case p.panics: // whatever it looks like, it may be what was panicked with
		p.other(line)
	case json.Unmarshal(line, &entry) == nil && entry["@message"] != nil:
		if p.take() {
			p.pass(entry)
		} else {
			p.dropped++
		}
	default:
		p.other(line)
	}
}

// take takes one token of the rate; the caller holds the lock.
func (p *pluginLog) take() bool {
	now := p.now()
	p.tokens = min(logBurst, p.tokens+now.Sub(p.last).Seconds()*logRate)
	p.last = now
	if p.tokens < 1 {
		return false
	}
	p.tokens--
	return true
}

func (p *pluginLog) pass(entry map[string]any) {
	word, _ := entry["@level"].(string)
	msg, _ := entry["@message"].(string)
	attrs := make([]slog.Attr, 0, len(entry))
	for _, key := range sortedKeys(entry) {
		if strings.HasPrefix(key, "@") || len(attrs) == maxLogKeys {
			continue
		}
		attrs = append(attrs, slog.String(p.text(key), p.plainValue(entry[key])))
	}
	p.log.LogAttrs(context.Background(), levelOf(word), p.text(msg), attrs...)
}

// levelOf gives the level of a word; one that is not known is a debug line.
func levelOf(word string) slog.Level {
	switch strings.ToLower(word) {
	case "error", "fatal", "critical", "panic":
		return slog.LevelError
	case "warn", "warning":
		return slog.LevelWarn
	case "info", "notice":
		return slog.LevelInfo
	default:
		return slog.LevelDebug
	}
}

// plainValue gives v as text; lists and objects are not passed on.
func (p *pluginLog) plainValue(v any) string {
	switch v.(type) {
	case string, float64, bool:
		if s, ok := v.(string); ok {
			return p.text(s)
		}
		out, _ := json.Marshal(v) //nolint:errchkjson // a number or a truth value
		return p.text(string(out))
	default:
		return "..."
	}
}

func (p *pluginLog) text(s string) string {
	return clip(p.blank.Text(s), maxLogText)
}

// place is a line of a stack; a line of what was panicked with is none.
var place = regexp.MustCompile(`^\t/(?:.*/)?([A-Za-z0-9_]+\.go:[0-9]+)`)

// other notes a line that no log handler wrote. Of a panic it keeps the places
// in the code.
func (p *pluginLog) other(line []byte) {
	if bytes.HasPrefix(line, []byte("panic: ")) || bytes.HasPrefix(line, []byte("fatal error: ")) {
		p.panics = true
	}
	if len(line) > 0 {
		p.plain++
	}
	if p.panics && bytes.HasPrefix(line, []byte("goroutine ")) {
		p.stack = true
	}
	if m := place.FindSubmatch(line); p.stack && m != nil && len(p.places) < 6 {
		if at := string(m[1]); !slices.Contains(p.places, at) {
			p.places = append(p.places, at)
		}
	}
}

// end reports what was not passed on.
func (p *pluginLog) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.panics {
		p.log.Error("the plugin panicked; its message is left out, since it may hold values",
			"at", strings.Join(p.places, " "))
	} else if p.plain > 0 {
		p.log.Debug("the plugin wrote lines to standard error that are no log lines", "lines", p.plain)
	}
	if p.dropped > 0 {
		p.log.Warn("lines of the plugin's log were dropped: too many or too long", "lines", p.dropped)
	}
	p.panics, p.stack, p.plain, p.dropped = false, false, 0, 0
}
