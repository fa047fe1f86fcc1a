package mailsource

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

// session is a connection on which an account has signed in. It sends only
// what changes nothing: LIST, NAMESPACE, MYRIGHTS, STATUS, EXAMINE, UID SEARCH
// and UID FETCH of BODY.PEEK.
type session struct {
	client  *imapclient.Client
	watch   *watch
	release func() bool
}

// command runs one command, whose answer may have size bytes.
func (s *session) command(size int64, run func() error) error {
	s.watch.begin(size)
	defer s.watch.end()
	return run()
}

func (s *session) signIn(e *endpoint, user string) error {
	err := s.command(smallAnswer, func() error {
		if s.client.Caps().Has(imap.AuthCap(sasl.Plain)) {
			return s.client.Authenticate(sasl.NewPlainClient("", user, e.password.Reveal()))
		}
		return s.client.Login(user, e.password.Reveal()).Wait()
	})
	if err != nil {
		return accountProblem(s, err)
	}
	return nil
}

// close signs out.
func (s *session) close() {
	_ = s.command(smallAnswer, func() error { return s.client.Logout().Wait() }) // it is only polite
	s.abandon()
}

// abandon breaks the connection.
func (s *session) abandon() {
	s.release()
	_ = s.watch.Close()
	if s.client != nil {
		_ = s.client.Close()
	}
}

// mailFolder is a folder of the server.
type mailFolder struct {
	name   string // the server's
	folder string // as people see it, below the mailbox; empty for the inbox
}

// folders gives the folders of a mailbox that hold messages, in every name
// space that the account sees, by name.
func (s *session) folders(root string) ([]mailFolder, error) {
	patterns := []string{"*"}
	if s.client.Caps().Has(imap.CapNamespace) {
		var data *imap.NamespaceData
		err := s.command(smallAnswer, func() (err error) {
			data, err = s.client.Namespace().Wait()
			return err
		})
		if err != nil && !refused(err) {
			return nil, err
		}
		for _, n := range slices.Concat(data.Personal, data.Other, data.Shared) {
			if n.Prefix != "" {
				patterns = append(patterns, fromUTF7(n.Prefix)+"*")
			}
		}
	}
	seen := map[string]bool{}
	var out []mailFolder
	for n, pattern := range patterns {
		var list []*imap.ListData
		err := s.command(listAnswer, func() (err error) {
			list, err = s.client.List("", pattern, nil).Collect()
			return err
		})
		if err != nil && (n == 0 || !refused(err)) {
			return nil, err
		}
		for _, l := range list {
			folder, below := seenAs(l, root)
			if seen[l.Mailbox] || !below || slices.ContainsFunc(l.Attrs, holdsNothing) {
				continue
			}
			seen[l.Mailbox] = true
			out = append(out, mailFolder{l.Mailbox, folder})
		}
	}
	slices.SortFunc(out, func(a, b mailFolder) int { return cmp.Or(cmp.Compare(a.folder, b.folder), cmp.Compare(a.name, b.name)) })
	return out, nil
}

// holdsNothing tells whether a folder is one of folders alone.
func holdsNothing(a imap.MailboxAttr) bool {
	return strings.EqualFold(string(a), string(imap.MailboxAttrNoSelect)) || strings.EqualFold(string(a), string(imap.MailboxAttrNonExistent))
}

// seenAs gives a folder as people see it below the root; false for one that is
// not below it.
func seenAs(l *imap.ListData, root string) (folder string, below bool) {
	name := l.Mailbox
	if l.Delim != 0 {
		name = strings.ReplaceAll(name, string(l.Delim), "/")
	}
	if root = strings.Trim(root, "/ "); root != "" {
		if name == root {
			return "", true
		}
		return strings.CutPrefix(name, root+"/")
	}
	if strings.EqualFold(name, inbox) {
		return "", true
	}
	return name, true
}

// state is what a folder held when it was opened.
type state struct {
	validity uint32
	next     imap.UID // UIDNEXT, 0 where the server does not tell
	messages uint32
}

// examine opens a folder for reading.
func (s *session) examine(name string) (state, error) {
	var data *imap.SelectData
	err := s.command(smallAnswer, func() (err error) {
		data, err = s.client.Select(name, &imap.SelectOptions{ReadOnly: true}).Wait()
		return err
	})
	if err != nil {
		return state{}, err
	}
	return state{data.UIDValidity, data.UIDNext, data.NumMessages}, nil
}

// status tells of a folder that is not open.
func (s *session) status(name string) (state, error) {
	var data *imap.StatusData
	err := s.command(smallAnswer, func() (err error) {
		data, err = s.client.Status(name, &imap.StatusOptions{UIDNext: true, UIDValidity: true, NumMessages: true}).Wait()
		return err
	})
	if err != nil {
		return state{}, err
	}
	out := state{validity: data.UIDValidity, next: data.UIDNext}
	if data.NumMessages != nil {
		out.messages = *data.NumMessages
	}
	return out, nil
}

// uids gives the messages of the open folder from one on, at most most, and
// whether there are more. missing tells that the server counts more messages
// than it lists.
func (s *session) uids(from imap.UID, most int) (out []imap.UID, more, missing bool, err error) {
	var data *imap.SearchData
	criteria := &imap.SearchCriteria{}
	if from > 1 {
		var set imap.UIDSet
		set.AddRange(from, 0)
		criteria.UID = []imap.UIDSet{set}
	}
	err = s.command(listAnswer, func() (err error) {
		data, err = s.client.UIDSearch(criteria, nil).Wait()
		return err
	})
	if err != nil {
		return nil, false, false, err
	}
	set, _ := data.All.(imap.UIDSet)
	for _, r := range set {
		for uid := max(r.Start, from); uid != 0 && uid <= r.Stop; uid++ {
			if len(out) == most {
				return out, true, false, nil
			}
			out = append(out, uid)
		}
	}
	box := s.client.Mailbox()
	return out, false, from <= 1 && box != nil && len(out) < int(box.NumMessages), nil
}

// sizes gives the sizes of messages in bytes; of those that are gone, none.
func (s *session) sizes(uids []imap.UID) (map[imap.UID]int64, error) {
	out := map[imap.UID]int64{}
	err := s.command(smallAnswer+int64(len(uids))*1024, func() error {
		list, err := s.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, RFC822Size: true}).Collect()
		for _, m := range list {
			out[m.UID] = m.RFC822Size
		}
		return err
	})
	return out, err
}

// body is a message as the server gave it.
type body struct {
	text  []byte
	large bool // over the limit, and not kept
}

// bodies gives messages whole; of those that are gone, none. size is what they
// have together. Neither marks them as read.
func (s *session) bodies(uids []imap.UID, size, limit int64) (map[imap.UID]body, error) {
	out := map[imap.UID]body{}
	// A server may count lines that end with LF alone, and send them with CRLF.
	err := s.command(smallAnswer+2*size+limit, func() error {
		whole := &imap.FetchItemBodySection{Peek: true}
		cmd := s.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{whole}})
		var failed error
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			var uid imap.UID
			var b *body
			for item := m.Next(); item != nil; item = m.Next() {
				switch item := item.(type) {
				case imapclient.FetchItemDataUID:
					uid = item.UID
				case imapclient.FetchItemDataBodySection:
					if item.Literal == nil || !item.MatchCommand(whole) {
						continue
					}
					b = &body{large: item.Literal.Size() > limit}
					if !b.large {
						b.text = make([]byte, item.Literal.Size())
						_, err := io.ReadFull(item.Literal, b.text)
						failed = errors.Join(failed, err)
					}
				}
			}
			if uid != 0 && b != nil && failed == nil {
				out[uid] = *b
			}
		}
		return errors.Join(failed, cmd.Close())
	})
	return out, err
}

// rights gives what the account may do with a folder; false where the server
// does not tell.
func (s *session) rights(name string) (imap.RightSet, bool, error) {
	if !s.client.Caps().Has(imap.CapACL) {
		return nil, false, nil
	}
	var data *imapclient.MyRightsData
	err := s.command(smallAnswer, func() (err error) {
		data, err = s.client.MyRights(name).Wait()
		return err
	})
	switch {
	case refused(err):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	return data.Rights, true, nil
}

// changing are the rights with which an account changes mail (RFC 4314): marks,
// adds, makes and removes folders, deletes, expunges, administers.
const changing = "swikxtepacd"
