package verb

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"kith/app/present"
	"kith/cmd/internal/control"
	"kith/store/care/when"
	"kith/store/kp1"
)

// What each verb prints with --json, byte for byte, and how it exits. {x} stands for what an earlier line printed.
func TestVerbsAnswerAsTheContractHasThem(t *testing.T) {
	opx, opl := kp1.Sum([]byte("expel")).String(), kp1.Sum([]byte("part")).String()
	nobody := kp1.MID{}.String()
	for _, c := range []struct {
		name, args string
		want       string
		asked      string // the last call on the peer
	}{
		{"id", "id", `{"name":"Ade","device":"kitchen","peer":"12D3KooW","addrs":["/ip4/127.0.0.1/tcp/4001/p2p/12D3KooW"]}`, ""},
		{"check", "check", `{"ops":7,"bad":[]}`, "check"},
		{"groups", "groups", `[{"group":"` + oak.String() + `","kind":"constellation","name":"Oak"}]`, ""},
		{"group create", "group create --kind family --name Elm", `{"group":"` + elm.String() + `"}`, "found {Kind:family Name:Elm MyName:Ade Title: Reach:direct}"},
		{"group create, peer", "group create --kind peer --name Elm", `{"group":"` + elm.String() + `"}`, "found {Kind:peer Name:Elm MyName:Ade Title: Reach:mailbox}"},
		{"group create, peer, read", "group create --kind peer --name Elm --reach direct", `{"group":"` + elm.String() + `"}`, "found {Kind:peer Name:Elm MyName:Ade Title: Reach:direct}"},
		{"members", "members --group a0", `[{"member":"` + ade.String() + `","name":"Ade","title":"Hub carer","role":"admin","status":"in","devices":1},` +
			`{"member":"` + bev.String() + `","name":"Bev","title":"Member","role":"member","status":"in","devices":2},` +
			`{"member":"` + cas.String() + `","name":"Someone new","title":"Member","role":"member","status":"in","devices":0},` +
			`{"member":"` + gus.String() + `","name":"Someone new","title":"Guest","role":"guest","status":"in","devices":0}]`, ""},
		{"remove", "remove 2202", `{"op":"` + opx + `","waits":false}`, "expel a001 2202"},
		{"leave", "leave --group a001", `{"op":"` + opl + `"}`, "part a001"},
		{"end", "leave --group a001 --end", `{"ended":"` + oak.String() + `"}`, "end a001"},
		{"invite", "invite", `{"invite":"0102","link":"kith:join#AbC","mailbox":false}`, "invite a001 {Rank:1 History:all For:0s Note: Stick:false Back:false Spoken:false}"},
		{"invite in words", "invite --words", `{"invite":"0102","link":"kith:join#AbC","words":["do","doo","dooo"],"at":"oak.example","mailbox":true}`, "invite a001 {Rank:1 History:all For:0s Note: Stick:false Back:false Spoken:true}"},
		{"invite a guest", "invite --role guest --history since:2026-01-01 --expires 48h --note Dot", `{"invite":"0102","link":"kith:join#AbC","mailbox":false}`, "invite a001 {Rank:0 History:since:2026-01-01 For:48h0m0s Note:Dot Stick:false Back:false Spoken:false}"},
		{"a way back", "invite --back", `{"invite":"0102","link":"kith:join#AbC","mailbox":false}`, "invite a001 {Rank:1 History:all For:0s Note: Stick:false Back:true Spoken:false}"},
		{"invites", "invites", `[{"invite":"0102","note":"Dot","role":"member","until":"2026-10-24T20:30:00Z","ended":false},` +
			`{"invite":"0203","note":"Eve","role":"guest","until":"2026-10-24T21:30:00Z","ended":true}]`, ""},
		{"reissue", "reissue 02", `{"invite":"0304","link":"kith:join#DeF","mailbox":false}`, "reissue a001 0203"},
		{"join", "join kith:join#AbC --name Ade", `{"request":"beef","group":"Elm","verify":["wo","woo","wooo","woooo","wooooo","woooooo"]}`, "join kith:join#AbC Ade"},
		{"join, a link in two pieces", "join --name Ade kith:join# AbC", `{"request":"beef","group":"Elm","verify":["wo","woo","wooo","woooo","wooooo","woooooo"]}`, "join kith:join#AbC Ade"},
		{"join, by words", "join do doo dooo --at oak.example --name Ade", `{"request":"beef","group":"Elm","verify":["wo","woo","wooo","woooo","wooooo","woooooo"]}`, "join do doo dooo at oak.example Ade"},
		{"join, by words as they were said", "join do doo dooo at oak.example --name Ade", `{"request":"beef","group":"Elm","verify":["wo","woo","wooo","woooo","wooooo","woooooo"]}`, "join do doo dooo at oak.example Ade"},
		{"requests", "requests", `[{"request":"abc1","name":"Dot","verify":["do","doo","dooo","doooo","dooooo","doooooo"],"others":1,"expired":false,"ended":false,"note":"Dot from the park","at":"2026-10-24T19:30:00Z","member":"` + nobody + `","known":false,"in":false},` +
			`{"request":"abd2","name":"Eve","verify":["eo","eoo","eooo","eoooo","eooooo","eoooooo"],"others":0,"expired":true,"ended":false,"note":"","at":"2026-10-24T19:30:00Z","member":"` + nobody + `","known":false,"in":false}]`, ""},
		{"approve", "approve abc --verified voice", `{"request":"abc1"}`, "approve a001 abc1 voice"},
		{"approve, who was somebody here", "approve abc --verified voice --formerly 11", `{"request":"abc1","former":"` + kp1.Sum([]byte("former")).String() + `"}`, "approve a001 abc1 voice formerly 1101"},
		{"decline", "decline abd2", `{"request":"abd2"}`, "decline a001 abd2"},
		{"me", "me", `{"member":"` + ade.String() + `","name":"Ade","title":"Hub carer"}`, ""},
		{"me, changed", "me --name Adele", `{"member":"` + ade.String() + `","name":"Adele","title":"Hub carer"}`, ""},
		{"agenda of nothing", "agenda", `[]`, ""},
		{"sleepovers of nothing", "sleepovers", `[]`, ""},
		{"threads of nothing", "threads", `[]`, ""},
		{"households of none", "household show", `[]`, ""},
		{"beds of none", "beds --night 2026-10-24", `[]`, ""},
		{"joins of none", "joins", `[]`, ""},
		{"lock with nobody there", "lock", `{"locked":true}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake()
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

func lastOf(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

func TestInit(t *testing.T) {
	f := newFake()
	f.world = present.World{}
	r := f.kithctl(t, "init", "--name", "Ade")
	want := `{"words":["worda","wordb","wordc","wordd","worde","wordf","wordg","wordh","wordi","wordj","wordk","wordl"]}` + "\n"
	if r.exit != 0 || r.out != want {
		t.Errorf("init = %d %s %s, want %s", r.exit, r.out, r.errs, want)
	}
	if got := lastOf(f.asked); got != `start Ade "lantern cobble rivers noon" keychain=false` {
		t.Errorf("init asked the peer %s", got)
	}
	if r := newFake().kithctl(t, "init", "--name", "Ade"); r.exit != 3 || r.errorInJSON.Code != "E_HOME_EXISTS" {
		t.Errorf("init in a home with a person = %d %s, want 3 E_HOME_EXISTS", r.exit, r.errs)
	}
}

// On a terminal a new passphrase is typed twice; an old one once.
func TestPassphraseIsAsked(t *testing.T) {
	for _, c := range []struct {
		name  string
		typed []string
		exit  int
		want  string
	}{
		{"the same twice", []string{"one two", "one two"}, 0, `start Ade "one two" keychain=true`},
		{"two that differ", []string{"one two", "one too"}, 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake()
			f.world = present.World{}
			h, typed := f.host(), slices.Clone(c.typed)
			h.Getenv = env(nil)
			h.Passphrase = func(string) (string, error) {
				s := typed[0]
				typed = typed[1:]
				return s, nil
			}
			r := f.run(t, h, "--home", t.TempDir(), "--json", "init", "--name", "Ade")
			if r.exit != c.exit || lastOf(f.asked) != c.want {
				t.Errorf("init = %d %q, want %d %q", r.exit, lastOf(f.asked), c.exit, c.want)
			}
		})
	}
	f := newFake()
	h := f.host()
	h.Getenv = env(nil)
	if r := f.run(t, h, "--home", t.TempDir(), "--json", "id"); r.exit != 5 || r.errorInJSON.Code != "E_LOCKED" {
		t.Errorf("id with no passphrase and no terminal = %d %s, want 5 E_LOCKED", r.exit, r.errs)
	}
	h.Passphrase = func(string) (string, error) { return f.pass, nil }
	if r := f.run(t, h, "--home", t.TempDir(), "--json", "id"); r.exit != 0 {
		t.Errorf("id with the passphrase typed = %d %s, want 0", r.exit, r.errs)
	}
	f.pass, f.world.Locked = "", true // opened by the keychain alone: nobody is asked
	h.Passphrase = func(string) (string, error) { return "", errors.New("asked") }
	if r := f.run(t, h, "--home", t.TempDir(), "--json", "id"); r.exit != 0 {
		t.Errorf("id with the keychain alone = %d %s, want 0", r.exit, r.errs)
	}
}

func TestRefusalsHaveTheirCodeAndExit(t *testing.T) {
	for _, c := range []struct {
		name, args string
		with       func(*fake)
		exit       int
		code       string
	}{
		{"no such verb", "dance", nil, 2, "E_USAGE"},
		{"half a verb", "sleepover", nil, 2, "E_USAGE"},
		{"an unknown flag", "groups --colour", nil, 2, "E_USAGE"},
		{"one argument too many", "groups now", nil, 2, "E_USAGE"},
		{"one too few", "sleepover offer", nil, 2, "E_USAGE"},
		{"a flag left out", "thread new", nil, 2, "E_USAGE"},
		{"a kind that is none", "group create --kind club --name X", nil, 2, "E_USAGE"},
		{"a date that is none", "beds --night tomorrow", nil, 2, "E_USAGE"},
		{"a day the calendar lacks", "beds --night 2026-02-30", nil, 2, "E_USAGE"},
		{"an agenda backwards", "agenda --from 2026-10-02 --to 2026-10-01", nil, 2, "E_USAGE"},
		{"a role that may not be invited", "invite --role admin", nil, 2, "E_USAGE"},
		{"a way back with a role", "invite --back --role guest", nil, 2, "E_USAGE"},
		{"no third way to verify", "approve abc1 --verified email", nil, 2, "E_USAGE"},
		{"approve without saying how", "approve abc1", nil, 2, "E_USAGE"},
		{"an answer that is none", "rsvp x perhaps", nil, 2, "E_USAGE"},
		{"a beginning of two", "approve ab --verified voice", nil, 2, "E_AMBIGUOUS"},
		{"a person of two", "remove 22", nil, 2, "E_AMBIGUOUS"},
		{"leave wants the group said", "leave", nil, 2, "E_USAGE"},
		{"two groups, none named", "sleepovers", func(f *fake) { f.world.Groups = append(f.world.Groups, present.Group{ID: elm}) }, 2, "E_WHICH_GROUP"},
		{"a zone that is none", "event add --title Tea --start 2026-10-24T16:00 --zone Mars/Base", nil, 2, "E_ZONE"},

		{"a group that is not here", "members --group ff", nil, 4, "E_NOT_FOUND"},
		{"no group at all", "members", func(f *fake) { f.world.Groups = nil }, 4, "E_NO_GROUP"},
		{"a member who is not here", "remove 99", nil, 4, "E_NOT_FOUND"},
		{"a request that is not here", "decline zz", nil, 4, "E_NOT_FOUND"},
		{"a sleepover that is not here", "sleepover show bafyreia", nil, 4, "E_NOT_FOUND"},
		{"an event that is not here", "event cancel abcdef", nil, 4, "E_NOT_FOUND"},
		{"a thread that is not here", "thread show abcdef", nil, 4, "E_NOT_FOUND"},
		{"a household that is not here", "household live abcdef", nil, 4, "E_NOT_FOUND"},
		{"a home without a person", "groups", func(f *fake) { f.world = present.World{} }, 4, "E_NO_HOME"},
		{"nobody to watch", "watch", nil, 4, "E_NOT_RUNNING"},

		{"a rule", "me --name " + strings.Repeat("x", 200), nil, 3, "E_RULE_TOO_LONG"},
		{"not an admin", "remove 2202", func(f *fake) { f.fail = &fault{"E_NOT_ALLOWED", "x"} }, 3, "E_NOT_ALLOWED"},
		{"a link cut short", "join x --name Ade", func(f *fake) { f.fail = &fault{"E_LINK_DAMAGED", "x"} }, 3, "E_LINK_DAMAGED"},
		{"an invite that ran out", "join x --name Ade", func(f *fake) { f.fail = &fault{"E_INVITE_EXPIRED", "x"} }, 3, "E_INVITE_EXPIRED"},
		{"reach by mailbox", "group create --kind peer --name X --reach mailbox", func(f *fake) { f.fail = &fault{"E_NO_MAILBOX", "x"} }, 3, "E_NO_MAILBOX"},

		{"the wrong passphrase", "groups", func(f *fake) { f.pass = "other" }, 5, "E_PASSPHRASE"},
		{"a keychain that is silent", "me --title x", func(f *fake) { f.fail = &fault{"E_KEYCHAIN", "x"} }, 5, "E_KEYCHAIN"},
		{"damage", "me --title x", func(f *fake) { f.fail = &fault{"E_STORE_DAMAGED", "x"} }, 6, "E_STORE_DAMAGED"},
		{"a newer store", "me --title x", func(f *fake) { f.fail = &fault{"E_STORE_NEWER", "x"} }, 6, "E_STORE_NEWER"},
		{"a full disk", "me --title x", func(f *fake) { f.fail = &fault{"E_DISK_FULL", "x"} }, 1, "E_DISK_FULL"},
		{"something without a code", "me --title x", func(f *fake) { f.fail = errors.New("at /home/ade: x") }, 1, "E_UNKNOWN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake()
			if c.with != nil {
				c.with(f)
			}
			r := f.kithctl(t, strings.Fields(c.args)...)
			if r.exit != c.exit || r.errorInJSON.Code != c.code {
				t.Errorf("kithctl %s = %d %q, want %d %s", c.args, r.exit, r.errs, c.exit, c.code)
			}
			if r.out != "" {
				t.Errorf("kithctl %s printed %q beside an error", c.args, r.out)
			}
			if strings.Contains(r.errs, "/home/ade") {
				t.Errorf("kithctl %s told a path: %s", c.args, r.errs)
			}
		})
	}
}

// What was found stands on stdout beside the error: damage, and a bout that reached nobody.
func TestFindingsStandBesideTheirError(t *testing.T) {
	f := newFake()
	f.check = Checked{Ops: 3, Bad: []Bad{{Code: "E_STORE_DAMAGED", Where: "envelopes"}}}
	r := f.kithctl(t, "check")
	if want := `{"ops":3,"bad":[{"code":"E_STORE_DAMAGED","where":"envelopes"}]}` + "\n"; r.exit != 6 || r.out != want || r.errorInJSON.Code != "E_STORE_DAMAGED" {
		t.Errorf("check of a damaged store = %d %s %s, want 6 %s", r.exit, r.out, r.errs, want)
	}
	r = f.kithctl(t, "sync", "--for", "2s")
	if want := `{"sent":0,"received":0,"peers":0}` + "\n"; r.exit != 7 || r.out != want || r.errorInJSON.Code != "E_UNREACHABLE" {
		t.Errorf("sync that reached nobody = %d %s %s, want 7 %s", r.exit, r.out, r.errs, want)
	}
	f.synced = Synced{Sent: 1, Received: 2, Peers: 1}
	r = f.kithctl(t, "sync", "--peer", "/ip4/127.0.0.1/tcp/1/p2p/12D3KooW")
	if want := `{"sent":1,"received":2,"peers":1}` + "\n"; r.exit != 0 || r.out != want {
		t.Errorf("sync = %d %s %s, want 0 %s", r.exit, r.out, r.errs, want)
	}
}

// A home that is not there is not made by a question about it.
func TestNoHomeIsMadeByAsking(t *testing.T) {
	f := newFake()
	home := scratch(t) + "/none"
	for _, c := range []struct {
		args string
		exit int
		out  string
	}{
		{"check", 0, `{"ops":0,"bad":[]}` + "\n"},
		{"groups", 4, ""},
		{"serve", 4, ""},
		{"watch", 4, ""},
		{"lock", 0, `{"locked":true}` + "\n"},
	} {
		r := f.run(t, f.host(), "--home", home, "--json", c.args)
		if r.exit != c.exit || r.out != c.out {
			t.Errorf("kithctl %s = %d %q, want %d %q", c.args, r.exit, r.out, c.exit, c.out)
		}
	}
	if exists(home) {
		t.Error("asking made a home")
	}
}

// Every verb has a line in help, and its usage error hands that line out.
func TestEveryVerbExplainsItself(t *testing.T) {
	f := newFake()
	var all []struct{ Verb, Usage, Does string }
	f.kithctl(t, "help").into(t, &all)
	if len(all) != len(verbs()) {
		t.Fatalf("help lists %d verbs, there are %d", len(all), len(verbs()))
	}
	for i, s := range verbs() {
		if all[i].Verb != s.name || !strings.HasPrefix(all[i].Usage, "kithctl "+s.name) || all[i].Does == "" || strings.HasPrefix(all[i].Does, "[") {
			t.Errorf("help of %s = %+v", s.name, all[i])
		}
		if s.name == "bench" {
			continue // hands its arguments on as they are
		}
		r := f.kithctl(t, append(strings.Fields(s.name), "--no-such-flag")...)
		if r.exit != 2 || r.errorInJSON.Code != "E_USAGE" || !strings.Contains(r.errorInJSON.Hint, "kithctl "+s.name) {
			t.Errorf("%s --no-such-flag = %d %s, want 2 and its usage", s.name, r.exit, r.errs)
		}
	}
	for _, c := range []struct{ args, usage string }{
		{"role --help", "kithctl role "},
		{"role 22 -h", "kithctl role "},
		{"thread new --help", "kithctl thread new "},
		{"group --help", "kithctl group create "},
		{"--help", "kithctl init "},
		{"-h", "kithctl init "},
	} {
		if r := f.kithctl(t, strings.Fields(c.args)...); r.exit != 0 || !strings.Contains(r.out, c.usage) {
			t.Errorf("kithctl %s = %d %s %s, want %q in it", c.args, r.exit, r.out, r.errs, c.usage)
		}
	}
	if r := f.kithctl(t, "post", "--thread", "t", "--", "--help"); strings.Contains(r.out, "usage") {
		t.Errorf("after two dashes --help is taken as a question: %s", r.out)
	}
	if r := f.kithctl(t, "help", "sleepover"); strings.Count(r.out, `"verb":"sleepover `) != 13 || strings.Contains(r.out, "thread") {
		t.Errorf("help sleepover = %s", r.out)
	}
	if r := f.run(t, f.host()); r.exit != 0 || !strings.HasPrefix(r.out, "kithctl [--home DIR]") {
		t.Errorf("kithctl alone = %d %q", r.exit, r.out)
	}
}

// Help stands in parts, each under its heading once; what was asked for by name and is of one part has none.
func TestHelpStandsInParts(t *testing.T) {
	plain := func(args ...string) string {
		t.Helper()
		f := newFake()
		return "\n" + f.run(t, f.host(), args...).out + "\n"
	}
	whole, named, at := plain("help"), plain("help", "sleepover"), 0
	for _, p := range parts() {
		title := present.Say(p.title)
		if strings.HasPrefix(title, "[") || strings.Count(whole, "\n"+title+"\n") != 1 {
			t.Fatalf("help has the heading %q %d times, want once", title, strings.Count(whole, "\n"+title+"\n"))
		}
		if strings.Contains(named, "\n"+title+"\n") {
			t.Errorf("help sleepover has the heading %q", title)
		}
		for i, line := range append([]string{title}, usages(p)...) {
			next := strings.Index(whole[at:], "\n"+line+"\n")
			if next < 0 {
				t.Fatalf("help does not have line %d of %q, %q, where it belongs", i, title, line)
			}
			at += next
		}
	}
}

func usages(p part) []string {
	var all []string
	for _, s := range slices.Concat(p.verbs...) {
		all = append(all, s.usage())
	}
	return all
}

func TestNumbersNeedNothing(t *testing.T) {
	h := Host{Getenv: env(nil)}
	var all []struct{ Name, Number, Checked string }
	r := (&fake{}).run(t, h, "--json", "numbers")
	r.into(t, &all)
	if r.exit != 0 || len(all) < 9 || all[0].Number != "999" {
		t.Errorf("numbers = %d %+v", r.exit, all)
	}
}

func TestExitCodesAreThoseOfTheContract(t *testing.T) {
	if got := Exit(nil); got != 0 {
		t.Errorf("Exit(nil) = %d", got)
	}
	if got := Exit(context.Canceled); got != 1 {
		t.Errorf("Exit(cancelled) = %d, want 1", got)
	}
	// Whatever code the program has a sentence for has an exit of its own choosing, never 0.
	for _, code := range present.Codes() {
		if got := Exit(&fault{code, ""}); got < 1 || got > 7 {
			t.Errorf("Exit(%s) = %d, want 1 to 7", code, got)
		}
	}
}

// Whatever this package and the socket say no with has its own sentence, not a general one.
func TestEveryCodeHasItsSentence(t *testing.T) {
	for _, err := range []error{
		errNotFound, errAmbiguous, errNoHome, errHomeExists, errLocked, errWhichGroup, errNoGroup, errUnreached,
		errDamaged, errNotHere, errInUse, &usage{}, when.ErrZone, when.ErrDate,
		control.ErrInUse, control.ErrNobody, control.ErrTooLong, control.ErrCut, control.ErrFolder,
	} {
		if code := present.Code(err); !slices.Contains(present.Codes(), code) {
			t.Errorf("%s has no sentence of its own", code)
		}
	}
}

// The page that other people's scripts rely on names every verb, and no verb that is not there.
func TestTheContractNamesEveryVerb(t *testing.T) {
	page, err := os.ReadFile("../../../docs/kithctl.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, row := range strings.Split(string(page), "\n") {
		cell, ok := strings.CutPrefix(row, "| `")
		if !ok {
			continue
		}
		for _, code := range strings.Split(strings.SplitN(strings.ReplaceAll(cell, `\|`, "/"), " | ", 2)[0], "`") {
			if s, _, ok := find(strings.Fields(code)); ok {
				named[s.name] = true
			} else if f := strings.Fields(code); len(f) > 0 && f[0] != "," {
				t.Errorf("docs/kithctl.md names %q, which is no verb", code)
			}
		}
	}
	for _, s := range verbs() {
		if !named[s.name] {
			t.Errorf("docs/kithctl.md does not name %s", s.name)
		}
	}
}
