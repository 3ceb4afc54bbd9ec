package peer

import (
	"context"
	"time"

	"kith/store/keyring"
)

const (
	renewAfter  = 10 * time.Minute // how soon a peer that serves writes the store anew once something was taken away
	renewAtOpen = 12 * time.Hour   // from when on that is done before anything else
	sweepEvery  = 24 * time.Hour
)

// EraseNow drops what the groups do not keep any longer, and writes the store anew where something was taken away.
func (p *Peer) EraseNow(ctx context.Context) (bool, error) {
	p.turn.Lock()
	defer p.turn.Unlock()
	in, err := p.now()
	if err != nil {
		return false, err
	}
	if !in.shelf.enter() {
		return false, errLocked
	}
	defer in.shelf.calls.Done()
	if err := p.sweep(ctx, in); err != nil {
		return false, err
	}
	if in.ledger.Erased().IsZero() {
		return false, nil
	}
	err = p.renew(ctx, in)
	return err == nil, err
}

// sweep drops what the groups do not keep any longer.
func (p *Peer) sweep(ctx context.Context, in *opened) error {
	for _, g := range in.ledger.View().Groups {
		for more := true; more && ctx.Err() == nil; {
			var err error
			if _, more, err = in.ledger.Sweep(ctx, g.ID); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// renew writes the store anew under a fresh key; the turn is held, so that nobody changes the vault meanwhile.
func (p *Peer) renew(ctx context.Context, in *opened) error {
	return in.ledger.Renew(ctx, func(now, next *keyring.AtRest) error {
		return keyring.Adopt(p.home, now, next, keyring.Options{Keychain: p.o.Keychain, Rand: p.o.Rand})
	})
}

// renewLate does at the opening of a home what was left undone for half a day. What hinders it hinders nothing else.
func (p *Peer) renewLate(in *opened) {
	since := in.ledger.Erased()
	if since.IsZero() || p.o.Now().Sub(since) < renewAtOpen {
		return
	}
	if err := p.renew(context.Background(), in); err != nil {
		p.o.Log.Info("the store was not written anew", "why", code(err))
	}
}

// keepErasing does what EraseNow does, by itself.
func (p *Peer) keepErasing(ctx context.Context, in *opened) error {
	var swept time.Time
	for sleep(ctx, renewAfter); ctx.Err() == nil; sleep(ctx, renewAfter) {
		due := p.o.Now().Sub(swept) >= sweepEvery
		if !due && in.ledger.Erased().IsZero() {
			continue
		}
		if _, err := p.EraseNow(ctx); err == nil {
			swept = p.o.Now()
		} else if ctx.Err() == nil {
			p.o.Log.Info("what was taken away is on the disk still", "why", code(err))
		}
	}
	return nil
}
