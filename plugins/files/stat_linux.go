package filessource

import (
	"io/fs"
	"syscall"
	"time"
)

// identityOf gives what the file system itself knows of a file beside its size
// and the time that programs may set: which file it is, and when it last
// changed in any way. ok is false where it tells nothing.
func identityOf(info fs.FileInfo) (device, inode uint64, changed time.Time, ok bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, time.Time{}, false
	}
	return uint64(s.Dev), s.Ino, time.Unix(int64(s.Ctim.Sec), int64(s.Ctim.Nsec)), true //nolint:unconvert // the types differ by processor
}
