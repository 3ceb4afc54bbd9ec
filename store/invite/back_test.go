package invite

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"testing"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// back is the AddDevice of the same computer's other device, by the root, after change has had its way with the op. The
// heads are the first two that could be.
func (p *party) back(t testing.TB, change func(*op.Op, *group.Cert)) op.Signed {
	t.Helper()
	spare := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{200}, 32))
	box := must[op.BoxKey](t)(op.DeriveBoxKey(bytes.Repeat([]byte{201}, 32)))
	c := must[group.Cert](t)(group.NewCert(p.group, public(p.root), public(spare), box.Public(), []byte("peer of Sue"), 0))
	c = group.SignCert(c, kp1.DID{}, p.root, spare)
	o := op.Op{Type: group.TypeAddDevice, Group: p.group, Device: c.Device(), Seq: 1, Auth: kp1.IDs(headsOf(2))}
	if change != nil {
		change(&o, &c)
	}
	if o.Body == nil {
		o.Body = must[[]byte](t)(group.AddDevice{Cert: c}.Encode())
	}
	return must[op.Signed](t)(op.Sign(o, spare))
}

// comesBack is p's request with that op.
func (p *party) comesBack(t testing.TB, back op.Signed) Request {
	t.Helper()
	return must[Request](t)(p.offer.NewRequest(rand.Reader, p.cert(t, p.group), p.root, "Sue", "", back))
}

// TestT34BackOfAnother: the op of somebody who comes back is the root's own word, for this group and this computer, or
// there is no request.
func TestT34BackOfAnother(t *testing.T) {
	p, q := newParty(t, 1), newParty(t, 2)
	other := func(g kp1.GID, root, device ed25519.PrivateKey, peer string) group.Cert {
		c := must[group.Cert](t)(group.NewCert(g, public(root), public(device), p.box.Public(), []byte(peer), 0))
		return group.SignCert(c, kp1.DID{}, root, device)
	}
	spare := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{200}, 32))
	byDevice := func() group.Cert {
		c := must[group.Cert](t)(group.NewCert(p.group, public(p.root), public(spare), p.box.Public(), []byte("peer of Sue"), 0))
		return group.SignCert(c, kp1.DeviceID(public(p.device)), p.device, spare)
	}
	for _, c := range []struct {
		name   string
		change func(*op.Op, *group.Cert)
		want   string
	}{
		{"as it is", nil, "<nil>"},
		{"another type", func(o *op.Op, _ *group.Cert) { o.Type, o.Body = group.TypeAck, []byte{0xa0} }, "E_MALFORMED"},
		{"no body", func(o *op.Op, _ *group.Cert) { o.Body = []byte{0xa0} }, "E_MALFORMED"},
		{"a later op of its chain", func(o *op.Op, _ *group.Cert) { o.Seq, o.Prev = 2, kp1.ID{1} }, "E_MALFORMED"},
		{"of another version", func(o *op.Op, _ *group.Cert) { o.V = 2 }, "E_MALFORMED"},
		{"for another group", func(o *op.Op, _ *group.Cert) { o.Group = q.group }, "E_MALFORMED"},
		{"certificate for another group", func(_ *op.Op, c *group.Cert) { *c = other(q.group, p.root, spare, "peer of Sue") }, "E_FORGED"},
		{"certificate of another person", func(_ *op.Op, c *group.Cert) { *c = other(p.group, q.root, spare, "peer of Sue") }, "E_FORGED"},
		{"certificate of another device", func(_ *op.Op, c *group.Cert) { *c = other(p.group, p.root, q.device, "peer of Sue") }, "E_FORGED"},
		{"certificate by a device", func(_ *op.Op, c *group.Cert) { *c = byDevice() }, "E_FORGED"},
		{"another computer", func(_ *op.Op, c *group.Cert) { *c = other(p.group, p.root, spare, "peer of Eve") }, "E_MALFORMED"},
	} {
		back := p.back(t, c.change)
		if _, err := p.offer.NewRequest(rand.Reader, p.cert(t, p.group), p.root, "Sue", "", back); code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	broken := p.back(t, nil)
	broken.Sig[3] ^= 1
	if _, err := p.offer.NewRequest(rand.Reader, p.cert(t, p.group), p.root, "Sue", "", broken); code(err) != "E_FORGED" {
		t.Errorf("a broken signature: %v, want E_FORGED", err)
	}
	same := op.Op{Type: group.TypeAddDevice, Group: p.group, Device: kp1.DeviceID(public(p.device)), Seq: 1}
	same.Body = must[[]byte](t)(group.AddDevice{Cert: p.cert(t, p.group)}.Encode())
	if _, err := p.offer.NewRequest(rand.Reader, p.cert(t, p.group), p.root, "Sue", "", must[op.Signed](t)(op.Sign(same, p.device))); code(err) != "E_MALFORMED" {
		t.Errorf("the device that asks itself: %v, want E_MALFORMED", err)
	}
}

// TestT34BackTravels: the op goes over as it was signed, the largest too, and whoever holds the link cannot put another in
// its place.
func TestT34BackTravels(t *testing.T) {
	p := newParty(t, 1)
	largest := p.back(t, func(o *op.Op, _ *group.Cert) { o.Auth = kp1.IDs(headsOf(MaxHeads)) })
	for _, back := range []op.Signed{p.back(t, nil), largest} {
		r := p.comesBack(t, back)
		e := must[op.Envelope](t)(p.offer.Seal(r, week))
		got := must[Request](t)(p.invite.OpenRequest(p.group, again(t, e)))
		if got.Back.ID != back.ID || got.Back.Sig != back.Sig || got.Spare() != back.Device || got.ID() != r.ID() {
			t.Errorf("the op came as %s of %s, want %s of %s", got.Back.ID.Short(), got.Spare().Short(), back.ID.Short(), back.Device.Short())
		}
	}
	r := p.comesBack(t, p.back(t, nil))
	r.Back = largest
	b := must[[]byte](t)(r.Encode())
	if _, err := p.offer.DecodeRequest(b); code(err) != "E_FORGED" {
		t.Errorf("another op under the same signature: %v, want E_FORGED", err)
	}
	r.Back = op.Signed{}
	if _, err := p.offer.DecodeRequest(must[[]byte](t)(r.Encode())); code(err) != "E_FORGED" {
		t.Errorf("no op under the same signature: %v, want E_FORGED", err)
	}
	k := p.link.Secret.Keys()
	for _, n := range []int{maxBack, maxBack + 1} {
		w := requestWire{V: 1, Core: p.request.Signed.Core, CoreSig: p.request.Signed.Sig, Invite: p.request.Invite, Name: "Sue", Back: make([]byte, n)}
		e := must[op.Envelope](t)(op.SealJoinRequest(p.group, k.ID, week, p.offer.Key, must[[]byte](t)(kp1.Marshal(w))))
		_, err := p.invite.OpenRequest(p.group, e)
		if over := errors.Is(err, kp1.ErrTooBig); err == nil || over != (n > maxBack) {
			t.Errorf("an op of %d bytes: %v, want it too big: %v", n, err, n > maxBack)
		}
	}
}
