package settings

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets"
)

// BackupState is what the page shows on which a backup is saved.
type BackupState struct {
	Back, Title, Text string
	Last              present.Line // when the last one was made
	Place             PlaceState
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

// PlaceState is the question where to put a file.
type PlaceState struct {
	Label  string
	Places []present.Option // SetPlace
	Other  string           // label of the field for a folder, when another place is chosen; empty otherwise
	Hint   string
	Error  string
	Name   string // "The file will be called ..."
}

const otherPlace = "other"

// place keeps the answer to where a file goes.
type place struct {
	all    []present.Folder
	chosen string
	wrong  bool
}

func (p *place) look(d *present.Desk) {
	p.all = d.Core.Places(context.Background())
	if len(p.all) > 0 {
		p.chosen = p.all[0].Path
	} else {
		p.chosen = otherPlace
	}
	for _, f := range p.all {
		if f.Kind == present.FolderStick { // a file beside what it is a copy of is no safety
			p.chosen = f.Path
		}
	}
}

func (p *place) state(name string) PlaceState {
	s := PlaceState{Label: present.Say("settings.place"), Name: present.Say("settings.place.name", "Name", name)}
	for _, f := range p.all {
		s.Places = append(s.Places, present.Option{Value: f.Path, Label: FolderName(f), Chosen: p.chosen == f.Path})
	}
	s.Places = append(s.Places, present.Option{Value: otherPlace, Label: present.Say("settings.place.other"), Chosen: p.chosen == otherPlace})
	if p.chosen == otherPlace {
		s.Other, s.Hint = present.Say("settings.place.folder"), present.Say("settings.place.folder.hint")
	}
	if p.wrong {
		s.Error = present.Say("settings.place.missing")
	}
	return s
}

// path is where the file goes; other is what was typed. Empty when nothing was.
func (p *place) path(other, name string) string {
	dir := p.chosen
	if dir == otherPlace {
		if dir = strings.TrimSpace(other); dir == "" {
			return ""
		}
	}
	return filepath.Join(dir, name)
}

// FolderName says what a place is called.
func FolderName(f present.Folder) string {
	switch f.Kind {
	case present.FolderDocuments:
		return present.Say("settings.place.documents")
	case present.FolderDownloads:
		return present.Say("settings.place.downloads")
	case present.FolderDesktop:
		return present.Say("settings.place.desktop")
	case present.FolderStick:
		return present.Say("settings.place.stick", "Name", f.Name)
	}
	return present.Say("settings.place.home")
}

// Backup keeps the page.
type Backup struct {
	*present.Model[BackupState]
	place
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
	vm.look(d)
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
	return present.Line{Icon: assets.IconDone, Text: present.Say("settings.backup.last", "When", present.DayMoment(at.In(now.Location()), now))}
}

func (vm *Backup) make(_ present.World, now time.Time) BackupState {
	s := BackupState{
		Back: present.Say("settings.title"), Title: present.Say("settings.backup"), Text: present.Say("settings.backup.text"),
		Last: LastBackup(vm.Desk().Core, now), Place: vm.state(backupName(now)), HoldsHeading: present.Say("settings.backup.holds"),
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
func (vm *Backup) SetPlace(path string) { vm.Change(func() { vm.chosen, vm.wrong = path, false }) }

// SetOpens says what opens the backup.
func (vm *Backup) SetOpens(what string) {
	vm.Change(func() { vm.own, vm.short, vm.differ, vm.err = what == opensOwn, "", "", nil })
}

// Save makes the file; other is the folder that was typed, if any, and so are the passphrase and the same once more.
func (vm *Backup) Save(other, pass, again string) {
	path := vm.path(other, backupName(vm.Desk().Now()))
	going := false
	vm.Change(func() {
		going, vm.wrong, vm.short, vm.differ, vm.err = vm.busy, path == "", "", "", nil
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
