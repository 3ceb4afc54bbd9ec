package peer

import (
	"context"
	"strconv"
	"time"

	"kith/app/present"
)

// idling is the idle lock of an open home. It goes by two clocks: the one that timers use stands still while the computer
// sleeps, and the one on the wall can be set back.
type idling struct {
	timer *time.Timer // nil while nothing is open
	after time.Duration
	wall  time.Time // of the last touch
	ran   time.Time // the same by the clock of timers
}

// idleStep is how often the idle lock looks at the clocks: how long a computer that wakes may show what it showed.
const idleStep = 2 * time.Second

// left is how long until the lock, now that the clock on the wall says this.
func (i idling) left(wall time.Time) time.Duration {
	return i.after - max(wall.Sub(i.wall), time.Since(i.ran))
}

// stop ends it. The lock is held.
func (i *idling) stop() {
	if i.timer != nil {
		i.timer.Stop()
	}
	*i = idling{}
}

// wall is the time without the reading of the clock of timers.
func (p *Peer) wall() time.Time { return p.o.Now().Round(0) }

// Touched says that somebody is here: the idle lock begins anew. Whoever comes after its time is over may be somebody
// else: then it locks.
func (p *Peer) Touched() {
	if !p.o.IdleLock {
		return
	}
	after := p.lockAfter()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil || p.staying {
		return
	}
	now := p.wall()
	if p.idle.timer != nil && p.idle.left(now) <= 0 {
		p.idle.timer.Reset(0)
		return
	}
	p.idle.after, p.idle.wall, p.idle.ran = after, now, time.Now()
	if p.idle.timer == nil {
		p.idle.timer = time.AfterFunc(min(after, idleStep), p.idled)
	}
}

// KeepOpen holds the idle lock back while a window that was closed goes on running, as serve does; the next Touched after
// it begins the time anew.
func (p *Peer) KeepOpen(on bool) {
	p.mu.Lock()
	if p.staying = on; on {
		p.idle.stop()
	}
	p.mu.Unlock()
	if !on {
		p.Touched()
	}
}

// idled looks whether it is time to lock.
func (p *Peer) idled() {
	p.mu.Lock()
	if p.idle.timer == nil {
		p.mu.Unlock()
		return
	}
	if left := p.idle.left(p.wall()); left > 0 {
		p.idle.timer.Reset(min(left, idleStep))
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	_ = p.Lock(context.Background(), present.LockedIdle) // what the store says of its closing helps nobody who is away
}

// Bounds of the idle lock.
const (
	lockAfterUsual = 5 * time.Minute
	lockAfterMost  = 60 * time.Minute
)

func (p *Peer) lockAfter() time.Duration {
	n, err := strconv.Atoi(p.Setting(present.SettingLockAfter))
	if err != nil || n <= 0 {
		return lockAfterUsual
	}
	return min(time.Duration(n)*time.Minute, lockAfterMost)
}
