package peer

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	mrand "math/rand/v2"
	"slices"
	"time"

	ma "github.com/multiformats/go-multiaddr"

	"kith/cmd/internal/verb"
	"kith/network"
	"kith/network/mailbox"
	"kith/network/reconcile"
	"kith/store"
	"kith/store/kp1"
)

// A group's mailboxes are visited for as long as this computer is on: what waits there is collected, what is not there yet
// is left, and whoever was away finds the way from the mailbox of an old key to that of the newest (docs/spec/mailbox.md).

const (
	mailEvery  = 30 * time.Second // between two looks, give or take a quarter
	mailAgain  = 3 * time.Second  // where nobody answers, twice as long each time,
	mailSlow   = time.Minute      // and at most
	mailCalm   = 5 * time.Minute  // where every keeper has promised to say when something is there, and no invite waits
	mailSoon   = 300 * time.Millisecond
	mailOld    = time.Hour       // between two looks into the mailboxes of older keys
	mailMost   = 9 * time.Minute // one visit; the keeper's own bound is ten
	boxesMost  = 16              // keys whose mailboxes are looked into, and in which news is left: keys live for a month
	movesMost  = 32              // newer keys found in one visit
	weeksMost  = 26              // what was said longer ago is not left any more: a keeper keeps it as long
	weeksKept  = 24              // an envelope no older than that cannot have outlived its time at a keeper
	pastMost   = 50_000          // ops older than that are left while a mailbox holds fewer: half of what one holds
	putChunk   = 256             // envelopes read at once
	putParts   = 16              // chunks of files read at once
	refuseMost = 1 << 14         // envelopes of one keeper that are not asked for again
)

// keepMailing visits the mailboxes of every group: soon after something new is on the disk, and now and then.
func (p *Peer) keepMailing(ctx context.Context, in *opened, up <-chan struct{}) error {
	select {
	case <-up:
	case <-ctx.Done():
		return nil
	}
	in.mails.begin(ctx)
	defer in.mails.end()
	for fails := 0; ctx.Err() == nil; {
		changed := p.mail.next()
		wait := mailEvery
		switch reached, of := p.mailOnce(ctx, in); {
		case of == 0:
			wait = time.Hour // until a mailbox is paired, which rings
		case in.mails.watched(in.ledger.View()):
			wait, fails = in.mails.calm(), 0
		case reached == 0:
			wait = min(mailSlow, mailAgain<<min(fails, 8))
			fails++
		default:
			fails = 0
		}
		sleep(ctx, wait*3/4+mrand.N(wait/2+1), changed)
		sleep(ctx, mailSoon) // what comes together goes together
	}
	return nil
}

// mailOnce visits every mailbox once, and says how many were reached of how many there are.
func (p *Peer) mailOnce(ctx context.Context, in *opened) (reached, of int) {
	select {
	case p.mailing <- struct{}{}:
		defer func() { <-p.mailing }()
	case <-ctx.Done():
		return 0, 0
	}
	for _, g := range in.ledger.View().Groups {
		for _, m := range g.Mailboxes {
			if ctx.Err() != nil {
				return reached, of
			}
			of++
			at := in.mails.of(g.ID, m.Peer)
			err := p.mailVisit(ctx, in, g.ID, m, at)
			in.mails.note(func() {
				if at.Trouble = code(err); err == nil {
					at.Reached = p.o.Now()
				} else if at.Trouble == "" {
					at.Trouble = network.ErrRelay.Code()
				}
			})
			if err != nil {
				p.o.Log.Info("mailbox visit ended early", "group", g.ID.Short(), "why", code(err))
			} else {
				reached++
			}
			p.wake.set()
		}
	}
	return reached, of
}

// round is one visit to one keeper for one group.
type round struct {
	p      *Peer
	in     *opened
	g      kp1.GID
	m      store.Mailbox
	at     *mailing
	own    bool // it is on this computer: what lies there is no nearer to anybody else
	caller *network.Caller
	box    *network.Box // the newest, as it was left: nil until then
}

// mailVisit collects what waits, from the newest mailbox back to those of older keys and on to newer ones that are found on
// the way; then it leaves what the newest has not got, and the news in the older.
func (p *Peer) mailVisit(ctx context.Context, in *opened, g kp1.GID, m store.Mailbox, at *mailing) error {
	ctx, cancel := context.WithTimeout(ctx, mailMost)
	defer cancel()
	r := &round{p: p, in: in, g: g, m: m, at: at, caller: in.mails.unpark(at)}
	var own []ma.Multiaddr
	r.own, own = p.ownBox(m.Peer)
	kept := r.caller != nil
	for {
		if r.caller == nil {
			door := parseAddrs(m.Addrs)
			if r.own {
				door = own
			}
			caller, err := network.Call(ctx, door)
			if err != nil {
				return err
			}
			r.caller = caller
		}
		err := r.visit(ctx)
		if err == nil {
			err = r.rendezvous(ctx)
		}
		if err == nil && r.box != nil && in.mails.park(at, r.caller, r.box, p.mail.set) {
			return nil
		}
		if r.box != nil {
			r.box.Leave()
			r.box = nil
		}
		_ = r.caller.Close()
		if r.caller = nil; err == nil || !kept || ctx.Err() != nil || code(err) != "" && code(err) != network.ErrRelay.Code() {
			return err
		}
		kept = false // the keeper may have begun anew since the last visit
	}
}

// visit is mailVisit on one connection. It leaves the newest mailbox open.
func (r *round) visit(ctx context.Context) error {
	at, p := r.at, r.p
	led := false // to keys that were not here before
	for range movesMost {
		boxes := r.ways()
		if len(boxes) == 0 {
			return nil
		}
		if err := r.sayTickets(ctx); err != nil { // before anything is left by the tickets of now
			return err
		}
		moved := at.newest != boxes[0]
		old := led || moved || p.o.Now().Sub(at.old) >= mailOld || p.o.Now().Before(at.old)
		if old && !led {
			r.askAgain(moved)
		}
		if old && len(boxes) > 1 {
			for _, seed := range boxes[1:min(len(boxes), boxesMost)] {
				if err := r.old(ctx, seed); err != nil {
					return err
				}
			}
		}
		if led = !slices.Equal(r.ways(), boxes); led {
			continue // the way leads on
		}
		if err := r.newest(ctx, boxes[0], moved, old); err != nil {
			return err
		}
		if led = !slices.Equal(r.ways(), boxes); led {
			continue
		}
		at.newest = boxes[0]
		if old {
			at.old = p.o.Now()
		}
		return nil
	}
	return nil
}

// ways are the seeds of the mailboxes as the keys of now make them, and has the round go on by the tickets of now.
func (r *round) ways() [][32]byte {
	v := r.in.ledger.View().Group(r.g)
	for _, m := range v.Mailboxes {
		if slices.Equal(m.Peer, r.m.Peer) {
			r.m = m
		}
	}
	return v.Boxes
}

// enter comes with the ticket that lets most be done: who leads has one of their own.
func (r *round) enter(ctx context.Context, seed [32]byte) (*network.Box, error) {
	return r.enterKey(ctx, ed25519.NewKeyFromSeed(seed[:]))
}

func (r *round) enterKey(ctx context.Context, key ed25519.PrivateKey) (*network.Box, error) {
	if r.m.Admin != [32]byte{} {
		if b, err := r.caller.Enter(ctx, key, r.m.Admin); !errors.Is(err, network.ErrClosed) {
			return b, err
		}
	}
	return r.caller.Enter(ctx, key, r.m.Ticket)
}

// sayTickets tells the keeper of tickets that the group has drawn in the place of those it knows. Whoever leads does it, as
// often as it takes: the policy says which hold, and the keeper is brought to that.
func (r *round) sayTickets(ctx context.Context) error {
	boxes := r.in.ledger.View().Group(r.g).Boxes
	if len(r.m.Former) == 0 || r.m.Admin == [32]byte{} || r.at.tickets == r.m.Ticket || len(boxes) == 0 {
		return nil
	}
	key := ed25519.NewKeyFromSeed(boxes[0][:])
	for _, admin := range append([][32]byte{r.m.Admin}, r.m.Former...) {
		b, err := r.caller.Enter(ctx, key, admin)
		if err == nil {
			err = b.Replace(r.m.Ticket, r.m.Admin)
			b.Leave()
		}
		var said mailbox.Refusal
		switch {
		case err == nil:
			r.at.tickets = r.m.Ticket
			return nil
		case !errors.Is(err, network.ErrClosed) && !errors.As(err, &said):
			return err
		}
	}
	return nil // somebody else has replaced them: what is put will be refused, and that is told
}

// old looks into the mailbox of an older key: there may be news of a newer one, or what somebody wrote who has not heard of
// that. What brings keys is left there too.
func (r *round) old(ctx context.Context, seed [32]byte) error {
	b, err := r.enter(ctx, seed)
	if errors.Is(err, network.ErrClosed) {
		return nil // nothing is there, and nobody may begin it with the tickets of today
	}
	if err != nil {
		return err
	}
	defer b.Leave()
	set, _ := r.in.shelf.Set(network.GroupID(r.g))
	found, err := r.collect(ctx, b, set)
	if err != nil {
		return err
	}
	if !r.in.ledger.View().Group(r.g).In {
		return nil
	}
	if !r.in.shelf.enter() {
		return errLocked
	}
	news, _, err := r.in.ledger.Control(r.g)
	r.in.shelf.calls.Done()
	if err != nil {
		return err
	}
	var ids []network.EnvelopeID
	for _, n := range news {
		it := reconcile.Item{Week: n.Week, ID: reconcile.ID(n.ID)}
		if set.Has(it) && !found.There(it) {
			ids = append(ids, it.ID)
		}
	}
	if _, err = r.put(ctx, b, ids, putChunk); errors.Is(err, errFull) {
		return nil // somebody has filled it, or the tickets are others by now: that must not keep us from the newest
	}
	return err
}

// newest levels this computer with the mailbox of the newest key, as far as the keeper has room. Now and then it tries again
// what was refused, or not given out.
func (r *round) newest(ctx context.Context, seed [32]byte, moved, again bool) error {
	if r.box != nil {
		r.box.Leave()
		r.box = nil
	}
	ways := len(r.ways())
	b, err := r.enter(ctx, seed)
	if err != nil {
		return err
	}
	r.box = b
	set, _ := r.in.shelf.Set(network.GroupID(r.g))
	found, err := r.collect(ctx, b, set)
	if err != nil {
		return err
	}
	switch v := r.in.ledger.View().Group(r.g); {
	case len(v.Boxes) != ways || v.Boxes[0] != seed:
		return nil // newer keys were found: what is here is left there
	case !v.In: // a welcome has not been checked yet, and may lead anywhere: there is nothing for who keeps this mailbox
		return nil
	}
	set, mark := r.in.shelf.Set(network.GroupID(r.g))
	var lacks []reconcile.Item
	there := 0
	for it := range set.Between(reconcile.All) {
		if found.There(it) {
			there++
		} else {
			lacks = append(lacks, it)
		}
	}
	var doubt doubts
	if !r.own {
		if doubt, err = r.doubts(b, set, found, lacks, uint64(mark), moved, again); err != nil {
			return err
		}
	}
	fresh, past, err := r.toLeave(lacks)
	if err != nil {
		return err
	}
	fresh = append(slices.DeleteFunc(fresh, func(id network.EnvelopeID) bool {
		_, is := r.at.hidden[id]
		return is && !again
	}), doubt.mute...)
	r.in.shelf.Order(network.GroupID(r.g), fresh)
	parts := r.in.shelf.Parts(network.GroupID(r.g), fresh)
	is := make(map[network.EnvelopeID]bool, len(parts))
	for _, id := range parts {
		is[id] = true
	}
	words, strange, err := r.strange(ctx, slices.DeleteFunc(fresh, func(id network.EnvelopeID) bool { return is[id] }))
	if err != nil {
		return err
	}
	kept, err := r.put(ctx, b, words, putChunk)
	if err == nil && there < pastMost {
		var more []network.EnvelopeID
		more, err = r.putPast(ctx, b, past)
		kept = append(kept, more...)
	}
	if err == nil && (again || !r.at.NoFiles) { // files last, and only where there is room for them when all that was said is there
		var more []network.EnvelopeID
		more, err = r.put(ctx, b, parts, putParts)
		kept = append(kept, more...)
		full := errors.Is(err, network.ErrFull)
		if full { // of which half is kept for what is said
			err = nil
		}
		r.in.mails.note(func() { r.at.NoFiles = full })
	}
	if err == nil && there+len(kept) < pastMost {
		var more []network.EnvelopeID
		more, err = r.put(ctx, b, strange, putChunk)
		kept = append(kept, more...)
		if errors.Is(err, errFull) { // all that this computer can vouch for is there
			err = nil
		}
	}
	if !r.own {
		kept, err = r.settle(b, doubt, kept, err)
		if len(kept) > 0 {
			r.held(kept)
			r.p.hear.tell(verb.Event{What: verb.EventMailed, Group: r.g, N: len(kept)})
		}
	}
	if err != nil {
		return err
	}
	r.p.heardOut(r.in, r.g, kp1.DID{})
	return nil
}

// week is the number of this week, as envelopes carry it.
func (r *round) week() uint64 { return uint64(r.p.o.Now().UnixMilli() / 604_800_000) } //nolint:gosec // after 1970

// toLeave picks what to leave of what the newest mailbox lacks: what was said of late, and who belongs whenever that was.
// Whoever was away for longer than a keeper keeps anything finds the way to today's keys, and the group as it is now. What is
// older than that is past.
func (r *round) toLeave(lacks []reconcile.Item) (ids, past []network.EnvelopeID, err error) {
	week := r.week()
	for _, it := range lacks {
		if it.Week+weeksMost >= week {
			ids = append(ids, it.ID)
		} else if !r.at.past[it.ID] {
			past = append(past, it.ID)
		}
	}
	if len(past) == 0 {
		return ids, nil, nil
	}
	if !r.in.shelf.enter() {
		return nil, nil, errLocked
	}
	defer r.in.shelf.calls.Done()
	news, acts, err := r.in.ledger.Control(r.g)
	if err != nil {
		return nil, nil, err
	}
	is := make(map[network.EnvelopeID]bool, len(news)+len(acts))
	for _, it := range slices.Concat(news, acts) {
		is[network.EnvelopeID(it.ID)] = true
	}
	for _, id := range past {
		if is[id] {
			ids = append(ids, id)
		}
	}
	return ids, slices.DeleteFunc(past, func(id network.EnvelopeID) bool { return is[id] }), nil
}

// strange parts ids into those whose envelopes open here, or need no key of their own, and those that open for nobody here.
// Somebody who was removed may have filled an old mailbox with what opens for nobody at all, and we have carried it off from
// there: it is left last, and only where there is plenty of room, so that it crowds nothing out of the newest. What others can read
// and we cannot is among it.
func (r *round) strange(ctx context.Context, ids []network.EnvelopeID) (plain, strange []network.EnvelopeID, err error) {
	for some := range slices.Chunk(ids, putChunk) {
		envs, err := r.in.shelf.Get(ctx, network.GroupID(r.g), some)
		if err != nil {
			return nil, nil, err
		}
		if !r.in.shelf.enter() {
			return nil, nil, errLocked
		}
		for i, env := range envs {
			h, err := mailbox.ReadHeader(env)
			opens := err == nil && h.Kind > mailbox.KindGrant
			if !opens {
				_, opens = r.in.ledger.Opens(r.g, env)
			}
			if opens {
				plain = append(plain, some[i])
			} else {
				strange = append(strange, some[i])
			}
		}
		r.in.shelf.calls.Done()
	}
	return plain, strange, nil
}

// putPast leaves ops that are older than a keeper keeps anything: what is said today may rest on them. Their words and files
// are not left any more.
func (r *round) putPast(ctx context.Context, b *network.Box, past []network.EnvelopeID) (kept []network.EnvelopeID, err error) {
	r.in.shelf.Order(network.GroupID(r.g), past)
	for some := range slices.Chunk(past, putChunk) {
		envs, err := r.in.shelf.Get(ctx, network.GroupID(r.g), some)
		if err != nil {
			return kept, err
		}
		var ops []network.EnvelopeID
		for i, env := range envs {
			if h, err := mailbox.ReadHeader(env); err == nil && h.Kind == mailbox.KindOps {
				ops = append(ops, some[i])
				continue
			}
			if r.at.past == nil || len(r.at.past) >= pastMost {
				r.at.past = map[network.EnvelopeID]bool{}
			}
			r.at.past[some[i]] = true
		}
		more, err := r.put(ctx, b, ops, putChunk)
		if kept = append(kept, more...); err != nil {
			return kept, err
		}
	}
	return kept, nil
}

// mailed notes what the mailbox has not got. It returns what of that it had said to have, and cannot have let go because its
// time was over.
func (r *round) mailed(lacks []reconcile.Item, mark uint64) (gone []reconcile.Item, err error) {
	ids, young := make([]kp1.ID, len(lacks)), map[kp1.ID]reconcile.Item{}
	sum, week := sha256.New(), r.week()
	for i, it := range lacks {
		sum.Write(it.ID[:])
		ids[i] = kp1.ID(it.ID)
		if it.Week+weeksKept >= week {
			young[ids[i]] = it
		}
	}
	now := [32]byte(binary.BigEndian.AppendUint64(sum.Sum(nil)[:24], mark))
	if r.at.noted == now { // what is too old to be left any more is lacked each time
		return nil, nil
	}
	if !r.in.shelf.enter() {
		return nil, errLocked
	}
	defer r.in.shelf.calls.Done()
	lost, err := r.in.ledger.Mailed(r.g, r.m.Peer, ids, mark)
	if err != nil {
		return nil, err
	}
	r.at.noted = now
	for _, id := range lost {
		if it, ok := young[id]; ok {
			gone = append(gone, it)
		}
	}
	return gone, nil
}

// collect takes in what is in a mailbox and not here, and has taken back there what was taken back here.
func (r *round) collect(ctx context.Context, b *network.Box, set reconcile.Set) (network.Compared, error) {
	found, err := b.Compare(set)
	if err != nil || found.Level() {
		return found, err
	}
	var back []network.EnvelopeID
	skip := func(id network.EnvelopeID) bool {
		if r.at.refused[id] {
			return true
		}
		if len(r.in.shelf.Lacks(network.GroupID(r.g), []network.EnvelopeID{id})) == 0 {
			back = append(back, id)
			return true
		}
		return false
	}
	n, got := 0, map[network.EnvelopeID]bool{}
	take := func(envs [][]byte) error {
		for _, env := range envs {
			got[network.EnvelopeID(kp1.Sum(env))] = true
		}
		fresh, gone, err := r.file(ctx, envs)
		n, back = n+fresh, append(back, gone...)
		return err
	}
	if err = b.Fetch(found, skip, take); err == nil {
		err = r.keptBack(b, found, got, take)
	}
	if n > 0 {
		r.p.hear.tell(verb.Event{What: verb.EventCollected, Group: r.g, N: n})
	}
	if err != nil {
		return found, err
	}
	return found, r.takeBack(b, back)
}

// file files what was collected, and tells of it whoever is connected.
func (r *round) file(ctx context.Context, envs [][]byte) (fresh int, gone []network.EnvelopeID, err error) {
	if !r.in.shelf.enter() {
		return 0, nil, errLocked
	}
	defer r.in.shelf.calls.Done()
	ready := r.in.ledger.Prepare(r.g, envs)
	res, err := r.in.ledger.File(ctx, store.MailboxDevice(r.m.Peer), ready)
	r.p.went(err)
	if err != nil {
		return 0, nil, err
	}
	held := make(map[kp1.ID]bool, len(res.Held))
	for _, id := range res.Held {
		held[id] = true
	}
	for _, env := range envs {
		id := kp1.Sum(env)
		if held[id] {
			continue
		}
		if len(r.in.ledger.Lacks(r.g, []kp1.ID{id})) == 0 {
			gone = append(gone, network.EnvelopeID(id))
			continue
		}
		if len(r.at.refused) >= refuseMost {
			clear(r.at.refused)
		}
		r.at.refused[network.EnvelopeID(id)] = true
	}
	if node := r.p.running(); node != nil {
		node.Pass(network.GroupID(r.g), toNetwork(res.New)...)
	}
	return len(res.New), gone, nil
}

// takeBack has the keeper delete words that were taken back here.
func (r *round) takeBack(b *network.Box, ids []network.EnvelopeID) error {
	for _, id := range ids {
		if !r.in.shelf.enter() {
			return errLocked
		}
		token, ok := r.in.ledger.Takeback(r.g, kp1.ID(id))
		r.in.shelf.calls.Done()
		var said mailbox.Refusal
		if !ok {
			continue
		}
		if err := b.Delete(id, token); err != nil && !errors.As(err, &said) {
			return err
		}
	}
	return nil
}

// errFull ends a visit in which the keeper takes nothing more.
var errFull = errors.New("the mailbox takes nothing more for now")

// put leaves envelopes, reading so many at once, and returns which the keeper has on its disk now.
func (r *round) put(ctx context.Context, b *network.Box, ids []network.EnvelopeID, most int) (kept []network.EnvelopeID, err error) {
	for some := range slices.Chunk(ids, most) {
		envs, err := r.in.shelf.Get(ctx, network.GroupID(r.g), some)
		if err != nil {
			return kept, err
		}
		var at []network.EnvelopeID
		var there [][]byte
		for i, env := range envs {
			if env != nil {
				at, there = append(at, some[i]), append(there, env)
			}
		}
		err = b.Put(there, func(i int, said error) error {
			switch {
			case said == nil:
				kept = append(kept, at[i])
			case errors.Is(said, network.ErrFull), errors.Is(said, network.ErrBusy), errors.Is(said, mailbox.ErrBusy), errors.Is(said, network.ErrClosed):
				return errors.Join(errFull, said)
			}
			return nil
		})
		if err != nil {
			return kept, err
		}
	}
	return kept, nil
}

// held notes the keeper's word. It is about the newest mailbox alone: what lies in older ones is not where members look
// first.
func (r *round) held(ids []network.EnvelopeID) {
	if !r.in.shelf.enter() {
		return
	}
	defer r.in.shelf.calls.Done()
	r.p.went(r.in.ledger.Held(r.g, store.MailboxDevice(r.m.Peer), toStore(ids), 0))
	r.at.noted = [32]byte{} // what it says now is compared with what it shows at the next visit
	r.p.wake.set()
}
