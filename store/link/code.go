package link

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"kith/store/keyring"
	"kith/store/kp1"
)

// Scheme begins the text of every code we write.
const Scheme = "kith:device#"

const textSum = 4 // bytes of checksum

// Code is what the eight words say: the first 80 bits of the hash of the new computer's keys. It is no secret that opens
// anything: it says which computer is meant, before a word has gone between the two.
type Code [10]byte

// Words returns the eight words: the code, then one byte that catches a misheard word.
func (c Code) Words() [8]string { return keyring.Spoken(c).Words() }

// Key is the key with which a computer that was told the code proves it, without telling it to anybody.
func (c Code) Key() [32]byte { return kp1.L(kp1.LabelKnockKey, c[:]) }

// ID names a link on both computers. The code does not follow from it.
func (c Code) ID() (id ID) {
	sum := kp1.L(kp1.LabelLinkID, c[:])
	copy(id[:], sum[:])
	return id
}

// String keeps the code out of logs.
func (c Code) String() string { return "linking code" }

// GoString keeps the code out of logs.
func (c Code) GoString() string { return "linking code" }

// ID names a link.
type ID [8]byte

// String is lower-case hex.
func (i ID) String() string { return fmt.Sprintf("%x", i[:]) }

// Kind says what a computer shows its code for.
type Kind uint8

// The kinds.
const (
	Second Kind = 0 // it is to be a second computer of the person who takes the code
	Back   Kind = 1 // it came back from a backup, and whoever is in a group with its person may carry its wish
)

// Text is a code in writing: with it comes where the computer is.
type Text struct {
	Kind    Kind
	Hash    [32]byte // of the Ask; its beginning is the Code
	Addrs   []string // each ends in /p2p/ID; none where nothing is known of it
	Expires uint64   // unix seconds, by the clock of who made it
}

type textWire struct {
	V       uint64   `cbor:"v"`
	Kind    uint8    `cbor:"k"`
	Hash    [32]byte `cbor:"h"`
	Addrs   []string `cbor:"r"`
	Expires uint64   `cbor:"x"`
}

// Code is the beginning of the hash.
func (t Text) Code() (c Code) {
	copy(c[:], t.Hash[:])
	return c
}

// ExpiredAt reports whether a clock that shows now is past the code's time.
func (t Text) ExpiredAt(now time.Time) bool {
	return now.Unix() >= 0 && uint64(now.Unix()) >= t.Expires
}

// Encode returns the text: about 200 characters.
func (t Text) Encode() (string, error) {
	if err := t.check(); err != nil {
		return "", fmt.Errorf("linking code: %w", err)
	}
	b, err := kp1.Marshal(textWire{version, uint8(t.Kind), t.Hash, t.Addrs, t.Expires})
	if err != nil {
		return "", fmt.Errorf("linking code: %w", err)
	}
	sum := kp1.L(kp1.LabelLinkText, b)
	return Scheme + base64.RawURLEncoding.EncodeToString(append(b, sum[:textSum]...)), nil
}

func (t Text) check() error {
	if t.Kind > Back {
		return fmt.Errorf("kind %d: %w", t.Kind, kp1.ErrForm)
	}
	return checkAddrs(t.Addrs)
}

// String keeps the code out of logs.
func (t Text) String() string { return "linking code" }

// GoString keeps the code out of logs.
func (t Text) GoString() string { return "linking code" }

// ParseText reads a code in writing however it was pasted: broken over lines, in quotes, with invisible marks. It returns
// ErrCode, or ErrNewer when a newer version made it.
func ParseText(text string) (Text, error) {
	if len(text) > maxText {
		return Text{}, fmt.Errorf("%d bytes: %w", len(text), ErrCode)
	}
	if i := strings.LastIndexByte(text, '#'); i >= 0 {
		text = text[i+1:]
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		case strings.ContainsRune(" \t\r\n\u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff\"'<>()[].,;", r):
			return -1
		}
		return '!' // no letter of a code: what stands here is something else
	}, text)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) <= textSum || len(raw) > maxTextBody+textSum {
		return Text{}, ErrCode
	}
	body := raw[:len(raw)-textSum]
	if sum := kp1.L(kp1.LabelLinkText, body); string(sum[:textSum]) != string(raw[len(body):]) {
		return Text{}, ErrCode
	}
	return decodeText(body)
}

func decodeText(body []byte) (Text, error) {
	var w textWire
	if err := kp1.UnmarshalVersion(body, maxTextBody, version, &w); err != nil {
		if errors.Is(err, ErrNewer) {
			return Text{}, err
		}
		return Text{}, fmt.Errorf("%w: %w", ErrCode, err)
	}
	t := Text{Kind(w.Kind), w.Hash, w.Addrs, w.Expires}
	if err := t.check(); err != nil {
		return Text{}, fmt.Errorf("%w: %w", ErrCode, err)
	}
	return t, nil
}

// ParseWords reads the eight words. Its errors are those of keyring.ParseSpoken.
func ParseWords(text string) (Code, error) {
	s, err := keyring.ParseSpoken(text)
	return Code(s), err
}
