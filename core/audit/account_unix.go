//go:build unix && !darwin

package audit

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// getentTime bounds the question to a directory of accounts.
const getentTime = 3 * time.Second

// accountName looks the account up by its number, in /etc/passwd and then in
// whatever else the machine keeps accounts in (SSSD, LDAP). os/user would do, but for
// an account that it does not find it believes $USER.
func accountName() string {
	uid := strconv.Itoa(os.Getuid())
	if f, err := os.Open("/etc/passwd"); err == nil {
		defer f.Close() // only read
		if name := nameIn(f, uid); name != "" {
			return name
		}
	}
	var out bytes.Buffer
	cmd := exec.Command("/usr/bin/getent", "passwd", uid)
	cmd.Env, cmd.Stdout = []string{}, &out
	if err := cmd.Start(); err != nil {
		return ""
	}
	defer time.AfterFunc(getentTime, func() { _ = cmd.Process.Kill() }).Stop()
	if err := cmd.Wait(); err != nil {
		return ""
	}
	return nameIn(&out, uid)
}

// nameIn finds the name of the account uid in lines of the form of passwd(5).
func nameIn(r io.Reader, uid string) string {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if parts := strings.Split(lines.Text(), ":"); len(parts) > 3 && parts[2] == uid && !strings.HasPrefix(parts[0], "#") {
			return parts[0]
		}
	}
	return ""
}
