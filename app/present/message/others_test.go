package message

import (
	"testing"

	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/thread"
)

// TestTitleOf: a title that is for other people, or that was taken away, is never said to be on its way.
func TestTitleOf(t *testing.T) {
	for _, c := range []struct {
		t    thread.Thread
		want string
	}{
		{thread.Thread{Title: "School"}, "School"},
		{thread.Thread{Words: act.Away}, "On its way"},
		{thread.Thread{Words: act.Taken}, "Words taken away"},
		{thread.Thread{Words: act.Others}, "For other people"},
	} {
		if got := TitleOf(present.Group{}, c.t); got != c.want {
			t.Errorf("TitleOf(words %d) = %q, want %q", c.t.Words, got, c.want)
		}
	}
}
