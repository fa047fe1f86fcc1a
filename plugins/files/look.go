package filessource

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/document"
	"github.com/sinusta/sinusta/plugins/internal/extracted"
	"github.com/sinusta/sinusta/plugins/internal/freetext"
)

// tries is how often a file that changes is read.
const tries = 3

// look is what one file holds now.
type look struct {
	file    file
	format  document.Format
	size    int64
	digest  string
	info    fs.FileInfo
	readAt  time.Time
	meta    document.Metadata
	text    extracted.Content
	members []*extracted.Member
	// dropped is how many members the record does not name.
	dropped  int
	troubles []extracted.Trouble
	matches  []core.Match
	places   []string
	terms    []string
}

// examine reads the file and compares it. An error is that of ctx; whatever is
// wrong with the file is a trouble.
func (i *instance) examine(ctx context.Context, f file, q *freetext.Question, wantTerms bool) (*look, error) {
	for try := 1; ; try++ {
		l, err := i.once(ctx, f, q, wantTerms)
		if err != nil {
			return nil, err
		}
		changed := slices.ContainsFunc(l.troubles, func(t extracted.Trouble) bool { return t.Reason == document.ReasonChanged })
		if !changed || try == tries {
			return l, nil
		}
	}
}

func (i *instance) once(ctx context.Context, f file, q *freetext.Question, wantTerms bool) (*look, error) {
	l := &look{file: f, size: f.info.Size(), info: f.info, readAt: time.Now()}
	s := &scan{look: l, profile: i.profile, reading: q.Read(), byMember: map[string]*extracted.Member{}}
	if wantTerms {
		s.terms = &freetext.Terms{}
	}
	s.take(freetext.Piece{Text: f.shown(), Row: true, Field: "path"})
	open, err := openFile(f)
	if err == nil {
		defer open.Close() // only read
		err = i.extract(ctx, open, s)
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		l.fail(document.ReasonChanged) // it went away
	case errors.Is(err, fs.ErrPermission):
		l.fail(extracted.ReasonNoPermission)
	case err != nil:
		l.fail(document.ReasonUnread)
	}
	l.matches, l.places = s.reading.Result()
	if s.terms != nil {
		l.terms = s.terms.List()
	}
	return l, nil
}

// openFile opens a file below its root, which no link leads out of.
func openFile(f file) (*os.File, error) {
	root, err := os.OpenRoot(f.root.path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // what was opened stays open
	return root.OpenFile(filepath.FromSlash(f.rel), openFlags, 0)
}

// extract reads the content of an open file.
func (i *instance) extract(ctx context.Context, open *os.File, s *scan) error {
	l := s.look
	info, err := open.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		l.fail(document.ReasonChanged) // it was a file when it was listed
		return nil
	}
	l.info, l.size, l.readAt = info, info.Size(), time.Now()
	if info.Size() <= i.limits.Input {
		if l.digest, err = digestOf(io.NewSectionReader(open, 0, info.Size()), ctx.Err); err != nil {
			return err
		}
	}
	result, err := document.Extract(ctx, open, info.Size(), l.file.rel, i.limits, s.piece)
	s.finish(result)
	if err != nil {
		return err
	}
	after, err := open.Stat()
	if err != nil {
		return err
	}
	if after.Size() != info.Size() || !after.ModTime().Equal(info.ModTime()) {
		l.fail(document.ReasonChanged)
	}
	return nil
}

func (l *look) fail(reason document.Reason) {
	l.troubles = append(l.troubles, extracted.Trouble{Reason: reason, Format: l.format, Whole: true})
}

// entry gives what the index may remember; false if it may not, since the file
// must be looked at again the next time.
func (l *look) entry() (*entry, bool) {
	if slices.ContainsFunc(l.troubles, extracted.Trouble.Passing) || l.digest == "" && !l.tooLarge() {
		return nil, false
	}
	return &entry{Stat: statOf(l.info, l.readAt), Size: l.size, Digest: l.digest, Troubles: l.troubles}, true
}

func (l *look) tooLarge() bool {
	return slices.ContainsFunc(l.troubles, func(t extracted.Trouble) bool { return t.Reason == document.ReasonTooLarge && t.Whole })
}

// scan takes the pieces of one file.
type scan struct {
	look     *look
	profile  catalogue.RecordType
	reading  *freetext.Reading
	terms    *freetext.Terms
	byMember map[string]*extracted.Member
}

func (s *scan) take(p freetext.Piece) {
	s.reading.Add(p)
	if s.terms != nil {
		s.terms.Add(p.Text, p.More)
	}
}

// piece takes one piece of text.
func (s *scan) piece(p document.Piece) error {
	to := freetext.Piece{Text: p.Text, More: p.More, Field: "text", Place: p.Location(), Row: isRow(p.Place)}
	if len(p.Member) > 0 {
		to.Field = "attachment/text"
	}
	own := s.property(p, &to)
	if len(p.Authors) > 0 {
		s.take(freetext.Piece{Text: strings.Join(p.Authors, ", "), Field: to.Field, Place: to.Place})
	}
	s.take(to)
	if own {
		return nil
	}
	into := &s.look.text
	if m := s.member(p.Member); m != nil {
		into = &m.Text
	}
	if p.Role == document.RoleName && len(p.Member) > 0 {
		return nil // it stands in the name of the part
	}
	if p.Role == document.RoleMetadata {
		into.Add(p.Place.Name + ": ")
	}
	if len(p.Authors) > 0 {
		into.Add("[" + strings.Join(p.Authors, ", ") + "] ")
	}
	into.Add(p.Text)
	if !p.More {
		into.Add("\n")
	}
	return nil
}

func isRow(p document.Place) bool { return p.Row > 0 || p.Unit == document.UnitRow }

// property tells whether a piece is a property of the file for which the
// profile has a place of its own, and says where it stands.
func (s *scan) property(p document.Piece, to *freetext.Piece) bool {
	if p.Role != document.RoleMetadata || len(p.Member) > 0 || p.More {
		return false
	}
	slot, field := "", ""
	switch strings.ToLower(p.Place.Name) {
	case "title":
		field = "title"
	case "keywords", "keyword":
		field = "keywords"
	case "creator", "author", "initial-creator":
		slot, field = "author", "name"
	case "lastmodifiedby", "operator", "last-author":
		slot, field = "modifier", "name"
	default:
		return false
	}
	if !has(s.profile, slot, field) {
		return false
	}
	to.Slot, to.Field = slot, field
	return true
}

// member gives the file inside the file to which a piece belongs; nil for the
// file itself, and beyond the bound.
func (s *scan) member(path []string) *extracted.Member {
	if len(path) == 0 {
		return nil
	}
	key := strings.Join(path, "\x00")
	m := s.byMember[key]
	if m == nil {
		m = &extracted.Member{Path: path}
		s.byMember[key] = m
		if len(s.look.members) < extracted.MostMembers {
			s.look.members = append(s.look.members, m)
		} else {
			s.look.dropped++
		}
	}
	return m
}

// finish takes what the extraction tells of the file and those inside it.
func (s *scan) finish(r document.Result) {
	for n, f := range r.Files {
		if n == 0 {
			s.look.format, s.look.meta = f.Format, f.Meta
		} else if m := s.member(f.Member); m != nil {
			m.File = f
		}
		for _, t := range f.Troubles {
			one := extracted.Trouble{Reason: t.Reason, Format: f.Format, Whole: f.State == document.Unreadable && n == 0}
			if !slices.Contains(s.look.troubles, one) {
				s.look.troubles = append(s.look.troubles, one)
			}
		}
	}
}
