package demo

import (
	"context"

	"kith/app/present"
	"kith/store/group"
	"kith/store/kp1"
)

// What is said here goes to the demo while it shows, and to the home otherwise; what leads into a home or empties one is
// always about the real one.

// Confirm goes to whoever shows.
func (c *Core) Confirm(ctx context.Context, g kp1.GID, d kp1.DID) (present.Deed, error) {
	return c.core().Confirm(ctx, g, d)
}

// Revoke goes to whoever shows.
func (c *Core) Revoke(ctx context.Context, g kp1.GID, devices ...kp1.DID) (present.Deed, error) {
	return c.core().Revoke(ctx, g, devices...)
}

// Vote goes to whoever shows.
func (c *Core) Vote(ctx context.Context, g kp1.GID, m kp1.MID) (present.Deed, error) {
	return c.core().Vote(ctx, g, m)
}

// SetPolicy goes to whoever shows.
func (c *Core) SetPolicy(ctx context.Context, g kp1.GID, f group.PolicyFields) (present.Deed, error) {
	return c.core().SetPolicy(ctx, g, f)
}

// Forget goes to whoever shows.
func (c *Core) Forget(ctx context.Context, g kp1.GID, ask kp1.ID) error {
	return c.core().Forget(ctx, g, ask)
}

// StandBy goes to whoever shows.
func (c *Core) StandBy(ctx context.Context, g kp1.GID, d kp1.DID) error {
	return c.core().StandBy(ctx, g, d)
}

// Keep goes to whoever shows.
func (c *Core) Keep(ctx context.Context, g kp1.GID, matter kp1.ID) (present.Deed, error) {
	return c.core().Keep(ctx, g, matter)
}

// AdmitLate goes to whoever shows.
func (c *Core) AdmitLate(ctx context.Context, g kp1.GID, ops []kp1.ID) (present.Deed, error) {
	return c.core().AdmitLate(ctx, g, ops)
}

// Late goes to whoever shows.
func (c *Core) Late(ctx context.Context, g kp1.GID) ([]present.Late, error) {
	return c.core().Late(ctx, g)
}

// DoneBy goes to whoever shows.
func (c *Core) DoneBy(ctx context.Context, g kp1.GID, d kp1.DID) (present.Done, error) {
	return c.core().DoneBy(ctx, g, d)
}

// Backup goes to whoever shows.
func (c *Core) Backup(ctx context.Context, path, passphrase string) (present.Saved, error) {
	return c.core().Backup(ctx, path, passphrase)
}

// Restore goes to the home.
func (c *Core) Restore(ctx context.Context, r present.Restoring) (present.Restored, error) {
	return c.own.Restore(ctx, r)
}

// Places are those of this computer.
func (c *Core) Places(ctx context.Context) []present.Folder { return c.own.Places(ctx) }

// Files are those of this computer.
func (c *Core) Files(ctx context.Context, suffix string) []present.FoundFile {
	return c.own.Files(ctx, suffix)
}

// Recovery goes to whoever shows.
func (c *Core) Recovery(ctx context.Context, passphrase string) (words [12]string, err error) {
	return c.core().Recovery(ctx, passphrase)
}

// WriteFile writes on this computer.
func (c *Core) WriteFile(ctx context.Context, path string, data []byte) error {
	return c.own.WriteFile(ctx, path, data)
}

// DeleteFile deletes on this computer.
func (c *Core) DeleteFile(ctx context.Context, path string) error {
	return c.own.DeleteFile(ctx, path)
}

// BundleOut goes to whoever shows.
func (c *Core) BundleOut(ctx context.Context, path string, g kp1.GID, all bool) (present.Carried, error) {
	return c.core().BundleOut(ctx, path, g, all)
}

// BundleIn goes to whoever shows.
func (c *Core) BundleIn(ctx context.Context, path string) (present.Brought, error) {
	return c.core().BundleIn(ctx, path)
}

// PanicWipes goes to whoever shows.
func (c *Core) PanicWipes() (bool, error) { return c.core().PanicWipes() }

// Panic shuts the demo down, and locks the home.
func (c *Core) Panic(ctx context.Context, wipe bool) (bool, error) {
	if err := c.LeaveDemo(ctx); err != nil {
		return false, err
	}
	return c.own.Panic(ctx, wipe)
}

// Wipe shuts the demo down, and empties the home.
func (c *Core) Wipe(ctx context.Context) error {
	if err := c.LeaveDemo(ctx); err != nil {
		return err
	}
	return c.own.Wipe(ctx)
}
