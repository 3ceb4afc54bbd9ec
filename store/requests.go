package store

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"fmt"
	"maps"
	"slices"
	"time"

	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// request is somebody's wish to join, as it lies here until an admin answers.
type request struct {
	invite.Request
	at     uint64
	words  [6]string
	closed bool // answered
	back   bool // by a yes to somebody who was in: no Admit says so
}

type requestRecord struct {
	Invite kp1.IID  `cbor:"i"`
	Sealed []byte   `cbor:"e"` // the envelope, as it lay in the mailbox
	At     uint64   `cbor:"t"`
	Words  []string `cbor:"w"`
	Closed bool     `cbor:"c"`
	Back   bool     `cbor:"b,omitempty"`
}

// maxShown is how many requests of one invite are shown; the rest are counted.
const maxShown = 5

func decodeRequestRecord(plain []byte) (r requestRecord, err error) {
	if err = kp1.Unmarshal(plain, &r); err == nil && len(r.Words) != 6 {
		err = kp1.ErrForm
	}
	return r, err
}

// fileRequest keeps a request that came into a mailbox. What does not open is junk and forgotten.
func (l *Ledger) fileRequest(t tx, h *house, iid kp1.IID, env op.Envelope) error {
	i := h.invites[iid]
	if i == nil {
		return nil
	}
	q, err := i.OpenRequest(h.id, env)
	if err != nil {
		l.opt.Log.Info("request refused", "why", codeOf(err))
		return nil //nolint:nilerr // junk is no fault of ours
	}
	if h.requests[q.ID()] != nil {
		return nil
	}
	h.touch()
	core := q.Core()
	r := &request{Request: q, at: l.unix(), words: wordsOf(core.Group, core.Root[:])}
	h.requests[q.ID()] = r
	return h.saveRequest(t, r, env.Bytes)
}

func (h *house) saveRequest(t tx, r *request, sealed []byte) error {
	s, err := h.shelf(t, shelfRequests, true)
	if err != nil {
		return err
	}
	id := r.ID()
	rec := requestRecord{Invite: r.Core().Invite, Sealed: sealed, At: r.at, Words: r.words[:], Closed: r.closed, Back: r.back}
	if sealed == nil {
		var old requestRecord
		if _, err := s.getCBOR(id[:], &old); err != nil {
			return err
		}
		rec.Sealed = old.Sealed
	}
	return s.putCBOR(id[:], rec)
}

// noteNamed remembers the devices an op names, and the invite on which somebody was let in.
func (h *house) noteNamed(o group.Op) {
	certs := h.log.Certs(o.ID)
	for _, c := range certs {
		d := c.Device()
		if _, _, ok := h.log.DeviceKey(d); !ok {
			continue // by an op without effect
		}
		h.devices[d] = c.Peer
		if h.keys[d] == nil {
			h.keys = maps.Clone(h.keys)
			h.opened++
			h.keys[d] = c.Key
		}
	}
	a, ok := h.log.Body(o.ID).(group.Admit)
	if !ok || h.log.Standing(o.ID) != nil {
		return
	}
	if iid, err := invite.AdmittedOn(a); err == nil && !iid.IsZero() {
		h.used[iid] = kp1.Sum(a.Core)
		if len(certs) > 0 {
			h.cameBy[iid] = certs[0].Device()
		}
	}
}

// Request is somebody's wish to join, as an admin sees it.
type Request struct {
	ID      kp1.ID
	Invite  kp1.IID
	Name    string
	Text    string
	Words   [6]string
	Note    string
	Others  int
	At      time.Time
	Expires time.Time
	Ended   bool
	Used    bool
	History uint8   // what the person will see of before: one of group's History values
	Member  kp1.MID // who they will be, by the words on their paper
	Known   bool    // they were let in before: In says whether they are in still
	In      bool
	Back    bool // and they have asked so that Approve can let their new computer in
}

// shownRequests lists what waits for an answer, oldest first.
func (h *house) shownRequests() []Request {
	count := map[kp1.IID]int{}
	var out []Request
	for _, r := range h.requests {
		iid := r.Core().Invite
		count[iid]++
		i := h.invites[iid]
		if r.closed || i == nil || h.mayAnswer(i.back) != nil {
			continue
		}
		by, spent := h.used[iid]
		if spent && by == r.ID() {
			continue // another who leads has let them in
		}
		who := r.Core().Member()
		_, in := h.state().Member(who)
		out = append(out, Request{
			ID: r.ID(), Invite: iid, Name: r.Name, Text: r.Text, Words: r.words, Note: i.Note, At: time.Unix(int64(r.at), 0), //nolint:gosec // seconds
			Expires: time.Unix(int64(i.Expires), 0), Ended: i.ended, Used: spent, History: i.History, //nolint:gosec // seconds
			Member: who, Known: h.log.Was(who), In: in, Back: in && !r.Spare().IsZero() && who != h.self.Member,
		})
	}
	slices.SortFunc(out, func(a, b Request) int { return cmp.Or(a.At.Compare(b.At), a.ID.Compare(b.ID)) })
	shown := map[kp1.IID]int{}
	kept := out[:0]
	for _, r := range out {
		r.Others = count[r.Invite] - 1
		if shown[r.Invite]++; shown[r.Invite] <= maxShown {
			kept = append(kept, r)
		}
	}
	return kept
}

// asked is by which name those asked to join who were let in and have said nothing of themselves that is here.
func (h *house) asked() map[kp1.MID]string {
	var out map[kp1.MID]string
	for iid, by := range h.used {
		r := h.requests[by]
		if r == nil || r.Core().Invite != iid {
			continue
		}
		m := r.Core().Member()
		if p, _ := h.view.People().Person(m); p.Name != "" {
			continue
		}
		if out == nil {
			out = map[kp1.MID]string{}
		}
		out[m] = r.Name
	}
	return out
}

// ErrNoRequest: no request of that id waits.
var ErrNoRequest = &kp1.Error{ECode: "E_NOT_FOUND", Msg: "no such request"}

// Approval is how an admin answers a request with yes.
type Approval struct {
	Verified uint8   // how they made sure: group.VerifiedVoice or group.VerifiedInPerson, and nothing else is taken
	Formerly kp1.MID // who this person was here before they lost even their words (protocol.md 3.5); zero: nobody
}

// Approved is what came of it.
type Approved struct {
	Member kp1.MID
	Back   bool // they are in, and were: it is their new computer that came in
	Former Deed // what became of who they were, with Formerly: taken out, or proposed to be; zero where they were out
}

// Approve lets the person of a request in: keys first where the history is none, then the Admit and the keys for the
// device that asked in one envelope, and the welcome into the invite's mailbox (protocol.md 8.4, step 5). Where the person
// is in, having lost every computer, their new one is let in by the root's word and this admin's (3.4). With Formerly,
// who they were goes in the same step (3.5).
func (l *Ledger) Approve(_ context.Context, g kp1.GID, id kp1.ID, a Approval) (out Approved, err error) {
	if a.Verified != group.VerifiedVoice && a.Verified != group.VerifiedInPerson {
		return Approved{}, fmt.Errorf("not verified: %w", group.ErrNotAllowed)
	}
	err = l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		r := h.requests[id]
		if r == nil || h.invites[r.Core().Invite] == nil {
			return ErrNoRequest
		}
		i := h.invites[r.Core().Invite]
		out.Member, out.Back = r.Core().Member(), r.back
		spentBy, spent := h.used[i.ID]
		if spent && spentBy == r.ID() {
			return nil // this very request: it was approved before
		}
		if err := h.mayAnswer(i.back); err != nil {
			return err
		}
		if err := i.Check(l.opt.Now(), i.ended, spent); err != nil {
			return err
		}
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		if _, in := h.state().Member(out.Member); in {
			if r.Spare().IsZero() || out.Member == h.self.Member || !a.Formerly.IsZero() {
				return ErrAlreadyIn
			}
			out.Back, r.back = true, true
			err = b.letBack(i, r)
		} else if i.back {
			return fmt.Errorf("a way back lets in nobody new: %w", group.ErrNotAllowed)
		} else {
			if err = b.approve(i, r, a); err == nil { // the invite is used then, and does not end with who led
				out.Former, err = b.outgoing(a.Formerly, out.Member)
			}
		}
		if err != nil {
			return err
		}
		r.closed = true
		if err := h.saveRequest(t, r, nil); err != nil {
			return err
		}
		return b.finish()
	})
	if err != nil {
		return Approved{}, err
	}
	return out, nil
}

// outgoing takes out whom somebody was before, if they are in. One who leads goes when a second person has agreed.
func (b *batch) outgoing(old, now kp1.MID) (Deed, error) {
	switch {
	case old.IsZero():
		return Deed{}, nil
	case !b.h.log.Was(old):
		return Deed{}, ErrNoMember
	case old == now || old == b.h.self.Member:
		return Deed{}, fmt.Errorf("the same person under the same words: %w", group.ErrNotAllowed)
	}
	if _, in := b.h.state().Member(old); !in {
		return Deed{}, nil
	}
	return b.deed(group.NewRemove(old, b.h.cut(old), ReasonUnsaid))
}

func (b *batch) approve(i *openInvite, r *request, a Approval) error {
	h, core := b.h, r.Core()
	if i.History == group.HistoryNone {
		if err := b.rekey(nil); err != nil {
			return err
		}
	} else if _, err := b.usable(kp1.CompAll); err != nil { // new keys come before what is signed next, not into its place
		return err
	}
	admit := group.Admit{
		Member: core.Member(), Core: r.Signed.Core, CoreSig: r.Signed.Sig, Devices: []group.Cert{}, Rank: i.Rank,
		History: i.History, Verified: a.Verified,
	}
	if !a.Formerly.IsZero() {
		admit.Formerly = &a.Formerly
	}
	var since *kp1.EID
	if i.History == group.HistorySince {
		since = &i.Since
		admit.Since = since
	}
	s, err := b.authDraft(nil, admit)
	if err != nil {
		return err
	}
	device := group.Device{ID: core.Cert.Device(), Member: core.Member(), HPKE: core.Cert.HPKE, Peer: core.Cert.Peer, Key: core.Cert.Key}
	env, err := b.grant([]op.Signed{s}, device, func(now kp1.EID) []op.Entry { return h.entries(now, i.Rank, i.History, since) })
	if err != nil {
		return err
	}
	if err := h.log.Standing(s.ID); err != nil {
		return err
	}
	if i.History != group.HistoryAll {
		if err := b.snapshot(i.Rank); err != nil {
			return err
		}
	}
	return b.welcome(i, r, invite.Welcome{Envelopes: [][]byte{env.Bytes}})
}

// welcome pins what is here and leaves the answer in the mailbox of the invite.
func (b *batch) welcome(i *openInvite, r *request, w invite.Welcome) error {
	h := b.h
	if err := b.fewHeads(); err != nil {
		return err
	}
	w.Group, w.Genesis, w.Heads, w.Mailboxes = h.id, kp1.ID(h.self.Genesis), h.log.Heads(), h.state().Policy.Mailboxes
	sealed, err := w.Seal(r.Request, h.l.week())
	if err != nil {
		return err
	}
	return h.postOwn(b.t, i.Invite, sealed.Bytes)
}

// letBack lets the new computer of somebody in who is in: its own op goes out as it was signed, this admin confirms it, and
// hands it the keys that its member may hold.
func (b *batch) letBack(i *openInvite, r *request) error {
	h, d := b.h, r.Spare()
	if err := h.log.Check(authOp(r.Back)); err != nil {
		return err
	}
	if _, err := b.usable(kp1.CompAll); err != nil { // new keys by this device, never signed onto the chain of the other
		return err
	}
	if err := b.post(r.Back); err != nil {
		return err
	}
	if _, err := b.deed(group.Confirm{Device: d}); err != nil {
		return err
	}
	if _, in := h.state().Device(d); !in {
		return fmt.Errorf("device %s: %w", d.Short(), group.ErrNotAllowed)
	}
	env, err := b.shareWith(d)
	if err != nil {
		return err
	}
	if len(env.Bytes) == 0 {
		return ErrNoEpoch
	}
	h.noteBack(i.ID, r.Request)
	m, _ := h.state().Member(r.Core().Member())
	return b.welcome(i, r, invite.Welcome{Spare: true, Partial: m.History != group.HistoryAll, Envelopes: [][]byte{env.Bytes}})
}

// noteBack remembers that somebody came back on an invite: no op says so.
func (h *house) noteBack(iid kp1.IID, r invite.Request) {
	h.used[iid], h.cameBy[iid] = r.ID(), r.Spare()
}

// Decline answers a request with no, by ending its invite.
func (l *Ledger) Decline(_ context.Context, g kp1.GID, id kp1.ID) error {
	return l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		r := h.requests[id]
		if r == nil {
			return ErrNoRequest
		}
		i := h.invites[r.Core().Invite]
		if err := h.mayAnswer(i != nil && i.back); err != nil {
			return err
		}
		h.touch()
		r.closed = true
		if err := h.saveRequest(t, r, nil); err != nil {
			return err
		}
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		if _, spent := h.used[r.Core().Invite]; !spent && i != nil {
			if err := b.endInvite(r.Core().Invite); err != nil {
				return err
			}
		}
		return b.finish()
	})
}

func equalKey(a, b ed25519.PublicKey) bool { return bytes.Equal(a, b) }
