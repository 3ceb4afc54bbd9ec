package peer

import (
	"testing"
	"time"

	"kith/store/kp1"
)

// TestCalmUntilInvited: no keeper says that somebody asks on an invite, so while one lies there it is looked after often.
func TestCalmUntilInvited(t *testing.T) {
	var b mailbook
	at, invite := b.of(kp1.GID{1}, []byte("keeper")), &rendezvous{}
	at.invites = map[kp1.IID]*rendezvous{{1}: invite}
	for _, s := range []struct {
		name string
		left bool
		want time.Duration
	}{{"none lies there", false, mailCalm}, {"one lies there", true, mailEvery}, {"it is over", false, mailCalm}} {
		b.note(func() { invite.left = s.left })
		if got := b.calm(); got != s.want {
			t.Errorf("%s: the next look is due in %v, want %v", s.name, got, s.want)
		}
	}
}
