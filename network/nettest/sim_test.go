package nettest

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestSimLossPartitionRestart(t *testing.T) {
	for name, n := range map[string]int{"two": 2, "six": 6} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, weather := NewSim(t, n, 20*time.Millisecond, 1)
				defer w.Close()
				w.Write(0, "history", 200)
				w.Up()
				w.Await(2*time.Minute, "all level", func() bool { return w.Level(200) })
				w.Await(2*time.Minute, "connected", func() bool { return len(w.Devices[0].Node.Connected()) == n-1 })

				w.Write(0, "live", 1)
				if took := w.Await(2*time.Second, "live", func() bool { return w.Level(201) }); took > 100*time.Millisecond {
					t.Errorf("a live envelope took %v, want about one way", took)
				}

				weather.Loss(0.05) // F10, light
				w.Write(1, "rain", 100)
				w.Await(time.Minute, "level at 5 % loss", func() bool { return w.Level(301) })
				weather.Loss(0)

				last := IP(n - 1)
				weather.Cut(func(from, to string) bool { return from == last || to == last })
				w.Write(0, "apart", 20)
				time.Sleep(3 * time.Minute)
				weather.Cut(nil)
				for _, d := range w.Devices {
					d.Node.Wake()
				}
				w.Await(time.Minute, "level after the cut", func() bool { return w.Level(321) })

				w.Down(0)
				w.Write(1, "without", 10)
				w.Up(0)
				w.Await(time.Minute, "level after a restart", func() bool { return w.Level(331) })
			})
		})
	}
}
