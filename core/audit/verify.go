package audit

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// Verify examines the whole log of the installation in home, and tells what
// was changed, removed, moved or inserted. It compares every entry with its MAC, with the stored
// tree and with every checkpoint; since all checkpoints are compared with one row of entries, any
// two that agree with it are consistent. from is a checkpoint that was kept elsewhere, such
// as that of a report, or nil.
//
// It needs keys/audit.key, or at least keys/audit.pub; then Result.Keyed is
// false. An error means that it could not examine the log; what it found wrong is in the Result.
func Verify(home string, from *Checkpoint) (Result, error) {
	k, err := loadKeys(home)
	if errors.Is(err, ErrNoKey) {
		public, publicErr := loadPublic(home)
		if publicErr != nil {
			return Result{}, err
		}
		k, err = public, nil
	}
	if err != nil {
		return Result{}, err
	}
	ev, closeAll, err := folderEvidence(home, k)
	if err != nil {
		return Result{}, err
	}
	defer closeAll()
	return ev.verify(from)
}

// mark is a checkpoint that the tree has to agree with.
type mark struct {
	size int64
	root string
}

// examination is one run over the evidence.
type examination struct {
	ev     *evidence
	res    Result
	tree   tree
	stored *storedHashes
	marks  []mark // by size
	// files are the sizes of the sound checkpoint files, names those of all.
	files, names map[int64]bool
	trusted      int64 // without the key: entries whose stored hashes a checkpoint proves
	expected     int64 // entries that the log must have
	agreed       int64 // size of the last checkpoint that agreed
	announced    []int64
	begun        map[int64]bool
	blind        bool // an entry and its hash are both gone: no root from here on
	firstKey     string
	hashes       []tlog.Hash
}

func (ev *evidence) verify(from *Checkpoint) (Result, error) {
	x := &examination{ev: ev, stored: ev.storedHashes(), begun: map[int64]bool{},
		files: map[int64]bool{}, names: map[int64]bool{}}
	x.res.Keyed = ev.keys.macs != nil
	if err := x.readCheckpoints(from); err != nil {
		return Result{}, err
	}
	x.expected = x.stored.entries
	if len(x.marks) > 0 {
		x.expected = max(x.expected, x.marks[len(x.marks)-1].size)
	}
	if !x.res.Keyed {
		if err := x.trustHashes(); err != nil {
			return Result{}, err
		}
	}
	if err := x.readEntries(); err != nil {
		return Result{}, err
	}
	if ev.keys.id != "" && x.firstKey != "" && x.firstKey != ev.keys.id && len(x.files) == 0 {
		return Result{}, fmt.Errorf("audit: %w: its entries were made under key %s, and keys/audit.key is key %s: restore the key that belongs to it",
			ErrWrongKey, safeID(x.firstKey), ev.keys.id)
	}
	x.finish()
	return x.res, nil
}

func (x *examination) readCheckpoints(from *Checkpoint) error {
	if from != nil {
		c, err := x.ev.keys.parseCheckpoint(from.Note)
		if err != nil {
			return err
		}
		x.marks = append(x.marks, mark{c.Size, c.Root})
	}
	for _, f := range x.ev.checkpoints {
		x.names[f.size] = true
		c, err := x.ev.keys.parseCheckpoint(f.text)
		if err != nil || c.Size != f.size {
			x.res.add(Fault{Kind: CheckpointChanged, Index: f.size, Size: f.size})
			continue
		}
		x.files[f.size] = true
		x.marks = append(x.marks, mark{c.Size, c.Root})
	}
	if x.ev.anchor != "" {
		c, err := x.ev.keys.parseCheckpoint(x.ev.anchor)
		if err != nil {
			x.res.add(Fault{Kind: AnchorChanged})
		} else if m := (mark{c.Size, c.Root}); !slices.Contains(x.marks, m) {
			x.marks = append(x.marks, m)
		}
	}
	slices.SortStableFunc(x.marks, func(a, b mark) int { return cmp.Compare(a.size, b.size) })
	return nil
}

// trustHashes finds the last checkpoint that proves the stored hashes of all
// entries before it. They stand in for the MACs then.
func (x *examination) trustHashes() error {
	proves := map[int64]string{}
	for _, m := range x.marks {
		proves[m.size] = m.root
	}
	stored := x.ev.storedHashes()
	var t tree
	var hashes []tlog.Hash
	for t.n < stored.entries {
		group, err := stored.next(1 + bits.TrailingZeros64(uint64(t.n+1)))
		if err != nil {
			return err
		}
		hashes = t.push(group[0], hashes)
		if root, ok := proves[t.n]; ok && root == t.root().String() {
			x.trusted = t.n
		}
	}
	return nil
}

// identify gives the entry that a line proves to be, if any. at is the
// position of the line.
func (x *examination) identify(line []byte, leaf tlog.Hash, at int64) int64 {
	if x.res.Keyed {
		if n, ok := x.ev.keys.check(line); ok {
			return n
		}
		return badLine
	}
	n, _, ok := header(line)
	if !ok || n >= max(x.expected, at+1) {
		return badLine
	}
	if n < x.trusted {
		stored, err := (hashFile{x.ev.hashes}).ReadHashes([]int64{tlog.StoredHashIndex(0, n)})
		if err != nil || stored[0] != leaf {
			return badLine
		}
	}
	return n
}

// disorder is what follows the first line that is not in its place.
type disorder struct {
	ids      []int64
	leaves   []tlog.Hash
	torn     int // lines at the end that a crash may have left
	openLine int // the last line, if it lacks its newline, else badLine
}

func (x *examination) readEntries() error {
	lines := newLineReader(x.ev.entries)
	rest := disorder{openLine: badLine}
	for at := int64(0); ; at++ {
		line, whole, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return explain("read the log", err)
		}
		if at == 0 {
			_, x.firstKey, _ = header(line)
		}
		leaf := tlog.RecordHash(line)
		id := x.identify(line, leaf, at)
		if id != badLine {
			x.note(line, id)
			rest.torn = 0
		} else if tornLine(line, whole) {
			rest.torn++
		} else {
			rest.torn = 0
		}
		if len(rest.ids) == 0 && id == x.tree.n && !x.blind {
			if err := x.push(leaf, true); err != nil {
				return err
			}
			if !whole && id < x.stored.entries {
				x.res.add(Fault{Kind: EntryChanged, Index: id, Line: at + 1})
			} else if !whole {
				x.res.Unfinished = append(x.res.Unfinished, Fault{Kind: TornLine, Index: id, Last: id, Line: at + 1})
			}
			continue
		}
		rest.ids = append(rest.ids, id)
		rest.leaves = append(rest.leaves, leaf)
	}
	return x.settle(rest)
}

// note remembers what an entry announces and begins, by its claims.
func (x *examination) note(line []byte, id int64) {
	if announces(line) {
		x.announced = append(x.announced, id+1)
	}
	if begins(line) {
		x.begun[id] = true
	}
	if n, ok := ends(line); ok {
		delete(x.begun, n)
	}
}

// settle explains the lines that are not in order, and goes on with the tree
// over what the entries were, as far as that is known.
func (x *examination) settle(rest disorder) error {
	first := x.tree.n
	if x.expected <= first+int64(len(rest.ids)-rest.torn) && rest.torn > 0 {
		whole := len(rest.ids) - rest.torn
		x.res.Unfinished = append(x.res.Unfinished, Fault{Kind: TornLine, Index: first + int64(whole),
			Last: first + int64(whole), Line: first + int64(whole) + 1})
		rest.ids, rest.leaves = rest.ids[:whole], rest.leaves[:whole]
	}
	a := align(rest.ids, first, max(first, x.expected))
	for _, f := range a.fault {
		f.Line += first + 1
		if f.Kind == EntryRemoved || f.Kind == LogTruncated {
			f.Line = 0
		}
		x.res.add(f)
	}
	for _, at := range a.line {
		var leaf tlog.Hash
		if at != badLine {
			leaf = rest.leaves[at]
		}
		if err := x.push(leaf, at != badLine); err != nil {
			return err
		}
	}
	return nil
}

// push adds an entry to the tree and compares the tree with what is stored
// and signed. An entry that is not known is taken from its stored hash.
func (x *examination) push(leaf tlog.Hash, known bool) error {
	n := x.tree.n
	var stored []tlog.Hash
	if n < x.stored.entries {
		var err error
		if stored, err = x.stored.next(1 + bits.TrailingZeros64(uint64(n+1))); err != nil {
			return err
		}
	}
	if !known {
		if stored == nil {
			x.blind = true
		} else {
			leaf = stored[0]
		}
	}
	x.hashes = x.tree.push(leaf, x.hashes)
	if x.blind {
		return nil
	}
	for level, h := range stored {
		if h != x.hashes[level] {
			x.res.add(Fault{Kind: HashChanged, Index: n + 1 - 1<<level, Last: n})
		}
	}
	for len(x.marks) > 0 && x.marks[0].size <= x.tree.n {
		m := x.marks[0]
		x.marks = x.marks[1:]
		if m.size == x.tree.n && m.root == x.tree.root().String() {
			x.res.Checkpoints++
			x.agreed, x.res.Covered = m.size, m.size
			continue
		}
		x.res.add(Fault{Kind: CheckpointConflict, Index: min(x.agreed, max(0, m.size-1)), Last: max(0, m.size-1), Size: m.size})
	}
	return nil
}

func (x *examination) finish() {
	n := x.tree.n
	x.res.Entries = n
	if !x.blind {
		x.res.Root = x.tree.root().String()
	}
	lastSigned := int64(0)
	for size := range x.names {
		lastSigned = max(lastSigned, size)
	}
	if x.stored.entries < n {
		f := Fault{Kind: HashesMissing, Index: x.stored.entries, Last: n - 1}
		// A checkpoint is signed only when its hashes are on the disk.
		if x.stored.entries < lastSigned {
			x.res.add(f)
		} else {
			x.res.Unfinished = append(x.res.Unfinished, f)
		}
	}
	for _, size := range x.announced {
		switch f := (Fault{Kind: CheckpointRemoved, Index: size, Last: size, Size: size}); {
		case x.names[size]:
		case size == n: // announced last: perhaps not yet signed
			x.res.Unfinished = append(x.res.Unfinished, f)
		default:
			x.res.add(f)
		}
	}
	for _, index := range slices.Sorted(maps.Keys(x.begun)) {
		if len(x.res.Open) == maxListed {
			x.res.OpenMore++
			continue
		}
		x.res.Open = append(x.res.Open, index)
	}
}
