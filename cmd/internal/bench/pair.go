package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const waitMost = 300 // seconds a workload waits for the other peer

// pair is two peers of one group.
type pair struct {
	p      *plan
	top    string
	a, b   actor
	opened opened // what a said
	base   int    // ops before the workload begins
}

// first opens the peer that holds the history: a home that was filled before, or a new one.
func first(ctx context.Context, p *plan, n, authors int) (*pair, error) {
	top, err := p.folder("pair")
	if err != nil {
		return nil, err
	}
	x := &pair{p: p, top: top, base: n}
	home := filepath.Join(top, "a")
	if n > 0 {
		if err := filled(ctx, home, p.act, n, authors); err != nil {
			return x, err
		}
	}
	if x.a, err = p.actor(); err != nil {
		return x, err
	}
	return x, x.a.call(ctx, "open", args{Dir: home, Role: "a", Reopen: n > 0, N: 1000, Transport: p.transport, Act: p.act}, &x.opened)
}

// second opens a peer that asks to be let in, and waits until it has the history.
func (x *pair) second(ctx context.Context, name string) (took float64, err error) {
	if x.b, err = x.p.actor(); err != nil {
		return 0, err
	}
	begin := mono()
	if err := x.b.call(ctx, "open", args{Dir: filepath.Join(x.top, name), Role: "b", Shared: x.opened.Shared, Transport: x.p.transport, Act: x.p.act}, nil); err != nil {
		return 0, err
	}
	at, err := until(ctx, x.b, x.base)
	return float64(at-begin) / 1e9, err
}

// until waits until a peer has n ops.
func until(ctx context.Context, a actor, n int) (int64, error) {
	var w waited
	if err := a.call(ctx, "wait", args{N: n, S: waitMost}, &w); err != nil {
		return 0, err
	}
	if !w.OK {
		return 0, fmt.Errorf("%d of %d ops: %w", w.C, n, errShort)
	}
	return strconv.ParseInt(w.At, 10, 64)
}

func (x *pair) drop() (err error) {
	if x.b != nil {
		err = x.b.end()
		x.b = nil
	}
	return err
}

func (x *pair) end() error {
	err := x.drop()
	if x.a != nil {
		err = errors.Join(err, x.a.end())
	}
	return errors.Join(err, os.RemoveAll(x.top))
}

// settled waits until a peer is quiet, so that the last word of a conversation is counted as well.
func settled(ctx context.Context, a actor) (counted, error) {
	var last, c counted
	for range 100 {
		if err := a.call(ctx, "stats", args{}, &c); err != nil {
			return c, err
		}
		if c == last {
			return c, nil
		}
		last = c
		pause(ctx, 30*time.Millisecond)
	}
	return c, nil
}

const helloTrips = 2 // the nonce and the tags

// trips is how many times one side waited for the other in a conversation that b began, at the most: the hello, each
// pair of messages of reconciliation, and each request for envelopes, although two of those are on their way at once.
func trips(a0, a1, b1 counted) float64 {
	return helloTrips + math.Ceil(float64(a1.Rounds-a0.Rounds+b1.Rounds)/2) + float64(b1.Asks+a1.Asks-a0.Asks)
}

// w2 is join: a fresh peer takes in a whole history.
func w2(ctx context.Context, p *plan) error {
	for _, authors := range []int{1, 10} {
		if p.authors == 1 || authors == p.authors {
			if err := w2of(ctx, p, authors); err != nil {
				return err
			}
		}
	}
	return nil
}

func w2of(ctx context.Context, p *plan, authors int) error {
	x, err := first(ctx, p, p.n, authors)
	if err != nil {
		return err
	}
	defer x.end() //nolint:errcheck // reported below where it counts
	var whole, bytes, over, turns, rssA, rssB []float64
	var size counted
	if err := x.a.call(ctx, "stats", args{On: true}, &size); err != nil {
		return err
	}
	ours := func() (float64, error) {
		if err := x.a.call(ctx, "invite", args{}, &x.opened.Shared); err != nil {
			return 0, err
		}
		before, err := settled(ctx, x.a)
		if err != nil {
			return 0, err
		}
		took, err := x.second(ctx, "b"+strconv.Itoa(len(whole)))
		if err != nil {
			return 0, err
		}
		b, err := settled(ctx, x.b)
		if err != nil {
			return 0, err
		}
		a, err := settled(ctx, x.a)
		if err != nil {
			return 0, err
		}
		whole = append(whole, took)
		bytes = append(bytes, float64(b.In))
		over = append(over, float64(b.In+b.Out)-float64(size.Size.Bytes))
		turns = append(turns, trips(before, a, b))
		rssA, rssB = append(rssA, a.RSS), append(rssB, b.RSS)
		return float64(b.Level-b.Met) / 1e9, x.drop()
	}
	limit := func() (float64, error) {
		s, err := signingRate()
		if err != nil {
			return 0, err
		}
		r, err := boltRate(p.dir, 1000)
		return float64(p.n)/s.both + float64(p.n)/r, err
	}
	t, err := inTurn(p.runs, limit, ours)
	if err != nil {
		return err
	}
	by := fmt.Sprintf(", %d author(s)", authors)
	r := t.row("W2", "join"+by, "s")
	r.Goal, r.Verdict = atMost(r.Ratio, 2)
	r.Note = p.note(r.Note, "from the first hello")
	p.t.add(r)
	p.t.add(Row{W: "W2", What: "link in hand to all there" + by, Unit: "s", Ours: median(whole), Note: "invite, request, approval and join"})
	sum := float64(size.Size.Bytes)
	r = Row{W: "W2", What: "bytes in" + by, Unit: "MB", Ours: median(bytes) / 1e6, Limit: sum / 1e6, Ratio: median(bytes) / sum, Note: fmt.Sprintf("%d envelopes; both ways %.0f B beside them", size.Size.Envelopes, median(over))}
	r.Goal, r.Verdict = atMost(r.Ratio, (1.05*sum+8000)/sum)
	p.t.add(r)
	r = Row{W: "W2", What: "round trips" + by, Unit: "", Ours: median(turns)}
	r.Goal, r.Verdict = atMost(r.Ours, 10+math.Ceil(sum/(1<<20)))
	p.t.add(r)
	p.t.add(Row{W: "W2", What: "peak memory, giver / joiner" + by, Unit: "MiB", Ours: median(rssA), Note: fmt.Sprintf("joiner %.0f MiB", median(rssB))})
	return x.end()
}

// w3 is live: ops of one peer until they are durable, checked and in the view of the other.
func w3(ctx context.Context, p *plan) error {
	const each, gap = 1000, 5
	var p50, p99, most, bytes []float64
	share := func() (float64, error) {
		s, err := signingRate()
		if err != nil {
			return 0, err
		}
		r, err := boltRate(p.dir, 1)
		if err != nil {
			return 0, err
		}
		w, err := wireTimes(ctx, p.transport)
		return (s.sign + 2/r + s.verify + w.trip/2) * 1e3, err
	}
	ours := func() (float64, error) {
		x, err := first(ctx, p, 0, 1) // a new pair each time: a member may push 2,000 envelopes in an hour
		if err != nil {
			return 0, err
		}
		defer x.end() //nolint:errcheck // ended below
		if _, err := x.second(ctx, "b"); err != nil {
			return 0, err
		}
		before, err := settled(ctx, x.b)
		if err != nil {
			return 0, err
		}
		if err := x.b.call(ctx, "live", args{On: true}, nil); err != nil {
			return 0, err
		}
		if err := x.a.call(ctx, "drip", args{N: each, Gap: gap}, nil); err != nil {
			return 0, err
		}
		if _, err := until(ctx, x.b, each); err != nil {
			return 0, err
		}
		after, err := settled(ctx, x.b)
		if err != nil {
			return 0, err
		}
		var took []float64
		if err := x.b.call(ctx, "live", args{}, &took); err != nil {
			return 0, err
		}
		if len(took) != each {
			return 0, fmt.Errorf("%d of %d seen: %w", len(took), each, errShort)
		}
		p50, p99, most = append(p50, median(took)), append(p99, quantile(took, 0.99)), append(most, quantile(took, 1))
		bytes = append(bytes, float64(after.In+after.Out-before.In-before.Out)/each)
		return median(took), x.end()
	}
	t, err := inTurn(p.runs, share, ours)
	if err != nil {
		return err
	}
	r := t.row("W3", "live p50", "ms")
	r.Goal, r.Verdict = atMost(r.Ratio, 3)
	p.t.add(r)
	r = Row{W: "W3", What: "live p99", Unit: "ms", Ours: median(p99), Limit: median(t.limit), Ratio: median(p99) / median(t.limit), Note: fmt.Sprintf("longest %.1f ms", median(most))}
	r.Goal, r.Verdict = atMost(r.Ratio, 30)
	p.t.add(r)
	p.t.add(Row{W: "W3", What: "live, both ways", Unit: "B/op", Ours: median(bytes)})
	return nil
}

// w5 is reconnect: both hold much, each writes a little while apart, and they meet again.
func w5(ctx context.Context, p *plan) error {
	for _, n := range scale(p.n) {
		if err := w5of(ctx, p, n); err != nil {
			return err
		}
	}
	return nil
}

// apart is what one meeting cost.
type apart struct{ wall, bytes, trips float64 }

// meetAgain separates two level peers, has them write, and lets them meet.
func (x *pair) meetAgain(ctx context.Context, onA, onB int) (out apart, err error) {
	if err := x.b.call(ctx, "disconnect", args{}, nil); err != nil {
		return out, err
	}
	for n, a := range map[actor]int{x.a: onA, x.b: onB} {
		if a > 0 {
			if err := n.call(ctx, "many", args{N: a}, nil); err != nil {
				return out, err
			}
		}
	}
	before, err := settled(ctx, x.a)
	if err != nil {
		return out, err
	}
	begin := mono()
	if err := x.b.call(ctx, "connect", args{}, nil); err != nil {
		return out, err
	}
	x.base += onA + onB
	var last int64
	for _, a := range []actor{x.a, x.b} {
		at, err := until(ctx, a, x.base)
		if err != nil {
			return out, err
		}
		last = max(last, at)
	}
	b, err := x.connected(ctx)
	if err != nil {
		return out, err
	}
	a, err := settled(ctx, x.a)
	if onA+onB == 0 {
		last = b.Met
	}
	return apart{float64(last-begin) / 1e9, float64(b.In + b.Out), trips(before, a, b)}, err
}

// connected waits until b has met a and said all it has to say.
func (x *pair) connected(ctx context.Context) (c counted, err error) {
	for range 200 {
		if c, err = settled(ctx, x.b); err != nil || c.Met > 0 && c.Rounds > 0 {
			return c, err
		}
	}
	return c, errShort
}

func w5of(ctx context.Context, p *plan, n int) error {
	x, err := first(ctx, p, n, 1)
	if err != nil {
		return err
	}
	defer x.end() //nolint:errcheck // reported below where it counts
	if _, err := x.second(ctx, "b"); err != nil {
		return err
	}
	if _, err := x.meetAgain(ctx, 1, 1); err != nil { // b adds its first op, a learns b's address
		return err
	}
	const each = 100
	var bytes, turns []float64
	ours := func() (float64, error) {
		m, err := x.meetAgain(ctx, each, each)
		bytes, turns = append(bytes, m.bytes), append(turns, m.trips)
		return m.wall, err
	}
	limit := func() (float64, error) {
		s, err := signingRate()
		if err != nil {
			return 0, err
		}
		r, err := boltRate(p.dir, 1)
		if err != nil {
			return 0, err
		}
		w, err := wireTimes(ctx, p.transport)
		return w.connect + 2*each*s.verify + 2/r, err
	}
	t, err := inTurn(p.runs, limit, ours)
	if err != nil {
		return err
	}
	at := fmt.Sprintf(", %d held", n)
	r := t.row("W5", "reconnect, 100 + 100"+at, "s")
	r.Goal, r.Verdict = atMost(r.Ratio, 10)
	p.t.add(r)
	var size counted
	if err := x.a.call(ctx, "stats", args{On: true}, &size); err != nil {
		return err
	}
	per := map[string]float64{actRSVP: 1, actPost: 2}[p.act]
	missing := 2 * each * per * float64(size.Size.Bytes) / float64(size.Size.Envelopes)
	if p.act == actRSVP {
		missing = 2 * each * float64(size.Size.Small)
	}
	r = Row{W: "W5", What: "bytes, 100 + 100" + at, Unit: "B", Ours: median(bytes), Limit: missing, Ratio: median(bytes) / missing}
	r.Goal, r.Verdict = atMost(r.Ours, 1.15*missing+4000)
	p.t.add(r)
	p.t.add(Row{W: "W5", What: "round trips, 100 + 100" + at, Ours: median(turns)})
	for _, few := range []int{0, 1} {
		m, err := x.meetAgain(ctx, few, 0)
		if err != nil {
			return err
		}
		r = Row{W: "W5", What: fmt.Sprintf("bytes, %d + 0%s", few, at), Unit: "B", Ours: m.bytes, Note: fmt.Sprintf("%.1f ms, %.0f round trips with the hello's two", m.wall*1e3, m.trips)}
		if few == 0 {
			r.Goal, r.Verdict = atMost(m.bytes, 2000)
		}
		p.t.add(r)
	}
	return x.end()
}
