package main

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/core/access"
)

// scanRow is a scanned file in the list.
type scanRow struct {
	Number int    `json:"number"`
	Type   string `json:"type"`
	Bytes  int    `json:"bytes"`
	Name   string `json:"name"`
	Record string `json:"record"`
}

func (sh *shell) requestFiles() *cobra.Command {
	var out string
	c := &cobra.Command{Use: "files REQUEST SYSTEM [NUMBER]", Short: "See the scanned files that people handed in",
		Long: `Lists the scanned files of an answer that was handed in with request answer: what
each is, its size and the record to which it belongs. The type is told by the
content, never by the name. With NUMBER one file is written to the path of --out;
- is standard output. The file is kept sealed, and the copy is not: delete it
when you have looked. The audit log says who looked, before anything is shown.`,
		Example: "  sinusta request files r-4f7k2m V1.5\n  sinusta request files r-4f7k2m V1.5 2 --out letter.pdf", Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) < 2 || len(args) > 3 {
				return usagef("request files takes the id of a request, the id of a system, and the number of a file to write")
			}
			if (len(args) == 3) != (out != "") {
				return usagef("to write a file, give its number and --out with the path")
			}
			return sh.withFile(c.Context(), args[0], func(f opened) error {
				system, ok := f.app.Catalogue.System(args[1])
				if !ok {
					return usagef("the catalogue has no system %q; `sinusta catalogue show` lists them", args[1])
				}
				if len(args) == 3 {
					return sh.writeScan(c, f, system.ID, args[2], out)
				}
				list, err := f.app.Scans(c.Context(), f.file, system.ID)
				if err != nil {
					return err
				}
				return sh.listScans(list)
			})
		}}
	c.Flags().StringVar(&out, "out", "", "path of the copy, which must not be there yet; - for standard output")
	return c
}

func (sh *shell) listScans(list []access.HeldScan) error {
	rows := make([]scanRow, len(list))
	for i, s := range list {
		rows[i] = scanRow{i + 1, typeOf(s.Head), s.Size, s.Name, s.Record}
	}
	if sh.json {
		return sh.printJSON(rows)
	}
	if len(rows) == 0 {
		fmt.Fprintln(sh.err, "No scanned file was handed in for this system.")
		return nil
	}
	var table [][]string
	for _, r := range rows {
		table = append(table, []string{strconv.Itoa(r.Number), r.Type, strconv.Itoa(r.Bytes), strconv.Quote(r.Name), r.Record})
	}
	return sh.table("NUMBER\tTYPE\tBYTES\tNAME\tRECORD", table)
}

// typeOf tells what a file is by how it begins.
func typeOf(head []byte) string {
	name, _, err := mime.ParseMediaType(http.DetectContentType(head))
	if err != nil {
		return "application/octet-stream"
	}
	return name
}

// writeScan writes one file to a path that is not there yet, for its owner
// alone.
func (sh *shell) writeScan(c *cobra.Command, f opened, system, number, path string) (err error) {
	list, err := access.Scans(c.Context(), f.file, system)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(list) {
		return usagef("the answer has no file %s; `sinusta request files %s %s` lists them", strings.ToValidUTF8(number, "?"), f.file.ID(), system)
	}
	if path == "-" {
		return f.app.WriteScan(c.Context(), f.file, system, list[n-1], sh.out)
	}
	copied, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return usagef("%s is there already; name a path that is not", path)
	}
	if err != nil {
		return fmt.Errorf("make the copy: %w", err)
	}
	if err := errors.Join(f.app.WriteScan(c.Context(), f.file, system, list[n-1], io.Writer(copied)), copied.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	fmt.Fprintf(sh.err, "%s is not sealed: delete it when you have looked.\n", path)
	return nil
}
