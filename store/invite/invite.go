package invite

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"time"

	"github.com/fxamacker/cbor/v2"

	"kith/store/group"
	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
)

// Types of the content ops that admins write about invites, in compartment 2.
const (
	TypeInvite = "admin/invite"
	TypeEnd    = "admin/invite-end"
)

// How long an invite holds. A rendezvous mailbox is kept for 30 days, so nothing holds longer.
const (
	LinkLife   = 7 * 24 * time.Hour
	SpokenLife = 24 * time.Hour
	MaxLife    = 30 * 24 * time.Hour
)

// Invite is what the admins of a group know of an open invite: enough for any of them to answer (protocol 8.1). It
// carries no authority.
type Invite struct {
	ID      kp1.IID
	Secret  Secret
	BoxKey  op.BoxKey // opens requests
	Rank    uint8     // the most a newcomer may become: guest or member
	History uint8     // group.HistoryNone, HistorySince or HistoryAll
	Since   kp1.EID   // the first epoch, with HistorySince
	Expires uint64    // unix seconds
	Note    string    // whom it is for; for the admins alone
	Spoken  *keyring.Spoken
}

// String keeps the secrets out of logs.
func (i Invite) String() string { return "invite " + i.ID.Short() }

// GoString keeps the secrets out of logs.
func (i Invite) GoString() string { return i.String() }

// Terms are what an admin decides about a new invite. The zero value is a guest without history, for as long as is usual.
type Terms struct {
	Rank    uint8
	History uint8
	Since   kp1.EID       // with group.HistorySince
	For     time.Duration // 0: LinkLife, or SpokenLife where it is spoken; at most MaxLife
	Note    string
	Spoken  bool // make words to say beside the link; takes about 0.2 s
}

// New makes an invite from rnd, to hold from now on. It returns kp1.ErrForm or kp1.ErrTooBig for terms that are none.
func New(rnd io.Reader, now time.Time, t Terms) (Invite, error) {
	life := t.For
	switch {
	case life == 0 && t.Spoken:
		life = SpokenLife
	case life == 0:
		life = LinkLife
	case life < 0 || life > MaxLife:
		return Invite{}, fmt.Errorf("invite for %v: %w", life, kp1.ErrTooBig)
	}
	i := Invite{Rank: t.Rank, History: t.History, Since: t.Since, Note: kp1.Normal(t.Note)}
	i.Expires = uint64(max(now.Add(life).Unix(), 0))
	var ikm [32]byte
	defer clear(ikm[:])
	if _, err := io.ReadFull(rnd, ikm[:]); err != nil {
		return Invite{}, fmt.Errorf("invite: %w", err)
	}
	var err error
	if i.BoxKey, err = op.DeriveBoxKey(ikm[:]); err != nil {
		return Invite{}, fmt.Errorf("invite: %w", err)
	}
	if t.Spoken {
		s, err := keyring.NewSpoken(rnd)
		if err != nil {
			return Invite{}, fmt.Errorf("invite: %w", err)
		}
		i.Spoken, i.Secret = &s, s.Secret()
	} else if _, err := io.ReadFull(rnd, i.Secret[:]); err != nil {
		return Invite{}, fmt.Errorf("invite: %w", err)
	}
	i.ID = i.Secret.Keys().ID
	return i, i.check()
}

// inviteWire is the body of admin/invite.
type inviteWire struct {
	ID      kp1.IID   `cbor:"i"`
	Secret  [16]byte  `cbor:"s"`
	BoxKey  [32]byte  `cbor:"hk"`
	Rank    uint8     `cbor:"ro"`
	History uint8     `cbor:"hi"`
	Since   *kp1.EID  `cbor:"se,omitempty"`
	Expires uint64    `cbor:"x"`
	Note    string    `cbor:"no"`
	Spoken  *[10]byte `cbor:"sp,omitempty"`
}

// Encode returns the body of admin/invite.
func (i Invite) Encode() ([]byte, error) {
	if err := i.check(); err != nil {
		return nil, err
	}
	w := inviteWire{
		ID: i.ID, Secret: i.Secret, BoxKey: [32]byte(i.BoxKey.Bytes()), Rank: i.Rank, History: i.History,
		Expires: i.Expires, Note: i.Note, Spoken: (*[10]byte)(i.Spoken),
	}
	if i.History == group.HistorySince {
		w.Since = &i.Since
	}
	b, err := kp1.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", TypeInvite, err)
	}
	return b, nil
}

// Decode reads the body of admin/invite. Keys it does not know are ignored, as in every content op. A spoken code is
// not stretched again here: that it gives the secret is its author's word.
func Decode(body []byte) (Invite, error) {
	var w inviteWire
	if len(body) > kp1.MaxContentBody {
		return Invite{}, fmt.Errorf("%s of %d bytes: %w", TypeInvite, len(body), kp1.ErrTooBig)
	}
	if err := open(body, &w, "i", "s", "hk", "ro", "hi", "x", "no"); err != nil {
		return Invite{}, fmt.Errorf("%s: %w", TypeInvite, err)
	}
	key, err := op.ParseBoxKey(w.BoxKey[:])
	if err != nil {
		return Invite{}, fmt.Errorf("%s: %w", TypeInvite, err)
	}
	i := Invite{
		ID: w.ID, Secret: w.Secret, BoxKey: key, Rank: w.Rank, History: w.History, Expires: w.Expires,
		Note: w.Note, Spoken: (*keyring.Spoken)(w.Spoken),
	}
	if (w.Since != nil) != (w.History == group.HistorySince) {
		return Invite{}, fmt.Errorf("%s: first epoch and history disagree: %w", TypeInvite, kp1.ErrForm)
	}
	if w.Since != nil {
		i.Since = *w.Since
	}
	return i, i.check()
}

func (i Invite) check() error {
	switch {
	case i.Rank > kp1.RankMember:
		return fmt.Errorf("invite for rank %d: %w", i.Rank, kp1.ErrForm)
	case i.History > group.HistoryAll:
		return fmt.Errorf("invite with history %d: %w", i.History, kp1.ErrForm)
	case i.ID != i.Secret.Keys().ID:
		return fmt.Errorf("invite %s: id of another secret: %w", i.ID.Short(), kp1.ErrForm)
	case len(i.BoxKey.Bytes()) != 32:
		return fmt.Errorf("invite %s: no box key: %w", i.ID.Short(), kp1.ErrForm)
	}
	return checkWords("note", i.Note, MaxNote)
}

// open decodes a body that may hold keys we do not know, and insists on those that must be there.
func open(b []byte, v any, required ...string) error {
	if err := kp1.Unmarshal(b, v); err != nil {
		return err
	}
	var keys map[string]cbor.RawMessage
	if err := kp1.Unmarshal(b, &keys); err != nil {
		return err
	}
	for _, k := range required {
		if _, ok := keys[k]; !ok {
			return fmt.Errorf("field %q is not there: %w", k, kp1.ErrForm)
		}
	}
	return nil
}

// EncodeEnd returns the body of admin/invite-end.
func EncodeEnd(id kp1.IID) ([]byte, error) {
	return kp1.Marshal(struct {
		ID kp1.IID `cbor:"i"`
	}{id})
}

// DecodeEnd reads the body of admin/invite-end.
func DecodeEnd(body []byte) (kp1.IID, error) {
	var w struct {
		ID kp1.IID `cbor:"i"`
	}
	if len(body) > kp1.MaxContentBody {
		return kp1.IID{}, fmt.Errorf("%s of %d bytes: %w", TypeEnd, len(body), kp1.ErrTooBig)
	}
	if err := open(body, &w, "i"); err != nil {
		return kp1.IID{}, fmt.Errorf("%s: %w", TypeEnd, err)
	}
	return w.ID, nil
}

// Words returns the words to say, where the invite was made with them.
func (i Invite) Words() (words [8]string, ok bool) {
	if i.Spoken == nil {
		return words, false
	}
	return i.Spoken.Words(), true
}

// Link returns the invite as it is handed over: root is the key of the admin who invites, addrs say where the
// rendezvous mailbox is.
func (i Invite) Link(g kp1.GID, root ed25519.PublicKey, addrs []string) Link {
	return Link{Secret: i.Secret, Group: g, Box: Pin(i.BoxKey.Public()), Inviter: Pin(root), Addrs: addrs, Expires: i.Expires}
}

// Check says whether an admin's computer that shows now may let somebody in on the invite. Ended and used are what this
// admin knows: an admin/invite-end, and an Admit whose core names the invite (see AdmittedOn). It returns ErrUsed,
// ErrEnded or ErrExpired. A request filed before may still be approved after a call (protocol 8.5), knowingly.
func (i Invite) Check(now time.Time, ended, used bool) error {
	switch {
	case used:
		return fmt.Errorf("invite %s: %w", i.ID.Short(), ErrUsed)
	case ended:
		return fmt.Errorf("invite %s: %w", i.ID.Short(), ErrEnded)
	case past(i.Expires, now):
		return fmt.Errorf("invite %s: %w", i.ID.Short(), ErrExpired)
	}
	return nil
}

// AdmittedOn returns the invite on which somebody was let in.
func AdmittedOn(a group.Admit) (kp1.IID, error) {
	var core struct {
		Invite kp1.IID `cbor:"i"`
	}
	if err := open(a.Core, &core, "i"); err != nil {
		return kp1.IID{}, fmt.Errorf("%s: %w", group.TypeAdmit, err)
	}
	return core.Invite, nil
}
