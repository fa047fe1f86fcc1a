package sdktest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/host"
	"github.com/sinusta/sinusta/plugins/internal/sourcepb"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// verbChecks look at the verbs that not every plugin has.
func verbChecks() []check {
	return []check{
		{id: "discover", configured: true, run: checkDiscover,
			demand: "a plugin that declares discover lists its tables, twice the same, without samples unless they are allowed; another refuses",
			lesson: "looking for personal data must not spread it"},
		{id: "fetch", configured: true, run: checkFetch,
			demand: "a plugin that declares fetch gives the attachment whole, goes on from any offset, and keeps the bound; another refuses",
			lesson: "half a picture opens in any viewer"},
	}
}

func checkDiscover(ctx context.Context, t *trial) outcome {
	s, err := t.session(ctx)
	if err != nil {
		return failed("the configuration that works does not: %s", err)
	}
	if !s.Description().Can(sdk.CanDiscover) {
		return t.refuses(ctx, func(p *host.Probe) error {
			stream, err := p.Client().Discover(ctx, &sourcepb.DiscoverRequest{})
			if err != nil {
				return err
			}
			_, err = stream.Recv()
			return err
		})
	}
	var runs [2][]sdk.Table
	columns := 0
	for n := range runs {
		d, err := s.Discover(ctx, sdk.DiscoverOptions{}, func(table sdk.Table) error {
			runs[n] = append(runs[n], table)
			columns += len(table.Columns)
			return nil
		})
		switch {
		case err != nil:
			return failed("%s", err)
		case d.Result != core.Complete:
			return failed("the result is %s, with %d problems", d.Result, len(d.Problems))
		case len(runs[n]) == 0:
			return failed("it lists nothing of a system that holds something")
		}
	}
	same := slices.EqualFunc(runs[0], runs[1], func(a, b sdk.Table) bool {
		return a.Name == b.Name && slices.EqualFunc(a.Columns, b.Columns, func(x, y sdk.Column) bool { return x.Name == y.Name && x.Type == y.Type })
	})
	if !same {
		return failed("two lists differ")
	}
	if _, err := s.Discover(ctx, sdk.DiscoverOptions{AllowSamples: true}, func(sdk.Table) error { return nil }); err != nil {
		return failed("with samples: %s", err)
	}
	return passed("%d tables with %d columns, twice the same", len(runs[0]), columns/2)
}

// refuses tells whether a verb that is not declared is refused.
func (t *trial) refuses(ctx context.Context, call func(*host.Probe) error) outcome {
	p, answer, err := t.configured(ctx, nil)
	if err != nil || len(answer.GetProblems()) > 0 {
		return failed("the configuration that works does not")
	}
	defer end(ctx, p)
	if err := call(p); err == nil || errors.Is(err, io.EOF) {
		return failed("it is not declared, and the call gives an answer")
	}
	return passed("not declared, and refused")
}

func checkFetch(ctx context.Context, t *trial) outcome {
	s, err := t.session(ctx)
	if err != nil {
		return failed("the configuration that works does not: %s", err)
	}
	if !s.Description().Can(sdk.CanFetch) {
		return t.refuses(ctx, func(p *host.Probe) error {
			stream, err := p.Client().Fetch(ctx, &sourcepb.FetchRequest{Ref: "sdktest/none"})
			if err != nil {
				return err
			}
			_, err = stream.Recv()
			return err
		})
	}
	a := t.suite.Attachment
	if a == nil {
		return untried("give an attachment (`attachment`)")
	}
	if a.Setup != nil {
		if s, err = t.start(ctx, a.Setup); err != nil {
			return failed("the configuration does not work: %s", err)
		}
		defer end(ctx, s)
	}
	return fetches(ctx, s, a)
}

func fetches(ctx context.Context, s *host.Session, a *Attachment) outcome {
	var whole bytes.Buffer
	d := &host.Download{Ref: a.Ref, MaxBytes: a.Size, To: &whole}
	switch err := s.Fetch(ctx, d); {
	case err != nil:
		return failed("%s", err)
	case d.Size() != a.Size || !bytes.Equal(d.SHA256(), a.SHA256):
		return failed("%d bytes came, of %d, or others", d.Size(), a.Size)
	}
	for _, have := range []uint64{1, a.Size / 2, a.Size} {
		var rest bytes.Buffer
		d := &host.Download{Ref: a.Ref, MaxBytes: a.Size, To: &rest}
		if err := d.Resume(bytes.NewReader(whole.Bytes()[:have])); err != nil {
			return failed("%s", err)
		}
		if err := s.Fetch(ctx, d); err != nil {
			return failed("from byte %d on: %s", have, err)
		}
		if !bytes.Equal(rest.Bytes(), whole.Bytes()[have:]) {
			return failed("from byte %d on, %d bytes came", have, rest.Len())
		}
	}
	err := s.Fetch(ctx, &host.Download{Ref: a.Ref, MaxBytes: a.Size - 1, To: io.Discard})
	if p := host.Problems(err); len(p) != 1 || p[0].Class != core.ClassTruncated {
		return failed("a bound of one byte less is not kept: %v", err)
	}
	err = s.Fetch(ctx, &host.Download{Ref: a.Ref + "-sdktest-none", MaxBytes: a.Size, To: io.Discard})
	if p := host.Problems(err); len(p) != 1 || p[0].Class == core.ClassBug {
		return failed("an attachment that is not there: %v", err)
	}
	return passed("%d bytes, also from byte 1, the middle and the end on; the bound is kept", a.Size)
}
