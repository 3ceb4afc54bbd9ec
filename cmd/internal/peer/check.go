package peer

import (
	"context"

	"kith/cmd/internal/verb"
)

// Repair builds what is damaged anew from what is whole. What is gone is asked for as soon as another computer is met.
func (p *Peer) Repair(ctx context.Context) ([]verb.Repaired, error) {
	if !p.started() {
		return nil, nil
	}
	in, err := p.now()
	if err != nil {
		return nil, err
	}
	all, err := in.ledger.Repair(ctx)
	var out []verb.Repaired
	for _, r := range all {
		one := verb.Repaired{Kept: r.Kept, Lost: r.Lost, Old: r.Old}
		if !r.Group.IsZero() {
			one.Group = r.Group.String()
		}
		if r.Err != nil {
			one.Code = code(r.Err)
		}
		out = append(out, one)
		in.shelf.forget(r.Group)
	}
	if n := p.running(); n != nil {
		n.Changed() // the groups were away for a moment
	}
	p.wake.set()
	return out, err
}

// Check proves the store byte by byte. An empty home has nothing in it and nothing bad.
func (p *Peer) Check(ctx context.Context) (verb.Checked, error) {
	out := verb.Checked{Bad: []verb.Bad{}}
	if !p.started() {
		return out, nil
	}
	in, err := p.now()
	if err != nil {
		return out, err
	}
	r, err := in.ledger.Check(ctx)
	if err != nil {
		return out, err
	}
	out.Ops = r.Ops
	for _, f := range r.Bad {
		b := verb.Bad{Code: code(f.Err), Where: f.Where}
		if !f.Group.IsZero() {
			b.Group = f.Group.String()
		}
		out.Bad = append(out.Bad, b)
	}
	return out, nil
}
