package network

import (
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// roster is one reading of the shelf's groups. It is never changed.
type roster struct {
	groups map[GroupID]Group
	peers  map[peer.ID]*standing
}

// standing is what we know of one device.
type standing struct {
	in, out []GroupID // groups it is in, and groups it is out of
	addrs   []ma.Multiaddr
}

func newRoster(groups []Group, self peer.ID) *roster {
	r := &roster{groups: map[GroupID]Group{}, peers: map[peer.ID]*standing{}}
	for _, g := range groups {
		r.groups[g.ID] = g
		for _, p := range g.Peers {
			if p.ID == self || !g.meets(p) {
				continue
			}
			st := r.peers[p.ID]
			if st == nil {
				st = &standing{}
				r.peers[p.ID] = st
			}
			if p.In {
				st.in = append(st.in, g.ID)
			} else {
				st.out = append(st.out, g.ID)
			}
			for _, a := range p.Addrs {
				if !slices.ContainsFunc(st.addrs, a.Equal) {
					st.addrs = append(st.addrs, a)
				}
			}
		}
	}
	return r
}

// direct reports whether the members of any group meet.
func (r *roster) direct() bool {
	for _, g := range r.groups {
		if g.Direct {
			return true
		}
	}
	return false
}

// known reports whether the device belongs, or once belonged, to a group of ours.
func (r *roster) known(p peer.ID) bool { return r.peers[p] != nil }

// shared is the groups the device is in with us.
func (r *roster) shared(p peer.ID) []GroupID {
	if st := r.peers[p]; st != nil {
		return st.in
	}
	return nil
}

// left is the groups the device is out of.
func (r *roster) left(p peer.ID) []GroupID {
	if st := r.peers[p]; st != nil {
		return st.out
	}
	return nil
}

// list is the groups of these ids.
func (r *roster) list(ids []GroupID) []Group {
	out := make([]Group, 0, len(ids))
	for _, id := range ids {
		out = append(out, r.groups[id])
	}
	return out
}

// serves reports whether envelopes of the group may be sent to the device.
func (r *roster) serves(g GroupID, p peer.ID) bool { return slices.Contains(r.shared(p), g) }
