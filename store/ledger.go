package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/link"
)

// format is the version of the store's own layout. A file with a higher one is left alone.
const format = 1

// Top-level shelves. None of these names says anything that the program's own source does not.
const (
	shelfMeta   = "meta"   // what the person and this computer are
	shelfGroups = "groups" // one shelf a group inside, named by HMAC
	shelfJoins  = "joins"  // requests of ours that wait
	shelfLinks  = "links"  // computers of this person on their way in
	shelfBoxes  = "boxes"  // rendezvous mailboxes that this computer serves
	shelfLocal  = "local"  // settings and read marks of this computer
)

// Options are what a Ledger may be given; the zero value works.
type Options struct {
	Now    func() time.Time // nil means time.Now
	Rand   io.Reader        // nil means crypto/rand
	Log    *slog.Logger     // nil means silence; ids and counts only
	Shared *Shared          // nil, as in every program: this ledger works everything out by itself
	// Filed is told, after the commit and outside any lock, what was filed: our own ops and those of others. It must not
	// block and may be nil.
	Filed func(Filed)

	renewing func(step string) // told of each step of a renewal; for tests
	tierMost uint64            // as the constant, for tests of an index in tiers; 0 means that
	maxSize  int               // bytes the file may have, for tests of a full disk; 0 means what the disk holds
}

func (o Options) orDefault() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.tierMost == 0 {
		o.tierMost = tierMost
	}
	return o
}

// Filed names envelopes of one group that are on this disk since a moment ago.
type Filed struct {
	Group     kp1.GID
	Envelopes []Item
	Raw       [][]byte // their bytes, in the same order, but for chunks of files; not to be changed
	Chunks    []kp1.ID // the chunks among them
	First     uint64   // the entries of our log this covers: First to Last, none when Last is less
	Last      uint64
	From      kp1.DID  // the device that sent them; zero for our own
	Events    []kp1.ID // ops that took effect
	Lost      []Item   // envelopes that were taken off this disk: their words, or an op in them, were taken away, or they were refused after they had waited
	Members   bool     // who is in, or the keys, changed with it
}

// An Item names one envelope in the order in which sets are compared (protocol.md 7.4).
type Item struct {
	Week uint64
	ID   kp1.ID
}

// A Ledger is the one door to everything on this computer's disk. All methods may be called from any goroutine. No
// slice or pointer it hands out reaches back into it.
type Ledger struct {
	opt  Options
	rest *keyring.AtRest
	home string

	mu     sync.Mutex
	gate   sync.RWMutex // held for reading by every reader, so that the file can be put in another's place
	db     atomic.Pointer[bbolt.DB]
	who    person
	groups map[kp1.GID]*house
	broken map[string]Broken // by the name of the group's shelf; nil while all are whole
	joins  map[kp1.IID]*join
	boxes  map[kp1.ID]*box // by the mailbox key's hash
	links  map[link.ID]*linkRecord
	pens   sync.WaitGroup // signing and sealing for the transaction under way
	after  []Filed        // told once the lock is let go
	heeded bool           // what others hold has changed, in memory at least
	views  *stream[View]
	old    oldDevices // of this person's own that write no more: see rollback.go
	opened uint64     // unix seconds
	paces  paces

	// What the transaction under way has changed in memory. When it fails, that is read anew from the disk.
	stale    map[kp1.GID]bool
	staleTop bool // joins, mailboxes, links and the twelve words
}

// Create makes the store of a new person in an empty home and opens it. rest is from keyring.Create; the Ledger does
// not close it. It returns ErrExists, and touches nothing, when there is a store already.
func Create(home string, rest *keyring.AtRest, name string, o Options) (*Ledger, error) {
	return CreateFrom(home, rest, name, keyring.Recovery{}, o)
}

// CreateFrom is Create for a person who has their twelve words already; a zero Recovery means new ones.
func CreateFrom(home string, rest *keyring.AtRest, name string, rs keyring.Recovery, o Options) (*Ledger, error) {
	o = o.orDefault()
	who, err := newPerson(o.Rand, name, rs)
	if err != nil {
		return nil, err
	}
	err = createFile(home, func(t *bbolt.Tx) error {
		meta, err := tx{Tx: t, rest: rest}.top(shelfMeta, true)
		if err != nil {
			return err
		}
		if err := meta.put([]byte("format"), be64(format)); err != nil {
			return err
		}
		return meta.putCBOR([]byte("person"), who)
	})
	if err != nil {
		return nil, err
	}
	return Open(home, rest, o)
}

// Open opens the store of a home. Errors worth testing for: ErrNoStore, ErrInUse, ErrDamaged, ErrNewer, ErrDisk.
// After any of them the file is as it was.
func Open(home string, rest *keyring.AtRest, o Options) (*Ledger, error) {
	db, err := openFile(home, o.maxSize)
	if err != nil {
		return nil, err
	}
	if db, err = finishRenewal(home, db, rest, o.maxSize); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	l := &Ledger{
		opt: o.orDefault(), rest: rest, home: home, stale: map[kp1.GID]bool{},
		groups: map[kp1.GID]*house{}, joins: map[kp1.IID]*join{}, boxes: map[kp1.ID]*box{},
		links: map[link.ID]*linkRecord{},
	}
	l.db.Store(db)
	l.opened = l.unix()
	if err := l.view(l.load); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	l.views = newStream(l.snapshot())
	return l, nil
}

// load reads what the memory needs; envelopes and early events stay on the disk.
func (l *Ledger) load(t tx) error {
	meta, err := t.top(shelfMeta, false)
	if err != nil {
		return err
	}
	v, err := meta.get([]byte("format"))
	switch {
	case err != nil:
		return err
	case len(v) != 8:
		return fmt.Errorf("no format: %w", ErrDamaged)
	case slices.Compare(v, be64(format)) > 0:
		return ErrNewer
	}
	if err := useNames(meta, l.rest); err != nil {
		return err
	}
	if ok, err := meta.getCBOR([]byte("person"), &l.who); err != nil || !ok {
		return cmp.Or(err, fmt.Errorf("no person: %w", ErrDamaged))
	}
	if err := l.loadOld(meta); err != nil {
		return err
	}
	if err := l.loadGroups(t); err != nil {
		return err
	}
	if err := l.loadBoxes(t); err != nil {
		return err
	}
	if err := l.loadLinks(t); err != nil {
		return err
	}
	return l.loadJoins(t)
}

// Close writes what others have said, and a checkpoint of each group, and closes the file. The Ledger is of no use afterwards.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	db := l.db.Load()
	if db == nil {
		return nil
	}
	_, err := l.update(func(t tx) error {
		for _, h := range l.sorted() {
			if err := errors.Join(h.writeNotes(t), h.checkpoint(t)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil { // it is worth nothing but time: the next start folds the ops
		l.opt.Log.Warn("no checkpoint", "why", codeOf(err))
	}
	l.db.Store(nil)
	return diskError(db.Close())
}

// Views yields the View of now and then each newer one; what was not taken in time is skipped.
func (l *Ledger) Views(ctx context.Context) iter.Seq[View] { return l.views.all(ctx) }

// View returns the newest View.
func (l *Ledger) View() View {
	v := l.views.now()
	for _, g := range v.Groups {
		if g.Care.Err() != nil { // a page of the checkpoint is not as it was written
			return l.heal()
		}
	}
	return v
}

// heal folds anew, from the ops, what a damaged checkpoint can no longer show.
func (l *Ledger) heal() View {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range l.groups {
		if h.view.Err() == nil {
			continue
		}
		if err := l.view(h.foldAll); err != nil {
			l.opt.Log.Warn("ops do not fold", "group", h.id.Short(), "why", codeOf(err))
			continue
		}
		h.folded = 0 // the next checkpoint is written whole
	}
	l.views.publish(l.snapshot())
	return l.views.now()
}

// errClosed: the ledger was closed under the caller, as a lock does.
var errClosed = &kp1.Error{ECode: "E_LOCKED", Msg: "store is closed"}

// view runs do in a read transaction. The lock is the caller's affair.
func (l *Ledger) view(do func(tx) error) error {
	l.gate.RLock()
	defer l.gate.RUnlock()
	db := l.db.Load()
	if db == nil {
		return errClosed
	}
	return guarded(func() error { return db.View(func(t *bbolt.Tx) error { return do(tx{Tx: t, rest: l.rest}) }) })
}

// errIdle takes back a transaction that changed nothing, so that it costs no sync.
var errIdle = errors.New("store: nothing to write")

// update runs do in one durable transaction and says whether it wrote anything; the lock is held.
func (l *Ledger) update(do func(tx) error) (wrote bool, err error) {
	db := l.db.Load()
	if db == nil {
		return false, errClosed
	}
	defer l.pens.Wait()
	err = guarded(func() error {
		return db.Update(func(t *bbolt.Tx) error {
			db.AllocSize = growth(t.Size())
			if err := do(tx{Tx: t, rest: l.rest, wrote: &wrote}); err != nil || wrote {
				return err
			}
			return errIdle
		})
	})
	if errors.Is(err, errIdle) {
		err = nil
	}
	if err != nil && codeOf(err) == codeOf(nil) { // bbolt keeps some of the disk's answers as text alone
		err = fmt.Errorf("%w: %w", ErrDisk, err)
	}
	return wrote && err == nil, err
}

// change is the one way to write: lock, one transaction, publish, tell. When the transaction fails, what do changed in
// memory is read anew from the disk, so that memory and disk never differ.
func (l *Ledger) change(do func(tx) error) error {
	l.mu.Lock()
	after, err := l.changeLocked(do)
	l.mu.Unlock()
	if l.opt.Filed != nil {
		for _, f := range after {
			l.opt.Filed(f)
		}
	}
	return err
}

func (l *Ledger) changeLocked(do func(tx) error) ([]Filed, error) {
	if err := l.mend(); err != nil { // what an earlier failure left, when the disk could not even be read
		return nil, err
	}
	wrote, err := l.update(do)
	after, heeded := l.after, l.heeded
	l.after, l.heeded = nil, false
	switch {
	case l.db.Load() == nil:
		return nil, err
	case err != nil:
		if !l.staleTop && len(l.stale) == 0 {
			return nil, err // refused before anything was touched
		}
		if not := l.mend(); not != nil {
			return nil, errors.Join(err, not) // what is left to mend is mended before the next change
		}
		after = nil
	case !wrote:
		clear(l.stale)
		l.staleTop = false
		if heeded {
			l.views.publish(l.views.now())
		}
		return nil, nil
	}
	clear(l.stale)
	l.staleTop = false
	l.views.publish(l.snapshot())
	return after, err
}

// mend reads anew what a failed transaction had changed in memory.
func (l *Ledger) mend() error {
	for g := range l.stale {
		if err := l.reload(g); err != nil {
			return err
		}
		delete(l.stale, g)
	}
	if !l.staleTop {
		return nil
	}
	l.joins, l.boxes, l.links = map[kp1.IID]*join{}, map[kp1.ID]*box{}, map[link.ID]*linkRecord{}
	if err := l.view(func(t tx) error {
		return errors.Join(l.loadBoxes(t), l.loadJoins(t), l.loadLinks(t), l.reloadPerson(t))
	}); err != nil {
		return err
	}
	l.staleTop = false
	return nil
}

// reload drops what memory holds of a group and reads it again. When it cannot be read any more it is noted as broken.
func (l *Ledger) reload(g kp1.GID) error {
	delete(l.groups, g)
	return l.view(func(t tx) error {
		name := l.rest.Name("group", g[:])
		groups, err := t.top(shelfGroups, false)
		if err != nil || groups.b == nil || groups.b.Bucket(name) == nil {
			return err // it was never filed
		}
		return l.loadOne(t, groups, name)
	})
}

// sorted returns the groups by id.
func (l *Ledger) sorted() []*house {
	out := make([]*house, 0, len(l.groups))
	for _, h := range l.groups {
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b *house) int { return a.id.Compare(b.id) })
	return out
}

// week is the sort key of an envelope sealed now (protocol.md 6.1); nobody believes it.
func (l *Ledger) week() uint64 {
	return uint64(max(0, l.opt.Now().UnixMilli())) / (7 * 24 * 3_600_000) //nolint:gosec // not negative
}
