package fake

import (
	"context"

	"kith/app/present"
	"kith/store/kp1"
)

// BundleOut makes a file of a few bytes.
func (c *Core) BundleOut(_ context.Context, path string, g kp1.GID, all bool) (present.Carried, error) {
	c.mu.Lock()
	defer c.unlock()
	call := []string{"BundleOut", path}
	if all {
		call = append(call, "all")
	}
	if err := c.begin(call...); err != nil {
		return present.Carried{}, err
	}
	if err := c.write(path, []byte("kith bundle 1")); err != nil {
		return present.Carried{}, err
	}
	c.change(func(*present.World) {})
	return present.Carried{Envelopes: 40, Letters: 1, Bytes: 196_608}, nil
}

// Stick is what BundleIn finds in a file.
func (c *Core) Stick(b present.Brought) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stick = b
}

// BundleIn finds what Stick has said.
func (c *Core) BundleIn(_ context.Context, path string) (present.Brought, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("BundleIn", path); err != nil {
		return present.Brought{}, err
	}
	return c.stick, nil
}
