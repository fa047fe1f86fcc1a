package filessource

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/sinusta/sinusta/plugins/internal/extracted"
)

// settled is how long before its reading a file must have last changed, for
// its times to tell a later change: clocks of shares differ, and some count in
// steps of two seconds.
const settled = 5 * time.Second

// entry is what the index remembers of a file.
type entry struct {
	// Stat is what told the file apart when it was read; empty where that
	// proves nothing, so that the content is compared.
	Stat   string `json:"s,omitempty"`
	Size   int64  `json:"n"`
	Digest string `json:"d"` // SHA-256 of the content
	// Troubles are what could not be read.
	Troubles []extracted.Trouble `json:"t,omitempty"`
}

// statOf gives what tells a file apart; empty where nothing proves that the
// file did not change since.
func statOf(info fs.FileInfo, readAt time.Time) string {
	device, inode, changed, ok := identityOf(info)
	if !ok || readAt.Sub(info.ModTime()) < settled || readAt.Sub(changed) < settled {
		return ""
	}
	return stat(device, inode, changed, info)
}

func stat(device, inode uint64, changed time.Time, info fs.FileInfo) string {
	return fmt.Sprintf("%d %d %d %d %d", device, inode, info.Size(), info.ModTime().UnixNano(), changed.UnixNano())
}

// same tells whether the file is surely as it was when the entry was made.
func (e *entry) same(info fs.FileInfo) bool {
	device, inode, changed, ok := identityOf(info)
	return ok && e.Stat != "" && e.Stat == stat(device, inode, changed, info)
}

func (e *entry) encode() string {
	b, err := json.Marshal(e)
	if err != nil {
		return "" // no member can fail
	}
	return string(b)
}

func decodeEntry(s string) (*entry, error) {
	var e entry
	if err := json.Unmarshal([]byte(s), &e); err != nil {
		return nil, errors.New("an entry of the index cannot be read")
	}
	return &e, nil
}

// digestOf gives the SHA-256 of what is to be read, in hexadecimal digits.
func digestOf(r io.Reader, alive func() error) (string, error) {
	h := sha256.New()
	buf := make([]byte, 256<<10)
	for {
		if err := alive(); err != nil {
			return "", err
		}
		n, err := r.Read(buf)
		h.Write(buf[:n])
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
}
