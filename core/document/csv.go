package document

import (
	"io"
	"strings"
)

// readCSV reads a table of text: a piece for each record, its fields with tabs
// between them. A quotation mark that nobody closes is told, and its line is
// a record then: it must not swallow the rest of the file.
func (f *file) readCSV(src io.ReaderAt, size int64) error {
	l, err := f.lines(src, size)
	if err != nil {
		return err
	}
	c := &csvReader{file: f, lines: l}
	for {
		line, same, err := l.next()
		if err != nil {
			if rerr := c.broken(); rerr != nil {
				return rerr
			}
			if ended(err) {
				return nil
			}
			return err
		}
		if c.separator == 0 {
			c.separator = separatorOf(line)
		}
		if err := c.line(line, same); err != nil {
			return err
		}
	}
}

// csvReader gathers the lines of a record whose quoted field holds line ends.
type csvReader struct {
	*file
	lines     *lines
	separator byte
	pending   []string
	size      int
	row       int
}

func separatorOf(line string) byte {
	best, most := byte(';'), 0
	for _, sep := range []byte{';', '\t', ',', '|'} {
		if n := strings.Count(line, string(sep)); n > most {
			best, most = sep, n
		}
	}
	return best
}

func (c *csvReader) line(line string, same bool) error {
	if c.cells++; c.cells > c.limits.Cells {
		return fault(ReasonTooMany)
	}
	c.pending = append(c.pending, line)
	c.size += len(line)
	if same {
		return c.broken() // no table has such lines
	}
	text := strings.Join(c.pending, "\n")
	fields, open := splitRecord(text, c.separator)
	if !open {
		c.pending, c.size = nil, 0
		return c.record(fields)
	}
	const mostLines, mostBytes = 200, 256 << 10
	if len(c.pending) > mostLines || c.size > mostBytes {
		return c.broken()
	}
	return nil
}

// broken hands the pending lines over as records of their own.
func (c *csvReader) broken() error {
	if len(c.pending) == 0 {
		return nil
	}
	pending := c.pending
	c.pending, c.size = nil, 0
	c.trouble(Trouble{Reason: ReasonDamaged, Place: Place{Unit: UnitRow, Number: c.row + 1}})
	for _, line := range pending {
		fields, _ := splitRecord(line, c.separator)
		if err := c.record(fields); err != nil {
			return err
		}
	}
	return nil
}

func (c *csvReader) record(fields []string) error {
	c.row++
	return c.say(Piece{Role: RoleBody, Place: Place{Unit: UnitRow, Number: c.row}, Text: strings.Join(fields, "\t")})
}

// splitRecord divides a record into its fields; open tells that it ends
// within quotation marks.
func splitRecord(s string, sep byte) (fields []string, open bool) {
	var b strings.Builder
	start := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '"' && open && i+1 < len(s) && s[i+1] == '"':
			b.WriteByte('"')
			i++
		case c == '"' && open:
			open = false
		case c == '"' && start:
			open, start = true, false
		case c == sep && !open:
			fields = append(fields, b.String())
			b.Reset()
			start = true
		default:
			start = false
			b.WriteByte(c)
		}
	}
	return append(fields, b.String()), open
}
