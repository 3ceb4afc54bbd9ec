package bench

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sync/errgroup"

	"kith/network"
	"kith/network/keeper"
	"kith/network/mailbox"
	"kith/network/reconcile"
	"kith/store/kp1"
	"kith/store/op"
)

// The mailbox: the keeper of cmd/kith-mailbox with nothing of ours left out, and visitors that speak as members' devices do.

const (
	pollGroups = 50     // groups with a mailbox at the keeper
	pollEach   = 20_000 // envelopes in each
	pollRounds = 3      // times each of them asks whether there is anything new
	putBatch   = 64     // envelopes that are put before the first is answered for: network's own number
	boxWeek    = 2968   // of the envelopes
)

// kept is what a keeper says of itself.
type kept struct {
	Links   []string `json:"links,omitempty"` // a pairing link for each group
	Own     float64  `json:"own"`             // MiB of memory that is not mapped from a file
	RSS     float64  `json:"rss"`             // MiB in all
	File    int64    `json:"file"`            // bytes
	Bytes   int64    `json:"bytes"`           // of the envelopes in it
	Count   int      `json:"count"`           // of these
	Put     uint64   `json:"put"`
	Got     uint64   `json:"got"`
	Commits uint64   `json:"commits"`
}

// serveKeeper is `kithctl bench keeper`: one keeper that says how it is for each line on in, until they end.
func serveKeeper(ctx context.Context, argv []string, in io.Reader, out io.Writer) (err error) {
	f := flag.NewFlagSet("keeper", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	groups := f.Int("groups", 1, "")
	transport := f.String("transport", quicName, "")
	if err := f.Parse(argv); err != nil || f.NArg() != 1 || *groups < 1 {
		return errUsage
	}
	// Rates are raised: all visitors come from one address, and bring in a minute what a family writes in months.
	const most = 1 << 30
	k, err := keeper.New(f.Arg(0), keeper.Options{
		Listen: []string{listenOn(*transport)},
		Limits: mailbox.Limits{Burst: most, Rate: most, Share: 100},
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- k.Serve(ctx) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	select {
	case <-k.Up():
	case err := <-ended:
		ended <- nil
		return err
	}
	var links []string
	for range *groups {
		c := network.NewPairCode()
		if err := k.Offer(ctx, c, nil); err != nil {
			return err
		}
		links = append(links, k.PairLink(c).Encode())
	}
	say := func(links []string) error {
		st, err := k.Status()
		if err != nil {
			return err
		}
		s := kept{Links: links, Own: statusMiB("RssAnon:"), RSS: statusMiB("VmRSS:"), File: st.Bytes, Put: st.Put, Got: st.Got, Commits: st.Commits}
		for _, g := range st.Groups {
			s.Bytes, s.Count = s.Bytes+g.Bytes, s.Count+g.Envelopes
		}
		b, err := json.Marshal(s)
		if err == nil {
			_, err = fmt.Fprintf(out, "%s\n", b)
		}
		return err
	}
	if err := say(links); err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		if err := say(nil); err != nil {
			return err
		}
	}
	return nil
}

// keeping is a keeper that a workload started, in a process of its own where that is possible.
type keeping struct {
	in    io.WriteCloser
	out   *bufio.Scanner
	wait  func() error
	links []string
}

func (p *plan) keeper(home string, groups int) (*keeping, error) {
	argv := []string{"-groups", fmt.Sprint(groups), "-transport", p.transport, home}
	k := &keeping{}
	var out io.Reader
	if p.exe == "" {
		inR, inW := io.Pipe()
		outR, outW := io.Pipe()
		ended := make(chan error, 1)
		go func() {
			err := serveKeeper(context.Background(), argv, inR, outW)
			ended <- errors.Join(err, outW.Close())
		}()
		k.in, out, k.wait = inW, outR, func() error { return <-ended }
	} else {
		c := exec.Command(p.exe, append([]string{"bench", "keeper"}, argv...)...) //nolint:gosec,noctx // this very program; end stops it
		c.Stderr = os.Stderr
		in, err := c.StdinPipe()
		if err != nil {
			return nil, err
		}
		if out, err = c.StdoutPipe(); err != nil {
			return nil, err
		}
		if err := c.Start(); err != nil {
			return nil, err
		}
		k.in, k.wait = in, c.Wait
	}
	k.out = bufio.NewScanner(out)
	k.out.Buffer(nil, maxLine)
	first, err := k.read()
	if err != nil {
		return nil, errors.Join(err, k.end())
	}
	k.links = first.Links
	return k, nil
}

func (k *keeping) read() (s kept, err error) {
	if !k.out.Scan() {
		return s, errors.Join(errShort, k.out.Err())
	}
	return s, json.Unmarshal(k.out.Bytes(), &s)
}

// now asks the keeper how it is.
func (k *keeping) now() (kept, error) {
	if _, err := io.WriteString(k.in, "\n"); err != nil {
		return kept{}, err
	}
	return k.read()
}

// end ends the keeper; once it has, ending it again is no error.
func (k *keeping) end() error {
	if k.wait == nil {
		return nil
	}
	wait := k.wait
	k.wait = nil
	return errors.Join(k.in.Close(), wait())
}

// boxGroup is one group of a workload as its visitors know it.
type boxGroup struct {
	link   network.PairLink
	key    ed25519.PrivateKey
	ticket [32]byte
}

// pairGroup uses a pairing link for the i-th group.
func pairGroup(ctx context.Context, text string, i int) (boxGroup, error) {
	l, err := network.ParsePairLink(text)
	if err != nil {
		return boxGroup{}, err
	}
	seed := func(what string) [32]byte { return sha256.Sum256(fmt.Append(nil, what, i)) }
	key, g := seed("key"), boxGroup{link: l, ticket: seed("member")}
	g.key = ed25519.NewKeyFromSeed(key[:])
	return g, network.Pair(ctx, l, g.ticket, seed("admin"))
}

// enter is a visit to the group's mailbox.
func (g boxGroup) enter(ctx context.Context) (*network.Caller, *network.Box, error) {
	c, err := network.Call(ctx, g.link.Addrs)
	if err != nil {
		return nil, nil, err
	}
	b, err := c.Enter(ctx, g.key, g.ticket)
	if err != nil {
		return nil, nil, errors.Join(err, c.Close())
	}
	return c, b, nil
}

// letters are n envelopes, as large as answers to events. A keeper sees no more of an envelope than that it is one.
func letters(n int) (out [][]byte, err error) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	g, eid := kp1.GID{1}, kp1.EID{2}
	s, err := op.Sign(op.Op{
		V: 1, Type: "calendar/rsvp", Group: g, Device: kp1.DeviceID(pub), Seq: 2, Prev: kp1.ID{3}, Time: 1_795_000_000,
		Auth: []kp1.ID{{4}}, Deps: []kp1.ID{{5}}, Body: []byte{0xa1, 0x61, 'a', 0x01},
	}, key)
	if err != nil {
		return nil, err
	}
	ck := op.EpochKeys([32]byte{6}).ContentKey(eid, kp1.CompAll)
	for range n { // the salt makes each another one
		e, err := op.SealOps(rand.Reader, g, ck, op.KindOps, boxWeek, nil, []op.Signed{s})
		if err != nil {
			return nil, err
		}
		out = append(out, e.Bytes)
	}
	return out, nil
}

// itemsOf is what a visitor compares with who has these envelopes.
func itemsOf(envs [][]byte) []reconcile.Item {
	items := make([]reconcile.Item, len(envs))
	for i, env := range envs {
		items[i] = reconcile.Item{Week: boxWeek, ID: sha256.Sum256(env)}
	}
	return items
}

// leave puts envelopes into the group's mailbox, in one visit.
func (g boxGroup) leave(ctx context.Context, envs [][]byte) error {
	c, b, err := g.enter(ctx)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // what was put is answered for
	defer b.Leave()
	return b.Put(envs, func(_ int, err error) error { return err })
}

// collect asks for what is not in the set, in one visit, and returns how many that was.
func (g boxGroup) collect(ctx context.Context, set reconcile.Set) (n int, err error) {
	c, b, err := g.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer c.Close() //nolint:errcheck // what came is here
	defer b.Leave()
	found, err := b.Compare(set)
	if err != nil || found.Level() {
		return 0, err
	}
	err = b.Fetch(found, func(network.EnvelopeID) bool { return false }, func(envs [][]byte) error {
		n += len(envs)
		return nil
	})
	return n, err
}

// wMailbox is the mailbox: envelopes through it, and many groups at once.
func wMailbox(ctx context.Context, p *plan) error {
	for _, n := range scale(p.n) {
		if err := through(ctx, p, n); err != nil {
			return err
		}
	}
	return polling(ctx, p, pollGroups, min(pollEach, 2*p.n))
}

// through is n envelopes that one computer leaves in a mailbox and another, which is never on with it, collects.
func through(ctx context.Context, p *plan, n int) error {
	home, err := p.folder("keeper")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)           //nolint:errcheck // a scratch folder
	k, err := p.keeper(home, 3*p.runs) // one group for each try
	if err != nil {
		return err
	}
	defer k.end() //nolint:errcheck // reported below where it counts
	envs, err := letters(n)
	if err != nil {
		return err
	}
	var put, got, commits []float64
	ours := func() (float64, error) {
		g, err := pairGroup(ctx, k.links[len(put)], len(put))
		if err != nil {
			return 0, err
		}
		before, err := k.now()
		if err != nil {
			return 0, err
		}
		begin := time.Now()
		if err := g.leave(ctx, envs); err != nil {
			return 0, err
		}
		between := time.Now()
		came, err := g.collect(ctx, reconcile.Set{})
		if err != nil {
			return 0, err
		}
		end := time.Now()
		after, err := k.now()
		if err != nil {
			return 0, err
		}
		if came != n || after.Put-before.Put != uint64(n) || after.Got-before.Got != uint64(n) { //nolint:gosec // counts
			return 0, fmt.Errorf("%d of %d came: %w", came, n, errShort)
		}
		put, got = append(put, seconds(between.Sub(begin))), append(got, seconds(end.Sub(between)))
		commits = append(commits, float64(after.Commits-before.Commits)/float64(n))
		return seconds(end.Sub(begin)), nil
	}
	limit := func() (float64, error) {
		r, err := boltRate(p.dir, putBatch)
		return float64(n) / r, err
	}
	t, err := inTurn(p.runs, limit, ours)
	if err != nil {
		return err
	}
	last, err := k.now()
	if err != nil {
		return err
	}
	at := fmt.Sprintf(", %d envelopes", n)
	r := t.row("MB", "left and collected"+at, "s")
	r.Note += fmt.Sprintf("; limit: bbolt, %d a transaction; both visits with their connections", putBatch)
	p.t.add(r)
	p.t.add(Row{W: "MB", What: "left" + at, Unit: "s", Ours: median(put)})
	p.t.add(Row{W: "MB", What: "collected" + at, Unit: "s", Ours: median(got)})
	p.t.add(Row{W: "MB", What: "commits" + at, Unit: "/env", Ours: median(commits), Note: "two syncs each"})
	p.t.add(Row{W: "MB", What: "file" + at, Unit: "B/env", Ours: float64(last.File) / float64(last.Count), Limit: float64(last.Bytes) / float64(last.Count), Ratio: float64(last.File) / float64(last.Bytes)})
	return k.end()
}

// polling is many groups with a history in one mailbox, all of which ask at once whether there is anything new. Rates are
// raised for it.
func polling(ctx context.Context, p *plan, groups, each int) error {
	home, err := p.folder("keeper")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home) //nolint:errcheck // a scratch folder
	k, err := p.keeper(home, groups)
	if err != nil {
		return err
	}
	defer func() { _ = k.end() }() // reported below where it counts
	all, sets := make([]boxGroup, groups), make([]reconcile.Set, groups)
	begin := time.Now()
	for i := range all {
		if all[i], err = pairGroup(ctx, k.links[i], i); err != nil {
			return err
		}
		envs, err := letters(each)
		if err != nil {
			return err
		}
		sets[i] = reconcile.NewSet(itemsOf(envs))
		if err := all[i].leave(ctx, envs); err != nil {
			return err
		}
	}
	filled := time.Since(begin)
	full, err := k.now()
	if err != nil {
		return err
	}
	if err := k.end(); err != nil {
		return err
	}
	if k, err = p.keeper(home, 1); err != nil { // as after a start: what was needed to fill it does not count
		return err
	}
	fresh, err := k.now()
	if err != nil {
		return err
	}
	again, err := network.ParsePairLink(k.links[0]) // it listens elsewhere now
	if err != nil {
		return err
	}
	var took []float64
	for range pollRounds {
		one := make([]float64, groups)
		var g errgroup.Group
		for i := range all {
			all[i].link = again
			g.Go(func() error {
				begin := time.Now()
				n, err := all[i].collect(ctx, sets[i])
				if err == nil && n > 0 {
					err = fmt.Errorf("%d new in a mailbox that is level: %w", n, errDamage)
				}
				one[i] = millis(time.Since(begin))
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		took = append(took, one...)
	}
	polled, err := k.now()
	if err != nil {
		return err
	}
	w, err := wireTimes(ctx, p.transport)
	if err != nil {
		return err
	}
	at := fmt.Sprintf(", %d groups of %d", groups, each)
	limit := (w.connect + 5*w.trip) * 1e3 // the nonce, the login, one message of comparison
	for _, c := range []struct {
		what string
		q    float64
	}{{"poll p50", 0.5}, {"poll p99", 0.99}} {
		v := quantile(took, c.q)
		p.t.add(Row{W: "MB", What: c.what + at, Unit: "ms", Ours: v, Limit: limit, Ratio: v / limit, Note: "all at once, rates raised; limit: one bare connection and its round trips"})
	}
	p.t.add(Row{W: "MB", What: "filled" + at, Unit: "µs/env", Ours: float64(filled.Microseconds()) / float64(groups*each), Note: "one group after another, sealing included"})
	for _, m := range []struct {
		what string
		own  float64
		rss  float64
	}{{"memory after a start", fresh.Own, fresh.RSS}, {"memory after the polls", polled.Own, polled.RSS}} {
		r := Row{W: "MB", What: m.what + at, Unit: "MiB", Ours: m.own, Note: fmt.Sprintf("%.0f MiB with what is mapped of the file", m.rss)}
		if each == pollEach {
			r.Goal, r.Verdict = atMost(m.own, 95) // 100 MB
		}
		p.t.add(r)
	}
	per := float64(full.Bytes) / float64(full.Count)
	p.t.add(Row{W: "MB", What: "file" + at, Unit: "B/env", Ours: float64(full.File) / float64(full.Count), Limit: per, Ratio: float64(full.File) / float64(full.Bytes)})
	return k.end()
}
