package store

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// What a group's receipts come to here: what each device is known to hold, and what this one says next.

// standing is where an op stands in the chain of its device.
type standing struct {
	device kp1.DID
	comp   uint8
	seq    uint64
}

// newsOf is the newest op of a chain that somebody may ask after, as far as the chain was looked through.
type newsOf struct {
	upTo, seq, time uint64
	id              kp1.ID
}

// receipts is what memory holds of the receipts of one group.
type receipts struct {
	statements map[chain]statement         // of each device, this one too
	knows      map[chain]uint64            // up to where a device knows by this one's own channel what is here of its chain
	fetched    map[chain]uint64            // the newest op of a chain that came by a mailbox, since the store was opened
	newKnows   bool                        // knows is not on the disk
	opened     []openedOp                  // what this person opened and nobody was told of yet, oldest first
	gave       map[kp1.DID]map[uint64]bool // entries that a device said it has no more, since the store was opened
	crowded    map[kp1.DID]map[uint64]bool // entries for which a device said it has no room, since the store was opened
	placed     map[kp1.ID]standing         // some places that were looked up
	news       map[chain]newsOf
}

// openedOp is one op that this person opened.
type openedOp struct {
	_    struct{} `cbor:",toarray"`
	ID   kp1.ID
	Comp uint8
}

func newReceipts() receipts {
	return receipts{
		statements: map[chain]statement{}, knows: map[chain]uint64{}, fetched: map[chain]uint64{}, gave: map[kp1.DID]map[uint64]bool{}, crowded: map[kp1.DID]map[uint64]bool{},
		placed: map[kp1.ID]standing{}, news: map[chain]newsOf{},
	}
}

// shelfReceipts holds what receipts come to, a record for each device and compartment, and two of this computer's own.
const shelfReceipts = "receipts"

// Its records beside those of the devices.
var (
	keyTold   = []byte("told")
	keyOpened = []byte("opened")
)

type toldRecord struct {
	_      struct{} `cbor:",toarray"`
	Device kp1.DID
	Comp   uint8
	Seq    uint64
}

func (h *house) loadReceipts(t tx) error {
	s, err := h.shelf(t, shelfReceipts, false)
	if err != nil {
		return err
	}
	var told []toldRecord
	if _, err := s.getCBOR(keyTold, &told); err != nil {
		return err
	}
	for _, x := range told {
		h.knows[chain{x.Device, x.Comp}] = x.Seq
	}
	if _, err := s.getCBOR(keyOpened, &h.receipts.opened); err != nil {
		return err
	}
	return s.each(nil, func(k, plain []byte) (bool, error) {
		if bytes.Equal(k, keyTold) || bytes.Equal(k, keyOpened) {
			return true, nil
		}
		r, err := decodeStatement(plain)
		if err == nil {
			h.statements[chain{r.Device, r.Comp}] = r
		}
		return err == nil, err
	})
}

func decodeStatement(plain []byte) (r statement, err error) {
	if len(plain) > maxStatement {
		return r, fmt.Errorf("receipts of %d bytes: %w", len(plain), ErrDamaged)
	}
	if err := kp1.Unmarshal(plain, &r); err != nil {
		return statement{}, fmt.Errorf("receipts: %w: %w", ErrDamaged, err)
	}
	if r.Comp > kp1.CompAdmin || len(r.At) > receiptDaily || len(r.Seen) > seenKept || len(r.Holds) > kp1.MaxDevices {
		return statement{}, fmt.Errorf("receipts: %w", ErrDamaged)
	}
	return r, nil
}

// receipt takes in what a device says that it holds; it says whether s was that.
func (b *batch) receipt(s op.Signed) (bool, error) {
	if s.Type != typeReceipt {
		return false, nil
	}
	c := chain{s.Device, s.Comp}
	was := b.h.statements[c]
	if s.V > 1 || s.Seq <= was.Seq {
		return true, nil // kept, not used; or a newer one came first
	}
	r, err := decodeReceipt(s.Body)
	if err != nil {
		b.h.l.opt.Log.Info("receipt not understood", "op", s.ID.Short(), "why", codeOf(err))
		return true, nil
	}
	now := was.with(s, r, func(d kp1.DID) bool { _, _, ok := b.h.log.DeviceKey(d); return ok })
	if len(now.Holds) > kp1.MaxDevices { // some are out
		now.Holds = slices.DeleteFunc(now.Holds, func(x holding) bool { _, in := b.h.state().Device(x.Device); return !in })
	}
	shelf, err := b.h.shelf(b.t, shelfReceipts, true)
	if err != nil {
		return true, err
	}
	b.h.touch()
	b.h.statements[c] = now
	return true, shelf.putCBOR(b.h.l.rest.Name(shelfReceipts, append(slices.Clone(c.device[:]), c.comp)), now)
}

// tell remembers that a device knows, by what this one said on its own channel, that all of its chains is here.
func (h *house) tell(d kp1.DID) {
	for _, comp := range []uint8{kp1.CompAll, kp1.CompTeam, kp1.CompAdmin} {
		h.tellOf(chain{d, comp}, h.chains[chain{d, comp}].seq)
	}
}

func (h *house) tellOf(c chain, seq uint64) {
	if seq > h.knows[c] {
		h.knows[c], h.newKnows = seq, true
	}
}

// saveTold writes what was told to whom, together with other words that are not worth a commit of their own.
func (h *house) saveTold(t tx) error {
	s, err := h.shelf(t, shelfReceipts, true)
	if err != nil {
		return err
	}
	all := []toldRecord{}
	for c, seq := range h.knows {
		all = append(all, toldRecord{Device: c.device, Comp: c.comp, Seq: seq})
	}
	slices.SortFunc(all, func(x, y toldRecord) int { return cmp.Or(x.Device.Compare(y.Device), cmp.Compare(x.Comp, y.Comp)) })
	h.touch()
	h.newKnows = false
	return s.putCBOR(keyTold, all)
}

// lookup finds ops in a transaction.
type lookup struct {
	h   *house
	ops index
	log entries
}

func (h *house) lookup(t tx) (f lookup, err error) {
	f.h = h
	if f.ops, err = h.index(t, opTiers, false); err != nil {
		return f, err
	}
	f.log, err = h.openLog(t, false)
	return f, err
}

func (f *lookup) op(id kp1.ID) (op.Signed, error) { return f.h.fetch(f.ops, &f.log, id) }

// place is where an op stands; false where it is not here, or no content op.
func (f *lookup) place(id kp1.ID) (standing, bool) {
	if p, ok := f.h.placed[id]; ok {
		return p, true
	}
	s, err := f.op(id)
	if err != nil || s.IsAuth() {
		return standing{}, false
	}
	if len(f.h.placed) >= placedMost {
		clear(f.h.placed)
	}
	p := standing{s.Device, s.Comp, s.Seq}
	f.h.placed[id] = p
	return p, true
}

// says says whether a device's own receipts tell that it has an op. The op they have come to has to stand in that very
// chain: whoever names none that exists says nothing, and nobody speaks of what is not written yet. Of a chain with two ops
// in one place nothing is known by a number.
func (f *lookup) says(d kp1.DID, id kp1.ID) bool {
	if !slices.ContainsFunc([]uint8{kp1.CompAll, kp1.CompTeam, kp1.CompAdmin}, func(c uint8) bool { return len(f.h.statements[chain{d, c}].Holds) > 0 }) {
		return false
	}
	at, content := f.place(id)
	if !content {
		return false
	}
	x, ok := f.h.statements[chain{d, at.comp}].of(at.device)
	if _, forked := f.h.forks[chain{at.device, at.comp}]; !ok || forked || at.seq < x.From || at.seq > x.To || slices.Contains(x.Not, briefOf(id)) {
		return false
	}
	p, here := f.place(x.Head)
	return here && p == standing{at.device, at.comp, x.To}
}

// sawIt says whether a device's person opened an op, by its own receipts.
func (h *house) sawIt(d kp1.DID, id kp1.ID, comp uint8) bool {
	return slices.Contains(h.statements[chain{d, comp}].Seen, briefOf(id))
}

// shows says whether the group tells one another what they have opened.
func (h *house) shows() bool { return h.state().Policy.Seen == group.SeenShown }

// askedAfter says whether somebody may want to know who has an op: not a receipt, nor what those who lead tell one another
// in passing, nor what is for others alone.
func (h *house) askedAfter(s op.Signed) bool {
	if s.Type == typeReceipt || strings.HasPrefix(s.Type, "admin/") {
		return false
	}
	people, few := audience(s)
	return !few || slices.Contains(people, h.self.Member)
}

// fresh looks for the newest op of a chain above a place that somebody may ask after.
func (h *house) fresh(f *lookup, c chain, above uint64) (newsOf, error) {
	n, at := h.news[c], h.chains[c]
	if n.upTo < at.seq {
		to, id := at.seq, at.id
		for range walkMost {
			if id.IsZero() || to <= max(above, n.upTo) {
				break
			}
			s, err := f.op(id)
			if err != nil {
				if h.self.Partial { // it begins here
					break
				}
				return newsOf{}, err
			}
			if h.askedAfter(s) {
				n.seq, n.id, n.time = s.Seq, s.ID, s.Time
				break
			}
			to, id = s.Seq-1, s.Prev
		}
		n.upTo = at.seq
		h.news[c] = n
	}
	if n.seq <= above {
		return newsOf{}, nil
	}
	return n, nil
}

// since finds how far back a chain is here without a gap, from an op on: at the beginning, but for who was let in without
// the whole history.
func (h *house) since(f *lookup, n newsOf, was holding) (uint64, error) {
	if !h.self.Partial {
		return 1, nil
	}
	from, id := n.seq, n.id
	for range walkMost {
		s, err := f.op(id)
		if err != nil {
			break
		}
		if from = s.Seq; s.ID == was.Head && s.Seq == was.To {
			return was.From, nil
		}
		if s.Seq == 1 {
			break
		}
		id = s.Prev
	}
	return from, nil
}

// lacking are the ops that are here and not whole, by their chains; many says that they are so many that the history is
// still coming.
func (h *house) lacking(t tx, f *lookup) (out map[chain][]inChain, many bool, err error) {
	if len(h.lack) > lackMost {
		return nil, true, nil
	}
	out = map[chain][]inChain{}
	add := func(id kp1.ID) {
		if p, ok := f.place(id); ok {
			c := chain{p.device, p.comp}
			out[c] = append(out[c], inChain{p.seq, briefOf(id)})
		}
	}
	for _, owners := range h.lack {
		for _, id := range owners {
			add(id)
		}
	}
	gone, err := h.shelf(t, shelfGone, false)
	if err != nil {
		return nil, false, err
	}
	for id, n := range h.named {
		if (n.key == nil || n.void) && len(h.lack[n.payload]) == 0 && !gone.has(n.payload[:]) {
			add(id)
		}
	}
	files, err := h.shelf(t, shelfFiles, false)
	if err != nil {
		return nil, false, err
	}
	err = files.each(nil, func(k, _ []byte) (bool, error) {
		if len(k) != len(kp1.ID{}) {
			return false, fmt.Errorf("file record: %w", ErrDamaged)
		}
		_, whole, err := h.chunksHere(t, kp1.ID(k))
		if err == nil && !whole {
			add(kp1.ID(k))
		}
		return err == nil, err
	})
	return out, false, err
}

// inChain is one op of a chain.
type inChain struct {
	seq uint64
	id  brief
}

// receiptFor makes this device's next receipt of a compartment; false when there is nothing to say, or it is too early.
func (h *house) receiptFor(t tx, comp uint8) (r receipt, ok bool, err error) {
	own, now := h.statements[chain{h.self.Device, comp}], h.l.unix()
	if !own.may(now) || h.comesIn(now) {
		return r, false, nil
	}
	if h.shows() {
		for _, x := range h.receipts.opened {
			if x.Comp == comp && len(r.Seen) < receiptSeen {
				r.Seen = append(r.Seen, briefOf(x.ID))
			}
		}
		slices.SortFunc(r.Seen, brief.compare)
		r.Seen = slices.Compact(r.Seen)
	}
	f, err := h.lookup(t)
	if err != nil {
		return r, false, err
	}
	type due struct {
		holding
		time uint64
	}
	var all []due
	st := h.state()
	for c, at := range h.chains {
		_, in := st.Device(c.device)
		if _, forked := h.forks[c]; c.comp != comp || c.device == h.self.Device || !in || forked {
			continue
		}
		was, _ := own.of(c.device)
		if at.seq <= max(was.To, h.knows[c]) && len(was.Not) == 0 || h.fetched[c] < at.seq && h.directly(c.device, now) {
			continue
		}
		n, err := h.fresh(&f, c, max(was.To, h.knows[c]))
		if err != nil {
			return r, false, err
		}
		if n.seq == 0 && len(was.Not) == 0 {
			continue
		}
		if n.seq == 0 { // what was not whole may be by now
			n = newsOf{seq: was.To, id: was.Head}
		}
		from, err := h.since(&f, n, was)
		if err != nil {
			return r, false, err
		}
		all = append(all, due{holding{Device: c.device, From: from, To: n.seq, Head: n.id}, n.time})
	}
	if len(all) > 0 {
		lacking, many, err := h.lacking(t, &f)
		if err != nil {
			return r, false, err
		}
		slices.SortFunc(all, func(x, y due) int { return cmp.Or(cmp.Compare(y.time, x.time), x.Device.Compare(y.Device)) })
		nots := 0
		for _, x := range all {
			for _, l := range lacking[chain{x.Device, comp}] {
				if l.seq >= x.From && l.seq <= x.To {
					x.Not = append(x.Not, l.id)
				}
			}
			slices.SortFunc(x.Not, brief.compare)
			x.Not = slices.Compact(x.Not)
			was, _ := own.of(x.Device)
			if many || len(x.Not) > receiptNot || nots+len(x.Not) > receiptNots || len(r.Holds) == receiptChains || x.To == was.To && slices.Equal(x.Not, was.Not) {
				continue
			}
			nots += len(x.Not)
			r.Holds = append(r.Holds, x.holding)
		}
		slices.SortFunc(r.Holds, func(x, y holding) int { return x.Device.Compare(y.Device) })
	}
	return r, len(r.Holds)+len(r.Seen) > 0, nil
}

// comesIn says whether this device has only just come to the group and compared with nobody: most likely the history is coming, from a
// computer that it cannot name before it has read it.
func (h *house) comesIn(now uint64) bool {
	return len(h.rounds.At) == 0 && now >= h.self.Since && now-h.self.Since < directFor
}

// directly says whether a device is told on its own channel what is here: sets were compared with it a short while ago.
func (h *house) directly(d kp1.DID, now uint64) bool {
	at := h.rounds.with(d)
	return at > 0 && at <= now && now-at < directFor
}

// receiptsDue says whether this device has something to say of what it holds.
func (h *house) receiptsDue() (due bool) {
	me, err := h.me()
	if err != nil {
		return false
	}
	_ = h.l.view(func(t tx) error { // what cannot be read is found by who needs it
		for _, comp := range group.Compartments(me.Rank) {
			if _, ok, err := h.receiptFor(t, comp); err != nil || ok {
				due = ok
				return err
			}
		}
		return nil
	})
	return due
}

// GiveReceipts is the part of Tend that tells the others what this device holds, for a computer that is on for a moment alone. It
// says whether there was anything to tell.
func (l *Ledger) GiveReceipts(g kp1.GID) (wrote bool, err error) { return l.tendOne(g, receiving) }

// giveReceipts says what this device holds, a receipt for each compartment in which there is something to say.
func (b *batch) giveReceipts() (wrote bool, err error) {
	me, err := b.h.me()
	if err != nil {
		return false, err
	}
	for _, comp := range group.Compartments(me.Rank) {
		r, ok, err := b.h.receiptFor(b.t, comp)
		if err != nil {
			return wrote, err
		}
		if !ok {
			continue
		}
		body, err := kp1.Marshal(r)
		if err != nil {
			return wrote, err
		}
		if _, err := b.write(typeReceipt, comp, nil, nil, body, nil); err != nil {
			return wrote, err
		}
		wrote = true
		if err := b.setOpened(slices.DeleteFunc(slices.Clone(b.h.receipts.opened), func(x openedOp) bool {
			return x.Comp == comp && slices.Contains(r.Seen, briefOf(x.ID))
		})); err != nil {
			return wrote, err
		}
	}
	return wrote, nil
}

func (b *batch) setOpened(all []openedOp) error {
	if len(all) == len(b.h.receipts.opened) {
		return nil
	}
	s, err := b.h.shelf(b.t, shelfReceipts, true)
	if err != nil {
		return err
	}
	b.h.touch()
	b.h.receipts.opened = all
	return s.putCBOR(keyOpened, all)
}

// Opened notes that this person has opened ops of group g: the others are told so with what this device says next, where the
// group shows it (policy field sn). Of an op for few people nothing is told, since everybody would learn of it who sees that
// it is there.
func (l *Ledger) Opened(g kp1.GID, ids ...kp1.ID) error {
	return l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		if !h.shows() {
			return nil
		}
		f, err := h.lookup(t)
		if err != nil {
			return err
		}
		all := slices.Clone(h.receipts.opened)
		for _, id := range ids {
			s, err := f.op(id)
			if err != nil || s.IsAuth() || !h.askedAfter(s) {
				continue // the window marks other things as opened by the same way
			}
			_, few := audience(s)
			_, by, ok := h.log.DeviceKey(s.Device)
			told := slices.Contains(h.statements[chain{h.self.Device, s.Comp}].Seen, briefOf(id))
			if few || !ok || by == h.self.Member || told || slices.ContainsFunc(all, func(x openedOp) bool { return x.ID == id }) {
				continue
			}
			all = append(all, openedOp{ID: id, Comp: s.Comp})
		}
		if len(all) == len(h.receipts.opened) {
			return nil
		}
		all = all[max(0, len(all)-openedMost):]
		s, err := h.shelf(t, shelfReceipts, true)
		if err != nil {
			return err
		}
		h.touch()
		h.receipts.opened = all
		return s.putCBOR(keyOpened, all)
	})
}

// KeepBack forgets, in every group, what this person has opened and nobody was told of yet.
func (l *Ledger) KeepBack() error {
	return l.change(func(t tx) error {
		for _, h := range l.sorted() {
			if len(h.receipts.opened) == 0 {
				continue
			}
			s, err := h.shelf(t, shelfReceipts, true)
			if err != nil {
				return err
			}
			h.touch()
			h.receipts.opened = nil
			if err := s.putCBOR(keyOpened, []openedOp{}); err != nil {
				return err
			}
		}
		return nil
	})
}
