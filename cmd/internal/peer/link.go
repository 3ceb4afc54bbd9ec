package peer

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"kith/app/present"
	"kith/network"
	"kith/store"
	"kith/store/kp1"
	"kith/store/link"
)

// ShowLink makes this computer the new one, or returns the code that is open.
func (p *Peer) ShowLink(ctx context.Context, back bool) (present.Link, error) {
	in, err := p.now()
	if err != nil {
		return present.Link{}, err
	}
	id, err := peerID(in.ledger.Transport())
	if err != nil {
		return present.Link{}, err
	}
	l, err := in.ledger.ShowLink(ctx, []byte(id), back)
	return p.linked(in, l, err)
}

// linked is what a call about links returns; whoever waits looks again.
func (p *Peer) linked(in *opened, l store.Link, err error) (present.Link, error) {
	p.went(err)
	if n := p.running(); n != nil {
		n.Changed() // strangers may have business here now, or no more
	}
	p.joins.set()
	p.wake.set()
	if err != nil {
		return present.Link{}, err
	}
	return linkOf(l, in.ledger.View(), p.addrs(in), p.o.Now()), nil
}

// TakeLink takes the code of a new computer, or of one that comes back.
func (p *Peer) TakeLink(ctx context.Context, code string, groups []kp1.GID) (present.Link, error) {
	return p.TakeLinkAt(ctx, code, nil, groups)
}

// TakeLinkAt is TakeLink for a code of words alone, with the addresses of the computer that shows them.
func (p *Peer) TakeLinkAt(ctx context.Context, code string, at []string, groups []kp1.GID) (present.Link, error) {
	in, err := p.now()
	if err != nil {
		return present.Link{}, err
	}
	if len(parseAddrs(at)) != len(at) {
		return present.Link{}, network.ErrAddress
	}
	l, err := in.ledger.TakeLink(ctx, store.LinkCode{Text: code, Addrs: at, Only: groups})
	return p.linked(in, l, err)
}

// LinkFile writes the file of a link.
func (p *Peer) LinkFile(ctx context.Context, id, path string) error {
	return p.withLink(id, func(in *opened, id link.ID) error { return in.ledger.LinkFile(ctx, id, path) })
}

// TakeLinkFile reads the file of the other computer.
func (p *Peer) TakeLinkFile(ctx context.Context, path string, groups []kp1.GID) (present.Link, error) {
	in, err := p.now()
	if err != nil {
		return present.Link{}, err
	}
	id, err := peerID(in.ledger.Transport())
	if err != nil {
		return present.Link{}, err
	}
	l, err := in.ledger.TakeLinkFile(ctx, path, groups, []byte(id))
	return p.linked(in, l, err)
}

// SameWords says whether the words are the same on both screens.
func (p *Peer) SameWords(ctx context.Context, id string, same bool) error {
	return p.withLink(id, func(in *opened, id link.ID) error {
		_, err := in.ledger.SameWords(ctx, id, same)
		if err == nil {
			p.settle(ctx, in)
		}
		return err
	})
}

// CancelLink forgets a link.
func (p *Peer) CancelLink(_ context.Context, id string) error {
	return p.withLink(id, func(in *opened, id link.ID) error { return in.ledger.CancelLink(id) })
}

func (p *Peer) withLink(id string, do func(in *opened, id link.ID) error) error {
	in, err := p.now()
	if err != nil {
		return err
	}
	for _, l := range in.ledger.View().Links {
		if l.ID.String() == id {
			if !in.shelf.enter() {
				return errLocked
			}
			defer in.shelf.calls.Done()
			_, err := p.linked(in, l, do(in, l.ID))
			return err
		}
	}
	return store.ErrNoLink
}

// linkOf is a link as it is shown.
func linkOf(l store.Link, v store.View, addrs []string, now time.Time) present.Link {
	out := present.Link{
		ID: l.ID.String(), New: l.New, Back: l.Back, ByFile: l.ByFile, Words: l.Words, Mine: l.Same, Others: l.Others, Name: l.Name,
		At: l.At, Until: l.Until, Err: l.Why,
	}
	waits, going := false, false
	for _, g := range l.Groups {
		x := present.LinkGroup{ID: g.ID, Name: g.Name, State: linkGroupStates[g.State], Err: g.Why}
		if s := v.Group(g.ID); !s.ID.IsZero() {
			if name := s.Care.People().Group().Name; name != "" {
				x.Name = name
			}
			if _, in := s.State.Device(g.Device); in && x.State == present.LinkGroupWaits && l.Stage == store.LinkCarried {
				x.State = present.LinkGroupIn
			}
		}
		waits = waits || x.State == present.LinkGroupWaits
		going = going || x.State == present.LinkGroupAsked || x.State == present.LinkGroupComing && (l.New || !l.ByFile)
		out.Groups = append(out.Groups, x)
	}
	spoken := l.Code.Words()
	if l.New && l.Stage == store.LinkShown || l.ByFile {
		out.Spoken = spoken[:]
	}
	switch l.Stage {
	case store.LinkShown:
		out.Stage = present.LinkShown
		switch {
		case l.New && l.Back && letIn(v): // nobody tells it: it finds out from the groups themselves
			out.Stage, out.Spoken = present.LinkDone, nil
		case l.New && !l.ByFile:
			out.Code = codeOf(l, addrs)
		}
	case store.LinkCompare:
		if out.Stage = present.LinkCompare; l.Same {
			out.Stage = present.LinkWaiting
		}
	case store.LinkWriting:
		switch {
		case !l.New && l.ByFile && !l.Filed:
			out.Stage = present.LinkWaiting
		case going:
			out.Stage = present.LinkWriting
		case waits:
			out.Stage = present.LinkWaits
		default:
			out.Stage = present.LinkDone
		}
	case store.LinkDone:
		out.Stage = present.LinkDone
	case store.LinkCarried:
		out.Stage = present.LinkCarried
	default:
		out.Stage = present.LinkOver
	}
	if (out.Stage == present.LinkShown || out.Stage == present.LinkCompare) && !now.Before(l.Until) {
		out.Stage, out.Err, out.Code, out.Words = present.LinkOver, store.ErrLinkOld, "", nil
	}
	return out
}

// letIn says whether this computer is in its groups, and waits at the door of none.
func letIn(v store.View) bool {
	return slices.ContainsFunc(v.Groups, func(g store.Group) bool { return g.In }) && !slices.ContainsFunc(v.Groups, waits)
}

var linkGroupStates = []string{
	store.LinkAsked: present.LinkGroupAsked, store.LinkNamed: present.LinkGroupWaits, store.LinkComing: present.LinkGroupComing,
	store.LinkIn: present.LinkGroupIn, store.LinkOut: present.LinkGroupOut,
}

func codeOf(l store.Link, addrs []string) string {
	t := link.Text{Hash: l.Hash, Addrs: addrs, Expires: uint64(max(0, l.Until.Unix()))} //nolint:gosec // not negative
	if l.Back {
		t.Kind = link.Back
	}
	text, err := t.Encode()
	if err != nil {
		return ""
	}
	return text
}

// links is what the node sees of the codes that are shown here.
type links struct {
	p  *Peer
	in *opened
}

// Keys are those of the open codes.
func (l links) Keys() [][32]byte {
	if !l.in.shelf.enter() {
		return nil
	}
	defer l.in.shelf.calls.Done()
	return l.in.ledger.LinkKeys()
}

// Hear takes one turn of the other computer.
func (l links) Hear(ctx context.Context, key [32]byte, from peer.ID, turn []byte) ([]byte, error) {
	if !l.in.shelf.enter() {
		return nil, errLocked
	}
	defer l.in.shelf.calls.Done()
	reply, err := l.in.ledger.LinkHear(ctx, key, []byte(from), turn)
	l.p.wake.set()
	if errors.Is(err, store.ErrLinkTaken) {
		err = network.ErrTaken
	}
	return reply, err
}

// Sought are the keys of codes that came as words alone.
func (l links) Sought() [][32]byte {
	if !l.in.shelf.enter() {
		return nil
	}
	defer l.in.shelf.calls.Done()
	var out [][32]byte
	for _, v := range l.in.ledger.LinkVisits() {
		if len(v.Addrs) == 0 {
			out = append(out, v.Key)
		}
	}
	return out
}

// Found takes where such a computer is.
func (l links) Found(key [32]byte, at []ma.Multiaddr) {
	if !l.in.shelf.enter() {
		return
	}
	defer l.in.shelf.calls.Done()
	for _, v := range l.in.ledger.LinkVisits() {
		if v.Key == key && len(v.Addrs) == 0 {
			l.p.went(l.in.ledger.LinkAt(v.ID, texts(at)))
			l.p.joins.set()
		}
	}
}

// keepLinking talks with every new computer whose code was taken here, again and again, for as long as it takes.
func (p *Peer) keepLinking(ctx context.Context, in *opened, up <-chan struct{}) error {
	select {
	case <-up:
	case <-ctx.Done():
		return nil
	}
	for tries := 0; ctx.Err() == nil; tries++ {
		changed := p.joins.next()
		if in.shelf.enter() {
			p.went(in.ledger.LinkShare())
			in.shelf.calls.Done()
		}
		if len(in.ledger.LinkVisits()) == 0 {
			sleep(ctx, time.Minute, changed)
			tries = -1
			continue
		}
		if p.linkOnce(ctx, in) > 0 {
			tries = 0 // a person is there, comparing words
		}
		sleep(ctx, p.o.Again(tries), changed)
	}
	return nil
}

// linkOnce talks once with each new computer, and returns how many could be reached.
func (p *Peer) linkOnce(ctx context.Context, in *opened) (reached int) {
	p.linking.Lock()
	defer p.linking.Unlock()
	node := p.running()
	if node == nil {
		return 0
	}
	for _, v := range in.ledger.LinkVisits() {
		if p.talkTo(ctx, in, node, v) {
			reached++
		}
	}
	return reached
}

// talkTo talks with one new computer. What ends the link for good is on the disk then; everything else is tried again.
func (p *Peer) talkTo(ctx context.Context, in *opened, node *network.Node, v store.LinkVisit) bool {
	at := parseAddrs(v.Addrs)
	if len(at) == 0 {
		return false
	}
	err := node.Knock(ctx, at, v.Key, func(other peer.ID, say func([]byte) ([]byte, error)) error {
		if !in.shelf.enter() {
			return errLocked
		}
		defer in.shelf.calls.Done()
		return in.ledger.LinkTalk(ctx, v.ID, []byte(node.Self()), []byte(other), p.addrs(in), say)
	})
	p.o.Log.Info("talked about a link", "why", code(err))
	switch {
	case errors.Is(err, network.ErrClosed):
		p.went(in.ledger.LinkEnded(v.ID, store.ErrLinkClosed))
	case errors.Is(err, network.ErrTaken):
		p.went(in.ledger.LinkEnded(v.ID, store.ErrLinkTaken))
	}
	node.Changed()
	p.wake.set()
	return err == nil
}

// LinkWait serves until a link has come so far, or ctx ends; nothing has to serve yet.
func (p *Peer) LinkWait(ctx context.Context, id string, enough func(present.Link) bool) (present.Link, error) {
	in, err := p.now()
	if err != nil {
		return present.Link{}, err
	}
	_, stop, err := p.upNow(ctx, in)
	if err != nil {
		return present.Link{}, err
	}
	defer stop()
	for {
		changed := p.wake.next()
		w := p.World()
		i := slices.IndexFunc(w.Links, func(l present.Link) bool { return l.ID == id })
		if i < 0 {
			return present.Link{}, store.ErrNoLink
		}
		if enough(w.Links[i]) {
			return w.Links[i], nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return w.Links[i], ctx.Err()
		}
	}
}
