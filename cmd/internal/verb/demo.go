package verb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"kith/app/present"
)

// Bounds of the demo.
const (
	demoWait = time.Minute            // for one thing to arrive
	demoStep = 20 * time.Millisecond  // between two looks
	demoHome = "/ip4/127.0.0.1/tcp/0" // the two speak inside this computer alone
)

// actor is one made-up person with a home and a peer of their own.
type actor struct {
	name string
	peer Peer
}

// runDemo acts the whole story out between two real peers in scratch homes, and prints what each types and sees.
func runDemo(c *call) (result, error) {
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "kith-demo")
	if err != nil {
		return nil, fmt.Errorf("scratch folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	together, ctx := errgroup.WithContext(ctx)
	d := &demo{call: c, ctx: ctx, serve: func(p Peer) {
		together.Go(func() error { return p.Serve(ctx, Serving{Listen: []string{demoHome}}, func([]string) {}) })
	}}
	defer func() {
		for _, p := range d.open {
			_ = p.Close() // made-up data in a folder that goes with it
		}
	}()
	d.say(present.Say("ctl.demo.begin"))
	together.Go(func() error {
		defer cancel()
		return d.story(dir)
	})
	if err := together.Wait(); err != nil && !(errors.Is(err, context.Canceled) && c.ctx.Err() == nil) {
		return nil, err
	}
	d.say("\n" + present.Say("ctl.demo.end"))
	return nil, nil
}

type demo struct {
	*call
	ctx   context.Context
	serve func(Peer)
	open  []Peer
}

func (d *demo) say(s string) { _, _ = fmt.Fprintln(d.stdout, s) }

// story is the sleepover from the first start to the agreement.
func (d *demo) story(dir string) error {
	ade, err := d.person(dir, "Ade")
	if err != nil {
		return err
	}
	bev, err := d.person(dir, "Bev")
	if err != nil {
		return err
	}
	steps := demoSteps{demo: d, ade: ade, bev: bev}
	for _, step := range []func() error{steps.meet, steps.letIn, steps.sleepover, steps.talk} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// person starts a made-up person in a scratch home and puts their peer on this computer's own network.
func (d *demo) person(dir, name string) (*actor, error) {
	home := filepath.Join(dir, strings.ToLower(name))
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, fmt.Errorf("scratch folder: %w", err)
	}
	p, err := d.host.Open(home)
	if err != nil {
		return nil, err
	}
	d.open = append(d.open, p)
	if _, err := p.Start(d.ctx, present.Start{Name: name, Passphrase: "made up for one minute"}); err != nil {
		return nil, err
	}
	d.serve(p)
	a := &actor{name, p}
	return a, d.until(func() bool { return len(p.Self().Addrs) > 0 })
}

// types runs one verb as somebody, and shows both.
func (d *demo) types(a *actor, args ...string) (result, error) {
	shown := make([]string, len(args))
	for i, s := range args {
		if shown[i] = s; strings.ContainsAny(s, " ?#") {
			shown[i] = "'" + s + "'"
		}
		if len(shown[i]) > 40 {
			shown[i] = shown[i][:36] + "..."
		}
	}
	d.say(fmt.Sprintf("\n%s> kithctl %s", a.name, strings.Join(shown, " ")))
	s, rest, ok := find(args)
	if !ok {
		return nil, &usage{line: topUsage}
	}
	c := &call{ctx: d.ctx, peer: a.peer, host: d.host, flags: flags(s.name), args: rest, stdout: d.stdout, spec: s}
	r, err := s.run(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	return r, c.answer(r)
}

// until waits for something to have arrived.
func (d *demo) until(there func() bool) error {
	ctx, cancel := context.WithTimeout(d.ctx, demoWait)
	defer cancel()
	for !there() {
		if err := d.host.Wait(ctx, demoStep); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	return nil
}
