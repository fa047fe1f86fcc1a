package mailsource

import (
	"context"
	"fmt"
	"slices"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/extracted"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// Check lists the mailboxes, and reads one message of each.
func (i *instance) Check(ctx context.Context, steps *sdk.Steps) {
	for n := range i.mailboxes {
		if i.mailboxes[n].IMAP != nil {
			i.checkServer(ctx, steps, &i.mailboxes[n])
		}
	}
	if slices.ContainsFunc(i.mailboxes, func(m mailbox) bool { return m.IMAP == nil }) {
		i.checkFiles(ctx, steps)
	}
	for _, p := range i.promises() {
		steps.Run(sdk.CompleteStep(p.Kinds[0]), func() error { return &p })
	}
}

func (i *instance) checkFiles(ctx context.Context, steps *sdk.Steps) {
	var list []message
	var miss missed
	steps.Run("list the mailboxes", func() (err error) {
		list, err = i.list(ctx, &miss)
		return err
	})
	if n := miss.folders + miss.links; n > 0 {
		steps.Warn("everything can be listed", core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem,
			Message: fmt.Sprintf("%d folders, mbox files or links were left out: the account may not read them, or they are links", n)})
	}
	places := map[string]string{}
	for _, m := range i.mailboxes {
		if m.IMAP == nil {
			places[m.name] = m.Maildir + m.MBox
		}
	}
	extracted.CheckReadOnly(steps, i.profile.Name, places)
	read := map[*mailbox]bool{}
	for _, m := range list {
		if read[m.box] {
			continue
		}
		read[m.box] = true
		steps.Run("read a message of "+m.box.name, func() error {
			return i.readable(ctx, m)
		})
	}
}

// readable tells why a message cannot be read, if it cannot.
func (i *instance) readable(ctx context.Context, m message) error {
	l, err := i.examine(ctx, m, newQuestion(nil, nil))
	if err != nil {
		return err
	}
	if slices.ContainsFunc(l.troubles, func(t extracted.Trouble) bool { return t.Reason == extracted.ReasonNoPermission }) {
		return &core.Problem{Class: core.ClassAuth, Origin: core.OriginSystem, Message: "the account lists the messages and may not read them; give it the right to read"}
	}
	return nil
}
