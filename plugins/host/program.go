package host

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/sinusta/sinusta/core"
)

// maxProgram bounds the size of a plugin's executable, in bytes: a copy of it
// is kept in memory.
const maxProgram = 1 << 30

// Program is the executable of an external plugin: a binary, or a script that
// begins with #!. It is opened once; what was hashed is what is run.
//
// On Linux that holds against everybody who can write to the file: the content
// is copied into sealed memory, the copy is hashed, and the copy is run, so
// that neither another file under the same path nor other bytes in the same
// file can slip in. Where memory may not be run, the open file is, and it is
// hashed again before each start. On other systems the file is hashed before
// each start and then started by its path, which is weaker: whoever replaces
// the file in between wins. Of a script only its own text is covered, not the
// interpreter and the modules that it loads.
//
// Its methods may be called from several goroutines. One Program serves any
// number of plugins.
type Program struct {
	path string
	sum  string
	// sealed tells that nobody can change the content of file any more.
	sealed bool

	mu   sync.Mutex
	file *os.File // nil after Close
}

// errProgramClosed is returned for a start after Close.
var errProgramClosed = errors.New("the program was closed")

// OpenProgram opens and hashes the executable at path. An error is a
// *core.Problem of ClassConfig that says what is wrong with the file. The
// caller closes the program when its plugins are ended.
func OpenProgram(path string) (*Program, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, programProblem(path, err)
	}
	f, err := openExecutable(path)
	if err != nil {
		return nil, programProblem(path, err)
	}
	p := &Program{path: path, file: f}
	if copied, err := seal(f); err == nil {
		_ = f.Close()
		p.file, p.sealed = copied, true
	} else if !errors.Is(err, errors.ErrUnsupported) {
		_ = f.Close()
		return nil, programProblem(path, err)
	}
	if p.sum, err = digestOf(p.file); err != nil {
		_ = p.file.Close()
		return nil, programProblem(path, err)
	}
	return p, nil
}

// openExecutable opens a regular file that this account may run.
func openExecutable(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // before it is opened: a pipe would block
		return nil, errors.New("it is no regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(errors.New("it is no regular file"), f.Close())
	}
	switch {
	case info.Size() == 0:
		err = errors.New("it is empty")
	case info.Size() > maxProgram:
		err = fmt.Errorf("it is larger than %d bytes", maxProgram)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o111 == 0:
		err = errors.New("it is not executable: chmod +x")
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// programProblem says why a program cannot be used.
func programProblem(path string, err error) error {
	why := err.Error()
	switch {
	case errors.Is(err, os.ErrNotExist):
		why = "there is no such file; install it there, or correct `program:`"
	case errors.Is(err, os.ErrPermission):
		why = "this account may not read it; the file is read before it is run"
	}
	return problem(core.ClassConfig, core.PhaseStart, core.OriginHost, "the program %s: %s", path, why)
}

// Path gives the absolute path that the program was opened by.
func (p *Program) Path() string { return p.path }

// SHA256 gives the SHA-256 of what is run, in lower-case hexadecimal.
func (p *Program) SHA256() string { return p.sum }

// Close lets go of the program. Plugins that run go on; no more can be
// started. A second call does nothing.
func (p *Program) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.file == nil {
		return nil
	}
	err := p.file.Close()
	p.file = nil
	if err != nil {
		return fmt.Errorf("close the program %s: %w", p.path, err)
	}
	return nil
}

// command gives a command that runs what was hashed. The caller holds on to
// the program until the command has started.
func (p *Program) command() (*exec.Cmd, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.file == nil {
		return nil, errProgramClosed
	}
	if !p.sealed {
		if err := p.unchanged(); err != nil {
			return nil, err
		}
	}
	cmd := runOpened(p.path, p.file)
	cmd.Args = []string{filepath.Base(p.path)}
	return cmd, nil
}

// unchanged hashes once more what nothing protects from being written to.
func (p *Program) unchanged() error {
	f := p.file
	if !runsOpened { // the path is run, so the path is hashed
		at, err := openExecutable(p.path)
		if err != nil {
			return err
		}
		defer at.Close()
		f = at
	}
	sum, err := digestOf(f)
	if err != nil {
		return err
	}
	if sum != p.sum {
		return errors.New("the file was changed since it was opened")
	}
	return nil
}

// digestOf hashes f from its beginning, wherever it was read to.
func digestOf(f *os.File) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, maxProgram+1)); err != nil {
		return "", fmt.Errorf("read it: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
