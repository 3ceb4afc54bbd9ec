package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// A Row is one figure of a workload beside its goal. Ratio is ours over the limit where there is a limit; a count, such
// as syncs or bytes, has its limit in Goal alone.
type Row struct {
	W       string  `json:"w"`
	What    string  `json:"what"`
	Unit    string  `json:"unit"`
	Ours    float64 `json:"ours"`
	Limit   float64 `json:"limit,omitempty"`
	Ratio   float64 `json:"ratio,omitempty"`
	Goal    string  `json:"goal,omitempty"`
	Verdict string  `json:"verdict,omitempty"` // met, missed, or empty where there is no goal
	Note    string  `json:"note,omitempty"`
}

// table writes rows as they come.
type table struct {
	out  io.Writer
	json bool
	rows []Row
}

func (t *table) add(r Row) {
	t.rows = append(t.rows, r)
	if t.json {
		if b, err := json.Marshal(r); err == nil {
			fmt.Fprintf(t.out, "%s\n", b)
		}
		return
	}
	fmt.Fprintf(t.out, "%-3s %-38s %10s %-8s", r.W, r.What, short(r.Ours), r.Unit)
	if r.Limit != 0 {
		fmt.Fprintf(t.out, " limit %-9s ratio %-7s", short(r.Limit), short(r.Ratio))
	}
	if r.Goal != "" {
		fmt.Fprintf(t.out, " goal %-12s %s", r.Goal, r.Verdict)
	}
	if r.Note != "" {
		fmt.Fprintf(t.out, "  (%s)", r.Note)
	}
	fmt.Fprintln(t.out)
}

// short writes a number with about four figures.
func short(v float64) string {
	switch {
	case v == math.Trunc(v) && math.Abs(v) < 1e9, math.Abs(v) >= 1000:
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.4f", v)
}

// atLeast and atMost judge a figure by its goal.
func atLeast(v, goal float64) (text, verdict string) { return "≥ " + short(goal), judge(v >= goal) }
func atMost(v, goal float64) (text, verdict string)  { return "≤ " + short(goal), judge(v <= goal) }

func judge(ok bool) string {
	if ok {
		return "met"
	}
	return "missed"
}

// tried is a workload taken in turn with its limit: limit, ours, limit.
type tried struct {
	ours, limit, ratio []float64
	dropped            int
}

// drift is how far apart the two limits of one try may be; a try of a busy moment is taken again.
const drift = 0.20

// inTurn takes limit, ours, limit until runs tries have counted, or three times as many were made. When too few counted,
// those of noisy moments count as well, and note says so.
func inTurn(runs int, limit, ours func() (float64, error)) (t tried, err error) {
	var noisy tried
	for try := 0; try < 3*runs && len(t.ours) < runs; try++ {
		before, err := limit()
		if err != nil {
			return t, err
		}
		v, err := ours()
		if err != nil {
			return t, err
		}
		after, err := limit()
		if err != nil {
			return t, err
		}
		l := (before + after) / 2
		to := &t
		if math.Abs(before-after) > drift*max(before, after) {
			to = &noisy
			t.dropped++
		}
		to.ours, to.limit, to.ratio = append(to.ours, v), append(to.limit, l), append(to.ratio, v/l)
	}
	if len(t.ours) < (runs+1)/2 {
		t.ours, t.limit, t.ratio = append(t.ours, noisy.ours...), append(t.limit, noisy.limit...), append(t.ratio, noisy.ratio...)
	}
	return t, nil
}

// row makes the row of what was tried.
func (t tried) row(w, what, unit string) Row {
	r := Row{W: w, What: what, Unit: unit, Ours: median(t.ours), Limit: median(t.limit), Ratio: median(t.ratio)}
	r.Note = fmt.Sprintf("median of %d", len(t.ours))
	if t.dropped > 0 {
		r.Note += fmt.Sprintf(", %d tries in noisy moments", t.dropped)
	}
	return r
}
