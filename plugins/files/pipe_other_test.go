//go:build !unix

package filessource

import "errors"

func makePipe(string) error { return errors.ErrUnsupported }
