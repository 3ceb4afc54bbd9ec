package message_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"strings"
	"testing"

	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/present/message"
	"kith/store/care/file"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// photo is a JPEG file with a block of hidden details.
func photo(t *testing.T, w, h int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(i) //nolint:gosec // a pattern
	}
	img.Set(0, 0, color.White)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	hidden := append([]byte{0xff, 0xe1, 0, 2 + 24}, []byte("Exif\x00\x0054.9783N 1.6178W 2026")[:24]...)
	return slices.Concat(b.Bytes()[:2], hidden, b.Bytes()[2:])
}

// disk reads made-up files.
func disk(files map[string][]byte) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		b, ok := files[path]
		if !ok {
			return nil, &kp1.Error{ECode: "E_NO_FILE", Msg: "no such file"}
		}
		return b, nil
	}
}

// chunks are the names of the parts of a file.
func chunks(size int) (out []kp1.ID) {
	for i := range file.Chunks(uint64(size)) { //nolint:gosec // a length
		out = append(out, kp1.Sum([]byte{byte(i), byte(size)})) //nolint:gosec // a few
	}
	return out
}

// TestGivingAPicture: what is done to it is said before it goes, what goes is that and nothing hidden, and in full size only
// when that is ticked.
func TestGivingAPicture(t *testing.T) {
	c := fake.Family(fake.Evening)
	raw := photo(t, 2200, 400)
	c.SetBackups(present.FoundFile{Path: "/home/ade/Pictures/picnic.jpg", Size: int64(len(raw))})
	d := fake.Live(c)
	vm := message.NewGive(d, elm, c.Picnic(), disk(map[string][]byte{"/home/ade/Pictures/picnic.jpg": raw}))
	s := vm.State()
	if len(s.Files) != 1 || s.Files[0].Label != "picnic.jpg" || s.Name != "" || s.Readers.Text != "Everyone in Elm Row can read it." {
		t.Fatalf("at first: %+v", s)
	}
	vm.Send("too soon")
	vm.Use(s.Files[0].Value)
	if s = vm.State(); !strings.HasPrefix(s.Name, "picnic.jpg, ") || s.Picture == nil || s.Picture.Bounds().Dx() != 480 || len(s.Does) != 2 || s.Full == "" || s.FullOn || s.Busy != "" {
		t.Fatalf("ready: %+v", s)
	}
	vm.SetFull(true)
	if s = vm.State(); !s.FullOn || s.Full == "" || s.Does[1].Text != "It keeps its size." {
		t.Errorf("in full size: %+v", s)
	}
	vm.SetFull(false)
	vm.Send("Look at her!")
	if s = vm.State(); !s.Done || s.To.Object != c.Picnic() || !s.Problem.None() {
		t.Fatalf("sent: %+v", s)
	}
	g, _ := d.World().Find(elm)
	th, _ := g.Threads().Get(c.Picnic())
	all := slices.Collect(g.Backward(th))
	if !all[0].IsFile || all[1].Text != "Look at her!" {
		t.Fatalf("in the thread: %+v, %+v", all[0], all[1])
	}
	sent, err := c.ReadFile(t.Context(), elm, all[0].ID)
	if err != nil || bytes.Contains(sent, []byte("Exif")) || bytes.Contains(sent, []byte("54.97")) {
		t.Errorf("what left holds hidden details, %v", err)
	}
	if img, err := jpeg.DecodeConfig(bytes.NewReader(sent)); err != nil || img.Width != 2048 {
		t.Errorf("what left is %d wide, %v, want 2048", img.Width, err)
	}
}

// TestGivingWhatCannotGo: the reason is said, nothing is sent, and another can be chosen at once.
func TestGivingWhatCannotGo(t *testing.T) {
	heic := append([]byte{0, 0, 0, 24}, []byte("ftypheic\x00\x00\x00\x00mif1heic")...)
	for _, x := range []struct{ name, path, says string }{
		{"from a telephone", "a.heic", "That picture is of a kind that only some phones can read, called HEIC."},
		{"empty", "empty.pdf", "There is nothing in that file."},
		{"not there", "gone.pdf", "There is no file of that name."},
		{"too large", "film.mp4", "That file is larger than 25 megabytes."},
	} {
		c := fake.Family(fake.Evening)
		c.Calls()
		vm := message.NewGive(fake.Live(c), elm, c.Picnic(), disk(map[string][]byte{"a.heic": heic, "empty.pdf": {}, "film.mp4": make([]byte, file.Max+1)}))
		vm.Use(x.path)
		vm.Send("")
		if s := vm.State(); s.Problem.What != x.says || s.Name != "" || s.Heading == "" || s.Busy != "" || s.Done || len(c.Calls()) != 0 {
			t.Errorf("%s: %+v", x.name, s.Problem)
		}
		vm.Use("  ")
		if s := vm.State(); s.PathMissing == "" {
			t.Errorf("%s: nothing typed, and it says nothing", x.name)
		}
	}
}

// TestGivingAPaper goes as it is, and that is said. A thing that a rule refuses stays on the page.
func TestGivingAPaper(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := message.NewGive(fake.Live(c), elm, c.Picnic(), disk(map[string][]byte{"/x/form.pdf": []byte("%PDF a form")}))
	vm.Use("/x/form.pdf")
	if s := vm.State(); s.Picture != nil || len(s.Does) != 1 || s.Does[0].Text != "It is sent as it is, with all that is in it." || s.Full != "" {
		t.Errorf("a paper: %+v", s)
	}
	c.Fail(&kp1.Error{ECode: "E_DISK_FULL"})
	vm.Send("")
	if s := vm.State(); s.Done || s.Problem.None() || s.Name == "" || s.Busy != "" {
		t.Errorf("the disk is full: %+v", s)
	}
	vm.Again()
	if s := vm.State(); s.Name != "" || s.Heading == "" || !s.Problem.None() {
		t.Errorf("another: %+v", s)
	}
}

// TestCancelGiving: what was begun before counts no longer, and nothing is sent.
func TestCancelGiving(t *testing.T) {
	c := fake.Family(fake.Evening)
	var vm *message.Give
	vm = message.NewGive(fake.Live(c), elm, c.Picnic(), func(string) ([]byte, error) {
		if s := vm.State(); s.Busy == "" || s.Cancel == "" {
			t.Errorf("while it reads: %+v", s)
		}
		vm.Cancel() // while it reads
		return []byte("%PDF a form"), nil
	})
	vm.Use("/x/form.pdf")
	if s := vm.State(); s.Name != "" || s.Busy != "" || s.Cancel != "" || s.Heading == "" {
		t.Errorf("cancelled: %+v", s)
	}
}

// TestFilesInAThread: a picture that is here is shown and can be saved; of one that is on its way it says how much is here
// and where the rest comes from.
func TestFilesInAThread(t *testing.T) {
	c := fake.Family(fake.Evening)
	d := fake.Live(c)
	data := photo(t, 900, 600)
	whole := c.By(elm, "Sue", thread.File{Thread: c.Picnic(), File: file.File{Name: "cake.jpg", Type: "image/jpeg", Size: uint64(len(data)), Chunks: chunks(len(data))}})
	c.PutFile(elm, whole, data, len(data))
	big := make([]byte, 2_000_000)
	part := c.By(elm, "Sue", thread.File{Thread: c.Picnic(), File: file.File{Name: "list.pdf", Type: "application/pdf", Size: uint64(len(big)), Chunks: chunks(len(big))}})
	c.PutFile(elm, part, big, len(big)/2)
	vm := message.New(d, elm, c.Picnic())
	vm.Looked()
	bubble := func(id kp1.ID) message.Bubble {
		all := vm.State().Thread.Bubbles
		return all[slices.IndexFunc(all, func(b message.Bubble) bool { return b.ID == id })]
	}
	b := bubble(whole)
	if b.File == nil || b.File.Picture == nil || b.File.Save != "Save as" || b.File.State != "" || !strings.HasPrefix(b.Text, "cake.jpg, ") {
		t.Errorf("a picture: %+v", b.File)
	}
	p := bubble(part)
	if p.File == nil || p.File.Save != "" || p.File.Picture != nil || p.File.State != "Here: 5 of 11 parts. The rest comes when Sue’s computer is on, or another that has it." {
		t.Errorf("half a paper: %+v", p.File)
	}
	keep := message.NewKeep(d, elm, c.Picnic(), whole)
	keep.SetPlace("other")
	keep.Save(" ")
	if s := keep.State(); s.Place.Error == "" || s.Done != "" {
		t.Errorf("saved nowhere: %+v", s)
	}
	keep.Save("/home/ade/Desktop")
	if s := keep.State(); s.Done == "" || !strings.Contains(s.DoneText, "/home/ade/Desktop/cake.jpg") {
		t.Errorf("saved: %+v", s)
	}
	keep.Save("/home/ade/Desktop")
	if s := keep.State(); !s.Problem.None() || !strings.Contains(s.DoneText, "/home/ade/Desktop/cake (2).jpg") {
		t.Errorf("saved twice: %+v", s)
	}
	c.Fail(&kp1.Error{ECode: "E_DISK_FULL"})
	keep.Save("/home/ade/Desktop")
	if s := keep.State(); s.Problem.None() || s.Done != "" || s.Busy != "" {
		t.Errorf("the disk is full: %+v", s)
	}
	if s := message.NewKeep(d, elm, c.Picnic(), kp1.ID{9}).State(); s.Gone == "" || s.Button != "" {
		t.Errorf("a file that is none: %+v", s)
	}
}
