package peer

import (
	"context"

	"kith/cmd/internal/verb"
)

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
