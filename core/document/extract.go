package document

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Extract reads the text of the file r of size bytes and hands it to fn piece
// by piece, in reading order as far as the format has one. name is the name
// of the file; it is only a hint at the format, and a result tells when it
// disagrees with the content.
//
// Result says for the file and for every file in it how far it was read; it is
// valid beside an error, too. An error is returned only when fn returned one
// (it is wrapped), when ctx ended, or when the size is negative: a file that
// cannot be read is a result.
//
// Extract starts no goroutine, writes nothing to disk, and calls r and fn from
// the goroutine of its caller only.
func Extract(ctx context.Context, r io.ReaderAt, size int64, name string, limits Limits, fn func(Piece) error) (Result, error) {
	if size < 0 {
		return Result{}, errors.New("document: the size of the file is negative; give the number of its bytes")
	}
	e := &extraction{ctx: ctx, limits: limits.filled(), fn: fn}
	return e.run(r, size, name)
}

// run reads the file and everything in it.
func (e *extraction) run(r io.ReaderAt, size int64, name string) (Result, error) {
	e.deadline = time.Now().Add(e.limits.Time)
	src := newSource(r, size, e.alive)
	err := e.file(src, size, name, nil)
	if err == nil && len(src.digest) > 0 {
		if verr := src.verify(); verr != nil {
			e.files[0].trouble(Trouble{Reason: reasonOf(verr)})
			err = halted(verr)
		}
	}
	result := Result{}
	for _, f := range e.files {
		f.settle()
		result.Files = append(result.Files, f.File)
	}
	var h *haltError
	if errors.As(err, &h) {
		return result, h.err
	}
	return result, err
}

// extraction is one call of Extract: what it was given, and what it has used
// of its limits.
type extraction struct {
	ctx      context.Context
	limits   Limits
	fn       func(Piece) error
	deadline time.Time
	ticks    int
	loud     bool // a panic of a parser is not caught: for tests

	files    []*file
	unpacked int64
	held     int64
	text     int64
	cells    int
	parts    int
}

// file is one file while it is read.
type file struct {
	File
	*extraction
	part  string // of the package, which is read now
	pages int
}

// alive gives nil while the reading may go on, else a halt.
func (e *extraction) alive() error {
	if err := e.ctx.Err(); err != nil {
		reason := ReasonUnread
		if errors.Is(err, context.DeadlineExceeded) {
			reason = ReasonTimeOut
		}
		return &haltError{reason, err}
	}
	if time.Now().After(e.deadline) {
		return &haltError{ReasonTimeOut, nil}
	}
	return nil
}

// tick is alive for loops: it looks at the clock now and then.
func (e *extraction) tick() error {
	if e.ticks++; e.ticks%512 != 0 {
		return nil
	}
	return e.alive()
}

// trouble notes what was not read, each thing once.
func (f *file) trouble(t Trouble) {
	const most = 100
	if len(f.Troubles) < most && !slices.Contains(f.Troubles, t) {
		f.Troubles = append(f.Troubles, t)
	}
}

// keep notes the trouble that err is and lets the reading go on; it gives err
// back when the whole reading has to end.
func (f *file) keep(err error) error {
	if err == nil {
		return nil
	}
	f.trouble(Trouble{Reason: reasonOf(err), Part: f.part})
	return halted(err)
}

func (f *file) active(a Active) {
	if !slices.Contains(f.Active, a) {
		f.Active = append(f.Active, a)
	}
}

// settle derives the state of a file that will not be read further.
func (f *file) settle() {
	if f.Characters == 0 && f.Images > 0 && len(f.Troubles) == 0 {
		f.trouble(Trouble{Reason: ReasonNoText})
	}
	switch {
	case len(f.Troubles) == 0:
		f.State = Readable
	case f.Characters > 0:
		f.State = Partial
	default:
		f.State = Unreadable
	}
}

// file reads one file: the outermost, or a member, whose depth and number
// inside has seen to. It returns an error only if the whole reading has to end.
func (e *extraction) file(src io.ReaderAt, size int64, name string, member []string) error {
	f := &file{File: File{Member: member, Size: size, Format: FormatUnknown}, extraction: e}
	e.files = append(e.files, f)
	if len(member) > 0 {
		if err := f.say(Piece{Role: RoleName, Text: member[len(member)-1]}); err != nil {
			return err
		}
	}
	if size > e.limits.Input {
		f.Format = formatByName(name)
		f.trouble(Trouble{Reason: ReasonTooLarge})
		return nil
	}
	return f.keep(f.read(src, size, name))
}

// read detects the format and reads by it. A parser that panics has met a
// file that it does not understand.
func (f *file) read(src io.ReaderAt, size int64, name string) (err error) {
	held := f.held
	defer func() {
		f.held = held
		if f.loud {
			return
		}
		if x := recover(); x != nil {
			err = fault(ReasonDamaged)
		}
	}()
	if size == 0 {
		f.Format = FormatEmpty
		return nil
	}
	format, media, err := detect(src, size, name)
	f.Format, f.MediaType = format, media
	if err != nil {
		return err
	}
	if says := formatByName(name); says != FormatUnknown && !agrees(says, format) {
		f.NameSays = says
	}
	reader := readerOf(format)
	if reader == nil {
		if format == FormatImage {
			f.Images++
			return nil
		}
		if format == FormatUnknown {
			return fault(ReasonUnknown)
		}
		return fault(ReasonUnsupported)
	}
	return reader(f, src, size)
}

// say hands over a piece: it cleans the text, fills in where it stands, and
// divides what is longer than a piece. Long texts are cleaned in parts, so
// that they are not held several times over.
func (f *file) say(p Piece) error {
	const part = 4 * PieceBytes
	raw := strings.TrimSpace(p.Text)
	p.Member, p.Part = f.Member, f.part
	for first := true; raw != ""; first = false {
		var chunk string
		chunk, raw = divide(raw, part)
		text := normalise(chunk)
		if strings.TrimSpace(text) == "" {
			continue
		}
		if first {
			text = strings.TrimLeft(text, " \n\t")
		}
		if raw == "" {
			text = strings.TrimRight(text, " \n\t")
		}
		for text != "" {
			p.Text, text = divide(text, PieceBytes)
			p.More = text != "" || raw != ""
			if err := f.hand(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// hand gives one piece to the caller, within the limit of text.
func (f *file) hand(p Piece) error {
	if f.text += int64(len(p.Text)); f.text > f.limits.Text {
		return &haltError{ReasonTooLarge, nil}
	}
	if err := f.tick(); err != nil {
		return err
	}
	f.Pieces++
	switch p.Role {
	case RoleMetadata, RoleName, RoleLayout, RoleOther:
	default:
		f.Characters += int64(utf8.RuneCountInString(p.Text))
	}
	if err := f.fn(p); err != nil {
		return &haltError{ReasonUnread, err}
	}
	return nil
}
