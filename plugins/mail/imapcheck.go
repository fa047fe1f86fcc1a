package mailsource

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-imap/v2"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// checks takes the steps of a check: *sdk.Steps.
type checks interface {
	Run(name string, do func() error)
	Warn(name string, p core.Problem)
}

// checkServer signs in, opens every folder of a mailbox, asks what the account
// may do, and reads one message.
func (i *instance) checkServer(ctx context.Context, steps checks, box *mailbox) {
	var s *session
	steps.Run("sign in for "+box.name, func() (err error) {
		s, err = i.server.dial(ctx, box.user(i.server))
		return err
	})
	if s == nil {
		return
	}
	defer s.close()
	if i.server.tls == nil {
		steps.Warn("encryption", core.Problem{Class: core.ClassConfig, Origin: core.OriginPlugin, ConfigPath: "server.clear_text",
			Message: "the connection is not encrypted: everybody on this machine who may watch it reads the password and the mail"})
	}
	var list []mailFolder
	steps.Run("list the folders of "+box.name, func() (err error) {
		list, err = s.folders(box.IMAP.Folder)
		if err == nil && len(list) == 0 && !box.MayBeEmpty {
			return sdk.ConfigError("mailboxes."+box.name+".imap", "the account sees no folder of the mailbox; correct the folder or the account's rights")
		}
		return orContext(ctx, orLost(s, err))
	})
	var opened opening
	steps.Run("open the folders of "+box.name, func() error { return orContext(ctx, i.openAll(s, list, &opened)) })
	if opened.refused > 0 {
		steps.Warn("everything can be listed", core.Problem{Class: core.ClassPartial, Origin: core.OriginSystem,
			Message: fmt.Sprintf("%d folders of %s cannot be opened; give the account the right to read them, or exclude them with a reason", opened.refused, box.name)})
	}
	warnOfRights(steps, i.profile.Name, box.name, opened)
	if opened.uid == 0 {
		return
	}
	steps.Run("read a message of "+box.name, func() error {
		m, err := i.again(ctx, box, keyOf(opened.first, opened.validity, opened.uid))
		if err != nil {
			return err
		}
		return i.readable(ctx, m)
	})
}

func orLost(s *session, err error) error {
	var p *core.Problem
	switch {
	case err == nil, errors.As(err, &p):
		return err
	case refused(err):
		return sdk.AuthError("the mail server refuses to list the folders; have its owner give the account the right", err)
	}
	return lostProblem(s, err)
}

// opening is what became of opening the folders of a mailbox.
type opening struct {
	refused  int
	untold   bool   // the server does not tell what the account may do
	may      string // beyond reading
	first    string // a folder that holds a message
	validity uint32
	uid      imap.UID
}

func (i *instance) openAll(s *session, list []mailFolder, o *opening) error {
	for _, f := range list {
		if i.rules.leavesOut(f.folder) {
			continue
		}
		now, err := s.examine(f.name)
		if refused(err) || err == nil && now.validity == 0 {
			o.refused++
			continue
		}
		if err != nil {
			return lostProblem(s, err)
		}
		rights, told, err := s.rights(f.name)
		if err != nil {
			return lostProblem(s, err)
		}
		o.untold = o.untold || !told
		for _, r := range rights {
			if strings.ContainsRune(changing, rune(r)) && !strings.ContainsRune(o.may, rune(r)) {
				o.may += string(rune(r))
			}
		}
		if o.uid == 0 && now.messages > 0 {
			uids, _, _, err := s.uids(1, 1)
			if err != nil {
				return lostProblem(s, err)
			}
			if len(uids) > 0 {
				o.first, o.validity, o.uid = f.name, now.validity, uids[0]
			}
		}
	}
	return nil
}

// warnOfRights adds the step that tells whether the account can do more than
// read (RFC 4314).
func warnOfRights(steps checks, recordType, mailbox string, o opening) {
	const step = "read-only"
	message := ""
	switch {
	case o.may != "":
		message = "the account may change the mailbox " + mailbox + " (rights " + o.may + "); searching needs the rights l and r alone"
	case o.untold:
		message = "the mail server does not tell what the account may do with " + mailbox + "; see that it has the rights to look up and to read alone"
	default:
		steps.Run(step, func() error { return nil })
		return
	}
	steps.Warn(step, core.Problem{Class: core.ClassAuth, Origin: core.OriginSystem, RecordType: recordType, Message: message})
}
