package start

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets"
)

// ReturnPage is the choice what there is to bring things back from.
type ReturnPage struct{ Choices []Choice }

// BringPage takes a backup and what opens it.
type BringPage struct {
	FilesLabel string
	Files      []present.Option // SetFile; the backups that were found, and another one
	File       Field            // of another file; no label while one that was found is chosen
	Words      Field
	None       present.Line // none was found
	Note       present.Line
}

// PaperPage takes the twelve words of somebody who has nothing else.
type PaperPage struct {
	Words Field
	Notes []present.Line // what happens then
}

// BroughtPage says what came back.
type BroughtPage struct {
	Groups []present.Line
	Next   present.Line
	Open   string // button: into Kith
}

const otherFile = "other"

// back opens the choice of what to bring things back from.
func (vm *VM) back(s *State) {
	s.Title, s.Text = present.Say("start.return.title"), present.Say("start.return.text")
	s.Return.Choices = []Choice{
		{Way: WayDevice, Line: present.Line{Icon: assets.IconComputer, Text: present.Say("start.return.device")}, Text: present.Say("start.return.device.text")},
		{Way: WayBack, Main: true, Line: present.Line{Icon: assets.IconSave, Text: present.Say("start.return.backup")}, Text: present.Say("start.return.backup.text")},
		{Way: WayPaper, Line: present.Line{Icon: assets.IconPage, Text: present.Say("start.return.paper")}, Text: present.Say("start.return.paper.text")},
		{Way: WayInvited, Line: present.Line{Icon: assets.IconInvite, Text: present.Say("start.return.invite")}, Text: present.Say("start.return.invite.text")},
	}
}

// Return opens the page on which somebody says what they have to bring their things back from. It looks for backups.
func (vm *VM) Return() {
	found := vm.Desk().Core.Files(context.Background(), present.BackupSuffix)
	vm.Change(func() {
		vm.page, vm.errs, vm.err, vm.files = Return, nil, nil, found
		if vm.draft.File == "" && len(found) > 0 {
			vm.draft.File = found[0].Path
		}
	})
}

// SetFile chooses a backup that was found, or another one.
func (vm *VM) SetFile(path string) { vm.Change(func() { vm.draft.File, vm.errs = path, nil }) }

func (vm *VM) bring(s *State, now time.Time) {
	s.Title, s.Text, s.Next = present.Say("start.bring.title"), present.Say("start.bring.text"), present.Say("start.name.next")
	p := BringPage{
		FilesLabel: present.Say("start.bring.files"), Words: vm.field("start.bring.opens", "start.bring.opens.hint", FieldWords),
		Note: present.Line{Icon: assets.IconComputer, Text: present.Say("start.bring.note")},
	}
	other := true
	for _, f := range vm.files {
		p.Files = append(p.Files, present.Option{
			Value: f.Path, Label: present.DayMoment(f.At.In(now.Location()), now), Hint: filepath.Base(f.Path), Chosen: vm.draft.File == f.Path,
		})
		other = other && vm.draft.File != f.Path
	}
	if len(p.Files) > 0 {
		p.Files = append(p.Files, present.Option{Value: otherFile, Label: present.Say("start.bring.other"), Chosen: other})
	} else {
		p.None = present.Line{Icon: assets.IconHelp, Text: present.Say("start.bring.none")}
	}
	if other {
		p.File = vm.field("start.bring.path", "start.bring.path.hint", FieldFile)
	}
	s.Bring = p
}

// file is the backup that was chosen or typed.
func (vm *VM) file(d Draft) string {
	for _, f := range vm.files {
		if f.Path == vm.draft.File {
			return f.Path
		}
	}
	return strings.TrimSpace(d.Path)
}

// take goes on from the backup and the words to the passphrase.
func (vm *VM) take(d Draft) {
	file, words := "", ""
	if vm.file(d) == "" {
		file = present.Say("start.bring.path.missing")
	}
	if strings.TrimSpace(d.Recovery) == "" {
		words = present.Say("start.bring.opens.missing")
	}
	if vm.right(present.FieldError{Field: FieldFile, Say: file}, present.FieldError{Field: FieldWords, Say: words}) {
		vm.Change(func() { vm.page = Passphrase })
	}
}

const recoveryWords = 12

// paper is the page for who has nothing but twelve words.
func (vm *VM) paper(s *State) {
	s.Title, s.Text, s.Next = present.Say("start.paper.title"), present.Say("start.paper.text"), present.Say("start.paper.next")
	s.Paper = PaperPage{
		Words: vm.field("start.bring.words", "start.bring.words.hint", FieldWords),
		Notes: []present.Line{
			{Icon: assets.IconPeople, Text: present.Say("start.paper.same")},
			{Icon: assets.IconInvite, Text: present.Say("start.paper.invite")},
			{Icon: assets.IconPhone, Text: present.Say("start.paper.ring")},
		},
	}
}

// read goes on from the twelve words to the name.
func (vm *VM) read(d Draft) {
	words := ""
	if len(strings.Fields(d.Recovery)) != recoveryWords {
		words = present.Say("start.bring.words.missing")
	}
	if vm.right(present.FieldError{Field: FieldWords, Say: words}) {
		vm.Change(func() { vm.page = Name })
	}
}

// restore brings everything back under a new passphrase. What is wrong with the file or the words is put right on the
// page before.
func (vm *VM) restore(d Draft) {
	file := vm.file(d)
	var out present.Restored
	vm.work("start.bring.busy", func(ctx context.Context) (err error) {
		out, err = vm.Desk().Core.Restore(ctx, present.Restoring{
			File: file, Opens: strings.TrimSpace(d.Recovery), Passphrase: d.Passphrase, Keychain: true,
		})
		if err != nil {
			vm.Change(func() { vm.page = Bring })
		}
		return err
	}, func() {
		vm.brought, vm.page = out, Brought
		vm.draft.Passphrase, vm.draft.Again, vm.draft.Recovery = "", "", ""
	})
}

func (vm *VM) came(s *State, w present.World) {
	s.Title, s.Text = present.Say("start.brought.title", "Name", vm.brought.Name), present.Say("start.brought.text")
	p := BroughtPage{Open: present.Say("start.brought.open"), Next: present.Line{Icon: assets.IconPhone, Text: present.Say("start.brought.next")}}
	waits := false
	for _, g := range vm.brought.Groups {
		name := present.Say("group.unnamed")
		if x, ok := w.Find(g.ID); ok {
			name = x.Title()
		}
		if waits = waits || g.Waits; g.Waits {
			p.Groups = append(p.Groups, present.Line{Icon: assets.IconWaiting, Text: present.Say("start.brought.waits", "Group", name)})
		} else {
			p.Groups = append(p.Groups, present.Line{Icon: assets.IconInvite, Text: present.Say("start.brought.out", "Group", name)})
		}
	}
	if !waits {
		p.Next = present.Line{}
	}
	s.Brought = p
}
