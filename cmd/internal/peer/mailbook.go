package peer

import (
	"context"
	"maps"
	mrand "math/rand/v2"
	"slices"
	"sync"
	"time"

	"kith/network"
	"kith/store"
	"kith/store/kp1"
)

// mailing is what is remembered of one keeper while the home is open.
type mailing struct {
	old     time.Time // of the last look into older mailboxes
	newest  [32]byte  // seed of the newest mailbox then
	refused map[network.EnvelopeID]bool
	tickets [32]byte                    // the member ticket that the keeper is known to have
	noted   [32]byte                    // of what the newest mailbox lacked, when that was last written down
	past    map[network.EnvelopeID]bool // words and files that are too old to be left

	invites map[kp1.IID]*rendezvous // of who may answer them
	parked  *parked                 // the connection of the last visit, on which news is waited for

	hidden map[network.EnvelopeID]kept // what the newest mailbox should have and does not give out

	Reached time.Time // of the last visit that came to its end
	Trouble string    // code of what went wrong since
	Lost    int       // envelopes that the keeper had said it has, and had no more
	Hidden  int       // envelopes that it was given, or says it has, and does not give out
	NoFiles bool      // it has no room for files
}

// mailbook is what is remembered of all, by group and keeper.
type mailbook struct {
	mu   sync.Mutex
	all  map[string]*mailing
	life context.Context // while mailboxes may be watched
}

// parked is a connection kept after a visit: the keeper says on it when something new is there.
type parked struct {
	caller *network.Caller
	stop   context.CancelFunc
	over   chan struct{} // closed when it is watched no more
	err    error         // why, if not because there is news
}

// begin lets mailboxes be watched until ctx ends.
func (b *mailbook) begin(ctx context.Context) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.life = ctx
}

// end lets go of what is watched. Nothing is watched from then on.
func (b *mailbook) end() {
	b.mu.Lock()
	b.life = nil
	b.mu.Unlock()
	b.drop()
}

// drop lets go of what is watched: after a sleep the connections are not worth much.
func (b *mailbook) drop() {
	b.mu.Lock()
	all := slices.Collect(maps.Values(b.all))
	b.mu.Unlock()
	for _, at := range all {
		if c := b.unpark(at); c != nil {
			_ = c.Close()
		}
	}
}

// unpark ends the watch of a mailbox. It returns its connection, or nil where there is none that is any good.
func (b *mailbook) unpark(at *mailing) *network.Caller {
	b.mu.Lock()
	k := at.parked
	at.parked = nil
	b.mu.Unlock()
	if k == nil {
		return nil
	}
	good := true
	select {
	case <-k.over:
		good = k.err == nil
	default:
	}
	k.stop()
	<-k.over
	if !good {
		_ = k.caller.Close()
		return nil
	}
	return k.caller
}

// park watches the mailbox in which a visit has ended, and rings when something is put there. It is false where nothing is
// to be watched now.
func (b *mailbook) park(at *mailing, c *network.Caller, box *network.Box, ring func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.life == nil || at.parked != nil {
		return false
	}
	ctx, stop := context.WithCancel(b.life)
	if !box.Outlive(ctx) {
		stop()
		return false
	}
	k := &parked{c, stop, make(chan struct{}), nil}
	at.parked = k
	go func() {
		defer close(k.over)
		k.err = box.Watch(ctx)
		box.Leave()
		if k.err != nil { // the keeper is gone, or has no place for one more who watches
			sleep(ctx, mrand.N(mailEvery))
		}
		if ctx.Err() == nil {
			ring()
		}
	}()
	return true
}

// watched says whether every keeper of these groups has promised to say when something is there.
func (b *mailbook) watched(v store.View) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, g := range v.Groups {
		for _, m := range g.Mailboxes {
			if at := b.all[mailName(g.ID, m.Peer)]; at == nil || at.parked == nil {
				return false
			}
		}
	}
	return true
}

// calm is how long to wait between two looks where every keeper says when something is there. None says it of an invite: while
// one lies in a mailbox somebody may ask on it at any time, with the other on the phone.
func (b *mailbook) calm() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, at := range b.all {
		for _, v := range at.invites {
			if v.left {
				return mailEvery
			}
		}
	}
	return mailCalm
}

func mailName(g kp1.GID, peer []byte) string { return string(g[:]) + string(peer) }

func (b *mailbook) of(g kp1.GID, peer []byte) *mailing {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := mailName(g, peer)
	if b.all == nil {
		b.all = map[string]*mailing{}
	}
	if b.all[k] == nil {
		b.all[k] = &mailing{refused: map[network.EnvelopeID]bool{}}
	}
	return b.all[k]
}

// note changes what is shown of a keeper.
func (b *mailbook) note(do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	do()
}
