//go:build cgo && !e2e

package main

import (
	"context"
	"io"

	"fyne.io/fyne/v2"
)

// logs is where libraries write that know no logger of ours: nobody reads it, and a line might say too much.
var logs io.Writer = io.Discard

// startHook does nothing: only the build that the window stories drive says what is on its screen.
func startHook(fyne.Window) (func(context.Context) error, error) {
	return func(context.Context) error { return nil }, nil
}
