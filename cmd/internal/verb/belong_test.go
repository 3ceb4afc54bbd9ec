package verb

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"kith/app/present"
	"kith/store/group"
	"kith/store/kp1"
)

// deed answers an act about who belongs as the fake is told to.
func (f *fake) deed(what string, format string, args ...any) (present.Deed, error) {
	return present.Deed{Op: kp1.Sum([]byte(what)), Waits: f.waits}, f.note(what+format, args...)
}

func (f *fake) Expel(_ context.Context, g kp1.GID, m kp1.MID) (present.Deed, error) {
	return f.deed("expel", " %.4s %.4s", g, m)
}

func (f *fake) SetRank(_ context.Context, g kp1.GID, m kp1.MID, rank uint8) (present.Deed, error) {
	return f.deed("rank", " %.4s %.4s %d", g, m, rank)
}

func (f *fake) PairMailbox(_ context.Context, g kp1.GID, text, at string) error {
	return f.note("pair %.4s %s at %s", g, text, at)
}

func (f *fake) Mailboxes(kp1.GID) []Mailbox { return f.mailboxes }

func (f *fake) DropMailbox(_ context.Context, g kp1.GID, keeper string) (present.Deed, error) {
	return f.deed("drop", " %.4s %s", g, keeper)
}

func (f *fake) KeepFor(_ context.Context, g kp1.GID, yes bool) (present.Deed, error) {
	return f.deed("keep", " %.4s %v", g, yes)
}

func (f *fake) SetPolicy(_ context.Context, g kp1.GID, p group.PolicyFields) (present.Deed, error) {
	return f.deed("policy", " %.4s %s", g, fieldsIn(policyOf(p)))
}

func (f *fake) Revoke(_ context.Context, g kp1.GID, ds ...kp1.DID) (present.Deed, error) {
	return f.deed("revoke", " %.4s %.2s", g, ds[0])
}

func (f *fake) Confirm(_ context.Context, g kp1.GID, d kp1.DID) (present.Deed, error) {
	return f.deed("confirm", " %.4s %.2s", g, d)
}

func (f *fake) Vote(_ context.Context, g kp1.GID, m kp1.MID) (present.Deed, error) {
	return f.deed("vote", " %.4s %.4s", g, m)
}

func (f *fake) Consent(_ context.Context, g kp1.GID, p kp1.ID) (present.Deed, error) {
	return f.deed("consent", " %.4s %s", g, p)
}

func (f *fake) Proposals(g kp1.GID) []Proposal {
	if g != oak {
		return nil
	}
	return f.asks
}

func (f *fake) Words(_ context.Context, _ kp1.GID, m kp1.MID) ([6]string, error) {
	return six("w"), f.note("words %.4s", m)
}

// a proposal of everything that can be proposed.
func everyProposal() []Proposal {
	confirm, version := group.DeviceAddConfirm, uint64(2)
	var all []Proposal
	for i, a := range []group.Body{
		group.SetRole{Member: cas, Rank: kp1.RankAdmin},
		group.Remove{Member: cas},
		group.RevokeDevice{Devices: []kp1.DID{{2}}},
		group.SetPolicy{PolicyFields: group.PolicyFields{DeviceAdd: &confirm, MinVersion: &version}},
		group.Admit{Member: gus, Rank: kp1.RankAdmin},
	} {
		all = append(all, Proposal{ID: kp1.Sum(fmt.Append(nil, i)), By: bev, At: now, Action: a, Mine: i == 1})
	}
	return all
}

func TestWhoBelongs(t *testing.T) {
	op := func(what string) string { return kp1.Sum([]byte(what)).String() }
	did := func(b byte) string { return kp1.DID{b}.String() }
	asks := everyProposal()
	line := func(i int, mine bool, rest string) string {
		return fmt.Sprintf(`{"proposal":"%s","by":"%s","name":"Bev","at":"2026-10-24T19:30:00Z","mine":%v,%s}`, asks[i].ID, bev, mine, rest)
	}
	for _, c := range []struct {
		name, args  string
		with        func(*fake)
		want, asked string
	}{
		{"role", "role --group a001 2202 admin", nil, `{"op":"` + op("rank") + `","waits":false}`, "rank a001 2202 2"},
		{"role, proposed", "role 2202 guest", func(f *fake) { f.waits = true }, `{"op":"` + op("rank") + `","waits":true}`, "rank a001 2202 0"},
		{"remove, proposed", "remove 2202", func(f *fake) { f.waits = true }, `{"op":"` + op("expel") + `","waits":true}`, "expel a001 2202"},
		{"no proposals", "proposals", nil, `[]`, ""},
		{"proposals", "proposals", func(f *fake) { f.asks = asks; waitingDevice(f) }, `[` + strings.Join([]string{
			line(0, false, `"does":"role","member":"`+cas.String()+`","role":"admin"`),
			line(1, true, `"does":"remove","member":"`+cas.String()+`"`),
			line(2, false, `"does":"revoke","member":"`+bev.String()+`","devices":["`+did(2)+`"]`),
			line(3, false, `"does":"policy","policy":{"new-devices":"confirm","version":"2"}`),
			line(4, false, `"does":"admit","member":"`+gus.String()+`","role":"admin"`),
		}, ",") + `]`, ""},
		{"consent", "consent " + asks[0].ID.String()[:20], func(f *fake) { f.asks = asks }, `{"op":"` + op("consent") + `"}`, "consent a001 " + asks[0].ID.String()},
		{"vote", "vote 2202", nil, `{"op":"` + op("vote") + `","elected":false}`, "vote a001 2202"},
		{"vote that elects", "vote 1101", nil, `{"op":"` + op("vote") + `","elected":true}`, "vote a001 1101"},
		{"policy", "policy", nil, `{"newDevices":"notify","reach":"direct","seen":"kept"}`, ""},
		{"policy, the same", "policy --new-devices notify", nil, `{"newDevices":"notify","reach":"direct","seen":"kept"}`, ""},
		{"policy, another", "policy --new-devices confirm", nil, `{"newDevices":"confirm","reach":"direct","seen":"kept","op":"` + op("policy") + `"}`, "policy a001 new-devices confirm"},
		{"policy, how they meet", "policy --reach mailbox", nil, `{"newDevices":"notify","reach":"mailbox","seen":"kept","op":"` + op("policy") + `"}`, "policy a001 reach mailbox"},
		{"policy, both", "policy --reach mailbox --new-devices confirm", nil, `{"newDevices":"confirm","reach":"mailbox","seen":"kept","op":"` + op("policy") + `"}`, "policy a001 new-devices confirm, reach mailbox"},
		{"policy, what was opened", "policy --seen shown", nil, `{"newDevices":"notify","reach":"direct","seen":"shown","op":"` + op("policy") + `"}`, "policy a001 seen shown"},
		{"policy, proposed", "policy --new-devices confirm", func(f *fake) { f.waits = true }, `{"newDevices":"notify","reach":"direct","seen":"kept","op":"` + op("policy") + `","waits":true}`, ""},
		{"devices", "devices", waitingDevice, `[` +
			`{"device":"` + did(1) + `","member":"` + ade.String() + `","name":"Ade","mine":true,"here":true,"status":"in"},` +
			`{"device":"` + did(2) + `","member":"` + bev.String() + `","name":"Bev","mine":false,"here":false,"status":"in"},` +
			`{"device":"` + did(3) + `","member":"` + bev.String() + `","name":"Bev","mine":false,"here":false,"status":"in"},` +
			`{"device":"` + did(9) + `","member":"` + bev.String() + `","name":"Bev","mine":false,"here":false,"status":"waits","verify":["wo","woo","wooo","woooo","wooooo","woooooo"]}]`, ""},
		{"device revoke", "device revoke 02", nil, `{"op":"` + op("revoke") + `","waits":false}`, "revoke a001 02"},
		{"device revoke, one that waits", "device revoke 09", waitingDevice, `{"op":"` + op("revoke") + `","waits":false}`, "revoke a001 09"},
		{"device confirm", "device confirm 09 --verified voice", waitingDevice, `{"op":"` + op("confirm") + `","waits":false}`, "confirm a001 09"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake()
			if c.with != nil {
				c.with(f)
			}
			r := f.kithctl(t, strings.Fields(c.args)...)
			if r.exit != 0 || r.out != c.want+"\n" || r.errs != "" {
				t.Errorf("kithctl %s = %d\n got %s want %s\n stderr %s", c.args, r.exit, r.out, c.want, r.errs)
			}
			if last := lastOf(f.asked); c.asked != "" && last != c.asked {
				t.Errorf("kithctl %s asked the peer %q, want %q", c.args, last, c.asked)
			}
		})
	}
}

// waitingDevice puts a second computer of Bev's at the door.
func waitingDevice(f *fake) {
	st := &f.world.Groups[0].State
	st.Devices = []group.Device{{ID: kp1.DID{1}, Member: ade}, {ID: kp1.DID{2}, Member: bev}, {ID: kp1.DID{3}, Member: bev}}
	st.Waiting = []group.Device{{ID: kp1.DID{9}, Member: bev}}
}

func TestBelongingIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, args string
		fail       error
		exit       int
		code       string
	}{
		{"a role that is none", "role 2202 boss", nil, 2, "E_USAGE"},
		{"no role said", "role 2202", nil, 2, "E_USAGE"},
		{"a role for two", "role 22 admin", nil, 2, "E_AMBIGUOUS"},
		{"a role for nobody", "role 99 admin", nil, 4, "E_NOT_FOUND"},
		{"the last who leads", "role 1101 member", &fault{"E_LAST_ADMIN", "x"}, 3, "E_LAST_ADMIN"},
		{"consent to nothing", "consent bafyreiaa", nil, 4, "E_NOT_FOUND"},
		{"a vote where somebody leads", "vote 2202", &fault{"E_NOT_ALLOWED", "x"}, 3, "E_NOT_ALLOWED"},
		{"a way to meet that is none", "policy --reach post", nil, 2, "E_USAGE"},
		{"a policy that is none", "policy --new-devices never", nil, 2, "E_USAGE"},
		{"no such computer", "device revoke 77", nil, 4, "E_NOT_FOUND"},
		{"confirm without ringing", "device confirm 09", nil, 2, "E_USAGE"},
		{"confirm one that is in", "device confirm 02 --verified voice", nil, 4, "E_NOT_FOUND"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake()
			f.fail = c.fail
			r := f.kithctl(t, strings.Fields(c.args)...)
			if r.exit != c.exit || r.errorInJSON.Code != c.code || r.out != "" {
				t.Errorf("kithctl %s = %d %q %q, want %d %s", c.args, r.exit, r.out, r.errs, c.exit, c.code)
			}
		})
	}
	f := newFake()
	f.asks, f.fail = everyProposal(), &fault{"E_SPENT", "x"}
	if r := f.kithctl(t, "consent", f.asks[0].ID.String()); r.exit != 3 || r.errorInJSON.Code != "E_SPENT" {
		t.Errorf("consent to what was decided = %d %s, want 3 E_SPENT", r.exit, r.errs)
	}
}

// Without --json each of these says in words that nothing has changed yet, or what has.
func TestBelongingInWords(t *testing.T) {
	for _, c := range []struct {
		args  string
		waits bool
		want  string
	}{
		{"remove 2202", true, present.Say("ctl.proposed")},
		{"remove 2202", false, "Bev is out of the group. They keep what they had already read."},
		{"role 2202 admin", false, "Bev is one who leads now."},
		{"policy --new-devices confirm", true, present.Say("ctl.proposed")},
		{"proposals", false, "Bev wants Someone new to be out of the group. It waits for somebody else who leads."},
		{"proposals", false, "Bev wants to change what holds in the group: new-devices confirm, version 2."},
	} {
		f := newFake()
		f.waits, f.asks = c.waits, everyProposal()
		r := f.run(t, f.host(), append([]string{"--home", t.TempDir()}, strings.Fields(c.args)...)...)
		if r.exit != 0 || !strings.Contains(r.out, c.want) {
			t.Errorf("kithctl %s = %d %q, want %q in it", c.args, r.exit, r.out, c.want)
		}
	}
}

// TestMembersOfAGroupThatNobodyLeads: the list says so, and what can be done.
func TestMembersOfAGroupThatNobodyLeads(t *testing.T) {
	const headless = "kithctl vote MEMBER"
	for role, want := range map[string]bool{"member": true, "guest": true, "admin": false, "steward": false} {
		l := memberList{{Member: "a0", Name: "Ade", Role: "member", Devices: 1}, {Member: "b0", Name: "Bev", Role: role, Devices: 1}}
		if got := strings.Contains(l.plain(nil), headless); got != want {
			t.Errorf("with a %s the list says that nobody leads: %v", role, got)
		}
	}
}
