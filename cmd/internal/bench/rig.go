package bench

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"kith/app/present"
	"kith/cmd/internal/peer"
	"kith/cmd/internal/verb"
	"kith/network"
	"kith/store"
	"kith/store/care/when"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
)

const (
	tcpName  = "tcp"
	quicName = "quic"
)

func listenOn(transport string) string {
	if transport == tcpName {
		return "/ip4/127.0.0.1/tcp/0"
	}
	return "/ip4/127.0.0.1/udp/0/quic-v1"
}

// args are what a command may be told. The first line is the harness's own, the second ours.
type args struct {
	Dir    string  `json:"dir,omitempty"`
	Role   string  `json:"role,omitempty"`
	Shared string  `json:"shared,omitempty"` // what the first peer's open gave: a link, and what it holds beside the ops
	Addr   string  `json:"addr,omitempty"`
	Reopen bool    `json:"reopen,omitempty"`
	N      int     `json:"n,omitempty"`
	S      float64 `json:"s,omitempty"` // seconds
	Gap    int     `json:"gap,omitempty"`
	On     bool    `json:"on,omitempty"`

	IDs []string `json:"ids,omitempty"`

	Transport string `json:"transport,omitempty"`
	Act       string `json:"act,omitempty"`
	Quiet     bool   `json:"quiet,omitempty"` // open without a network
}

type opened struct {
	Addr    string  `json:"addr"`
	Shared  string  `json:"shared,omitempty"`
	Seconds float64 `json:"seconds"` // until the store was open and the week's calendar read
	Week    int     `json:"week"`    // entries in it
}

type done struct {
	N int     `json:"n"`
	S float64 `json:"s"`
}

type waited struct {
	OK bool   `json:"ok"`
	C  int    `json:"c"`
	At string `json:"at"` // nanoseconds of the monotonic clock
}

// counted is what a peer has spent so far.
type counted struct {
	Filed    uint64  `json:"filed"`
	Sent     int     `json:"sent"`
	Received int     `json:"received"`
	In       uint64  `json:"in"`  // bytes of frames since the node began
	Out      uint64  `json:"out"` // likewise
	Rounds   int     `json:"rounds"`
	Asks     int     `json:"asks"`
	RSS      float64 `json:"rss"`      // MiB, the most
	Met      int64   `json:"met"`      // when the first session began, monotonic nanoseconds; 0 for never
	Disk     int64   `json:"disk"`     // bytes of the home
	Size     sizes   `json:"size"`     // of the envelopes
	Level    int64   `json:"level_at"` // when the newest envelope was on the disk
}

// rig is one real peer that does what it is told: in this process, or in its own and told by JSON lines.
type rig struct {
	p     *peer.Peer
	dir   string
	g     kp1.GID
	work  acts
	base  uint64 // envelopes in the group that are none of the ops
	begun [2]int // members and people with a name when base was counted
	ready bool   // base is known
	addr  string
	trans string

	stop  context.CancelFunc // of Serve
	ended chan error

	mu    sync.Mutex
	live  bool
	seen  map[string]int64
	met   int64
	level int64
	ears  sync.WaitGroup
	deaf  context.CancelFunc
}

// quick is how soon a workload looks again for the answer to its request to join: nobody has to think about it here.
func quick(int) time.Duration { return 25 * time.Millisecond }

// do runs one command.
func (r *rig) do(ctx context.Context, cmd string, a args) (any, error) {
	if cmd != "open" && cmd != "rss" && r.p == nil {
		return nil, errStage
	}
	switch cmd {
	case "open":
		return r.open(ctx, a)
	case "each":
		return r.each(ctx, a)
	case "many":
		return r.many(ctx, a)
	case "wait":
		return r.wait(ctx, a)
	case "connect":
		return nil, r.serve(ctx)
	case "disconnect":
		return nil, r.hush()
	case "live":
		return r.listen(ctx, a)
	case "drip":
		return nil, r.drip(ctx, a)
	case "where":
		return r.addr, nil
	case "weigh":
		return weigh(), nil
	case "give":
		return r.give(ctx, a)
	case "files":
		return r.files(ctx, a)
	case "rss":
		return peakRSS(), nil
	case "close":
		return nil, r.close()
	case "stats":
		return r.stats(ctx, a)
	case "invite":
		return r.invite(ctx)
	}
	return nil, fmt.Errorf("command %q: %w", cmd, errUsage)
}

// open makes or opens a home. The first peer founds the group and lets everybody in who asks; the second asks.
func (r *rig) open(ctx context.Context, a args) (opened, error) {
	r.dir, r.trans, r.work.kind = a.Dir, a.Transport, a.Act
	if r.trans == "" {
		r.trans = os.Getenv("TRANSPORT")
	}
	if r.work.kind == "" {
		r.work.kind = actRSVP
	}
	r.p = peer.New(a.Dir, peer.Options{
		Keychain: keychainOf(a.Dir), Again: quick, Linger: func() time.Duration { return 10 * time.Millisecond }, Ask: -1,
	})
	begin := time.Now()
	var err error
	if a.Reopen {
		err = r.p.Unlock(ctx, "")
	} else if err = os.MkdirAll(filepath.Dir(a.Dir), 0o700); err == nil {
		_, err = r.p.Start(ctx, present.Start{Name: "Peer " + a.Role, Keychain: true})
	}
	if err != nil {
		return opened{}, err
	}
	r.hear()
	out := opened{}
	l, _ := r.p.Inside()
	switch n, g, err := loadNote(a.Dir); {
	case err == nil:
		r.g = g
		if out.Week, err = week(l, g); err != nil {
			return out, err
		}
		out.Seconds = seconds(time.Since(begin))
		r.base, r.begun, r.ready = n.Base, n.Begun, true
	case !errors.Is(err, errStage):
		return out, err
	case a.Shared != "":
		return out, r.join(ctx, a)
	default:
		if r.g, err = found(ctx, l); err != nil {
			return out, err
		}
		n, _ := strconv.Atoi(os.Getenv("N"))
		if _, err := r.work.prepare(ctx, l, r.g, max(n, a.N, 1000)+700); err != nil {
			return out, err
		}
	}
	if a.Quiet {
		return out, nil
	}
	if err := r.serve(ctx); err != nil {
		return out, err
	}
	if out.Shared, err = r.invite(ctx); err != nil {
		return out, err
	}
	out.Addr = r.addr
	return out, saveNote(a.Dir, note{r.g.String(), r.base, r.begun})
}

// newcomers are the members of a group, and those of them who have said their name: each comes with envelopes that are
// no ops of the workload.
func newcomers(g store.Group) (n [2]int) {
	n[0] = len(g.State.Members)
	for _, m := range g.State.Members {
		if p, ok := g.Care.People().Person(m.ID); ok && p.Name != "" {
			n[1]++
		}
	}
	return n
}

const (
	letInEnvelopes   = 1 // the Admit and its keys
	profileEnvelopes = 2 // the op and its words
)

// ops is how many ops of the workload are on the disk, opened, checked and in the view.
func (r *rig) ops() int {
	l, _ := r.p.Inside()
	if l == nil || !r.ready {
		return 0
	}
	v := l.View()
	g := v.Group(r.g)
	now := newcomers(g)
	n := int(g.Filed) - int(r.base) - g.Waiting //nolint:gosec // counts
	n -= letInEnvelopes*(now[0]-r.begun[0]) + profileEnvelopes*(now[1]-r.begun[1])
	return n / int(perOp(r.work.kind)) //nolint:gosec // 1 or 2
}

func (r *rig) invite(ctx context.Context) (string, error) {
	l, node := r.p.Inside()
	var addrs []string
	for _, a := range node.Addrs() {
		addrs = append(addrs, a.String())
	}
	ops := r.ops() // before the invite, which is none
	i, err := l.Invite(ctx, r.g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll}, addrs, "Elm Row\nAda")
	if err != nil {
		return "", err
	}
	link, err := i.Link(addrs)
	if err != nil {
		return "", err
	}
	g := l.View().Group(r.g)
	r.base, r.begun, r.ready = g.Filed-uint64(ops)*perOp(r.work.kind), newcomers(g), true //nolint:gosec // a count
	return fmt.Sprintf("%s %d %d %d", link, r.base, r.begun[0], r.begun[1]), nil
}

// join asks to be let in and serves until it is.
func (r *rig) join(ctx context.Context, a args) error {
	f := strings.Fields(a.Shared)
	if len(f) != 4 {
		return errDamage
	}
	var n [3]int
	for i := range n {
		var err error
		if n[i], err = strconv.Atoi(f[i+1]); err != nil {
			return err
		}
	}
	link, err := invite.ParseLink(f[0])
	if err != nil {
		return err
	}
	r.g, r.base, r.begun, r.ready = link.Group, uint64(n[0]), [2]int{n[1], n[2]}, true //nolint:gosec // a count
	if err := r.serve(ctx); err != nil {
		return err
	}
	_, err = r.p.Join(ctx, f[0], "Sue")
	return errors.Join(err, saveNote(a.Dir, note{r.g.String(), r.base, r.begun}))
}

// hear notes what the peer tells, and lets in who asks.
func (r *rig) hear() {
	ctx, cancel := context.WithCancel(context.Background())
	r.deaf = cancel
	events := r.p.Events(ctx)
	r.ears.Go(func() {
		for e := range events {
			at := mono()
			switch e.What {
			case verb.EventApplied:
				r.mu.Lock()
				if r.live {
					for _, id := range e.IDs {
						r.seen[id.String()] = at
					}
				}
				r.mu.Unlock()
			case verb.EventReceived:
				r.mu.Lock()
				r.level = at
				r.mu.Unlock()
			case verb.EventConnected:
				r.mu.Lock()
				if r.met == 0 {
					r.met = at
				}
				r.mu.Unlock()
			case verb.EventRequest:
				if _, err := r.p.Approve(ctx, e.Group, e.Request, present.Approval{Verified: present.VerifiedVoice}); err != nil {
					fmt.Fprintln(os.Stderr, "bench: approve:", err)
				}
			}
		}
	})
}

// serve is on the network until hush.
func (r *rig) serve(ctx context.Context) error {
	if r.stop != nil {
		return nil
	}
	sctx, stop := context.WithCancel(context.Background())
	up, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- r.p.Serve(sctx, verb.Serving{Listen: []string{listenOn(r.trans)}}, func(addrs []string) {
			if len(addrs) > 0 {
				r.addr = addrs[0]
			}
			close(up)
		})
	}()
	select {
	case <-up:
		r.stop, r.ended = stop, ended
		return nil
	case err := <-ended:
		stop()
		return err
	case <-ctx.Done():
		stop()
		return ctx.Err()
	}
}

// hush leaves the network.
func (r *rig) hush() error {
	if r.stop == nil {
		return nil
	}
	r.stop()
	r.stop = nil
	err := <-r.ended
	r.mu.Lock()
	r.met = 0
	r.mu.Unlock()
	return err
}

// each writes ops one after another, each durable before the next, for at most S seconds.
func (r *rig) each(ctx context.Context, a args) (done, error) {
	l, _ := r.p.Inside()
	if err := r.stock(ctx, l, a.N); err != nil {
		return done{}, err
	}
	begin, i := time.Now(), 0
	for ; i < a.N && (a.S == 0 || seconds(time.Since(begin)) < a.S); i++ {
		if _, err := l.Propose(ctx, r.g, r.work.draft()); err != nil {
			return done{}, err
		}
	}
	return done{i, seconds(time.Since(begin))}, nil
}

// many writes ops in transactions of a hundred. Events that it needs and that are not there yet count in its time.
func (r *rig) many(ctx context.Context, a args) (done, error) {
	l, _ := r.p.Inside()
	begin := time.Now()
	err := r.stock(ctx, l, a.N)
	if err == nil {
		err = r.work.fill(ctx, l, r.g, a.N, fillBatch)
	}
	return done{a.N, seconds(time.Since(begin))}, errors.Join(err, saveNote(r.dir, note{r.g.String(), r.base, r.begun}))
}

// stock has enough events for n more ops. Those that are there already are taken up; a second peer answers the first's.
func (r *rig) stock(ctx context.Context, l *store.Ledger, n int) error {
	if r.work.events == nil && r.work.kind == actRSVP {
		for e := range l.View().Group(r.g).Care.Calendar().All() {
			r.work.events = append(r.work.events, e.ID)
		}
	}
	if r.work.threads == nil && r.work.kind == actPost {
		for _, t := range l.View().Group(r.g).Care.Threads().All() {
			r.work.threads = append(r.work.threads, t.ID)
		}
	}
	added, err := r.work.prepare(ctx, l, r.g, n)
	r.base += uint64(added) //nolint:gosec // a count
	return err
}

func (r *rig) wait(ctx context.Context, a args) (waited, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(a.S*float64(time.Second)))
	defer cancel()
	l, _ := r.p.Inside()
	for range l.Views(ctx) {
		if c := r.ops(); c >= a.N {
			return waited{OK: true, C: c, At: strconv.FormatInt(mono(), 10)}, nil
		}
	}
	return waited{C: r.ops(), At: strconv.FormatInt(mono(), 10)}, nil
}

// liveFile is where a drip notes what it wrote and when, beside the home of the peer that reads it: in the harness the
// two have no other way to compare.
func liveFile(dir string) string { return filepath.Join(filepath.Dir(dir), "drip") }

func (r *rig) drip(ctx context.Context, a args) error {
	l, _ := r.p.Inside()
	if err := r.stock(ctx, l, a.N); err != nil {
		return err
	}
	var b strings.Builder
	for range a.N {
		d := r.work.draft()
		at := mono()
		ids, err := l.Propose(ctx, r.g, d)
		if err != nil {
			return err
		}
		fmt.Fprintln(&b, ids[0], at)
		pause(ctx, time.Duration(a.Gap)*time.Millisecond)
	}
	return errors.Join(ctx.Err(), os.WriteFile(liveFile(r.dir), []byte(b.String()), 0o600))
}

// listen begins to note when ops come into view, or ends it and returns how long each took, in milliseconds.
func (r *rig) listen(ctx context.Context, a args) ([]float64, error) {
	if a.On {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.live, r.seen = true, map[string]int64{}
		return []float64{}, nil
	}
	b, err := os.ReadFile(liveFile(r.dir))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second) // what is in view is told of a moment later
	defer cancel()
	for {
		took, all, err := r.compare(b)
		if err != nil || all || ctx.Err() != nil {
			r.mu.Lock()
			r.live = false
			r.mu.Unlock()
			return took, err
		}
		pause(ctx, time.Millisecond)
	}
}

// compare says how long each op of a drip took, as far as it was seen, and whether all were.
func (r *rig) compare(drip []byte) (took []float64, all bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	took, all = []float64{}, true
	for l := range strings.Lines(string(drip)) {
		id, text, _ := strings.Cut(strings.TrimSpace(l), " ")
		at, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, false, err
		}
		then, ok := r.seen[id]
		if all = all && ok; ok {
			took = append(took, float64(then-at)/1e6)
		}
	}
	return took, all, nil
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (r *rig) stats(ctx context.Context, a args) (c counted, err error) {
	l, node := r.p.Inside()
	var s network.Stats
	if node != nil {
		s = node.Stats()
	}
	r.mu.Lock()
	met, level := r.met, r.level
	r.mu.Unlock()
	c = counted{
		Filed: l.View().Group(r.g).Filed, Sent: s.Sent, Received: s.Received, In: s.BytesIn, Out: s.BytesOut, Rounds: s.Rounds,
		Asks: s.Asks, RSS: peakRSS(), Met: met, Level: level,
	}
	if a.On {
		if c.Size, err = sizesOf(ctx, l, r.g); err == nil {
			c.Disk, err = bytesUnder(r.dir)
		}
	}
	return c, err
}

func (r *rig) close() error {
	err := r.hush()
	if r.deaf != nil {
		r.deaf()
		r.ears.Wait()
	}
	if r.p != nil {
		err = errors.Join(err, r.p.Close())
		r.p = nil
	}
	return err
}

// week reads the calendar's first week, as the page that opens first does.
func week(l *store.Ledger, g kp1.GID) (int, error) {
	v := l.View().Group(g)
	if len(v.State.Members) == 0 {
		return 0, errShort
	}
	return len(v.Care.Calendar().Between(firstDay, firstDay.Plus(7), time.UTC, when.Zones(time.LoadLocation))), nil
}

func publicOf(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }
