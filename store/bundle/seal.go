package bundle

import (
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"kith/store/kp1"
	"kith/store/op"
)

// Writer writes a bundle: parcels one after the other.
type Writer struct {
	w    io.Writer
	rand io.Reader
	used int  // slots
	open bool // a parcel is being written
}

// NewWriter begins a bundle. rand draws the keys of its parcels.
func NewWriter(w io.Writer, rand io.Reader) (*Writer, error) {
	_, err := io.WriteString(w, magic)
	return &Writer{w: w, rand: rand}, err
}

// A Device is one for which a parcel opens.
type Device struct {
	ID  kp1.DID
	Key []byte // public
}

// ForDevices begins a parcel that these devices of a group open, and nobody else. More than 200 are kp1.ErrTooBig.
func (w *Writer) ForDevices(g kp1.GID, to []Device) (*Parcel, error) {
	if len(to) > maxSlots {
		return nil, fmt.Errorf("%d devices: %w", len(to), kp1.ErrTooBig)
	}
	id, key, err := w.draw()
	if err != nil {
		return nil, err
	}
	boxes := make([]op.BoxTo, 0, slotsFor(len(to)))
	for _, d := range to {
		boxes = append(boxes, op.BoxTo{Device: d.ID, Public: d.Key, Plain: key[:]})
	}
	slots, err := slotsWith(g, id, boxes)
	if err != nil {
		return nil, err
	}
	return w.begin(id, key, slots)
}

// ForInvite begins a parcel that whoever has an invite opens; key is the invite's. It looks like any other.
func (w *Writer) ForInvite(key [32]byte) (*Parcel, error) {
	id, inner, err := w.draw()
	if err != nil {
		return nil, err
	}
	slots, err := slotsWith(kp1.GID{}, id, nil)
	if err != nil {
		return nil, err
	}
	s := slots[0] // they lie in an order that is chance
	seal := inviteSlot(key, id, s)
	slots[0] = seal.Seal(s[:slotSize-keySize-seal.Overhead()], make([]byte, seal.NonceSize()), inner[:], nil)
	return w.begin(id, inner, slots)
}

func (w *Writer) draw() (id ID, key [32]byte, err error) {
	if w.open {
		return id, key, fmt.Errorf("parcel inside a parcel: %w", kp1.ErrForm)
	}
	if _, err = io.ReadFull(w.rand, id[:]); err == nil {
		_, err = io.ReadFull(w.rand, key[:])
	}
	return id, key, err
}

// slotsWith makes the slots of a parcel: those boxes, and as many to nobody as are needed.
func slotsWith(g kp1.GID, id ID, to []op.BoxTo) ([][]byte, error) {
	for n := slotsFor(len(to)); len(to) < n; {
		nobody, err := op.NewBoxKey()
		if err != nil {
			return nil, err
		}
		to = append(to, op.BoxTo{Public: nobody.Public(), Plain: make([]byte, keySize)})
	}
	return op.SealBoxes(kp1.LabelBundle, g, kp1.EID(id), to)
}

// inviteSlot is what seals the key of a parcel in the place of a box. What a box begins with makes it one use alone.
func inviteSlot(key [32]byte, id ID, slot []byte) cipher.AEAD {
	enc := slot[:slotSize-keySize-chacha20poly1305.Overhead]
	return aead(kp1.X(key[:], kp1.Label(kp1.LabelBundle, kp1.LP(id[:], enc)), 32))
}

func aead(key []byte) cipher.AEAD {
	a, err := chacha20poly1305.New(key)
	if err != nil {
		panic(err) // only another length is an error
	}
	return a
}

// keysOf are what seals the blocks of a parcel, and what shows that a key is the parcel's before anything is opened.
func keysOf(id ID, key [32]byte, slots [][]byte) (cipher.AEAD, [32]byte) {
	h := sha256.New()
	for _, s := range slots {
		h.Write(s)
	}
	okm := kp1.X(key[:], kp1.Label(kp1.LabelBundle, kp1.LP(id[:], h.Sum(nil))), 64)
	return aead(okm[:32]), [32]byte(okm[32:])
}

// nonceOf is that of a block: its number, and whether it is the last.
func nonceOf(n uint64, mark byte) []byte {
	b := make([]byte, chacha20poly1305.NonceSize)
	binary.BigEndian.PutUint64(b[3:], n)
	b[11] = mark
	return b
}

// What stands before a block.
const (
	markMore byte = 1
	markLast byte = 2
)

// Parcel is one part of a bundle as it is written. What is written to it is sealed; Close ends it.
type Parcel struct {
	ID   ID
	w    *Writer
	seal cipher.AEAD
	n    uint64
	buf  []byte // a length and data
	err  error
}

func (w *Writer) begin(id ID, key [32]byte, slots [][]byte) (*Parcel, error) {
	if w.used += len(slots); w.used > maxTried {
		return nil, fmt.Errorf("%d slots: %w", w.used, kp1.ErrTooBig)
	}
	seal, commit := keysOf(id, key, slots)
	head := append(id[:], byte(len(slots)))
	for _, s := range slots {
		head = append(head, s...)
	}
	if _, err := w.w.Write(append(head, commit[:]...)); err != nil {
		return nil, err
	}
	w.open = true
	return &Parcel{ID: id, w: w, seal: seal, buf: make([]byte, 4, plainSize)}, nil
}

// Write is that of io.Writer.
func (p *Parcel) Write(b []byte) (n int, err error) {
	for len(b) > 0 && p.err == nil {
		if len(p.buf) == plainSize {
			p.block(markMore)
		}
		k := min(len(b), plainSize-len(p.buf))
		p.buf = append(p.buf, b[:k]...)
		b, n = b[k:], n+k
	}
	return n, p.err
}

// Close seals what is left. The bundle's own writer is not closed.
func (p *Parcel) Close() error {
	if p.w.open = false; p.err == nil {
		p.block(markLast)
	}
	return p.err
}

// block seals what has gathered.
func (p *Parcel) block(mark byte) {
	binary.BigEndian.PutUint32(p.buf, uint32(len(p.buf)-4)) //nolint:gosec // at most 64 KiB
	plain := p.buf[:plainSize]
	clear(plain[len(p.buf):])
	out := p.seal.Seal([]byte{mark}, nonceOf(p.n, mark), plain, nil)
	_, p.err = p.w.w.Write(out)
	p.n, p.buf = p.n+1, p.buf[:4]
}
