package verb

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"kith/app/present"
	"kith/store/group"
	"kith/store/kp1"
)

func (f *fake) Keep(_ context.Context, g kp1.GID, m kp1.ID) (present.Deed, error) {
	return f.deed("keep", " %.4s %s", g, m)
}

func (f *fake) SignNow(_ context.Context, g kp1.GID, id kp1.ID) (present.Deed, error) {
	return f.deed("now", " %.4s %s", g, id)
}

func (f *fake) Forget(_ context.Context, g kp1.GID, id kp1.ID) error {
	return f.note("drop %.4s %s", g, id)
}

func (f *fake) StandBy(_ context.Context, g kp1.GID, d kp1.DID) error {
	return f.note("stand by %.4s %s", g, d)
}

func (f *fake) LetStand(_ context.Context, g kp1.GID, m kp1.ID) (present.Deed, error) {
	return f.deed("stand", " %.4s %s", g, m)
}

func (f *fake) AdmitLate(_ context.Context, g kp1.GID, ops []kp1.ID) (present.Deed, error) {
	return f.deed("late", " %.4s %d", g, len(ops))
}

func (f *fake) Late(context.Context, kp1.GID) ([]present.Late, error) { return f.late, f.fail }

func (f *fake) Seen(_ context.Context, g kp1.GID, ids ...kp1.ID) {
	_ = f.note("seen %.4s %d", g, len(ids))
}

func (f *fake) SetHidden(_ context.Context, g kp1.GID, m kp1.MID, yes bool) error {
	if err := f.note("hide %.4s %.4s %v", g, m, yes); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.Groups = slices.Clone(f.world.Groups)
	f.world.Groups[0].Hides = map[kp1.MID]bool{m: yes}
	return nil
}

func (f *fake) Recovery(_ context.Context, pass string) (words [12]string, err error) {
	for i := range words {
		words[i] = "w" + strings.Repeat("o", i)
	}
	if pass != "lantern cobble rivers noon" {
		return words, &fault{"E_PASSPHRASE", "x"}
	}
	return words, nil
}

func (f *fake) WriteFile(_ context.Context, path string, data []byte) error {
	f.wrote = data
	return f.note("write %s", path)
}

// quarrel puts matters of every kind into the review queue of Oak.
func quarrel(f *fake) {
	at := uint64(now.Unix()) //nolint:gosec // after 1970
	out := group.Act{Op: kp1.ID{2}, Type: group.TypeRemove, By: []kp1.MID{ade}, Member: bev, Time: at}
	g := &f.world.Groups[0]
	g.Matters = []group.Matter{
		{Kind: group.Undone, Act: group.Act{Op: kp1.ID{1}, Type: group.TypeAdmit, By: []kp1.MID{bev}, Member: cas, Rank: kp1.RankMember, Time: at}, Causes: []group.Act{out}, Keep: &group.Admit{}},
		{Kind: group.Waiting, Act: group.Act{Op: kp1.ID{3}, Type: group.TypeRekey, By: []kp1.MID{bev}, Time: at}, Fence: group.FenceLate, Loss: group.LossPlace, Who: bev},
	}
	g.Splits = []group.Split{{Device: kp1.DID{2}, Member: bev, First: kp1.ID{4}, Second: kp1.ID{5}, Ours: []kp1.MID{ade}, Theirs: []kp1.MID{cas}}}
	g.Asks = append(g.Asks, present.Ask{ID: kp1.ID{8}, What: present.AskRemove, Member: bev, Mine: true, Later: true})
	f.late = []present.Late{{Member: bev, Ops: []kp1.ID{{6}, {7}}, First: now, Last: now.Add(time.Hour)}}
}

func TestReview(t *testing.T) {
	id := func(b byte) string { return kp1.ID{b}.String() }
	op := func(what string) string { return kp1.Sum([]byte(what)).String() }
	admit := `{"op":"` + id(1) + `","does":"admit","by":["` + bev.String() + `"],"member":"` + cas.String() + `","role":"member","at":"2026-10-24T19:30:00Z"}`
	remove := `{"op":"` + id(2) + `","does":"remove","by":["` + ade.String() + `"],"member":"` + bev.String() + `","at":"2026-10-24T19:30:00Z"}`
	first := `{"matter":"` + id(1) + `","kind":"undone","act":` + admit + `,"causes":[` + remove + `],"keep":true,"left":false}`
	rekey := `{"op":"` + id(3) + `","does":"rekey","by":["` + bev.String() + `"],"at":"2026-10-24T19:30:00Z"}`
	for _, c := range []struct{ name, args, want, asked string }{
		{"review", "review", "[" + first + "]", ""},
		{"all", "review --all", "[" + first + `,{"matter":"` + id(3) + `","kind":"waits","act":` + rekey + `,"causes":[],"fence":"late","loss":"place","keep":true,"left":false}]`, ""},
		{"keep", "review keep " + id(1), `{"op":"` + op("keep") + `","waits":false}`, "keep a001 " + id(1)},
		{"leave", "review leave " + id(1), `{"matter":"` + id(1) + `","left":true}`, "seen a001 1"},
		{"let stand", "let-stand " + id(3), `{"op":"` + op("stand") + `","waits":false}`, "stand a001 " + id(3)},
		{"late", "late", `[{"member":"` + bev.String() + `","name":"Bev","ops":["` + id(6) + `","` + id(7) + `"],"first":"2026-10-24T19:30:00Z","last":"2026-10-24T20:30:00Z"}]`, ""},
		{"admit late", "admit-late 2202", `{"op":"` + op("late") + `","waits":false}`, "late a001 2"},
		{"unsigned", "unsigned", `[{"op":"` + id(8) + `","does":"remove","member":"` + bev.String() + `"}]`, ""},
		{"unsigned now", "unsigned now " + id(8), `{"op":"` + op("now") + `","waits":false}`, "now a001 " + id(8)},
		{"unsigned drop", "unsigned drop " + id(8), `{"op":"` + id(8) + `"}`, "drop a001 " + id(8)},
		{"stand by", "conflicts stand-by " + kp1.DID{2}.String(), `{"device":"` + kp1.DID{2}.String() + `","stands":true}`, "stand by a001 " + kp1.DID{2}.String()},
		{"conflicts", "conflicts", `[{"device":"` + kp1.DID{2}.String() + `","member":"` + bev.String() + `","name":"Bev","ours":{"op":"` + id(4) + `","members":["` + ade.String() +
			`"]},"theirs":{"op":"` + id(5) + `","members":["` + cas.String() + `"]}}]`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake()
			quarrel(f)
			r := f.kithctl(t, strings.Fields(c.args)...)
			if r.exit != 0 || r.out != c.want+"\n" {
				t.Errorf("kithctl %s = %d\n got %s want %s\n stderr %s", c.args, r.exit, r.out, c.want, r.errs)
			}
			if last := lastOf(f.asked); c.asked != "" && last != c.asked {
				t.Errorf("kithctl %s asked the peer %q, want %q", c.args, last, c.asked)
			}
		})
	}
	for _, c := range []struct {
		args string
		exit int
		code string
	}{{"review keep bafyreiaa", 4, "E_NOT_FOUND"}, {"review keep", 2, "E_USAGE"}, {"let-stand zz", 4, "E_NOT_FOUND"}, {"admit-late 99", 4, "E_NOT_FOUND"}} {
		f := newFake()
		quarrel(f)
		if r := f.kithctl(t, strings.Fields(c.args)...); r.exit != c.exit || r.errorInJSON.Code != c.code {
			t.Errorf("kithctl %s = %d %s, want %d %s", c.args, r.exit, r.errs, c.exit, c.code)
		}
	}
	for args, want := range map[string]string{
		"review": "It does not count. You removed Bev.", "late": "Bev wrote 2 things that nobody sees", "conflicts": "The other version: ",
	} {
		f := newFake()
		quarrel(f)
		if r := f.run(t, f.host(), append([]string{"--home", t.TempDir()}, strings.Fields(args)...)...); r.exit != 0 || !strings.Contains(r.out, want) {
			t.Errorf("kithctl %s = %d %q, want %q in it", args, r.exit, r.out, want)
		}
	}
}

func TestRecovery(t *testing.T) {
	f := newFake()
	h := f.host()
	env := h.Getenv
	pass := "lantern cobble rivers noon"
	h.Getenv = func(k string) string {
		if k == "KITH_PASSPHRASE" {
			return pass
		}
		return env(k)
	}
	r := f.run(t, h, "--json", "--home", t.TempDir(), "recovery")
	if r.exit != 0 || !strings.HasPrefix(r.out, `{"words":["w","wo",`) {
		t.Errorf("recovery = %d %s %s", r.exit, r.out, r.errs)
	}
	r = f.run(t, h, "--json", "--home", t.TempDir(), "recovery", "--sheet", "/tmp/page.pdf")
	if r.exit != 0 || !strings.Contains(r.out, `"sheet":"/tmp/page.pdf"`) || !bytes.HasPrefix(f.wrote, []byte("%PDF-")) {
		t.Errorf("recovery --sheet = %d %s %s, wrote %.8q", r.exit, r.out, r.errs, f.wrote)
	}
	pass = "bad"
	if r = f.run(t, h, "--json", "--home", t.TempDir(), "recovery"); r.exit != 5 || r.out != "" {
		t.Errorf("recovery with a wrong passphrase = %d %s", r.exit, r.out)
	}
}

// TestRemovals: who was taken out, how many have heard of it and whose computers have not.
func TestRemovals(t *testing.T) {
	f := newFake()
	if r := f.kithctl(t, "removals"); r.exit != 0 || r.out != "[]\n" {
		t.Errorf("removals of nobody = %d %s", r.exit, r.out)
	}
	f.world.Groups[0].Removals = []present.Removal{{Op: kp1.ID{5}, By: []kp1.MID{ade}, Member: bev, Devices: []kp1.DID{{2}}, At: time.Unix(1_795_000_000, 0)}}
	f.world.Groups[0].Delivery = func(kp1.ID) present.Delivery {
		return present.Delivery{Stored: true, Devices: 1, Of: 3, Has: []kp1.MID{bev}, HasNot: []kp1.MID{cas}}
	}
	want := `[{"op":"` + kp1.ID{5}.String() + `","member":"` + bev.String() + `","name":"Bev","devices":["` + kp1.DID{2}.String() +
		`"],"at":"2026-11-18T11:06:40Z","heard":1,"of":3,"notYet":["` + cas.String() + `"]}]` + "\n"
	if r := f.kithctl(t, "removals"); r.exit != 0 || r.out != want {
		t.Errorf("removals = %d\n got %swant %s", r.exit, r.out, want)
	}
	const words = "Bev’s computer was taken out. 2 of 3 computers have not heard of it yet. Not yet: Someone new. Until they have, they may still send things to it."
	if r := f.run(t, f.host(), "--home", t.TempDir(), "removals"); !strings.Contains(r.out, words) {
		t.Errorf("removals in words = %d %q %q, want %q in it", r.exit, r.out, r.errs, words)
	}
}
