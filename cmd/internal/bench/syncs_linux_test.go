package bench

import (
	"os"
	"testing"
)

// TestSyncs counts the system calls of a child: two for each transaction and not one more, whatever it holds.
func TestSyncs(t *testing.T) {
	const n = 200
	for _, per := range []int{1, fillBatch} {
		got, err := syncsOf(t.Context(), os.Args[0], nil, t.TempDir(), n, per)
		if err != nil {
			t.Fatal(err)
		}
		if want := 2 * n / per; got.commit != want {
			t.Errorf("%d ops, %d a transaction: %d syncs of commits, want %d", n, per, got.commit, want)
		}
		if got.grow > 5 { // the file doubles up to 4 MiB
			t.Errorf("%d ops, %d a transaction: the file grew %d times, want at most 5", n, per, got.grow)
		}
	}
}
