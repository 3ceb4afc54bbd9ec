package peer

import (
	"context"
	"errors"
	"io"
	"slices"

	"kith/app/present"
	"kith/network"
	"kith/store"
	"kith/store/bundle"
	"kith/store/kp1"
)

// errOther: no part of a bundle opens with what this computer has.
var errOther = &fault{"E_BUNDLE_OTHER", "bundle is for others"}

// busyWith begins a long call into the ledger, which locking ends.
func (p *Peer) busyWith(ctx context.Context) (in *opened, busy context.Context, end func(), err error) {
	if in, err = p.now(); err != nil {
		return nil, nil, nil, err
	}
	if !in.shelf.enter() {
		return nil, nil, nil, errLocked
	}
	busy, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-in.done:
			cancel()
		case <-busy.Done():
		}
	}()
	return in, busy, func() { cancel(); in.shelf.calls.Done() }, nil
}

// BundleOut writes what goes by memory stick into a new file.
func (p *Peer) BundleOut(ctx context.Context, path string, g kp1.GID, all bool) (present.Carried, error) {
	in, ctx, end, err := p.busyWith(ctx)
	if err != nil {
		return present.Carried{}, err
	}
	defer end()
	var out present.Carried
	var parcel bundle.ID
	at := p.o.Now()
	err = store.NewFile(path, func(f io.Writer) (err error) {
		out, parcel, err = p.pack(ctx, in, f, g, all)
		return err
	})
	if err != nil {
		return present.Carried{}, err
	}
	if !g.IsZero() {
		err = in.ledger.Packed(g, parcel, at)
		p.went(err)
	}
	return out, err
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// pack writes a bundle: letters first, since they let a newcomer open what follows.
func (p *Peer) pack(ctx context.Context, in *opened, f io.Writer, g kp1.GID, all bool) (out present.Carried, id bundle.ID, err error) {
	count := &counter{w: f}
	w, err := in.ledger.NewBundle(count)
	if err != nil {
		return out, id, err
	}
	letters := in.ledger.Requests()
	if !g.IsZero() {
		letters = append(letters, in.ledger.LettersOf(g)...)
	}
	for _, l := range letters[:min(len(letters), lettersMost)] {
		parcel, err := w.ForInvite(l.Key)
		if err != nil {
			return out, id, err
		}
		if err := errors.Join(network.PackLetters(parcel, l.Envelopes), parcel.Close()); err != nil {
			return out, id, err
		}
		out.Letters += len(l.Envelopes)
	}
	if !g.IsZero() {
		if out.Envelopes, id, err = packGroup(ctx, in, w, g, all); err != nil {
			return out, id, err
		}
	} else if len(letters) == 0 {
		return out, id, store.ErrNothingToCarry
	}
	out.Bytes = count.n
	return out, id, nil
}

// lettersMost is of how many invites and requests one bundle carries the letters: beside a group there is room for so many.
const lettersMost = 64

func packGroup(ctx context.Context, in *opened, w *bundle.Writer, g kp1.GID, all bool) (n int, id bundle.ID, err error) {
	to, err := in.ledger.BundleTo(g)
	if err != nil {
		return 0, id, err
	}
	send, rest, err := in.ledger.Carried(g, all)
	if err != nil {
		return 0, id, err
	}
	parcel, err := w.ForDevices(g, to)
	if err != nil {
		return 0, id, err
	}
	load := network.Load{Send: toNetwork(send), Rest: toNetwork(rest)}
	for _, id := range in.ledger.Echo(g) {
		load.Echo = append(load.Echo, id)
	}
	n, err = network.Pack(ctx, parcel, in.shelf, network.GroupID(g), load, func(sum [32]byte) []byte {
		return in.ledger.SignWord(g, parcel.ID, sum)
	})
	return n, parcel.ID, errors.Join(err, parcel.Close())
}

// BundleIn takes in what a file holds for this computer.
func (p *Peer) BundleIn(ctx context.Context, path string) (out present.Brought, err error) {
	in, busy, end, err := p.busyWith(ctx)
	if err != nil {
		return out, err
	}
	f, err := store.OpenFile(path)
	if err == nil {
		out, err = p.unpack(busy, in, f)
		err = errors.Join(err, f.Close())
	}
	end()
	p.went(err)
	p.settle(ctx, in) // a join may have come to its end
	if n := p.running(); n != nil {
		n.Changed()
	}
	p.joins.set()
	p.wake.set()
	return out, err
}

func (p *Peer) unpack(ctx context.Context, in *opened, f io.Reader) (out present.Brought, err error) {
	r, err := bundle.NewReader(f)
	if err != nil {
		return out, err
	}
	ours := false
	for {
		parcel, err := r.Next()
		switch {
		case errors.Is(err, io.EOF) && !ours:
			return out, errOther
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return out, err
		}
		to, ok, err := in.ledger.OpenParcel(parcel)
		if err != nil {
			return out, err
		}
		if !ok {
			continue
		}
		ours = true
		switch {
		case !to.Group.IsZero():
			err = p.bring(ctx, in, parcel, to.Group, &out)
		case !to.Asked.IsZero():
			err = p.bringAnswer(ctx, in, parcel, to.Asked, &out)
		default:
			err = p.bringRequests(ctx, in, parcel, to.Invited, &out)
		}
		if err != nil {
			return out, err
		}
	}
}

// bring takes in a group's part.
func (p *Peer) bring(ctx context.Context, in *opened, parcel *bundle.Opening, g kp1.GID, out *present.Brought) error {
	c, err := network.Unpack(ctx, parcel, in.shelf, network.GroupID(g))
	out.Envelopes, out.New, out.Refused = out.Envelopes+c.Envelopes, out.New+c.New, out.Refused+c.Refused
	if !slices.Contains(out.Groups, g) {
		out.Groups = append(out.Groups, g)
	}
	if err != nil {
		return err
	}
	w := store.Word{Parcel: parcel.ID, Sum: c.Sum, Bytes: c.Word, Whole: c.Whole && c.Refused == 0}
	for _, id := range c.Has {
		w.Has = append(w.Has, kp1.ID(id))
	}
	for _, id := range c.Echo {
		w.Echo = append(w.Echo, id)
	}
	if _, err := in.ledger.TakeWord(g, w); err != nil {
		return err
	}
	if len(in.ledger.View().Group(g).Pending) > 0 {
		p.joins.set() // somebody may have been heard out
	}
	return nil
}

// bringAnswer takes what lies in the mailbox of an invite to who asks on it.
func (p *Peer) bringAnswer(ctx context.Context, in *opened, parcel io.Reader, iid kp1.IID, out *present.Brought) error {
	envs, err := network.UnpackLetters(parcel)
	if err != nil {
		return err
	}
	p.visiting.Lock()
	defer p.visiting.Unlock()
	post, err := in.ledger.JoinMail(ctx, iid, envs)
	for _, j := range in.ledger.View().Joins {
		if j.ID != iid {
			continue
		}
		if out.Welcome = out.Welcome || j.Stage == store.JoinApproved; err != nil {
			p.joinSaid(in, j, []error{err})
		}
	}
	out.Answer = out.Answer || post != nil
	return err
}

// bringRequests takes requests to join into the mailbox of their invite.
func (p *Peer) bringRequests(ctx context.Context, in *opened, parcel io.Reader, iid kp1.IID, out *present.Brought) error {
	envs, err := network.UnpackLetters(parcel)
	if err != nil {
		return err
	}
	for _, e := range envs {
		fresh, err := in.ledger.BringRequest(ctx, iid, e)
		if err != nil {
			return err
		}
		if fresh {
			out.Requests++
		}
	}
	return nil
}
