package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"sync/atomic"
)

// bufferSize is what a stream's reader and writer each hold; a larger one is no faster.
const bufferSize = 16 << 10

// Reader reads frames. Each body is the caller's to keep. One goroutine may use it; Bytes may be called by any.
type Reader struct {
	r     *bufio.Reader
	allow map[Kind]bool
	n     atomic.Uint64
}

// NewReader reads from r. It refuses every kind but those of Allow.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, bufferSize)} }

// Allow says which kinds may come from now on.
func (r *Reader) Allow(kinds ...Kind) {
	r.allow = make(map[Kind]bool, len(kinds))
	for _, k := range kinds {
		r.allow[k] = true
	}
}

// Bytes is how many bytes of whole frames were read.
func (r *Reader) Bytes() uint64 { return r.n.Load() }

// Next reads one frame. A length or kind that is not allowed is refused before memory is spent on it: ErrTooLong,
// ErrMalformed or ErrUnexpected. A stream that ends between two frames gives io.EOF, within one io.ErrUnexpectedEOF.
func (r *Reader) Next() (Frame, error) {
	size, head, err := r.length()
	if err != nil {
		return Frame{}, err
	}
	k, err := r.r.ReadByte()
	if err != nil {
		return Frame{}, cut(err)
	}
	f := Frame{Kind: Kind(k)}
	s, known := shapes[f.Kind]
	if !known || !r.allow[f.Kind] {
		return Frame{}, f.named(ErrUnexpected)
	}
	switch {
	case size > s.size(s.max):
		return Frame{}, f.named(ErrTooLong)
	case size < s.size(s.min):
		return Frame{}, f.named(ErrMalformed)
	}
	if s.lane {
		if f.Lane, err = r.r.ReadByte(); err != nil {
			return Frame{}, cut(err)
		}
	}
	f.Body = make([]byte, size-s.size(0))
	if _, err := io.ReadFull(r.r, f.Body); err != nil {
		return Frame{}, cut(err)
	}
	r.n.Add(uint64(head + size))
	return f, nil
}

// length reads the frame's length: an unsigned varint, least significant group first, in its shortest form.
func (r *Reader) length() (size, head int, err error) {
	for head < maxHeader {
		b, err := r.r.ReadByte()
		if err != nil {
			if head > 0 {
				err = cut(err)
			}
			return 0, 0, err
		}
		size |= int(b&0x7f) << (7 * head)
		head++
		if b < 0x80 {
			switch {
			case b == 0 || size == 0:
				return 0, 0, ErrMalformed
			case size > maxFrame:
				return 0, 0, ErrTooLong
			}
			return size, head, nil
		}
	}
	return 0, 0, ErrTooLong
}

func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Writer writes frames through a buffer; nothing is sent for sure before Flush. One goroutine may use it.
type Writer struct {
	w *bufio.Writer
	n atomic.Uint64
}

// NewWriter writes to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: bufio.NewWriterSize(w, bufferSize)} }

// Bytes is how many bytes were written.
func (w *Writer) Bytes() uint64 { return w.n.Load() }

// Write writes one frame. A body outside its kind's limits is refused: ErrTooLong or ErrMalformed.
func (w *Writer) Write(f Frame) error {
	s, known := shapes[f.Kind]
	switch {
	case !known || len(f.Body) < s.min:
		return f.named(ErrMalformed)
	case len(f.Body) > s.max:
		return f.named(ErrTooLong)
	}
	head := binary.AppendUvarint(make([]byte, 0, maxHeader+2), uint64(s.size(len(f.Body))))
	head = append(head, byte(f.Kind))
	if s.lane {
		head = append(head, f.Lane)
	}
	if _, err := w.w.Write(head); err != nil {
		return err
	}
	if _, err := w.w.Write(f.Body); err != nil {
		return err
	}
	w.n.Add(uint64(len(head) + len(f.Body)))
	return nil
}

// Recons writes the messages of one answer of a comparison: a Recon for each, all but the last with More. A message
// beyond the limit of a frame is refused as by Write.
func (w *Writer) Recons(msgs [][]byte) error {
	for i, m := range msgs {
		var t Turn
		if i < len(msgs)-1 {
			t = More
		}
		if err := w.Write(Frame{Kind: Recon, Body: ReconBody(t, m)}); err != nil {
			return err
		}
	}
	return nil
}

// Flush sends what is buffered.
func (w *Writer) Flush() error { return w.w.Flush() }
