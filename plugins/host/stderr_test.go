package host

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/plugins/internal/scrub"
)

func TestOnlyLogLinesPassAndBlanked(t *testing.T) {
	var out bytes.Buffer
	blank := &scrub.Live{}
	blank.Secrets("hunter2")
	p := newPluginLog(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})), blank)
	readLines(strings.NewReader(strings.Join([]string{
		`{"@level":"warn","@message":"cannot read 010190-900X","@timestamp":"x","user":"hunter2","n":3,"deep":{"name":"Maija"}}`,
		`Maija Mäkinen was here`,
		`{"message":"Maija again"}`,
		strings.Repeat("Maija ", 5000),
		`{"@level":"info","@message":"before it"}`,
		`panic: Maija Mäkinen 010190-900X`,
		"\t/Maija/Maija.go:1",
		`{"@level":"error","@message":"Maija panicked"}`,
		`goroutine 1 [running]:`,
		"\t/home/build/plugin/search.go:42 +0x1d",
		`exit status 2`,
	}, "\n")), p.line)
	p.end()
	for _, want := range []string{`level=WARN msg="cannot read <personal-identity-code>"`, "user=***", "n=3", "deep=...",
		"before it", "at=search.go:42", "the plugin panicked", "lines=1"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &out)
		}
	}
	for _, no := range []string{"Maija", "hunter2", "900X"} {
		if strings.Contains(out.String(), no) {
			t.Errorf("%q is in:\n%s", no, &out)
		}
	}
}

func TestTheLevelOfALineIsThatOfItsWord(t *testing.T) {
	for word, want := range map[string]string{`"trace"`: "DEBUG", `"debug"`: "DEBUG", `"info"`: "INFO", `"INFO"`: "INFO",
		`"warn"`: "WARN", `"Warning"`: "WARN", `"error"`: "ERROR", `"fatal"`: "ERROR", `"loud"`: "DEBUG", `7`: "DEBUG",
		`null`: "DEBUG"} {
		var out bytes.Buffer
		p := newPluginLog(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})), &scrub.Live{})
		p.line([]byte(`{"@level":`+word+`,"@message":"x"}`), false)
		if !strings.Contains(out.String(), "level="+want+" ") {
			t.Errorf("%s gives %s", word, &out)
		}
	}
}

// A value that a cut would halve is blanked before.
func TestABlankedValueIsNotCutInTwo(t *testing.T) {
	var out bytes.Buffer
	blank := &scrub.Live{}
	blank.Secrets("hunter2hunter2")
	p := newPluginLog(slog.New(slog.NewTextHandler(&out, nil)), blank)
	p.line([]byte(`{"@level":"info","@message":"`+strings.Repeat("x", maxLogText-7)+`hunter2hunter2"}`), false)
	if strings.Contains(out.String(), "hunt") || !strings.Contains(out.String(), "***") {
		t.Errorf("the log ends with %q", out.String()[out.Len()-40:])
	}
}

func TestAFloodOfLogLinesIsDropped(t *testing.T) {
	var out bytes.Buffer
	p := newPluginLog(slog.New(slog.NewTextHandler(&out, nil)), &scrub.Live{})
	now := time.Unix(0, 0)
	p.now, p.last = func() time.Time { return now }, now
	line := func() { p.line([]byte(`{"@level":"info","@message":"x"}`), false) }
	for range 10_000 {
		line()
	}
	now = now.Add(time.Second)
	for range 10_000 {
		line()
	}
	p.end()
	passed := strings.Count(out.String(), "msg=x")
	if passed != logBurst+logRate || !strings.Contains(out.String(), fmt.Sprintf("lines=%d", 20_000-passed)) {
		t.Errorf("%d lines passed", passed)
	}
}
