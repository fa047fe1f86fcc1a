package mailsource

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/document"
	"github.com/sinusta/sinusta/plugins/internal/extracted"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// tries is how often a message that changes is read.
const tries = 3

// sink takes what a search finds; it is what *sdk.Out does.
type sink interface {
	Emit(core.Record) error
	Notice(core.Problem) error
	Examined(core.TypeCount)
	Progress(examined uint64)
	LeftOut([]core.LeftOut)
}

// Search gives the messages that any key set of q finds, mailbox by mailbox, in
// the order of their folders.
func (i *instance) Search(ctx context.Context, q core.Query, out *sdk.Out) error {
	return i.search(ctx, q, out)
}

func (i *instance) search(ctx context.Context, q core.Query, out sink) error {
	out.LeftOut(i.leftOut())
	if len(q.Types) > 0 && !slices.Contains(q.Types, i.profile.Name) {
		return nil
	}
	sets, needs := i.Types()[0].Usable(q)
	if len(sets) == 0 {
		out.Examined(core.TypeCount{Type: i.profile.Name, Needs: needs})
		return nil
	}
	s := &searching{instance: i, query: q, out: out, question: newQuestion(sets, i.mailboxes), told: map[extracted.Trouble]int{}, emitted: map[string]string{},
		count: core.TypeCount{Type: i.profile.Name, Examined: true, Kinds: core.Query{AnyOf: sets}.Kinds()}}
	err := s.run(ctx)
	out.Examined(s.count)
	return errors.Join(err, s.tell())
}

func (i *instance) leftOut() []core.LeftOut {
	var out []core.LeftOut
	for _, m := range i.mailboxes {
		out = append(out, i.rules.leftOut(m.name)...)
	}
	return out
}

// searching is one search.
type searching struct {
	*instance
	query    core.Query
	question *question
	out      sink
	count    core.TypeCount
	emitted  map[string]string // the digest of each message that was given, by ref
	told     map[extracted.Trouble]int
	missed   missed
	remote   remote
	undated  int
	listed   int
	late     int
	crowded  int
	cut      bool
}

func (s *searching) run(ctx context.Context) error {
	deadline := time.Now().Add(s.time)
	list, err := s.list(ctx, &s.missed)
	if err != nil {
		return err
	}
	if s.cut = len(list) > s.most; s.cut {
		list = list[:s.most]
	}
	s.listed = len(list)
	for n, m := range list {
		if n%100 == 0 {
			s.out.Progress(uint64(n)) //nolint:gosec // a count
		}
		if time.Now().After(deadline) {
			s.late = len(list) - n
			break
		}
		if err := s.one(ctx, m); err != nil {
			return err
		}
	}
	for n := range s.mailboxes {
		if s.mailboxes[n].IMAP == nil {
			continue
		}
		if err := s.readServer(ctx, &s.mailboxes[n], deadline); err != nil {
			return err
		}
	}
	return nil
}

// list gives the messages of all mailboxes in files.
func (i *instance) list(ctx context.Context, miss *missed) ([]message, error) {
	var all []message
	for n := range i.mailboxes {
		box := &i.mailboxes[n]
		var list []message
		var err error
		switch {
		case box.IMAP != nil:
			continue
		case box.Maildir != "":
			list, err = i.listMaildir(box, miss)
		default:
			list, err = i.listMBox(ctx, box, miss)
		}
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, fs.ErrPermission):
			return nil, sdk.AuthError("the account may not read the mailbox "+box.name+"; give it the right to read", err)
		case errors.Is(err, errNoMBox):
			return nil, sdk.ConfigError("mailboxes."+box.name+".mbox", "%s", err)
		case err != nil:
			return nil, sdk.TransientError("the mailbox "+box.name+" cannot be read: see that its place is mounted, or correct its path", err)
		case len(list) == 0 && !box.MayBeEmpty:
			return nil, sdk.TransientError("the mailbox "+box.name+" holds no message at all: see that its place is mounted, or say may_be_empty", errors.New("empty"))
		}
		slices.SortFunc(list, func(a, b message) int {
			return cmp.Or(cmp.Compare(a.folder, b.folder), cmp.Compare(a.from, b.from), cmp.Compare(a.key, b.key))
		})
		all = append(all, list...)
	}
	return all, nil
}

// one reads one message, and gives it if it is a hit.
func (s *searching) one(ctx context.Context, m message) error {
	var l *look
	for try := 1; ; try++ {
		var err error
		if l, err = s.examine(ctx, m, s.question); err != nil {
			return err
		}
		if try == tries || !slices.ContainsFunc(l.troubles, func(t extracted.Trouble) bool { return t.Reason == document.ReasonChanged }) {
			break
		}
	}
	for _, t := range l.troubles {
		s.told[t]++
	}
	if len(s.question.timed) > 0 && l.digest != "" && len(l.times()) == 0 {
		s.undated++
	}
	if len(l.matches) == 0 || !l.within(s.query.Period) {
		return nil
	}
	ref := s.ref(l)
	if known, twice := s.emitted[ref]; twice {
		if known == l.digest {
			return nil // a copy in another folder
		}
		// Two messages with one Message-ID: the second goes by its digest.
		if ref = s.refByDigest(l); s.emitted[ref] != "" {
			return nil
		}
	}
	s.emitted[ref] = l.digest
	if l.dropped > 0 {
		s.crowded++
	}
	s.count.Matched++
	return s.out.Emit(s.record(l, ref))
}

// tell gives every problem to the host. None names a message or a folder.
func (s *searching) tell() error {
	var list []core.Problem
	add := func(class core.Class, n int, text string) {
		if n > 0 {
			list = append(list, core.Problem{Class: class, Origin: core.OriginSystem, RecordType: s.profile.Name, Message: fmt.Sprintf("%d ", n) + text})
		}
	}
	add(core.ClassPartial, s.missed.folders, "folders or mbox files could not be listed; give the account the right to read them, or exclude them with a reason")
	add(core.ClassPartial, s.missed.links, "links stand among the mail and were not followed; name what they lead to as a mailbox")
	add(core.ClassData, s.missed.special, "devices, pipes or sockets stand among the mail and hold nothing to read")
	order := func(a, b extracted.Trouble) int {
		return cmp.Or(cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Format, b.Format), cmp.Compare(fmt.Sprint(a.Whole), fmt.Sprint(b.Whole)))
	}
	for _, t := range slices.SortedFunc(maps.Keys(s.told), order) {
		list = append(list, core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem, RecordType: s.profile.Name, Message: "in the mail, " + t.Message(s.told[t])})
	}
	list = append(list, s.remote.problems(s.profile.Name)...)
	add(core.ClassPartial, s.undated, "messages have no date that can be read, so they were not compared by the time of contact; look there by hand")
	add(core.ClassPartial, s.late, "messages were not read within the time of a search; raise limits.seconds")
	add(core.ClassTruncated, s.crowded, "messages that were found hold more attachments than a record names; look them up in the message itself")
	if s.cut {
		add(core.ClassTruncated, s.most, "messages were read and there are more; raise limits.messages")
	}
	if kinds := s.question.all().Uncovered(); len(kinds) > 0 {
		list = append(list, core.Problem{Class: core.ClassUnsupportedKey, Origin: core.OriginSystem, RecordType: s.profile.Name, Kinds: kinds,
			Message: "an identifier is too short to be told from other words in a text and was not looked for"})
	}
	list = append(list, s.promises()...)
	for _, p := range list {
		if err := s.out.Notice(p); err != nil {
			return err
		}
	}
	return nil
}

// promises gives the problems of identifiers that every record is said to hold
// (sdk.Env.Complete): a message names people by address at best.
func (i *instance) promises() []core.Problem {
	if !slices.ContainsFunc(i.profile.Slots, func(s catalogue.Slot) bool { return s.Subject }) {
		return nil
	}
	var out []core.Problem
	for _, kind := range i.complete {
		out = append(out, sdk.Incomplete(i.profile.Name, "mailboxes", kind))
	}
	return out
}
