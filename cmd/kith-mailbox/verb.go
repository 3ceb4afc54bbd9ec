package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kith/app/present"
	"kith/cmd/internal/control"
	"kith/network"
	"kith/network/keeper"
	"kith/network/mailbox"
	"kith/store/keyring"
)

// call is one verb being run.
type call struct {
	ctx            context.Context
	home, cwd      string
	json           bool
	args           []string
	stdout, stderr io.Writer
	keeper         *keeper.Keeper // where it runs at the one who serves, or on a file that nobody serves
	serving        bool
}

// help is what can be typed.
const help = `kith-mailbox [--home DIR] [--json] VERB
  serve [--port N] [--listen ADDRESS]... [--announce ADDRESS]... [--cert FILE --key FILE] [--page HOST:PORT]
      Be the mailbox until you press Ctrl and C. The first time it prints a link for one group.
  pair [--words]
      Make a link for one more group, or eight words to say.
  replace-ticket GROUP [--words]
      Let somebody else in a group pair anew, when who led it shut the others out. GROUP is a number that status shows.
  unpair --yes GROUP
      Take a group off for good, with all that waits for it.
  status
      Say how it is.
  check
      Read all that waits and prove that it is whole.
  backup FILE
      Write a copy while it runs.
  version

Home is the folder of its one file. It ends as kithctl does: 0 is done, see kithctl help.`

// usage is a command that was not understood.
type usage struct{ why string }

func (u *usage) Error() string { return u.why }

// Code is E_USAGE.
func (u *usage) Code() string { return "E_USAGE" }

// fault is an error of this program with a code, for which app/present has the sentence.
type fault struct{ code, msg string }

func (f *fault) Error() string { return f.msg }

// Code is the stable name of the error.
func (f *fault) Code() string { return f.code }

var (
	errNotServing = &fault{"E_MAILBOX_OFF", "this mailbox is not running"}
	errNoFile     = &fault{"E_MAILBOX_NONE", "there is no mailbox in this folder"}
	errBad        = &fault{"E_MAILBOX_BAD", "some of what waits is damaged"}
)

// verbs are what can be asked for, but for serve.
var verbs = map[string]struct {
	run     func(*call) error
	serving bool // only at the one who serves
}{
	"pair":           {(*call).pair, true},
	"replace-ticket": {(*call).replace, true},
	"unpair":         {(*call).unpair, false},
	"status":         {(*call).status, false},
	"backup":         {(*call).backup, false},
	"check":          {(*call).check, false},
}

// run finds who runs the verb: this call itself, the one who serves the home, or, with nobody there, this call on the file.
func (c *call) run() error {
	if len(c.args) == 0 {
		return &usage{present.Say("mailbox.no-verb")}
	}
	switch c.args[0] {
	case "help":
		_, err := fmt.Fprintln(c.stdout, help)
		return err
	case "version":
		return c.say(map[string]string{"version": version}, "kith-mailbox "+version)
	}
	if c.home == "" {
		return &usage{"--home is needed"}
	}
	if c.args[0] == "serve" {
		return c.serve()
	}
	v, ok := verbs[c.args[0]]
	if !ok {
		return &usage{"no such verb: " + c.args[0]}
	}
	err := c.ask()
	switch {
	case !errors.Is(err, control.ErrNobody):
		return err
	case v.serving:
		return errNotServing
	}
	if _, err := os.Stat(filepath.Join(c.home, keeper.FileName)); err != nil {
		return errNoFile
	}
	if c.keeper, err = keeper.New(c.home, keeper.Options{}); err != nil {
		return err
	}
	if c.args[0] == "unpair" { // it writes: that takes a keeper that serves, here one without a door
		return c.alone(v.run)
	}
	return errors.Join(v.run(c), c.keeper.Close())
}

// alone serves the file to nobody for as long as a verb takes.
func (c *call) alone(do func(*call) error) error {
	ctx, stop := context.WithCancel(c.ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- c.keeper.Serve(ctx) }()
	err := do(c)
	stop()
	return errors.Join(err, <-ended)
}

// handle is run for a verb that another process asks for.
func handle(k *keeper.Keeper) control.Handler {
	return func(ctx context.Context, r control.Request, stdout, stderr io.Writer) int {
		c := &call{ctx: ctx, cwd: r.Cwd, json: r.JSON, args: append([]string{r.Verb}, r.Args...), stdout: stdout, stderr: stderr, keeper: k, serving: true}
		v, ok := verbs[r.Verb]
		if !ok {
			return c.failed(&usage{"no such verb: " + r.Verb})
		}
		return c.failed(v.run(c))
	}
}

// say answers: a value, or words.
func (c *call) say(v any, words ...string) error {
	if !c.json {
		_, err := fmt.Fprintln(c.stdout, strings.Join(words, "\n"))
		return err
	}
	return json.NewEncoder(c.stdout).Encode(v)
}

// parse reads a verb's flags, and refuses another number of arguments.
func (c *call) parse(f *flag.FlagSet, arguments int) error {
	f.SetOutput(io.Discard)
	if err := f.Parse(c.args[1:]); err != nil {
		return &usage{err.Error()}
	}
	if f.NArg() != arguments {
		return &usage{fmt.Sprintf("%s takes %d arguments", c.args[0], arguments)}
	}
	return nil
}

func (c *call) flags() *flag.FlagSet { return flag.NewFlagSet(c.args[0], flag.ContinueOnError) }

// offered is a pairing code: a link, or words to be said beside the mailbox's address.
type offered struct {
	Link    string   `json:"link,omitempty"`
	Words   []string `json:"words,omitempty"`
	Addrs   []string `json:"addrs,omitempty"`
	Expires string   `json:"expires"`
}

func (c *call) pair() error {
	f := c.flags()
	spoken := f.Bool("words", false, "")
	if err := c.parse(f, 0); err != nil {
		return err
	}
	return c.offer(*spoken, func(code network.PairCode) error { return c.keeper.Offer(c.ctx, code, nil) })
}

func (c *call) replace() error {
	f := c.flags()
	spoken := f.Bool("words", false, "")
	if err := c.parse(f, 1); err != nil {
		return err
	}
	t, err := c.tenant(f.Arg(0))
	if err != nil {
		return err
	}
	return c.offer(*spoken, func(code network.PairCode) error { return c.keeper.Replace(c.ctx, t, code) })
}

// offer draws a code, has it made known to the keeper, and says it.
func (c *call) offer(spoken bool, make func(network.PairCode) error) error {
	code, words := network.NewPairCode(), []string(nil)
	if spoken {
		s, err := keyring.NewSpoken(rand.Reader)
		if err != nil {
			return err
		}
		all := s.Words()
		code, words = s.Secret(), all[:]
	}
	if err := make(code); err != nil {
		return err
	}
	out := offered{Expires: time.Now().Add(keeper.CodeLife).UTC().Format(time.RFC3339)}
	link := c.keeper.PairLink(code)
	if spoken {
		out.Words = words
		for _, a := range link.Addrs {
			out.Addrs = append(out.Addrs, a.String())
		}
		return c.say(out, present.Say("mailbox.pair.words"), "", "  "+strings.Join(words, " "), "", present.Say("mailbox.pair.once"))
	}
	out.Link = link.Encode()
	return c.say(out, present.Say("mailbox.pair.link"), "", "  "+out.Link, "", present.Say("mailbox.pair.once"))
}

// tenant finds a group by the beginning of its number.
func (c *call) tenant(text string) (mailbox.Tenant, error) {
	s, err := c.keeper.Status()
	if err != nil {
		return mailbox.Tenant{}, err
	}
	var found []mailbox.Tenant
	for _, g := range s.Groups {
		if strings.HasPrefix(number(g.Tenant), text) {
			found = append(found, g.Tenant)
		}
	}
	switch len(found) {
	case 0:
		return mailbox.Tenant{}, keeper.ErrNoGroup
	case 1:
		return found[0], nil
	}
	return mailbox.Tenant{}, &fault{"E_AMBIGUOUS", "more than one number begins like that"}
}

func number(t mailbox.Tenant) string { return hex.EncodeToString(t[:]) }

func (c *call) unpair() error {
	f := c.flags()
	sure := f.Bool("yes", false, "")
	if err := c.parse(f, 1); err != nil {
		return err
	}
	if !*sure {
		return &usage{present.Say("mailbox.unpair.sure")}
	}
	t, err := c.tenant(f.Arg(0))
	if err != nil {
		return err
	}
	if err := c.keeper.Unpair(c.ctx, t); err != nil {
		return err
	}
	return c.say(map[string]string{"unpaired": number(t)}, present.Say("mailbox.unpaired"))
}

func (c *call) backup() error {
	f := c.flags()
	if err := c.parse(f, 1); err != nil {
		return err
	}
	path := f.Arg(0)
	if c.cwd != "" && !filepath.IsAbs(path) {
		path = filepath.Join(c.cwd, path)
	}
	if err := c.keeper.Backup(path); err != nil {
		return err
	}
	return c.say(map[string]string{"file": path}, present.Say("mailbox.backed-up", "File", path))
}

func (c *call) check() error {
	if err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	found, err := c.keeper.Check()
	if err != nil {
		return err
	}
	if err := c.say(map[string]int{"envelopes": found.Envelopes, "bad": found.Bad, "books": found.Books},
		present.Count("mailbox.checked", found.Envelopes), present.Count("mailbox.checked.bad", found.Bad+found.Books)); err != nil {
		return err
	}
	if found.Bad+found.Books > 0 {
		return errBad
	}
	return nil
}
