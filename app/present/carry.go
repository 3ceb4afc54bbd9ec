package present

import (
	"context"

	"kith/store/kp1"
)

// Carrying is what a Core can do with a memory stick, in the place of a network.
type Carrying interface {
	// BundleOut writes a new file to be carried to others: what they may lack of the group, or with all everything of it;
	// what lies in the mailboxes of its invites; and this person's own requests to join. With a zero group it is these
	// alone. E_BUNDLE_NOTHING, E_FILE_EXISTS, E_DISK_FULL; then there is no new file.
	BundleOut(ctx context.Context, path string, g kp1.GID, all bool) (Carried, error)
	// BundleIn takes in what such a file holds for this computer. E_NO_FILE, E_NOT_BUNDLE, E_BUNDLE_NEWER; E_BUNDLE_OTHER:
	// nothing in it is for this computer; E_BUNDLE_DAMAGED: what came before the damage was taken in.
	BundleIn(ctx context.Context, path string) (Brought, error)
}

// Carried is what a bundle holds.
type Carried struct {
	Envelopes int
	Letters   int // drops, requests and answers of invites
	Bytes     int64
}

// Brought is what came out of a bundle.
type Brought struct {
	Groups    []kp1.GID // of which something was in it
	Envelopes int       // that were in it for those groups
	New       int       // those of them that were not here
	Refused   int       // that were not taken, or not now
	Requests  int       // of people who ask to join, that were not here
	Answer    bool      // a request of this person's own is ready to be carried back
	Welcome   bool      // a request of this person's own was answered with yes
}

// BundleSuffix is how the names of bundles end.
const BundleSuffix = ".kithstick"
