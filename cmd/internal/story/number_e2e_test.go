//go:build e2e && linux

package story

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kith/store"
	"kith/store/care"
	"kith/store/care/calendar"
	"kith/store/care/people"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/keyring"
	"kith/store/kp1"
)

// ledgerOps is how many ops lie in the store that BenchmarkWindow opens.
const ledgerOps = 10_000

// BenchmarkWindow measures the program as one sees it, with ledgerOps stored and the network on: from the start to the
// passphrase page, from Enter to Today filled, what it uses while nobody touches it, and its memory then and after every
// page was looked at. Limits: 1 s, 1.5 s, 3 % of a core, 220 MB.
func BenchmarkWindow(b *testing.B) {
	bin := buildWindow(b)
	const passphrase = "plum kettle orbit sand"
	var shots atomic.Int32
	var field, today, idle, calm, used []float64
	for range b.N {
		d := sit(b, bin, "Ada", 1366, 768, &shots)
		fill(b, d.home, passphrase)
		for range 3 {
			begin := time.Now()
			d.start()
			d.waits("field", "Your passphrase")
			field = append(field, time.Since(begin).Seconds())
			d.types("Your passphrase", passphrase)
			begin = time.Now()
			d.keys("Return")
			d.waits("button", "Today*")
			today = append(today, time.Since(begin).Seconds())
			pause(5 * time.Second)
			before := d.processor()
			pause(10 * time.Second)
			idle = append(idle, (d.processor()-before)*10)
			calm = append(calm, d.memory())
			for _, place := range []string{"Calendar*", "Messages*", "Sleepovers*", "People*", "Today*"} {
				d.press("button", place)
			}
			pause(time.Second)
			used = append(used, d.memory())
			d.leave()
		}
	}
	for name, all := range map[string][]float64{
		"s-to-passphrase": field, "s-to-Today": today, "%-idle": idle, "MB-at-Today": calm, "MB-after-pages": used,
	} {
		slices.Sort(all)
		b.ReportMetric(all[len(all)/2], name)
	}
	b.ReportMetric(0, "ns/op") // says nothing here
}

// waits looks as often as it can, because what it waits for is measured.
func (d *desk) waits(role, label string) {
	d.t.Helper()
	for end := time.Now().Add(patienceAtScreen); time.Now().Before(end); pause(10 * time.Millisecond) {
		if _, ok := d.find(role, label); ok {
			return
		}
	}
	d.t.Fatalf("%s never saw the %s %q", d.name, role, label)
}

// processor is how many seconds of it the program has used.
func (d *desk) processor() float64 {
	d.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	user, err1 := strconv.Atoi(f[11])
	system, err2 := strconv.Atoi(f[12])
	if err1 != nil || err2 != nil {
		d.t.Fatalf("/proc/stat: %q", b)
	}
	const ticks = 100 // a second, on every Linux we run on
	return float64(user+system) / ticks
}

// memory is what the program holds of it, in MB.
func (d *desk) memory() float64 {
	d.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		d.t.Fatal(err)
	}
	return float64(kib) * 1024 / 1e6
}

// fill makes a home with a year of a group in it.
func fill(b *testing.B, home, passphrase string) {
	b.Helper()
	if err := os.MkdirAll(filepath.Dir(home), 0o700); err != nil {
		b.Fatal(err)
	}
	rest, err := keyring.Create(home, keyring.Options{Passphrase: passphrase})
	if err != nil {
		b.Fatal(err)
	}
	defer rest.Forget()
	l, err := store.Create(home, rest, "Ada", store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			b.Error(err)
		}
	}()
	ctx := context.Background()
	g, err := l.Found(ctx, store.Founding{Name: "Ada", Peer: append([]byte{0x12, 0x20}, make([]byte, 32)...), Acts: []store.Draft{
		{Act: people.About{Kind: people.Constellation, Name: "Elm Row"}}, {Act: people.Profile{Name: "Ada"}},
	}})
	if err != nil {
		b.Fatal(err)
	}
	ids, err := l.Propose(ctx, g, store.Draft{Act: thread.New{Title: "Picnic"}, Comp: kp1.CompTeam})
	if err != nil {
		b.Fatal(err)
	}
	first := when.DateOf(time.Now()).Plus(-300)
	for n := 0; n < ledgerOps; n += 100 {
		var ds []store.Draft
		for i := range 100 {
			var a care.Act = thread.Post{Thread: ids[0], Text: "Could someone bring the big blanket?"}
			if i%10 == 0 {
				a = calendar.Add{Content: calendar.Content{Title: "Swimming", When: when.Span{
					From: first.Plus((n + i) / 20), To: first.Plus((n + i) / 20), Start: when.At(16, 30), End: when.At(17, 30), Zone: "Europe/London",
				}}}
			}
			ds = append(ds, store.Draft{Comp: kp1.CompTeam, Act: a})
		}
		if _, err := l.Propose(ctx, g, ds...); err != nil {
			b.Fatal(err)
		}
	}
}
