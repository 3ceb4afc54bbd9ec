package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"filippo.io/age"

	"kith/store/keyring"
	"kith/store/kp1"
)

var (
	// ErrFileExists: a file of that name is there; it was left as it is.
	ErrFileExists = &kp1.Error{ECode: "E_FILE_EXISTS", Msg: "a file of that name is there already"}
	// ErrNoFile: there is no file of that name.
	ErrNoFile = &kp1.Error{ECode: "E_NO_FILE", Msg: "no such file"}
	// ErrNotBackup: the file is no age file.
	ErrNotBackup = &kp1.Error{ECode: "E_NOT_BACKUP", Msg: "not a backup"}
	// ErrBackupWords: the words do not open this backup. It is somebody else's, or its first lines were changed.
	ErrBackupWords = &kp1.Error{ECode: "E_BACKUP_WORDS", Msg: "backup does not open with these words"}
	// ErrBackupPassphrase: the passphrase does not open this backup, or its first lines were changed.
	ErrBackupPassphrase = &kp1.Error{ECode: "E_BACKUP_PASSPHRASE", Msg: "backup does not open with this passphrase"}
	// ErrBackupCostly: opening the backup would take more memory and time than Kith asks of any. Kith did not make it.
	ErrBackupCostly = &kp1.Error{ECode: "E_BACKUP_COSTLY", Msg: "backup asks for too much work"}
	// ErrBackupDamaged: the backup was cut short or changed.
	ErrBackupDamaged = &kp1.Error{ECode: "E_BACKUP_DAMAGED", Msg: "backup is damaged"}
	// ErrBackupNewer: a newer version wrote the backup.
	ErrBackupNewer = &kp1.Error{ECode: "E_BACKUP_NEWER", Msg: "backup was written by a newer version"}
)

// Saved is what a backup holds.
type Saved struct {
	Groups    int
	Envelopes int
	Bytes     int64
}

// saved is what memory knows of a group at the moment of a backup.
type saved struct {
	h    *house
	head savedGroup
	ring ring
	few  []savedNamed
}

// Backing is how a backup is made; the zero value has none of the settings in it, and the twelve words open it.
type Backing struct {
	Settings   []string // names of those that are in it
	Passphrase string   // opens it instead of the words, which are in it then
}

// Backup writes everything this person has into a new file that only the twelve words open, or only a passphrase: the
// groups, their envelopes as they came, the epoch keys, and settings (protocol 3.7). The keys of this device are not in
// it, so that a restored copy is a new device. The file is on disk, whole, when it has its name. Errors worth testing for:
// keyring.ErrWeak, ErrFileExists, ErrFull, ErrDisk; then there is no new file. Damaged groups are left out.
func (l *Ledger) Backup(ctx context.Context, path string, b Backing) (Saved, error) {
	to, err := l.backupRecipient(b.Passphrase)
	if err != nil {
		return Saved{}, err
	}
	var out Saved
	err = newFile(path, func(f io.Writer) error {
		sealed, err := age.Encrypt(f, to)
		if err != nil {
			return err
		}
		w := &backupWriter{w: sealed}
		if err := l.backup(ctx, w, b); err != nil {
			return err
		}
		out.Groups, out.Envelopes = int(w.count.Groups), int(w.count.Envelopes) //nolint:gosec // counts of this disk
		return sealed.Close()
	})
	if err != nil {
		return Saved{}, err
	}
	st, err := os.Stat(path)
	if err != nil {
		return Saved{}, diskError(err)
	}
	out.Bytes = st.Size()
	return out, nil
}

// backupWork is the work of one guess at the passphrase of a backup, and the most that opening one may ask for: scrypt with
// N = 2^17, r = 8, p = 1, which takes 128 MiB and about half a second.
const backupWork = 17

// backupRecipient is for whom a backup is sealed: who has the words, or who knows the passphrase.
func (l *Ledger) backupRecipient(passphrase string) (age.Recipient, error) {
	if passphrase == "" {
		id, err := age.ParseHybridIdentity(keyring.BackupIdentity(l.Recovery()))
		if err != nil {
			return nil, fmt.Errorf("backup key: %w", err)
		}
		return id.Recipient(), nil
	}
	if err := keyring.CheckPassphrase(passphrase, true); err != nil { // whoever finds the file may guess for ever
		return nil, err
	}
	tidy, err := keyring.TidyPassphrase(passphrase)
	if err != nil {
		return nil, err
	}
	to, err := age.NewScryptRecipient(tidy)
	if err != nil {
		return nil, fmt.Errorf("backup key: %w", err)
	}
	to.SetWorkFactor(backupWork)
	return frugal{to}, nil
}

// frugal gives the memory of the stretching back to the system.
type frugal struct{ age.Recipient }

// Wrap is that of age.Recipient.
func (f frugal) Wrap(key []byte) ([]*age.Stanza, error) {
	defer debug.FreeOSMemory()
	return f.Recipient.Wrap(key)
}

// backup writes the records, all of one moment. Others may write meanwhile.
func (l *Ledger) backup(ctx context.Context, w *backupWriter, b Backing) error {
	l.mu.Lock()
	held := true
	defer func() {
		if held {
			l.mu.Unlock()
		}
	}()
	return l.view(func(t tx) error {
		var all []saved
		for _, h := range l.sorted() {
			heads := h.log.Heads()
			if len(heads) == 0 {
				continue // a welcome whose history has not come: it is asked for again
			}
			slices.SortFunc(heads, kp1.ID.Compare)
			all = append(all, saved{h, savedGroup{
				ID: h.id, Genesis: h.self.Genesis, Member: h.self.Member, Name: h.self.Name, Partial: h.self.Partial, Heads: kp1.Links(heads), Root: h.self.Root,
			}, h.ring, h.savedNamed()})
		}
		who := savedHead{V: backupVersion, Name: l.who.Name, At: l.unix()}
		if b.Passphrase != "" {
			who.Words = bytes.Clone(l.who.Recovery)
		}
		l.mu.Unlock()
		held = false
		if err := w.putCBOR(backupHead, who); err != nil {
			return err
		}
		if err := l.backupSettings(t, w, b.Settings); err != nil {
			return err
		}
		for _, s := range all {
			if err := s.write(ctx, t, w); err != nil {
				return fmt.Errorf("group %s: %w", s.h.id.Short(), err)
			}
		}
		return w.putCBOR(backupEnd, w.count)
	})
}

func (l *Ledger) backupSettings(t tx, w *backupWriter, keys []string) error {
	local, err := t.top(shelfLocal, false)
	if err != nil {
		return err
	}
	for _, key := range keys {
		v, err := local.get(l.rest.Name("local", []byte(key)))
		if err != nil {
			return err
		}
		if v == nil {
			continue
		}
		if err := w.putCBOR(backupSetting, savedSetting{Key: key, Value: v}); err != nil {
			return err
		}
	}
	return nil
}

// write writes one group: its keys, then its envelopes in the order in which they came, chunks of files last.
func (s saved) write(ctx context.Context, t tx, w *backupWriter) error {
	if err := w.putCBOR(backupGroup, s.head); err != nil {
		return err
	}
	ids := make([]kp1.EID, 0, len(s.ring))
	for id := range s.ring {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, kp1.EID.Compare)
	for _, id := range ids {
		if err := w.putCBOR(backupKeys, s.ring[id].record()); err != nil {
			return err
		}
	}
	for _, n := range s.few {
		if err := w.putCBOR(backupNamed, n); err != nil {
			return err
		}
	}
	log, err := s.h.openLog(t, false)
	if err != nil {
		return err
	}
	entry := func(n uint64, plain []byte) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		env, err := decodeEntry(n, plain)
		if err != nil {
			return false, err
		}
		return true, w.put(backupEnvelope, env.Bytes)
	}
	return errors.Join(log.each(0, entry), log.eachLarge(entry))
}

// savedNamed are the keys of payloads for few people that this device has opened, by payload ascending.
func (h *house) savedNamed() []savedNamed {
	keys := map[kp1.ID][32]byte{}
	for _, n := range h.named {
		if n.key != nil && !n.void {
			keys[n.payload] = *n.key
		}
	}
	out := make([]savedNamed, 0, len(keys))
	for _, id := range slices.SortedFunc(maps.Keys(keys), kp1.ID.Compare) {
		out = append(out, savedNamed{id.Link(), keys[id]})
	}
	return out
}

// besides is the name under which a file is written: short however long its own is, the same each time, so that what a power
// cut left is found and goes, and none that anybody else gives a file.
func besides(path string) string {
	sum := kp1.Sum([]byte(filepath.Base(path)))
	return filepath.Join(filepath.Dir(path), ".kith-"+hex.EncodeToString(sum[:8])+".new")
}

// newFile makes a file that is there whole or not at all, also when the power goes: it is written under another name and
// synced, and only then gets its own, which it never takes from another file.
func newFile(path string, fill func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return ErrFileExists
	}
	tmp := besides(path)
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return diskError(err)
	}
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return diskError(err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp)
		}
	}()
	err = fill(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return diskError(err)
	}
	if err = place(tmp, path); err != nil {
		if errors.Is(err, ErrExists) {
			err = ErrFileExists
		}
		return err
	}
	return diskError(syncDir(filepath.Dir(path)))
}
