// Package link holds how one person's second computer is let in by the first (protocol 3.3): the code that the new one
// shows, what the two then tell each other, and the words that both show before anything is written. It also carries the
// wish of a computer that came back from a backup. It never touches clock, disk or network, and it writes no op.
//
// Chance is handed in, but for the boxes, where crypto/hpke draws its own. The formats are written down for other
// implementers in docs/spec/link.md, with vectors beside it.
package link

import (
	"fmt"
	"unicode"

	"kith/store/kp1"
	"kith/store/op"
)

// The refusals of this package. Each has a sentence of its own in app/present.
var (
	// ErrCode: the text is no linking code, or not all of one.
	ErrCode = &kp1.Error{ECode: "E_LINK_CODE", Msg: "not a linking code"}
	// ErrNewer: a newer version made the code, or what came on it.
	ErrNewer = kp1.ErrNewer
	// ErrSwapped: what the other computer says is not what its code promised: somebody stands between the two, or it is
	// another computer. The code is spent.
	ErrSwapped = &kp1.Error{ECode: "E_LINK_SWAPPED", Msg: "the other computer is not the one that made the code"}
	// ErrFile: the file is no linking file, or it was cut short or changed.
	ErrFile = &kp1.Error{ECode: "E_LINK_FILE", Msg: "not a linking file"}
)

// Limits of this room, beside those of kp1. All are in bytes, unless they count.
const (
	MaxGroups = 64  // groups of one link
	MaxName   = 256 // of a person or a group, as the other computer says it

	maxAddrs    = 8 // addresses of one computer
	maxAddr     = 256
	maxPeer     = 64          // a PeerID's multihash
	maxText     = 8 << 10     // a code as it was pasted
	maxTextBody = 3 << 10     // the CBOR inside it
	maxAsk      = 288 << 10   // with the envelopes that a computer which comes back brings
	maxCarried  = 64          // those
	maxOffer    = 60 << 10    // with its length it stays in a bucket of 64 KiB
	maxDevices  = 96 << 10    // 64 of them
	maxAnswer   = 256<<10 - 4 // with its length it fills a bucket
	maxGranted  = 8           // envelopes of one answer
)

const version = 1

// checkName refuses a name of the other computer that is too long or holds what no keyboard types.
func checkName(s string) error {
	if len(s) > MaxName {
		return fmt.Errorf("name of %d bytes: %w", len(s), kp1.ErrTooBig)
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return fmt.Errorf("name with %U: %w", r, kp1.ErrForm)
		}
	}
	return nil
}

func checkAddrs(addrs []string) error {
	if len(addrs) > maxAddrs {
		return fmt.Errorf("%d addresses: %w", len(addrs), kp1.ErrTooBig)
	}
	for _, a := range addrs {
		if len(a) == 0 || len(a) > maxAddr {
			return fmt.Errorf("address of %d bytes: %w", len(a), kp1.ErrTooBig)
		}
		for _, c := range []byte(a) {
			if c <= ' ' || c > '~' {
				return fmt.Errorf("address with byte %#x: %w", c, kp1.ErrForm)
			}
		}
	}
	return nil
}

func checkPeer(p []byte) error {
	if len(p) == 0 || len(p) > maxPeer {
		return fmt.Errorf("PeerID of %d bytes: %w", len(p), kp1.ErrForm)
	}
	return nil
}

// seal boxes plain for the new computer, as the part of that name.
func seal(a Ask, part string, plain []byte) ([]byte, error) {
	return op.SealBox(a.Key, boxInfo(a, part), op.Pad(plain))
}

// unseal undoes seal. It returns op.ErrNoKey for a box to another computer, of another part, or changed on the way.
func unseal(a Ask, k op.BoxKey, part string, box []byte) ([]byte, error) {
	padded, err := op.OpenBox(k, boxInfo(a, part), box)
	if err != nil {
		return nil, err
	}
	return op.Unpad(padded)
}

func boxInfo(a Ask, part string) []byte {
	h := a.Hash()
	return kp1.Label(kp1.LabelLinkBox, kp1.LP(h[:], []byte(part)))
}

// boxExtra is what a box is longer than the padded plain: an encapsulated key and a tag.
const boxExtra = 1_120 + 16
