package restsource

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// fetchMark parts the ref of a record from that of a part. A ref's own such
// sign is escaped.
const fetchMark = "#"

func nobodys() error {
	return &core.Problem{Class: core.ClassData, Origin: core.OriginSystem, Message: "the ref names no attachment that the mapping can read; search anew"}
}

// Fetch reads the bytes of an attachment, by the ref that its part gave.
func (i *instance) Fetch(ctx context.Context, ref string) (io.ReadCloser, error) {
	c, err := i.located(ref)
	if err != nil {
		return nil, err
	}
	a := &asker{instance: i}
	ctx, cancel := context.WithCancel(ctx)
	r := &fetching{cancel: cancel, idle: i.endpoint.timeout, most: i.endpoint.limits.Attachment}
	r.timer = time.AfterFunc(r.idle, func() { r.late.Store(true); cancel() })
	for try := 0; ; try++ {
		res, token, err := a.do(ctx, c)
		switch {
		case err != nil:
			_ = r.Close()
			return nil, r.problem(a.late(ctx, ctx, err))
		case res.StatusCode == http.StatusUnauthorized && try == 0 && i.endpoint.auth.drop(token):
			_ = res.Body.Close()
			continue
		}
		r.body = res.Body
		if err := r.refuse(c, res); err != nil {
			_ = r.Close()
			return nil, err
		}
		return r, nil
	}
}

// located gives the request for a ref.
func (i *instance) located(ref string) (*call, error) {
	record, part, ok := strings.Cut(ref, fetchMark)
	if !ok {
		return nil, nobodys()
	}
	typ, keys, ok := splitRef(record)
	if part == "" {
		return i.ofRecord(typ, keys)
	}
	partType, partKeys, fine := splitRef(part)
	for _, t := range i.plans {
		if t.profile.Name != typ || !ok || !fine || len(t.key) > 0 && len(keys) != len(t.key) {
			continue
		}
		for _, p := range t.parts {
			if p.profile.Name != partType || p.content == nil || len(partKeys) != len(p.key) {
				continue
			}
			return i.bytesOf(p.content, [2][]string{keys, partKeys})
		}
	}
	return nil, nobodys()
}

// ofRecord gives the request for the bytes of a record itself.
func (i *instance) ofRecord(typ string, keys []string) (*call, error) {
	for _, t := range i.plans {
		if t.profile.Name == typ && t.content != nil && len(keys) == len(t.key) {
			return i.bytesOf(t.content, [2][]string{keys})
		}
	}
	return nil, nobodys()
}

func (i *instance) bytesOf(c *contentPlan, keys [2][]string) (*call, error) {
	plan := &requestPlan{path: c.path, config: &Request{Path: c.Path, Query: c.Query}}
	b := &builder{base: i.endpoint.base, plan: plan, keys: keys, most: 1}
	if calls := b.calls(); len(calls) == 1 {
		return &calls[0], nil
	}
	return nil, nobodys()
}

func splitRef(ref string) (typ string, keys []string, ok bool) {
	words := strings.Split(ref, "/")
	for _, w := range words[1:] {
		s, err := url.PathUnescape(w)
		if err != nil {
			return "", nil, false
		}
		keys = append(keys, s)
	}
	return words[0], keys, len(keys) > 0
}

// fetching is an attachment that is being read: every read must bring bytes in
// time, and all of them together stay within the bound.
type fetching struct {
	body   io.ReadCloser
	cancel context.CancelFunc
	timer  *time.Timer
	idle   time.Duration
	late   atomic.Bool
	read   int64
	most   int64
}

func (f *fetching) refuse(c *call, res *http.Response) error {
	switch {
	case res.StatusCode == http.StatusNotFound, res.StatusCode == http.StatusGone:
		return nobodys()
	case res.StatusCode != http.StatusOK:
		return statusProblem(c.plan, res.StatusCode, retryAfter(res.Header, time.Now()))
	case res.Header.Get("Content-Encoding") != "":
		return sdk.DataError("the attachment is packed in a way that was not asked for", errors.New("content encoding"))
	case res.ContentLength > f.most:
		return f.tooLarge()
	}
	return nil
}

func (f *fetching) tooLarge() error {
	return &core.Problem{Class: core.ClassTruncated, Origin: core.OriginSystem, ConfigPath: "limits.attachment",
		Message: "the attachment is larger than the bound of " + strconv.FormatInt(f.most, 10) + " bytes and is not given; raise the bound, or get it from the system"}
}

// Read implements io.Reader.
func (f *fetching) Read(p []byte) (int, error) {
	n, err := f.body.Read(p)
	f.timer.Reset(f.idle)
	f.read += int64(n)
	switch {
	case f.read > f.most:
		return 0, f.tooLarge()
	case err == nil || err == io.EOF:
		return n, err
	}
	return n, f.problem(connectProblem("url", err))
}

func (f *fetching) problem(err error) error {
	if f.late.Load() {
		return &core.Problem{Class: core.ClassDeadline, Origin: core.OriginSystem,
			Message: "nothing more of the attachment came within " + f.idle.String() + "; raise timeout, or have the service's owner find out why"}
	}
	return err
}

// Close implements io.Closer.
func (f *fetching) Close() error {
	f.timer.Stop()
	f.cancel()
	if f.body == nil {
		return nil
	}
	return f.body.Close()
}
