package sdktest

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// networkSockets counts the process's sockets other than Unix ones.
func networkSockets(pid int) (n int, known bool) {
	links, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return 0, false
	}
	network := map[string]bool{}
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(b), "\n") {
			if f := strings.Fields(line); len(f) > 9 {
				network["socket:["+f[9]+"]"] = true
			}
		}
	}
	for _, l := range links {
		if to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, l.Name())); err == nil && network[to] {
			n++
		}
	}
	return n, true
}

// descriptors counts the process's open files and sockets.
func descriptors(pid int) (n int, known bool) {
	links, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return len(links), err == nil
}

// resident gives the process's memory in bytes.
func resident(pid int) (n int64, known bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, false
	}
	for _, line := range bytes.Split(b, []byte("\n")) {
		if f := bytes.Fields(line); len(f) > 1 && string(f[0]) == "VmRSS:" {
			kib, err := strconv.ParseInt(string(f[1]), 10, 64)
			return kib << 10, err == nil
		}
	}
	return 0, false
}
