package sdk

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/sinusta/sinusta/plugins/internal/scrub"
)

// hclogTime is the time format that go-plugin hosts parse.
const hclogTime = "2006-01-02T15:04:05.000000Z07:00"

// logHandler writes log records as the JSON lines that a go-plugin host reads
// from a plugin's standard error. Texts pass the scrubber; a value of a type
// that is no plain one leaves as the name of its type, since it might be a
// record.
type logHandler struct {
	mu     *sync.Mutex
	w      io.Writer
	blank  *scrub.Live
	prefix string
	attrs  []slog.Attr // their keys hold the prefix already
}

func newLogger(w io.Writer, blank *scrub.Live) *slog.Logger {
	return slog.New(&logHandler{mu: &sync.Mutex{}, w: w, blank: blank})
}

// Enabled lets everything through: the host decides.
func (h *logHandler) Enabled(context.Context, slog.Level) bool { return true }

// Handle writes one line.
func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	blank := h.blank
	line := map[string]any{}
	put := func(a slog.Attr) { h.put(line, "", a, blank) }
	for _, a := range h.attrs {
		put(a)
	}
	r.Attrs(func(a slog.Attr) bool {
		h.put(line, h.prefix, a, blank)
		return true
	})
	line["@level"] = levelName(r.Level)
	line["@message"] = blank.Text(r.Message)
	line["@timestamp"] = r.Time.UTC().Format(hclogTime)
	out, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("write a log line: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err = h.w.Write(append(out, '\n'))
	return err
}

func (h *logHandler) put(line map[string]any, prefix string, a slog.Attr, blank *scrub.Live) {
	v := a.Value.Resolve()
	key := prefix + a.Key
	switch v.Kind() {
	case slog.KindGroup:
		if a.Key != "" {
			prefix = key + "."
		}
		for _, m := range v.Group() {
			h.put(line, prefix, m, blank)
		}
	case slog.KindString:
		line[key] = blank.Text(v.String())
	case slog.KindInt64, slog.KindUint64:
		// A number may be a telephone number as well as a count.
		line[key] = blank.Text(v.String())
	case slog.KindFloat64, slog.KindBool:
		line[key] = v.Any()
	case slog.KindDuration, slog.KindTime:
		line[key] = v.String()
	default:
		if err, ok := v.Any().(error); ok {
			line[key] = blank.Text(problemOf(err).Error())
			return
		}
		line[key] = fmt.Sprintf("<%T>", v.Any())
	}
}

// WithAttrs gives a handler that adds attrs to every line.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.attrs = append([]slog.Attr(nil), h.attrs...)
	for _, a := range attrs {
		a.Key = h.prefix + a.Key
		c.attrs = append(c.attrs, a)
	}
	return &c
}

// WithGroup gives a handler that puts name before every later key.
func (h *logHandler) WithGroup(name string) slog.Handler {
	c := *h
	if name != "" {
		c.prefix += name + "."
	}
	return &c
}

func levelName(l slog.Level) string {
	switch {
	case l >= slog.LevelError:
		return "error"
	case l >= slog.LevelWarn:
		return "warn"
	case l >= slog.LevelInfo:
		return "info"
	default:
		return "debug"
	}
}

// fatalLine is a log line for the time before there is a logger.
func fatalLine(w io.Writer, msg string) {
	line, err := json.Marshal(map[string]string{"@level": "error", "@message": msg,
		"@timestamp": time.Now().UTC().Format(hclogTime)})
	if err == nil {
		_, _ = w.Write(append(line, '\n'))
	}
}
