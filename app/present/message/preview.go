package message

import (
	"context"
	"image"

	"kith/app/picture"
	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/file"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// Pictures that have come stand in the thread by themselves where that costs little: whoever sends one decides how large
// it is, and not how much memory this computer spends on it.
const (
	previewsMost = 24       // of one page, the newest
	previewFile  = 6 << 20  // bytes of a file
	previewWork  = 72 << 20 // bytes of memory for its dots
)

// FilePart is a file in a thread.
type FilePart struct {
	State   string      // how much of it is here, and where the rest comes from; empty when all is
	Picture image.Image // it, made small; nil: none
	Save    string      // link: to SaveTo; empty while not all is here
	SaveTo  present.Route
}

// filePart says how a file stands.
func (vm *VM) filePart(g present.Group, it thread.Item, t thread.Thread) *FilePart {
	here, size := g.FileHere(it.ID)
	if size > 0 && here >= size {
		return &FilePart{
			Picture: vm.looks[it.ID], Save: present.Say("message.keep.link"),
			SaveTo: present.Route{Place: present.PlaceMessages, Page: present.PageSave, Group: g.ID, Object: t.ID, Part: it.ID},
		}
	}
	of := file.Chunks(it.File.Size)
	parts := uint64(0)
	if size > 0 {
		parts = min(of, here*of/size)
	}
	if it.Author == g.Me {
		return &FilePart{State: present.Count("message.part.own", int(of), "Here", parts)} //nolint:gosec // a few hundred
	}
	return &FilePart{State: present.Count("message.part", int(of), "Here", parts, "Name", g.NameOf(it.Author))} //nolint:gosec // likewise
}

// previews reads the pictures of the page that are here and were not read yet, one after the other.
func (vm *VM) previews(g present.Group, t thread.Thread) {
	var want []kp1.ID
	n := 0
	for it := range g.Backward(t) {
		if n >= previewsMost {
			break
		}
		if !it.IsFile || it.Words != act.Here || it.File.Type != picture.TypeJPEG && it.File.Type != picture.TypePNG || it.File.Size > previewFile {
			continue
		}
		n++
		if here, size := g.FileHere(it.ID); size > 0 && here >= size {
			want = append(want, it.ID)
		}
	}
	vm.Read(func() {
		fresh := want[:0]
		for _, id := range want {
			if _, tried := vm.looks[id]; !tried {
				vm.looks[id] = nil // once: a picture that cannot be read is not tried again
				fresh = append(fresh, id)
			}
		}
		want = fresh
	})
	if len(want) == 0 {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		for _, id := range want {
			data, err := vm.Desk().Core.ReadFile(ctx, g.ID, id)
			if err != nil {
				continue // the line says how the file stands
			}
			if look, err := picture.Look(data, previewSide, previewWork); err == nil {
				vm.Change(func() { vm.looks[id] = look })
			}
		}
	})
}
