package peer_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kith/app/present"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// linkAt waits until a link has come to a stage.
func (o *one) linkAt(id, stage string) present.Link {
	o.t.Helper()
	var l present.Link
	o.until("link at "+stage, func(w present.World) bool {
		i := slices.IndexFunc(w.Links, func(l present.Link) bool { return l.ID == id })
		if i >= 0 {
			l = w.Links[i]
		}
		return l.Stage == stage
	})
	return l
}

// TestT18LinkOverTheNetwork: a second computer is linked over real connections, and goes on where the first is.
func TestT18LinkOverTheNetwork(t *testing.T) {
	ada, desk := serve(t, "Ada"), serve(t, "Desk")
	ctx := t.Context()
	g, err := ada.Found(ctx, present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	before, err := ada.Propose(ctx, g, thread.New{Title: "before the link"})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := desk.ShowLink(ctx, false)
	if err != nil || shown.Stage != present.LinkShown || shown.Code == "" || len(shown.Spoken) != 8 {
		t.Fatalf("ShowLink = %+v, %v", shown, err)
	}
	taken, err := ada.TakeLink(ctx, shown.Code, nil)
	if err != nil || taken.ID != shown.ID {
		t.Fatalf("TakeLink = %+v, %v", taken, err)
	}
	a, b := ada.linkAt(shown.ID, present.LinkCompare), desk.linkAt(shown.ID, present.LinkCompare)
	if len(a.Words) != 4 || !slices.Equal(a.Words, b.Words) {
		t.Fatalf("words %q and %q, want the same four", a.Words, b.Words)
	}
	if b.Name != "Ada" || len(b.Groups) != 1 || b.Groups[0].Name != "Elm Row" || len(desk.World().Groups) != 0 {
		t.Errorf("the new computer is told %+v", b)
	}
	for _, o := range []*one{desk, ada} {
		if err := o.SameWords(ctx, shown.ID, true); err != nil {
			t.Fatal(err)
		}
	}
	desk.linkAt(shown.ID, present.LinkDone)
	ada.linkAt(shown.ID, present.LinkDone)
	desk.until("what was before", func(w present.World) bool {
		if len(w.Groups) != 1 {
			return false
		}
		_, ok := w.Groups[0].Threads().Get(before)
		return ok
	})
	after, err := desk.Propose(ctx, g, thread.New{Title: "from the new one"})
	if err != nil {
		t.Fatal(err)
	}
	ada.until("what the new computer wrote", func(w present.World) bool { _, ok := w.Groups[0].Threads().Get(after); return ok })
	if w := ada.World(); len(w.Groups[0].State.Members) != 1 || len(w.Groups[0].Devices) != 2 {
		t.Errorf("Ada sees %+v", w.Groups[0].Devices)
	}
}

// TestLinkSaidNo: one no ends it on both sides, and nothing was written.
func TestLinkSaidNo(t *testing.T) {
	ada, desk := serve(t, "Ada"), serve(t, "Desk")
	ctx := t.Context()
	g, err := ada.Found(ctx, present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := desk.ShowLink(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ada.TakeLinkAt(ctx, strings.Join(shown.Spoken, " "), desk.Self().Addrs, []kp1.GID{g}); err != nil {
		t.Fatal(err)
	}
	ada.linkAt(shown.ID, present.LinkCompare)
	desk.linkAt(shown.ID, present.LinkCompare)
	if err := ada.SameWords(ctx, shown.ID, true); err != nil {
		t.Fatal(err)
	}
	if err := desk.SameWords(ctx, shown.ID, false); err != nil {
		t.Fatal(err)
	}
	if l := ada.linkAt(shown.ID, present.LinkOver); present.Code(l.Err) != "E_LINK_DIFFERENT" {
		t.Errorf("Ada is told %v", l.Err)
	}
	if w := ada.World(); len(w.Groups[0].Devices) != 1 {
		t.Errorf("devices = %+v", w.Groups[0].Devices)
	}
	if _, err := ada.TakeLink(ctx, shown.Code, nil); err == nil {
		t.Error("a spent code was taken again")
	}
}

// TestLinkByFile: two computers that never meet are linked by a file each way.
func TestLinkByFile(t *testing.T) {
	ada, desk := serve(t, "Ada"), serve(t, "Desk")
	ctx := t.Context()
	g, err := ada.Found(ctx, present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	before, err := ada.Propose(ctx, g, thread.New{Title: "before the link"})
	if err != nil {
		t.Fatal(err)
	}
	stick := t.TempDir()
	ask, answer := filepath.Join(stick, "ask"), filepath.Join(stick, "answer")
	shown, err := desk.ShowLink(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := desk.LinkFile(ctx, shown.ID, ask); err != nil {
		t.Fatal(err)
	}
	taken, err := ada.TakeLinkFile(ctx, ask, nil)
	if err != nil || taken.Stage != present.LinkCompare || !slices.Equal(taken.Words, shown.Spoken) {
		t.Fatalf("TakeLinkFile = %+v, %v, want the words %q", taken, err, shown.Spoken)
	}
	if err := ada.LinkFile(ctx, shown.ID, answer); present.Code(err) != "E_LINK_WORDS" {
		t.Errorf("an answer before the words were compared: %v", err)
	}
	if err := ada.SameWords(ctx, shown.ID, true); err != nil {
		t.Fatal(err)
	}
	if err := ada.LinkFile(ctx, shown.ID, answer); err != nil {
		t.Fatal(err)
	}
	a := ada.linkAt(shown.ID, present.LinkDone)
	b, err := desk.TakeLinkFile(ctx, answer, nil)
	if err != nil || b.Stage != present.LinkCompare || len(b.Words) != 8 || !slices.Equal(a.Words, b.Words) {
		t.Fatalf("TakeLinkFile = %+v, %v, want the words %q", b, err, a.Words)
	}
	if len(desk.World().Groups) != 0 {
		t.Error("something was taken in before the words were compared")
	}
	if err := desk.SameWords(ctx, shown.ID, true); err != nil {
		t.Fatal(err)
	}
	desk.linkAt(shown.ID, present.LinkDone)
	w := desk.World()
	if _, ok := w.Groups[0].Threads().Get(before); !ok || !slices.ContainsFunc(w.Groups[0].Devices, func(d present.Device) bool { return d.Here }) {
		t.Errorf("the new computer shows %+v", w.Groups)
	}
}
