package invite

import (
	"bytes"
	"encoding/base64"
	"testing"

	"kith/store/kp1"
)

// textOf makes a link's text of any body.
func textOf(body []byte) string {
	sum := kp1.L(kp1.LabelLink, body)
	return Scheme + base64.RawURLEncoding.EncodeToString(append(bytes.Clone(body), sum[:linkSum]...))
}

func FuzzParseLink(f *testing.F) {
	p := newParty(f, 1)
	text := must[string](f)(p.link.Encode())
	f.Add(text)
	f.Add("see " + text[:40] + "\n" + text[40:] + " bye")
	f.Add("")
	f.Add("#\u200b<>")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ParseLink(text)
		if err != nil {
			if c := code(err); c != "E_LINK_DAMAGED" && c != "E_NEWER" {
				t.Errorf("ParseLink(%q) = %v", text, err)
			}
			return
		}
		if again, err := l.Encode(); err != nil {
			t.Errorf("ParseLink(%q) is no link: %v", text, err)
		} else if back, err := ParseLink(again); err != nil || !sameLink(l, back) {
			t.Errorf("ParseLink(%q) = %v, %v", again, back, err)
		}
	})
}

// The body of a link behind a checksum that fits.
func FuzzLinkBody(f *testing.F) {
	p := newParty(f, 1)
	w := linkWire{version, p.link.Secret, p.link.Group, p.link.Box, p.link.Inviter, p.link.Addrs, p.link.Expires}
	f.Add(must[[]byte](f)(kp1.Marshal(w)))
	f.Add([]byte("\xa1avV\x02"))
	f.Fuzz(func(t *testing.T, body []byte) {
		l, err := ParseLink(textOf(body))
		if err != nil {
			return
		}
		if again, err := l.Encode(); err != nil || again != textOf(body) {
			t.Errorf("%x encodes as %s, %v", body, again, err)
		}
	})
}

func FuzzDecodeInvite(f *testing.F) {
	p := newParty(f, 1)
	f.Add(must[[]byte](f)(p.invite.Encode()))
	f.Add(must[[]byte](f)(EncodeEnd(p.invite.ID)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		if i, err := Decode(body); err == nil {
			if b, err := i.Encode(); err != nil || len(b) > len(body) {
				t.Errorf("Decode(%x) encodes as %x, %v", body, b, err)
			}
		}
		if id, err := DecodeEnd(body); err == nil {
			if b, err := EncodeEnd(id); err != nil || len(b) > len(body) {
				t.Errorf("DecodeEnd(%x) encodes as %x, %v", body, b, err)
			}
		}
	})
}

func FuzzDecodeDrop(f *testing.F) {
	p := newParty(f, 1)
	good := dropWire{1, p.group, p.link.Box, p.link.Inviter, addrs, p.link.Expires, p.offer.Key, "Oak House", nil}
	f.Add(must[[]byte](f)(kp1.Marshal(good)))
	good.Hint, good.Heads = "", headsOf(2)
	f.Add(must[[]byte](f)(kp1.Marshal(good)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := decodeDrop(Secret{}, b)
		if err != nil {
			return
		}
		l := o.Link
		again, err := kp1.Marshal(dropWire{version, l.Group, l.Box, l.Inviter, l.Addrs, l.Expires, o.Key, o.Hint, kp1.Links(o.Heads)})
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("decodeDrop(%x) encodes as %x, %v", b, again, err)
		}
	})
}

func FuzzDecodeRequest(f *testing.F) {
	p := newParty(f, 1)
	f.Add(must[[]byte](f)(p.request.Encode()))
	f.Add(must[[]byte](f)(p.comesBack(f, p.back(f, nil)).Encode()))
	f.Add([]byte{})
	f.Add([]byte("\xa1avV\x02"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := p.offer.DecodeRequest(b)
		if err != nil {
			return
		}
		if again, err := r.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("DecodeRequest(%x) encodes as %x, %v", b, again, err)
		}
	})
}
