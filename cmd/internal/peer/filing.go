package peer

import (
	"context"

	"kith/app/present"
	"kith/store"
	"kith/store/care/file"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// GiveFile adds a file to a thread, after text where there is some.
func (p *Peer) GiveFile(ctx context.Context, g kp1.GID, f thread.File, data []byte, text string, to present.Audience) (post, id kp1.ID, err error) {
	in, err := p.now()
	if err != nil {
		return post, id, err
	}
	drafts := []store.Draft{{Act: f, Comp: to.Comp, For: to.Only, Data: data}}
	if text != "" {
		drafts = append([]store.Draft{{Act: thread.Post{Thread: f.Thread, Text: text, ReplyTo: f.ReplyTo}, Comp: to.Comp, For: to.Only}}, drafts...)
	}
	ids, err := in.ledger.Propose(ctx, g, drafts...)
	p.went(err)
	if err != nil {
		return post, id, in.notYet(g, err)
	}
	if text != "" {
		post = ids[0]
	}
	return post, ids[len(ids)-1], nil
}

// ReadFile returns what is in the file of an op.
func (p *Peer) ReadFile(ctx context.Context, g kp1.GID, id kp1.ID) ([]byte, error) {
	in, err := p.now()
	if err != nil {
		return nil, err
	}
	_, size := in.ledger.FileHere(g, id)
	to := make(page, min(size, file.Max))
	_, err = in.ledger.ReadFile(ctx, g, id, to)
	return to, err
}

// SaveFile puts the file of an op into a new file.
func (p *Peer) SaveFile(ctx context.Context, g kp1.GID, id kp1.ID, path string) error {
	in, err := p.now()
	if err != nil {
		return err
	}
	_, err = in.ledger.SaveFile(ctx, g, id, path)
	return err
}

// page is a file in memory, of a length that is known.
type page []byte

// WriteAt is that of io.WriterAt.
func (p page) WriteAt(b []byte, off int64) (int, error) {
	if off < 0 || off > int64(len(p)) || len(b) > len(p)-int(off) {
		return 0, store.ErrFileDamaged
	}
	return copy(p[off:], b), nil
}
