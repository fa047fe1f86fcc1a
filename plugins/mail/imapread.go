package mailsource

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

const (
	// pageMessages is how many messages are asked about at a time, and groupBytes
	// how much is sent at a time, beside a larger message alone.
	pageMessages = 200
	groupBytes   = 4 << 20
	// mostRounds is how often the folders are looked through for what came into
	// them, and mostConnections how often a connection is made in a search.
	mostRounds      = 5
	mostConnections = 10
	// silentCosts is for how many connections one counts that ended in silence.
	silentCosts = 4
)

// remote counts what a search of mailboxes on a server met.
type remote struct {
	folders  int // that cannot be opened
	unlisted int // folders of which the server lists fewer messages than it counts
	gone     int // messages that went away before they were read
	renumber int // folders whose messages got other numbers
	restless int // mailboxes that changed in every round
	large    int // messages over the limit
	unread   int // messages that the server does not give
	skipped  int // folders that were not reached in time
}

// walk reads one mailbox of the server. Its folders are read one after another;
// then again what came into them meanwhile, since a message may have been moved
// from a folder that was not read yet into one that was.
type walk struct {
	s        *searching
	box      *mailbox
	deadline time.Time
	session  *session
	dialed   int
	known    map[string]position
	refused  map[string]bool
	seen     int // messages that were listed
	done     int // of these, messages that were looked at
}

// position is up to where a folder was read.
type position struct {
	validity uint32
	next     imap.UID
}

// errEnough ends a mailbox at a bound of the search, which is counted.
var errEnough = errors.New("a bound of the search is reached")

func (s *searching) readServer(ctx context.Context, box *mailbox, deadline time.Time) error {
	w := &walk{s: s, box: box, deadline: deadline, known: map[string]position{}, refused: map[string]bool{}}
	defer func() {
		if w.session != nil {
			w.session.close()
		}
	}()
	err := w.connect(ctx)
	for round := 1; err == nil; round++ {
		before := w.seen
		err = w.round(ctx, round == 1)
		switch {
		case err != nil:
		case round == 1 && w.seen == 0 && !box.MayBeEmpty:
			return sdk.TransientError("the mailbox "+box.name+" shows no message at all: see that the account may read it, or say may_be_empty", errors.New("empty"))
		case round > 1 && w.seen == before:
			return nil
		case round == mostRounds:
			s.remote.restless++
			return nil
		}
	}
	if errors.Is(err, errEnough) {
		return nil
	}
	return orContext(ctx, err)
}

// connect makes a connection, and another one when that broke.
func (w *walk) connect(ctx context.Context) error {
	if w.session != nil {
		w.session.abandon()
		w.session = nil
	}
	w.dialed++
	session, err := w.s.server.dial(ctx, w.box.user(w.s.server))
	w.session = session
	return err
}

// retry runs what the server is asked, and again on another connection when
// the connection broke; again brings that to where it was. A refusal is given
// back.
func (w *walk) retry(ctx context.Context, again, ask func() error) error {
	err := ask()
	for err != nil && !refused(err) && ctx.Err() == nil {
		if err := w.reconnect(ctx, err, again); err != nil {
			return orContext(ctx, err)
		}
		err = ask()
	}
	return orContext(ctx, err)
}

// reconnect makes another connection after one that broke.
func (w *walk) reconnect(ctx context.Context, broke error, again func() error) error {
	for {
		lost := lostProblem(w.session, broke)
		if errors.Is(w.session.watch.cause(), errSilent) {
			w.dialed += silentCosts - 1
		}
		if w.dialed >= mostConnections || time.Now().After(w.deadline) {
			return lost
		}
		if err := w.connect(ctx); err != nil {
			return err
		}
		if broke = again(); broke == nil || refused(broke) || errors.Is(broke, errRenumbered) || ctx.Err() != nil {
			return broke
		}
	}
}

// round reads what it does not know yet of every folder.
func (w *walk) round(ctx context.Context, first bool) error {
	var list []mailFolder
	nothing := func() error { return nil }
	err := w.retry(ctx, nothing, func() (err error) {
		list, err = w.session.folders(w.box.IMAP.Folder)
		return err
	})
	if refused(err) {
		return sdk.AuthError("the mail server does not list the folders of the mailbox "+w.box.name+"; have its owner give the account the right", err)
	}
	if err != nil {
		return err
	}
	if first && len(list) == 0 && w.box.IMAP.Folder != "" {
		return sdk.ConfigError("mailboxes."+w.box.name+".imap.folder", "the account sees no such folder; correct its name, or have the server's owner give the right to see it")
	}
	for n, f := range list {
		if w.s.rules.leavesOut(f.folder) || w.refused[f.name] {
			continue
		}
		if !first {
			var now state
			err := w.retry(ctx, nothing, func() (err error) {
				now, err = w.session.status(f.name)
				return err
			})
			if err != nil && !refused(err) {
				return err
			}
			if k, known := w.known[f.name]; known && err == nil && now.validity == k.validity && now.next != 0 && now.next <= k.next {
				continue
			}
		}
		if time.Now().After(w.deadline) {
			w.s.remote.skipped += len(list) - n
			return errEnough
		}
		if err := w.folder(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// errRenumbered tells that the messages of the open folder have other numbers
// than before.
var errRenumbered = errors.New("the messages have other numbers")

// folder reads what it does not know yet of one folder.
func (w *walk) folder(ctx context.Context, f mailFolder) error {
	var now state
	open := func() (err error) {
		now, err = w.session.examine(f.name)
		return err
	}
	err := w.retry(ctx, func() error { return nil }, open)
	if refused(err) || err == nil && now.validity == 0 {
		w.refused[f.name] = true
		w.s.remote.folders++
		return nil
	}
	if err != nil {
		return err
	}
	k := w.known[f.name]
	if k.validity != now.validity {
		if k.validity != 0 {
			w.s.remote.renumber++
		}
		k = position{now.validity, 1}
	}
	// Another connection may show that the numbers changed.
	again := func() error {
		if err := open(); err != nil {
			return err
		}
		if now.validity != k.validity {
			return errRenumbered
		}
		return nil
	}
	err = w.messages(ctx, f, &k, again)
	if refused(err) {
		w.refused[f.name] = true
		w.s.remote.folders++
		return nil
	}
	if errors.Is(err, errRenumbered) {
		w.s.remote.renumber++
		delete(w.known, f.name) // the next round reads it anew
		w.seen++
		return nil
	}
	k.next = max(k.next, now.next)
	w.known[f.name] = k
	return err
}

// messages reads the messages of the open folder from k on.
func (w *walk) messages(ctx context.Context, f mailFolder, k *position, again func() error) error {
	var list []imap.UID
	var more, missing bool
	search := func() (err error) {
		list, more, missing, err = w.session.uids(k.next, w.s.most-w.s.listed)
		return err
	}
	err := w.retry(ctx, again, search)
	if err == nil && missing {
		err = w.retry(ctx, again, search) // one may have just come
	}
	if err != nil {
		return err
	}
	if missing {
		w.s.remote.unlisted++
	}
	w.s.listed += len(list)
	w.seen += len(list)
	before := w.done
	for n := 0; n < len(list); n += pageMessages {
		page := list[n:min(n+pageMessages, len(list))]
		w.s.out.Progress(uint64(w.s.listed - len(list) + n)) //nolint:gosec // a count
		if err := w.page(ctx, f, k, page, again); err != nil {
			if errors.Is(err, errEnough) {
				w.s.late += len(list) - (w.done - before)
			}
			return err
		}
		k.next = page[len(page)-1] + 1
	}
	if more {
		w.s.cut = true
		return errEnough
	}
	return nil
}

// page reads some messages, as many at a time as fit into a group.
func (w *walk) page(ctx context.Context, f mailFolder, k *position, page []imap.UID, again func() error) error {
	var sizes map[imap.UID]int64
	err := w.retry(ctx, again, func() (err error) {
		sizes, err = w.session.sizes(page)
		return err
	})
	if err != nil {
		return err
	}
	var group []imap.UID
	var bytes int64
	flush := func() error {
		defer func() { group, bytes = nil, 0 }()
		return w.group(ctx, f, k, group, bytes, again)
	}
	for _, uid := range page {
		size, there := sizes[uid]
		switch {
		case !there:
			w.s.remote.gone++
			w.done++
			continue
		case size > w.s.serverLimit:
			w.s.remote.large++
			w.done++
			continue
		case bytes+size > groupBytes && len(group) > 0:
			if err := flush(); err != nil {
				return err
			}
		}
		group, bytes = append(group, uid), bytes+size
	}
	return flush()
}

// group gets some messages and compares them. What the server refuses for
// several, or breaks the connection over, is asked for one by one.
func (w *walk) group(ctx context.Context, f mailFolder, k *position, uids []imap.UID, size int64, again func() error) error {
	if len(uids) == 0 {
		return nil
	}
	if time.Now().After(w.deadline) {
		return errEnough
	}
	bodies, err := w.session.bodies(uids, size, w.s.serverLimit)
	if err != nil && ctx.Err() == nil {
		if bodies, err = w.singly(ctx, uids, size, err, again); err != nil {
			return err
		}
	}
	for _, uid := range uids {
		b, there := bodies[uid]
		w.done++
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case !there:
			w.s.remote.gone++
		case b.large:
			w.s.remote.large++
		case b.text == nil:
			w.s.remote.unread++ // an empty message has a text of no length
		default:
			m := message{box: w.box, folder: f.folder, key: keyOf(f.name, k.validity, uid), size: -1, held: b.text}
			if err := w.s.one(ctx, m); err != nil {
				return err
			}
			delete(bodies, uid)
		}
	}
	return nil
}

// singly gets messages one by one. One that the server does not give, or over
// which the connection breaks twice, has no text.
func (w *walk) singly(ctx context.Context, uids []imap.UID, size int64, failed error, again func() error) (map[imap.UID]body, error) {
	out := map[imap.UID]body{}
	for _, uid := range uids {
		for try := 1; try <= 2; try++ {
			if failed != nil && !refused(failed) {
				if err := w.reconnect(ctx, failed, again); err != nil {
					return nil, orContext(ctx, err)
				}
			}
			var got map[imap.UID]body
			got, failed = w.session.bodies([]imap.UID{uid}, size, w.s.serverLimit)
			b, there := got[uid]
			switch {
			case ctx.Err() != nil:
				return nil, ctx.Err()
			case failed != nil:
				out[uid] = body{}
			case there:
				out[uid] = b
			default:
				delete(out, uid)
			}
			if failed == nil || refused(failed) {
				break
			}
		}
	}
	if failed != nil && !refused(failed) {
		return out, w.reconnect(ctx, failed, again)
	}
	return out, nil
}

// keyOf gives the key by which a message of the server is fetched.
func keyOf(folder string, validity uint32, uid imap.UID) string {
	return strconv.FormatUint(uint64(validity), 10) + "." + strconv.FormatUint(uint64(uid), 10) + "/" + folder
}

// user gives the account that reads a mailbox.
func (m *mailbox) user(e *endpoint) string {
	if m.IMAP.User != "" {
		return m.IMAP.User
	}
	return e.user
}

// problems gives what became of the mailboxes on the server, in words.
func (r remote) problems(recordType string) []core.Problem {
	var out []core.Problem
	add := func(n int, text string) {
		if n > 0 {
			out = append(out, core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, RecordType: recordType, Message: fmt.Sprintf("%d ", n) + text})
		}
	}
	add(r.folders, "folders of the mail server could not be opened; give the account the right to read them, or exclude them with a reason")
	add(r.unlisted, "folders have more messages than the mail server lists; have its owner repair them")
	add(r.unread, "messages are listed and not given by the mail server; have its owner repair them, or look there by hand")
	add(r.gone, "messages went away from their folders before they were read; search again")
	add(r.renumber, "folders were renumbered by the mail server while they were read, and read anew; search again, so that their messages can be fetched")
	add(r.restless, "mailboxes changed all the while they were read; search again at a quieter time")
	add(r.large, "messages are larger than limits.message_bytes and were not read; raise it, or look there by hand")
	add(r.skipped, "folders were not read within the time of a search; raise limits.seconds")
	return out
}
