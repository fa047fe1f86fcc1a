package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/reports"
)

// hiddenRef is a ref as a report writes it where it tells nobody.
var hiddenRef = regexp.MustCompile(`"([a-z_]+)/~[0-9a-f]{12}"`)

// tellShownRefs makes the truth name the records in the report as the report
// does. A report does not write a ref that may tell of somebody, such as the
// path of a file with a name in it, but a digest that only whoever wrote the
// report can tell; the ref of the source then stands as source_ref.
func tellShownRefs(truth string, written app.Written) error {
	report, err := os.ReadFile(written.JSON)
	if err != nil {
		return fmt.Errorf("read the report: %w", err)
	}
	shown := map[string]bool{}
	for _, found := range hiddenRef.FindAllSubmatch(report, -1) {
		shown[string(found[0])], shown[string(found[1])] = true, true
	}
	if len(shown) == 0 {
		return nil
	}
	in, err := os.Open(truth)
	if err != nil {
		return fmt.Errorf("read the truth: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(truth+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write the truth: %w", err)
	}
	to := bufio.NewWriterSize(out, 1<<16)
	err = copyTruth(to, in, func(line []byte) ([]byte, error) { return shownRef(line, shown, written.RefKey) })
	if err = errors.Join(err, to.Flush(), out.Close()); err == nil {
		err = os.Rename(out.Name(), truth)
	}
	if err != nil {
		return fmt.Errorf("write the truth anew: %w", err)
	}
	return nil
}

// copyTruth copies lines, each changed.
func copyTruth(to io.Writer, from io.Reader, change func([]byte) ([]byte, error)) error {
	lines := bufio.NewReaderSize(from, 1<<16)
	for {
		line, end := lines.ReadBytes('\n')
		if end != nil && !errors.Is(end, io.EOF) {
			return end
		}
		if len(line) > 0 {
			changed, err := change(line)
			if err != nil {
				return err
			}
			line = changed
		}
		if _, err := to.Write(line); err != nil || end != nil {
			return err
		}
	}
}

// shownRef gives a line of the truth with the digest that the report writes
// for its ref; the line itself where the report writes none. shown are those
// digests, and the types of their records.
func shownRef(line []byte, shown map[string]bool, key []byte) ([]byte, error) {
	var where struct{ System, Type, Ref string }
	if err := json.Unmarshal(line, &where); err != nil || !shown[where.Type] {
		return line, err
	}
	hidden, err := json.Marshal(reports.HiddenRef(key, where.System, where.Type, where.Ref))
	if err != nil || !shown[string(hidden)] {
		return line, err
	}
	var record map[string]json.RawMessage
	if err := json.Unmarshal(line, &record); err != nil {
		return nil, err
	}
	record["source_ref"], record["ref"] = record["ref"], hidden
	line, err = json.Marshal(record)
	return append(line, '\n'), err
}
