//go:build unix

package keyfile

import (
	"os"
	"syscall"
)

// foreign gives the owner of a file that belongs neither to this account nor
// to root.
func foreign(info os.FileInfo) (owner uint32, ok bool) {
	stat, is := info.Sys().(*syscall.Stat_t)
	if !is || stat.Uid == 0 || stat.Uid == uint32(os.Geteuid()) {
		return 0, false
	}
	return stat.Uid, true
}
