package network

import (
	"crypto/rand"
	"crypto/subtle"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"

	"kith/network/wire"
)

// tagEpochs is for how many of a group's newest epochs an initiator sends a tag.
const tagEpochs = 4

// meeting is who says hello to whom, with what randomness. Only the two who prove these PeerIDs can use its tags.
type meeting struct {
	initiator, responder peer.ID
	nI, nR               [32]byte
}

// common is one group two devices found they share: the key both hold, and the initiator's tag, whose order numbers
// the lanes.
type common struct {
	group GroupID
	key   [32]byte
	tag   wire.Tag
}

func (m meeting) tag(label string, key [32]byte) wire.Tag {
	h := mac(key, []byte(label), []byte(m.initiator), []byte(m.responder), m.nI[:], m.nR[:])
	return wire.Tag(h[:16])
}

// ask makes the initiator's tags: the newest epochs of each group, as many as fit, padded with noise and sorted.
func (m meeting) ask(groups []Group) (tags []wire.Tag, sent []common) {
	for epoch := range tagEpochs {
		for _, g := range groups {
			if epoch < len(g.Hello) && len(sent) < wire.MaxTags {
				key := g.Hello[epoch]
				sent = append(sent, common{group: g.ID, key: key, tag: m.tag(labelHelloI, key)})
			}
		}
	}
	for _, c := range sent {
		tags = append(tags, c.tag)
	}
	return padded(tags, 8), sent
}

// find compares an initiator's tags with every epoch kept of the groups. One group is found once, by its newest epoch.
func (m meeting) find(tags []wire.Tag, groups []Group) []common {
	var found []common
	for _, g := range groups {
		for _, key := range g.Hello {
			if t := m.tag(labelHelloI, key); contains(tags, t) {
				found = append(found, common{group: g.ID, key: key, tag: t})
				break
			}
		}
	}
	return lanesOf(found)
}

// answer makes the responder's tags for what it found; without anything found they are noise.
func (m meeting) answer(found []common, n int) []wire.Tag {
	var tags []wire.Tag
	for _, c := range found {
		tags = append(tags, m.tag(labelHelloR, c.key))
	}
	return padded(tags, n)
}

// confirm picks from what the initiator sent what the responder answered.
func (m meeting) confirm(sent []common, answer []wire.Tag) []common {
	var found []common
	for _, c := range sent {
		if contains(answer, m.tag(labelHelloR, c.key)) &&
			!slices.ContainsFunc(found, func(f common) bool { return f.group == c.group }) {
			found = append(found, c)
		}
	}
	return lanesOf(found)
}

// lanesOf puts what was found into the order in which both sides number it.
func lanesOf(found []common) []common {
	slices.SortFunc(found, func(a, b common) int { return slices.Compare(a.tag[:], b.tag[:]) })
	return found
}

// contains compares with every tag in constant time.
func contains(tags []wire.Tag, t wire.Tag) bool {
	hit := 0
	for _, o := range tags {
		hit |= subtle.ConstantTimeCompare(o[:], t[:])
	}
	return hit == 1
}

// padded fills tags with noise to least, or the next of 8, 16 and 32, and sorts them.
func padded(tags []wire.Tag, least int) []wire.Tag {
	n := least
	for n < len(tags) {
		n *= 2
	}
	out := slices.Clone(tags)
	for len(out) < n {
		var t wire.Tag
		rand.Read(t[:]) // never fails
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b wire.Tag) int { return slices.Compare(a[:], b[:]) })
	return out
}

func randomNonce() (n [32]byte) {
	rand.Read(n[:]) // never fails
	return n
}
