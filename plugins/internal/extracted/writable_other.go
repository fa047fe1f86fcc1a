//go:build !linux

package extracted

// Writable tells whether the account may write to a place, and whether that can
// be told here: it cannot.
func Writable(string) (may, told bool) { return false, false }
