package op

import (
	"fmt"
	"slices"
	"strings"

	"kith/store/kp1"
)

// Op is one act of one device: what is signed, chained and known by its id for ever.
type Op struct {
	V       uint64 // version; 1. A later one is kept and passed on, but not understood
	Type    string // lower-case ASCII letters, digits, '-', '/'; "auth/..." goes on the auth chain
	Group   kp1.GID
	Device  kp1.DID
	Comp    uint8    // compartment; 0 in auth ops
	Seq     uint64   // place in its chain, from 1
	Prev    kp1.ID   // op before it in its chain; zero iff Seq is 1
	Time    uint64   // unix seconds the author's clock claims; for people to read, decides nothing
	Auth    []kp1.ID // auth heads the author had seen; strictly ascending
	Deps    []kp1.ID // content ops it speaks of; strictly ascending; none in auth ops
	Nonce   [16]byte // random, so that a short body cannot be guessed from the op's id
	Body    []byte   // canonical CBOR map
	Payload *PayloadRef
}

// PayloadRef points to a payload in an envelope of its own, so that it can be erased for ever without the op.
type PayloadRef struct {
	ID  kp1.ID    // id of the payload's envelope
	Len uint64    // bytes of the payload
	Key *[32]byte // the payload's key; nil when it is boxed to a named audience
}

// IsAuth reports whether the op belongs to the auth chain.
func (o Op) IsAuth() bool { return strings.HasPrefix(o.Type, "auth/") }

// Chain returns kp1.ChainAuth for auth ops, else the compartment.
func (o Op) Chain() byte {
	if o.IsAuth() {
		return kp1.ChainAuth
	}
	return o.Comp
}

// check refuses what no op may be, whoever wrote it.
func (o *Op) check() error {
	switch {
	case o.V == 0:
		return malformed("version 0")
	case !validType(o.Type):
		return malformed("type %.40q", o.Type)
	case (o.Seq == 1) != o.Prev.IsZero() || o.Seq == 0:
		return malformed("seq %d and its previous op", o.Seq)
	case len(o.Auth) > kp1.MaxAuthRefs:
		return tooBig("%d auth heads", len(o.Auth))
	case !ascending(o.Auth) || !ascending(o.Deps):
		return malformed("references not in order")
	case !isMap(o.Body):
		return malformed("body is no map")
	}
	if o.IsAuth() {
		switch {
		case o.Comp != 0 || len(o.Deps) != 0 || o.Payload != nil:
			return malformed("auth op with compartment, deps or payload")
		case o.Seq > kp1.MaxAuthSeq:
			return tooBig("seq %d", o.Seq)
		}
		return nil
	}
	switch {
	case o.Comp > kp1.CompAdmin && (o.V == 1 || o.Comp >= kp1.MaxCompartments):
		return malformed("compartment %d", o.Comp)
	case o.Seq > kp1.MaxContentSeq:
		return tooBig("seq %d", o.Seq)
	case len(o.Deps) > kp1.MaxContentRefs:
		return tooBig("%d deps", len(o.Deps))
	case len(o.Body) > kp1.MaxContentBody:
		return tooBig("body of %d bytes", len(o.Body))
	case o.Payload != nil && o.Payload.Len > kp1.MaxPayload:
		return tooBig("payload of %d bytes", o.Payload.Len)
	case o.V == 1 && o.Payload != nil && o.Payload.Key == nil:
		_, err := o.Audience()
		return err
	}
	return nil
}

// Audience returns the people for whom alone the op's payload is, ascending, its author among them; nil when the op has
// no payload or one for the whole compartment. In version 1 the list is never empty and never above 32: a list that
// is, or that does not ascend, wraps kp1.ErrForm or kp1.ErrTooBig.
func (o Op) Audience() ([]kp1.MID, error) {
	if o.Payload == nil || o.Payload.Key != nil {
		return nil, nil
	}
	r := kp1.NewReader(o.Body)
	for range r.Map() {
		if string(r.Text()) != "au" {
			r.Skip()
			continue
		}
		people := make([]kp1.MID, r.Array(kp1.MaxAudience))
		for i := range people {
			if r.Fill(people[i][:]); i > 0 && people[i-1].Compare(people[i]) >= 0 {
				r.Fail(malformed("audience not in order"))
			}
		}
		if err := r.Err(); err != nil {
			return nil, fmt.Errorf("audience: %w", err)
		}
		if len(people) > 0 {
			return people, nil
		}
	}
	return nil, malformed("payload without a key and without an audience")
}

func validType(t string) bool {
	if t == "" || len(t) > kp1.MaxTypeName {
		return false
	}
	for _, c := range []byte(t) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '/' {
			return false
		}
	}
	return true
}

func ascending(ids []kp1.ID) bool {
	for i := 1; i < len(ids); i++ {
		if ids[i-1].Compare(ids[i]) >= 0 {
			return false
		}
	}
	return true
}

// isMap reports whether b is one canonical map.
func isMap(b []byte) bool { return len(b) > 0 && b[0]>>5 == 5 && kp1.Check(b) == nil }

// maxBytes is the limit on the encoded op.
func (o *Op) maxBytes() int {
	if o.IsAuth() {
		return kp1.MaxAuthOp
	}
	return kp1.MaxContentOp
}

// encode returns the canonical bytes. Keys ascend by length, then by bytes: a b c d g k n p s t v pe pk pl ts.
func (o *Op) encode() ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	n := 10
	for _, present := range []bool{
		len(o.Deps) > 0, o.Seq > 1, o.Payload != nil, o.Payload != nil,
		o.Payload != nil && o.Payload.Key != nil,
	} {
		if present {
			n++
		}
	}
	b := make([]byte, 0, 256+len(o.Body)+kp1.LinkSize*(len(o.Auth)+len(o.Deps)+2))
	b = kp1.AppendMap(b, n)
	b = kp1.AppendLinks(append(b, "\x61a"...), o.Auth)
	b = kp1.AppendBytes(append(b, "\x61b"...), o.Body)
	b = kp1.AppendUint(append(b, "\x61c"...), uint64(o.Comp))
	b = kp1.AppendBytes(append(b, "\x61d"...), o.Device[:])
	b = kp1.AppendBytes(append(b, "\x61g"...), o.Group[:])
	if len(o.Deps) > 0 {
		b = kp1.AppendLinks(append(b, "\x61k"...), o.Deps)
	}
	b = kp1.AppendBytes(append(b, "\x61n"...), o.Nonce[:])
	if o.Seq > 1 {
		b = kp1.AppendLink(append(b, "\x61p"...), o.Prev)
	}
	b = kp1.AppendUint(append(b, "\x61s"...), o.Seq)
	b = kp1.AppendText(append(b, "\x61t"...), o.Type)
	b = kp1.AppendUint(append(b, "\x61v"...), o.V)
	if p := o.Payload; p != nil {
		b = kp1.AppendLink(append(b, "\x62pe"...), p.ID)
		if p.Key != nil {
			b = kp1.AppendBytes(append(b, "\x62pk"...), p.Key[:])
		}
		b = kp1.AppendUint(append(b, "\x62pl"...), p.Len)
	}
	b = kp1.AppendUint(append(b, "\x62ts"...), o.Time)
	if len(b) > o.maxBytes() {
		return nil, tooBig("op of %d bytes", len(b))
	}
	return b, nil
}

// SortIDs sorts ids strictly ascending in place, drops doubles and returns the rest, as Auth and Deps want them.
func SortIDs(ids []kp1.ID) []kp1.ID {
	slices.SortFunc(ids, kp1.ID.Compare)
	return slices.Compact(ids)
}
