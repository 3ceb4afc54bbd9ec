package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"kith/network/keeper"
)

// later is how far ahead of today the programs' clocks are, in the environment that they are given.
const later = "KITH_LATER"

func ahead() time.Time {
	d, err := time.ParseDuration(os.Getenv(later))
	if err != nil {
		d = 0
	}
	return time.Now().Add(d)
}

// lie is a keeper's program that does not do what it says: `hides HOME ADDR` shows what was there when it began, and says "ok" to
// the rest; `full HOME ADDR BYTES` has a disk on which so much more finds room. It keeps everything it takes.
func lie(ctx context.Context, args []string) error {
	o := keeper.Options{Listen: []string{args[2]}, Now: ahead}
	path := filepath.Join(args[1], keeper.FileName)
	switch args[0] {
	case "hides":
		there, err := idsIn(path)
		if err != nil {
			return err
		}
		o.Hides = func(id [32]byte) bool { return !there[id] }
	case "full":
		st, err := os.Stat(path)
		if err != nil {
			return err
		}
		more, err := strconv.Atoi(args[3])
		if err != nil {
			return err
		}
		o.MaxSize = int(st.Size()) + more
	}
	k, err := keeper.New(args[1], o)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- k.Serve(ctx) }()
	select {
	case <-k.Up():
		fmt.Println(`{"event":"listening"}`)
		return <-done
	case err := <-done:
		return err
	}
}

// idsIn are the ids in a keeper's file (docs/spec/mailbox.md 2).
func idsIn(path string) (map[[32]byte]bool, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	ids := map[[32]byte]bool{}
	err = db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte("shelf")).Cursor()
		for k, _ := c.Seek([]byte{0x0a}); k != nil && k[0] == 0x0a; k, _ = c.Next() {
			ids[[32]byte(k[9:])] = true
		}
		return nil
	})
	return ids, errors.Join(err, db.Close())
}

// lies begins the keeper as one that does not do what it says.
func (k *keeperProcess) lies(how string, more ...string) {
	k.w.t.Helper()
	k.process = k.w.start("kith-liar", append([]string{how, k.home, k.at}, more...)...)
}

// asks has somebody who is on ask for a bed.
func (p *person) asks(child, day, next string) string {
	p.w.t.Helper()
	return p.text([]any{"sleepover"}, "sleepover", "ask", "--child", child, "--from", day, "--to", next, "--kind", "planned")
}

// box waits until the group's one mailbox is as it should be, looking into it each time.
func (p *person) box(what string, ok func(line any) bool) {
	p.w.t.Helper()
	p.until(what, func(v any) bool {
		if ok(field(v, 0)) {
			return true
		}
		_, _ = p.try("sync")
		return false
	}, "mailboxes")
}

func count(v any, name string) float64 { n, _ := field(v, name).(float64); return n }

// A week of one mailbox, and two homes that have no other and are never on together. It withholds what it is given, for six days;
// it is killed; its disk fills up in the middle of a file; and then yesterday's copy of it is put back. At each step whoever
// wrote something is told that it is not in the mailbox, and why; and when the mailbox does what it says again, all of it
// arrives, once.
func TestWeekOfOneBadMailbox(t *testing.T) {
	w := newWorld(t)
	k := w.keeper("keeper")
	ade, bev := w.friends(k.link())
	day := func(n int) { t.Setenv(later, fmt.Sprint(time.Duration(n)*24*time.Hour)) }

	ade.up()
	ids := []string{ade.write("Zephyrine", "2061-12-04", "2061-12-05")}
	ade.down()
	bev.up()
	bev.reads(ids[0])
	bev.down()
	k.end(os.Interrupt)

	k.lies("hides")
	for i, p := range []*person{ade, bev} {
		n := 1 + 5*i
		day(n)
		p.up()
		ids = append(ids, p.asks(fmt.Sprint("Odette", n), "2061-12-06", "2061-12-07"))
		p.box("kept back", func(v any) bool { return count(v, "hidden") > 0 })
		p.until("not in the mailbox", func(v any) bool { return field(v, "delivery", "mailbox") == false }, "sleepover", "show", ids[len(ids)-1])
		if said := p.says("mailboxes"); !strings.Contains(said, "that it should give out") {
			t.Errorf("day %d: it says %q", n, said)
		}
		p.down()
	}
	for i, p := range []*person{bev, ade} {
		if v, err := p.try("sleepover", "show", ids[1+i]); err == nil {
			t.Fatalf("what is withheld has come: %v: the test shows nothing", v)
		}
	}

	k.end(os.Kill)
	yesterday := filepath.Join(w.dir, "yesterday")
	copyFile(t, k.file(), yesterday)
	day(7)
	k.lies("full", fmt.Sprint(128<<10))
	ade.up()
	file := ade.album("Grannys-will.pdf", "Chestnut and walnut")
	ade.box("no room", func(v any) bool { return field(v, "trouble") == "E_BUSY" })
	if ade.inMailbox(file) {
		t.Error("half of a file is said to be in the mailbox")
	}
	ade.down()
	k.end(os.Kill)

	copyFile(t, yesterday, k.file())
	day(8)
	k.lies("honest")
	ade.up()
	ade.until("all of the file in the mailbox", func(any) bool { return ade.inMailbox(file) }, "mailboxes")
	ade.box("well again", func(v any) bool { return count(v, "hidden") == 0 && field(v, "trouble") == nil })
	ade.down()
	bev.up()
	for _, id := range ids {
		bev.reads(id)
	}
	bev.until("the file", func(v any) bool { return field(v, 0, "here") == field(v, 0, "size") && count(field(v, 0), "size") > 0 }, "files")
	bev.do("sync")
	bev.down()
	ade.up()
	for _, id := range ids {
		ade.reads(id)
	}
	if all, _ := ade.do("sleepovers").([]any); len(all) != len(ids) {
		t.Errorf("%d beds are asked for, want %d", len(all), len(ids))
	}
	ade.down()
	k.end(os.Kill)
}
