// Package blob cuts a file into sealed chunks and puts it together again: what a picture or paper is between the person who
// sends it and those who read it. It never touches a disk or the network; it holds one chunk in memory.
package blob

import (
	"errors"
	"fmt"
	"io"

	"kith/store/care/file"
	"kith/store/kp1"
	"kith/store/op"
)

// The refusals of this package.
var (
	// ErrChanged says that a file became longer or shorter while it was read.
	ErrChanged = &kp1.Error{ECode: "E_FILE_CHANGED", Msg: "file changed while it was read"}
	// ErrStranger says that an envelope is no chunk of the file.
	ErrStranger = &kp1.Error{ECode: "E_FOREIGN", Msg: "not a chunk of this file"}
)

// Sealing is what the chunks of one file are sealed with: what the op that owns them is, and its payload's key.
type Sealing struct {
	Rand  io.Reader
	Group kp1.GID
	Epoch kp1.EID
	Comp  uint8
	Week  uint64
	Key   [32]byte
}

// Cut reads a file of that many bytes to its end, seals it chunk by chunk and gives each to put, whose error it passes on.
// It returns the chunks' ids for file.File. file.ErrLarge and file.ErrEmpty before anything is read; ErrChanged when the file is of
// another length.
func Cut(r io.Reader, size int64, s Sealing, put func(op.Envelope) error) ([]kp1.ID, error) {
	switch {
	case size <= 0:
		return nil, file.ErrEmpty
	case size > file.Max:
		return nil, file.ErrLarge
	}
	f := file.File{Size: uint64(size)}
	buf := make([]byte, min(size, kp1.MaxPayload))
	for i := range int(file.Chunks(f.Size)) { //nolint:gosec // at most 134
		data := buf[:f.Len(i)]
		if _, err := io.ReadFull(r, data); err != nil {
			return nil, shorter(err)
		}
		env, err := op.SealChunk(s.Rand, s.Group, s.Epoch, s.Comp, s.Week, s.Key, i+1, data)
		if err != nil {
			return nil, err
		}
		if err := put(env); err != nil {
			return nil, err
		}
		f.Chunks = append(f.Chunks, env.ID)
	}
	switch _, err := io.ReadFull(r, buf[:1]); {
	case err == nil:
		return nil, ErrChanged
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return f.Chunks, nil
}

func shorter(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrChanged
	}
	return err
}

// Join puts a file together out of chunks that come in any order, each of them any number of times. One goroutine may use
// it.
type Join struct {
	file file.File
	g    kp1.GID
	comp uint8
	key  [32]byte
	to   io.WriterAt
	at   map[kp1.ID]int // places of those that lack
}

// NewJoin begins with nothing. f is valid; key is the one that opened the payload that said f.
func NewJoin(f file.File, g kp1.GID, comp uint8, key [32]byte, to io.WriterAt) *Join {
	j := &Join{file: f, g: g, comp: comp, key: key, to: to, at: make(map[kp1.ID]int, len(f.Chunks))}
	for i, id := range f.Chunks {
		j.at[id] = i
	}
	return j
}

// Have notes that a chunk was written where it belongs by an earlier Join.
func (j *Join) Have(id kp1.ID) { delete(j.at, id) }

// Lacks are the chunks that have not come, in order.
func (j *Join) Lacks() []kp1.ID {
	out := make([]kp1.ID, 0, len(j.at))
	for _, id := range j.file.Chunks {
		if _, lacks := j.at[id]; lacks {
			out = append(out, id)
		}
	}
	return out
}

// Done reports whether all is written.
func (j *Join) Done() bool { return len(j.at) == 0 }

// Take writes what a chunk holds to its place. One that is there already is no error. ErrStranger: it is no chunk of the
// file. op.ErrNoKey, op.ErrTampered, kp1.ErrForm: it is named as one and is not what its author sealed in that place, so
// nobody has the file whole.
func (j *Join) Take(env op.Envelope) error {
	i, lacks := j.at[env.ID]
	if !lacks {
		for _, id := range j.file.Chunks {
			if id == env.ID {
				return nil
			}
		}
		return ErrStranger
	}
	data, err := op.OpenChunk(j.g, env, j.comp, j.key, i+1)
	if err != nil {
		return err
	}
	if len(data) != j.file.Len(i) {
		return fmt.Errorf("chunk %d of %d bytes: %w", i+1, len(data), kp1.ErrForm)
	}
	if _, err := j.to.WriteAt(data, int64(i)*kp1.MaxPayload); err != nil {
		return err
	}
	delete(j.at, env.ID)
	return nil
}
