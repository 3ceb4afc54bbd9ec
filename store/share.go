package store

import (
	"fmt"
	"slices"

	"kith/store/kp1"
	"kith/store/op"
)

// shareOfStore is how many bytes of one member's content lie here at most, words included. What is taken away does not count.
const shareOfStore = 256 << 20

// shareOfFiles is how many bytes of the chunks of one member's files lie here at most. It is apart from all else: whoever has
// sent many pictures must be heard still.
const shareOfFiles = 4 << 30

// opCost is what an op takes on the disk beside its own bytes: the rest of its envelope, and its place in the indexes.
const opCost = 384

// copies is under whom that is counted which brings nothing new: ops that are here already, in other envelopes. Anybody can
// seal anybody's ops anew, and must not use up their share.
var copies kp1.MID

// filesOf is under whom the files of a member are counted.
func filesOf(m kp1.MID) kp1.MID { return kp1.MID(kp1.Sum(append([]byte("files "), m[:]...))) }

// A load is what an envelope brings that counts against somebody.
type load struct {
	member  kp1.MID // who wrote the first op of it that is new
	file    bool    // it is a chunk of a file of theirs
	size    uint64  // bytes of what is new, words included
	again   uint64  // bytes of what is here already: see copies
	written uint64  // when, by its author's word
}

// loadOf is what an envelope brings, as far as it opened.
func (b *batch) loadOf(p *prepared) (l load) {
	if p.ours || p.kept || p.env.Kind != op.KindOps {
		return load{}
	}
	for i, s := range p.ops {
		if s.IsAuth() || !p.checked[i] {
			continue
		}
		if l.written == 0 {
			l.written = s.Time
		}
		if b.filedOp(s.ID) {
			l.again += bytesOf(s)
			continue
		}
		if _, m, known := b.h.log.DeviceKey(s.Device); known {
			if l.size == 0 { // who sealed others' ops anew is not held to account for them
				l.member, l.written = m, s.Time
			}
			l.size += bytesOf(s) + textOf(s)
		}
	}
	return l
}

// room says whether what an envelope brings may come in, by how much lies here already and, where it is live, by how much
// came within the hour. When it may, and spend says so, it is counted for the hour.
func (h *house) room(l load, live, spend bool) bool {
	own := account{l.member, l.size, shareOfStore, liveBytes}
	if l.file {
		own = account{filesOf(l.member), l.size, shareOfFiles, liveFiles}
	}
	all := [2]account{own, {copies, l.again, shareOfStore, liveBytes}}
	for _, x := range all {
		if x.size > 0 && (h.shares[x.of]+x.size > x.share || live && !h.liveTurn(x, false)) {
			return false
		}
	}
	for _, x := range all {
		if live && spend && x.size > 0 {
			h.liveTurn(x, true)
		}
	}
	return true
}

// tooMuch says why what an envelope brings may not come in: there is no room for more of whoever wrote it, which whoever sent
// it is told, or it is too much at a time.
func (h *house) tooMuch(l load) error {
	of, share := l.member, uint64(shareOfStore)
	if l.file {
		of, share = filesOf(l.member), shareOfFiles
	}
	if l.size > 0 && h.shares[of]+l.size > share {
		return errNoRoom
	}
	return errQuota
}

// account is what somebody brings, and how much of that may be theirs.
type account struct {
	of    kp1.MID
	size  uint64
	share uint64 // bytes of theirs that may lie here
	hour  uint64 // and come within the hour
}

// bytesOf is what an op counts for, without its words.
func bytesOf(s op.Signed) uint64 { return uint64(len(s.OpBytes)) + opCost } //nolint:gosec // a length

// textOf is what its words count for.
func textOf(s op.Signed) uint64 {
	if s.Payload == nil {
		return 0
	}
	return s.Payload.Len
}

// boxesOf is what the boxes of a payload count for.
func boxesOf(env op.Envelope) (n uint64) {
	for _, x := range env.Boxes {
		n += uint64(len(x)) //nolint:gosec // a length
	}
	return n
}

// beyond says of an entry that waited, and opens now, that it brings more than may lie here, and that nothing of it was
// taken in before.
func (b *batch) beyond(p *prepared, n uint64) bool {
	return !b.h.room(b.loadOf(p), false, false) && !slices.ContainsFunc(p.ops, func(s op.Signed) bool {
		w, here, err := b.look(s.ID)
		return err != nil || here && w.entry == n
	})
}

// charge counts what a member has on this computer's disk; relieve takes it back.
func (b *batch) charge(m kp1.MID, size uint64) {
	if size > 0 {
		b.h.touch()
		b.h.shares[m] += size
		b.charged = append(b.charged, m)
	}
}

func (b *batch) relieve(m kp1.MID, size uint64) {
	if size = min(size, b.h.shares[m]); size > 0 {
		b.h.touch()
		b.h.shares[m] -= size
		b.charged = append(b.charged, m)
	}
}

// chargeOp counts an op with its words against its author. What this very device writes is not counted.
func (b *batch) chargeOp(s op.Signed) {
	if m, counts := b.counted(s); counts {
		b.charge(m, bytesOf(s)+textOf(s))
	}
}

// relieveOp takes back what chargeOp counted, as far as it is still there.
func (b *batch) relieveOp(s op.Signed) {
	m, counts := b.counted(s)
	if !counts || len(s.OpBytes) == 0 {
		return
	}
	size := bytesOf(s)
	if s.Payload != nil && !b.gone.has(s.Payload.ID[:]) { // else they went before
		size += textOf(s)
	}
	b.relieve(m, size)
}

// relieveWords takes back what the words of an op counted for, which are about to go.
func (b *batch) relieveWords(s op.Signed) {
	if m, counts := b.counted(s); counts && !b.gone.has(s.Payload.ID[:]) {
		b.relieve(m, textOf(s))
	}
}

// settled counts a payload that came for an op: its boxes, since what it says was counted with the op. It is refused where
// the op speaks of less than the envelope holds.
func (b *batch) settled(s op.Signed, env op.Envelope) error {
	if s.Payload == nil || !env.Fits(s.Payload.Len) || s.Payload.Key != nil && len(env.Boxes) > 0 {
		return fmt.Errorf("payload %s: %w", env.ID.Short(), ErrForged)
	}
	if m, counts := b.counted(s); counts {
		b.charge(m, boxesOf(env))
	}
	return nil
}

// counted says against whom an op counts.
func (b *batch) counted(s op.Signed) (m kp1.MID, counts bool) {
	if s.IsAuth() || s.Device == b.h.self.Device {
		return kp1.MID{}, false
	}
	_, m, known := b.h.log.DeviceKey(s.Device)
	return m, known
}

// saveShares keeps what was counted.
func (b *batch) saveShares() error {
	if len(b.charged) == 0 {
		return nil
	}
	s, err := b.h.shelf(b.t, shelfShares, true)
	if err != nil {
		return err
	}
	slices.SortFunc(b.charged, kp1.MID.Compare)
	for _, m := range slices.Compact(b.charged) {
		if err := s.put(b.h.l.rest.Name(shelfShares, m[:]), append(m[:], be64(b.h.shares[m])...)); err != nil {
			return err
		}
	}
	b.charged = nil
	return nil
}

func (h *house) loadShares(t tx) error {
	s, err := h.shelf(t, shelfShares, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(_, plain []byte) (bool, error) {
		const of = len(kp1.MID{})
		if len(plain) != of+8 {
			return false, ErrDamaged
		}
		h.shares[kp1.MID(plain[:of])] = number(plain[of:])
		return true, nil
	})
}
