// Command kith-mailbox is a mailbox that always runs: sealed envelopes wait in it for computers that are never on at the
// same time. It opens nothing and knows nobody. docs/guides/mailbox-keepers.md says how to look after one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"kith/cmd/internal/control"
	"kith/cmd/internal/verb"
)

// version is what kith-mailbox says it is; FyneApp.toml says the same.
const version = "0.1.0"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: it reads the arguments, runs a verb here or at the one who serves the home, and returns its exit
// code, which means what kithctl's mean.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	top := flag.NewFlagSet("kith-mailbox", flag.ContinueOnError)
	top.SetOutput(io.Discard)
	home, asJSON := top.String("home", usualHome(), ""), top.Bool("json", false, "")
	err := top.Parse(args)
	if err != nil {
		err = &usage{why: err.Error()}
	} else {
		c := &call{ctx: ctx, home: *home, json: *asJSON, args: top.Args(), stdout: stdout, stderr: stderr}
		err = c.run()
		var at exit
		if errors.As(err, &at) { // whoever serves has said the rest
			return int(at)
		}
	}
	if err == nil {
		return 0
	}
	var u *usage
	if errors.As(err, &u) && !*asJSON {
		fmt.Fprintln(stderr, u.Error())
		fmt.Fprintln(stderr, help)
	} else {
		verb.Complain(stderr, *asJSON, err)
	}
	return verb.Exit(err)
}

// exit is the exit code of a verb that ran at the one who serves.
type exit int

func (e exit) Error() string { return fmt.Sprint("exit code ", int(e)) }

// usualHome is where a mailbox is kept when nobody says where: the folder that systemd hands over, or this user's own.
func usualHome() string {
	if dir := os.Getenv("STATE_DIRECTORY"); dir != "" {
		return dir
	}
	if dir, err := os.UserConfigDir(); err == nil {
		return filepath.Join(dir, "kith-mailbox")
	}
	return ""
}

// ask runs a verb at the one who serves the home. It returns control.ErrNobody when nobody does.
func (c *call) ask() error {
	cwd, err := os.Getwd()
	if err != nil {
		return err
	}
	code, err := control.Call(c.ctx, c.home, control.Request{V: control.Version, Verb: c.args[0], Args: c.args[1:], JSON: c.json, Cwd: cwd}, c.stdout, c.stderr)
	if err == nil && code != 0 {
		err = exit(code)
	}
	return err
}
