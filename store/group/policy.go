package group

import (
	"fmt"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"kith/store/kp1"
)

// Values of policy fields (protocol 6.3).
const (
	DeviceAddNotify  uint8 = 0
	DeviceAddConfirm uint8 = 1
	ReachDirect      uint8 = 0
	ReachMailbox     uint8 = 1
	SeenKept         uint8 = 0 // nobody is told what others have opened
	SeenShown        uint8 = 1 // who wrote something is told by whom it was opened
)

const (
	maxMailboxes = 8
	maxAddrs     = 16  // addresses of one mailbox
	maxAddr      = 256 // bytes of one address
	maxDays      = 36_525
)

// PolicyFields are the fields one op sets; nil leaves a field as it is.
type PolicyFields struct {
	DeviceAdd   *uint8       `cbor:"da,omitempty"`
	Reach       *uint8       `cbor:"re,omitempty"`
	Retention   *[]Retention `cbor:"rt,omitempty"`
	EditHistory *uint8       `cbor:"eh,omitempty"`
	Seen        *uint8       `cbor:"sn,omitempty"`
	MinVersion  *uint64      `cbor:"mv,omitempty"`
	Mailboxes   *[]Mailbox   `cbor:"mb,omitempty"`
}

// Retention keeps the payloads of a compartment for so many days.
type Retention struct {
	_    struct{} `cbor:",toarray"`
	Comp uint8
	Days uint64
}

// Mailbox is a relay the group uses.
type Mailbox struct {
	_      struct{} `cbor:",toarray"`
	Peer   []byte   // raw multihash of the relay's PeerID
	Addrs  []string
	Ticket [32]byte
}

// Policy is what holds in a group. Compartments that Retention does not name are kept for good.
type Policy struct {
	DeviceAdd   uint8       `cbor:"da"`
	Reach       uint8       `cbor:"re"`
	Retention   []Retention `cbor:"rt"`
	EditHistory uint8       `cbor:"eh"`
	Seen        uint8       `cbor:"sn,omitempty"` // left out where it is 0: a state from before there was such a field is the same
	MinVersion  uint64      `cbor:"mv"`
	Mailboxes   []Mailbox   `cbor:"mb"`
}

// defaultPolicy is what Genesis leaves unsaid.
func defaultPolicy() Policy { return Policy{MinVersion: 1} }

// policyFields are the names of the fields as subjects of proposals.
var policyFields = []string{"da", "re", "rt", "eh", "sn", "mv", "mb"}

func decodePolicy(b []byte) (Body, error) {
	v, err := decode[SetPolicy](b)
	if err != nil {
		return nil, err
	}
	p := v.(SetPolicy)
	var keys map[string]cbor.RawMessage
	if err := kp1.Unmarshal(b, &keys); err != nil {
		return nil, err
	}
	for k := range keys {
		p.extra = p.extra || !slices.Contains(policyFields, k)
	}
	return p, nil
}

func (p PolicyFields) check() error {
	for _, f := range []struct {
		name string
		v    *uint8
	}{{"da", p.DeviceAdd}, {"re", p.Reach}, {"eh", p.EditHistory}, {"sn", p.Seen}} {
		if f.v != nil && *f.v > 1 {
			return fmt.Errorf("policy %s = %d: %w", f.name, *f.v, ErrMalformed)
		}
	}
	if p.MinVersion != nil && *p.MinVersion == 0 {
		return fmt.Errorf("policy mv = 0: %w", ErrMalformed)
	}
	if p.Retention != nil {
		for i, r := range *p.Retention {
			if r.Comp > kp1.CompAdmin || r.Days == 0 || r.Days > maxDays || i > 0 && (*p.Retention)[i-1].Comp >= r.Comp {
				return fmt.Errorf("policy rt: %w", ErrMalformed)
			}
		}
	}
	if p.Mailboxes == nil {
		return nil
	}
	if len(*p.Mailboxes) > maxMailboxes {
		return fmt.Errorf("%d mailboxes: %w", len(*p.Mailboxes), kp1.ErrTooBig)
	}
	for _, m := range *p.Mailboxes {
		if err := checkPeer(m.Peer); err != nil {
			return err
		}
		if len(m.Addrs) > maxAddrs {
			return fmt.Errorf("%d addresses: %w", len(m.Addrs), kp1.ErrTooBig)
		}
		for _, a := range m.Addrs {
			if a == "" || len(a) > maxAddr {
				return fmt.Errorf("address of %d bytes: %w", len(a), ErrMalformed)
			}
		}
	}
	return ascending("mailboxes", *p.Mailboxes)
}

// sets reports whether the op speaks of a field.
func (p PolicyFields) sets(field string) bool {
	switch field {
	case "da":
		return p.DeviceAdd != nil
	case "re":
		return p.Reach != nil
	case "rt":
		return p.Retention != nil
	case "eh":
		return p.EditHistory != nil
	case "sn":
		return p.Seen != nil
	case "mv":
		return p.MinVersion != nil
	case "mb":
		return p.Mailboxes != nil
	}
	return false
}

// mailboxesAlone reports whether the op sets mb and nothing else, known or unknown.
func (b SetPolicy) mailboxesAlone() bool {
	return !b.extra && b.PolicyFields == PolicyFields{Mailboxes: b.Mailboxes} && b.Mailboxes != nil
}

// fill takes from p what it sets of a field, for the first of several concurrent values.
func (p PolicyFields) fill(field string, to *Policy) {
	switch field {
	case "da":
		to.DeviceAdd = *p.DeviceAdd
	case "re":
		to.Reach = *p.Reach
	case "rt":
		to.Retention = *p.Retention
	case "eh":
		to.EditHistory = *p.EditHistory
	case "sn":
		to.Seen = *p.Seen
	case "mv":
		to.MinVersion = *p.MinVersion
	case "mb":
		to.Mailboxes = *p.Mailboxes
	}
}

// restrict merges a further concurrent value of a field: the most restrictive holds, mailboxes are united (R7).
func (p PolicyFields) restrict(field string, to *Policy) {
	switch field {
	case "da":
		to.DeviceAdd = max(to.DeviceAdd, *p.DeviceAdd)
	case "re":
		to.Reach = max(to.Reach, *p.Reach)
	case "rt":
		to.Retention = shorter(to.Retention, *p.Retention)
	case "eh":
		to.EditHistory = min(to.EditHistory, *p.EditHistory)
	case "sn":
		to.Seen = min(to.Seen, *p.Seen)
	case "mv":
		to.MinVersion = max(to.MinVersion, *p.MinVersion)
	case "mb":
		to.Mailboxes = unite(to.Mailboxes, *p.Mailboxes)
	}
}

// shorter keeps, for each compartment either names, the smaller number of days.
func shorter(a, b []Retention) []Retention {
	out := slices.Clone(a)
	for _, r := range b {
		i := slices.IndexFunc(out, func(o Retention) bool { return o.Comp == r.Comp })
		if i < 0 {
			out = append(out, r)
		} else {
			out[i].Days = min(out[i].Days, r.Days)
		}
	}
	slices.SortFunc(out, func(a, b Retention) int { return int(a.Comp) - int(b.Comp) })
	return out
}

// unite returns the mailboxes of both, sorted by their encoded bytes.
func unite(a, b []Mailbox) []Mailbox {
	out, err := sortEncoded(append(slices.Clone(a), b...))
	if err != nil {
		panic("group: " + err.Error()) // both were decoded, so both encode
	}
	return out
}
