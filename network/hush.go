package network

import (
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"kith/network/reconcile"
	"kith/network/wire"
)

const (
	hushMost = 1 << 16        // envelopes remembered that somebody said are gone
	hushTime = 24 * time.Hour // for which they are not offered to that device

	goneLeast = 50        // for so many each frame of them counts at least: our whole set is looked through for it
	tellEvery = time.Hour // before a device is told again of one envelope in one session
)

// hush is what other devices have said they never take again. It is left out where sets are compared with that device,
// and with no other: who says so falsely keeps it from nobody but themselves.
type hush struct {
	now func() time.Time
	mu  sync.Mutex
	n   int
	by  map[teller]map[reconcile.Item]time.Time
}

// teller is who said it, and in which group.
type teller struct {
	peer  peer.ID
	group GroupID
}

func newHush(now func() time.Time) *hush {
	return &hush{now: now, by: map[teller]map[reconcile.Item]time.Time{}}
}

// note remembers what a device says is gone.
func (h *hush) note(p peer.ID, g GroupID, items []reconcile.Item) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.n+len(items) > hushMost {
		h.n = 0
		clear(h.by)
	}
	of := h.by[teller{p, g}]
	if of == nil {
		of = map[reconcile.Item]time.Time{}
		h.by[teller{p, g}] = of
	}
	until := h.now().Add(hushTime)
	for _, it := range items {
		if _, known := of[it]; !known {
			h.n++
		}
		of[it] = until
	}
}

// items are those that a device is not offered now.
func (h *hush) items(p peer.ID, g GroupID) []reconcile.Item {
	h.mu.Lock()
	defer h.mu.Unlock()
	of, now := h.by[teller{p, g}], h.now()
	all := make([]reconcile.Item, 0, len(of))
	for it, until := range of {
		if now.Before(until) {
			all = append(all, it)
			continue
		}
		delete(of, it)
		h.n--
	}
	return all
}

// tellGone says, of what the other side has and we do not lack, what was taken away: once an hour, and only to who is in.
// lacks is the part of ids that we do lack.
func (l *lane) tellGone(ids, lacks []EnvelopeID) {
	if len(ids) == len(lacks) || l.closed || !l.allowed() {
		return
	}
	wanted := make(map[EnvelopeID]bool, len(lacks))
	for _, id := range lacks {
		wanted[id] = true
	}
	now := time.Now()
	if ids = without(ids, func(id EnvelopeID) bool { return wanted[id] || now.Before(l.told[id].Add(tellEvery)) }); len(ids) == 0 {
		return
	}
	gone := l.s.n.shelf.Gone(l.group, ids)
	if len(l.told)+len(gone) > seenMost {
		clear(l.told)
	}
	for part := range slices.Chunk(gone, wire.MaxGone) {
		for _, x := range part {
			l.told[x.ID] = now
		}
		l.say(wire.Gone, wire.GoneBody(part))
	}
}

func idsOf(items []reconcile.Item) []EnvelopeID {
	ids := make([]EnvelopeID, len(items))
	for i, it := range items {
		ids[i] = it.ID
	}
	return ids
}

// goneThere takes the other side's word that it never takes some envelopes again. They are not offered to it any more.
// What is only carried here is dropped when the word is proved; what is not proved stays, for others.
func (l *lane) goneThere(body []byte) error {
	gone, err := wire.ReadGone(body)
	if err != nil {
		return err
	}
	if !l.s.n.quota.gone(l.s.peer, max(len(gone), goneLeast)) {
		return nil
	}
	named := make(map[EnvelopeID]bool, len(gone))
	for _, x := range gone {
		named[x.ID] = true
	}
	set, _ := l.s.n.shelf.Set(l.group)
	var items []reconcile.Item
	for it := range set.Between(reconcile.All) {
		if named[it.ID] {
			items = append(items, it)
		}
	}
	if len(items) == 0 {
		return nil
	}
	l.s.n.hushed.note(l.s.peer, l.group, items)
	l.s.n.shelf.Lost(l.group, l.s.peer, idsOf(items))
	if gone = slices.DeleteFunc(gone, func(x Gone) bool { return x.Token == [32]byte{} }); len(gone) > 0 {
		l.s.n.shelf.Release(l.group, gone)
	}
	return nil
}
