package verb

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"kith/cmd/internal/control"
)

// Host is the world as main found it, and how to open a peer. What is left out has a sensible value.
type Host struct {
	Open  func(home string) (Peer, error)                               // of a home this process has locked; opens no connection and asks for no passphrase
	Bench func(ctx context.Context, args []string, out io.Writer) error // the workloads; nil: there are none in this program

	Home       string                                     // where a person's home is when --home is not given
	Getenv     func(string) string                        // nil: os.Getenv
	Passphrase func(prompt string) (string, error)        // asks on the terminal; nil: there is none
	Stdin      io.Reader                                  // what was piped in; nil: nothing was
	Stdout     io.Writer                                  // nil: os.Stdout
	Stderr     io.Writer                                  // nil: os.Stderr
	Cwd        string                                     // for file names in arguments; empty: the process's own
	Now        func() time.Time                           // nil: time.Now
	Zone       *time.Location                             // where this person is; nil: time.Local
	Version    string                                     // of this program
	Wait       func(context.Context, time.Duration) error // nil: by the clock
}

// lockWait is how long a call waits for another short one that holds the home at the moment.
const (
	lockWait = 10 * time.Second
	lockStep = 25 * time.Millisecond
)

// Main is kithctl: it reads the arguments after the program's name, runs the verb here or at the one who holds the home,
// and returns the exit code. Ending ctx ends the verb.
func Main(ctx context.Context, args []string, h Host) int {
	h = h.orDefault()
	global := flags("kithctl")
	home := global.String("home", "", "")
	asJSON := global.Bool("json", false, "")
	switch err := global.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		args = []string{"help"}
	case err != nil:
		Complain(h.Stderr, wantsJSON(args), &usage{line: topUsage, why: err.Error()})
		return 2
	default:
		args = forHelp(global.Args())
	}
	s, rest, ok := find(args)
	if !ok {
		if len(args) == 0 {
			s, rest, _ = find([]string{"help"})
		} else {
			Complain(h.Stderr, *asJSON || wantsJSON(args), &usage{line: topUsage, why: "no such verb: " + args[0] + "; kithctl help lists them all"})
			return 2
		}
	}
	rest, late := cutJSON(rest)
	c := &call{ctx: ctx, host: &h, args: rest, json: *asJSON || late, stdout: h.Stdout, spec: s}
	if *home == "" {
		*home = h.Home
	}
	err := c.runAt(*home)
	switch {
	case err == nil:
		return c.code
	case ctx.Err() != nil && s.name == "watch":
		return 0 // it goes on until somebody has had enough
	case !interrupted(ctx, err):
		complain(h.Stderr, c.json, err, nextHere)
	}
	return Exit(err)
}

// forHelp is the call of help that args stand for where they ask for it as a flag, and args otherwise.
func forHelp(args []string) []string {
	for _, a := range args {
		switch a {
		case "--":
			return args
		case "-h", "-help", "--help":
			if s, _, ok := find(args); ok {
				return []string{"help", s.name}
			}
			return append([]string{"help"}, args[:min(1, slices.Index(args, a))]...)
		}
	}
	return args
}

const topUsage = "kithctl [--home DIR] [--json] VERB [ARG ...]"

// runAt runs the verb: at the holder of the home if there is one, or as the holder.
func (c *call) runAt(home string) error {
	if c.spec.need == needNothing {
		return c.run()
	}
	if home == "" {
		return c.misused("--home is needed: this system names no folder for settings")
	}
	ctx, cancel := context.WithTimeout(c.ctx, lockWait)
	defer cancel()
	for {
		// A home that is not there has no holder, and a question about it makes none.
		if _, err := os.Stat(home); errors.Is(err, fs.ErrNotExist) && !makesHome(c.spec) {
			return c.nowhere()
		}
		if c.spec.need != needOwn {
			r := control.Request{Verb: c.spec.name, Args: c.args, JSON: c.json, Cwd: c.host.Cwd}
			if c.spec.name == "recovery" && control.Answers(ctx, home) {
				pass, err := c.host.passphrase()
				if err != nil {
					return err
				}
				r.Pass = pass
			}
			exit, err := control.Call(c.ctx, home, r, c.host.Stdout, c.host.Stderr)
			if !errors.Is(err, control.ErrNobody) {
				c.code = exit
				return ofFolder(err)
			}
		}
		release, err := control.Lock(home)
		if errors.Is(err, control.ErrInUse) {
			if c.spec.need == needOwn && control.Answers(ctx, home) {
				return errInUse
			}
			if err := c.host.Wait(ctx, lockStep); err != nil {
				return errors.Join(errInUse, c.ctx.Err())
			}
			continue
		}
		if err != nil {
			return ofFolder(err)
		}
		return errors.Join(c.runHere(home), release())
	}
}

// ofFolder is an error of the folder that a home is in, as what it means: nothing can be made or opened there.
func ofFolder(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%w: %w", errDisk, err)
	}
	return err
}

// makesHome says whether a verb is for a home that is not there yet.
func makesHome(s spec) bool { return s.name == "init" || s.name == "restore" }

// nowhere answers for a home that does not exist: there is nothing to check and nobody to ask.
func (c *call) nowhere() error {
	switch c.spec.name {
	case "check":
		return c.answer(checked{Checked{Bad: []Bad{}}})
	case "watch", "lock":
		return c.withoutHolder()
	case "panic":
		return c.answer(panicked{Locked: true}) // nothing is open, and nothing opens
	}
	return errNoHome
}

// withoutHolder answers a verb that only a running Kith can run.
func (c *call) withoutHolder() error {
	c.flags = flags(c.spec.name)
	if err := c.parse(0, 0); err != nil {
		return err
	}
	if c.spec.name == "lock" {
		return c.answer(locked{true}) // nothing is open, so all is locked
	}
	return errNotHere
}

// runHere opens the home and runs the verb on it. The caller holds the lock.
func (c *call) runHere(home string) (err error) {
	if c.spec.need == needHolder {
		return c.withoutHolder()
	}
	p, err := c.host.Open(home)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	c.peer, c.alone = p, true
	if c.spec.need == needOpen || c.spec.name == "serve" {
		if err := c.unlock(); err != nil {
			return err
		}
	}
	if c.spec.name == "check" && p.World().Started {
		if err := c.unlock(); err != nil {
			return err
		}
	}
	if c.spec.name == "serve" {
		return c.serve(home)
	}
	return c.run()
}

// unlock opens the person's store with the passphrase from KITH_PASSPHRASE or the terminal, where one is needed.
func (c *call) unlock() error {
	w := c.peer.World()
	if !w.Started {
		return errNoHome
	}
	if !w.Locked {
		return nil
	}
	needed, err := c.peer.NeedsPassphrase()
	if err != nil {
		return err
	}
	pass := ""
	if needed {
		if pass, err = c.host.passphrase(); err != nil {
			return err
		}
	}
	return c.peer.Unlock(c.ctx, pass)
}

// run runs the verb on a peer that is ready for it.
func (c *call) run() error {
	c.flags = flags(c.spec.name)
	r, err := c.spec.run(c)
	if err != nil {
		if r != nil {
			err = errors.Join(err, c.answer(r)) // what was found stands beside the error
		}
		return err
	}
	return c.answer(r)
}

// Handler returns how the holder of a home runs verbs for others of the same user, on the peer it has open. It is what
// `serve` and the window hand to control.Serve.
func Handler(p Peer, h Host) control.Handler {
	return func(ctx context.Context, r control.Request, stdout, stderr io.Writer) int {
		h := h
		h.Stdout, h.Stderr, h.Cwd = stdout, stderr, r.Cwd
		h = h.orDefault()
		// What opened this home says nothing of who asks now.
		h.Getenv = without(h.Getenv, "KITH_PASSPHRASE", "KITH_WORDS")
		h.Passphrase = func(string) (string, error) { return r.Pass, nil }
		c := &call{ctx: ctx, peer: p, host: &h, args: r.Args, json: r.JSON, stdout: stdout}
		if err := c.atHolder(r.Verb); err != nil {
			if !interrupted(ctx, err) {
				complain(stderr, r.JSON, err, nextHere)
			}
			return Exit(err)
		}
		return 0
	}
}

// without is an environment that lacks some names.
func without(env func(string) string, names ...string) func(string) string {
	return func(k string) string {
		if slices.Contains(names, k) {
			return ""
		}
		return env(k)
	}
}

// atHolder runs a verb that came over the socket. A passphrase travels there only with a verb that asks for it again; none
// opens the home, so a locked one stays locked.
func (c *call) atHolder(name string) error {
	s, rest, ok := find(strings.Split(name, " "))
	if !ok || len(rest) > 0 {
		return &usage{line: topUsage, why: "no such verb"}
	}
	c.spec = s
	w := c.peer.World()
	switch s.need {
	case needNothing:
		return &usage{line: s.usage()}
	case needOwn:
		return errInUse
	case needOpen:
		if !w.Started {
			return errNoHome
		}
		if w.Locked {
			return errLocked
		}
	case needHome:
		if w.Started && w.Locked {
			return errLocked
		}
	case needHolder, needFound:
	}
	return c.run()
}

func (h Host) orDefault() Host {
	if h.Getenv == nil {
		h.Getenv = os.Getenv
	}
	if h.Stdout == nil {
		h.Stdout = os.Stdout
	}
	if h.Stderr == nil {
		h.Stderr = os.Stderr
	}
	if h.Cwd == "" {
		h.Cwd, _ = os.Getwd() // without one, only whole paths work
	}
	if h.Wait == nil {
		h.Wait = wait
	}
	return h
}

func (h *Host) now() time.Time {
	if h.Now == nil {
		return time.Now()
	}
	return h.Now()
}

func (h *Host) zone() *time.Location {
	if h.Zone == nil {
		return time.Local
	}
	return h.Zone
}

// passphrase comes from KITH_PASSPHRASE, or is asked for; never from a flag, which other users could see.
func (h *Host) passphrase() (string, error) {
	if p := h.Getenv("KITH_PASSPHRASE"); p != "" {
		return p, nil
	}
	if h.Passphrase == nil {
		return "", errLocked
	}
	return h.Passphrase("Passphrase: ")
}

// words are the twelve of a person, from KITH_WORDS, from what was piped in, or from the terminal.
func (h *Host) words() (string, error) {
	if w := h.Getenv("KITH_WORDS"); w != "" {
		return w, nil
	}
	if h.Stdin != nil {
		return readWords(h.Stdin)
	}
	if h.Passphrase == nil {
		return "", errNoWords
	}
	return h.Passphrase("The twelve words, or what else opens it: ")
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// flags makes an empty set that prints nothing by itself.
func flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return f
}

// cutJSON takes --json out of a verb's own arguments, where people type it too.
func cutJSON(args []string) (rest []string, found bool) {
	for i, a := range args {
		switch a {
		case "--":
			return append(rest, args[i:]...), found
		case "--json", "-json":
			found = true
		default:
			rest = append(rest, a)
		}
	}
	return rest, found
}

func wantsJSON(args []string) bool {
	_, found := cutJSON(args)
	return found
}

// DefaultHome is where a person's home is when nobody says otherwise: a folder of the user's settings.
func DefaultHome() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("settings folder: %w", err)
	}
	return filepath.Join(dir, "kith"), nil
}
