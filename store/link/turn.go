package link

import (
	"fmt"

	"kith/store/kp1"
)

// Step is what the old computer says in one turn; the new one answers each. Every talk goes through all steps from the
// first, so it may break off anywhere and begin again.
type Step uint8

// The steps, and what each is answered with. Numbers of the wire: never reused.
const (
	StepAsk    Step = 1 // nothing              -> an Ask
	StepOffer  Step = 2 // a sealed Offer       -> what was held back, 16 bytes
	StepState  Step = 3 // a Said               -> a Said, and Devices with SaidSame
	StepAnswer Step = 4 // a sealed Answer      -> nothing: it is on the disk
)

// Said is what a person has said of the four words.
type Said uint8

// What a person may have said.
const (
	SaidNothing   Said = 0
	SaidSame      Said = 1
	SaidDifferent Said = 2
)

// Turn is one step with what goes with it.
type Turn struct {
	Step Step
	Body []byte
}

// Encode returns the bytes that are sent.
func (t Turn) Encode() []byte { return append([]byte{byte(t.Step)}, t.Body...) }

// DecodeTurn reads what Encode returned. The body is not copied, and its own form is for who uses it.
func DecodeTurn(b []byte) (Turn, error) {
	if len(b) == 0 {
		return Turn{}, fmt.Errorf("turn: %w", kp1.ErrForm)
	}
	t := Turn{Step(b[0]), b[1:]}
	switch {
	case t.Step == StepAsk && len(t.Body) == 0, t.Step == StepOffer && len(t.Body) > 0, t.Step == StepAnswer && len(t.Body) > 0:
		return t, nil
	case t.Step == StepState && len(t.Body) == 1 && Said(t.Body[0]) <= SaidDifferent:
		return t, nil
	}
	return Turn{}, fmt.Errorf("turn %d of %d bytes: %w", b[0], len(t.Body), kp1.ErrForm)
}

// State is the new computer's answer to StepState.
type State struct {
	Said    Said
	Devices *Devices // with SaidSame
}

// Encode returns the bytes that are sent.
func (s State) Encode() ([]byte, error) {
	out := []byte{byte(s.Said)}
	if s.Said != SaidSame || s.Devices == nil {
		if s.Said == SaidSame || s.Said > SaidDifferent {
			return nil, fmt.Errorf("state %d: %w", s.Said, kp1.ErrForm)
		}
		return out, nil
	}
	b, err := s.Devices.Encode()
	return append(out, b...), err
}

// DecodeState reads what Encode returned.
func DecodeState(b []byte) (State, error) {
	if len(b) == 0 || Said(b[0]) > SaidDifferent || (Said(b[0]) == SaidSame) == (len(b) == 1) {
		return State{}, fmt.Errorf("state of %d bytes: %w", len(b), kp1.ErrForm)
	}
	s := State{Said: Said(b[0])}
	if s.Said == SaidSame {
		d, err := DecodeDevices(b[1:])
		if err != nil {
			return State{}, err
		}
		s.Devices = &d
	}
	return s, nil
}

// DecodeLate reads the answer to StepOffer.
func DecodeLate(b []byte) (late [16]byte, err error) {
	if len(b) != len(late) {
		return late, fmt.Errorf("%d bytes: %w", len(b), kp1.ErrForm)
	}
	copy(late[:], b)
	return late, nil
}
