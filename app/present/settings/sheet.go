package settings

import (
	"context"
	"time"

	"kith/app/present"
	"kith/assets"
)

// SheetState is what the page shows on which the recovery sheet is made once more.
type SheetState struct {
	Back, Title, Text string
	Label, Hint, Show string // the passphrase
	Missing           string // what to put right at it
	Place             present.PlaceState
	Button, Busy      string
	Words             []string // the twelve; empty before the passphrase was right
	WordsHeading      string
	Keep              present.Line
	Done, DoneText    string // where the page lies
	Delete            string // Delete; empty once it is gone
	Problem           present.Problem
	Tries             int // grows with every answer, so that the screen can empty the field
}

// Sheet keeps the page.
type Sheet struct {
	*present.Model[SheetState]
	to      present.SaveTo
	draw    func(present.RecoverySheet) ([]byte, error)
	busy    bool
	missing bool
	words   []string
	saved   string
	deleted bool
	tries   int
	err     error
}

// NewSheet returns the page; draw makes the paper.
func NewSheet(d *present.Desk, draw func(present.RecoverySheet) ([]byte, error)) *Sheet {
	vm := &Sheet{draw: draw}
	vm.to = present.NewSaveTo(d)
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func sheetName(now time.Time) string { return "kith-page-" + now.Format("2006-01-02-1504") + ".pdf" }

func (vm *Sheet) make(_ present.World, now time.Time) SheetState {
	s := SheetState{
		Back: present.Say("settings.title"), Title: present.Say("settings.sheet"), Text: present.Say("settings.sheet.text"),
		Label: present.Say("locked.label"), Hint: present.Say("settings.sheet.ask"), Show: present.Say("locked.show"),
		Place: vm.to.Question(sheetName(now)), Button: present.Say("settings.sheet.button"), Words: vm.words,
		Keep: present.Line{Icon: assets.IconShield, Text: present.Say("start.sheet.keep")}, Problem: present.Explain(vm.err), Tries: vm.tries,
	}
	if vm.missing {
		s.Missing = present.Say("locked.empty")
	}
	if vm.busy {
		s.Busy = present.Say("settings.sheet.busy")
	}
	if len(vm.words) > 0 {
		s.WordsHeading = present.Say("settings.sheet.words")
	}
	switch {
	case vm.deleted:
		s.Done = present.Say("settings.sheet.deleted")
	case vm.saved != "":
		s.Done, s.DoneText = present.Say("settings.sheet.done"), present.Say("settings.sheet.done.text", "File", vm.saved)
		s.Delete = present.Say("settings.sheet.delete")
	}
	return s
}

// SetPlace says where the page goes.
func (vm *Sheet) SetPlace(path string) { vm.Change(func() { vm.to.Pick(path) }) }

// Make asks for the words with the passphrase, and draws the page; other is the folder that was typed, if any.
func (vm *Sheet) Make(passphrase, other string) {
	path := vm.to.Path(other, sheetName(vm.Desk().Now()))
	going, ready := false, path != "" && passphrase != ""
	vm.Change(func() {
		going, vm.to.Missing, vm.missing, vm.err = vm.busy, path == "", passphrase == "", nil
		vm.busy = vm.busy || ready
	})
	if going || !ready {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		words, err := vm.page(ctx, passphrase, path)
		vm.Change(func() {
			vm.busy, vm.err = false, err
			vm.tries++
			if len(words) > 0 {
				vm.words = words
			}
			if err == nil {
				vm.saved, vm.deleted = path, false
			}
		})
	})
}

func (vm *Sheet) page(ctx context.Context, passphrase, path string) (words []string, err error) {
	s, err := present.SheetOf(ctx, vm.Desk().Core, vm.Desk().World(), passphrase, vm.Desk().Now())
	if err != nil {
		return nil, err
	}
	pdf, err := vm.draw(s)
	if err != nil {
		return s.Words, err
	}
	return s.Words, vm.Desk().Core.WriteFile(ctx, path, pdf)
}

// Delete takes the file away, once it is on paper.
func (vm *Sheet) Delete() {
	var path string
	vm.Change(func() { path, vm.err = vm.saved, nil })
	vm.Desk().Do(func(ctx context.Context) {
		err := vm.Desk().Core.DeleteFile(ctx, path)
		vm.Change(func() { vm.err, vm.deleted = err, err == nil })
	})
}
