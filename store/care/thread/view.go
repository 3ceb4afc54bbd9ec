package thread

import (
	"kith/store/care/act"
	"kith/store/kp1"
)

// Item is one post in the view. Meta.Time is what its author's computer claimed; At is no earlier than what it answers.
type Item struct {
	act.Meta
	Thread  kp1.ID
	Text    string
	Words   act.Words
	ReplyTo kp1.ID
	At      Place
}
