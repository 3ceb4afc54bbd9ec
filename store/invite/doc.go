// Package invite holds how one person asks another into a group: the invite, its link and its spoken words, the drop
// that lies in the rendezvous mailbox, the request to join and the welcome that answers it (protocol 6.4 and 8). It
// never touches clock, disk or network, and it lets nobody in: that is an admin's own signed act.
//
// Time is handed in; so is chance, but for the boxes, where crypto/hpke draws its own. The formats are written down for
// other implementers in docs/spec/invite.md, with vectors beside it.
package invite

import (
	"fmt"
	"unicode"

	"kith/store/kp1"
)

// The refusals of this package. Each has a sentence of its own in app/present.
var (
	// ErrLinkDamaged: the text is no link, or not all of one: a letter changed, or the end was lost on the way.
	ErrLinkDamaged = &kp1.Error{ECode: "E_LINK_DAMAGED", Msg: "link is damaged"}
	// ErrTampered: what lies in the mailbox does not belong to the link. Somebody between may want to read the request,
	// so none is made.
	ErrTampered = &kp1.Error{ECode: "E_LINK_TAMPERED", Msg: "what lies in the mailbox does not fit the link"}
	// ErrExpired: the invite's time is over, by the clock of the admin who looks.
	ErrExpired = &kp1.Error{ECode: "E_INVITE_EXPIRED", Msg: "invite has expired"}
	// ErrEnded: an admin ended the invite.
	ErrEnded = &kp1.Error{ECode: "E_INVITE_ENDED", Msg: "invite was ended"}
	// ErrUsed: somebody was let in on this invite already.
	ErrUsed = &kp1.Error{ECode: "E_INVITE_USED", Msg: "invite was used"}
	// ErrClosed: the mailbox was closed with this person's request in it. Declined, ended, or run out: the joiner is not
	// told which (protocol.md 8.4).
	ErrClosed = &kp1.Error{ECode: "E_INVITE_CLOSED", Msg: "mailbox was closed with the request in it"}
	// ErrUnknown: no invite of this group has the id.
	ErrUnknown = &kp1.Error{ECode: "E_INVITE_UNKNOWN", Msg: "no such invite"}
	// ErrNewer: a newer version made the link, drop, request or welcome.
	ErrNewer = kp1.ErrNewer
	// ErrWelcome: a welcome does not lead where the invite did: another group, another inviter, or no place for me.
	ErrWelcome = &kp1.Error{ECode: "E_WELCOME_WRONG", Msg: "welcome does not fit the invite"}
)

// Limits of this room, beside those of kp1. All are in bytes, unless they count.
const (
	MaxName = 256   // the name a person gives, and the display hint of a group
	MaxText = 1_024 // what a person writes beside their name
	MaxNote = 256   // what an admin notes for themselves: whom the invite is for

	MaxHeads = 8 // auth heads in one drop

	maxAddrs     = 8 // addresses in one link
	maxAddr      = 256
	maxLinkBytes = 3 << 10 // of the CBOR inside a link
	maxLinkText  = 8 << 10 // as it was pasted
	maxRequest   = 6_140   // with its length it fills a bucket
	maxCore      = 2_048
	maxBack      = 2_560 // the op of somebody who comes back
	maxCarried   = 8     // envelopes inside one welcome
)

const version = 1

// checkWords refuses words of a stranger that are too long for their place or hold what no keyboard types: control
// characters, and the marks that turn the direction of writing. A line may not look like more than one: the six words of
// a request stand under its name.
func checkWords(what, s string, limit int) error {
	for _, r := range s {
		if r == '\n' || r == '\u2028' || r == '\u2029' {
			return fmt.Errorf("%s with a second line: %w", what, kp1.ErrForm)
		}
	}
	return checkLines(what, s, limit)
}

// checkLines is checkWords for what may have several lines.
func checkLines(what, s string, limit int) error {
	if len(s) > limit {
		return fmt.Errorf("%s of %d bytes: %w", what, len(s), kp1.ErrTooBig)
	}
	if s != kp1.Normal(s) {
		return fmt.Errorf("%s not in NFC: %w", what, kp1.ErrForm)
	}
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Bidi_Control, r) {
			return fmt.Errorf("%s with %U: %w", what, r, kp1.ErrForm)
		}
	}
	return nil
}
