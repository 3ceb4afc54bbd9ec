package keeper

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"kith/network"
	"kith/network/mailbox"
	"kith/network/reconcile"
	"kith/network/wire"
)

// The bounds of one visit.
const (
	visitIdle  = 30 * time.Second // between two frames
	visitMost  = 10 * time.Minute
	helloMost  = 10 * time.Second // to log in
	aheadMost  = 64               // frames read before the first of them is answered
	aheadBytes = 1 << 20          // bytes of those
	chunkMost  = 64               // envelopes read in one transaction
	chunkBytes = 1 << 20          // bytes of those
	roundsMost = 64               // comparisons in one visit: each hashes the whole mailbox
	itemMemory = 160              // bytes that one envelope takes in a comparison, at most
	sendMemory = 96               // and while a range is sent
	idleMemory = 16 << 10         // of what a visit takes, while it waits for news
)

var errProtocol = errors.New("visit breaks the protocol")

// memory is what a visit may take, as far as the host's limits go.
type memory interface {
	reserve(bytes int) error
	release(bytes int)
}

// visit is one visitor's use of one mailbox.
type visit struct {
	k      *Keeper
	ctx    context.Context
	st     network.Stream
	from   peer.ID
	mem    memory
	r      *wire.Reader
	w      *wire.Writer
	who    mailbox.Visitor
	nonce  [32]byte
	round  *reconcile.Round
	held   int            // bytes reserved for the round
	lent   int            // of the pool, for the round
	owner  mailbox.Tenant // whose memory that is
	lacks  []wire.Frame   // what the last comparison has shown to be missing here
	rounds int
	over   time.Time
	heard  uint64 // of what the bell has rung, how much the visitor has put or compared with
	idle   bool   // most of the visit's memory is given back
}

// serve is one visit, from its first frame to its last.
func (k *Keeper) serve(ctx context.Context, st network.Stream, from peer.ID, source string, mem memory) error {
	v := &visit{k: k, ctx: ctx, st: st, from: from, mem: mem, r: wire.NewReader(st), w: wire.NewWriter(st), over: time.Now().Add(visitMost)}
	v.who.Source = source
	if err := mem.reserve(streamMemory); err != nil {
		return err
	}
	defer v.end()
	if err := st.SetDeadline(time.Now().Add(helloMost)); err != nil {
		return err
	}
	if on, err := v.enter(); err != nil || !on {
		return err
	}
	v.heard = k.bells.enter(v.who.Mailbox)
	defer k.bells.leave(v.who.Mailbox)
	return v.live()
}

func (v *visit) say(k wire.Kind, body ...byte) error {
	return v.w.Write(wire.Frame{Kind: k, Body: body})
}

// answer says OK or why not. What is neither a refusal nor nil is the disk's.
func (v *visit) answer(err error) error {
	var r mailbox.Refusal
	switch {
	case err == nil:
		return v.say(wire.OK)
	case errors.As(err, &r):
		v.k.count.refused.Add(1)
		return v.say(wire.Refused, byte(r))
	}
	v.k.o.Log.Warn("mailbox disk refused", "err", err)
	return v.say(wire.Refused, byte(wire.ReasonDisk))
}

// enter is the first step: a login to a mailbox, after which the visit goes on, or a pairing, with which it is over.
func (v *visit) enter() (on bool, err error) {
	var nR [32]byte
	rand.Read(nR[:])
	if err := errors.Join(v.say(wire.Nonce, nR[:]...), v.w.Flush()); err != nil {
		return false, err
	}
	v.r.Allow(wire.Login, wire.Pair)
	f, err := v.r.Next()
	if err != nil {
		return false, err
	}
	if f.Kind == wire.Pair {
		return false, v.pair(nR, f.Body)
	}
	l, err := wire.ReadLogin(f.Body)
	if err != nil {
		return false, err
	}
	v.who.Mailbox, v.nonce = mailbox.Key(l.Mailbox), network.SessionNonce(l.Nonce, nR)
	copy(v.who.Ticket[:], l.Ticket)
	err = mailbox.ErrClosed
	if (mailbox.Login{Relay: []byte(v.k.self), Visitor: []byte(v.from), Nonce: nR, Mailbox: v.who.Mailbox}).Proves(l.Sig[:]) {
		err = v.k.file.ask(func(t tx) error { return t.shelf.Enter(t.box, t.at, v.who) })
	}
	if err != nil {
		v.k.count.closed.Add(1)
		return false, errors.Join(v.answer(err), v.w.Flush())
	}
	v.k.count.visits.Add(1)
	if v.who.Ticket != (mailbox.Ticket{}) {
		v.k.relay.know(v.from, v.k.tenantOf(v.who.Ticket))
	}
	return true, errors.Join(v.say(wire.OK), v.w.Flush())
}

// pair lets a group in by a code. A code that is not known, over, used by somebody else or only half known is one answer.
func (v *visit) pair(nR [32]byte, body []byte) error {
	p, err := wire.ReadPair(body)
	if err != nil {
		return err
	}
	key, err := v.k.codeKey(p.Code)
	if err != nil {
		return errors.Join(v.answer(err), v.w.Flush())
	}
	want := network.PairProof(key, network.PairVisitor, v.k.self, v.from, nR, p.Nonce)
	if key == ([32]byte{}) || !hmac.Equal(want[:], p.Proof[:]) {
		v.k.count.closed.Add(1)
		return errors.Join(v.answer(mailbox.ErrClosed), v.w.Flush())
	}
	ours := network.PairProof(key, network.PairKeeper, v.k.self, v.from, nR, p.Nonce)
	if err := errors.Join(v.say(wire.Proof, ours[:]...), v.w.Flush()); err != nil {
		return err
	}
	v.r.Allow(wire.Tickets)
	f, err := v.r.Next()
	if err != nil {
		return err
	}
	tickets, err := wire.ReadTickets(f.Body)
	if err != nil {
		return err
	}
	return errors.Join(v.answer(v.k.usePair(v.ctx, p.Code, tickets.Member, tickets.Admin)), v.w.Flush())
}

// arrived is a frame that was read ahead, or why there is none.
type arrived struct {
	wire.Frame
	err error
}

// live answers until the visitor has had enough. Frames are read ahead, so that many envelopes are one commit.
func (v *visit) live() error {
	v.r.Allow(wire.Put, wire.Recon, wire.Lack, wire.Want, wire.WantRange, wire.Delete, wire.Open, wire.Watch, wire.Tickets)
	frames, gone, ended := make(chan arrived, aheadMost), make(chan struct{}), make(chan struct{})
	room := newRoom(aheadBytes)
	go func() {
		defer close(ended)
		for watching := false; ; {
			f, err := v.next(watching)
			watching = f.Kind == wire.Watch
			if !room.take(len(f.Body), gone) {
				return
			}
			select {
			case frames <- arrived{f, err}:
			case <-gone:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	defer func() {
		close(gone)
		v.st.Reset()
		<-ended
	}()
	for held := []arrived(nil); ; {
		var f arrived
		if len(held) > 0 {
			f, held = held[0], held[1:]
		} else {
			f = <-frames
		}
		if f.err != nil {
			return atEnd(f.err)
		}
		var err error
		if f.Kind == wire.Put {
			puts := [][]byte{f.Body}
			for more := true; more && len(puts) < aheadMost; {
				select {
				case next := <-frames:
					if more = next.err == nil && next.Kind == wire.Put; more {
						puts = append(puts, next.Body)
					} else {
						held = append(held, next)
					}
				default:
					more = false
				}
			}
			err = v.put(puts)
			for _, env := range puts {
				room.give(len(env))
			}
		} else if f.Kind == wire.Watch {
			if len(held) > 0 {
				return errProtocol
			}
			err = v.watch(frames)
		} else {
			err = v.do(f.Frame)
			room.give(len(f.Body))
		}
		if err == nil {
			err = v.w.Flush()
		}
		if err != nil {
			return atEnd(err)
		}
	}
}

// next reads a frame, for which the visitor has a while, and who watches has the whole visit.
func (v *visit) next(watching bool) (wire.Frame, error) {
	var err error
	if watching {
		err = v.st.SetDeadline(v.over)
	} else {
		err = v.touch()
	}
	if err != nil {
		return wire.Frame{}, err
	}
	return v.r.Next()
}

// watch tells the visitor, once, that something is there that they have neither put nor compared with. They wait for it, and
// say nothing meanwhile.
func (v *visit) watch(frames <-chan arrived) (err error) {
	k := v.who.Mailbox
	if !v.k.bells.watch(k) {
		return v.answer(mailbox.ErrBusy)
	}
	defer v.k.bells.unwatch(k)
	v.forget()
	v.lacks = nil
	v.mem.release(streamMemory - idleMemory)
	v.idle = true
	defer func() { err = errors.Join(err, v.wakeUp()) }()
	for {
		rung, next := v.k.bells.rung(k)
		if rung != v.heard {
			v.heard = rung
			return errors.Join(v.touch(), v.say(wire.News))
		}
		select {
		case <-next:
		case f := <-frames:
			if f.err != nil {
				return f.err
			}
			return errProtocol
		}
	}
}

// atEnd is why a visit ended: a visitor who left is no fault.
func atEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// wakeUp takes the memory again that a visitor who waits has no need of.
func (v *visit) wakeUp() error {
	if err := v.mem.reserve(streamMemory - idleMemory); err != nil {
		return err
	}
	v.idle = false
	return nil
}

// end gives back what the visit took.
func (v *visit) end() {
	v.forget()
	if v.idle {
		v.mem.release(idleMemory)
	} else {
		v.mem.release(streamMemory)
	}
}

// touch gives the visitor time for one more step, but not beyond the end of the visit.
func (v *visit) touch() error {
	return v.st.SetDeadline(v.until())
}

func (v *visit) until() time.Time {
	if until := time.Now().Add(visitIdle); until.Before(v.over) {
		return until
	}
	return v.over
}

// put files envelopes in one transaction and answers each after its commit.
func (v *visit) put(envs [][]byte) error {
	size := 0
	for _, env := range envs {
		size += len(env)
	}
	results := make([]error, len(envs))
	var fresh uint64
	err := v.k.file.write(v.ctx, size, func(t tx) error {
		fresh = 0
		for i, env := range envs {
			there := mailbox.Has(t.box, v.who.Mailbox, sha256.Sum256(env))
			results[i] = t.shelf.Put(t.box, t.at, v.who, env)
			if results[i] == nil && !there {
				fresh++
			}
			var r mailbox.Refusal
			if results[i] != nil && !errors.As(results[i], &r) {
				return results[i]
			}
		}
		return nil
	})
	if err == nil && fresh > 0 {
		v.k.bells.ring(v.who.Mailbox, fresh)
		v.heard += fresh
	}
	for i := range results {
		if err != nil {
			results[i] = err
		} else if results[i] == nil {
			v.k.count.put.Add(1)
		}
		if err := v.answer(results[i]); err != nil {
			return err
		}
	}
	return nil
}

func (v *visit) do(f wire.Frame) error {
	switch f.Kind {
	case wire.Recon:
		return v.recon(f.Body)
	case wire.Lack:
		for _, f := range v.lacks {
			if err := v.w.Write(f); err != nil {
				return err
			}
		}
		return v.say(wire.Served)
	case wire.Want:
		ids, err := wire.ReadIDs(f.Body)
		if err != nil {
			return err
		}
		return v.send(ids)
	case wire.WantRange:
		r, err := wire.ReadRange(f.Body)
		if err != nil {
			return err
		}
		return v.sendRange(r)
	case wire.Delete:
		d, err := wire.ReadDelete(f.Body)
		if err != nil {
			return err
		}
		return v.answer(v.k.file.write(v.ctx, len(f.Body), func(t tx) error {
			return t.shelf.Delete(t.box, t.at, v.who, d.ID, d.Token)
		}))
	case wire.Tickets:
		t, err := wire.ReadTickets(f.Body)
		if err != nil {
			return err
		}
		return v.answer(v.k.file.write(v.ctx, len(f.Body), func(x tx) error {
			return x.shelf.Replace(x.box, v.who, t.Member, t.Admin)
		}))
	case wire.Open:
		o, err := wire.ReadOpen(f.Body)
		if err != nil {
			return err
		}
		if !slices.Equal(o.Mailbox, v.who.Mailbox[:]) || mailbox.Ticket(o.Ticket) != v.who.Ticket {
			return errProtocol
		}
		return v.answer(v.k.file.write(v.ctx, len(f.Body), func(t tx) error {
			if o.Expiry == 0 {
				return t.shelf.Shut(t.box, t.at, v.who)
			}
			return t.shelf.Open(t.box, t.at, v.who, time.Unix(int64(min(o.Expiry, maxUnix)), 0)) //nolint:gosec // bounded
		}))
	}
	return errProtocol
}

// maxUnix is the latest expiry that makes sense, in seconds.
const maxUnix = 1 << 40

// recon answers one message of a comparison.
func (v *visit) recon(body []byte) error {
	t, msg, err := wire.ReadRecon(body)
	if err != nil {
		return err
	}
	if t == wire.Start {
		if err := v.begin(); err != nil {
			return err
		}
	} else if t&^wire.More != 0 || v.round == nil {
		return errProtocol
	}
	reply, err := v.round.Answer(msg, t&wire.More != 0)
	if err != nil {
		return err
	}
	if t == wire.Start && v.round.Level() {
		v.forget()
		return v.w.Write(wire.Frame{Kind: wire.Recon, Body: wire.ReconBody(wire.Level, reply[0])})
	}
	if err := v.w.Recons(reply); err != nil {
		return err
	}
	if v.round.Done() {
		ids, ranges := v.round.Wants()
		v.lacks = wants(ids, ranges)
		v.forget()
	}
	return nil
}

// wants are the frames that ask for what a comparison has shown.
func wants(ids []reconcile.ID, ranges []reconcile.Range) (out []wire.Frame) {
	for _, r := range ranges {
		out = append(out, wire.Frame{Kind: wire.WantRange, Body: wire.RangeBody(r)})
	}
	for some := range slices.Chunk(ids, wire.MaxIDs) {
		out = append(out, wire.Frame{Kind: wire.Want, Body: wire.IDsBody(some)})
	}
	return out
}

// begin takes the mailbox as it is now for a comparison, as far as there is memory for it.
func (v *visit) begin() error {
	v.forget()
	v.lacks = nil
	if v.rounds++; v.rounds > roundsMost {
		return errProtocol
	}
	if err := v.borrow(itemMemory); err != nil {
		return err
	}
	var set reconcile.Set
	var hidden []reconcile.Item
	v.heard, _ = v.k.bells.rung(v.who.Mailbox)
	err := v.k.file.read(func(t tx) (err error) {
		set, err = mailbox.Set(t.box, v.who.Mailbox)
		if v.k.o.Hides != nil {
			for i := range set.Len() {
				if it := set.At(i); v.k.o.Hides(it.ID) {
					hidden = append(hidden, it)
				}
			}
			set = set.Without(hidden...)
		}
		return err
	})
	if err == nil {
		v.round = reconcile.Begin(set, v.nonce)
	}
	return err
}

// borrow waits for memory, so much for each envelope of the mailbox, until forget. Many who come at once are served one after
// another.
func (v *visit) borrow(each int) error {
	n, owner := 0, mailbox.Tenant{}
	err := v.k.file.read(func(t tx) (err error) {
		n, owner, err = mailbox.CountOf(t.box, v.who.Mailbox)
		return err
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(v.ctx, turnMost)
	defer cancel()
	lent, err := v.k.pool.take(ctx, owner, n*each)
	if err != nil {
		return err
	}
	if err := errors.Join(v.touch(), v.mem.reserve(n*each)); err != nil {
		v.k.pool.give(owner, lent)
		return err
	}
	v.held, v.lent, v.owner = n*each, lent, owner
	return nil
}

// forget lets the comparison go, and its memory.
func (v *visit) forget() {
	v.mem.release(v.held)
	v.k.pool.give(v.owner, v.lent)
	v.round, v.held, v.lent = nil, 0, 0
}

// sendRange sends what lies in a range. A comparison that was not ended is over: nobody waits for memory while they have some.
func (v *visit) sendRange(r reconcile.Range) error {
	v.forget()
	if err := v.borrow(sendMemory); err != nil {
		return err
	}
	defer v.forget()
	var ids []reconcile.ID
	err := v.k.file.read(func(t tx) (err error) {
		ids, err = mailbox.Sending(t.box, v.who.Mailbox, r)
		return err
	})
	if err != nil {
		return err
	}
	return v.send(ids)
}

// send sends these envelopes; one that is not here any more is left out. It reads a few at a time: a visitor who reads
// slowly must not hold a transaction open.
func (v *visit) send(ids []reconcile.ID) error {
	for len(ids) > 0 {
		var envs [][]byte
		n := 0
		err := v.k.file.read(func(t tx) error {
			size := 0
			for n < len(ids) && n < chunkMost && size < chunkBytes {
				if env := mailbox.Get(t.box, v.who.Mailbox, ids[n]); env != nil {
					envs, size = append(envs, slices.Clone(env)), size+len(env)
				}
				n++
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, env := range envs {
			if err := v.w.Write(wire.Frame{Kind: wire.Env, Body: env}); err != nil {
				return err
			}
			v.k.count.got.Add(1)
		}
		ids = ids[n:]
		if err := v.touch(); err != nil { // it reads: it is not idle
			return err
		}
	}
	return v.say(wire.Served)
}
