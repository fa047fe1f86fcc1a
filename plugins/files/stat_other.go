//go:build !linux

package filessource

import (
	"io/fs"
	"time"
)

// identityOf tells nothing here: a file is compared by its content.
func identityOf(fs.FileInfo) (device, inode uint64, changed time.Time, ok bool) {
	return 0, 0, time.Time{}, false
}
