package host

import (
	"fmt"
	"os"
	"strings"
)

// environment gives what a plugin sees of the host's environment: how to find
// programs, folders, languages, time zones and certificates, and nothing that
// may hold a secret. own are the variables of the handshake.
func environment(own []string, memory int64) []string {
	env := []string{fmt.Sprintf("GOMEMLIMIT=%d", memory)}
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch strings.ToUpper(name) {
		case "PATH", "TMPDIR", "TMP", "TEMP", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT",
			"GOCOVERDIR":
			env = append(env, kv)
		default:
			if strings.HasPrefix(name, "LC_") {
				env = append(env, kv)
			}
		}
	}
	return append(env, own...)
}
