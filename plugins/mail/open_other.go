//go:build !unix

package mailsource

import "os"

const openFlags = os.O_RDONLY
