package verb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"kith/app/present"
	"kith/cmd/internal/control"
)

func serveVerbs() []spec {
	return []spec{
		{"serve", "[--listen ADDRESS]... [--nearby]", "ctl.help.serve", needOwn, nil},
		{"watch", "", "ctl.help.watch", needHolder, runWatch},
		{"sync", "[--for DURATION] [--peer ADDRESS]", "ctl.help.sync", needOpen, runSync},
	}
}

// many is a flag that may be given more than once.
type many []string

func (m *many) String() string { return strings.Join(*m, ",") }

// Set adds one more.
func (m *many) Set(s string) error {
	if s == "" {
		return errors.New("empty")
	}
	*m = append(*m, s)
	return nil
}

// serve holds the home until the call's context ends: the peer on the network, the socket for other calls, and a line for
// each event. The first line is always "listening". Ended from outside, it is no error.
func (c *call) serve(home string) error {
	c.flags = flags("serve")
	var o Serving
	c.flags.Var((*many)(&o.Listen), "listen", "")
	c.flags.BoolVar(&o.Nearby, "nearby", false, "")
	if err := c.parse(0, 0); err != nil {
		return err
	}
	socket, err := control.Listen(home)
	if err != nil {
		return err
	}
	together, ctx := errgroup.WithContext(c.ctx)
	listening := make(chan struct{})
	var once sync.Once
	out := &eventLines{w: c.stdout, json: c.json}
	together.Go(func() error { return socket.Serve(ctx, Handler(c.peer, *c.host)) })
	together.Go(func() error {
		return c.peer.Serve(ctx, o, func(addrs []string) {
			once.Do(func() {
				_ = out.write(Event{What: EventListening, Addrs: addrs}) // the next line finds out that nobody reads
				close(listening)
			})
		})
	})
	together.Go(func() error {
		for e := range c.peer.Events(ctx) {
			select {
			case <-listening: // the first line is "listening", whatever came before it
			case <-ctx.Done():
				return nil
			}
			if err := out.write(e); err != nil {
				return fmt.Errorf("events: %w", err)
			}
		}
		return nil
	})
	err = together.Wait()
	if c.ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
		return nil
	}
	return err
}

// eventLines writes events one a line, from any goroutine.
type eventLines struct {
	mu   sync.Mutex
	w    io.Writer
	json bool
}

func (l *eventLines) write(e Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.json {
		return writeJSON(l.w, e)
	}
	_, err := fmt.Fprintln(l.w, e.plain())
	return err
}

// plain says an event in words. Ids and counts only, as in JSON.
func (e Event) plain() string {
	switch e.What {
	case EventListening:
		return lines(present.Say("ctl.event.listening"), "  "+strings.Join(e.Addrs, "\n  "))
	case EventConnected:
		return present.Say("ctl.event.connected")
	case EventReceived:
		return present.Count("ctl.event.received", e.N)
	case EventApplied:
		return present.Count("ctl.event.applied", e.N)
	case EventStored:
		return present.Count("ctl.event.stored", e.N)
	case EventRequest:
		return present.Say("ctl.event.request", "Request", e.Request)
	case EventJoined:
		return present.Say("ctl.event.joined")
	case EventLocked:
		return present.Say("ctl.event.locked")
	case EventCollected:
		return present.Count("ctl.event.collected", e.N)
	case EventMailed:
		return present.Count("ctl.event.mailed", e.N)
	case EventMailboxLost:
		return present.Count("ctl.event.mailbox-lost", e.N)
	case EventUnlocked:
		return present.Say("ctl.event.unlocked")
	}
	return e.What
}

// runWatch prints the holder's events until the caller has had enough.
func runWatch(c *call) (result, error) {
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	out := &eventLines{w: c.stdout, json: c.json}
	for e := range c.peer.Events(c.ctx) {
		if err := out.write(e); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// runSync catches up once. Its one purpose is to reach somebody, so reaching nobody is exit 7.
func runSync(c *call) (result, error) {
	var o Syncing
	c.flags.DurationVar(&o.For, "for", 0, "")
	c.flags.StringVar(&o.Peer, "peer", "", "")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	if o.For < 0 {
		return nil, c.misused("--for is a time like 30s")
	}
	s, err := c.peer.Sync(c.ctx, o)
	if err != nil {
		return nil, err
	}
	if s.Peers+s.Mailboxes == 0 {
		return synced{s}, errUnreached
	}
	return synced{s}, nil
}

type synced struct{ Synced }

func (s synced) plain(*call) string {
	reached := ""
	switch {
	case s.Peers+s.Mailboxes == 0:
		return "" // the error says so
	case s.Peers > 0 || s.Mailboxes == 0:
		reached = present.Count("ctl.sync.reached", s.Peers)
	}
	mailboxes := ""
	if s.Mailboxes > 0 {
		mailboxes = present.Count("ctl.sync.mailboxes", s.Mailboxes)
	}
	return lines(reached, mailboxes, present.Say("ctl.sync.moved", "Sent", s.Sent, "Received", s.Received))
}

type locked struct {
	Locked bool `json:"locked"`
}

func (locked) plain(*call) string { return present.Say("ctl.locked") }

func runLock(c *call) (result, error) {
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	if err := c.peer.Lock(c.ctx, present.LockedAsked); err != nil {
		return nil, err
	}
	return locked{true}, nil
}
