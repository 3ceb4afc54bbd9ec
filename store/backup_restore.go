package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hpke"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"

	"filippo.io/age"

	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
)

// restoring is the folder in a home in which a store is built from a backup, before it gets its place.
const restoring = "restoring"

// How much of a backup is filed at once.
const (
	restoreEnvelopes = 256
	restoreBytes     = 8 << 20
)

// maxAgeHeader is within how many bytes the head of an age file must end. Ours has about 1,700.
const maxAgeHeader = 8 << 10

// Restored is what came out of a backup.
type Restored struct {
	Name      string
	Groups    []RestoredGroup
	Envelopes int // that are on the disk now
	LeftOut   int // that were not taken in: the others are asked for them
}

// RestoredGroup is one group of a backup.
type RestoredGroup struct {
	ID   kp1.GID
	Asks bool // this computer has asked to be let in; otherwise it takes a new invite
}

// Restoring is what Restore needs beside a backup.
type Restoring struct {
	Options
	Recovery   keyring.Recovery                                  // opens the backup, unless a passphrase does
	Passphrase string                                            // of a backup that has one: see ByPassphrase
	Peer       func(transport ed25519.PublicKey) ([]byte, error) // raw multihash of the PeerID
}

// Restore builds the store of an empty home from the backup at path, as a new device: with fresh keys, which asks in each
// group to be let in, and until then reads and does not write (protocol 3.4, 3.7). Everything is checked as if strangers
// had sent it. There is a store when it returns, and none when it fails. Errors worth testing for: ErrExists, ErrNoFile,
// ErrNotBackup, ErrBackupWords, ErrBackupPassphrase, ErrBackupCostly, ErrBackupDamaged, ErrBackupNewer, ErrFull, ErrDisk.
func Restore(ctx context.Context, home string, rest *keyring.AtRest, path string, o Restoring) (Restored, error) {
	if _, err := os.Lstat(filepath.Join(home, fileName)); err == nil {
		return Restored{}, ErrExists
	}
	f, err := backupFile(path)
	if err != nil {
		return Restored{}, err
	}
	defer func() { _ = f.Close() }()
	plain, stretched, err := openBackup(f, o)
	if err != nil {
		return Restored{}, err
	}
	tmp := filepath.Join(home, restoring)
	if err := os.RemoveAll(tmp); err != nil {
		return Restored{}, diskError(err)
	}
	r := &restorer{ctx: ctx, dir: tmp, rest: rest, o: o, words: stretched}
	err = readBackup(plain, r)
	if r.l != nil {
		err = errors.Join(err, r.l.Close())
	}
	if err == nil {
		err = place(filepath.Join(tmp, fileName), filepath.Join(home, fileName))
	}
	err = errors.Join(err, diskError(os.RemoveAll(tmp)))
	if err == nil {
		err = diskError(syncDir(home))
	}
	if err != nil {
		return Restored{}, err
	}
	return r.out, nil
}

// ByPassphrase says whether a passphrase opens the backup at path, and not the twelve words. Errors worth testing for:
// ErrNoFile, ErrNotBackup, ErrBackupCostly, ErrBackupDamaged, ErrDisk.
func ByPassphrase(path string) (bool, error) {
	f, err := backupFile(path)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	_, stretched, err := backupHeader(f)
	return stretched, err
}

func backupFile(path string) (*os.File, error) {
	f, err := openPlain(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNoFile
	case errors.Is(err, errNotPlain):
		return nil, ErrNotBackup
	}
	return f, diskError(err)
}

// backupHeader looks at the head of an age file before age does: that it ends in time, and whether a passphrase opens it,
// for no more work than Kith itself asks for.
func backupHeader(f io.Reader) (in *bufio.Reader, stretched bool, err error) {
	in = bufio.NewReaderSize(&fileReader{r: f}, maxAgeHeader)
	head, err := in.Peek(maxAgeHeader)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	if !bytes.HasPrefix(head, []byte("age-encryption.org/v1\n")) {
		return nil, false, ErrNotBackup
	}
	head, _, ends := bytes.Cut(head, []byte("\n---"))
	if !ends {
		return nil, false, badBackup("head", nil)
	}
	for line := range bytes.Lines(head) {
		args, ok := bytes.CutPrefix(line, []byte("-> scrypt "))
		if !ok {
			continue
		}
		stretched = true
		_, factor, _ := bytes.Cut(bytes.TrimSuffix(args, []byte("\n")), []byte(" "))
		n, err := strconv.ParseUint(string(factor), 10, 64)
		switch {
		case errors.Is(err, strconv.ErrRange), n > backupWork:
			return nil, true, fmt.Errorf("work factor %.20s: %w", factor, ErrBackupCostly)
		case err != nil:
			return nil, true, badBackup("work factor", err)
		}
	}
	return in, stretched, nil
}

// openBackup takes the encryption off; stretched says that a passphrase did it. What it returns was written by somebody
// who knew that, or the public half of the words' key, and nothing of it is handed out unproven.
func openBackup(f io.Reader, o Restoring) (plain io.Reader, stretched bool, err error) {
	in, stretched, err := backupHeader(f)
	if err != nil {
		return nil, stretched, err
	}
	id, wrong, err := backupKey(o, stretched)
	if err != nil {
		return nil, stretched, err
	}
	plain, err = age.Decrypt(in, id)
	if stretched {
		debug.FreeOSMemory()
	}
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none):
		return nil, stretched, wrong
	case errors.Is(err, ErrDisk):
		return nil, stretched, err
	case err != nil:
		return nil, stretched, badBackup("head", err)
	}
	return plain, stretched, nil
}

// backupKey is what opens a backup, and the error where it does not.
func backupKey(o Restoring, stretched bool) (id age.Identity, wrong, err error) {
	if !stretched {
		id, err := age.ParseHybridIdentity(keyring.BackupIdentity(o.Recovery))
		if err != nil {
			return nil, nil, fmt.Errorf("backup key: %w", err)
		}
		return id, ErrBackupWords, nil
	}
	tidy, err := keyring.TidyPassphrase(o.Passphrase)
	if err != nil || tidy == "" {
		return nil, nil, ErrBackupPassphrase
	}
	key, err := age.NewScryptIdentity(tidy)
	if err != nil {
		return nil, nil, fmt.Errorf("backup key: %w", err)
	}
	key.SetMaxWorkFactor(backupWork)
	return key, ErrBackupPassphrase, nil
}

// fileReader gives the disk's own refusals their name, so that they are not taken for damage.
type fileReader struct{ r io.Reader }

func (f *fileReader) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = diskError(err)
	}
	return n, err
}

// restorer files what a backup holds into a store of its own folder.
type restorer struct {
	ctx  context.Context
	dir  string
	rest *keyring.AtRest
	o    Restoring
	out  Restored

	words bool // they are in the backup

	l    *Ledger
	peer []byte
	now  *savedGroup // the group under way
	dhk  hpke.PrivateKey
	ring []epochRecord
	eid  kp1.EID // of the keys that were read last; they come in order
	few  []op.Entry
	raws [][]byte
	size int
}

func (r *restorer) head(h savedHead) error {
	if (h.Words != nil) != r.words {
		return badBackup("words", nil)
	}
	if r.words {
		r.o.Recovery = keyring.Recovery(h.Words)
	}
	l, err := CreateFrom(r.dir, r.rest, h.Name, r.o.Recovery, r.o.Options)
	if err != nil {
		return err
	}
	r.l, r.out.Name = l, h.Name
	r.peer, err = r.o.Peer(public(l.Transport()))
	return err
}

func (r *restorer) setting(s savedSetting) error { return r.l.SetLocal(s.Key, s.Value) }

// group begins a group: this computer as a device that nobody has heard of.
func (r *restorer) group(g savedGroup) error {
	if err := r.settle(); err != nil {
		return err
	}
	if r.l.groups[g.ID] != nil || kp1.MemberID(public(r.root(g))) != g.Member {
		return badBackup("group", nil)
	}
	dsk, dhk, err := keyring.NewDevice(r.l.opt.Rand)
	if err != nil {
		return err
	}
	open, err := dhk.Bytes()
	if err != nil {
		return err
	}
	r.now, r.dhk, r.eid = &g, dhk, kp1.EID{}
	h := r.l.newHouse(self{
		Group: g.ID, Genesis: g.Genesis, Device: kp1.DeviceID(public(dsk)), Member: g.Member, Sign: dsk.Seed(), Open: [][]byte{open},
		Name: g.Name, Partial: g.Partial, Since: r.l.unix(), Root: g.Root,
	})
	h.restoring = true
	return r.l.change(func(t tx) error {
		h.touch()
		r.l.groups[g.ID] = h
		return h.build(t)
	})
}

func (r *restorer) root(g savedGroup) ed25519.PrivateKey {
	if len(g.Root) == ed25519.SeedSize {
		return ed25519.NewKeyFromSeed(g.Root)
	}
	return keyring.RootKey(r.o.Recovery, g.ID)
}

// restoreKeys is how many epochs' keys are kept at once. A group may have any number: whoever is in can make more, and must not
// make a backup worthless by it.
const restoreKeys = 4_096

func (r *restorer) keys(e epochRecord) error {
	if r.eid.Compare(e.ID) >= 0 {
		return badBackup("keys", nil)
	}
	e.Proven, r.eid = false, e.ID
	r.ring = append(r.ring, e)
	if len(r.ring) < restoreKeys {
		return nil
	}
	return r.saveKeys()
}

// saveKeys keeps the keys of the group. Each is compared with its commitment when its Rekey comes.
func (r *restorer) saveKeys() error {
	if len(r.ring) == 0 {
		return nil
	}
	return r.l.change(func(t tx) error {
		h := r.l.groups[r.now.ID]
		s, err := h.shelf(t, shelfKeys, true)
		if err != nil {
			return err
		}
		h.touch()
		ring := maps.Clone(h.ring)
		for _, e := range r.ring {
			plain, err := kp1.Marshal(e)
			if err != nil {
				return err
			}
			if ring[e.ID], err = decodeEpoch(plain); err != nil {
				return err
			}
			if err := s.put(e.ID[:], plain); err != nil {
				return err
			}
		}
		h.ring, r.ring = ring, nil
		return nil
	})
}

// restoreNamed is how many payload keys are kept at once.
const restoreNamed = 1_024

func (r *restorer) named(n savedNamed) error {
	id := kp1.ID(n.Payload)
	r.few = append(r.few, op.Entry{Tag: op.TagPayload, Ref: kp1.EID(refOf(id)), Key: n.Key})
	if len(r.few) < restoreNamed {
		return nil
	}
	return r.saveNamed()
}

// saveNamed keeps payload keys as if a Grant had brought them: each is tried when its payload comes.
func (r *restorer) saveNamed() error {
	if len(r.few) == 0 {
		return nil
	}
	return r.l.change(func(t tx) error {
		b, err := r.l.groups[r.now.ID].batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		if err := b.hint(r.few); err != nil {
			return err
		}
		r.few = nil
		return b.finish()
	})
}

func (r *restorer) envelope(raw []byte) error {
	r.raws = append(r.raws, bytes.Clone(raw))
	if r.size += len(raw); len(r.raws) < restoreEnvelopes && r.size < restoreBytes {
		return nil
	}
	return r.file()
}

// file files what has been gathered.
func (r *restorer) file() error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if err := r.saveKeys(); err != nil {
		return err
	}
	if err := r.saveNamed(); err != nil || len(r.raws) == 0 {
		return err
	}
	res, err := r.l.Accept(r.ctx, r.now.ID, kp1.DID{}, r.raws)
	if err != nil {
		return err
	}
	r.out.Envelopes += len(res.Held)
	r.out.LeftOut += res.Refused
	r.raws, r.size = nil, 0
	return nil
}

// settle ends the group under way: what had passed the fences passes them again, and this computer asks to be let in.
func (r *restorer) settle() error {
	if r.now == nil {
		return nil
	}
	if err := r.file(); err != nil {
		return err
	}
	g := RestoredGroup{ID: r.now.ID}
	err := r.l.change(func(t tx) error {
		h := r.l.groups[r.now.ID]
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		h.touch()
		heads := make([]kp1.ID, len(r.now.Heads))
		for i, id := range r.now.Heads {
			heads[i] = kp1.ID(id)
		}
		if err := h.log.Pin(heads); err != nil {
			return badBackup("history", err)
		}
		if err := b.tendFences(); err != nil {
			return err
		}
		if err := b.rouse(); err != nil {
			return err
		}
		if g.Asks, err = r.ask(b); err != nil {
			return err
		}
		return b.finish()
	})
	r.out.Groups, r.now = append(r.out.Groups, g), nil
	return err
}

func (r *restorer) end() error { return r.settle() }
