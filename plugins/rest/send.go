package restsource

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// asker sends the requests of one search or check.
type asker struct {
	*instance
	// waiting tells the host until when the service makes it wait.
	waiting func(time.Time) error
	waited  time.Duration
	sent    uint64
}

// answer is what came of a request: a tree, or nothing at all.
type answer struct {
	tree    any
	nothing bool
	header  http.Header
	call    *call
}

// ask sends a call and reads the whole answer.
func (a *asker) ask(ctx context.Context, c *call) (*answer, error) {
	for try := 0; ; try++ {
		out, again, err := a.once(ctx, c)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil || !again {
			return out, err
		}
		var p *core.Problem
		if !errors.As(err, &p) || p.Class != core.ClassRateLimited {
			if try > 0 {
				return nil, err
			}
			continue // once more, with a new token
		}
		if err := a.wait(ctx, p); err != nil {
			return nil, err
		}
	}
}

// wait waits as long as the service asks, if that is not too long.
func (a *asker) wait(ctx context.Context, p *core.Problem) error {
	pause := max(p.RetryAfter, time.Second)
	if a.waited += pause; a.waited > time.Duration(a.endpoint.limits.Wait)*time.Second {
		return p
	}
	if a.waiting != nil {
		if err := a.waiting(time.Now().Add(pause)); err != nil {
			return err
		}
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// once sends a call once. again tells whether it may be sent again: after a
// refused token, or when the service makes us wait.
func (a *asker) once(ctx context.Context, c *call) (out *answer, again bool, err error) {
	if a.endpoint.limiter != nil {
		if err := a.endpoint.limiter.Wait(ctx); err != nil {
			return nil, false, sdk.RateLimitedError("there is not time enough at the rate that is set", time.Second, err)
		}
	}
	bounded, cancel := context.WithTimeout(ctx, a.endpoint.timeout)
	defer cancel()
	res, token, err := a.do(bounded, c)
	if err != nil {
		return nil, false, a.late(ctx, bounded, err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusUnauthorized && a.endpoint.auth.drop(token) {
		return nil, true, refusal(c.plan, res, time.Now())
	}
	data, err := readAll(res.Body, a.endpoint.limits.Answer)
	if err != nil {
		return nil, false, a.late(ctx, bounded, err)
	}
	retry := retryAfter(res.Header, time.Now())
	tree, err := a.judge(c, res, data, retry)
	if err != nil {
		var p *core.Problem
		return nil, errors.As(err, &p) && p.Class == core.ClassRateLimited, err
	}
	return &answer{tree: tree, nothing: tree == nil, header: res.Header, call: c}, false, nil
}

// late tells a time-out from other failures.
func (a *asker) late(ctx, bounded context.Context, err error) error {
	var p *core.Problem
	var timed net.Error // the transport has the same bounds, and may be the first
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &p):
		return p
	case bounded.Err() != nil, errors.As(err, &timed) && timed.Timeout():
		return &core.Problem{Class: core.ClassDeadline, Origin: core.OriginSystem,
			Message: "the service did not answer, or not to the end, within " + a.endpoint.timeout.String() + "; raise timeout, or have its owner find out why"}
	}
	return connectProblem("url", err)
}

// do sends the call. The body of the answer is not read yet.
func (a *asker) do(ctx context.Context, c *call) (*http.Response, *oauth2.Token, error) {
	var body io.Reader
	var contentType string
	switch {
	case c.json != nil:
		text, err := json.Marshal(c.json)
		if err != nil {
			return nil, nil, sdk.ConfigError(c.plan.path+".json", "the body cannot be written")
		}
		body, contentType = bytes.NewReader(text), "application/json"
	case c.xml != "":
		text := c.xml
		contentType = "application/xml; charset=utf-8"
		switch c.soap {
		case "1.1":
			text, contentType = envelope(c.soap, text), "text/xml; charset=utf-8"
		case "1.2":
			text = envelope(c.soap, text)
			contentType = mime.FormatMediaType("application/soap+xml", map[string]string{"charset": "utf-8", "action": c.action})
		}
		body = strings.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, c.method, c.url.String(), body)
	if err != nil {
		return nil, nil, sdk.ConfigError(c.plan.path, "no request can be made of this")
	}
	for name, value := range a.endpoint.headers {
		req.Header.Set(name, value)
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", map[bool]string{true: "application/xml, text/xml, application/soap+xml", false: "application/json"}[a.config.Format == "xml"])
	}
	req.Header.Set("User-Agent", "sinusta/"+pluginVersion)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if c.soap == "1.1" {
		req.Header.Set("SOAPAction", strconv.Quote(c.action))
	}
	token, err := a.endpoint.auth.sign(ctx, req)
	if err != nil {
		return nil, nil, err
	}
	a.sent++
	res, err := a.endpoint.client.Do(req)
	return res, token, err
}

// readAll reads an answer, and refuses one that is larger than the bound.
func readAll(r io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > most {
		return nil, &core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, ConfigPath: "limits.answer",
			Message: "an answer is larger than the bound of " + strconv.FormatInt(most, 10) + " bytes and was not read; ask for smaller pages (pages.size), or raise the bound"}
	}
	return data, nil
}

// retryAfter gives how long the service asks to wait: in seconds, or until a
// moment by the service's own clock, which may be wrong.
func retryAfter(h http.Header, now time.Time) time.Duration {
	s := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.Atoi(s); err == nil {
		return time.Duration(min(max(n, 0), 1<<30)) * time.Second
	}
	until, err := http.ParseTime(s)
	if err != nil {
		return 0
	}
	if its, err := http.ParseTime(h.Get("Date")); err == nil {
		now = its
	}
	return max(0, until.Sub(now))
}
