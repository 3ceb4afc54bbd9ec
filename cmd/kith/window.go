//go:build cgo

package main

import (
	"context"
	"errors"
	"io"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/driver/desktop"
	"golang.org/x/sync/errgroup"

	"kith/app"
	"kith/app/platform"
	"kith/app/present"
	"kith/app/present/settings"
	"kith/assets"
	"kith/cmd/internal/control"
	"kith/cmd/internal/demo"
	"kith/cmd/internal/peer"
	"kith/cmd/internal/verb"
	"kith/store/keyring"
)

// garbage is the percentage by which the memory in use may grow before it is cleared up. The window uses little and is
// seldom busy; on an old laptop the memory is worth more than the moment.
const garbage = 40

// The window as it first opens: it fits a laptop of 1366 by 768 with the system's own bars. Later it opens as large as it
// was last left, which stands in the plain file of the look.
const (
	width  = 1280
	height = 700
)

// size is how large a window of a look opens. A size that no screen has is not believed.
func size(l present.Look) fyne.Size {
	if l.Width < 640 || l.Height < 480 || l.Width > 8192 || l.Height > 8192 {
		return fyne.NewSize(width, height)
	}
	return fyne.NewSize(float32(l.Width), float32(l.Height))
}

// open shows the home of f until its window closes or ctx ends. The home is locked by this process.
func open(ctx context.Context, f flags) error {
	p := peer.New(f.home, peer.Options{Keychain: keyring.SystemKeychain(os.Getenv("KITH_KEYCHAIN")), IdleLock: true})
	core := demo.New(p)
	if f.text != 0 {
		l := core.Look()
		l.Text = f.text
		if err := core.SetLook(l); err != nil {
			return err
		}
	}

	log.SetOutput(logs) // Fyne's own words go where ours do: nowhere, but for the build of the window stories
	a := fyneapp.NewWithID(appID)
	a.SetIcon(fyne.NewStaticResource("kith.png", assets.AppIcon()))
	w := a.NewWindow("Kith")
	w.SetMaster()
	w.Resize(size(core.Look()))

	told := ctx // ends with a signal, which Fyne hears too and ends its loop by itself
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parts, ctx := errgroup.WithContext(ctx)
	var once sync.Once
	var ended error
	var over atomic.Bool // the screen's loop has ended: nothing may be asked of it any more
	done := make(chan struct{})
	var shell *app.Shell
	// end lets everything go away from the screen's goroutine, and the program with it.
	end := func() {
		once.Do(func() {
			shell.Keep()
			if !over.Load() {
				w.Hide()
			}
			cancel()
			go func() {
				defer close(done)
				ended = errors.Join(calm(parts.Wait()), core.Close(), p.Close())
				if !over.Load() {
					fyne.Do(a.Quit)
				}
			}()
		})
	}
	shell = app.New(a, w, core, app.Options{Notify: platform.Notifier(a), Close: end, Returns: true, Boot: startup(f), Dispatch: func(f func()) {
		if !over.Load() {
			fyne.Do(f)
		}
	}})
	if tray, ok := a.(desktop.App); ok && core.Look().Stay == present.StayOn {
		quit := fyne.NewMenuItem(present.Say("settings.stay.stop"), end)
		quit.IsQuit = true
		tray.SetSystemTrayMenu(fyne.NewMenu("Kith", fyne.NewMenuItem(present.Say("settings.stay.tray"), shell.Raise), quit))
	}
	hook, err := startHook(w)
	if err != nil {
		return err
	}
	socket, err := control.Listen(f.home)
	if err != nil {
		return err
	}
	verbs := verb.Handler(p, verb.Host{Home: f.home, Version: version})
	parts.Go(func() error { return p.Serve(ctx, verb.Serving{Listen: f.listen}, nil) })
	parts.Go(func() error {
		return socket.Serve(ctx, func(ctx context.Context, r control.Request, stdout, stderr io.Writer) int {
			if r.Verb == show {
				fyne.Do(shell.Raise)
				return 0
			}
			return verbs(ctx, r, stdout, stderr)
		})
	})
	parts.Go(func() error { return shell.Serve(ctx) })
	parts.Go(func() error { return hook(ctx) })
	parts.Go(func() error { return unlockAlone(ctx, p) })
	// A part that ended with an error closes the window as a person would.
	context.AfterFunc(ctx, func() {
		if told.Err() == nil && !over.Load() {
			fyne.Do(end)
		}
	})

	w.ShowAndRun()
	over.Store(true)
	end() // where the loop was ended by other means than ours, such as Fyne's own hearing of a signal
	<-done
	return ended
}

// startup is how this system starts this program for this home; nil where nothing is known of that.
func startup(f flags) settings.Boot {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	exe, err := os.Executable()
	if err != nil {
		return nil
	}
	var args []string
	if usual, err := verb.DefaultHome(); err != nil || usual != f.home {
		at, err := filepath.Abs(f.home)
		if err != nil {
			return nil
		}
		args = []string{"--home", at}
	}
	s, err := platform.StartupFor(runtime.GOOS, os.Getenv, home, appID, exe, args...)
	if err != nil {
		return nil
	}
	return s
}

// calm takes away the error of what ended because it was told to.
func calm(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// unlockAlone opens a home that the system's keychain alone can open. Every other home waits for a passphrase.
func unlockAlone(ctx context.Context, p *peer.Peer) error {
	w := p.World()
	if !w.Started {
		return nil
	}
	if needs, err := p.NeedsPassphrase(); err != nil || needs {
		return nil //nolint:nilerr // the locked page says what is wrong when somebody tries
	}
	// What goes wrong is seen on the locked page, where a passphrase can be tried.
	_ = p.Unlock(ctx, "")
	return nil
}
