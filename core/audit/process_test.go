package audit

import (
	"bufio"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"slices"
	"strconv"
	"testing"
	"time"
)

// child starts the test binary as another process on home.
func child(t *testing.T, what, home, count string) (*osexec.Cmd, *bufio.Scanner) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), "SINUSTA_AUDIT_CHILD="+what, "SINUSTA_AUDIT_HOME="+home, "SINUSTA_AUDIT_COUNT="+count)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, bufio.NewScanner(out)
}

func TestProcessesAppendAtOnce(t *testing.T) {
	home := newHome(t)
	const processes, each = 3, 15
	var cmds []*osexec.Cmd
	var outs []*bufio.Scanner
	for range processes {
		cmd, out := child(t, "append", home, strconv.Itoa(each))
		cmds, outs = append(cmds, cmd), append(outs, out)
	}
	var said []int64
	for i, out := range outs {
		for out.Scan() {
			n, err := strconv.ParseInt(out.Text(), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			said = append(said, n)
		}
		if err := cmds[i].Wait(); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(said)
	if distinct := slices.Compact(slices.Clone(said)); len(said) != processes*4*each || len(distinct) != len(said) {
		t.Errorf("%d indexes, %d distinct, want %d", len(said), len(distinct), processes*4*each)
	}
	res := verified(t, home, nil)
	if res.Entries != int64(len(said)+res.Checkpoints) || res.Checkpoints < 1 || len(res.Unfinished) > 0 {
		t.Errorf("%+v", res)
	}
}

func TestKilledWriterLosesNothingThatItAcknowledged(t *testing.T) {
	home := newHome(t)
	acknowledged := int64(-1)
	var before Checkpoint
	for range 8 {
		cmd, lines := child(t, "forever", home, "")
		for n := 1 + rand.IntN(9); n > 0; n-- {
			if !lines.Scan() {
				t.Fatal("the writer ended by itself")
			}
			acknowledged = atoi(t, lines.Text())
		}
		time.Sleep(time.Duration(rand.IntN(4000)) * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			acknowledged = atoi(t, lines.Text())
		}
		_ = cmd.Wait()
		var from *Checkpoint
		if before.Size > 0 {
			from = &before
		}
		res := verified(t, home, from)
		if res.Entries <= acknowledged {
			t.Fatalf("%d entries, while entry %d was acknowledged", res.Entries, acknowledged)
		}
		l := open(t, home)
		before = checkpoint(t, l)
		res = verified(t, home, &before)
		if len(res.Unfinished) > 0 || res.Covered != res.Entries {
			t.Fatalf("after the next append: %+v", res)
		}
	}
}

func atoi(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
