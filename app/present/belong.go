package present

import (
	"context"
	"time"

	"kith/store/group"
	"kith/store/kp1"
)

// Belonging is what a Core can do about who belongs to a group and on which computers, beyond letting people in. Where
// two people have to agree a Deed waits. The errors are those of kithctl: E_NOT_ALLOWED, E_QUORUM, E_SPENT, E_NOT_FOUND.
type Belonging interface {
	// Confirm lets in a computer that waits for another member's word, once its owner was rung.
	Confirm(ctx context.Context, g kp1.GID, d kp1.DID) (Deed, error)
	// Revoke takes computers of one member out for ever: this person's own, or, for who leads, somebody else's.
	Revoke(ctx context.Context, g kp1.GID, devices ...kp1.DID) (Deed, error)
	// Vote says whom this person wants to lead a group that nobody leads; a majority makes it so at once.
	Vote(ctx context.Context, g kp1.GID, m kp1.MID) (Deed, error)
	// SetPolicy changes what holds in a group: the fields that are set.
	SetPolicy(ctx context.Context, g kp1.GID, f group.PolicyFields) (Deed, error)
	// Forget drops what waits to be signed, or could not be: an Ask that is Later. Agree signs it at once.
	Forget(ctx context.Context, g kp1.GID, ask kp1.ID) error
	// StandBy says that this person has asked the others, and that the version of who belongs stands that is here, whatever
	// else computer d has said: an open Split.
	StandBy(ctx context.Context, g kp1.GID, d kp1.DID) error
	// Keep settles a matter by undoing what was undone, or by letting stand what waits.
	Keep(ctx context.Context, g kp1.GID, matter kp1.ID) (Deed, error)
	// AdmitLate shows after all what a removal hides: the ops of a Late.
	AdmitLate(ctx context.Context, g kp1.GID, ops []kp1.ID) (Deed, error)
	// Late lists what removals hide, by person. It reads the disk.
	Late(ctx context.Context, g kp1.GID) ([]Late, error)
	// DoneBy tells what a computer did about who belongs, and how much it wrote. It reads the disk.
	DoneBy(ctx context.Context, g kp1.GID, d kp1.DID) (Done, error)
}

// Deed is what became of an act about who belongs.
type Deed struct {
	Op    kp1.ID // the op, or the proposal
	Waits bool   // it is a proposal, and nothing has changed yet
	Later bool   // it waits, unsigned, until this computer has caught up; Op names what waits, on this computer alone
}

// MatterKey names a matter of the review queue together with what brought it about. Who leaves it as it is has it noted
// as Seen under this key, on their own computer; when something else brings it about it is asked about anew.
func MatterKey(m group.Matter) kp1.ID {
	all := append([]byte("matter"), m.Op[:]...)
	for _, c := range m.Causes {
		all = append(all, c.Op[:]...)
	}
	return kp1.Sum(all)
}

// A Removal is a person or a computer that was taken out of late.
type Removal struct {
	Op      kp1.ID
	By      []kp1.MID
	Member  kp1.MID
	Devices []kp1.DID // taken out alone; none when the person was
	At      time.Time // as its author says
	Caught  bool      // the computer had signed two things in one place: it was copied, or it cheats
}

// A Candidate is somebody whom members want to lead a group that nobody leads.
type Candidate struct {
	Member kp1.MID
	By     []kp1.MID
}

// A Late is what one person wrote that a removal hides.
type Late struct {
	Member      kp1.MID
	Ops         []kp1.ID
	First, Last time.Time // as their author says
}

// Key names it, as MatterKey does a matter.
func (l Late) Key() kp1.ID {
	all := append([]byte("late"), l.Member[:]...)
	for _, id := range l.Ops {
		all = append(all, id[:]...)
	}
	return kp1.Sum(all)
}

// HiddenKey names all that removals hide in a group, as of how much that is: who has looked at it has it noted as Seen.
func HiddenKey(g Group) kp1.ID {
	return kp1.Sum(append(append([]byte("hidden"), g.ID[:]...), byte(g.Hidden), byte(g.Hidden>>8), byte(g.Hidden>>16))) //nolint:gosec // its lower parts
}

// Done is what one computer did.
type Done struct {
	Acts  []group.Act // in its own order
	Wrote int         // messages, answers and all else
	Last  time.Time   // of the newest; zero: none
}

// Keeping is what a Core can do to keep this person's things beyond this computer, and to take them off it.
type Keeping interface {
	// Backup writes all of it into a new file that only the twelve words open, or, if it is not empty, only the passphrase.
	// E_WEAK_PASSPHRASE, E_FILE_EXISTS, E_DISK_FULL.
	Backup(ctx context.Context, path, passphrase string) (Saved, error)
	// Restore makes an empty home into this person's, as a new computer, and opens it. E_NO_FILE, E_NOT_BACKUP,
	// E_BACKUP_WORDS, E_BACKUP_PASSPHRASE, E_BACKUP_COSTLY, E_BACKUP_DAMAGED, E_BACKUP_NEWER; then the home is as it was.
	Restore(ctx context.Context, r Restoring) (Restored, error)
	// Places are where a file can be put and looked for: the usual folders that are there, and memory sticks.
	Places(ctx context.Context) []Folder
	// Files are the files in the Places whose names end in suffix, newest first.
	Files(ctx context.Context, suffix string) []FoundFile
	// Recovery returns the twelve words once more. E_PASSPHRASE when the passphrase is not right.
	Recovery(ctx context.Context, passphrase string) (words [12]string, err error)
	// WriteFile makes a new file that nobody else on this computer may read. E_FILE_EXISTS, E_DISK_FULL.
	WriteFile(ctx context.Context, path string, data []byte) error
	// DeleteFile takes a file away that WriteFile has made since the program was started. E_NO_FILE.
	DeleteFile(ctx context.Context, path string) error
	// PanicWipes reports whether Panic would be a wipe: only this computer's keychain opens the home.
	PanicWipes() (bool, error)
	// Panic locks at once and takes the keychain's half away. Where that is a wipe it is E_PANIC_WIPES without wipe.
	Panic(ctx context.Context, wipe bool) (wiped bool, err error)
	// Wipe takes all of this person away from this computer. E_WIPE_LEFT: a file is there still, and nothing opens it.
	Wipe(ctx context.Context) error
}

// Saved is what a backup holds.
type Saved struct {
	Groups    int
	Envelopes int
	Bytes     int64
}

// Restoring is what a restore needs.
type Restoring struct {
	File       string
	Opens      string // the twelve words or, of a file that has one, its passphrase, as typed
	Passphrase string // of the new home
	Keychain   bool
}

// Restored is what came out of a backup.
type Restored struct {
	Name      string
	Groups    []RestoredGroup
	Envelopes int
	LeftOut   int // that were not taken in; the others are asked for them
}

// RestoredGroup is one group of a backup.
type RestoredGroup struct {
	ID    kp1.GID
	Waits bool // for another member's word; otherwise it takes a new invite
}

// Folder is a place for files.
type Folder struct {
	Kind string // one of the Folder words
	Name string // of a memory stick, as the system calls it
	Path string
}

// Kinds of folder.
const (
	FolderDocuments = "documents"
	FolderDownloads = "downloads"
	FolderDesktop   = "desktop"
	FolderHome      = "home"
	FolderStick     = "stick"
)

// FoundFile is a file that was found.
type FoundFile struct {
	Path string
	At   time.Time
	Size int64
}

// SettingBackupAt is when the last backup was made on this computer, in RFC 3339; empty: never.
const SettingBackupAt = "backup-at"

// How the names of files end: of backups, and of those that two computers exchange.
const (
	BackupSuffix = ".kith"
	LinkSuffix   = ".kithlink"
)
