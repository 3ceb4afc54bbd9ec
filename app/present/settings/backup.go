package settings

import (
	"context"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets"
)

// BackupState is what the page shows on which a backup is saved.
type BackupState struct {
	Back, Title, Text string
	Last              present.Line // when the last one was made
	Place             present.PlaceState
	OpensLabel        string
	Opens             []present.Option // SetOpens
	Pass, Again       PassField        // without a label where the words open it
	HoldsHeading      string
	Holds             []present.Line
	Button, Busy      string
	Done, DoneText    string // after it was saved
	Problem           present.Problem
}

// PassField is a field for a passphrase.
type PassField struct{ Label, Hint, Error string }

// Backup keeps the page.
type Backup struct {
	*present.Model[BackupState]
	to     present.SaveTo
	own    bool   // a passphrase of its own opens it
	short  string // what is wrong with that
	differ string
	busy   bool
	saved  string // the file
	byPass bool   // and how it was saved
	err    error
}

// What opens a backup.
const (
	opensWords = "words"
	opensOwn   = "own"
)

// NewBackup returns the page.
func NewBackup(d *present.Desk) *Backup {
	vm := &Backup{}
	vm.to = present.NewSaveTo(d)
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func backupName(now time.Time) string {
	return "kith-backup-" + now.Format("2006-01-02-1504") + present.BackupSuffix
}

// LastBackup says when the last backup was made on this computer.
func LastBackup(c present.Core, now time.Time) present.Line {
	at, err := time.Parse(time.RFC3339, c.Setting(present.SettingBackupAt))
	if err != nil {
		return present.Line{Icon: assets.IconWarning, Text: present.Say("settings.backup.never")}
	}
	return present.Line{Icon: assets.IconDone, Text: present.Say("settings.backup.last", "When", present.DayWithin(at.In(now.Location()), now))}
}

func (vm *Backup) make(_ present.World, now time.Time) BackupState {
	s := BackupState{
		Back: present.Say("settings.title"), Title: present.Say("settings.backup"), Text: present.Say("settings.backup.text"),
		Last: LastBackup(vm.Desk().Core, now), Place: vm.to.Question(backupName(now)), HoldsHeading: present.Say("settings.backup.holds"),
		Holds: []present.Line{
			{Icon: assets.IconDone, Text: present.Say("settings.backup.holds.all")},
			{Icon: assets.IconLock, Text: present.Say("settings.backup.holds.words")},
			{Icon: assets.IconComputer, Text: present.Say("settings.backup.holds.new")},
		},
		Button: present.Say("settings.backup.button"), Problem: present.Explain(vm.err),
		OpensLabel: present.Say("settings.backup.opens"),
		Opens: []present.Option{
			{Value: opensWords, Label: present.Say("settings.backup.opens.words"), Chosen: !vm.own},
			{Value: opensOwn, Label: present.Say("settings.backup.opens.own"), Chosen: vm.own},
		},
	}
	if vm.own {
		s.Pass = PassField{present.Say("settings.backup.pass"), present.Say("settings.backup.pass.hint"), vm.short}
		s.Again = PassField{present.Say("start.pass.again"), "", vm.differ}
		s.Holds[1] = present.Line{Icon: assets.IconLock, Text: present.Say("settings.backup.holds.pass")}
	}
	if vm.busy {
		s.Busy = present.Say("settings.backup.busy")
	}
	if vm.saved != "" {
		s.Done, s.DoneText = present.Say("settings.backup.done"), present.Say("settings.backup.done.text", "File", vm.saved)
		if vm.byPass {
			s.DoneText += " " + present.Say("settings.backup.done.pass")
		}
	}
	return s
}

// SetPlace says where it goes.
func (vm *Backup) SetPlace(path string) { vm.Change(func() { vm.to.Pick(path) }) }

// SetOpens says what opens the backup.
func (vm *Backup) SetOpens(what string) {
	vm.Change(func() { vm.own, vm.short, vm.differ, vm.err = what == opensOwn, "", "", nil })
}

// Save makes the file; other is the folder that was typed, if any, and so are the passphrase and the same once more.
func (vm *Backup) Save(other, pass, again string) {
	path := vm.to.Path(other, backupName(vm.Desk().Now()))
	going := false
	vm.Change(func() {
		going, vm.to.Missing, vm.short, vm.differ, vm.err = vm.busy, path == "", "", "", nil
		switch {
		case !vm.own:
			pass = ""
		case strings.TrimSpace(pass) == "":
			vm.short = present.Say("settings.backup.pass.missing")
		case pass != again:
			vm.differ = present.Say("start.pass.differ")
		}
		going = going || path == "" || vm.short != "" || vm.differ != ""
		vm.busy = vm.busy || !going
	})
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		_, err := vm.Desk().Core.Backup(ctx, path, pass)
		vm.Change(func() {
			vm.busy, vm.err = false, err
			if err == nil {
				vm.saved, vm.byPass = path, pass != ""
			}
		})
	})
}
