package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

var errNoStrace = errors.New("strace is not installed: make bench and make test install it")

// syncs is how often the disk was asked to make things durable: by commits (fdatasync, and msync and sync_file_range,
// which nobody calls), and when the file had to grow (fsync).
type syncs struct{ commit, grow int }

func (s syncs) less(o syncs) syncs { return syncs{s.commit - o.commit, s.grow - o.grow} }

// syncsOf counts what n ops ask of the disk, with per of them in a transaction: the calls of a child process, less those
// of a child that opens, closes and writes no op.
func syncsOf(ctx context.Context, exe string, env []string, dir string, n, per int) (syncs, error) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		return syncs{}, errNoStrace
	}
	count := func(n int) (s syncs, err error) {
		top, err := os.MkdirTemp(dir, "syncs-")
		if err != nil {
			return s, err
		}
		defer os.RemoveAll(top) //nolint:errcheck // a scratch folder
		trace := filepath.Join(top, "trace")
		c := exec.CommandContext(ctx, strace, "-f", "-o", trace, "-e", "trace=fsync,fdatasync,msync,sync_file_range", //nolint:gosec // our own program
			exe, "bench", "append", "-n", strconv.Itoa(n), "-batch", strconv.Itoa(per), top)
		c.Env = append(os.Environ(), env...)
		if out, err := c.CombinedOutput(); err != nil {
			return s, fmt.Errorf("%w: %s", err, out)
		}
		b, err := os.ReadFile(trace)
		for l := range bytes.Lines(b) { // a call that was interrupted has a second line, without the bracket
			switch {
			case bytes.Contains(l, []byte(" fsync(")):
				s.grow++
			case bytes.Contains(l, []byte("sync(")), bytes.Contains(l, []byte("sync_file_range(")):
				s.commit++
			}
		}
		return s, err
	}
	none, err := count(0)
	if err != nil {
		return none, err
	}
	all, err := count(n)
	return all.less(none), err
}
