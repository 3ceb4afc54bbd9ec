package present

import (
	"context"
	"reflect"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options say what a Desk is handed from outside. The zero value works.
type Options struct {
	Now      func() time.Time // nil means time.Now
	Zone     *time.Location   // where this person is; nil means time.Local
	Dispatch func(func())     // onto the screen's goroutine (fyne.Do); nil runs at once
	Go       func(func())     // for work that may take long; nil starts a goroutine that Serve waits for
}

// A Desk is where all view models sit: it has the Core, the newest World, and the clock. Make one a window.
// It is safe for concurrent use.
type Desk struct {
	Core Core

	o    Options
	work sync.WaitGroup
	ctx  context.Context // of Serve; what is asked of the Core ends with it
	end  context.CancelFunc

	mu    sync.Mutex
	world World
	watch map[int]func()
	next  int
	draft map[string]any
}

// NewDesk returns a Desk that shows an empty, loading World until Serve has heard from c.
func NewDesk(c Core, o Options) *Desk {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.Local
	}
	if o.Dispatch == nil {
		o.Dispatch = func(f func()) { f() }
	}
	d := &Desk{Core: c, o: o, watch: map[int]func(){}, draft: map[string]any{}, world: World{Loading: true}}
	d.ctx, d.end = context.WithCancel(context.Background())
	return d
}

// Serve follows the Core's Worlds, and tells every watcher when a minute has gone by, until ctx ends. It then waits for
// what view models still ask of the Core. Call it once.
func (d *Desk) Serve(ctx context.Context) error {
	defer d.work.Wait()
	defer d.end()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		for w := range d.Core.Worlds(ctx) {
			d.Take(w)
		}
		return ctx.Err()
	})
	g.Go(func() error { return d.minutes(ctx) })
	return g.Wait()
}

// minutes wakes the watchers at the start of every minute, since "an hour ago" and "Tonight" grow old by themselves.
func (d *Desk) minutes(ctx context.Context) error {
	for {
		now := d.o.Now()
		t := time.NewTimer(now.Truncate(time.Minute).Add(time.Minute).Sub(now))
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
			d.wake()
		}
	}
}

// Take makes w the newest World and tells every watcher. Serve calls it; tests may.
func (d *Desk) Take(w World) {
	d.mu.Lock()
	d.world = w
	d.mu.Unlock()
	d.wake()
}

// World returns the newest World.
func (d *Desk) World() World {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.world
}

// Now returns this moment in this person's zone.
func (d *Desk) Now() time.Time { return d.o.Now().In(d.o.Zone) }

// Zone returns where this person is.
func (d *Desk) Zone() *time.Location { return d.o.Zone }

// ZoneName returns the IANA name of this person's zone, as acts carry it: "Europe/London" where the system does not say.
func (d *Desk) ZoneName() string {
	if n := d.o.Zone.String(); n != "Local" && n != "UTC" {
		return n
	}
	return homeZone
}

// homeZone is where Kith's families live.
const homeZone = "Europe/London"

// Draft returns what KeepDraft kept under key, or nil.
func (d *Desk) Draft(key string) any {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.draft[key]
}

// KeepDraft keeps what was typed and not sent under key, until the program ends or v is nil, so that looking elsewhere
// or a lock loses nothing. It is in memory alone.
func (d *Desk) KeepDraft(key string, v any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v == nil {
		delete(d.draft, key)
		return
	}
	d.draft[key] = v
}

// Watch has f called, on any goroutine, whenever there is a newer World or a minute has gone by. f must be quick.
func (d *Desk) Watch(f func()) (cancel func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.next
	d.next++
	d.watch[n] = f
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.watch, n)
	}
}

func (d *Desk) wake() {
	d.mu.Lock()
	fs := make([]func(), 0, len(d.watch))
	for _, f := range d.watch {
		fs = append(fs, f)
	}
	d.mu.Unlock()
	for _, f := range fs {
		f()
	}
}

// Do runs f away from the screen's goroutine. The context ends with Serve.
func (d *Desk) Do(f func(ctx context.Context)) {
	if d.o.Go != nil {
		d.o.Go(func() { f(d.ctx) })
		return
	}
	d.work.Go(func() { f(d.ctx) })
}

// Dispatch runs f on the screen's goroutine.
func (d *Desk) Dispatch(f func()) { d.o.Dispatch(f) }

// A Model keeps one State up to date for a screen: it makes the State from the newest World, holds back states that look
// the same as the last one, and queues at most one drawing at a time. View models embed one. It is safe for concurrent use.
type Model[S any] struct {
	desk *Desk
	make func(w World, now time.Time) S

	mu     sync.Mutex // also guards what the view model itself remembers; see Change
	state  S
	shown  bool // state has been made
	queued bool
	subs   map[int]func(S)
	next   int
	stop   func() // ends the watch on the desk; nil without subscribers
}

// NewModel returns a Model whose states are made by make. make is always called under the Model's lock, on any goroutine,
// and must not call the Model.
func NewModel[S any](d *Desk, make func(w World, now time.Time) S) *Model[S] {
	return &Model[S]{desk: d, make: make, subs: map[int]func(S){}}
}

// Desk returns where the model sits.
func (m *Model[S]) Desk() *Desk { return m.desk }

// State returns the State of this moment.
func (m *Model[S]) State() S {
	w, now := m.desk.World(), m.desk.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.shown || len(m.subs) == 0 {
		m.state, m.shown = m.make(w, now), true
	}
	return m.state
}

// Subscribe calls show with the State at once, and again through Dispatch whenever it has changed, until cancel.
// A burst of changes is shown once, as the newest.
func (m *Model[S]) Subscribe(show func(S)) (cancel func()) {
	s := m.State()
	m.mu.Lock()
	n := m.next
	m.next++
	m.subs[n] = show
	if m.stop == nil {
		m.stop = m.desk.Watch(m.Again)
	}
	m.mu.Unlock()
	show(s)
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.subs, n)
		if len(m.subs) == 0 && m.stop != nil {
			m.stop()
			m.stop = nil
		}
	}
}

// Change runs f under the Model's lock, so that f may change what the view model remembers, and makes the State anew.
func (m *Model[S]) Change(f func()) {
	m.mu.Lock()
	f()
	m.mu.Unlock()
	m.Again()
}

// Read runs f under the Model's lock, for looking at what the view model remembers.
func (m *Model[S]) Read(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

// Again makes the State anew and has it drawn if it differs.
func (m *Model[S]) Again() {
	w, now := m.desk.World(), m.desk.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.subs) == 0 {
		m.shown = false
		return
	}
	s := m.make(w, now)
	if m.shown && reflect.DeepEqual(s, m.state) {
		return
	}
	m.state, m.shown = s, true
	if m.queued {
		return
	}
	m.queued = true
	// Dispatch may run at once on this goroutine, and a drawing may call back, so never under the lock.
	m.mu.Unlock()
	m.desk.Dispatch(m.draw)
	m.mu.Lock()
}

func (m *Model[S]) draw() {
	m.mu.Lock()
	m.queued = false
	s := m.state
	shows := make([]func(S), 0, len(m.subs))
	for n := 0; n < m.next; n++ {
		if show, ok := m.subs[n]; ok {
			shows = append(shows, show)
		}
	}
	m.mu.Unlock()
	for _, show := range shows {
		show(s)
	}
}
