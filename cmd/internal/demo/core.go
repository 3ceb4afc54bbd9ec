// Package demo holds the made-up constellation: real peers of invented families in one process, so that a newcomer can
// look around before trusting Kith with anything. It lives in a scratch folder that goes when the look is over, and it
// never touches the person's own home.
package demo

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"kith/app/present"
	"kith/cmd/internal/peer"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// Core is the window's core: the person's own peer, or, while they look around, one of the made-up ones.
type Core struct {
	own present.Core
	now func() time.Time

	mu      sync.Mutex
	scene   *scene
	loading *loading // nil while none is
	changed chan struct{}
}

var _ present.Core = (*Core)(nil) // the window, which takes it, is not built without a C compiler

// loading is a scene that is being opened.
type loading struct {
	stop  context.CancelFunc
	ended chan struct{}
}

// plain is a peer as a core; looking around is Core's own affair.
type plain struct{ *peer.Peer }

// Demo does nothing: it is Core that opens one.
func (plain) Demo(context.Context) error { return nil }

// LeaveDemo does nothing.
func (plain) LeaveDemo(context.Context) error { return nil }

// New wraps the core of the person's own home.
func New(own *peer.Peer) *Core {
	return &Core{own: plain{own}, now: time.Now, changed: make(chan struct{})}
}

// at returns the core in use and what is closed when that changes.
func (c *Core) at() (core present.Core, made, loading bool, changed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.scene != nil {
		return plain{c.scene.you}, true, false, c.changed
	}
	return c.own, false, c.loading != nil, c.changed
}

func (c *Core) core() present.Core {
	core, _, _, _ := c.at()
	return core
}

// turn changes what is shown; the lock is held.
func (c *Core) turn() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// Demo opens the made-up constellation. It takes some seconds, in which the World says that it is loading. Left before
// it was there, it is no error.
func (c *Core) Demo(ctx context.Context) error {
	in, stop := context.WithCancel(ctx)
	defer stop()
	l := &loading{stop: stop, ended: make(chan struct{})}
	c.mu.Lock()
	if c.scene != nil || c.loading != nil {
		c.mu.Unlock()
		return nil
	}
	c.loading = l
	c.turn()
	c.mu.Unlock()
	s, err := open(in, c.now)
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(l.ended)
	c.loading = nil
	c.turn()
	switch {
	case err == nil:
		c.scene = s
	case in.Err() != nil && ctx.Err() == nil:
		return nil
	}
	return err
}

// LeaveDemo shuts it down, takes its folder away and comes back to the person's own home. One that is still being opened
// is given up.
func (c *Core) LeaveDemo(context.Context) error {
	c.mu.Lock()
	if l := c.loading; l != nil {
		l.stop()
		c.mu.Unlock()
		<-l.ended
		c.mu.Lock()
	}
	s := c.scene
	c.scene = nil
	if s != nil {
		c.turn()
	}
	c.mu.Unlock()
	if s == nil {
		return nil
	}
	return s.close()
}

// Close ends the demo, if one is open.
func (c *Core) Close() error { return c.LeaveDemo(context.Background()) }

// Worlds yields the Worlds of whichever core is in use.
func (c *Core) Worlds(ctx context.Context) iter.Seq[present.World] {
	return func(yield func(present.World) bool) {
		for ctx.Err() == nil {
			if !c.follow(ctx, yield) {
				return
			}
		}
	}
}

// follow yields from one core until another is in use; false ends it all.
func (c *Core) follow(ctx context.Context, yield func(present.World) bool) bool {
	core, made, loading, changed := c.at()
	in, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-changed:
			stop()
		case <-in.Done():
		}
	}()
	for w := range core.Worlds(in) {
		w.Demo, w.Loading = made, w.Loading || loading
		if in.Err() != nil && ctx.Err() == nil {
			break // that World is of the core of before
		}
		if !yield(w) {
			return false
		}
	}
	<-in.Done()
	return ctx.Err() == nil
}

// The rest hands over to the core in use.

// Start makes a person in the own home.
func (c *Core) Start(ctx context.Context, s present.Start) ([12]string, error) {
	return c.own.Start(ctx, s)
}

// Suggest returns four words for a passphrase.
func (c *Core) Suggest() string { return c.own.Suggest() }

// Unlock opens the own home.
func (c *Core) Unlock(ctx context.Context, passphrase string) error {
	return c.own.Unlock(ctx, passphrase)
}

// Lock locks the own home, and leaves the demo, if one is open.
func (c *Core) Lock(ctx context.Context, why string) error {
	return errors.Join(c.own.Lock(ctx, why), c.LeaveDemo(ctx))
}

// ChangePassphrase changes that of the own home.
func (c *Core) ChangePassphrase(ctx context.Context, old, fresh string) error {
	return c.own.ChangePassphrase(ctx, old, fresh)
}

// Touched says that somebody is here.
func (c *Core) Touched() { c.own.Touched() }

// KeepOpen holds the idle lock of the own home back.
func (c *Core) KeepOpen(on bool) { c.own.KeepOpen(on) }

// Propose files one act.
func (c *Core) Propose(ctx context.Context, g kp1.GID, a present.Act) (kp1.ID, error) {
	return c.core().Propose(ctx, g, a)
}

// ProposeTo files one act for some people.
func (c *Core) ProposeTo(ctx context.Context, g kp1.GID, a present.Act, to present.Audience) (kp1.ID, error) {
	return c.core().ProposeTo(ctx, g, a, to)
}

// GiveFile adds a file to a thread.
func (c *Core) GiveFile(ctx context.Context, g kp1.GID, f thread.File, data []byte, text string, to present.Audience) (post, id kp1.ID, err error) {
	return c.core().GiveFile(ctx, g, f, data, text, to)
}

// ReadFile returns what is in one.
func (c *Core) ReadFile(ctx context.Context, g kp1.GID, id kp1.ID) ([]byte, error) {
	return c.core().ReadFile(ctx, g, id)
}

// SaveFile saves one.
func (c *Core) SaveFile(ctx context.Context, g kp1.GID, id kp1.ID, path string) error {
	return c.core().SaveFile(ctx, g, id, path)
}

// Found founds a group.
func (c *Core) Found(ctx context.Context, f present.Found) (kp1.GID, error) {
	return c.core().Found(ctx, f)
}

// Invite makes an invite.
func (c *Core) Invite(ctx context.Context, g kp1.GID, ask present.InviteAsk) (present.Invite, error) {
	return c.core().Invite(ctx, g, ask)
}

// EndInvite ends one.
func (c *Core) EndInvite(ctx context.Context, g kp1.GID, id string) error {
	return c.core().EndInvite(ctx, g, id)
}

// Reissue makes an invite anew.
func (c *Core) Reissue(ctx context.Context, g kp1.GID, id string) (present.Invite, error) {
	return c.core().Reissue(ctx, g, id)
}

// PairMailbox has a group use a mailbox.
func (c *Core) PairMailbox(ctx context.Context, g kp1.GID, text, at string) error {
	return c.core().PairMailbox(ctx, g, text, at)
}

// DropMailbox has it use one no more.
func (c *Core) DropMailbox(ctx context.Context, g kp1.GID, id string) (present.Deed, error) {
	return c.core().DropMailbox(ctx, g, id)
}

// VisitMailboxes looks into all of them.
func (c *Core) VisitMailboxes(ctx context.Context) error { return c.core().VisitMailboxes(ctx) }

// KeepFor has this computer keep messages for a group, or no more.
func (c *Core) KeepFor(ctx context.Context, g kp1.GID, yes bool) (present.Deed, error) {
	return c.core().KeepFor(ctx, g, yes)
}

// Join files a request.
func (c *Core) Join(ctx context.Context, link, name string) (present.Join, error) {
	return c.core().Join(ctx, link, name)
}

// CancelJoin forgets one.
func (c *Core) CancelJoin(ctx context.Context, id string) error { return c.core().CancelJoin(ctx, id) }

// Approve lets a person in.
func (c *Core) Approve(ctx context.Context, g kp1.GID, request string, a present.Approval) (present.Approved, error) {
	return c.core().Approve(ctx, g, request, a)
}

// Decline answers no.
func (c *Core) Decline(ctx context.Context, g kp1.GID, request string) error {
	return c.core().Decline(ctx, g, request)
}

// Remove takes a member out.
func (c *Core) Remove(ctx context.Context, g kp1.GID, m kp1.MID) error {
	return c.core().Remove(ctx, g, m)
}

// SetRank gives a member another rank.
func (c *Core) SetRank(ctx context.Context, g kp1.GID, m kp1.MID, rank uint8) (present.Deed, error) {
	return c.core().SetRank(ctx, g, m, rank)
}

// Agree is the second person's yes.
func (c *Core) Agree(ctx context.Context, g kp1.GID, ask kp1.ID) error {
	return c.core().Agree(ctx, g, ask)
}

// Leave takes this person out.
func (c *Core) Leave(ctx context.Context, g kp1.GID) error { return c.core().Leave(ctx, g) }

// End takes a group away that nobody else is in.
func (c *Core) End(ctx context.Context, g kp1.GID) error { return c.core().End(ctx, g) }

// Words returns six words of a member.
func (c *Core) Words(ctx context.Context, g kp1.GID, m kp1.MID) ([6]string, error) {
	return c.core().Words(ctx, g, m)
}

// SetChecked notes that words were compared.
func (c *Core) SetChecked(ctx context.Context, g kp1.GID, m kp1.MID, yes bool) error {
	return c.core().SetChecked(ctx, g, m, yes)
}

// SetHidden hides what a member writes.
func (c *Core) SetHidden(ctx context.Context, g kp1.GID, m kp1.MID, yes bool) error {
	return c.core().SetHidden(ctx, g, m, yes)
}

// The made-up people have one computer each: linking is for the own home alone.

// ShowLink shows a code of the own home.
func (c *Core) ShowLink(ctx context.Context, back bool) (present.Link, error) {
	return c.own.ShowLink(ctx, back)
}

// TakeLink takes a code in the own home.
func (c *Core) TakeLink(ctx context.Context, code string, groups []kp1.GID) (present.Link, error) {
	return c.own.TakeLink(ctx, code, groups)
}

// LinkFile writes the file of a link of the own home.
func (c *Core) LinkFile(ctx context.Context, id, path string) error {
	return c.own.LinkFile(ctx, id, path)
}

// TakeLinkFile reads the file of another computer in the own home.
func (c *Core) TakeLinkFile(ctx context.Context, path string, groups []kp1.GID) (present.Link, error) {
	return c.own.TakeLinkFile(ctx, path, groups)
}

// SameWords says whether the words are the same.
func (c *Core) SameWords(ctx context.Context, id string, same bool) error {
	return c.own.SameWords(ctx, id, same)
}

// CancelLink forgets a link of the own home.
func (c *Core) CancelLink(ctx context.Context, id string) error { return c.own.CancelLink(ctx, id) }

// Nearby looks for computers in the same house; never for the made-up ones, which are in this process.
func (c *Core) Nearby(ctx context.Context, on bool) error {
	if _, made, _, _ := c.at(); made {
		return nil
	}
	return c.own.Nearby(ctx, on)
}

// Seen notes what was opened.
func (c *Core) Seen(ctx context.Context, g kp1.GID, ids ...kp1.ID) { c.core().Seen(ctx, g, ids...) }

// Setting returns a setting.
func (c *Core) Setting(key string) string { return c.core().Setting(key) }

// SetSetting keeps one.
func (c *Core) SetSetting(ctx context.Context, key, value string) error {
	return c.core().SetSetting(ctx, key, value)
}

// Look returns how the window is drawn: the same everywhere.
func (c *Core) Look() present.Look { return c.own.Look() }

// SetLook keeps it.
func (c *Core) SetLook(l present.Look) error { return c.own.SetLook(l) }
