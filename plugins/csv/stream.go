package csvsource

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/places"
)

// The bounds of reading: how many bytes are read at once, how many lines a
// problem names, and the defaults of limits.
const (
	readAhead     = 1 << 20
	namedLines    = 20
	defaultRow    = 16 << 20
	defaultBroken = 1000
)

// file is an export that is being read, with what its header says.
type file struct {
	plan   *filePlan
	export export
	header []string
	at     map[string]int
}

// name tells people which file it is. File names may hold names of people.
func (f *file) name() string { return nameOf(f.plan, f.export) }

func nameOf(p *filePlan, e export) string {
	return "the export of " + e.made.Format("2006-01-02 15:04") + " of " + p.path
}

// errUnread ends the reading of one file about which a problem was told.
var errUnread = errors.New("the file was not read")

// scan reads an export from its beginning to its end and gives each sound row
// to give. What is wrong with the file is told; err is that of the context,
// of tell or of give.
func (s *search) scan(ctx context.Context, p *filePlan, e export, opened func(*file) error, give func(*file, row) error) error {
	err := s.scanFile(ctx, p, e, opened, give)
	if errors.Is(err, errUnread) {
		return nil
	}
	return err
}

func (s *search) scanFile(ctx context.Context, p *filePlan, e export, opened func(*file) error, give func(*file, row) error) error {
	in, err := s.root.Open(e.path)
	if err != nil {
		return s.unread(p, "", "%s could not be opened; give the account the right to read it, and search again", nameOf(p, e))
	}
	defer in.Close()
	before, err := in.Stat()
	if err != nil || !before.Mode().IsRegular() {
		return s.unread(p, "", "%s is no plain file, or cannot be read", nameOf(p, e))
	}
	sum := sha256.New()
	buffered := bufio.NewReaderSize(io.TeeReader(&stopping{ctx, in}, sum), readAhead)
	text, err := begin(buffered, p.config.Encoding)
	if errors.Is(err, errMark) {
		return s.unread(p, ".encoding", "%s was not read: %s", nameOf(p, e), err)
	}
	if err != nil {
		return s.readProblem(ctx, p, e)
	}
	r := s.rowsOf(p, text)
	f := &file{plan: p, export: e}
	if err := s.readHeader(f, r); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	if err := opened(f); err != nil {
		return err
	}
	if err := s.readRows(ctx, f, r, give); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, text); err != nil {
		return s.readProblem(ctx, p, e)
	}
	return s.unchanged(f, in, before, [32]byte(sum.Sum(nil)))
}

func (s *search) rowsOf(p *filePlan, text io.Reader) *rows {
	buffered, ok := text.(*bufio.Reader)
	if !ok {
		buffered = bufio.NewReaderSize(text, readAhead)
	}
	r := &rows{in: buffered, delimiter: p.config.delimiter()[0], longest: s.limits.Row, unended: p.config.Unended}
	if q := p.config.quote(); q != "" {
		r.quote = q[0]
	}
	return r
}

// stopping is a reader that ends with its context.
type stopping struct {
	ctx context.Context //nolint:containedctx // lives as long as one read of a file
	in  io.Reader
}

func (r *stopping) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.in.Read(p)
}

// readHeader learns the names of the columns.
func (s *search) readHeader(f *file, r *rows) error {
	for range f.plan.config.Skip {
		if _, err := r.takeLine(); err != nil {
			return s.unread(f.plan, ".skip", "%s has fewer lines than are skipped", f.name())
		}
	}
	f.header = f.plan.config.Columns
	if h := f.plan.config.Header; h == nil || *h {
		first, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			return s.unread(f.plan, "", "%s is empty: it has not even a header, so the export failed or is being written", f.name())
		case err != nil:
			return s.unread(f.plan, "", "%s cannot be read", f.name())
		case first.fault != "" && (first.fault != faultCut || f.plan.config.Columns != nil):
			return s.unread(f.plan, "", "%s was not read, for its header is broken: %s", f.name(), first.fault)
		}
		if f.header, err = s.names(f, first); err != nil {
			return err
		}
	}
	r.width = len(f.header)
	f.at = map[string]int{}
	for n, name := range f.header {
		f.at[name] = n
	}
	return nil
}

// names gives the names of a header. A column without one is named by its
// place.
func (s *search) names(f *file, first row) ([]string, error) {
	var out []string
	for n, cell := range first.cells {
		name, _, ok := f.plan.decoder.text(cell)
		if name = strings.TrimSpace(name); !ok {
			return nil, s.unread(f.plan, ".encoding", "%s was not read, for its header is in another encoding than declared", f.name())
		}
		if name == "" {
			name = "#" + itoa(n+1)
		}
		out = append(out, name)
	}
	if doubled(out) != "" {
		return nil, s.unread(f.plan, "", "%s was not read: two columns of its header have one name; name them under columns, without a header (header: false, skip: 1)", f.name())
	}
	if want := f.plan.config.Columns; want != nil && !slices.Equal(want, out) {
		return nil, s.unread(f.plan, ".columns", "%s was not read: its header is not the declared one; the exporter was changed, or another file was put here", f.name())
	}
	return out, nil
}

// lines are the rows of a file in which something is wrong, by what it is.
type lines struct {
	order []string
	first map[string][]int
	count map[string]int
	all   int
}

func (l *lines) add(what string, line int) {
	if l.first == nil {
		l.first, l.count = map[string][]int{}, map[string]int{}
	}
	if l.count[what] == 0 {
		l.order = append(l.order, what)
	}
	if l.count[what]++; len(l.first[what]) < namedLines {
		l.first[what] = append(l.first[what], line)
	}
}

// tell gives one problem for each thing that is wrong, with the lines.
func (s *search) tellLines(f *file, class core.Class, l *lines, lead string) error {
	for _, what := range l.order {
		var named []string
		for _, n := range l.first[what] {
			named = append(named, itoa(n))
		}
		more := ""
		if l.count[what] > namedLines {
			more = " ..."
		}
		if err := s.tell(notice(class, f.plan.path, "%s: %d "+lead+": %s: line %s%s", f.name(), l.count[what], what, strings.Join(named, ", "), more)); err != nil {
			return err
		}
	}
	return nil
}

const wrongEncoding = "it holds letters of another encoding than the declared one; such values are compared as the other too, and withheld"

// readRows gives the rows of a file, and tells those that are broken.
func (s *search) readRows(ctx context.Context, f *file, r *rows, give func(*file, row) error) error {
	var broken, encoding lines
	end := ""
	for {
		next, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, errWaste) || broken.all >= s.limits.Broken {
			end = fmt.Sprintf("%s was read no further than line %d: too much of it is broken; have the export corrected", f.name(), r.line)
			break
		}
		if err != nil {
			return s.readProblem(ctx, f.plan, f.export)
		}
		if s.examined++; s.examined%10_000 == 0 {
			s.out.Progress(s.examined)
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		if next.fault != "" {
			broken.add(string(next.fault), next.line)
			broken.all++
			continue
		}
		if !f.plan.sound(next) {
			encoding.add(wrongEncoding, next.line)
		}
		switch err := give(f, next); {
		case errors.Is(err, errKeyless):
			broken.add(string(faultKey), next.line)
		case err != nil:
			return err
		}
	}
	if err := s.tellLines(f, core.ClassPartial, &broken, "rows were not read; look them up in the file"); err != nil {
		return err
	}
	if err := s.tellLines(f, core.ClassPartial, &encoding, "rows are of a mixed encoding"); err != nil {
		return err
	}
	if end != "" {
		return s.tell(notice(core.ClassTruncated, f.plan.path, "%s", end))
	}
	return nil
}

// sound tells whether all cells of a row are in the encoding of the file.
func (p *filePlan) sound(r row) bool {
	for _, c := range r.cells {
		if ascii(c) {
			continue
		}
		if _, _, ok := p.decoder.text(c); !ok {
			return false
		}
	}
	return true
}

// unchanged tells of a file that changed, or gave way to another, while it was
// read, or since it was read before in the same search.
func (s *search) unchanged(f *file, in *os.File, before os.FileInfo, sum [32]byte) error {
	after, err := in.Stat()
	same := err == nil && after.Size() == before.Size() && after.ModTime().Equal(before.ModTime())
	there, err := s.root.Stat(f.export.path)
	same = same && err == nil && os.SameFile(before, there) && os.SameFile(before, f.export.info) && there.ModTime().Equal(f.export.info.ModTime())
	known, again := s.digests[f.export.path]
	s.digests[f.export.path] = sum
	if same && (!again || known == sum) {
		return nil
	}
	return s.tell(notice(core.ClassPartial, f.plan.path, "%s changed or was replaced while it was read; search again", f.name()))
}

func (s *search) readProblem(ctx context.Context, p *filePlan, e export) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.unread(p, "", "%s could not be read to its end; see the disk or the share, and search again", nameOf(p, e))
}

// unread tells why a file, or the rest of it, was not read.
func (s *search) unread(p *filePlan, setting, format string, args ...any) error {
	if err := s.tell(notice(core.ClassPartial, p.path+setting, format, args...)); err != nil {
		return err
	}
	return errUnread
}

func notice(class core.Class, path, format string, args ...any) core.Problem {
	return core.Problem{Class: class, Origin: core.OriginSystem, ConfigPath: path, Message: fmt.Sprintf(format, args...)}
}

// cells are the cells of one row, by the positions of a plan.
type cells struct {
	plan *rowPlan
	at   []int
	row  row
}

// bind finds the columns of a plan in a file. Where one is missing, the file
// is of no use for it: that is told, and nil given.
func (s *search) bind(f *file, p *rowPlan) ([]int, error) {
	var at []int
	for _, c := range p.columns {
		n, ok := f.at[c]
		if !ok && strings.HasPrefix(c, "#") {
			for i := range f.header {
				if "#"+itoa(i+1) == c {
					n, ok = i, true
				}
			}
		}
		if !ok {
			return nil, s.tell(notice(core.ClassPartial, p.path, "%s was not read: it has no column %q, which is mapped; the exporter was changed, or the delimiter or the encoding is another", f.name(), c))
		}
		at = append(at, n)
	}
	for n, c := range f.header {
		if f.plan.speaks[c] || f.plan.speaks["#"+itoa(n+1)] {
			continue
		}
		if err := s.tell(notice(core.ClassUnmapped, f.plan.path, "the column %q is neither mapped nor ignored; map it to a field, or put it under ignore with a reason", c)); err != nil {
			return nil, err
		}
	}
	return at, nil
}

// text gives the text of a cell, what else it may read as, and whether it is
// in the encoding of the file.
func (c cells) text(at int) (text, other string, ok bool) {
	return c.plan.file.decoder.text(c.row.cells[c.at[at]])
}

// digest tells the content of a row apart from others.
func (c cells) digest() [16]byte {
	h := sha256.New()
	for _, cell := range c.row.cells {
		fmt.Fprintf(h, "%d:", len(cell))
		h.Write(cell)
	}
	return [16]byte(h.Sum(nil)[:16])
}

// tuple digests the values of columns; false where all are empty.
func (c cells) tuple(columns []int) (out [16]byte, ok bool) {
	h := sha256.New()
	for _, at := range columns {
		cell := bytes.TrimSpace(c.row.cells[c.at[at]])
		text, _, _ := c.plan.file.decoder.text(cell)
		ok = ok || text != ""
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	return [16]byte(h.Sum(nil)[:16]), ok
}

var errKeyless = errors.New("the row has no key")

// spanOf gives when the contact of a row was.
func (c cells) spanOf(begin places.Moment, zone *time.Location, unknown time.Duration) core.Interval {
	var ended places.Moment
	duration := ""
	if at := c.plan.ended; at >= 0 {
		text, _, _ := c.text(at)
		ended = c.plan.file.forms.readMoment(strings.TrimSpace(text), zone)
	}
	if at := c.plan.duration; at >= 0 {
		duration, _, _ = c.text(at)
	}
	return places.SpanOf(begin, ended, duration, unknown)
}
