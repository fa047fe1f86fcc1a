package audit

import (
	"io"
	"os"
	"path/filepath"
)

func entriesPath(home string) string     { return filepath.Join(home, "audit", "entries.jsonl") }
func hashesPath(home string) string      { return filepath.Join(home, "audit", "hashes") }
func checkpointsPath(home string) string { return filepath.Join(home, "audit", "checkpoints") }

// anchorPath is a copy of the newest checkpoint outside audit/, so that cutting
// off the log together with its checkpoints is seen.
func anchorPath(home string) string { return filepath.Join(home, "keys", "audit.checkpoint") }

func logLockPath(home string) string { return filepath.Join(home, "audit", "lock") }

// readSmall reads a key or a note: a file that is never large.
func readSmall(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() // only read
	data, err := io.ReadAll(io.LimitReader(f, 1<<16))
	return string(data), err
}
