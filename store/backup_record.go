package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
)

// Kinds of records in a backup. docs/spec/backup.md has every byte.
const (
	backupHead     byte = 1 // first, once
	backupSetting  byte = 2
	backupGroup    byte = 3 // what follows, up to the next of these, is this group's
	backupKeys     byte = 4
	backupEnvelope byte = 5
	backupEnd      byte = 6 // last, once
	backupNamed    byte = 7 // after a group's keys: the key of a payload for few people
)

// Limits of a backup, beside those of what is in it.
const (
	backupVersion    = 1
	maxBackupHead    = 16 << 10 // bytes, of any version
	maxBackupSetting = 1 << 20
	maxBackupGroup   = 256 << 10
	maxBackupKeys    = 1 << 10
	maxBackupEnd     = 64
	maxBackupNamed   = 128

	maxBackupSettings = 32
	maxBackupGroups   = 1_024
	maxBackupHeads    = 4_096 // auth heads of one group
)

// backupLimit is the longest body of a kind, -1 for a kind that does not exist.
func backupLimit(kind byte) int {
	switch kind {
	case backupHead:
		return maxBackupHead
	case backupSetting:
		return maxBackupSetting
	case backupGroup:
		return maxBackupGroup
	case backupKeys:
		return maxBackupKeys
	case backupEnvelope:
		return kp1.MaxEnvelope
	case backupEnd:
		return maxBackupEnd
	case backupNamed:
		return maxBackupNamed
	}
	return -1
}

// savedHead says whose backup this is and when it was made.
type savedHead struct {
	V    uint64 `cbor:"v"`
	Name string `cbor:"n"`
	At   uint64 `cbor:"t"` // unix seconds, by the clock of who made it

	Words []byte `cbor:"rs,omitempty"` // the secret behind the twelve words, where a passphrase opens the backup
}

// savedSetting is a setting or mark of the person's own.
type savedSetting struct {
	Key   string `cbor:"k"`
	Value []byte `cbor:"v"`
}

// savedGroup is what a restored computer must know of a group before its history: nothing of the device that made the
// backup is in it.
type savedGroup struct {
	ID      kp1.GID    `cbor:"g"`
	Genesis kp1.Link   `cbor:"gn"`
	Member  kp1.MID    `cbor:"m"`
	Name    string     `cbor:"nm"`
	Partial bool       `cbor:"pa"`
	Root    []byte     `cbor:"rt,omitempty"` // seed of the root key in the group, where the twelve words do not give it
	Heads   []kp1.Link `cbor:"a"`            // of the ops that were admitted, ascending: a restored computer asks no fence about them
}

// savedNamed is the key of a payload that was for this person among few: the boxes for it are shut to a new device.
type savedNamed struct {
	Payload kp1.Link `cbor:"p"`
	Key     [32]byte `cbor:"k"`
}

// savedCount is what a backup holds, to be compared at its end.
type savedCount struct {
	Settings  uint64 `cbor:"s"`
	Groups    uint64 `cbor:"g"`
	Keys      uint64 `cbor:"k"`
	Envelopes uint64 `cbor:"e"`
	Named     uint64 `cbor:"p"`
}

// backupWriter writes records.
type backupWriter struct {
	w     io.Writer
	count savedCount
}

func (b *backupWriter) put(kind byte, body []byte) error {
	if len(body) > backupLimit(kind) {
		return fmt.Errorf("record %d of %d bytes: %w", kind, len(body), kp1.ErrTooBig)
	}
	var head [5]byte
	head[0] = kind
	binary.BigEndian.PutUint32(head[1:], uint32(len(body))) //nolint:gosec // at most 1 MiB
	if _, err := b.w.Write(head[:]); err != nil {
		return err
	}
	switch kind {
	case backupSetting:
		b.count.Settings++
	case backupGroup:
		b.count.Groups++
	case backupKeys:
		b.count.Keys++
	case backupEnvelope:
		b.count.Envelopes++
	case backupNamed:
		b.count.Named++
	}
	_, err := b.w.Write(body)
	return err
}

func (b *backupWriter) putCBOR(kind byte, v any) error {
	body, err := kp1.Marshal(v)
	if err != nil {
		return err
	}
	return b.put(kind, body)
}

// backupTo is told what a backup holds, in its order. An envelope's bytes are good until the next call.
type backupTo interface {
	head(h savedHead) error
	setting(s savedSetting) error
	group(g savedGroup) error
	keys(r epochRecord) error
	named(n savedNamed) error
	envelope(raw []byte) error
	end() error
}

// readBackup reads the records of a backup. What is not exactly what a backupWriter writes is ErrBackupDamaged, a head of
// a later version ErrBackupNewer; errors of to pass unchanged. It holds one record in memory.
func readBackup(r io.Reader, to backupTo) error {
	b := backupReader{r: r, to: to}
	for !b.over {
		if err := b.next(); err != nil {
			return err
		}
	}
	if _, err := io.ReadFull(r, b.first[:1]); !errors.Is(err, io.EOF) {
		return badBackup("something after its end", err)
	}
	return to.end()
}

func badBackup(what string, err error) error {
	if err == nil {
		return fmt.Errorf("%s: %w", what, ErrBackupDamaged)
	}
	return fmt.Errorf("%s: %w: %w", what, ErrBackupDamaged, err)
}

type backupReader struct {
	r     io.Reader
	to    backupTo
	first [5]byte
	body  []byte
	last  byte // kind of the record before
	count savedCount
	over  bool
}

// follows says whether a record of this kind may come after one of that.
func (b *backupReader) follows(kind byte) bool {
	switch kind {
	case backupHead:
		return b.last == 0
	case backupSetting:
		return b.last == backupHead || b.last == backupSetting
	case backupGroup, backupEnd:
		return b.last != 0
	case backupKeys:
		return b.last == backupGroup || b.last == backupKeys
	case backupNamed:
		return b.last == backupGroup || b.last == backupKeys || b.last == backupNamed
	case backupEnvelope:
		return b.last >= backupGroup
	}
	return false
}

func (b *backupReader) next() error {
	if _, err := io.ReadFull(b.r, b.first[:]); err != nil {
		return badBackup("cut short", err)
	}
	kind, n := b.first[0], int64(binary.BigEndian.Uint32(b.first[1:]))
	if !b.follows(kind) || n > int64(backupLimit(kind)) {
		return badBackup(fmt.Sprintf("record %d of %d bytes after %d", kind, n, b.last), nil)
	}
	if int64(cap(b.body)) < n {
		b.body = make([]byte, n)
	}
	b.body = b.body[:n]
	if _, err := io.ReadFull(b.r, b.body); err != nil {
		return badBackup("cut short", err)
	}
	b.last = kind
	switch kind {
	case backupHead:
		return b.readHead()
	case backupSetting:
		b.count.Settings++
		return readRecord(b, b.count.Settings <= maxBackupSettings, savedSetting.whole, b.to.setting)
	case backupGroup:
		b.count.Groups++
		return readRecord(b, b.count.Groups <= maxBackupGroups, savedGroup.whole, b.to.group)
	case backupKeys:
		b.count.Keys++
		return readRecord(b, true, epochRecord.whole, b.to.keys)
	case backupNamed:
		b.count.Named++
		return readRecord(b, true, func(savedNamed) bool { return true }, b.to.named)
	case backupEnvelope:
		b.count.Envelopes++
		if _, err := op.DecodeEnvelope(b.body); err != nil {
			return badBackup("envelope", err)
		}
		return b.to.envelope(b.body)
	}
	b.over = true
	fits := func(c savedCount) bool { return c == b.count }
	return readRecord(b, true, fits, func(savedCount) error { return nil })
}

func (b *backupReader) readHead() error {
	var version struct {
		V uint64 `cbor:"v"`
	}
	if err := kp1.Unmarshal(b.body, &version); err != nil {
		return badBackup("head", err)
	}
	if version.V > backupVersion {
		return fmt.Errorf("version %d: %w", version.V, ErrBackupNewer)
	}
	whole := func(h savedHead) bool {
		return h.V == backupVersion && (h.Words == nil || len(h.Words) == len(keyring.Recovery{}))
	}
	return readRecord(b, true, whole, b.to.head)
}

// readRecord reads the body of a record, which must be exactly what is written for its value.
func readRecord[T any](b *backupReader, room bool, whole func(T) bool, to func(T) error) error {
	var v T
	if err := kp1.UnmarshalClosed(b.body, &v); err != nil {
		return badBackup("record", err)
	}
	if again, err := kp1.Marshal(v); err != nil || !bytes.Equal(again, b.body) || !room || !whole(v) {
		return badBackup(fmt.Sprintf("record %d", b.last), err)
	}
	return to(v)
}

func (s savedSetting) whole() bool { return s.Key != "" && s.Value != nil }

func (g savedGroup) whole() bool {
	for i := 1; i < len(g.Heads); i++ {
		if kp1.ID(g.Heads[i-1]).Compare(kp1.ID(g.Heads[i])) >= 0 {
			return false
		}
	}
	return len(g.Heads) > 0 && len(g.Heads) <= maxBackupHeads
}

// whole says whether the lists of an epoch record are what setEpochs writes.
func (r epochRecord) whole() bool {
	for _, keys := range [][]keyed{r.Key, r.Cont} {
		for i, k := range keys {
			if k.Comp >= comps || i > 0 && keys[i-1].Comp >= k.Comp {
				return false
			}
		}
	}
	return len(r.Auth) == 0 || len(r.Auth) == 1 && len(r.Auth[0]) == 32
}
