package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"
	"slices"

	"kith/store/blob"
	"kith/store/care/file"
	"kith/store/care/thread"
	"kith/store/kp1"
	"kith/store/op"
)

// A file that somebody gave to a thread lies in chunks: envelopes of their own, which travel like all others and are named
// by what the op's words say of the file. This is what the store keeps of which chunk belongs to what.

// Shelves inside a group's shelf for files.
const (
	shelfFiles = "files" // op id -> how long its file is, and its chunks
	shelfParts = "parts" // a chunk and an op whose file it is part of; or a chunk that is gone -> how a mailbox is told
)

// goneChunk is the length of the record of a chunk that is gone: why, for which op, and the token that deletes it.
const goneChunk = 1 + len(kp1.ID{}) + 32

// Keys in the shelf for parts begin with a chunk's id and the hash of the token that deletes it, which stands in its envelope:
// anybody may name any chunk, and only what was named by who knows its key is ever looked at when it comes.
const (
	partKey  = 2 * len(kp1.ID{}) // of a chunk whose file was taken away before it had come
	ownerKey = 3 * len(kp1.ID{}) // and of an op whose file it is part of, with the id of that
)

// tokensMost is how many tokens are told of one chunk that had not come: as many as have named it by a key of their own.
const tokensMost = 4

// ErrFileAway: not all of a file has come.
var ErrFileAway = &kp1.Error{ECode: "E_FILE_AWAY", Msg: "not all of the file is here"}

// ErrFileDamaged: the chunks of a file are not what its author said, so nobody has it whole.
var ErrFileDamaged = &kp1.Error{ECode: "E_FILE_DAMAGED", Msg: "chunk is not what was said of it"}

type fileRecord struct {
	Size   uint64     `cbor:"n"`
	Chunks []kp1.Link `cbor:"ch"`
}

// fileOf reads what is kept of the file of an op.
func fileOf(files shelf, id kp1.ID) (f file.File, ok bool, err error) {
	var r fileRecord
	if ok, err = files.getCBOR(id[:], &r); err != nil || !ok {
		return file.File{}, false, err
	}
	if r.Size == 0 || r.Size > file.Max || uint64(len(r.Chunks)) != file.Chunks(r.Size) {
		return file.File{}, false, fmt.Errorf("file of op %s: %w", id.Short(), ErrDamaged)
	}
	return file.File{Size: r.Size, Chunks: kp1.IDs(r.Chunks)}, true, nil
}

// partOf is the key of a chunk by the token that deletes it.
func partOf(id kp1.ID, token [32]byte) []byte {
	sum := sha256.Sum256(token[:])
	return slices.Concat(id[:], sum[:])
}

// partKeys are the keys that begin so, in order, of that length.
func partKeys(parts shelf, prefix []byte, length int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if parts.b == nil {
			return
		}
		c := parts.b.Cursor()
		for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
			if len(k) == length && !yield(k) {
				return
			}
		}
	}
}

// anyPart says whether there is a key that begins so, of that length.
func anyPart(parts shelf, prefix []byte, length int) bool {
	for range partKeys(parts, prefix, length) {
		return true
	}
	return false
}

// lostParts are the tokens of a chunk of a file that was taken away before the chunk had come.
func lostParts(parts shelf, id kp1.ID) (tokens [][32]byte) {
	for k := range partKeys(parts, id[:], partKey) {
		if token, ok := goneToken(parts, k); ok {
			tokens = append(tokens, token)
		}
		if len(tokens) == tokensMost {
			break
		}
	}
	return tokens
}

// goneToken returns the token of a chunk that was taken away, from its record.
func goneToken(in shelf, key []byte) (token [32]byte, ok bool) {
	plain, err := in.get(key)
	if err != nil || len(plain) != goneChunk {
		return token, false
	}
	return [32]byte(plain[goneChunk-len(token):]), true
}

// partGone says of a chunk that has come that its file was taken away before.
func (b *batch) partGone(env op.Envelope) bool {
	return env.Kind == op.KindChunk && b.parts.has(slices.Concat(env.ID[:], env.DelHash[:]))
}

// claimParts notes in which chunks the file of an op lies, once what it says can be read, and takes in those that came before.
func (b *batch) claimParts(s op.Signed, words []byte) error {
	if s.Type != (thread.File{}).Type() || s.V > 1 || words == nil || b.files.has(s.ID[:]) {
		return nil
	}
	f, err := file.Decode(words)
	if err != nil {
		return nil //nolint:nilerr // as an act it is not understood, and not shown
	}
	b.h.touch()
	if err := b.files.putCBOR(s.ID[:], fileRecord{f.Size, kp1.Links(f.Chunks)}); err != nil {
		return err
	}
	for i, id := range f.Chunks {
		token := b.partToken(s, i)
		part := partOf(id, token)
		if err := b.parts.put(slices.Concat(part, s.ID[:]), nil); err != nil {
			return err
		}
		delete(b.h.released, id)
		if was, gone := goneToken(b.gone, id[:]); gone && was == token { // of another op with the same file
			if err := b.gone.delete(id[:]); err != nil {
				return err
			}
		}
		if b.parts.has(part) {
			if err := b.parts.delete(part); err != nil {
				return err
			}
		}
		if err := b.claimPart(s, f, i); err != nil {
			return err
		}
	}
	return nil
}

// claimPart takes in a chunk that waited for its op.
func (b *batch) claimPart(s op.Signed, f file.File, i int) error {
	n, here, err := b.find(f.Chunks[i])
	if err != nil || !here {
		return err
	}
	if w, waits := b.h.waits.by[n]; !waits || w.Why != waitPayload {
		return nil
	}
	env, err := b.log.must(n)
	if err != nil || env.Kind != op.KindChunk || !b.isNamed(s, i, env) { // it may be another's
		return err
	}
	w, _ := b.h.waits.take(n)
	if err := b.wait.delete(be64(n)); err != nil {
		return err
	}
	if !b.isPart(s, f, i, env) || !b.h.room(b.partLoad(s, env), false, false) && w.From != ownSource {
		return b.turnAway(n, env)
	}
	b.chargePart(s, env)
	return nil
}

// isPart says whether an envelope is what an op says of its i-th chunk, as far as that shows without opening it: as long as
// it has to be, and sealed by who had the op's key.
func (b *batch) isPart(s op.Signed, f file.File, i int, env op.Envelope) bool {
	return env.Kind == op.KindChunk && env.Fits(uint64(f.Len(i))) && b.isNamed(s, i, env) //nolint:gosec // a length
}

// isNamed says whether an envelope was sealed as the i-th chunk of an op's file, by who had the op's key.
func (b *batch) isNamed(s op.Signed, i int, env op.Envelope) bool {
	token := b.partToken(s, i)
	return sha256.Sum256(token[:]) == env.DelHash
}

// partToken is the token that deletes the i-th chunk of an op's file; zero where the key is not here.
func (b *batch) partToken(s op.Signed, i int) (token [32]byte) {
	if s.Payload == nil {
		return token
	}
	if pk := b.h.payloadKey(s); pk != nil {
		return op.DeleteToken(*pk, i+1)
	}
	return token
}

// partLoad is what a chunk brings that counts against the author of its op, among their files.
func (b *batch) partLoad(s op.Signed, env op.Envelope) load {
	m, counts := b.counted(s)
	if !counts {
		return load{}
	}
	return load{member: m, file: true, size: uint64(len(env.Bytes)), written: s.Time} //nolint:gosec // a length
}

func (b *batch) chargePart(s op.Signed, env op.Envelope) {
	l := b.partLoad(s, env)
	b.charge(filesOf(l.member), l.size)
}

// usePart files a chunk: for the ops that are here already, or until one comes.
func (b *batch) usePart(p *prepared) (outcome, error) {
	id := p.env.ID
	if !anyPart(b.parts, id[:], ownerKey) {
		return waitFor(waitPayload, id[:]), nil
	}
	why := error(ErrForged)
	for k := range partKeys(b.parts, slices.Concat(id[:], p.env.DelHash[:]), ownerKey) {
		id := kp1.ID(k[partKey:])
		s, err := b.fetch(id)
		if err != nil {
			return outcome{}, err
		}
		f, ok, err := fileOf(b.files, id)
		if err != nil {
			return outcome{}, err
		}
		i := slices.Index(f.Chunks, p.env.ID)
		if !ok || i < 0 || !b.isPart(s, f, i, p.env) {
			continue
		}
		l := b.partLoad(s, p.env)
		live := b.h.caughtUp() || b.h.live(l.written)
		if !p.ours && !b.h.room(l, live, true) {
			why = b.h.tooMuch(l)
			continue
		}
		b.chargePart(s, p.env)
		return outcome{some: true}, nil
	}
	return refuse(fmt.Errorf("chunk %s: %w", p.env.ID.Short(), why)), nil
}

// sameWeeks is how old, in weeks, the chunks of a file may be that is given again: mailboxes have them still.
const sameWeeks = 4

// sameFile looks for a file that this computer gave before to the same readers under the same epoch: whoever can open a new op that
// names its chunks could open the one before. nil where there is none.
func (b *batch) sameFile(comp uint8, e kp1.EID, data []byte) (chunks []kp1.ID, key [32]byte, err error) {
	err = b.files.each(nil, func(k, _ []byte) (bool, error) {
		if len(k) != len(kp1.ID{}) {
			return false, fmt.Errorf("file record: %w", ErrDamaged)
		}
		id := kp1.ID(k)
		f, _, err := fileOf(b.files, id)
		if err != nil || f.Size != uint64(len(data)) {
			return err == nil, err
		}
		s, err := b.fetch(id)
		if err != nil || s.Device != b.h.self.Device || s.Comp != comp || s.Payload == nil || s.Payload.Key == nil {
			return err == nil, err
		}
		same, err := b.holds(s, f, e, data)
		if same {
			chunks, key = f.Chunks, *s.Payload.Key
		}
		return err == nil && !same, err
	})
	return chunks, key, err
}

// holds says whether the chunks of an op's file are all here, of that epoch, new enough, and what data is.
func (b *batch) holds(s op.Signed, f file.File, e kp1.EID, data []byte) (bool, error) {
	for i, c := range f.Chunks {
		n, here, err := b.find(c)
		if err != nil || !here {
			return false, err
		}
		env, err := b.log.must(n)
		if err != nil {
			return false, err
		}
		if env.EID != e || env.Week+sameWeeks < b.h.l.week() {
			return false, nil
		}
		plain, err := op.OpenChunk(b.h.id, env, s.Comp, *s.Payload.Key, i+1)
		from := i * kp1.MaxPayload
		if err != nil || !bytes.Equal(plain, data[from:from+f.Len(i)]) {
			return false, nil //nolint:nilerr // what does not open is not the same
		}
	}
	return true, nil
}

// dropFile takes the file of an op off the disk for good, but for chunks that are part of another op's as well. The op and
// its key have to be here still: by what follows from the key mailboxes are told, and a chunk is known to be this op's.
func (b *batch) dropFile(s op.Signed, why byte) error {
	f, ok, err := fileOf(b.files, s.ID)
	if err != nil || !ok {
		return err
	}
	b.h.touch()
	if err := b.files.delete(s.ID[:]); err != nil {
		return err
	}
	for i, id := range f.Chunks {
		if err := b.dropPart(s, f, i, why); err != nil {
			return fmt.Errorf("chunk %s: %w", id.Short(), err)
		}
	}
	return nil
}

func (b *batch) dropPart(s op.Signed, f file.File, i int, why byte) error {
	id, token := f.Chunks[i], b.partToken(s, i)
	part := partOf(id, token)
	if err := b.parts.delete(slices.Concat(part, s.ID[:])); err != nil {
		return err
	}
	if anyPart(b.parts, part, ownerKey) { // another op needs it
		return nil
	}
	record := append(goneRecord(why, s.ID), token[:]...)
	n, here, err := b.find(id)
	if err != nil {
		return err
	}
	if !here {
		return b.parts.put(part, record)
	}
	env, err := b.log.must(n)
	if err != nil || !b.isPart(s, f, i, env) {
		return err
	}
	l := b.partLoad(s, env)
	b.relieve(filesOf(l.member), l.size)
	if err := b.unfile(n, env, why, s.ID); err != nil {
		return err
	}
	return b.gone.put(id[:], record)
}

// chunksHere are the entries of the chunks of an op's file, and whether all of them are here.
func (h *house) chunksHere(t tx, id kp1.ID) (entries []uint64, whole bool, err error) {
	files, err := h.shelf(t, shelfFiles, false)
	if err != nil {
		return nil, false, err
	}
	f, ok, err := fileOf(files, id)
	if err != nil || !ok {
		return nil, err == nil, err
	}
	ids, err := h.index(t, idTiers, false)
	if err != nil {
		return nil, false, err
	}
	for _, c := range f.Chunks {
		n, here, err := findIn(ids, c)
		if err != nil {
			return nil, false, err
		}
		if here {
			entries = append(entries, n)
		}
	}
	return entries, len(entries) == len(f.Chunks), nil
}

// FileHere says how many bytes of the file of an op are on this computer, of how many. Both are zero where nothing is known
// of it: it is no file, its words are not here, or it was taken away.
func (l *Ledger) FileHere(g kp1.GID, id kp1.ID) (here, size uint64) {
	h, err := l.house(g)
	if err != nil {
		return 0, 0
	}
	if err := l.view(func(t tx) error {
		files, err := h.shelf(t, shelfFiles, false)
		if err != nil {
			return err
		}
		f, ok, err := fileOf(files, id)
		if err != nil || !ok {
			return err
		}
		ids, err := h.index(t, idTiers, false)
		if err != nil {
			return err
		}
		for i, c := range f.Chunks {
			if _, ok, err := findIn(ids, c); err != nil {
				return err
			} else if ok {
				here += uint64(f.Len(i)) //nolint:gosec // a length
			}
		}
		size = f.Size
		return nil
	}); err != nil {
		return 0, 0 // Check finds what is damaged
	}
	return here, size
}

// Chunks picks from ids those that are chunks of files: that lie here as such, or are spoken of by an op that is here.
func (l *Ledger) Chunks(g kp1.GID, ids []kp1.ID) (out []kp1.ID) {
	h, err := l.house(g)
	if err != nil {
		return nil
	}
	if err := l.view(func(t tx) error {
		parts, err := h.shelf(t, shelfParts, false)
		if err != nil {
			return err
		}
		index, err := h.index(t, idTiers, false)
		if err != nil {
			return err
		}
		large, err := h.shelf(t, shelfLarge, false)
		if err != nil || large.b == nil && parts.b == nil {
			return err
		}
		for _, id := range ids {
			n, here, err := findIn(index, id)
			if err != nil {
				return err
			}
			if here && large.has(be64(n)) || !here && anyPart(parts, id[:], ownerKey) {
				out = append(out, id)
			}
		}
		return nil
	}); err != nil {
		return nil
	}
	return out
}

// ReadFile puts the file of an op together and returns what its author said of it. Nothing is written before the file is
// known to be whole here. Errors worth testing for: ErrNoOp where there is no such file, ErrFileAway, ErrFileDamaged, and
// those of to.
func (l *Ledger) ReadFile(ctx context.Context, g kp1.GID, id kp1.ID, to io.WriterAt) (file.File, error) {
	f, comp, pk, err := l.fileFor(g, id)
	if err != nil {
		return file.File{}, err
	}
	if here, size := l.FileHere(g, id); here < size || size == 0 {
		return f, ErrFileAway
	}
	j := blob.NewJoin(f, g, comp, pk, to)
	for _, c := range j.Lacks() {
		raws, err := l.Envelopes(ctx, g, []kp1.ID{c})
		if err != nil {
			return f, err
		}
		if raws[0] == nil { // taken away meanwhile
			return f, ErrFileAway
		}
		env, err := op.DecodeEnvelope(raws[0])
		if err != nil {
			return f, fmt.Errorf("chunk %s: %w: %w", c.Short(), ErrDamaged, err)
		}
		switch err := j.Take(env); {
		case codeOf(err) == codeOf(op.ErrNoKey), codeOf(err) == codeOf(kp1.ErrForm), codeOf(err) == codeOf(op.ErrTampered):
			if err != nil {
				return f, fmt.Errorf("chunk %s: %w: %w", c.Short(), ErrFileDamaged, err)
			}
		case err != nil:
			return f, err
		}
	}
	return f, nil
}

// fileFor finds what is said of the file of an op, and what opens it.
func (l *Ledger) fileFor(g kp1.GID, id kp1.ID) (f file.File, comp uint8, pk [32]byte, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return f, 0, pk, ErrNoGroup
	}
	err = l.view(func(t tx) error {
		d, err := h.folder(t)
		if err != nil {
			return err
		}
		s, err := h.fetch(d.ops, &d.log, id)
		if err != nil {
			return err
		}
		if s.Type != (thread.File{}).Type() || s.Payload == nil || h.gone(id) || d.gone.has(s.Payload.ID[:]) {
			return ErrNoOp
		}
		key := h.payloadKey(s)
		env, here, err := d.payload(s.Payload.ID, nil)
		if err != nil {
			return err
		}
		if key == nil || !here {
			return ErrFileAway
		}
		words := h.openPayload(s, env)
		if words == nil {
			return ErrFileDamaged
		}
		comp, pk = s.Comp, *key
		if f, err = file.Decode(words); err != nil {
			return fmt.Errorf("%w: %w", ErrFileDamaged, err)
		}
		return nil
	})
	return f, comp, pk, err
}

// SaveFile puts the file of an op into a new file, which is there whole or not at all. Errors worth testing for: those of
// ReadFile, ErrFileExists, ErrFull, ErrDisk.
func (l *Ledger) SaveFile(ctx context.Context, g kp1.GID, id kp1.ID, path string) (f file.File, err error) {
	err = newFile(path, func(w io.Writer) (err error) {
		f, err = l.ReadFile(ctx, g, id, &inOrder{w: w})
		return err
	})
	return f, err
}

// inOrder writes what comes in order.
type inOrder struct {
	w  io.Writer
	at int64
}

// WriteAt is that of io.WriterAt, for the place after the last alone.
func (o *inOrder) WriteAt(b []byte, off int64) (int, error) {
	if off != o.at {
		return 0, fmt.Errorf("place %d after %d: %w", off, o.at, ErrDisk)
	}
	n, err := o.w.Write(b)
	o.at += int64(n)
	return n, err
}
