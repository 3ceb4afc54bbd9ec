package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"sync"
	"time"
)

// Bounds of the holder's side.
const (
	maxCalls    = 64              // connections served at once; more wait in the system's queue
	requestWait = 5 * time.Second // how long a connection may take to send its request
	writeWait   = 30 * time.Second
)

// exitUnexpected is the exit code of a call that was never run.
const exitUnexpected = 1

// A Handler runs one verb and returns its exit code. The context ends when the client goes away or the holder shuts down.
// It may write to stdout and stderr from any goroutine until it returns.
type Handler func(ctx context.Context, r Request, stdout, stderr io.Writer) (exit int)

// A Listener is the holder's end of the socket of one home.
type Listener struct {
	l    *net.UnixListener
	path string
}

// Listen opens the socket of a home for this user alone. The caller must hold the lock of the home: whatever socket is
// there was left behind by a process that is gone, and is replaced.
func Listen(home string) (*Listener, error) {
	path, err := socketPath(home, true)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("old socket: %w", err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("control socket: %w", err), l.Close())
	}
	return &Listener{l: l, path: path}, nil
}

// Serve is Listen and the life of what it opened, for a caller that need not know when the socket is there.
func Serve(ctx context.Context, home string, h Handler) error {
	l, err := Listen(home)
	if err != nil {
		return err
	}
	return l.Serve(ctx, h)
}

// Close takes the socket away. Serve does so too; Close is for a Listener that was never served.
func (l *Listener) Close() error { return l.l.Close() }

// Serve answers calls until ctx ends; then it waits for the verbs that still run, whose contexts have ended too, and takes
// the socket away. Ended by ctx it returns nil.
func (l *Listener) Serve(ctx context.Context, h Handler) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = l.l.Close() })
	defer stop()
	var calls sync.WaitGroup
	defer calls.Wait()
	defer cancel() // before Wait: verbs that still run are told to end
	room := make(chan struct{}, maxCalls)
	for {
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		c, err := l.l.AcceptUnix()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("control socket: %w", err)
		}
		calls.Go(func() {
			defer func() { <-room }()
			serveOne(ctx, c, h)
		})
	}
}

// serveOne answers one connection. Whatever goes wrong with it concerns nobody else.
func serveOne(ctx context.Context, c net.Conn, h Handler) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer func() { _ = c.Close() }()
	_ = c.SetReadDeadline(time.Now().Add(requestWait))
	// A holder that shuts down does not wait for a client that has not said what it wants.
	forget := context.AfterFunc(ctx, func() { _ = c.SetReadDeadline(time.Unix(1, 0)) })
	kind, body, err := readFrame(c)
	if err == nil && kind != kindRequest {
		err = ErrFrame
	}
	var r Request
	if err == nil {
		r, err = decodeRequest(body)
	}
	w := &conn{c: c}
	if err != nil {
		if errors.Is(err, ErrVersion) {
			_, _ = outputs{w, kindErr}.Write([]byte("kith: the running Kith is of another version; end it and try again\n"))
			_ = writeFrame(w, kindExit, []byte{exitUnexpected})
		}
		return
	}
	// From here the client sends nothing more: the first thing to read is the end of the connection.
	if forget() {
		_ = c.SetReadDeadline(time.Time{})
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = c.Read(make([]byte, 1))
		cancel()
	}()
	exit := h(ctx, r, outputs{w, kindOut}, outputs{w, kindErr})
	_ = writeFrame(w, kindExit, []byte{byte(exit)}) //nolint:gosec // exit codes are 0 to 7
	_ = c.SetReadDeadline(time.Unix(1, 0))
	<-gone
}

// conn writes whole frames, one at a time, and gives up on a client that does not read.
type conn struct {
	mu sync.Mutex
	c  net.Conn
}

func (w *conn) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.c.SetWriteDeadline(time.Now().Add(writeWait))
	return w.c.Write(p)
}
