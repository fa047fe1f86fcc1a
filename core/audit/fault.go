package audit

import (
	"fmt"
	"strings"
)

// FaultKind is what is wrong with a log.
type FaultKind string

// The kinds of faults.
const (
	EntryChanged       FaultKind = "entry-changed"       // the line is not the one that was written
	EntryRemoved       FaultKind = "entry-removed"       // the line is gone
	EntryMoved         FaultKind = "entry-moved"         // the line stands in another place
	EntryInserted      FaultKind = "entry-inserted"      // a line that was not written there; Index is the entry after it
	LogTruncated       FaultKind = "log-truncated"       // the last entries are gone
	HashChanged        FaultKind = "hash-changed"        // a stored hash of these entries is not theirs
	HashesMissing      FaultKind = "hashes-missing"      // these entries have no hashes
	CheckpointChanged  FaultKind = "checkpoint-changed"  // the file is not a checkpoint that was signed; Index is its size
	CheckpointRemoved  FaultKind = "checkpoint-removed"  // an entry announced it and it is gone; Index is its size
	CheckpointConflict FaultKind = "checkpoint-conflict" // it signs another log: one of these entries was rewritten together with its hashes
	AnchorChanged      FaultKind = "anchor-changed"      // keys/audit.checkpoint is not a checkpoint that was signed
	TornLine           FaultKind = "torn-line"           // a line that a crash left; Index is the entry that it would have been
)

// Fault is one thing that is wrong, with its place.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Index and Last are the first and last entry concerned.
	Index int64 `json:"index"`
	Last  int64 `json:"last"`
	// Line is the line of audit/entries.jsonl, from 1, if there is one.
	Line int64 `json:"line,omitempty"`
	// Size is that of the checkpoint concerned.
	Size int64 `json:"size,omitempty"`
}

// String tells the fault in a sentence without a full stop.
func (f Fault) String() string {
	entries, were := fmt.Sprintf("entry %d", f.Index), "was"
	if f.Last > f.Index {
		entries, were = fmt.Sprintf("entries %d to %d", f.Index, f.Last), "were"
	}
	at := ""
	if f.Line > 0 {
		at = fmt.Sprintf(" (line %d of audit/entries.jsonl)", f.Line)
	}
	switch f.Kind {
	case EntryChanged:
		return entries + " " + were + " changed" + at
	case EntryRemoved:
		return entries + " " + were + " removed"
	case EntryMoved:
		return entries + " " + were + " moved" + at
	case EntryInserted:
		return fmt.Sprintf("a line was inserted before entry %d%s", f.Index, at)
	case LogTruncated:
		return "the log was cut off: " + entries + " " + were + " removed from its end"
	case HashChanged:
		return "audit/hashes: a hash of " + entries + " was changed"
	case HashesMissing:
		return "audit/hashes: the hashes of " + entries + " are missing"
	case CheckpointChanged:
		return fmt.Sprintf("the checkpoint of %d entries is not what was signed", f.Size)
	case CheckpointRemoved:
		return fmt.Sprintf("the checkpoint of %d entries was removed", f.Size)
	case CheckpointConflict:
		return fmt.Sprintf("the checkpoint of %d entries was signed over another log: among %s something was rewritten", f.Size, entries)
	case AnchorChanged:
		return "keys/audit.checkpoint is not what was signed"
	case TornLine:
		return fmt.Sprintf("a line that a crash left unfinished follows the last entry; it would have been entry %d%s", f.Index, at)
	default:
		return strings.TrimSpace(string(f.Kind) + " " + entries)
	}
}

// Result is what Verify found.
type Result struct {
	// Entries is the number of entries that the log has, or had when it was whole.
	Entries int64 `json:"entries"`
	// Root is the root of the tree over them, empty if it cannot be told.
	Root string `json:"root,omitempty"`
	// Checkpoints is the number of checkpoints that the entries agree with;
	// any two of them are thereby consistent. Covered is the size of the last.
	Checkpoints int   `json:"checkpoints"`
	Covered     int64 `json:"covered"`
	// Keyed tells whether the MACs of the entries were checked too. Without
	// the key, entries behind the last checkpoint are believed.
	Keyed bool `json:"keyed"`
	// Faults are what no crash can have done; MoreFaults are those beyond the first thousand.
	Faults     []Fault `json:"faults,omitempty"`
	MoreFaults int     `json:"more_faults,omitempty"`
	// Unfinished is what a crash leaves and the next append repairs: no fault.
	Unfinished []Fault `json:"unfinished,omitempty"`
	// Open are the indexes of effects that began and have no end: under way,
	// or stopped by a crash. OpenMore are those beyond the first thousand.
	Open     []int64 `json:"open,omitempty"`
	OpenMore int     `json:"open_more,omitempty"`
}

const maxListed = 1000

// OK tells whether nothing was changed.
func (r Result) OK() bool { return len(r.Faults) == 0 }

// Err gives nil, or ErrDamaged with the first fault and their number.
func (r Result) Err() error {
	if r.OK() {
		return nil
	}
	return fmt.Errorf("audit: %w: %s (faults in all: %d): keep audit/ as evidence, and restore it from its backup",
		ErrDamaged, r.Faults[0], len(r.Faults)+r.MoreFaults)
}

// add notes a fault, and lets one that follows the one before grow it.
func (r *Result) add(f Fault) {
	f.Last = max(f.Last, f.Index)
	if n := len(r.Faults); n > 0 {
		last := &r.Faults[n-1]
		if last.Kind == f.Kind && f.Line == 0 && last.Line == 0 && last.Size == f.Size && f.Kind != EntryInserted &&
			f.Index >= last.Index && f.Index <= last.Last+1 {
			last.Last = max(last.Last, f.Last)
			return
		}
	}
	if len(r.Faults) == maxListed {
		r.MoreFaults++
		return
	}
	r.Faults = append(r.Faults, f)
}
