package bench

import "golang.org/x/sys/unix"

// mono is the clock that all processes of this machine share, in nanoseconds: the harness of the peers reads the same.
func mono() int64 {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) != nil {
		return 0
	}
	return t.Nano()
}
