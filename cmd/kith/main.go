//go:build cgo

// Command kith is the window: it reads the flags, opens the peer of one home, shows it, and exits. It alone needs a C
// compiler and imports fyne/v2/app.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"kith/app/present"
	"kith/cmd/internal/control"
	"kith/cmd/internal/verb"
)

// What the program is called, as FyneApp.toml says it too. The name says nothing of what it is for.
const (
	appID   = "org.kith.Kith"
	version = "0.1.0"
)

func main() {
	debug.SetGCPercent(garbage)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "kith:", present.Explain(err).Text())
		fmt.Fprintln(os.Stderr, "kith:", err)
		os.Exit(1)
	}
}

// flags are what a person may say at the start.
type flags struct {
	home    string
	listen  []string
	text    int
	version bool
}

func parse(args []string) (flags, error) {
	var f flags
	s := flag.NewFlagSet("kith", flag.ContinueOnError)
	home, err := verb.DefaultHome()
	if err != nil {
		home = ""
	}
	s.StringVar(&f.home, "home", home, "the folder that holds everything")
	s.Func("listen", "an address to be met at, such as /ip4/127.0.0.1/tcp/0; may be given more than once", func(a string) error {
		f.listen = append(f.listen, a)
		return nil
	})
	s.IntVar(&f.text, "text", 0, "the size of words in per cent: 100, 125, 150 or 200, kept from now on")
	s.BoolVar(&f.version, "version", false, "say the version and exit")
	if err := s.Parse(args); err != nil {
		return f, err
	}
	if s.NArg() > 0 {
		return f, fmt.Errorf("%q: kith takes flags only", strings.Join(s.Args(), " "))
	}
	if f.home == "" {
		return f, errors.New("no folder of settings here: say --home FOLDER")
	}
	return f, nil
}

// show is the verb with which a second start asks the window that is already there to come to the front.
const show = "show"

func run(ctx context.Context, args []string, out io.Writer) error {
	f, err := parse(args)
	if err != nil {
		return err
	}
	if f.version {
		_, err := fmt.Fprintln(out, "kith", version)
		return err
	}
	release, err := control.Lock(f.home)
	if errors.Is(err, control.ErrInUse) {
		exit, called := control.Call(ctx, f.home, control.Request{V: control.Version, Verb: show}, io.Discard, io.Discard)
		if called == nil && exit == 0 {
			return nil // the window that is there has come to the front
		}
	}
	if err != nil {
		return err
	}
	return errors.Join(open(ctx, f), release())
}
