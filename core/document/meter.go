package document

import (
	"bytes"
	"io"
)

// bombFloor is from which size on the ratio of a member counts: small files
// of one letter are no bombs.
const bombFloor = 8 << 20

// meter counts what comes out of a container or a filter.
type meter struct {
	*extraction
	r      io.Reader
	packed int64 // bytes that it is made of; 0 if not packed
	n      int64
}

// metered bounds what r gives: its size, its ratio, the sum of all, the time.
func (e *extraction) metered(r io.Reader, packed int64) io.Reader {
	return &meter{extraction: e, r: r, packed: packed}
}

func (m *meter) Read(p []byte) (int, error) {
	if err := m.tick(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	m.n += int64(n)
	m.unpacked += int64(n)
	switch {
	case m.packed > 0 && m.n > bombFloor && m.n/m.packed > m.limits.Ratio:
		return 0, fault(ReasonBomb)
	case m.n > m.limits.Member:
		return 0, fault(ReasonTooLarge)
	case m.unpacked > m.limits.Unpacked:
		return 0, &haltError{ReasonTooLarge, nil}
	}
	return n, err
}

// hold reads all of r into memory, within Limits.Held; release gives the room
// back. What was read before an error is given beside it.
func (e *extraction) hold(r io.Reader) (data []byte, release func(), err error) {
	var buf bytes.Buffer
	chunk := make([]byte, 32<<10)
	taken := int64(0)
	release = func() { e.held -= taken }
	for {
		n, err := r.Read(chunk)
		taken += int64(n)
		if e.held += int64(n); e.held > e.limits.Held {
			return nil, release, fault(ReasonTooLarge)
		}
		buf.Write(chunk[:n])
		if ended(err) {
			return buf.Bytes(), release, nil
		}
		if err != nil {
			return buf.Bytes(), release, err
		}
	}
}

// inside reads a file that stands inside this one: a member of an archive or
// an attachment. It opens r only once its turn has come, and gives an error
// only if the whole reading has to end.
func (f *file) inside(name string, size int64, open func() (io.Reader, error)) error {
	if err := f.alive(); err != nil {
		return err
	}
	member := append(append([]string{}, f.Member...), label(name))
	refuse := func(err error) error {
		if len(f.files) > f.limits.Members {
			f.trouble(Trouble{Reason: ReasonTooMany})
			return halted(err)
		}
		format := formatByName(name)
		lost := &file{File: File{Member: member, Size: size, Format: format}, extraction: f.extraction}
		f.files = append(f.files, lost)
		if herr := lost.say(Piece{Role: RoleName, Text: label(name)}); herr != nil {
			return herr
		}
		return lost.keep(err)
	}
	switch {
	case len(f.files) > f.limits.Members:
		f.trouble(Trouble{Reason: ReasonTooMany})
		return nil
	case len(member) > f.limits.Depth:
		return refuse(fault(ReasonTooDeep))
	case size > f.limits.Member || size > f.limits.Held:
		return refuse(fault(ReasonTooLarge))
	}
	r, err := open()
	if err != nil {
		return refuse(err)
	}
	data, release, err := f.hold(r)
	defer release()
	if err != nil && (len(data) == 0 || reasonOf(err) != ReasonDamaged) {
		return refuse(err)
	}
	at := len(f.files)
	herr := f.file(bytes.NewReader(data), int64(len(data)), name, member)
	if err != nil && at < len(f.files) {
		f.files[at].trouble(Trouble{Reason: reasonOf(err)}) // cut off or a wrong check sum; what there is was read
	}
	return herr
}
