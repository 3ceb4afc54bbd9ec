package store

import (
	"bytes"
	"slices"

	"kith/store/kp1"
)

// files proves what is kept of files: each op of which one is kept is here, and the chunks name the same ops as these name
// chunks.
func (c *checker) files(t tx) error {
	files, err := c.h.shelf(t, shelfFiles, false)
	if err != nil {
		return err
	}
	parts, err := c.h.shelf(t, shelfParts, false)
	if err != nil {
		return err
	}
	c.names([]shelf{files}, func(k, _ []byte) bool {
		if len(k) != len(kp1.ID{}) {
			return false
		}
		f, ok, err := fileOf(files, kp1.ID(k))
		if _, here := c.at[kp1.ID(k)]; err != nil || !ok || !here {
			return false
		}
		return !slices.ContainsFunc(f.Chunks, func(id kp1.ID) bool {
			for part := range partKeys(parts, id[:], ownerKey) {
				if bytes.HasSuffix(part, k) {
					return false
				}
			}
			return true
		})
	})
	c.names([]shelf{parts}, func(k, plain []byte) bool {
		switch len(k) {
		case partKey:
			token, ok := goneToken(parts, k)
			return ok && bytes.Equal(k, partOf(kp1.ID(k[:len(kp1.ID{})]), token))
		case ownerKey:
			f, _, err := fileOf(files, kp1.ID(k[partKey:]))
			return err == nil && len(plain) == 0 && slices.Contains(f.Chunks, kp1.ID(k[:len(kp1.ID{})]))
		}
		return false
	})
	return nil
}
