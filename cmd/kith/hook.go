//go:build cgo && !e2e

package main

import (
	"context"

	"fyne.io/fyne/v2"
)

// startHook does nothing: only the build that the window stories drive says what is on its screen.
func startHook(fyne.Window) (func(context.Context) error, error) {
	return func(context.Context) error { return nil }, nil
}
