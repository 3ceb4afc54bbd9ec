package group

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"slices"

	"kith/store/kp1"
)

// The check methods look at a body alone. What depends on the group is table 4.1's (allow.go).

func (b Genesis) check() error {
	if !b.Cert.ByRoot() {
		return fmt.Errorf("founder's certificate not by the root: %w", ErrForged)
	}
	if b.Cert.Group != kp1.GroupID(b.Salt, b.Cert.Key) {
		return fmt.Errorf("group id does not follow from salt and device: %w", ErrForged)
	}
	if err := b.Policy.check(); err != nil {
		return err
	}
	if len(b.Stewards) >= kp1.MaxMembers {
		return fmt.Errorf("%d stewards: %w", len(b.Stewards), kp1.ErrTooBig)
	}
	if err := ascending("stewards", b.Stewards); err != nil {
		return err
	}
	certs, members := []Cert{b.Cert}, map[kp1.MID]bool{b.Cert.Member: true}
	for _, s := range b.Stewards {
		c, err := s.Open(b.Cert.Group)
		if err != nil {
			return err
		}
		if !c.Invite.IsZero() || members[c.Member()] {
			return fmt.Errorf("steward %s: %w", c.Member().Short(), ErrMalformed)
		}
		members[c.Member()] = true
		certs = append(certs, c.Cert)
	}
	return distinct(certs)
}

func (b Admit) check() error {
	certs, err := b.certs()
	if err != nil {
		return err
	}
	if err := ascending("devices", b.Devices); err != nil {
		return err
	}
	switch {
	case b.Rank > kp1.RankSteward || b.History > HistoryAll || b.Verified > VerifiedInPerson:
		return fmt.Errorf("rank, history or how verified: %w", ErrMalformed)
	case (b.History == HistorySince) != (b.Since != nil):
		return fmt.Errorf("first epoch and history disagree: %w", ErrMalformed)
	case len(certs) > kp1.MaxDevices:
		return fmt.Errorf("%d devices: %w", len(certs), kp1.ErrTooBig)
	}
	return distinct(certs)
}

// certs returns the core's certificate and the further ones, all of the member and its group.
func (b Admit) certs() ([]Cert, error) {
	if b.opened != nil {
		return b.opened, nil
	}
	var probe struct {
		Group kp1.GID `cbor:"g"`
	}
	if err := kp1.Unmarshal(b.Core, &probe); err != nil {
		return nil, fmt.Errorf("join request: %w", err)
	}
	core, err := SignedCore{Core: b.Core, Sig: b.CoreSig}.Open(probe.Group)
	if err != nil {
		return nil, err
	}
	if core.Member() != b.Member {
		return nil, fmt.Errorf("join request of another member: %w", ErrForged)
	}
	certs := append([]Cert{core.Cert}, b.Devices...)
	for _, c := range certs {
		if c.Member != b.Member || c.Group != core.Group {
			return nil, fmt.Errorf("certificate of another member: %w", ErrForged)
		}
	}
	return certs, nil
}

// distinct refuses two certificates in one body that share a key or a PeerID.
func distinct(certs []Cert) error {
	seen := map[string]bool{}
	for _, c := range certs {
		for _, k := range []string{"k" + string(c.Key), "h" + string(c.HPKE), "p" + string(c.Peer)} {
			if seen[k] {
				return fmt.Errorf("two certificates in one op: %w", ErrTaken)
			}
			seen[k] = true
		}
	}
	return nil
}

func (b AddDevice) check() error { return nil }
func (b Confirm) check() error   { return someDevice(b.Device) }

func (b KeyUpdate) check() error {
	if b.HPKE == nil && b.Peer == nil {
		return fmt.Errorf("nothing to update: %w", ErrMalformed)
	}
	if b.HPKE != nil {
		if err := checkHPKE(b.HPKE); err != nil {
			return err
		}
	}
	if b.Peer != nil {
		return checkPeer(b.Peer)
	}
	return nil
}

func (b Remove) check() error {
	if err := someMember(b.Member); err != nil {
		return err
	}
	return b.Cut.check()
}

func (b RevokeDevice) check() error {
	if len(b.Devices) == 0 {
		return fmt.Errorf("no device: %w", ErrMalformed)
	}
	if err := devices("devices", b.Devices); err != nil {
		return err
	}
	return b.Cut.check()
}

func (b SetRole) check() error {
	if err := someMember(b.Member); err != nil {
		return err
	}
	if b.Rank > kp1.RankSteward {
		return fmt.Errorf("rank %d: %w", b.Rank, ErrMalformed)
	}
	return b.Cut.checkIfThere()
}

func (b Propose) check() error {
	_, err := b.Action.open(DecodeBody)
	return err
}

// open decodes the action, of a type that may be proposed.
func (a Action) open(read Decoder) (Body, error) {
	switch a.Type {
	case TypeAdmit, TypeRemove, TypeRevokeDevice, TypeSetRole, TypePolicy:
		return read(a.Type, a.Body)
	}
	return nil, fmt.Errorf("%.40q cannot be proposed: %w", a.Type, ErrMalformed)
}

func (b Approve) check() error { return b.Cut.checkIfThere() }

func (b Rekey) check() error {
	if b.Epoch.IsZero() {
		return fmt.Errorf("no epoch: %w", ErrMalformed)
	}
	if _, err := DecodeCommits(b.Commits); err != nil {
		return err
	}
	if len(b.From) > kp1.MaxEpochs {
		return fmt.Errorf("%d epochs: %w", len(b.From), kp1.ErrTooBig)
	}
	if err := epochs("epochs", b.From); err != nil {
		return err
	}
	return devices("devices", b.To)
}

func (b Grant) check() error {
	if len(b.Shares) == 0 || len(b.To) == 0 {
		return fmt.Errorf("nothing, or to nobody: %w", ErrMalformed)
	}
	if len(b.Shares) > kp1.MaxEpochs {
		return fmt.Errorf("%d epochs: %w", len(b.Shares), kp1.ErrTooBig)
	}
	for i, s := range b.Shares {
		if s.Mask == 0 || s.Mask&^maskAll != 0 || s.Mask&0xf8 != 0 {
			return fmt.Errorf("mask %#x: %w", s.Mask, ErrMalformed)
		}
		if i > 0 && s.Epoch.Compare(b.Shares[i-1].Epoch) <= 0 {
			return fmt.Errorf("epochs not sorted: %w", ErrMalformed)
		}
	}
	if b.Handed != nil && len(b.Handed) == 0 || len(b.Handed) > kp1.MaxGrantEntries {
		return fmt.Errorf("%d payload keys: %w", len(b.Handed), ErrMalformed)
	}
	for i := range b.Handed {
		if i > 0 && bytes.Compare(b.Handed[i][:], b.Handed[i-1][:]) <= 0 {
			return fmt.Errorf("payload keys not sorted: %w", ErrMalformed)
		}
	}
	return devices("devices", b.To)
}

func (b AdmitLate) check() error {
	if len(b.Ops) == 0 && len(b.Cut) == 0 {
		return fmt.Errorf("neither ops nor cut: %w", ErrMalformed)
	}
	for i := range b.Ops {
		if i > 0 && kp1.ID(b.Ops[i]).Compare(kp1.ID(b.Ops[i-1])) <= 0 {
			return fmt.Errorf("ops not sorted: %w", ErrMalformed)
		}
	}
	return b.Cut.check()
}

func (b SetPolicy) check() error { return b.PolicyFields.check() }

func (b Evidence) check() error {
	one, err := parseHead(b.Head1)
	if err != nil {
		return err
	}
	two, err := parseHead(b.Head2)
	if err != nil {
		return err
	}
	if one.device != b.Device || two.device != b.Device || one.group != two.group || one.chain != two.chain ||
		one.seq != two.seq {
		return fmt.Errorf("heads of different places: %w", ErrMalformed)
	}
	if slices.Compare(b.Head1, b.Head2) >= 0 {
		return fmt.Errorf("heads not sorted: %w", ErrMalformed)
	}
	return b.Cut.check()
}

// verify checks both signatures against the device's key.
func (b Evidence) verify(pub ed25519.PublicKey) error {
	for _, s := range []struct {
		head []byte
		sig  [64]byte
	}{{b.Head1, b.Sig1}, {b.Head2, b.Sig2}} {
		if len(pub) != ed25519.PublicKeySize || !ed25519.Verify(pub, kp1.SignMessage(kp1.LabelSigOp, s.head), s.sig[:]) {
			return fmt.Errorf("evidence against %s: %w", b.Device.Short(), ErrForged)
		}
	}
	return nil
}

// head is what an op's signature covers (protocol 6.1).
type head struct {
	group  kp1.GID
	device kp1.DID
	chain  byte
	seq    uint64
}

// parseHead reads LP(gid, did, [chain], be64(seq), prev or empty, digest).
func parseHead(b []byte) (h head, err error) {
	var parts [6][]byte
	rest := b
	for i := range parts {
		if len(rest) < 4 {
			return h, fmt.Errorf("head cut short: %w", ErrMalformed)
		}
		n := binary.BigEndian.Uint32(rest)
		if uint64(n) > uint64(len(rest)-4) {
			return h, fmt.Errorf("head cut short: %w", ErrMalformed)
		}
		parts[i], rest = rest[4:4+n], rest[4+n:]
	}
	for i, want := range []int{32, 32, 1, 8, len(parts[4]), 32} {
		if len(parts[i]) != want {
			return h, fmt.Errorf("head with a part of %d bytes: %w", len(parts[i]), ErrMalformed)
		}
	}
	h = head{kp1.GID(parts[0]), kp1.DID(parts[1]), parts[2][0], binary.BigEndian.Uint64(parts[3])}
	first := h.seq == 1
	switch {
	case len(rest) != 0 || h.seq == 0:
		return h, fmt.Errorf("head: %w", ErrMalformed)
	case first && len(parts[4]) != 0, !first && len(parts[4]) != 32:
		return h, fmt.Errorf("head with a previous op of %d bytes: %w", len(parts[4]), ErrMalformed)
	case h.chain != kp1.ChainAuth && h.chain > kp1.CompAdmin:
		return h, fmt.Errorf("head on chain %d: %w", h.chain, ErrMalformed)
	}
	return h, nil
}

func (b Vote) check() error  { return someMember(b.Member) }
func (b Elect) check() error { return someMember(b.Member) }

func (b Ack) check() error {
	switch {
	case b.Bad != nil && len(b.Bad) == 0:
		return fmt.Errorf("no bad epochs: %w", ErrMalformed)
	case len(b.Bad) > kp1.MaxComplaints:
		return fmt.Errorf("%d bad epochs: %w", len(b.Bad), kp1.ErrTooBig)
	}
	return epochs("bad epochs", b.Bad)
}

func (c Cut) check() error {
	type place struct {
		d kp1.DID
		c uint8
	}
	seen := make(map[place]bool, len(c))
	for _, e := range c {
		p := place{e.Device, e.Comp}
		if e.Comp > kp1.CompAdmin || e.Seq == 0 || e.Seq > kp1.MaxContentSeq || seen[p] {
			return fmt.Errorf("cut of %s in compartment %d: %w", e.Device.Short(), e.Comp, ErrMalformed)
		}
		seen[p] = true
	}
	return ascending("cut", c)
}

func (c *Cut) checkIfThere() error {
	if c == nil {
		return nil
	}
	return c.check()
}

// of returns the cut, empty when there is none.
func (c *Cut) of() Cut {
	if c == nil {
		return nil
	}
	return *c
}

func someMember(m kp1.MID) error {
	if m.IsZero() {
		return fmt.Errorf("no member: %w", ErrMalformed)
	}
	return nil
}

func someDevice(d kp1.DID) error {
	if d.IsZero() {
		return fmt.Errorf("no device: %w", ErrMalformed)
	}
	return nil
}

func devices(name string, ds []kp1.DID) error {
	if len(ds) > kp1.MaxDevices {
		return fmt.Errorf("%d %s: %w", len(ds), name, kp1.ErrTooBig)
	}
	return rising(name, ds, kp1.DID.Compare)
}

func epochs(name string, es []kp1.EID) error { return rising(name, es, kp1.EID.Compare) }

// rising is ascending for ids, whose encoded order is their own.
func rising[T any](name string, xs []T, compare func(T, T) int) error {
	for i := 1; i < len(xs); i++ {
		if compare(xs[i-1], xs[i]) >= 0 {
			return fmt.Errorf("%s not sorted: %w", name, ErrMalformed)
		}
	}
	return nil
}
