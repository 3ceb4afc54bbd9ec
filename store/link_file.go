package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"time"

	"kith/store/group"
	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/link"
	"kith/store/op"
)

// This file is a link between computers that do not meet: one file goes each way.

// maxLinkAsk is the size of the largest file that a new computer writes.
const maxLinkAsk = 320 << 10

// LinkFile writes the file of a link into a new file at path: what the new computer asks, or, on the old one, the answer
// with all that was written so far. Errors worth testing for: ErrFileExists, ErrLinkWords, ErrFull, ErrDisk.
func (l *Ledger) LinkFile(ctx context.Context, id link.ID, path string) error {
	var ask []byte
	_, err := l.changeLink(id, func(_ tx, r *linkRecord) error {
		switch {
		case !r.New && r.Stage != LinkWriting && r.Stage != LinkDone:
			return ErrLinkWords
		case !r.New:
			return nil
		case r.Stage != LinkShown || r.Kind != link.Second:
			return ErrLinkClosed
		}
		s, err := r.secret()
		if err != nil {
			return err
		}
		r.ByFile, r.Fresh, r.Until = true, l.fresh(), l.unix()+uint64(linkFinish/time.Second)
		ask, err = link.AskFile{Ask: s.Ask(nil), Late: s.Late, Expires: r.Until, Fresh: r.Fresh}.Encode()
		return err
	})
	if err != nil {
		return err
	}
	return newFile(path, func(w io.Writer) error {
		if ask != nil {
			_, err := w.Write(ask)
			return err
		}
		return l.writeAnswer(ctx, id, w)
	})
}

// TakeLinkFile reads the file of the other computer, whichever side it is from. self is the raw multihash of this
// computer's PeerID. Nothing is written in any group before SameWords. Errors worth testing for: ErrNoFile,
// link.ErrFile, link.ErrNewer, ErrLinkOld, ErrLinkClosed, ErrLinkSelf, ErrLinkNothing.
func (l *Ledger) TakeLinkFile(_ context.Context, path string, only []kp1.GID, self []byte) (Link, error) {
	f, err := openPlain(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Link{}, ErrNoFile
	case errors.Is(err, errNotPlain):
		return Link{}, link.ErrFile
	case err != nil:
		return Link{}, diskError(err)
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 16)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return Link{}, diskError(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return Link{}, diskError(err)
	}
	if link.IsAskFile(head[:n]) {
		b, err := io.ReadAll(io.LimitReader(f, maxLinkAsk))
		if err != nil {
			return Link{}, diskError(err)
		}
		return l.takeAskFile(b, only, self)
	}
	return l.takeAnswerFile(f, path)
}

func (l *Ledger) takeAskFile(b []byte, only []kp1.GID, self []byte) (Link, error) {
	f, err := link.DecodeAskFile(b)
	if err != nil {
		return Link{}, err
	}
	r := newLinkRecord()
	hash := f.Ask.Hash()
	r.ByFile, r.Code, r.Hash, r.Stage, r.At, r.Until = true, f.Ask.Code(), hash[:], LinkCompare, l.unix(), f.Expires
	r.Peer, r.From, r.Late, r.Fresh = f.Ask.Peer, self, f.Late[:], f.Fresh
	r.Only = append(r.Only, only...)
	if r.Ask, err = f.Ask.Encode(); err != nil {
		return Link{}, err
	}
	var out Link
	err = l.change(func(t tx) error {
		have := l.links[r.id()]
		switch {
		case have != nil && have.New:
			return ErrLinkSelf
		case have != nil && have.Stage == LinkOver:
			return linkEnd(have.Why)
		case have != nil:
			out = have.out()
			return nil
		case r.expired(l.unix()):
			return ErrLinkOld
		case f.Ask.Kind != link.Second:
			return link.ErrFile
		case len(l.mine(r.Only)) == 0:
			return ErrLinkNothing
		}
		r.Until = min(r.Until, l.unix()+uint64(linkFinish/time.Second))
		if r.Offer, err = l.makeOffer(r, self, nil); err != nil {
			return err
		}
		if r.Sealed, err = link.SealOffer(f.Ask, r.Offer); err != nil {
			return err
		}
		out = r.out()
		return l.addLink(t, r)
	})
	return out, err
}

// makeFiled makes the new computer's devices, once its eight words were compared. Its keys are made here, because nothing
// else comes from it: they are sealed for it at once and cannot be opened here again. It replaces its box key as soon as
// it meets somebody.
func (l *Ledger) makeFiled(r *linkRecord) error {
	a, err := r.ask()
	if err != nil {
		return err
	}
	o, err := r.offer()
	if err != nil {
		return err
	}
	r.Theirs, r.Stage, r.Groups = link.SaidSame, LinkWriting, []linkGroup{}
	for _, g := range o.Groups {
		x := newLinkGroup(g.Group)
		if err := l.keysFor(&x, g, a); err != nil {
			return err
		}
		r.Groups = append(r.Groups, x)
	}
	return nil
}

// keysFor makes the keys of the new computer's device in a group.
func (l *Ledger) keysFor(x *linkGroup, g link.OfferGroup, a link.Ask) error {
	dsk, dhk, err := keyring.NewDevice(l.opt.Rand)
	if err != nil {
		return err
	}
	open, err := dhk.Bytes()
	if err != nil {
		return err
	}
	cert, err := group.NewCert(g.Group, g.Root[:], public(dsk), dhk.PublicKey().Bytes(), a.Peer, 0)
	if err != nil {
		return err
	}
	pop := cert.Prove(dsk)
	x.Pub, x.HPKE, x.PoP, x.Device = public(dsk), dhk.PublicKey().Bytes(), pop[:], cert.Device()
	x.Keys, err = link.SealKeys(a, g.Group, dsk.Seed(), open)
	clear(dsk)
	clear(open)
	return err
}

// writeAnswer writes the answer file: how each group stands, and what was written in it so far.
func (l *Ledger) writeAnswer(ctx context.Context, id link.ID, w io.Writer) error {
	if err := l.publishAll(id); err != nil { // an earlier try may have been cut off
		return err
	}
	if err := l.LinkShare(); err != nil { // somebody may have been confirmed since
		return err
	}
	l.mu.Lock()
	r := l.links[id]
	if r == nil {
		l.mu.Unlock()
		return ErrNoLink
	}
	var boxes [][]byte
	var groups []kp1.GID
	var err error
	for _, x := range r.Groups {
		var box []byte
		if box, err = l.answerFor(r, x); err != nil {
			break
		}
		boxes = append(boxes, box)
		if l.stateOf(x) == LinkComing || x.State == LinkIn {
			groups = append(groups, x.Group)
		}
	}
	offer, sealed := r.Offer, r.Sealed
	l.mu.Unlock()
	if err != nil {
		return err
	}
	out, err := link.NewAnswerWriter(w)
	if err != nil {
		return err
	}
	if err := out.Offer(sealed); err != nil {
		return err
	}
	for _, box := range boxes {
		if err := out.Answer(box); err != nil {
			return err
		}
	}
	o, err := link.DecodeOffer(offer)
	if err != nil {
		return err
	}
	for i, g := range o.Groups {
		for _, in := range groups {
			if in != g.Group {
				continue
			}
			if err := l.eachEnvelope(ctx, in, func(raw []byte) error { return out.Envelope(i, raw) }); err != nil {
				return err
			}
		}
	}
	if err := out.End(); err != nil {
		return err
	}
	_, err = l.changeLink(id, func(_ tx, r *linkRecord) error {
		a, err := r.ask()
		code := link.FileCode(a, link.AnswerFile{Offer: sealed, Answers: boxes})
		r.Filed = code[:]
		return err
	})
	return err
}

// eachEnvelope gives out what is filed in a group, in the order in which it came.
func (l *Ledger) eachEnvelope(ctx context.Context, g kp1.GID, do func(raw []byte) error) error {
	h, err := l.house(g)
	if err != nil {
		return err
	}
	return l.view(func(t tx) error {
		log, err := h.openLog(t, false)
		if err != nil {
			return err
		}
		return log.each(0, func(n uint64, plain []byte) (bool, error) {
			if err := ctx.Err(); err != nil {
				return false, err
			}
			env, err := decodeEntry(n, plain)
			if err != nil {
				return false, err
			}
			return true, do(env.Bytes)
		})
	})
}

// takeAnswerFile reads the answer to a file of this computer, as far as the words need it.
func (l *Ledger) takeAnswerFile(f io.Reader, path string) (Link, error) {
	file, err := link.ReadAnswerFile(&fileReader{r: f}, func(int, []byte) error { return nil })
	if err != nil {
		return Link{}, err
	}
	l.mu.Lock()
	var id link.ID
	found := false
	var offer link.Offer
	var plain []byte
	for _, r := range l.links {
		if !r.New || !r.ByFile || len(r.Box) == 0 || r.Stage == LinkOver || r.Stage == LinkDone || r.expired(l.unix()) {
			continue
		}
		s, err := r.secret()
		if err != nil {
			continue
		}
		if o, p, err := s.OpenOffer(file.Offer, nil); err == nil {
			id, found, offer, plain = r.id(), true, o, p
		}
	}
	l.mu.Unlock()
	if !found {
		return Link{}, ErrLinkClosed
	}
	return l.changeLink(id, func(_ tx, r *linkRecord) error {
		a, err := r.ask()
		code := link.FileCode(a, file)
		r.Stage, r.Said, r.Path, r.Filed = LinkCompare, link.SaidNothing, path, code[:]
		r.Offer, r.From = plain, offer.Peer
		return err
	})
}

// takeFiled moves in by the answer file, once its eight words were compared: the file is read again, and is to be the same.
func (l *Ledger) takeFiled(t tx, r *linkRecord) error {
	f, err := openPlain(r.Path)
	if err != nil {
		return ErrNoFile
	}
	defer func() { _ = f.Close() }()
	file, err := link.ReadAnswerFile(&fileReader{r: f}, func(int, []byte) error { return nil })
	if err != nil {
		return err
	}
	s, err := r.secret()
	if err != nil {
		return err
	}
	if code := link.FileCode(s.Ask(nil), file); !bytes.Equal(code[:], r.Filed) {
		return link.ErrFile
	}
	o, err := r.offer()
	if err != nil {
		return err
	}
	r.Theirs, r.Stage = link.SaidSame, LinkWriting
	for _, g := range o.Groups {
		if r.group(g.Group) != nil {
			continue
		}
		x := newLinkGroup(g.Group)
		if h := l.groups[g.Group]; h != nil && h.inAs(kp1.MemberID(g.Root[:])) {
			x.State = LinkIn
		}
		r.Groups = append(r.Groups, x)
	}
	for _, box := range file.Answers {
		a, err := s.OpenAnswer(box)
		if err != nil {
			return ErrLinkAnswer
		}
		if err := r.takeKeys(s, a); err != nil {
			return err
		}
		if err := l.takeAnswer(t, r, a); err != nil {
			return err
		}
	}
	return nil
}

// takeKeys opens the keys that the old computer has made for this one.
func (r *linkRecord) takeKeys(s link.Secret, a link.Answer) error {
	x := r.group(a.Group)
	if x == nil || x.State != LinkAsked && x.State != LinkNamed || len(a.Keys) == 0 {
		return nil
	}
	sign, open, err := s.OpenKeys(a.Group, a.Keys)
	if err != nil {
		return ErrLinkAnswer
	}
	if _, err := op.ParseBoxKey(open); err != nil {
		return ErrLinkAnswer
	}
	x.Sign, x.Open = sign, open
	return nil
}

// fill files the envelopes of an answer file, some at a time. Whatever it leaves out others are asked for.
func (l *Ledger) fill(ctx context.Context, id link.ID) error {
	l.mu.Lock()
	r := l.links[id]
	l.mu.Unlock()
	if r == nil {
		return ErrNoLink
	}
	o, err := r.offer()
	if err != nil {
		return err
	}
	f, err := openPlain(r.Path)
	if err != nil {
		return ErrNoFile
	}
	defer func() { _ = f.Close() }()
	var raws [][]byte
	at, size := 0, 0
	flush := func() error {
		if len(raws) == 0 {
			return nil
		}
		_, err := l.Accept(ctx, o.Groups[at].Group, kp1.DID{}, raws)
		if errors.Is(err, ErrNoGroup) { // it waits for somebody's word, or was left out
			err = nil
		}
		raws, size = nil, 0
		return err
	}
	_, err = link.ReadAnswerFile(&fileReader{r: f}, func(i int, raw []byte) error {
		if i >= len(o.Groups) {
			return link.ErrFile
		}
		if i != at || len(raws) >= restoreEnvelopes || size >= restoreBytes {
			if err := flush(); err != nil {
				return err
			}
			at = i
		}
		raws, size = append(raws, bytes.Clone(raw)), size+len(raw)
		return ctx.Err()
	})
	return errors.Join(err, flush())
}
