package store

import (
	"slices"

	"kith/store/care"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

var (
	// ErrAudience: nobody is named, or somebody who is not in the group or may not read what the act speaks of.
	ErrAudience = &kp1.Error{ECode: "E_AUDIENCE", Msg: "named somebody who may not read this"}
	// ErrAudienceSize: more people are named than one act may be for, or they have too many computers.
	ErrAudienceSize = &kp1.Error{ECode: "E_AUDIENCE_SIZE", Msg: "for too many people"}
	// ErrAudienceAct: the act has no words, or everybody must know it.
	ErrAudienceAct = &kp1.Error{ECode: "E_AUDIENCE_ACT", Msg: "not an act that can be for named people"}
)

// spoken is what a payload of our own says, until it is on the disk.
type spoken struct {
	words []byte
	epoch kp1.EID
	key   secret
}

// people checks for whom a draft is, and returns them with this person among them; nil when it is for everyone who reads
// the compartment.
func (b *batch) people(d Draft, comp uint8) ([]kp1.MID, error) {
	if d.For == nil {
		return nil, nil
	}
	if !care.MayName(d.Act) {
		return nil, ErrAudienceAct
	}
	if len(d.For) == 0 { // a list that came out empty must not mean everyone
		return nil, ErrAudience
	}
	st := b.h.state()
	people := append(slices.Clone(d.For), b.h.self.Member)
	slices.SortFunc(people, kp1.MID.Compare)
	people = slices.Compact(people)
	for _, p := range people {
		if !b.mayName(p, comp) {
			return nil, ErrAudience
		}
	}
	if len(people) > kp1.MaxAudience || len(devicesOf(st, people, comp)) > kp1.MaxAudienceBoxes {
		return nil, ErrAudienceSize
	}
	return people, nil
}

// mayName says whether somebody is in the group and reads a compartment.
func (b *batch) mayName(p kp1.MID, comp uint8) bool {
	m, ok := b.h.state().Member(p)
	return ok && slices.Contains(group.Compartments(m.Rank), comp)
}

// box seals a payload's key for every device of the people named, our own too (protocol.md 5.10).
func (b *batch) box(e kp1.EID, comp uint8, people []kp1.MID, pk [32]byte) ([][]byte, error) {
	var to []op.BoxTo
	for _, d := range devicesOf(b.h.state(), people, comp) {
		to = append(to, op.BoxTo{Device: d.ID, Public: d.HPKE, Plain: op.EncodeAudience(pk)})
	}
	return b.h.l.opt.Shared.sealBoxes(kp1.LabelAudience, b.h.id, e, to)
}
