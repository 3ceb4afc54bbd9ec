package fake

import (
	"context"
	"slices"
	"strings"
	"time"

	"kith/app/present"
	"kith/store/group"
	"kith/store/kp1"
)

// Confirm lets a computer in that waits.
func (c *Core) Confirm(_ context.Context, g kp1.GID, d kp1.DID) (present.Deed, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Confirm"); err != nil {
		return present.Deed{}, err
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		for _, y := range x.State.Waiting {
			if y.ID == d {
				x.Devices = append(slices.Clone(x.Devices), present.Device{ID: d, Member: y.Member, New: true})
			}
		}
		x.State.Waiting = slices.DeleteFunc(slices.Clone(x.State.Waiting), func(y group.Device) bool { return y.ID == d })
	})
	return c.deed(), nil
}

func (c *Core) deed() present.Deed {
	c.ids++
	return present.Deed{Op: kp1.Sum([]byte{byte(c.ids)})}
}

// Revoke takes computers out.
func (c *Core) Revoke(_ context.Context, g kp1.GID, devices ...kp1.DID) (present.Deed, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Revoke"); err != nil {
		return present.Deed{}, err
	}
	d := c.deed()
	c.change(func(w *present.World) {
		x := find(w, g)
		owner := kp1.MID{}
		for _, y := range x.Devices {
			if slices.Contains(devices, y.ID) {
				owner = y.Member
			}
		}
		x.Devices = slices.DeleteFunc(slices.Clone(x.Devices), func(y present.Device) bool { return slices.Contains(devices, y.ID) })
		x.Removals = append(slices.Clone(x.Removals), present.Removal{Op: d.Op, By: []kp1.MID{x.Me}, Member: owner, Devices: devices, At: c.now()})
		c.delivery[d.Op] = c.undelivered(*x, nil)
	})
	return d, nil
}

// Vote votes, and elects when that makes a majority.
func (c *Core) Vote(_ context.Context, g kp1.GID, m kp1.MID) (present.Deed, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Vote"); err != nil {
		return present.Deed{}, err
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		x.Ballot = slices.Clone(x.Ballot)
		i := slices.IndexFunc(x.Ballot, func(y present.Candidate) bool { return y.Member == m })
		if i < 0 {
			i, x.Ballot = len(x.Ballot), append(x.Ballot, present.Candidate{Member: m})
		}
		by := append(slices.Clone(x.Ballot[i].By), x.Me)
		x.Ballot[i].By = by
		if 2*len(by) > x.Voters {
			x.State.Headless, x.Ballot, x.Voters = false, nil, 0
			x.State.Members = slices.Clone(x.State.Members)
			for k := range x.State.Members {
				if x.State.Members[k].ID == m {
					x.State.Members[k].Rank = kp1.RankAdmin
				}
			}
		}
	})
	return c.deed(), nil
}

// SetPolicy changes what holds in a group.
func (c *Core) SetPolicy(_ context.Context, g kp1.GID, f group.PolicyFields) (present.Deed, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("SetPolicy"); err != nil {
		return present.Deed{}, err
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		if f.DeviceAdd != nil {
			x.State.Policy.DeviceAdd = *f.DeviceAdd
		}
		if f.Retention != nil {
			x.State.Policy.Retention = *f.Retention
		}
		if f.Reach != nil {
			x.State.Policy.Reach, x.Direct = *f.Reach, *f.Reach == group.ReachDirect
		}
	})
	return c.deed(), nil
}

// Forget drops what waits to be signed.
func (c *Core) Forget(_ context.Context, g kp1.GID, ask kp1.ID) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Forget"); err != nil {
		return err
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		x.Asks = slices.DeleteFunc(slices.Clone(x.Asks), func(a present.Ask) bool { return a.ID == ask })
	})
	return nil
}

// StandBy ends a conflict for this computer.
func (c *Core) StandBy(_ context.Context, g kp1.GID, d kp1.DID) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("StandBy"); err != nil {
		return err
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		x.Splits = slices.DeleteFunc(slices.Clone(x.Splits), func(s group.Split) bool { return s.Device == d })
		x.Torn = len(x.Splits) > 0
	})
	return nil
}

// Keep settles a matter.
func (c *Core) Keep(_ context.Context, g kp1.GID, matter kp1.ID) (present.Deed, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Keep"); err != nil {
		return present.Deed{}, err
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		x.Matters = slices.DeleteFunc(slices.Clone(x.Matters), func(m group.Matter) bool { return m.Op == matter })
	})
	return c.deed(), nil
}

// AdmitLate shows what was hidden.
func (c *Core) AdmitLate(_ context.Context, g kp1.GID, ops []kp1.ID) (present.Deed, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("AdmitLate"); err != nil {
		return present.Deed{}, err
	}
	c.late = slices.DeleteFunc(c.late, func(l present.Late) bool { return slices.Equal(l.Ops, ops) })
	c.change(func(w *present.World) { find(w, g).Hidden -= len(ops) })
	return c.deed(), nil
}

// Late lists what removals hide.
func (c *Core) Late(context.Context, kp1.GID) ([]present.Late, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Late"); err != nil {
		return nil, err
	}
	return slices.Clone(c.late), nil
}

// SetLate says what a removal hides in a group.
func (c *Core) SetLate(g kp1.GID, all ...present.Late) {
	c.mu.Lock()
	defer c.unlock()
	c.late = all
	n := 0
	for _, l := range all {
		n += len(l.Ops)
	}
	c.change(func(w *present.World) { find(w, g).Hidden = n })
}

// DoneBy tells what a computer did.
func (c *Core) DoneBy(_ context.Context, _ kp1.GID, d kp1.DID) (present.Done, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("DoneBy"); err != nil {
		return present.Done{}, err
	}
	return c.done[d], nil
}

// SetDone says what a computer did.
func (c *Core) SetDone(d kp1.DID, x present.Done) {
	c.mu.Lock()
	defer c.unlock()
	if c.done == nil {
		c.done = map[kp1.DID]present.Done{}
	}
	c.done[d] = x
}

// errFileExists is what a file of the same name gives.
var errFileExists = &kp1.Error{ECode: "E_FILE_EXISTS", Msg: "a file of that name is there already"}

// Backup makes a file of a few bytes.
func (c *Core) Backup(_ context.Context, path, passphrase string) (present.Saved, error) {
	c.mu.Lock()
	defer c.unlock()
	call := []string{"Backup", path}
	if passphrase != "" {
		call = append(call, "under "+passphrase)
	}
	if err := c.begin(call...); err != nil {
		return present.Saved{}, err
	}
	if err := c.write(path, []byte("age-encryption.org/v1")); err != nil {
		return present.Saved{}, err
	}
	c.settings[present.SettingBackupAt] = c.now().Format(time.RFC3339)
	c.change(func(*present.World) {})
	return present.Saved{Groups: len(c.world.Groups), Envelopes: 40, Bytes: 21_504}, nil
}

func (c *Core) write(path string, data []byte) error {
	if _, there := c.files[path]; there {
		return errFileExists
	}
	if c.files == nil {
		c.files = map[string][]byte{}
	}
	c.files[path] = data
	return nil
}

// SetBackups says which files lie on the disk.
func (c *Core) SetBackups(all ...present.FoundFile) {
	c.mu.Lock()
	defer c.unlock()
	c.backups = all
}

// Restore makes the person of Elm Row, whose computer waits, out of any backup that SetBackups named.
func (c *Core) Restore(_ context.Context, r present.Restoring) (present.Restored, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Restore", r.File); err != nil {
		return present.Restored{}, err
	}
	if !slices.ContainsFunc(c.backups, func(b present.FoundFile) bool { return b.Path == r.File }) {
		return present.Restored{}, &kp1.Error{ECode: "E_NO_FILE", Msg: "no such file"}
	}
	c.passphrase = r.Passphrase
	c.change(func(w *present.World) { w.Started = true })
	c.elmRow()
	c.change(func(w *present.World) { find(w, GID(ElmRow)).Waits = true })
	return present.Restored{Name: "Ade", Groups: []present.RestoredGroup{{ID: GID(ElmRow), Waits: true}}, Envelopes: 40}, nil
}

// Places are two folders and a memory stick.
func (c *Core) Places(context.Context) []present.Folder {
	return []present.Folder{
		{Kind: present.FolderDocuments, Path: "/home/ade/Documents"},
		{Kind: present.FolderDesktop, Path: "/home/ade/Desktop"},
		{Kind: present.FolderStick, Name: "BLUE", Path: "/media/ade/BLUE"},
	}
}

// Files are those of SetBackups with that end.
func (c *Core) Files(_ context.Context, suffix string) []present.FoundFile {
	c.mu.Lock()
	defer c.unlock()
	return slices.DeleteFunc(slices.Clone(c.backups), func(f present.FoundFile) bool { return !strings.HasSuffix(f.Path, suffix) })
}

// Recovery returns the twelve words.
func (c *Core) Recovery(_ context.Context, passphrase string) (words [12]string, err error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Recovery"); err != nil {
		return words, err
	}
	if passphrase != c.passphrase {
		return words, ErrPassphrase
	}
	return twelve, nil
}

// twelve are everybody's recovery words.
var twelve = [12]string{"harvest", "lamp", "ribbon", "orchard", "velvet", "copper", "window", "garden", "pencil", "river", "butter", "meadow"}

// WriteFile keeps a file in memory.
func (c *Core) WriteFile(_ context.Context, path string, data []byte) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("WriteFile", path); err != nil {
		return err
	}
	return c.write(path, data)
}

// DeleteFile forgets it.
func (c *Core) DeleteFile(_ context.Context, path string) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("DeleteFile", path); err != nil {
		return err
	}
	delete(c.files, path)
	return nil
}

// File returns what was written.
func (c *Core) File(path string) []byte {
	c.mu.Lock()
	defer c.unlock()
	return c.files[path]
}

// SetWipes says whether Panic would be a wipe.
func (c *Core) SetWipes(yes bool) {
	c.mu.Lock()
	defer c.unlock()
	c.wipes = yes
}

// PanicWipes reports it.
func (c *Core) PanicWipes() (bool, error) {
	c.mu.Lock()
	defer c.unlock()
	return c.wipes, nil
}

// Panic locks, or wipes.
func (c *Core) Panic(ctx context.Context, wipe bool) (bool, error) {
	c.mu.Lock()
	wipes := c.wipes
	c.unlock()
	if wipes && wipe {
		return true, c.Wipe(ctx)
	}
	if err := c.Lock(ctx, present.LockedAsked); err != nil || !wipes {
		return false, err
	}
	return false, &kp1.Error{ECode: "E_PANIC_WIPES", Msg: "only the keychain opens this vault"}
}

// Wipe empties the home.
func (c *Core) Wipe(context.Context) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Wipe"); err != nil {
		return err
	}
	c.change(func(w *present.World) { *w = present.World{Net: present.Net{On: true}} })
	return nil
}
