package group

import (
	"errors"
	"fmt"
	"slices"

	"kith/store/kp1"
)

// node is one op in the log with what is fixed about it for ever.
type node struct {
	op       Op
	body     Body // nil for an unknown type or version
	proposes Body // what a Propose proposes
	past     set
	refs     []int // the ops it names: with their pasts they are its past
	deed     deed
	certs    []Cert // of the devices it names
	err      error  // why it is not valid (R1); nil when it is

	need   uint8   // the rank its signers needed
	inert  bool    // an AddDevice that waits for a Confirm
	strike *strike // exactly when it is removal-like
}

// deed is what an op does and who stands behind it. An Approve is the op it approves, signed by both.
type deed struct {
	body    Body
	cut     Cut
	signers []signer // the author first
}

// signer is one who stands behind a deed.
type signer struct {
	member kp1.MID
	device kp1.DID
	seq    uint64 // of the op this device wrote
	rank   uint8  // in the past of the deed
}

// strike is a removal-like op as R3, R4 and cuts need it.
type strike struct {
	power uint8 // the highest rank whose concurrent acts it undoes
	lost  uint8 // for a lowered role: the rank that is left; otherwise 0
	lower bool  // a lowered role, and no removal
	chain byte  // for Evidence
	seq   uint64
	proof bool // Evidence
}

// signedBy reports whether m stands behind the deed.
func (d deed) signedBy(m kp1.MID) bool {
	return slices.ContainsFunc(d.signers, func(s signer) bool { return s.member == m })
}

// judge builds the node of an op. Its error is for ops that are not filed.
func (l *Log) judge(o Op, read Decoder) (*node, error) {
	if err := l.shape(o); err != nil {
		return nil, err
	}
	if missing := l.Lacks(o); len(missing) > 0 {
		return nil, &MissingError{missing}
	}
	n := &node{op: o}
	for _, id := range o.Auth {
		n.refs = append(n.refs, l.index[id])
	}
	if o.Seq > 1 {
		p := l.index[o.Prev]
		if prev := l.nodes[p].op; prev.Device != o.Device || prev.Seq+1 != o.Seq {
			return nil, fmt.Errorf("seq %d after %d: %w", o.Seq, prev.Seq, ErrChain)
		}
		if !slices.Contains(n.refs, p) && !l.off.chain { // the chain-monotone rule: nobody claims to know less than at their last op
			n.refs = append(n.refs, p)
		}
	}
	for _, r := range n.refs {
		n.past = n.past.union(l.closure(r))
	}
	if o.V == Version {
		body, err := read(o.Type, o.Body)
		if err != nil && !errors.Is(err, ErrUnknownType) {
			return nil, err
		}
		n.body = body
		n.certs = certsOf(body)
		if p, ok := body.(Propose); ok {
			if n.proposes, err = p.Action.open(read); err != nil {
				return nil, err
			}
		}
	}
	if err := l.author(n); err != nil {
		return nil, err
	}
	n.err = l.valid(n)
	return n, nil
}

// shape checks what an op says of itself.
func (l *Log) shape(o Op) error {
	switch {
	case !IsAuth(o.Type) || len(o.Type) > kp1.MaxTypeName || o.V == 0:
		return fmt.Errorf("type %.40q version %d: %w", o.Type, o.V, ErrMalformed)
	case o.Seq == 0 || o.Seq > kp1.MaxAuthSeq:
		return fmt.Errorf("seq %d: %w", o.Seq, kp1.ErrTooBig)
	case (o.Seq == 1) != o.Prev.IsZero():
		return fmt.Errorf("seq %d: %w", o.Seq, ErrChain)
	case len(o.Auth) > kp1.MaxAuthRefs:
		return fmt.Errorf("%d auth heads: %w", len(o.Auth), kp1.ErrTooBig)
	case len(o.Body) > kp1.MaxAuthOp:
		return fmt.Errorf("body of %d bytes: %w", len(o.Body), kp1.ErrTooBig)
	case (o.Type == TypeGenesis) != (len(o.Auth) == 0):
		return fmt.Errorf("%s with %d auth heads: %w", o.Type, len(o.Auth), ErrMalformed)
	case o.Type == TypeGenesis && (o.Seq != 1 || o.V != Version):
		return fmt.Errorf("genesis at seq %d, version %d: %w", o.Seq, o.V, ErrMalformed)
	}
	return rising("auth heads", o.Auth, kp1.ID.Compare)
}

// closure returns an op and its past.
func (l *Log) closure(i int) set { return l.nodes[i].past.with(i) }

// closureOf returns the ops named and their pasts.
func (l *Log) closureOf(heads []kp1.ID) (set, error) {
	var s set
	var missing []kp1.ID
	for _, id := range heads {
		if i, ok := l.index[id]; ok {
			s = s.union(l.closure(i))
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		return set{}, &MissingError{missing}
	}
	return s, nil
}

// author finds whose op it is, by its own past: for ever the same.
func (l *Log) author(n *node) error {
	s := signer{device: n.op.Device, seq: n.op.Seq}
	switch b := n.body.(type) {
	case Genesis:
		if b.Cert.Group != l.gid || b.Cert.Device() != n.op.Device {
			return fmt.Errorf("genesis of another group or device: %w", ErrForged)
		}
		s.member = b.Cert.Member
	default:
		named := false
		for _, i := range l.names[n.op.Device] {
			if n.past.has(i) {
				// A device that two people claim is nobody's (see view.device); which of them is named here is only fixed.
				if m := l.owner(i, n.op.Device); !named || m.Compare(s.member) < 0 {
					s.member, named = m, true
				}
			}
		}
		if add, ok := n.body.(AddDevice); !named && ok && selfAdded(n.op, add) {
			s.member, named = add.Cert.Member, true
		}
		if !named {
			return fmt.Errorf("device %s: %w", n.op.Device.Short(), ErrStranger)
		}
	}
	n.deed = deed{body: n.body, signers: []signer{s}}
	return nil
}

// owner returns whose device d is, by op i that names it.
func (l *Log) owner(i int, d kp1.DID) kp1.MID {
	for _, c := range l.nodes[i].certs {
		if c.Device() == d {
			return c.Member
		}
	}
	return kp1.MID{}
}

// selfAdded reports whether a device brings itself in, with its root's word.
func selfAdded(o Op, b AddDevice) bool {
	return o.Seq == 1 && b.Cert.ByRoot() && b.Cert.Device() == o.Device
}

// CertsIn returns the certificates in a Genesis, Admit or AddDevice, checked in themselves; a device's first op is
// verified with them. It returns nil for other ops and for bodies that are refused.
func CertsIn(o Op) []Cert {
	if o.V != Version {
		return nil
	}
	body, err := DecodeBody(o.Type, o.Body)
	if err != nil {
		return nil
	}
	return certsOf(body)
}

func certsOf(b Body) []Cert {
	switch b := b.(type) {
	case Genesis:
		certs := []Cert{b.Cert}
		for _, s := range b.Stewards {
			if c, err := s.Open(b.Cert.Group); err == nil {
				certs = append(certs, c.Cert)
			}
		}
		return certs
	case Admit:
		certs, err := b.certs()
		if err != nil {
			return nil
		}
		return certs
	case AddDevice:
		return []Cert{b.Cert}
	}
	return nil
}
