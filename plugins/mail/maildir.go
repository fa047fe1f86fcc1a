package mailsource

import (
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"
)

// message is one message as its mailbox lists it.
type message struct {
	box *mailbox
	// folder is the folder as people see it, empty for the inbox.
	folder string
	// key finds the message again in its mailbox.
	key string
	// path is the file, and from and size what of it is the message; a size
	// of -1 is all of it.
	path       string
	from, size int64
	// held is the message of a server; nil for one in a file.
	held []byte
}

// missed counts what could not be listed.
type missed struct {
	folders int // that the account may not read
	links   int // that are not followed
	special int
}

// listMaildir gives the messages of a Maildir and its subfolders (Maildir++:
// folders .A.B beside cur and new; also folders in folders). What is in tmp was
// not delivered yet.
func (i *instance) listMaildir(box *mailbox, miss *missed) ([]message, error) {
	var out []message
	if err := i.maildirFolder(box, box.Maildir, "", 0, miss, &out); err != nil {
		return nil, err
	}
	return out, nil
}

const deepest = 50

func (i *instance) maildirFolder(box *mailbox, dir, folder string, depth int, miss *missed, out *[]message) error {
	entries, err := os.ReadDir(dir)
	switch {
	case err != nil && depth == 0:
		return err
	case err != nil || depth > deepest:
		miss.folders++
		return nil //nolint:nilerr // it is counted and told
	}
	for _, e := range entries {
		name := e.Name()
		path := filepath.Join(dir, name)
		switch {
		case e.Type()&fs.ModeSymlink != 0:
			miss.links++
		case !e.IsDir():
			continue // files of the server: subscriptions, indexes
		case name == "tmp":
		case name == "cur" || name == "new":
			if i.rules.leavesOut(folder) {
				continue
			}
			if err := maildirMessages(box, path, folder, miss, out); err != nil {
				miss.folders++
			}
		default:
			below := strings.ReplaceAll(fromUTF7(strings.TrimPrefix(name, ".")), ".", "/")
			if folder != "" {
				below = folder + "/" + below
			}
			if err := i.maildirFolder(box, path, below, depth+1, miss, out); err != nil {
				return err
			}
		}
	}
	return nil
}

func maildirMessages(box *mailbox, dir, folder string, miss *missed, out *[]message) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch {
		case e.IsDir(), strings.HasPrefix(e.Name(), "."):
		case e.Type()&fs.ModeSymlink != 0:
			miss.links++
		case !e.Type().IsRegular():
			miss.special++
		default:
			*out = append(*out, message{box: box, folder: folder, key: folder + "/" + unique(e.Name()), path: filepath.Join(dir, e.Name()), size: -1})
		}
	}
	return nil
}

// unique gives the name of a message without its flags, which change.
func unique(name string) string {
	name, _, _ = strings.Cut(name, ":")
	name, _, _ = strings.Cut(name, ";2,")
	return name
}

// fromUTF7 reads the names of folders as IMAP writes them (RFC 3501 5.1.3); one
// that breaks the rules stays as it is.
func fromUTF7(s string) string {
	var b strings.Builder
	for rest := s; rest != ""; {
		before, after, coded := strings.Cut(rest, "&")
		b.WriteString(before)
		if !coded {
			break
		}
		code, next, ok := strings.Cut(after, "-")
		if !ok {
			return s
		}
		rest = next
		if code == "" {
			b.WriteByte('&')
			continue
		}
		raw, err := base64.RawStdEncoding.DecodeString(strings.ReplaceAll(code, ",", "/"))
		if err != nil || len(raw)%2 != 0 {
			return s
		}
		units := make([]uint16, len(raw)/2)
		for n := range units {
			units[n] = uint16(raw[2*n])<<8 | uint16(raw[2*n+1])
		}
		b.WriteString(string(utf16.Decode(units)))
	}
	return b.String()
}
