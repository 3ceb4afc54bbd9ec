package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
)

// The JSON lines of the peers' harness: one object a line, {id,cmd,a} in, {id,r} or {id,e} out, first {"ready":true}.

type ask struct {
	ID  int    `json:"id"`
	Cmd string `json:"cmd"`
	A   args   `json:"a"`
}

type reply struct {
	Ready bool            `json:"ready,omitempty"`
	ID    int             `json:"id,omitempty"`
	R     json.RawMessage `json:"r,omitempty"`
	E     string          `json:"e,omitempty"`
}

// maxLine is how long one line may be: a drip of some thousand ops.
const maxLine = 16 << 20

// servePeer is `kithctl bench peer`: one peer that does what the lines on in say, until they end.
func servePeer(ctx context.Context, in io.Reader, out io.Writer) error {
	r := &rig{}
	var mu sync.Mutex
	say := func(v reply) error {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		_, err = fmt.Fprintf(out, "%s\n", b)
		return err
	}
	if err := say(reply{Ready: true}); err != nil {
		return err
	}
	s := bufio.NewScanner(in)
	s.Buffer(nil, maxLine)
	var calls sync.WaitGroup
	for s.Scan() {
		var a ask
		if err := json.Unmarshal(s.Bytes(), &a); err != nil {
			return err
		}
		calls.Go(func() {
			answer := reply{ID: a.ID}
			got, err := r.do(ctx, a.Cmd, a.A)
			if err == nil {
				answer.R, err = json.Marshal(got)
			}
			if err != nil {
				answer.R, answer.E = nil, err.Error()
			}
			_ = say(answer) // nobody listens any more: the lines end as well
		})
	}
	calls.Wait()
	return errors.Join(s.Err(), r.close())
}

// actor is a peer that a workload tells what to do.
type actor interface {
	call(ctx context.Context, cmd string, a args, out any) error
	end() error
}

// here is an actor in this process.
type here struct{ r rig }

func (h *here) call(ctx context.Context, cmd string, a args, out any) error {
	got, err := h.r.do(ctx, cmd, a)
	if err != nil || out == nil {
		return err
	}
	b, err := json.Marshal(got)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, out)
}

func (h *here) end() error { return h.r.close() }

// there is an actor in a process of its own.
type there struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Scanner
	last int
}

func newThere(exe string) (*there, error) {
	c := exec.Command(exe, "bench", "peer") //nolint:gosec,noctx // this very program; end stops it
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	t := &there{cmd: c, in: in, out: bufio.NewScanner(out)}
	t.out.Buffer(nil, maxLine)
	if err := c.Start(); err != nil {
		return nil, err
	}
	if !t.out.Scan() {
		return nil, errors.Join(errShort, t.out.Err(), t.end())
	}
	return t, nil
}

func (t *there) call(_ context.Context, cmd string, a args, out any) error {
	t.last++
	b, err := json.Marshal(ask{t.last, cmd, a})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(t.in, "%s\n", b); err != nil {
		return err
	}
	if !t.out.Scan() {
		return errors.Join(errShort, t.out.Err())
	}
	var r reply
	if err := json.Unmarshal(t.out.Bytes(), &r); err != nil {
		return err
	}
	if r.E != "" || r.ID != t.last {
		return fmt.Errorf("%s: %s: %w", cmd, r.E, errDamage)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(r.R, out)
}

func (t *there) end() error {
	err := t.in.Close()
	if e := t.cmd.Wait(); err == nil {
		err = e
	}
	return err
}

// kill ends the process as a power cut would end the program.
func (t *there) kill() {
	_ = t.cmd.Process.Kill() // it may be gone already
	_ = t.cmd.Wait()
}
