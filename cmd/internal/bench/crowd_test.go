package bench

import (
	"context"
	"testing"

	"kith/store/kp1"
)

// What one of four writes comes to each of the others once, and little beside it.
func TestFanOut(t *testing.T) {
	ctx := context.Background()
	c, g, err := newCrowd(ctx, gatePlan(t, fillBatch), 4)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.end(); err != nil {
			t.Error(err)
		}
	}()
	if err := c.wake(ctx, gatePlan(t, fillBatch), g, 0, 4, map[kp1.DID][]string{}); err != nil {
		t.Fatal(err)
	}
	if err := c.linked(ctx, 3); err != nil {
		t.Fatal(err)
	}
	const ops = 12
	f, err := c.fan(ctx, ops)
	if err != nil {
		t.Fatal(err)
	}
	if f.full != ops {
		t.Errorf("%d of %d ops came to all", f.full, ops)
	}
	if most := 6.0 * envelope; f.bytes > most {
		t.Errorf("an op cost each %.0f bytes in, want at most %.0f", f.bytes, most)
	}
}

// A file that is cut off half way goes on where it was: not much more is sent than of one that is not.
func TestFilesGoOn(t *testing.T) {
	const size = 1 << 20
	p := gatePlan(t, fillBatch)
	if err := w8of(context.Background(), p, 2, size); err != nil {
		t.Fatal(err)
	}
	rows := map[string]Row{}
	for _, r := range p.t.rows {
		rows[r.What] = r
	}
	if r := rows["bytes out, 2 files of 1 MiB"]; r.Ratio < 1 || r.Ratio > 1.05 {
		t.Errorf("two files of %d bytes were sent in %.2f times as many", size, r.Ratio)
	}
	if r := rows["sent twice after a cut at half, 2 files of 1 MiB"]; r.Ours > 1200 {
		t.Errorf("%.0f kB were sent twice: more than is on its way at any time", r.Ours)
	}
	if r := rows["the same file given again"]; r.Ours > 64 {
		t.Errorf("the same file given again cost %.0f kB, want at most 64", r.Ours)
	}
}
