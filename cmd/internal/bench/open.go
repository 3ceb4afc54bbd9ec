package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kith/store/keyring"
)

// bigScan is where the goal of W6 is set.
const bigScan = 100_000

// w6 is open: a fresh process, until the store is open and the week's calendar read.
func w6(ctx context.Context, p *plan) error {
	var at []int
	for m := 1000; m <= max(p.n, bigScan); m *= 10 {
		at = append(at, m)
	}
	if p.n < 1000 { // a short form
		at = []int{p.n}
	}
	var last float64
	for _, n := range at {
		took, err := w6of(ctx, p, n, last)
		if err != nil {
			return err
		}
		last = took
	}
	pass, err := passphraseTime(p)
	if err != nil {
		return err
	}
	p.t.add(Row{W: "W6", What: "the passphrase's own time", Unit: "ms", Ours: pass, Note: "Argon2id, on purpose; not in the rows above"})
	return nil
}

func w6of(ctx context.Context, p *plan, n int, smaller float64) (float64, error) {
	top, err := p.folder("w6")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(top) //nolint:errcheck // a scratch folder
	home, scan := filepath.Join(top, "a"), filepath.Join(top, "scan")
	if err := filled(ctx, home, p.act, n, 1); err != nil {
		return 0, err
	}
	rest, err := keyring.Unlock(home, "", keyring.Options{Keychain: keychainOf(home)})
	if err != nil {
		return 0, err
	}
	defer rest.Forget()
	if err := scanFile(scan, n, rest); err != nil {
		return 0, err
	}
	var rss []float64
	look := func(kill bool) (float64, error) {
		a, err := p.actor()
		if err != nil {
			return 0, err
		}
		var o opened
		if err := a.call(ctx, "open", args{Dir: home, Role: "a", Reopen: true, Quiet: true, Act: p.act}, &o); err != nil {
			return 0, errors.Join(err, a.end())
		}
		var c counted
		if err := a.call(ctx, "stats", args{}, &c); err != nil {
			return 0, errors.Join(err, a.end())
		}
		if o.Week == 0 && p.act == actRSVP {
			return 0, errors.Join(errShort, a.end())
		}
		rss = append(rss, c.RSS)
		if t, ok := a.(*there); ok && kill {
			// 1,000 ops that no checkpoint covers, and no goodbye
			err := a.call(ctx, "many", args{N: 1000}, nil)
			t.kill()
			return o.Seconds, err
		}
		return o.Seconds, a.end()
	}
	limit := func() (float64, error) { d, err := scanTime(scan, n, rest); return seconds(d), err }
	t, err := inTurn(p.runs, limit, func() (float64, error) { return look(false) })
	if err != nil {
		return 0, err
	}
	r := t.row("W6", fmt.Sprintf("open to the week, %d ops", n), "s")
	if n == bigScan {
		r.Goal, r.Verdict = atMost(r.Ratio, 5)
	}
	if n > bigScan && smaller > 0 {
		r.Ratio = r.Ours / smaller
		r.Goal, r.Verdict = atMost(r.Ratio, 3)
	}
	r.Note += fmt.Sprintf(", peak memory %.0f MiB", median(rss))
	p.t.add(r)
	if p.exe != "" {
		if _, err := look(true); err != nil {
			return 0, err
		}
		took, err := look(false)
		if err != nil {
			return 0, err
		}
		p.t.add(Row{W: "W6", What: fmt.Sprintf("the same after a kill, %d ops", n), Unit: "s", Ours: took, Note: "1,000 of them after the last checkpoint; once"})
	}
	return median(t.ours), nil
}

// passphraseTime is how long a passphrase takes to open a vault, in milliseconds.
func passphraseTime(p *plan) (float64, error) {
	dir, err := p.folder("vault")
	if err != nil {
		return 0, err
	}
	rest, err := keyring.Create(dir, keyring.Options{Passphrase: "plum kettle orbit sand"})
	if err != nil {
		return 0, err
	}
	rest.Forget()
	var took []float64
	for range p.runs {
		begin := time.Now()
		rest, err := keyring.Unlock(dir, "plum kettle orbit sand", keyring.Options{})
		if err != nil {
			return 0, err
		}
		took = append(took, millis(time.Since(begin)))
		rest.Forget()
	}
	return median(took), nil
}
