package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
)

// Call asks the holder of a home to run one verb, passes on what it prints, and returns its exit code. Ending ctx ends the
// verb. ErrNobody says that no process holds the home, or that one was killed and left its socket behind; nothing was
// asked then. ErrCut says that the holder went away before the verb ended.
func Call(ctx context.Context, home string, r Request, stdout, stderr io.Writer) (exit int, err error) {
	body, err := encodeRequest(r)
	if err != nil {
		return 0, err
	}
	path, err := socketPath(home, false)
	if err != nil {
		if nobodyAnswers(err) {
			return 0, ErrNobody
		}
		return 0, err
	}
	c, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err != nil {
		if nobodyAnswers(err) {
			return 0, ErrNobody
		}
		return 0, fmt.Errorf("control socket: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer func() {
		stop()
		_ = c.Close()
	}()
	if err := writeFrame(c, kindRequest, body); err != nil {
		return 0, ended(ctx, err)
	}
	for {
		kind, body, err := readFrame(c)
		if err != nil {
			return 0, ended(ctx, err)
		}
		switch kind {
		case kindOut:
			_, err = stdout.Write(body)
		case kindErr:
			_, err = stderr.Write(body)
		case kindExit:
			return int(body[0]), nil
		default:
			err = ErrFrame
		}
		if err != nil {
			return 0, err
		}
	}
}

// ended says why a connection broke off: because the caller wanted it, or because the holder is gone.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, ErrFrame) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrCut, err)
}

// Answers reports whether a holder of the home listens: it tells a running Kith from a short call that is over in a moment.
func Answers(ctx context.Context, home string) bool {
	path, err := socketPath(home, false)
	if err != nil {
		return false
	}
	c, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}
