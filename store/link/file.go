package link

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"kith/store/kp1"
)

// The two files of a link between computers that do not meet. What they begin with says which is which.
const (
	askMagic    = "kith link ask 1\n"
	answerMagic = "kith link answer 1\n"
)

// AskFile is what the new computer asks in a file. Everything is told at once: there is no turn in which something could
// be held back. So eight words are compared here, not four: nobody tries out 80 bits.
type AskFile struct {
	Ask     Ask
	Late    [16]byte
	Expires uint64
	Fresh   bool // as in Devices
}

type askFileWire struct {
	V       uint64   `cbor:"v"`
	Ask     []byte   `cbor:"a"`
	Late    [16]byte `cbor:"l"`
	Expires uint64   `cbor:"x"`
	Fresh   bool     `cbor:"f"`
}

const maxAskFile = maxAsk + 256

// Encode returns the file.
func (f AskFile) Encode() ([]byte, error) {
	a, err := f.Ask.Encode()
	if err != nil {
		return nil, err
	}
	b, err := kp1.Marshal(askFileWire{version, a, f.Late, f.Expires, f.Fresh})
	return append([]byte(askMagic), b...), err
}

// IsAskFile says whether bytes begin as an AskFile does.
func IsAskFile(b []byte) bool { return bytes.HasPrefix(b, []byte(askMagic)) }

// DecodeAskFile reads the file of a new computer. It returns ErrFile or ErrNewer.
func DecodeAskFile(b []byte) (AskFile, error) {
	if !IsAskFile(b) {
		return AskFile{}, ErrFile
	}
	var w askFileWire
	if err := kp1.UnmarshalVersion(b[len(askMagic):], maxAskFile, version, &w); err != nil {
		return AskFile{}, fileError(err)
	}
	a, err := decodeAsk(w.Ask)
	if err != nil {
		return AskFile{}, fileError(err)
	}
	if !a.Fits(w.Late) {
		return AskFile{}, ErrFile
	}
	return AskFile{a, w.Late, w.Expires, w.Fresh}, nil
}

func fileError(err error) error {
	if errors.Is(err, ErrNewer) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrFile, err)
}

// Records of an answer file, in this order.
const (
	recOffer    byte = 1 // the sealed offer, once
	recAnswer   byte = 2 // a sealed answer, one a group
	recEnvelope byte = 3 // two bytes with the number of its group in the offer, and an envelope
	recEnd      byte = 4 // SHA-256 of everything before
)

func recLimit(kind byte) int {
	switch kind {
	case recOffer:
		return maxOfferBox
	case recAnswer:
		return maxAnswerBox
	case recEnvelope:
		return 2 + kp1.MaxEnvelope
	case recEnd:
		return sha256.Size
	}
	return -1
}

// AnswerWriter writes the file with which the old computer answers an AskFile.
type AnswerWriter struct {
	w   io.Writer
	sum hash.Hash
}

// NewAnswerWriter begins the file.
func NewAnswerWriter(w io.Writer) (*AnswerWriter, error) {
	a := &AnswerWriter{w: w, sum: sha256.New()}
	return a, a.write([]byte(answerMagic))
}

func (w *AnswerWriter) write(b []byte) error {
	w.sum.Write(b)
	_, err := w.w.Write(b)
	return err
}

func (w *AnswerWriter) record(kind byte, parts ...[]byte) error {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	if n > recLimit(kind) {
		return fmt.Errorf("record %d of %d bytes: %w", kind, n, kp1.ErrTooBig)
	}
	if err := w.write(binary.BigEndian.AppendUint32([]byte{kind}, uint32(n))); err != nil { //nolint:gosec // at most 320 KiB
		return err
	}
	for _, p := range parts {
		if err := w.write(p); err != nil {
			return err
		}
	}
	return nil
}

// Offer writes the sealed offer; it comes first.
func (w *AnswerWriter) Offer(box []byte) error { return w.record(recOffer, box) }

// Answer writes a sealed answer.
func (w *AnswerWriter) Answer(box []byte) error { return w.record(recAnswer, box) }

// Envelope writes an envelope of the group that stands at this place in the offer; all answers come before.
func (w *AnswerWriter) Envelope(group int, raw []byte) error {
	return w.record(recEnvelope, binary.BigEndian.AppendUint16(nil, uint16(group)), raw) //nolint:gosec // at most 64 groups
}

// End ends the file.
func (w *AnswerWriter) End() error { return w.record(recEnd, w.sum.Sum(nil)) }

// AnswerFile is what an answer file holds but for its envelopes.
type AnswerFile struct {
	Offer   []byte   // sealed
	Answers [][]byte // sealed
}

// FileCode is what the eight words of an answer file say: both computers show them before the new one believes it.
func FileCode(a Ask, f AnswerFile) (c Code) {
	h := a.Hash()
	parts := append([][]byte{h[:], f.Offer}, f.Answers...)
	sum := kp1.L(kp1.LabelLinkFile, kp1.LP(parts...))
	copy(c[:], sum[:])
	return c
}

// ReadAnswerFile reads the file of an old computer to its end and gives its envelopes to each, whose error it passes on.
// raw is good until the next call. It returns ErrFile.
func ReadAnswerFile(r io.Reader, each func(group int, raw []byte) error) (AnswerFile, error) {
	in := bufio.NewReader(r)
	sum := sha256.New()
	magic := make([]byte, len(answerMagic))
	if _, err := io.ReadFull(in, magic); err != nil || string(magic) != answerMagic {
		return AnswerFile{}, ErrFile
	}
	sum.Write(magic)
	var f AnswerFile
	buf := make([]byte, 0, 64<<10)
	for last := byte(0); ; {
		var head [5]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return AnswerFile{}, cutShort(err)
		}
		kind, n := head[0], int(binary.BigEndian.Uint32(head[1:]))
		if kind < last || n > recLimit(kind) || kind == recOffer && last == recOffer || last == 0 && kind != recOffer {
			return AnswerFile{}, ErrFile
		}
		last = kind
		if cap(buf) < n {
			buf = make([]byte, 0, recLimit(kind))
		}
		buf = buf[:n]
		if _, err := io.ReadFull(in, buf); err != nil {
			return AnswerFile{}, cutShort(err)
		}
		if kind == recEnd {
			if !bytes.Equal(buf, sum.Sum(nil)) || len(f.Answers) == 0 {
				return AnswerFile{}, ErrFile
			}
			if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
				return AnswerFile{}, ErrFile
			}
			return f, nil
		}
		sum.Write(head[:])
		sum.Write(buf)
		if err := f.take(kind, buf, each); err != nil {
			return AnswerFile{}, err
		}
	}
}

func (f *AnswerFile) take(kind byte, body []byte, each func(int, []byte) error) error {
	switch kind {
	case recOffer:
		f.Offer = bytes.Clone(body)
	case recAnswer:
		if len(f.Answers) >= MaxGroups {
			return ErrFile
		}
		f.Answers = append(f.Answers, bytes.Clone(body))
	case recEnvelope:
		if len(body) <= 2 {
			return ErrFile
		}
		return each(int(binary.BigEndian.Uint16(body)), body[2:])
	}
	return nil
}

// cutShort says of a file that ends too early that it is no whole one. The disk's own refusals stay what they are.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrFile
	}
	return err
}
