//go:build !unix || darwin

package audit

import "os/user"

// accountName asks the system, which on these platforms answers without the
// environment.
func accountName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}
