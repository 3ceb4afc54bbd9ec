//go:build cgo && e2e

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"fyne.io/fyne/v2"

	"kith/app/kit"
)

// hookEnv names the Unix socket on which the window says what is on its screen. It only reports; the stories click and
// type with the real pointer and keyboard.
const hookEnv = "KITH_E2E_SOCKET"

// logs is where libraries write that know no logger of ours: the stories read what Fyne says of its threads.
var logs io.Writer = os.Stderr

// seen is one thing on the screen, in pixels of the window.
type seen struct {
	Label   string `json:"label"`
	Role    string `json:"role"`
	X       int    `json:"x"`
	Y       int    `json:"y"`
	W       int    `json:"w"`
	H       int    `json:"h"`
	Focused bool   `json:"focused"`
	Enabled bool   `json:"enabled"`
	InView  bool   `json:"in_view"` // not scrolled away
}

// startHook opens the socket that KITH_E2E_SOCKET names. Whoever connects gets the list as one JSON array, and the
// connection ends.
func startHook(w fyne.Window) (func(context.Context) error, error) {
	path := os.Getenv(hookEnv)
	if path == "" {
		return func(context.Context) error { return nil }, nil
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("hook: %w", err)
	}
	return func(ctx context.Context) error {
		stop := context.AfterFunc(ctx, func() { _ = l.Close() })
		defer stop()
		for {
			c, err := l.Accept()
			if err != nil {
				if errors.Is(err, net.ErrClosed) {
					return nil
				}
				return fmt.Errorf("hook: %w", err)
			}
			list := make(chan []seen, 1)
			fyne.Do(func() { list <- look(w) })
			select {
			case s := <-list:
				_ = json.NewEncoder(c).Encode(s)
			case <-ctx.Done():
			}
			_ = c.Close()
		}
	}, nil
}

// look lists what is on the screen now. It belongs to the screen's goroutine.
func look(w fyne.Window) []seen {
	c := w.Canvas()
	out := []seen{}
	for _, t := range kit.Things(c) {
		x, y := c.PixelCoordinateForPosition(t.Pos)
		r, b := c.PixelCoordinateForPosition(t.Pos.Add(t.Size))
		out = append(out, seen{t.Label, string(t.Role), x, y, r - x, b - y, t.Focused, t.Enabled, t.InView})
	}
	return out
}
