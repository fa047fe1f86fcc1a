//go:build !unix

package filessource

import "os"

const openFlags = os.O_RDONLY
