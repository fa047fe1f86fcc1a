package host

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	"golang.org/x/sys/unix"
)

// runsOpened tells that an open file can be run, whatever its path leads to.
const runsOpened = true

// seal copies f into memory that nobody can write to any more. An error is
// errors.ErrUnsupported where memory cannot be had or may not be run.
func seal(f *os.File) (*os.File, error) {
	fd, err := unix.MemfdCreate("sinusta-plugin", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_EXEC)
	if errors.Is(err, unix.EINVAL) { // before Linux 6.3, where all memory may be run
		fd, err = unix.MemfdCreate("sinusta-plugin", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		return nil, errors.ErrUnsupported
	}
	m := os.NewFile(uintptr(fd), "plugin")
	defer m.Close()
	n, err := io.Copy(m, io.LimitReader(f, maxProgram+1))
	if err != nil {
		return nil, fmt.Errorf("copy it into memory: %w", err)
	}
	if n > maxProgram {
		return nil, fmt.Errorf("it is larger than %d bytes", maxProgram)
	}
	seals := unix.F_SEAL_WRITE | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(m.Fd(), unix.F_ADD_SEALS, seals); err != nil {
		return nil, errors.ErrUnsupported
	}
	path := "/proc/self/fd/" + strconv.Itoa(fd)
	if unix.Access(path, unix.X_OK) != nil { // a policy of the machine
		return nil, errors.ErrUnsupported
	}
	// Plugins inherit this one, which cannot even ask to write.
	r, err := os.Open(path)
	if err != nil {
		return nil, errors.ErrUnsupported
	}
	return r, nil
}

// runOpened gives a command that runs the open file. The process inherits it
// as descriptor 3, since the interpreter of a script opens it once more.
func runOpened(_ string, f *os.File) *exec.Cmd {
	cmd := exec.Command("/proc/self/fd/3")
	cmd.ExtraFiles = []*os.File{f}
	return cmd
}
