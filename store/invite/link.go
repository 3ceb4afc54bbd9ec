package invite

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"kith/store/kp1"
)

// Scheme begins the text of every link we write. All that matters stands behind the '#', so that a web server that
// shows a page for it never receives it.
const Scheme = "kith:join#"

const linkSum = 4 // bytes of checksum

// Link is an invite as it is handed over in writing.
type Link struct {
	Secret  Secret
	Group   kp1.GID
	Box     [16]byte // Pin of the key that requests are sealed to
	Inviter [16]byte // Pin of the inviter's root key
	Addrs   []string // where the rendezvous mailbox is: addresses with PeerID; at most 8
	Expires uint64   // unix seconds, judged by the admin who approves
}

// linkWire is the map inside a link.
type linkWire struct {
	V       uint64   `cbor:"v"`
	Secret  [16]byte `cbor:"s"`
	Group   kp1.GID  `cbor:"g"`
	Box     [16]byte `cbor:"ip"`
	Inviter [16]byte `cbor:"iw"`
	Addrs   []string `cbor:"r"`
	Expires uint64   `cbor:"x"`
}

// Encode returns the text of the link, about 250 characters. It returns an error when the addresses are too many, too
// long or not plain ASCII.
func (l Link) Encode() (string, error) {
	if err := checkAddrs(l.Addrs); err != nil {
		return "", fmt.Errorf("link: %w", err)
	}
	b, err := kp1.Marshal(linkWire{version, l.Secret, l.Group, l.Box, l.Inviter, l.Addrs, l.Expires})
	if err != nil {
		return "", fmt.Errorf("link: %w", err)
	}
	sum := kp1.L(kp1.LabelLink, b)
	return Scheme + base64.RawURLEncoding.EncodeToString(append(b, sum[:linkSum]...)), nil
}

// String keeps the link out of logs: it holds the secret. Encode has the text.
func (l Link) String() string { return "invite link" }

// GoString keeps the link out of logs.
func (l Link) GoString() string { return "invite link" }

// ExpiredAt reports whether a clock that shows now is past the invite's time. It is a hint for the joiner; only the
// approver's clock counts.
func (l Link) ExpiredAt(now time.Time) bool { return past(l.Expires, now) }

func past(expires uint64, now time.Time) bool {
	return now.Unix() >= 0 && uint64(now.Unix()) >= expires
}

// ParseLink reads a link however it was pasted: with or without scheme, on some web page's address, broken over
// lines, in quotes or angle brackets, with words after it. It returns ErrLinkDamaged when no whole link is in it, and
// ErrNewer when a newer version made it.
func ParseLink(text string) (Link, error) {
	if len(text) > maxLinkText {
		return Link{}, fmt.Errorf("%d bytes: %w", len(text), ErrLinkDamaged)
	}
	if i := strings.LastIndexByte(text, '#'); i >= 0 {
		text = text[i+1:]
	}
	pieces := strings.Fields(strings.Map(visible, text))
	// A mail program may break a link into pieces, and a friend may have written on after it: the longest run of
	// pieces that is whole is the link.
	l, err := parseLink(strings.Join(pieces, ""))
	for n := min(len(pieces)-1, maxPieces); n > 0 && errors.Is(err, ErrLinkDamaged); n-- {
		l, err = parseLink(strings.Join(pieces[:n], ""))
	}
	return l, err
}

// maxPieces is in how many pieces a link may be broken, when other words follow it.
const maxPieces = 64

// visible drops the marks that some programs put into long words so that they can break.
func visible(r rune) rune {
	switch r {
	case '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return -1
	}
	return r
}

// around are the marks that people and programs put around a link.
const around = `<>()[]{}"'“”‘’«».,;:!?=`

func parseLink(text string) (Link, error) {
	text = strings.Trim(text, around)
	if base64.RawURLEncoding.DecodedLen(len(text)) > maxLinkBytes+linkSum {
		return Link{}, fmt.Errorf("%d letters: %w", len(text), ErrLinkDamaged)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) <= linkSum {
		return Link{}, fmt.Errorf("letters: %w", ErrLinkDamaged)
	}
	body, sum := b[:len(b)-linkSum], b[len(b)-linkSum:]
	if want := kp1.L(kp1.LabelLink, body); !bytes.Equal(sum, want[:linkSum]) {
		return Link{}, fmt.Errorf("checksum: %w", ErrLinkDamaged)
	}
	var w linkWire
	err = kp1.UnmarshalVersion(body, maxLinkBytes, version, &w)
	if err == nil {
		err = checkAddrs(w.Addrs)
	}
	switch {
	case errors.Is(err, ErrNewer):
		return Link{}, err
	case err != nil:
		return Link{}, fmt.Errorf("%w: %w", ErrLinkDamaged, err)
	}
	return Link{w.Secret, w.Group, w.Box, w.Inviter, w.Addrs, w.Expires}, nil
}

// checkAddrs refuses what is no list of addresses: they are shown and dialled.
func checkAddrs(addrs []string) error {
	if len(addrs) > maxAddrs {
		return fmt.Errorf("%d addresses: %w", len(addrs), kp1.ErrTooBig)
	}
	for _, a := range addrs {
		if len(a) > maxAddr {
			return fmt.Errorf("address of %d bytes: %w", len(a), kp1.ErrTooBig)
		}
		if a == "" {
			return fmt.Errorf("empty address: %w", kp1.ErrForm)
		}
		for i := range len(a) {
			if a[i] <= ' ' || a[i] > '~' {
				return fmt.Errorf("address with byte %#x: %w", a[i], kp1.ErrForm)
			}
		}
	}
	return nil
}
