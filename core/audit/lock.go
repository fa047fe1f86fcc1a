package audit

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/sinusta/sinusta/core/filelock"
)

// lockWait is how long an append waits for other processes. Each holds the
// log for one write to the disk.
const lockWait = 30 * time.Second

// lockLog takes the operating system's lock on the log; the system frees it
// when the process dies, however it dies.
func lockLog(home string) (unlock func(), err error) {
	f, err := os.OpenFile(logLockPath(home), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, explain("lock the log", err)
	}
	pause, deadline := 100*time.Microsecond, time.Now().Add(lockWait)
	for {
		err := filelock.Try(f)
		if err == nil {
			// Closing frees the lock.
			return sync.OnceFunc(func() { _ = f.Close() }), nil
		}
		if !errors.Is(err, filelock.ErrLocked) {
			return nil, errors.Join(explain("lock the log", err), f.Close())
		}
		if time.Now().After(deadline) {
			return nil, errors.Join(fmt.Errorf("audit: %w for longer than %s: look for a Sinusta process that hangs, and end it",
				ErrBusy, lockWait), f.Close())
		}
		time.Sleep(pause)
		pause = min(2*pause, 5*time.Millisecond)
	}
}
