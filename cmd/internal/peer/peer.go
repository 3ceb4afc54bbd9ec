// Package peer assembles one Kith peer: a keyring, a ledger and a node, and the small adapters between them. The window
// and kithctl both stand on it. It holds no rule of its own and never draws anything.
package peer

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kith/network"
	"kith/store"
	"kith/store/keyring"
)

// Options are what a Peer may be told; the zero value works.
type Options struct {
	Keychain keyring.Keychain     // nil: no keychain is touched
	Now      func() time.Time     // nil: time.Now
	Rand     io.Reader            // nil: the system's
	Log      *slog.Logger         // ids and counts; nil: silence
	IdleLock bool                 // lock after the minutes of the setting; for windows, not for servers
	Linger   func() time.Duration // how long to wait before keys are handed out unasked; nil: 0 to 30 s by chance
	// Ask is how long after a start nothing is written unasked, so that others can say first what this computer wrote before its
	// disk was put back (protocol.md 3.7); 0: ten seconds; below: not at all.
	Ask time.Duration
	// Over builds the node; nil: network.New. The simulator puts its own links here.
	Over  func(network.Options, network.Shelf, network.Rendezvous) (*network.Node, error)
	Again func(tries int) time.Duration // how long to wait between tries to join; nil: 2 s, growing to a minute
}

func (o Options) orDefault() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Linger == nil {
		o.Linger = func() time.Duration { return time.Duration(rand.Int64N(int64(30 * time.Second))) }
	}
	if o.Ask == 0 {
		o.Ask = 10 * time.Second
	}
	if o.Over == nil {
		o.Over = network.New
	}
	if o.Again == nil {
		o.Again = func(tries int) time.Duration { return min(2*time.Second<<min(tries, 5), time.Minute) }
	}
	return o
}

// The errors of this package.
var (
	errLocked  = &fault{"E_LOCKED", "the home is locked"}
	errNoHome  = &fault{"E_NO_HOME", "nobody has started Kith in this home"}
	errExists  = &fault{"E_HOME_EXISTS", "this home has a person already"}
	errReach   = &fault{"E_REACH", "no way in which members reach one another"}
	errKind    = &fault{"E_USAGE", "no such kind of group"}
	errHistory = &fault{"E_USAGE", "history is none, all or since a date"}
	errWaits   = &fault{"E_NOT_CONFIRMED", "this computer waits for another member's word"}
	errKept    = &fault{"E_WIPE_LEFT", "a file could not be taken away"}
	errAddr    = &fault{"E_NO_ADDRESS", "this computer has no address to be met at"}
	errWhere   = &fault{"E_WORDS_WHERE", "spoken words need the place that was said with them"}

	errPlaceOff   = &fault{"E_PLACE_OFF", "nobody answers at that place"}
	errWordsThere = &fault{"E_WORDS_THERE", "no invite lies there under these words"}
)

type fault struct{ code, msg string }

func (f *fault) Error() string { return f.msg }

// Code is the stable name of the error.
func (f *fault) Code() string { return f.code }

// Peer is one home: empty, locked or open. All methods may be called from any goroutine.
type Peer struct {
	home string
	o    Options

	mu      sync.Mutex
	open    *opened // nil while empty or locked
	node    *network.Node
	locked  lockedBy
	idle    idling
	staying bool // the idle lock is held back
	near    nearness
	trouble error
	made    map[string]bool // files that WriteFile has made

	turn     sync.Mutex    // one Start, Unlock or Lock at a time
	visiting sync.Mutex    // one look into the mailboxes at a time
	linking  sync.Mutex    // one talk with new computers at a time
	wake     signal        // the World changed
	state    signal        // opened, locked, or the node came or went
	joins    signal        // somebody should look at the joins now
	mail     signal        // somebody should look into the mailboxes now
	mailing  chan struct{} // one round of them at a time
	hear     hub
	kept     keeping // the mailbox on this computer
}

// lockedBy says when and why a home was locked.
type lockedBy struct {
	at  time.Time
	why string
}

// opened is what exists only while the home is unlocked.
type opened struct {
	rest   *keyring.AtRest
	ledger *store.Ledger
	shelf  *shelf
	marks  *marks
	mails  mailbook
	done   chan struct{} // closed when it is locked again
}

// New makes the peer of a home, which may be empty. It touches nothing yet. The caller holds the home's lock.
func New(home string, o Options) *Peer {
	return &Peer{home: home, o: o.orDefault(), wake: newSignal(), state: newSignal(), joins: newSignal(), mail: newSignal(), mailing: make(chan struct{}, 1), kept: keeping{changed: newSignal()}}
}

// started says whether a person lives in the home. A vault without a store is a start that was cut off.
func (p *Peer) started() bool {
	_, err := os.Lstat(filepath.Join(p.home, "store"))
	return keyring.Exists(p.home) && err == nil
}

// now returns what is open, or errLocked or errNoHome.
func (p *Peer) now() (*opened, error) {
	p.mu.Lock()
	o := p.open
	p.mu.Unlock()
	switch {
	case o != nil:
		return o, nil
	case !p.started():
		return nil, errNoHome
	}
	return nil, errLocked
}

// Close locks the home and lets everything go.
func (p *Peer) Close() error { return p.shut("", false, true) }

// filed is told by the ledger what came to the disk.
func (p *Peer) filed(o *opened, f store.Filed) {
	o.shelf.filed(f)
	if f.Members {
		if n := p.running(); n != nil {
			n.Changed()
		}
		p.joins.set()
	}
	if f.Members || f.From.IsZero() {
		p.mail.set()
	}
	if len(f.Events) > 0 {
		p.hear.tell(eventApplied(f.Group, f.Events))
	}
	p.wake.set()
}

// running returns the node, or nil.
func (p *Peer) running() *network.Node {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.node
}

// storeOptions are what a ledger is opened with. The opened it speaks of is filled in before the ledger can call.
func (p *Peer) storeOptions(o *opened) store.Options {
	return store.Options{Now: p.o.Now, Rand: p.o.Rand, Log: p.o.Log, Filed: func(f store.Filed) { p.filed(o, f) }}
}

// signal wakes whoever waits, any number of times; what was set while nobody waited is not lost to who remembers the
// channel from before.
type signal struct {
	mu *sync.Mutex
	c  *chan struct{}
}

func newSignal() signal {
	c := make(chan struct{})
	return signal{mu: &sync.Mutex{}, c: &c}
}

// next returns a channel that is closed at the next set.
func (s signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.c
}

func (s signal) set() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(*s.c)
	*s.c = make(chan struct{})
}

// sleep waits, or until ctx ends or one of the channels is closed.
func sleep(ctx context.Context, d time.Duration, or ...<-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	var a, b <-chan struct{}
	if len(or) > 0 {
		a = or[0]
	}
	if len(or) > 1 {
		b = or[1]
	}
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-a:
	case <-b:
	}
}

// code returns the stable name of an error, or "".
func code(err error) string {
	var c interface{ Code() string }
	if errors.As(err, &c) {
		return c.Code()
	}
	return ""
}
