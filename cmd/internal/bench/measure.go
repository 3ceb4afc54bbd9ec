package bench

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// median returns the middle value, 0 of none.
func median(v []float64) float64 { return quantile(v, 0.5) }

// quantile returns the value below which the part q of all lies, 0 of none.
func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	return s[int(q*float64(len(s)-1))]
}

// peakRSS returns the most memory this process has had, in MiB; 0 where the system does not say.
func peakRSS() float64 { return statusMiB("VmHWM:") }

// statusMiB reads one of the sizes that the system keeps of this process, in MiB; 0 where it does not say.
func statusMiB(name string) float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for l := range bytes.Lines(b) {
		if f := bytes.Fields(l); len(f) > 1 && string(f[0]) == name {
			n, _ := strconv.ParseFloat(string(f[1]), 64) // the kernel writes numbers
			return n / 1024
		}
	}
	return 0
}

// bytesUnder sums the sizes of the files in a folder.
func bytesUnder(dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		i, err := d.Info()
		if err == nil {
			n += i.Size()
		}
		return err
	})
	return n, err
}

// rateOf repeats do for about d and returns how often a second it ran.
func rateOf(d time.Duration, do func() error) (float64, error) {
	begin, n := time.Now(), 0
	for time.Since(begin) < d {
		for range 8 {
			if err := do(); err != nil {
				return 0, err
			}
		}
		n += 8
	}
	return float64(n) / time.Since(begin).Seconds(), nil
}

func seconds(d time.Duration) float64 { return d.Seconds() }
func millis(d time.Duration) float64  { return d.Seconds() * 1e3 }
