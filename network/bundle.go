package network

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/libp2p/go-libp2p/core/peer"

	"kith/network/wire"
)

// This file is a lane one way: the frames that go by memory stick in the place of a stream (docs/spec/bundle.md).

// ErrBundle: what a bundle holds is not what a device writes, or it ends too early. What came before is filed.
var ErrBundle = &Error{"E_BUNDLE_DAMAGED", "bundle is damaged"}

const (
	hasMost     = 1 << 18 // ids of one bundle that its writer's word is noted for
	lettersMost = 128     // envelopes of one mailbox
	lettersSize = 4 << 20 // bytes of them
)

// Packer has what a bundle is filled with. A Shelf is one.
type Packer interface {
	// Get reads envelopes, in the order of the ids; one that is no longer there is nil.
	Get(ctx context.Context, g GroupID, ids []EnvelopeID) ([][]byte, error)
}

// Load is what the part of a group holds.
type Load struct {
	Send []EnvelopeID // the envelopes in it
	Rest []EnvelopeID // the ids of others that are here
	Echo [][16]byte   // the parcels of others that were read here, newest first; of more than 64 the first
}

// Pack writes the frames of a group, and the word that word makes over the hash of all of them, nil for none. It returns how
// many envelopes it wrote.
func Pack(ctx context.Context, w io.Writer, from Packer, g GroupID, l Load, word func(sum [32]byte) []byte) (n int, err error) {
	send, rest := l.Send, l.Rest
	sum := sha256.New()
	out := wire.NewWriter(io.MultiWriter(w, sum))
	for len(send) > 0 {
		k := min(len(send), getChunk)
		if err := ctx.Err(); err != nil {
			return n, err
		}
		envs, err := from.Get(ctx, g, send[:k])
		if err != nil {
			return n, err
		}
		for _, e := range envs {
			if e == nil {
				continue // taken away meanwhile
			}
			if err := out.Write(wire.Frame{Kind: wire.Env, Body: e}); err != nil {
				return n, err
			}
			n++
		}
		send = send[k:]
	}
	for len(rest) > 0 {
		k := min(len(rest), wire.MaxIDs)
		if err := out.Write(wire.Frame{Kind: wire.Offer, Body: wire.IDsBody(rest[:k])}); err != nil {
			return n, err
		}
		rest = rest[k:]
	}
	if echo := l.Echo[:min(len(l.Echo), wire.MaxEcho)]; len(echo) > 0 {
		if err := out.Write(wire.Frame{Kind: wire.Echo, Body: wire.EchoBody(echo)}); err != nil {
			return n, err
		}
	}
	if err := out.Flush(); err != nil {
		return n, err
	}
	b := word([32]byte(sum.Sum(nil)))
	if b == nil {
		return n, nil
	}
	if err := out.Write(wire.Frame{Kind: wire.Word, Body: b}); err != nil {
		return n, err
	}
	return n, out.Flush()
}

// Unpacker takes what a bundle held. A Shelf is one.
type Unpacker interface {
	// Accept is that of a Shelf.
	Accept(g GroupID, from peer.ID, envs [][]byte) File
}

// Cargo is what a group's part of a bundle held.
type Cargo struct {
	Envelopes, New, Refused int
	Has                     []EnvelopeID // what its writer says it has, at most 262,144 of that
	Whole                   bool         // Has is all of it
	Echo                    [][16]byte   // parcels that its writer has read
	Sum                     [32]byte     // over the frames before the word
	Word                    []byte       // nil for none
}

// Unpack reads the frames of a group and files what they hold. With an error Cargo says what was filed before: ErrBundle,
// the disk's, or that of r.
func Unpack(ctx context.Context, r io.Reader, to Unpacker, g GroupID) (c Cargo, err error) {
	in := wire.NewReader(r)
	in.Allow(wire.Env, wire.Offer, wire.Echo, wire.Word)
	sum := sha256.New()
	again := wire.NewWriter(sum) // frames have one form alone
	var batch [][]byte
	size := 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		filed, err := to.Accept(g, "", batch)(ctx)
		if err != nil {
			return err
		}
		c.Envelopes, c.New, c.Refused = c.Envelopes+len(batch), c.New+len(filed.New), c.Refused+len(batch)-len(filed.Held)
		batch, size = nil, 0
		return ctx.Err()
	}
	c.Whole = true
	note := func(ids ...EnvelopeID) {
		c.Whole = c.Whole && len(ids) <= hasMost-len(c.Has)
		c.Has = append(c.Has, ids[:min(len(ids), hasMost-len(c.Has))]...)
	}
	for {
		f, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return c, flush()
		case err != nil:
			return c, errors.Join(bundleError(err), flush())
		case f.Lane != 0 || c.Word != nil:
			return c, errors.Join(fmt.Errorf("frame %d: %w", f.Kind, ErrBundle), flush())
		}
		if f.Kind == wire.Word {
			if err := again.Flush(); err != nil {
				return c, err
			}
			c.Word, c.Sum = f.Body, [32]byte(sum.Sum(nil))
			continue
		}
		if err := again.Write(f); err != nil {
			return c, err
		}
		if f.Kind == wire.Echo {
			echo, err := wire.ReadEcho(f.Body)
			if err != nil || c.Echo != nil {
				return c, errors.Join(fmt.Errorf("echo: %w", ErrBundle), flush())
			}
			c.Echo = echo
			continue
		}
		if f.Kind == wire.Offer {
			ids, err := wire.ReadIDs(f.Body)
			if err != nil {
				return c, errors.Join(bundleError(err), flush())
			}
			note(ids...)
			continue
		}
		note(idOf(f.Body))
		batch, size = append(batch, f.Body), size+len(f.Body)
		if len(batch) >= batchMost || size >= batchBytes {
			if err := flush(); err != nil {
				return c, err
			}
		}
	}
}

// bundleError names what is wrong with a frame; what has a name keeps it.
func bundleError(err error) error {
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrBundle, err)
}

// PackLetters writes the envelopes of an invite's mailbox.
func PackLetters(w io.Writer, envs [][]byte) error {
	out := wire.NewWriter(w)
	for _, e := range envs {
		if err := out.Write(wire.Frame{Kind: wire.Env, Body: e}); err != nil {
			return err
		}
	}
	return out.Flush()
}

// UnpackLetters reads what PackLetters wrote: at most 128 envelopes and 4 MiB. ErrBundle, or the error of r.
func UnpackLetters(r io.Reader) ([][]byte, error) {
	in := wire.NewReader(r)
	in.Allow(wire.Env)
	var envs [][]byte
	size := 0
	for {
		f, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return envs, nil
		case err != nil:
			return nil, bundleError(err)
		}
		if size += len(f.Body); f.Lane != 0 || len(envs) >= lettersMost || size > lettersSize {
			return nil, fmt.Errorf("letters: %w", ErrBundle)
		}
		envs = append(envs, f.Body)
	}
}
