package verb

import (
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kith/app/present"
	window "kith/app/present/fake"
	"kith/app/qr"
	"kith/store/kp1"
)

// core plays links: the window's own fake.
func (f *fakeLinks) core() *window.Core {
	if f.c == nil {
		f.c = window.Family(window.Evening)
	}
	return f.c
}

// fakeLinks is the part of the fake that links computers.
type fakeLinks struct{ c *window.Core }

func (f *fakeLinks) ShowLink(ctx context.Context, back bool) (present.Link, error) {
	return f.core().ShowLink(ctx, back)
}

func (f *fakeLinks) TakeLink(ctx context.Context, code string, groups []kp1.GID) (present.Link, error) {
	return f.core().TakeLink(ctx, code, groups)
}

func (f *fakeLinks) TakeLinkAt(ctx context.Context, code string, _ []string, groups []kp1.GID) (present.Link, error) {
	return f.core().TakeLink(ctx, code, groups)
}

func (f *fakeLinks) LinkFile(ctx context.Context, id, path string) error {
	return f.core().LinkFile(ctx, id, path)
}

func (f *fakeLinks) TakeLinkFile(ctx context.Context, path string, groups []kp1.GID) (present.Link, error) {
	return f.core().TakeLinkFile(ctx, path, groups)
}

func (f *fakeLinks) SameWords(ctx context.Context, id string, same bool) error {
	return f.core().SameWords(ctx, id, same)
}

func (f *fakeLinks) CancelLink(ctx context.Context, id string) error {
	return f.core().CancelLink(ctx, id)
}

func (f *fakeLinks) LinkWait(_ context.Context, id string, enough func(present.Link) bool) (present.Link, error) {
	f.core().SetLink(id, func(l *present.Link) {
		if l.Stage = present.LinkDone; enough(present.Link{Stage: present.LinkCompare}) {
			l.Stage, l.Words = present.LinkCompare, []string{"river", "meadow", "pencil", "butter"}
		}
	})
	all := f.core().World().Links
	return all[slices.IndexFunc(all, func(l present.Link) bool { return l.ID == id })], nil
}

func TestLinkingVerbs(t *testing.T) {
	f := newFake()
	var l linkLine
	f.kithctl(t, "device", "link").into(t, &l)
	if !l.New || l.Stage != "shown" || len(l.Words) != 8 || !strings.HasPrefix(l.Code, "kith:device#") {
		t.Fatalf("device link = %+v", l)
	}
	if r := f.run(t, f.host(), "--home", t.TempDir(), "device", "link"); !strings.Contains(r.out, l.Code) || !strings.Contains(r.out, strings.Join(l.Words, " ")) {
		t.Errorf("device link says %q", r.out)
	}
	f.kithctl(t, "device", "accept", l.Code).into(t, &l)
	if l.New || l.Stage != "compare" || len(l.Compare) != 4 || len(l.Groups) == 0 {
		t.Fatalf("device accept = %+v", l)
	}
	f.kithctl(t, "device", "same", l.Link).into(t, &l)
	if l.Stage != "waiting" || !l.Same {
		t.Errorf("device same = %+v", l)
	}
	var all []linkLine
	f.kithctl(t, "device", "links").into(t, &all)
	if len(all) != 2 {
		t.Errorf("device links = %+v", all)
	}
	if r := f.kithctl(t, "device", "accept", "kith:join#abc"); r.exit != 2 {
		t.Errorf("an invite taken for a code: exit %d, %s", r.exit, r.errs)
	}
	if r := f.kithctl(t, "device", "answer", l.Link, "x"); r.exit != 0 {
		t.Errorf("device answer: exit %d, %s", r.exit, r.errs)
	}
	f.kithctl(t, "device", "cancel", l.Link)
	f.kithctl(t, "device", "links").into(t, &all)
	if len(all) != 1 {
		t.Errorf("device links = %+v after one was cancelled", all)
	}
}

// TestLinkSaysWhatNext: what kithctl says about a link names the next command, how long the code works, and what nothing
// happens without.
func TestLinkSaysWhatNext(t *testing.T) {
	f := newFake()
	say := func(words ...string) string {
		t.Helper()
		r := f.run(t, f.host(), append([]string{"--home", t.TempDir()}, words...)...)
		if r.exit != 0 {
			t.Fatalf("%q: exit %d, %s", words, r.exit, r.errs)
		}
		return r.out
	}
	wants := func(out string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%q is not in:\n%s", w, out)
			}
		}
	}
	f.world.Net = present.Net{}
	wants(say("device", "link"), "21 November, 9.17 pm", "kithctl serve --nearby on both", "Nothing happens unless Kith runs here")
	if out := say("device", "link", "--wait"); strings.Contains(out, "Nothing happens") {
		t.Errorf("--wait serves by itself, but it says:\n%s", out)
	}
	f.world.Net = present.Net{On: true, Nearby: true}
	f.fakeLinks = fakeLinks{}
	if out := say("device", "link"); strings.Contains(out, "kithctl serve") {
		t.Errorf("it serves and looks, but it says:\n%s", out)
	}
	f.fakeLinks = fakeLinks{}
	wants(say("device", "link", "--file", "ask"), "28 November, 9.02 pm", "there: kithctl device accept FILE", "harvest lamp")

	f.fakeLinks = fakeLinks{} // the other computer
	file := filepath.Join(t.TempDir(), "ask")
	if err := os.WriteFile(file, []byte("ask"), 0o600); err != nil {
		t.Fatal(err)
	}
	wants(say("device", "accept", file), "Then say so here")
	id := f.core().World().Links[0].ID
	wants(say("device", "same", id), "kithctl device answer "+id+" FILE")
	wants(say("device", "answer", id, "answer"), "there: kithctl device accept FILE", "harvest lamp", "kithctl device answer "+id+" FILE")
}

func TestLinkingVerbsThatWait(t *testing.T) {
	f := newFake()
	r := f.run(t, f.host(), "--home", t.TempDir(), "device", "link", "--wait")
	if r.exit != 0 || !strings.Contains(r.out, "river meadow pencil butter") || strings.Index(r.out, "kith:device#") > strings.Index(r.out, "river") {
		t.Errorf("device link --wait: exit %d, says %q", r.exit, r.out)
	}
	id := f.core().World().Links[0].ID
	if r := f.run(t, f.host(), "--home", t.TempDir(), "device", "same", id, "--wait"); r.exit != 0 || !strings.Contains(r.out, "Done.") {
		t.Errorf("device same --wait: exit %d, says %q, %s", r.exit, r.out, r.errs)
	}
	if r := f.kithctl(t, "device", "same", "ffff"); r.exit != 4 {
		t.Errorf("an unknown link: exit %d", r.exit)
	}
}

// TestLinkByPicture: device accept reads the code out of a picture, and says where there is none in it.
func TestLinkByPicture(t *testing.T) {
	f := newFake()
	dir := t.TempDir()
	m, err := qr.Draw("kith:device#pGFjSmhhcnZlc3Q", 400)
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]image.Image{"code.png": m, "empty.png": image.NewGray(image.Rect(0, 0, 100, 100))} {
		file, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(png.Encode(file, m), file.Close()); err != nil {
			t.Fatal(err)
		}
	}
	var l linkLine
	f.kithctl(t, "device", "accept", filepath.Join(dir, "code.png")).into(t, &l)
	if l.Stage != "compare" || len(f.core().World().Links) != 1 {
		t.Errorf("device accept of a picture = %+v", l)
	}
	if r := f.kithctl(t, "device", "accept", filepath.Join(dir, "empty.png")); r.errorInJSON.Code != "E_NO_QR" || r.exit != 2 {
		t.Errorf("device accept of an empty picture = %d %s", r.exit, r.errs)
	}
}
