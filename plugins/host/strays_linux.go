package host

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// socketFolderKey is what a process that a plugin has started inherits from it,
// whatever group, session and parent it has made for itself.
const socketFolderKey = "PLUGIN_UNIX_SOCKET_DIR"

// strayRounds bounds the search for processes that start others meanwhile.
const strayRounds = 5

// killStrays ends the processes of this account that plugins have started in
// sessions of their own: those whose environment names folder, or one in it.
// A program that also clears its environment is not found.
func killStrays(folder string) {
	if !filepath.IsAbs(folder) {
		return
	}
	for range strayRounds {
		entries, err := os.ReadDir("/proc")
		if err != nil {
			return
		}
		killed := false
		for _, e := range entries {
			if pid, err := strconv.Atoi(e.Name()); err == nil && pid != os.Getpid() {
				killed = killStray(pid, folder) || killed
			}
		}
		if !killed {
			return
		}
	}
}

// killStray tells whether it ended the process. The descriptor of the process
// keeps its number from meaning another one in between.
func killStray(pid int, folder string) bool {
	environ, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil || !startedIn(environ, folder) {
		return false
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return false
	}
	defer func() { _ = unix.Close(fd) }()
	environ, err = os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil || !startedIn(environ, folder) {
		return false
	}
	return unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0) == nil
}

// startedIn tells whether an environment names the folder.
func startedIn(environ []byte, folder string) bool {
	for kv := range bytes.SplitSeq(environ, []byte{0}) {
		at, ok := bytes.CutPrefix(kv, []byte(socketFolderKey+"="))
		if !ok {
			continue
		}
		rest, ok := bytes.CutPrefix(at, []byte(folder))
		if ok && (len(rest) == 0 || rest[0] == filepath.Separator) {
			return true
		}
	}
	return false
}
