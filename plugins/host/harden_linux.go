package host

import "golang.org/x/sys/unix"

// renounce lets no process that this thread starts gain privileges by what it
// runs (setuid, file capabilities). It concerns the thread alone.
func renounce() { _ = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }

// noCore keeps the memory of a plugin, which holds records, out of core files:
// a limit of one byte also stops the kernel from piping it to a collector.
func noCore(pid int) {
	_ = unix.Prlimit(pid, unix.RLIMIT_CORE, &unix.Rlimit{Cur: 1, Max: 1}, nil)
}
