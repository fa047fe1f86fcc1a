package mailsource

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/document"
	"github.com/sinusta/sinusta/plugins/internal/extracted"
	"github.com/sinusta/sinusta/plugins/internal/freetext"
)

// look is what one message holds.
type look struct {
	message
	header   header
	bytes    int64
	digest   string
	text     extracted.Content
	rest     strings.Builder // fields that have no place in the profile
	members  []*extracted.Member
	dropped  int
	troubles []extracted.Trouble
	matches  []core.Match
	byPath   map[string]*extracted.Member
	asked    *asked
	reading  *freetext.Reading // nil where the message could not be opened
}

// examine reads a message and compares it. An error is that of ctx.
func (i *instance) examine(ctx context.Context, m message, q *question) (*look, error) {
	l := &look{message: m, byPath: map[string]*extracted.Member{}}
	err := i.read(ctx, l, q)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errChanged):
		l.fail(document.ReasonChanged)
	case errors.Is(err, fs.ErrPermission):
		l.fail(extracted.ReasonNoPermission)
	case err != nil:
		l.fail(document.ReasonUnread)
	}
	l.matches = q.matches(l)
	return l, nil
}

func (l *look) fail(r document.Reason) {
	l.troubles = append(l.troubles, extracted.Trouble{Reason: r, Format: document.FormatEML, Whole: true})
}

// errChanged tells that a message is not what was listed.
var errChanged = errors.New("the message changed")

func (i *instance) read(ctx context.Context, l *look, q *question) error {
	c, err := l.open()
	if err != nil {
		return err
	}
	defer c.Close() // only read
	l.bytes = c.size
	sum := sha256.New()
	if n, err := io.Copy(sum, withContext{ctx, c.all()}); err != nil || n != l.bytes {
		return errors.Join(err, errChanged)
	}
	l.digest = hex.EncodeToString(sum.Sum(nil))
	l.header = readHeader(c.all())
	l.asked = q.about(l)
	l.reading = l.asked.question.Read()
	l.fields(i)
	// The name makes core/document read it as mail, also where the fields are odd.
	result, err := document.Extract(ctx, c.all(), l.bytes, "message.eml", i.limits, l.piece)
	l.finish(result)
	return err
}

// withContext is a reader that ends with its context.
type withContext struct {
	ctx context.Context //nolint:containedctx // io.Reader takes none
	io.Reader
}

func (r withContext) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// fields compares the fields of the message.
func (l *look) fields(i *instance) {
	for _, f := range l.header {
		slot := slotOf(f.name)
		if _, known := i.profile.Slot(slot); known && slot != "" {
			for _, a := range addresses(f.value) {
				l.reading.Add(freetext.Piece{Text: a.name, Slot: slot, Field: "name", Row: true})
				l.reading.Add(freetext.Piece{Text: a.email, Slot: slot, Field: "email"})
			}
			continue
		}
		switch f.name {
		case "subject":
			l.reading.Add(freetext.Piece{Text: f.value, Field: "subject_line"})
		case "date", "message-id", "references", "in-reply-to":
			l.reading.Add(freetext.Piece{Text: f.value, Field: "message_id"})
		default:
			if !machinery(f.name) {
				l.reading.Add(freetext.Piece{Text: f.value, Field: "text"})
				l.rest.WriteString(f.name + ": " + f.value + "\n")
			}
		}
	}
	l.reading.Add(freetext.Piece{Text: l.folder, Field: "folder"})
}

// piece takes one piece of what core/document reads.
func (l *look) piece(p document.Piece) error {
	if p.Role == document.RoleHeader && len(p.Member) == 0 && l.own(p) {
		return nil
	}
	if p.Role == document.RoleMetadata && len(p.Member) == 0 {
		return nil // made of the fields
	}
	to := freetext.Piece{Text: p.Text, More: p.More, Field: "text", Place: p.Location(), Row: p.Place.Row > 0 || p.Place.Unit == document.UnitRow}
	into := &l.text
	if len(p.Member) > 0 {
		to.Field = "attachment/text"
		into = &l.member(p.Member).Text
	}
	if len(p.Authors) > 0 {
		l.reading.Add(freetext.Piece{Text: strings.Join(p.Authors, ", "), Field: to.Field})
		into.Add("[" + strings.Join(p.Authors, ", ") + "] ")
	}
	l.reading.Add(to)
	if p.Role == document.RoleName && len(p.Member) > 0 {
		return nil
	}
	if p.Role == document.RoleHeader || p.Role == document.RoleMetadata {
		into.Add(p.Place.Name + ": ")
	}
	into.Add(p.Text)
	if !p.More {
		into.Add("\n")
	}
	return nil
}

// own tells whether a field that core/document gives is one of the message
// itself, which were read already, and not of a message in it.
func (l *look) own(p document.Piece) bool {
	return slices.ContainsFunc(l.header, func(f headerField) bool {
		return strings.EqualFold(f.name, p.Place.Name) && strings.Join(strings.Fields(f.value), " ") == strings.Join(strings.Fields(p.Text), " ")
	})
}

func (l *look) member(path []string) *extracted.Member {
	key := strings.Join(path, "\x00")
	m := l.byPath[key]
	if m == nil {
		m = &extracted.Member{Path: path}
		l.byPath[key] = m
		if len(l.members) < extracted.MostMembers {
			l.members = append(l.members, m)
		} else {
			l.dropped++
		}
	}
	return m
}

func (l *look) finish(r document.Result) {
	for n, f := range r.Files {
		if n > 0 {
			l.member(f.Member).File = f
		}
		for _, t := range f.Troubles {
			one := extracted.Trouble{Reason: t.Reason, Format: f.Format, Whole: f.State == document.Unreadable && n == 0}
			if !slices.Contains(l.troubles, one) {
				l.troubles = append(l.troubles, one)
			}
		}
	}
}
