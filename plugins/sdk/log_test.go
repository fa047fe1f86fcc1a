package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/scrub"
)

func TestLogLinesAreThoseOfHclogAndBlanked(t *testing.T) {
	var b bytes.Buffer
	var blank scrub.Live
	blank.Secrets("hunter2")
	log := newLogger(&b, &blank).With("a", 1).WithGroup("g").With("b", true)
	log.Warn("cannot read 010190-900X", "c", "hunter2", "d", 2*time.Second, "e", errors.New("value 040 123 4567"),
		"f", core.Record{Type: "ticket"}, "h", struct{ Name string }{"Maija"}, slog.Group("i", "j", 1.5), "k", AuthError("no hunter2", errors.New("x")))
	var got map[string]any
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if _, err := time.Parse(hclogTime, got["@timestamp"].(string)); err != nil {
		t.Error(err)
	}
	delete(got, "@timestamp")
	want := map[string]any{"@level": "warn", "@message": "cannot read <personal-identity-code>", "a": "1", "g.b": true,
		"g.c": "***", "g.d": "2s", "g.e": "the plugin returned an error of no class (*errors.errorString); its author must classify it",
		"g.f": "<ticket: 0 fields, 0 parties, 0 parts>", "g.h": "<struct { Name string }>", "g.i.j": 1.5, "g.k": "no ***"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Count(b.String(), "\n") != 1 {
		t.Error("not one line")
	}
}
