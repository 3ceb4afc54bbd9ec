//go:build !linux

package bench

import "time"

// mono is the clock that all processes of this machine share, in nanoseconds.
func mono() int64 { return time.Now().UnixNano() }
