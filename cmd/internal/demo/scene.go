package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"kith/app/present"
	"kith/cmd/internal/peer"
	"kith/cmd/internal/verb"
	"kith/store/kp1"
)

// scene is the made-up constellation while somebody looks around in it.
type scene struct {
	dir  string
	you  *peer.Peer // the one whose eyes are lent
	all  []*peer.Peer
	stop context.CancelFunc
	life *errgroup.Group
}

// The invented families. You look through Ade's eyes: a satellite family's. Bev runs the hub home.
var cast = []struct {
	name, title, home string
	beds              uint
}{
	{"Bev", "Hub carer", "Oak House", 2},
	{"Ade", "", "Ade and Tom", 0},
	{"Sue", "", "Sue's home", 1},
	{"Priya", "Liaison worker", "", 0},
}

const (
	you        = 1 // whose eyes
	passphrase = "made up for looking around"
	groupName  = "Oak House families"
	stepMost   = 30 * time.Second
)

// loopback is the only network the made-up peers know.
var loopback = []string{"/ip4/127.0.0.1/udp/0/quic-v1", "/ip4/127.0.0.1/tcp/0"}

// open starts the peers, lets them join one another and live through a week.
func open(ctx context.Context, now func() time.Time) (s *scene, err error) {
	dir, err := os.MkdirTemp("", "kith-look")
	if err != nil {
		return nil, fmt.Errorf("scratch folder: %w", err)
	}
	run, stop := context.WithCancel(context.Background())
	s = &scene{dir: dir, stop: stop}
	s.life, run = errgroup.WithContext(run)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	for _, who := range cast {
		if err := s.enter(ctx, run, who.name, now); err != nil {
			return s, err
		}
	}
	s.you = s.all[you]
	g, err := s.meet(ctx)
	if err != nil {
		return s, err
	}
	return s, s.live(ctx, g, now())
}

// enter starts one person's peer and waits until it can be met.
func (s *scene) enter(ctx, run context.Context, name string, now func() time.Time) error {
	p := peer.New(filepath.Join(s.dir, strings.ToLower(name)), peer.Options{
		Now:    now,
		Again:  func(int) time.Duration { return 100 * time.Millisecond },
		Linger: func() time.Duration { return 50 * time.Millisecond }, Ask: -1,
	})
	s.all = append(s.all, p)
	if _, err := p.Start(ctx, present.Start{Name: name, Passphrase: passphrase}); err != nil {
		return err
	}
	up := make(chan struct{})
	s.life.Go(func() error {
		return p.Serve(run, verb.Serving{Listen: loopback}, func([]string) { close(up) })
	})
	ctx, cancel := context.WithTimeout(ctx, stepMost)
	defer cancel()
	select {
	case <-up:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// meet founds the group and lets everyone in, words compared and all.
func (s *scene) meet(ctx context.Context) (kp1.GID, error) {
	hub := s.all[0]
	g, err := hub.Found(ctx, present.Found{Kind: present.Constellation, Name: groupName, MyName: cast[0].name, Title: cast[0].title})
	if err != nil {
		return g, err
	}
	for i, who := range cast[1:] {
		inv, err := hub.Invite(ctx, g, present.InviteAsk{Rank: kp1.RankMember, History: "all", Note: who.name})
		if err != nil {
			return g, err
		}
		j, err := s.all[i+1].Join(ctx, inv.Link, who.name)
		if err != nil {
			return g, err
		}
		var id string
		if err := until(ctx, hub, func(w present.World) bool {
			for _, r := range w.Groups[0].Requests {
				if r.Words == j.Words {
					id = r.ID
				}
			}
			return id != ""
		}); err != nil {
			return g, err
		}
		if _, err := hub.Approve(ctx, g, id, present.Approval{Verified: present.VerifiedPerson}); err != nil {
			return g, err
		}
		if err := until(ctx, s.all[i+1], func(w present.World) bool {
			return len(w.Groups) == 1 && w.Groups[0].Name == groupName && w.Joins[0].Stage == present.JoinApproved
		}); err != nil {
			return g, err
		}
		if err := s.all[i+1].CancelJoin(ctx, j.ID); err != nil { // it is done; there is nothing to wait for
			return g, err
		}
	}
	return g, nil
}

// until waits for a World.
func until(ctx context.Context, p *peer.Peer, ok func(present.World) bool) error {
	ctx, cancel := context.WithTimeout(ctx, stepMost)
	defer cancel()
	for w := range p.Worlds(ctx) {
		if ok(w) {
			return nil
		}
	}
	return fmt.Errorf("made-up families: %w", ctx.Err())
}

// close ends every peer and takes the folder away.
func (s *scene) close() error {
	s.stop()
	err := s.life.Wait()
	for _, p := range s.all {
		err = errors.Join(err, p.Close())
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}
