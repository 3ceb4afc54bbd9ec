package sim

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"testing/cryptotest"
	"time"

	"kith/store/keyring"
)

var (
	seed = flag.Uint64("seed", 1, "the first seed to run")
	days = flag.Int("days", 2, "simulated days")
	folk = flag.Int("people", 6, "people, with two machines each")
	runs = flag.Int("seeds", 1, "how many seeds, one after another")
	tell = flag.Bool("diary", false, "print what happens")
	all  = flag.Bool("all", false, "all orders, and fifty machines, where the short form has some")
)

// testRest is the at-rest key of every machine. It draws from a source of its own, so that it takes nothing from a run's.
var testRest = sync.OnceValues(func() (*keyring.AtRest, error) {
	dir, err := os.MkdirTemp(testRoot, "rest")
	if err != nil {
		return nil, err
	}
	return keyring.Create(dir, keyring.Options{Passphrase: "four words will do here", Rand: &ownSource{r: rand.NewChaCha8([32]byte{1})}})
})

type ownSource struct {
	mu sync.Mutex
	r  *rand.ChaCha8
}

func (s *ownSource) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.r.Read(b)
}

var testRoot string

func TestMain(m *testing.M) {
	var err error
	if testRoot, err = os.MkdirTemp(memory(), "kith-sim"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(testRoot)
	os.Exit(code)
}

// memory is a folder that is not on a disk, where there is one: the stores do all they do, and waiting for a disk is
// none of it.
func memory() string {
	if i, err := os.Stat("/dev/shm"); err == nil && i.IsDir() {
		return "/dev/shm"
	}
	return ""
}

// live runs one village.
func live(t *testing.T, c Climate) *Village {
	t.Helper()
	rest, err := testRest()
	if err != nil {
		t.Fatal(err)
	}
	cryptotest.SetGlobalRandom(t, c.Seed)
	if c.Alone { // boxes are sealed on every core then, and draw from one source: with one core they do so in one order
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	}
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // twenty-four stores make much that is soon thrown away
	if *tell {
		c.Diary = os.Stderr
	}
	dir, err := os.MkdirTemp(testRoot, "village")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	v, err := Settle(dir, rest, c)
	if err != nil {
		t.Fatalf("%v: %v", c, err)
	}
	settled := time.Since(start)
	if err := v.Run(); err != nil {
		t.Errorf("%v: %v", c, err)
	}
	t.Logf("%v settled, %v in all: %+v, trace %s", settled.Round(time.Millisecond), time.Since(start).Round(time.Millisecond), v.Tally, v.Trace())
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	_ = os.RemoveAll(dir)
	return v
}

func TestVillage(t *testing.T) {
	for i := range uint64(*runs) {
		t.Run(fmt.Sprint(*seed+i), func(t *testing.T) { live(t, wild(*seed+i, *folk, *days)) })
	}
}

// TestSameSeedSameTrace: a run is its seed, and comes to the same where no machine is spared what another has worked out.
func TestSameSeedSameTrace(t *testing.T) {
	c := wild(*seed, 4, 3)
	a := live(t, c).Trace()
	c.Alone = true
	if b := live(t, c).Trace(); a != b {
		t.Errorf("%v: two runs of one seed: %s, and %s with every machine on its own", c, a, b)
	}
}

// wild is a village in which everything goes wrong that can.
func wild(seed uint64, people, days int) Climate {
	return Climate{
		Seed: seed, People: people, Machines: 2, Days: days, Acts: 4, Online: 0.2, Lossy: 0.05, Twice: 0.05, Shuffle: 10 * time.Second,
		Keepers: 2, Clocks: true, Strife: 3 * time.Hour, Named: seed%2 == 0, Erases: seed%5 < 3, Weather: true, Heedless: seed%3 > 0,
	}
}
