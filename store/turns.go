package store

import (
	"slices"
	"sync"

	"kith/store/group"
	"kith/store/kp1"
)

// What one device or member may make this computer take in within an hour (protocol.md 7.6). What is older than that, or
// from before this computer came or was started, is history, and comes as fast as it can.
const (
	liveSeconds = 60 * 60
	liveCount   = 2_000    // envelopes of content of one member
	liveBytes   = 64 << 20 // bytes of them and of their words
	liveFiles   = 1 << 30  // bytes of chunks of their files, which are counted apart
	authTurns   = 100      // ops about who belongs, of one device
	offTurns    = 32       // of those, the ones that do not continue from what is known here
	keyTurns    = 6        // new keys that this device makes without being asked
	boxTurns    = 2_000    // boxes tried in a minute for one source
	boxDay      = 50_000   // and in a day for who is not known
)

// bucket is what may still come; it fills again as time goes by.
type bucket struct {
	at   uint64 // unix seconds
	left float64
}

// fill lets a bucket that holds most after a whole period have what it should have now, and returns that.
func (b *bucket) fill(now, period uint64, most float64) float64 {
	if b.at == 0 || now < b.at { // new; or the clock was set back
		if b.at == 0 {
			b.left = most
		}
		b.at = now
	}
	b.left = min(most, b.left+most*float64(now-b.at)/float64(period))
	b.at = now
	return b.left
}

// pace is how much has come of late: in memory alone, for each device, member or source that is known by now.
type pace struct {
	auth, off    map[kp1.DID]*bucket
	count, bytes map[kp1.MID]*bucket
	minute, day  map[kp1.ID]*bucket // boxes, by the hash of the source
	keys         bucket             // new keys of our own making
	met, level   uint64             // when another device was last spoken with, and was first level with us since that began
}

// paces are kept apart from the groups: a group that is read anew from the disk must not grant everyone a fresh start.
type paces struct {
	mu sync.Mutex
	by map[kp1.GID]*pace
}

func (l *Ledger) pace(g kp1.GID) *pace {
	l.paces.mu.Lock()
	defer l.paces.mu.Unlock()
	if l.paces.by == nil {
		l.paces.by = map[kp1.GID]*pace{}
	}
	p := l.paces.by[g]
	if p == nil {
		p = &pace{
			auth: map[kp1.DID]*bucket{}, off: map[kp1.DID]*bucket{}, count: map[kp1.MID]*bucket{}, bytes: map[kp1.MID]*bucket{},
			minute: map[kp1.ID]*bucket{}, day: map[kp1.ID]*bucket{},
		}
		l.paces.by[g] = p
	}
	return p
}

func bucketOf[K comparable](m map[K]*bucket, k K) *bucket {
	if m[k] == nil {
		m[k] = &bucket{}
	}
	return m[k]
}

// live says whether something was written, by its own word, since this computer could have heard of it as it happened.
func (h *house) live(written uint64) bool {
	if h.restoring {
		return false
	}
	now := h.l.unix()
	return written >= now-min(now, liveSeconds) && written > max(h.self.Since, h.l.opened)
}

// met notes that another device was spoken with just now, and whether it held all that is here. After an hour in which
// none was, this computer has to catch up again.
func (h *house) met(level bool) {
	p, now := h.l.pace(h.id), h.l.unix()
	if now < p.met || now-p.met > liveSeconds {
		p.level = 0
	}
	p.met = now
	if level && p.level == 0 {
		p.level = now
	}
}

// levelled says whether this computer was level with somebody and has been in touch with others ever since.
func (h *house) levelled() bool {
	p := h.l.pace(h.id)
	return p.level > 0 && h.l.unix() <= p.met+liveSeconds
}

// caughtUp says that for an hour at least. What comes then is new here, whatever date its author writes on it.
func (h *house) caughtUp() bool {
	return h.levelled() && h.l.pace(h.id).level+liveSeconds <= h.l.unix()
}

// authTurn says whether it is time for one more auth op of a device; spend counts it.
func (h *house) authTurn(o group.Op, spend bool) bool {
	if !h.live(o.Time) {
		return true
	}
	p, now := h.l.pace(h.id), h.l.unix()
	all := bucketOf(p.auth, o.Device)
	off := bucketOf(p.off, o.Device)
	straight := slices.Equal(o.Auth, h.log.Heads())
	if all.fill(now, liveSeconds, authTurns) < 1 || off.fill(now, liveSeconds, offTurns) < 1 && !straight {
		return false
	}
	if spend {
		all.left--
		if !straight {
			off.left--
		}
	}
	return true
}

// keyTurn says whether this device may make new keys again without being asked. While some hold back what others have let
// in, each side hands the other's keys to somebody who is out for the other: neither comes to rest before a person has
// spoken, and until then they must not answer one another with new keys every minute.
func (h *house) keyTurn() bool {
	return h.l.pace(h.id).keys.fill(h.l.unix(), liveSeconds, keyTurns) >= 1
}

// liveTurn says whether one more envelope of content of a member may come, of that many bytes with its words; spend
// counts it.
func (h *house) liveTurn(x account, spend bool) bool {
	p, now := h.l.pace(h.id), h.l.unix()
	count, bytes := bucketOf(p.count, x.of), bucketOf(p.bytes, x.of)
	if count.fill(now, liveSeconds, liveCount) < 1 || bytes.fill(now, liveSeconds, float64(x.hour)) < float64(x.size) {
		return false
	}
	if spend {
		count.left, bytes.left = count.left-1, bytes.left-float64(x.size)
	}
	return true
}

// boxTurn says whether so many boxes may be tried for a source, and counts them if so. An envelope has at most 200, so
// that what is waited for comes in the end.
func (h *house) boxTurn(source string, boxes int) bool {
	if h.restoring {
		return true
	}
	p, now, who := h.l.pace(h.id), h.l.unix(), kp1.Sum([]byte(source))
	minute := bucketOf(p.minute, who)
	if minute.fill(now, 60, boxTurns) < float64(boxes) {
		return false
	}
	if source == (kp1.DID{}).String() { // a mailbox, or a device that nobody has named yet
		day := bucketOf(p.day, who)
		if day.fill(now, daySeconds, boxDay) < float64(boxes) {
			return false
		}
		day.left -= float64(boxes)
	}
	minute.left -= float64(boxes)
	return true
}

// turnDue says whether something that had to wait for its turn may be taken up.
func (h *house) turnDue() bool { return len(h.turns(1)) > 0 || len(h.unread()) > 0 }

// unread lists entries of epochs of which keys are here and no Rekey: it has not come, or was none that the build here could
// read. This one may be later than that, so they are looked at once after every start.
func (h *house) unread() (out []uint64) {
	if h.reread {
		return nil
	}
	for n, x := range h.waits.by {
		if _, some := h.ring[x.Epoch]; some && x.Why == waitKey && !h.log.HasEpoch(x.Epoch) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// turns lists entries whose turn it may be, of each source at most so many.
func (h *house) turns(most int) (out []uint64) {
	p, now := h.l.pace(h.id), h.l.unix()
	for k, entries := range h.waits.index {
		var n float64
		switch k.why {
		case waitTurn:
			n = bucketOf(p.auth, kp1.DID([]byte(k.id))).fill(now, liveSeconds, authTurns)
		case waitBox:
			n = bucketOf(p.minute, kp1.ID([]byte(k.id))).fill(now, 60, boxTurns) / kp1.MaxBoxes
		}
		if n >= 1 && len(entries) > 0 {
			on := h.waits.on(k.why, []byte(k.id))
			out = append(out, on[:min(len(on), int(n), most)]...)
		}
	}
	slices.Sort(out)
	return out
}

// takeTurns takes up what had to wait for its turn.
func (b *batch) takeTurns() (bool, error) {
	b.woken = append(append(b.woken, b.h.turns(maxRouse)...), b.h.unread()...)
	b.h.reread = true
	return false, nil
}
