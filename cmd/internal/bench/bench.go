package bench

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// plan is what a run was asked to do.
type plan struct {
	n         int
	authors   int
	act       string
	transport string
	runs      int
	dir       string
	exe       string // this program, for workloads in several processes; empty: all in this one
	t         *table
}

// actor starts a peer, in a process of its own where that is possible.
func (p *plan) actor() (actor, error) {
	if p.exe == "" {
		return &here{}, nil
	}
	return newThere(p.exe)
}

// folder makes a fresh folder in the scratch folder.
func (p *plan) folder(name string) (string, error) { return os.MkdirTemp(p.dir, name+"-") }

// note says what a row was measured with, when it is not the usual.
func (p *plan) note(more ...string) string {
	return strings.Join(append([]string{fmt.Sprintf("n=%d", p.n)}, more...), ", ")
}

// Run is `kithctl bench`: the workloads named, each beside its limit, as lines of text or JSON on out. It works in a
// scratch folder and removes it. It returns an error when a workload could not be run, not when a goal was missed.
func Run(ctx context.Context, argv []string, out io.Writer) error {
	if len(argv) > 0 {
		switch argv[0] {
		case "peer":
			return servePeer(ctx, os.Stdin, out)
		case "append":
			return appendOnly(ctx, argv[1:], out)
		case "keeper":
			return serveKeeper(ctx, argv[1:], os.Stdin, out)
		case "bare":
			return serveBare(argv[1:], os.Stdin, out)
		}
	}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	which := f.String("w", "1,2,3,5,6", "")
	n := f.Int("n", 10_000, "")
	authors := f.Int("authors", 1, "")
	act := f.String("act", actRSVP, "")
	transport := f.String("transport", quicName, "")
	runs := f.Int("runs", 5, "")
	dir := f.String("dir", os.TempDir(), "")
	asJSON := f.Bool("json", false, "")
	if err := f.Parse(argv); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if f.NArg() > 0 || *n < fillBatch || *runs < 1 || *authors < 1 || (*act != actRSVP && *act != actPost) || (*transport != tcpName && *transport != quicName) {
		return errUsage
	}
	scratch, err := os.MkdirTemp(*dir, "kith-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch) //nolint:errcheck // a scratch folder
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	p := &plan{n: *n, authors: *authors, act: *act, transport: *transport, runs: *runs, dir: scratch, exe: exe, t: &table{out: out, json: *asJSON}}
	if !*asJSON {
		fmt.Fprintf(out, "# %s %s/%s, %d cores, %s; every op %s, %s\n", time.Now().UTC().Format(time.RFC3339), runtime.GOOS, runtime.GOARCH,
			runtime.NumCPU(), runtime.Version(), *act, *transport)
	}
	for w := range strings.SplitSeq(*which, ",") {
		run, ok := map[string]func(context.Context, *plan) error{"1": w1, "2": w2, "3": w3, "4": w4, "5": w5, "6": w6, "7": w7, "8": w8, "MB": wMailbox}[strings.TrimPrefix(strings.ToUpper(w), "W")]
		if !ok {
			return fmt.Errorf("workload %q: %w", w, errUsage)
		}
		if err := run(ctx, p); err != nil {
			fmt.Fprintf(os.Stderr, "bench: W%s: %v\n", w, err) // for who measures; kithctl says it in its own way
			return fmt.Errorf("workload W%s: %w", w, err)
		}
	}
	return nil
}

// w1 is append: one after another, each durable; then in hundreds.
func w1(ctx context.Context, p *plan) error {
	var each []float64 // latencies of the single ones, in seconds
	var disk, stored, wire float64
	one := func(per int) (float64, error) {
		top, err := p.folder("w1")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(top) //nolint:errcheck // a scratch folder
		a, err := newPerson(filepath.Join(top, "home"), "Ada")
		if err != nil {
			return 0, err
		}
		defer a.close() //nolint:errcheck // closed below on the way that counts
		g, err := found(ctx, a.Ledger)
		if err != nil {
			return 0, err
		}
		work := acts{kind: p.act}
		if _, err := work.prepare(ctx, a.Ledger, g, p.n); err != nil {
			return 0, err
		}
		begin := time.Now()
		for left := p.n; left > 0; left -= per {
			at := time.Now()
			if err := work.fill(ctx, a.Ledger, g, min(per, left), per); err != nil {
				return 0, err
			}
			if per == 1 {
				each = append(each, millis(time.Since(at)))
			}
		}
		rate := float64(p.n) / seconds(time.Since(begin))
		if per == 1 && disk == 0 {
			s, err := sizesOf(ctx, a.Ledger, g)
			if err != nil {
				return 0, err
			}
			n, err := bytesUnder(a.dir)
			if err != nil {
				return 0, err
			}
			disk, stored, wire = float64(n)/float64(p.n), float64(s.Bytes)/float64(p.n), float64(s.Small)
		}
		return rate, nil
	}
	for _, c := range []struct {
		per  int
		what string
		goal float64
	}{{1, "append, one a transaction", 0.5}, {fillBatch, "append, 100 a transaction", 0.25}} {
		t, err := inTurn(p.runs, func() (float64, error) { return boltRate(p.dir, c.per) }, func() (float64, error) { return one(c.per) })
		if err != nil {
			return err
		}
		r := t.row("W1", c.what, "op/s")
		r.Goal, r.Verdict = atLeast(r.Ratio, c.goal)
		p.t.add(r)
	}
	p.t.add(Row{W: "W1", What: "append, one: p50", Unit: "ms", Ours: quantile(each, 0.5)})
	p.t.add(Row{W: "W1", What: "append, one: p99", Unit: "ms", Ours: quantile(each, 0.99)})
	r := Row{W: "W1", What: "disk, one a transaction", Unit: "B/op", Ours: disk, Limit: stored, Ratio: disk / stored, Note: fmt.Sprintf("against envelopes of %.0f B, the op's own part", wire)}
	r.Goal, r.Verdict = atMost(r.Ratio, 2)
	p.t.add(r)
	for _, c := range []struct {
		per  int
		goal float64
	}{{1, 2}, {fillBatch, 0.02}} {
		const n = 10 * fillBatch
		r := Row{W: "W1", What: fmt.Sprintf("syncs of commits, %d a transaction", c.per), Unit: "/op"}
		v, err := syncsOf(ctx, p.exe, nil, p.dir, n, c.per)
		switch {
		case errors.Is(err, errNoStrace):
			r.Note = "not counted: " + err.Error()
		case err != nil:
			return err
		default:
			r.Ours = float64(v.commit) / n
			r.Goal, r.Verdict = atMost(r.Ours, c.goal)
			r.Note = fmt.Sprintf("and %d in all while the file grew by %d ops", v.grow, n)
		}
		p.t.add(r)
	}
	return nil
}

// appendOnly is `kithctl bench append`: the child whose system calls are counted.
func appendOnly(ctx context.Context, argv []string, out io.Writer) error {
	f := flag.NewFlagSet("append", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	n := f.Int("n", 0, "")
	per := f.Int("batch", 1, "")
	act := f.String("act", actRSVP, "")
	if err := f.Parse(argv); err != nil || f.NArg() != 1 || *per < 1 {
		return errUsage
	}
	return appendOps(ctx, f.Arg(0), *act, *n, *per, out)
}

func appendOps(ctx context.Context, dir, act string, n, per int, out io.Writer) error {
	a, err := newPerson(filepath.Join(dir, "home"), "Ada")
	if err != nil {
		return err
	}
	g, err := found(ctx, a.Ledger)
	if err != nil {
		return errors.Join(err, a.close())
	}
	work := acts{kind: act}
	if _, err = work.prepare(ctx, a.Ledger, g, 10*fillBatch); err == nil { // the same whatever n is
		err = work.fill(ctx, a.Ledger, g, n, per)
	}
	fmt.Fprintln(out, "appended", strconv.Itoa(n))
	return errors.Join(err, a.close())
}

// scale returns the sizes of a curve up to n, by tens.
func scale(n int) (out []int) {
	for m := n; m >= 1000; m /= 10 {
		out = append(out, m)
	}
	slices.Reverse(out)
	return out
}
