package mailsource

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/emersion/go-imap/v2"

	"github.com/sinusta/sinusta/plugins/sdk"
)

// again gets a message of the server by the key that a search gave it: one of
// a folder that may be searched, and that was not renumbered since.
func (i *instance) again(ctx context.Context, box *mailbox, key string) (message, error) {
	numbers, folder, _ := strings.Cut(key, "/")
	first, second, _ := strings.Cut(numbers, ".")
	validity, err := strconv.ParseUint(first, 10, 32)
	uid, err2 := strconv.ParseUint(second, 10, 32)
	if errors.Join(err, err2) != nil || uid == 0 || folder == "" {
		return message{}, nobodys()
	}
	s, err := i.server.dial(ctx, box.user(i.server))
	if err != nil {
		return message{}, err
	}
	defer s.close()
	list, err := s.folders(box.IMAP.Folder)
	if err != nil {
		return message{}, orContext(ctx, lostOrRefused(s, err))
	}
	n := slices.IndexFunc(list, func(f mailFolder) bool { return f.name == folder && !i.rules.leavesOut(f.folder) })
	if n < 0 {
		return message{}, nobodys()
	}
	now, err := s.examine(folder)
	if err == nil && uint64(now.validity) != validity {
		return message{}, nobodys()
	}
	var sizes map[imap.UID]int64
	var bodies map[imap.UID]body
	if err == nil {
		sizes, err = s.sizes([]imap.UID{imap.UID(uid)})
	}
	size, there := sizes[imap.UID(uid)]
	if err == nil && there && size <= i.serverLimit {
		bodies, err = s.bodies([]imap.UID{imap.UID(uid)}, size, i.serverLimit)
	}
	b, given := bodies[imap.UID(uid)]
	switch {
	case err != nil:
		return message{}, orContext(ctx, lostOrRefused(s, err))
	case there && (size > i.serverLimit || b.large):
		return message{}, sdk.DataError("the message is larger than limits.message_bytes; raise it", errors.New("too large"))
	case !there || !given:
		return message{}, nobodys()
	}
	return message{box: box, folder: list[n].folder, key: key, size: -1, held: b.text}, nil
}

// lostOrRefused classifies an error of a command: what the server refuses is
// not there for the account.
func lostOrRefused(s *session, err error) error {
	if refused(err) {
		return nobodys()
	}
	return lostProblem(s, err)
}
