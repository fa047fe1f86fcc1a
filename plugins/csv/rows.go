package csvsource

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// fault is what is wrong with a row.
type fault string

// The faults of rows, in words that a problem can hold.
const (
	faultQuote   fault = "a quotation mark stands inside a value, or is never closed"
	faultColumns fault = "the number of columns is not that of the header"
	faultNUL     fault = "it holds a NUL character, which no text has; the file may be in UTF-16, or damaged"
	faultLong    fault = "it is longer than limits.row"
	faultCut     fault = "it has no end of line, so it may be cut off (say `unended: true` if the exporter writes it so)"
	faultKey     fault = "its key column is empty"
)

// row is one row of a file.
type row struct {
	line  int // where it begins, from 1
	cells [][]byte
	fault fault // empty for a sound row; then cells are of no use
}

// rows parts a file into rows. It holds one row at a time. A quotation mark
// that is never closed costs the row in which it stands, not the rest of the
// file: the lines after it are read again.
type rows struct {
	in        *bufio.Reader
	delimiter byte
	quote     byte // 0 for none
	width     int  // columns; 0 until it is known
	longest   int64
	unended   bool

	line    int      // lines taken so far
	again   [][]byte // lines to be read again, with their ends
	wasted  int64    // bytes that were read again
	cells   [][]byte
	scratch []byte
}

// errWaste ends a file in which broken quotation marks had too much read
// again.
var errWaste = errors.New("too many broken quotation marks")

// mostWaste is how many bytes of a file may be read again because of broken
// quotation marks, and mostParted how often one row may be parted.
const (
	mostWaste  = 256 << 20
	mostParted = 1000
)

// next gives the next row, io.EOF after the last. The row is good until the
// next call.
func (r *rows) next() (row, error) {
	for {
		line, err := r.takeLine()
		if err != nil {
			return row{}, err
		}
		if len(trimEnd(line)) == 0 {
			continue // an empty line holds nothing
		}
		out := row{line: r.line}
		if int64(len(line)) > r.longest {
			out.fault = faultLong
			return out, nil
		}
		return r.parse(out, line)
	}
}

// parse reads a row that begins with the line, and the lines that its quoted
// values go over. A line ends such a value only where its quotation marks are
// odd in number, so only there the text is parted again.
func (r *rows) parse(out row, text []byte) (row, error) {
	var more [][]byte
	state := r.split(text)
	for parted := 1; state == splitOpen; {
		if more == nil {
			text = bytes.Clone(text) // the next line may stand in the same memory
		}
		next, err := r.takeLine()
		switch {
		case errors.Is(err, io.EOF):
			state = splitBroken
			continue
		case err != nil:
			return out, err
		}
		more = append(more, bytes.Clone(next))
		text = append(text, next...)
		if int64(len(text)) > r.longest || parted > mostParted {
			state = splitBroken
			continue
		}
		if bytes.Count(next, []byte{r.quote})%2 == 1 {
			state = r.split(text)
			parted++
		}
	}
	if state == splitBroken {
		out.fault = faultQuote
		return out, r.unread(more)
	}
	out.cells = r.cells
	out.fault = r.faultOf(text)
	return out, nil
}

func (r *rows) faultOf(text []byte) fault {
	switch {
	case bytes.IndexByte(text, 0) >= 0:
		return faultNUL
	case !r.unended && len(trimEnd(text)) == len(text):
		return faultCut
	case r.width > 0 && len(r.cells) != r.width:
		return faultColumns
	}
	return ""
}

// unread has the lines read again.
func (r *rows) unread(lines [][]byte) error {
	for _, l := range lines {
		r.wasted += int64(len(l))
	}
	r.line -= len(lines)
	r.again = append(lines, r.again...)
	if r.wasted > mostWaste {
		return errWaste
	}
	return nil
}

// takeLine gives the next line with its end. Of one that is longer than a row
// may be only as much is kept as shows that.
func (r *rows) takeLine() ([]byte, error) {
	if len(r.again) > 0 {
		line := r.again[0]
		r.again = r.again[1:]
		r.line++
		return line, nil
	}
	line, err := r.in.ReadSlice('\n')
	if err == nil {
		r.line++
		return line, nil
	}
	r.scratch = append(r.scratch[:0], line...)
	for errors.Is(err, bufio.ErrBufferFull) {
		line, err = r.in.ReadSlice('\n')
		if int64(len(r.scratch)) <= r.longest {
			r.scratch = append(r.scratch, line...)
		}
	}
	if err != nil && (!errors.Is(err, io.EOF) || len(r.scratch) == 0) {
		return nil, err
	}
	r.line++
	return r.scratch, nil
}

func trimEnd(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
}

// split is how far a text could be parted.
type split byte

const (
	splitWhole  split = iota
	splitOpen         // a quoted value goes on in the next line
	splitBroken       // no row at all
)

// split parts a text into r.cells.
func (r *rows) split(text []byte) split {
	r.cells = r.cells[:0]
	text = trimEnd(text)
	for {
		if r.quote != 0 && len(text) > 0 && text[0] == r.quote {
			cell, rest, state := r.quoted(text[1:])
			if state != splitWhole {
				return state
			}
			r.cells = append(r.cells, cell)
			if len(rest) == 0 {
				return splitWhole
			}
			text = rest[1:]
			continue
		}
		cell, rest, more := bytes.Cut(text, []byte{r.delimiter})
		if r.quote != 0 && bytes.IndexByte(cell, r.quote) >= 0 {
			return splitBroken
		}
		r.cells = append(r.cells, cell)
		if !more {
			return splitWhole
		}
		text = rest
	}
}

// quoted reads a value up to its closing mark; rest begins with the delimiter,
// or is empty at the end of the row.
func (r *rows) quoted(text []byte) (cell, rest []byte, state split) {
	doubled := false
	for at := 0; ; {
		n := bytes.IndexByte(text[at:], r.quote)
		if n < 0 {
			return nil, nil, splitOpen
		}
		at += n
		switch {
		case at+1 == len(text):
			rest = nil
		case text[at+1] == r.quote:
			doubled = true
			at += 2
			continue
		case text[at+1] == r.delimiter:
			rest = text[at+1:]
		default:
			return nil, nil, splitBroken
		}
		cell = text[:at]
		if doubled {
			cell = bytes.ReplaceAll(cell, []byte{r.quote, r.quote}, []byte{r.quote})
		}
		return cell, rest, splitWhole
	}
}
