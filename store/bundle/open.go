package bundle

import (
	"bufio"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"kith/store/kp1"
	"kith/store/op"
)

// Reader reads a bundle. It holds one parcel's slots and one block in memory.
type Reader struct {
	r     *bufio.Reader
	tried int
	now   *Opening
}

// NewReader begins to read a bundle: ErrNot, ErrNewer. Errors of r that are not its end pass unchanged, here and below.
func NewReader(r io.Reader) (*Reader, error) {
	in := &Reader{r: bufio.NewReaderSize(r, 16<<10)}
	head := make([]byte, len(magic))
	n, err := io.ReadFull(in.r, head)
	switch {
	case err == nil && string(head) == magic:
		return in, nil
	case err != nil && !ended(err):
		return nil, err
	case strings.HasPrefix(string(head[:n]), kin):
		if s := head[len(kin):n]; len(s) > 0 && s[0] >= '2' && s[0] <= '9' || len(s) > 1 && s[0] == '1' && s[1] >= '0' && s[1] <= '9' {
			return nil, ErrNewer
		}
		return nil, ErrDamaged
	}
	return nil, ErrNot
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// cut names an end that comes too early.
func cut(err error) error {
	if ended(err) {
		return fmt.Errorf("cut short: %w", ErrDamaged)
	}
	return err
}

// Opening is one parcel as it is read. It is to be opened by one of its methods; then what it holds can be read.
type Opening struct {
	ID     ID
	r      *Reader
	slots  [][]byte
	commit [32]byte

	open  cipher.AEAD
	n     uint64
	over  bool // the last block was read
	block []byte
	left  []byte // of the block that is read
}

// Next returns the next parcel; what of the one before was not read is left out. io.EOF says that there is none.
func (r *Reader) Next() (*Opening, error) {
	if r.now != nil {
		if err := r.now.skip(); err != nil {
			return nil, err
		}
	}
	head := make([]byte, idSize+1)
	n, err := io.ReadFull(r.r, head)
	switch {
	case err != nil && n == 0 && r.now != nil && errors.Is(err, io.EOF):
		return nil, io.EOF
	case err != nil:
		return nil, cut(err)
	}
	slots := int(head[idSize])
	if r.tried += slots; !mayHave(slots) || r.tried > maxTried {
		return nil, fmt.Errorf("%d slots: %w", slots, ErrDamaged)
	}
	o := &Opening{ID: ID(head[:idSize]), r: r}
	all := make([]byte, slots*slotSize+len(o.commit))
	if _, err := io.ReadFull(r.r, all); err != nil {
		return nil, cut(err)
	}
	for i := range slots {
		o.slots = append(o.slots, all[i*slotSize:(i+1)*slotSize])
	}
	o.commit = [32]byte(all[slots*slotSize:])
	r.now = o
	return o, nil
}

// ByDevice opens the parcel as a device of a group, if it is for that.
func (o *Opening) ByDevice(g kp1.GID, d kp1.DID, key op.BoxKey) bool {
	plain, _, err := op.OpenBoxes(kp1.LabelBundle, g, kp1.EID(o.ID), d, key, o.slots)
	return err == nil && len(plain) == keySize && o.by([32]byte(plain))
}

// ByInvite opens the parcel with the key of an invite, if it is for who has that.
func (o *Opening) ByInvite(key [32]byte) bool {
	for _, s := range o.slots {
		a := inviteSlot(key, o.ID, s)
		if plain, err := a.Open(nil, make([]byte, a.NonceSize()), s[slotSize-keySize-a.Overhead():], nil); err == nil {
			return o.by([32]byte(plain))
		}
	}
	return false
}

func (o *Opening) by(key [32]byte) bool {
	open, commit := keysOf(o.ID, key, o.slots)
	if subtle.ConstantTimeCompare(commit[:], o.commit[:]) != 1 {
		return false
	}
	o.open = open
	return true
}

// Read is that of io.Reader. It gives io.EOF only at the parcel's true end, and ErrDamaged at any other.
func (o *Opening) Read(b []byte) (int, error) {
	for len(o.left) == 0 {
		switch {
		case o.open == nil:
			return 0, fmt.Errorf("parcel is shut: %w", op.ErrNoKey)
		case o.over:
			return 0, io.EOF
		}
		if err := o.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, o.left)
	o.left = o.left[n:]
	return n, nil
}

// fetch reads one block as it lies there.
func (o *Opening) fetch() (mark byte, err error) {
	if o.block == nil {
		o.block = make([]byte, blockSize)
	}
	if mark, err = o.r.r.ReadByte(); err != nil {
		return 0, cut(err)
	}
	if mark != markMore && mark != markLast {
		return 0, fmt.Errorf("block %d: %w", o.n, ErrDamaged)
	}
	if _, err := io.ReadFull(o.r.r, o.block); err != nil {
		return 0, cut(err)
	}
	o.over = mark == markLast
	return mark, nil
}

func (o *Opening) next() error {
	mark, err := o.fetch()
	if err != nil {
		return err
	}
	plain, err := o.open.Open(o.block[:0], nonceOf(o.n, mark), o.block, nil)
	if err != nil {
		return fmt.Errorf("block %d: %w", o.n, ErrDamaged)
	}
	used := int(binary.BigEndian.Uint32(plain))
	if used > dataSize || used < dataSize && mark == markMore {
		return fmt.Errorf("block %d of %d bytes: %w", o.n, used, ErrDamaged)
	}
	for _, c := range plain[4+used:] {
		if c != 0 {
			return fmt.Errorf("block %d: %w", o.n, ErrDamaged)
		}
	}
	o.n++
	o.left = plain[4 : 4+used]
	return nil
}

// skip leaves out what was not read.
func (o *Opening) skip() error {
	for !o.over {
		if _, err := o.fetch(); err != nil {
			return err
		}
	}
	return nil
}
