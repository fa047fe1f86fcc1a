package mailsource

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/sinusta/sinusta/plugins/sdk"
)

func nobodys() error {
	return sdk.DataError("the ref names no message that can be read; search anew", errors.New("ref"))
}

// Fetch reads a whole message by the ref that its record gave. Its digest is
// that of the search, or it ends with an error.
func (i *instance) Fetch(ctx context.Context, ref string) (io.ReadCloser, error) {
	record, rest, ok := strings.Cut(ref, fetchMark)
	words, where := strings.Split(record, "/"), strings.Split(rest, "@")
	if !ok || len(words) < 3 || words[0] != i.profile.Name || len(where) != 3 {
		return nil, nobodys()
	}
	key, err := url.QueryUnescape(where[1])
	if err != nil {
		return nil, nobodys()
	}
	for n := range i.mailboxes {
		box := &i.mailboxes[n]
		if box.name != words[1] {
			continue
		}
		if box.IMAP != nil {
			if where[2] != "-1" {
				return nil, nobodys()
			}
			m, err := i.again(ctx, box, key)
			if err != nil {
				return nil, err
			}
			return fetch(ctx, m, where[0])
		}
		list, err := i.listOne(ctx, box)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if m.key == key && strconv.FormatInt(m.size, 10) == where[2] {
				return fetch(ctx, m, where[0])
			}
		}
	}
	return nil, nobodys()
}

// listOne lists one mailbox, so that only what a search may read can be
// fetched.
func (i *instance) listOne(ctx context.Context, box *mailbox) ([]message, error) {
	one := *i
	one.mailboxes = []mailbox{*box}
	return one.list(ctx, &missed{})
}

func fetch(ctx context.Context, m message, digest string) (io.ReadCloser, error) {
	c, err := m.open()
	if err != nil {
		return nil, nobodys()
	}
	return &fetching{ctx: ctx, content: c, from: c.all(), hash: sha256.New(), want: digest}, nil
}

// fetching is a message that is being read.
type fetching struct {
	ctx     context.Context //nolint:containedctx // io.Reader takes none, and the reading stops when it ends
	content *content
	from    io.Reader
	hash    hash.Hash
	want    string
}

// Read implements io.Reader.
func (f *fetching) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := f.from.Read(p)
	f.hash.Write(p[:n])
	switch {
	case errors.Is(err, io.EOF) && hex.EncodeToString(f.hash.Sum(nil)) != f.want:
		return 0, sdk.DataError("the message is another one than the search found; search anew", errors.New("changed"))
	case err != nil && !errors.Is(err, io.EOF):
		return n, sdk.TransientError("the message cannot be read to its end", err)
	}
	return n, err
}

// Close implements io.Closer.
func (f *fetching) Close() error { return f.content.Close() }
