// Package thread holds what the group says to one another: threads of posts, kept in pages so that a long one costs no
// more than a short one. It never touches clock, disk, network or randomness, and it knows nobody's name.
package thread

import (
	"kith/store/care/act"
	"kith/store/kp1"
)

// New starts a thread. Its op's id is the thread's id.
type New struct {
	Title string
	act.Worded
}

// Post adds words to a thread. Screens fill Thread, Text and perhaps ReplyTo; care.Fill writes the rest.
type Post struct {
	Thread  kp1.ID
	Text    string
	ReplyTo kp1.ID
	Base    []kp1.ID // the newest posts the author had seen, at most MaxBase
	After   Place    // the last place among Base and ReplyTo: this post stands after it
	act.Worded
}

// MaxBase is how many earlier posts one post names.
const MaxBase = 4

// Place is where a post stands in its thread: by the second, then by the turn within that second, then by id. A post's
// place follows from the post alone. It is the claimed time of the op, unless that is not after Post.After: then it is
// the turn after that. So causes stand before what they caused, and all else by claimed time.
type Place struct {
	Second uint64
	Turn   uint64
}

// MaxTurn bounds the turns within one second.
const MaxTurn = 1 << 40
