package store

import (
	"cmp"
	"crypto/ed25519"
	"fmt"
	"io"

	"kith/store/keyring"
	"kith/store/kp1"
)

// person is what this computer's owner is in every group at once; it lies sealed in the store.
type person struct {
	Name     string `cbor:"nm"`
	Recovery []byte `cbor:"rs"` // 16 bytes; the words on paper say the same
	Seed     []byte `cbor:"tk"` // of the transport key, 32 bytes
}

func newPerson(rnd io.Reader, name string, rs keyring.Recovery) (person, error) {
	tk, err := keyring.NewTransport(rnd)
	if err != nil {
		return person{}, err
	}
	if rs == (keyring.Recovery{}) {
		if rs, err = keyring.NewRecovery(rnd); err != nil {
			return person{}, err
		}
	}
	return person{Name: name, Recovery: rs[:], Seed: tk.Seed()}, nil
}

// check says whether a record read from the disk can be used.
func (p person) check() error {
	if len(p.Recovery) != len(keyring.Recovery{}) || len(p.Seed) != ed25519.SeedSize {
		return fmt.Errorf("person: %w", ErrDamaged)
	}
	return nil
}

func (p person) recovery() keyring.Recovery { return keyring.Recovery(p.Recovery) }

func (p person) transport() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(p.Seed) }

// Transport returns the key behind this computer's PeerID.
func (l *Ledger) Transport() ed25519.PrivateKey { return l.who.transport() }

// Name returns this person's own name, as typed at the start.
func (l *Ledger) Name() string { return l.who.Name }

// Recovery returns the secret behind the twelve words, to be shown to its owner and written on paper.
func (l *Ledger) Recovery() keyring.Recovery {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.who.recovery()
}

// reloadPerson reads the twelve words anew: linking may have begun to replace them.
func (l *Ledger) reloadPerson(t tx) error {
	meta, err := t.top(shelfMeta, false)
	if err != nil {
		return err
	}
	var who person
	if ok, err := meta.getCBOR([]byte("person"), &who); err != nil || !ok {
		return cmp.Or(err, fmt.Errorf("no person: %w", ErrDamaged))
	}
	l.who.Recovery = who.Recovery
	return who.check()
}

// wordsOf makes the words by which two people check a root key. Only the tests of this package put another in its place.
var wordsOf = keyring.VerificationWords

// Words returns the six words of member m of group g, to be compared by voice (protocol.md 3.6). It takes about
// 0.1 s when it is asked for the first time.
func (l *Ledger) Words(g kp1.GID, m kp1.MID) ([6]string, error) {
	l.mu.Lock()
	h := l.groups[g]
	l.mu.Unlock()
	if h == nil {
		return [6]string{}, ErrNoGroup
	}
	member, ok := l.View().Group(g).State.Member(m)
	if !ok {
		return [6]string{}, ErrNoMember
	}
	return wordsOf(g, member.Root), nil
}

// Local returns a setting of this computer, or nil. Settings are sealed like everything else.
func (l *Ledger) Local(key string) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var v []byte
	err := l.view(func(t tx) error {
		s, err := t.top(shelfLocal, false)
		if err != nil {
			return err
		}
		v, err = s.get(l.rest.Name("local", []byte(key)))
		return err
	})
	return v, err
}

// SetLocal keeps a setting of this computer; nil forgets it.
func (l *Ledger) SetLocal(key string, value []byte) error {
	return l.change(func(t tx) error {
		s, err := t.top(shelfLocal, true)
		if err != nil {
			return err
		}
		name := l.rest.Name("local", []byte(key))
		if value == nil {
			return s.delete(name)
		}
		return s.put(name, value)
	})
}
