package audit

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sinusta/sinusta/core/durable"
)

// Checkpoint is a signed statement: the log had this many entries, and the
// root of its tree was this. Kept elsewhere, as in a report, it proves later that
// none of these entries was changed.
type Checkpoint struct {
	Size int64  `json:"size"` // entries
	Root string `json:"root"` // SHA-256 in base64, RFC 6962
	// Note is the signed text: a C2SP tlog-checkpoint. The other members
	// are read from it; it alone counts.
	Note string `json:"note"`
	// Time is that of the entry that announced it, the last that it covers;
	// zero where the note alone is known.
	Time time.Time `json:"time,omitzero"`
}

const checkpointSuffix = ".note"

func checkpointName(size int64) string { return fmt.Sprintf("%012d%s", size, checkpointSuffix) }

// checkpointSizes gives the sizes by the names of the files, ascending.
func checkpointSizes(dir string) ([]int64, error) {
	names, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var sizes []int64
	for _, d := range names { // sorted by name
		digits, ok := strings.CutSuffix(d.Name(), checkpointSuffix)
		if size, err := strconv.ParseInt(digits, 10, 64); ok && err == nil && checkpointName(size) == d.Name() {
			sizes = append(sizes, size)
		}
	}
	return sizes, nil
}

// ParseCheckpoint reads a signed checkpoint, such as that of a report, and
// verifies its signature with a public key in the form of keys/audit.pub.
func ParseCheckpoint(text, publicKey string) (Checkpoint, error) {
	k, err := publicKeys(publicKey)
	if err != nil {
		return Checkpoint{}, err
	}
	return k.parseCheckpoint(text)
}

func (k *keys) parseCheckpoint(text string) (Checkpoint, error) {
	n, err := note.Open([]byte(text), note.VerifierList(k.verifier))
	var unknown *note.UnverifiedNoteError
	if errors.As(err, &unknown) {
		return Checkpoint{}, fmt.Errorf("audit: %w: the checkpoint is signed with another key: take the public key of the installation that made it", ErrWrongKey)
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("audit: the checkpoint or its signature is %w: take report.html, report.json or coverage.json as it was written, or the whole signed text with its line breaks", ErrInvalid)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != k.verifier.Name() || lines[3] != "" {
		return Checkpoint{}, fmt.Errorf("audit: the checkpoint is %w: it does not have the form of this log", ErrInvalid)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("audit: the size of the checkpoint is %w", ErrInvalid)
	}
	if _, err := tlog.ParseHash(lines[2]); err != nil {
		return Checkpoint{}, fmt.Errorf("audit: the root of the checkpoint is %w", ErrInvalid)
	}
	return Checkpoint{Size: size, Root: lines[2], Note: text}, nil
}

func (k *keys) sign(size int64, root tlog.Hash) (Checkpoint, error) {
	text, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", k.verifier.Name(), size, root)}, k.signer)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("audit: sign a checkpoint: %w", err)
	}
	return Checkpoint{Size: size, Root: base64.StdEncoding.EncodeToString(root[:]), Note: string(text)}, nil
}

// Checkpoint signs the log as it is, and gives the newest checkpoint if
// nothing was added since. An entry announces it. Before it signs, it proves to itself that the
// log still holds what the checkpoint before it did; if not, the error is ErrDamaged.
func (l *Log) Checkpoint(ctx context.Context) (Checkpoint, error) {
	if err := ctx.Err(); err != nil {
		return Checkpoint{}, explain("sign a checkpoint", err)
	}
	if err := l.Flush(ctx); err != nil {
		return Checkpoint{}, err
	}
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	unlock, err := lockLog(l.home)
	if err != nil {
		return Checkpoint{}, err
	}
	defer unlock()
	f, err := l.openFiles()
	if err != nil {
		return Checkpoint{}, err
	}
	defer f.close()
	end, err := l.findEnd(f)
	if err != nil {
		return Checkpoint{}, err
	}
	if err := l.repair(f, &end); err != nil {
		return Checkpoint{}, err
	}
	if err := l.coveredBy(end.n); err != nil {
		return Checkpoint{}, err
	}
	if end.n > 0 && announces(end.last) {
		c, err := l.readCheckpoint(end.n)
		return dated(c, end.last), err
	}
	announce := Entry{Verb: CheckpointSigned, Role: RoleSystem, Purpose: PurposeOversight}
	if err := l.writeEntries(f, &end, []*Entry{&announce}); err != nil {
		return Checkpoint{}, err
	}
	l.mu.Lock()
	l.appended = false
	l.mu.Unlock()
	c, err := l.signEnd(f, &end)
	return dated(c, end.last), err
}

// dated gives c with the time of the line that announced it.
func dated(c Checkpoint, line []byte) Checkpoint {
	if e, err := decode(line); err == nil {
		c.Time = e.Time
	}
	return c
}

// finishCheckpoint signs the checkpoint that the last entry announced, if a
// crash came between.
func (l *Log) finishCheckpoint(f *files, end *logEnd) error {
	_, err := os.Stat(filepath.Join(checkpointsPath(l.home), checkpointName(end.n)))
	if !errors.Is(err, os.ErrNotExist) {
		return explain("read audit/checkpoints", err)
	}
	_, err = l.signEnd(f, end)
	return err
}

func (l *Log) signEnd(f *files, end *logEnd) (Checkpoint, error) {
	if end.hashed < end.n {
		return Checkpoint{}, fmt.Errorf("audit: sign a checkpoint: audit/hashes cannot be written: look at the disk and run it again")
	}
	if err := f.hashes.Sync(); err != nil {
		return Checkpoint{}, explain("write audit/hashes", err)
	}
	hashes := hashFile{f.hashes}
	root, err := tlog.TreeHash(end.n, hashes)
	if err != nil {
		return Checkpoint{}, explain("read audit/hashes", err)
	}
	if err := l.growsFromLast(hashes, end.n, root); err != nil {
		return Checkpoint{}, err
	}
	c, err := l.keys.sign(end.n, root)
	if err != nil {
		return Checkpoint{}, err
	}
	if err := durable.Replace(filepath.Join(checkpointsPath(l.home), checkpointName(end.n)), []byte(c.Note)); err != nil {
		return Checkpoint{}, explain("write the checkpoint", err)
	}
	// Where keys/ may not be written, the copy is not renewed: it then proves less.
	if err := durable.Replace(anchorPath(l.home), []byte(c.Note)); err != nil && !errors.Is(err, os.ErrPermission) && !errors.Is(err, syscall.EROFS) {
		return Checkpoint{}, explain("write keys/audit.checkpoint", err)
	}
	return c, nil
}

// growsFromLast proves that the tree of n entries begins with that of the
// newest checkpoint.
func (l *Log) growsFromLast(hashes hashFile, n int64, root tlog.Hash) error {
	sizes, err := checkpointSizes(checkpointsPath(l.home))
	if err != nil {
		return explain("read audit/checkpoints", err)
	}
	if len(sizes) == 0 {
		return nil
	}
	last, err := l.readCheckpoint(sizes[len(sizes)-1])
	if err != nil {
		return err
	}
	old, err := tlog.ParseHash(last.Root)
	if err != nil {
		return damaged("the newest checkpoint has no root")
	}
	proof, err := tlog.ProveTree(n, last.Size, hashes)
	if err == nil {
		err = tlog.CheckTree(proof, n, root, last.Size, old)
	}
	if err != nil {
		return damaged("the %d entries of the newest checkpoint are not those of audit/hashes", last.Size)
	}
	return nil
}

func (l *Log) readCheckpoint(size int64) (Checkpoint, error) {
	text, err := readSmall(filepath.Join(checkpointsPath(l.home), checkpointName(size)))
	if err != nil {
		return Checkpoint{}, explain("read the checkpoint", err)
	}
	c, err := l.keys.parseCheckpoint(text)
	if errors.Is(err, ErrWrongKey) {
		return Checkpoint{}, err
	}
	if err != nil || c.Size != size {
		return Checkpoint{}, damaged("audit/checkpoints/%s is not the checkpoint that was signed", checkpointName(size))
	}
	return c, nil
}
