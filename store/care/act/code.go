package act

import (
	"fmt"

	"kith/store/kp1"
)

// MaxBase is how many earlier acts of the same object one act names as seen.
const MaxBase = 16

// MaxWords is the size limit of one act's payload in bytes: three notes and the rest, or one long post.
const MaxWords = 20 << 10

// Encode returns the op's type, body and payload for a. The payload is nil when a has no words. It returns a rule when
// a is not well formed or its words are gone.
func Encode(a Act) (typ string, body, payload []byte, err error) {
	if err := a.Valid(); err != nil {
		return "", nil, nil, err
	}
	if WordsOf(a) != Here {
		return "", nil, nil, RuleWordless
	}
	return encode(a)
}

func encode(a Act) (typ string, body, payload []byte, err error) {
	b, p := a.Parts()
	if body, err = kp1.Marshal(b); err != nil {
		return "", nil, nil, fmt.Errorf("%s body: %w", a.Type(), err)
	}
	if len(body) > kp1.MaxContentBody {
		return "", nil, nil, fmt.Errorf("%s body of %d bytes: %w", a.Type(), len(body), kp1.ErrTooBig)
	}
	if p == nil || WordsOf(a) != Here {
		return a.Type(), body, nil, nil
	}
	if payload, err = kp1.Marshal(p); err != nil {
		return "", nil, nil, fmt.Errorf("%s words: %w", a.Type(), err)
	}
	if len(payload) > MaxWords {
		return "", nil, nil, fmt.Errorf("%s words of %d bytes: %w", a.Type(), len(payload), kp1.ErrTooBig)
	}
	return a.Type(), body, payload, nil
}

// Fits checks the sizes of an op's body and payload before anything is decoded.
func Fits(body, payload []byte) error {
	if len(body) > kp1.MaxContentBody || len(payload) > MaxWords {
		return fmt.Errorf("act of %d and %d bytes: %w", len(body), len(payload), kp1.ErrTooBig)
	}
	return nil
}

// Read decodes body and, when it is here, payload. It returns the state of the words: worded says whether the body
// promises some, and is read after body is filled.
func Read(bytes, words []byte, body, payload any, worded func() bool) (Words, error) {
	if err := Fits(bytes, words); err != nil {
		return Here, err
	}
	if err := kp1.Unmarshal(bytes, body); err != nil {
		return Here, err
	}
	switch {
	case !worded() && words == nil:
		return Here, nil
	case !worded():
		return Here, fmt.Errorf("words that the body does not promise: %w", kp1.ErrForm)
	case words == nil:
		return Away, nil
	}
	return Here, kp1.Unmarshal(words, payload)
}

// Links returns ids as sorted links for a body.
func Links(ids []kp1.ID) []kp1.Link {
	if len(ids) == 0 {
		return nil
	}
	return kp1.Links(SortIDs(ids))
}

// IDs reads a list that Links wrote: sorted, none twice, at most max. Anything else is RuleForm or RuleTooMany.
func IDs(links []kp1.Link, max int) ([]kp1.ID, error) {
	if len(links) == 0 {
		return nil, nil
	}
	if len(links) > max {
		return nil, RuleTooMany
	}
	ids := kp1.IDs(links)
	for i := 1; i < len(ids); i++ {
		if ids[i-1].Compare(ids[i]) >= 0 {
			return nil, RuleForm
		}
	}
	return ids, nil
}

// Link returns id as an optional link of a body: nil for none.
func Link(id kp1.ID) *kp1.Link {
	if id.IsZero() {
		return nil
	}
	l := id.Link()
	return &l
}

// ID reads an optional link.
func ID(l *kp1.Link) kp1.ID {
	if l == nil {
		return kp1.ID{}
	}
	return kp1.ID(*l)
}
