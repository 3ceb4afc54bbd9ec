package store

import (
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
			owners, err := partOwners(parts, id)
			return err != nil || !slices.Contains(owners, kp1.ID(k))
		})
	})
	c.names([]shelf{parts}, func(k, plain []byte) bool {
		if len(k) != len(kp1.ID{}) {
			return false
		}
		owners, err := partOwners(parts, kp1.ID(k))
		return err == nil && (len(plain) == goneChunk || len(owners) > 0) && !slices.ContainsFunc(owners, func(id kp1.ID) bool {
			f, _, err := fileOf(files, id)
			return err != nil || !slices.Contains(f.Chunks, kp1.ID(k))
		})
	})
	return nil
}
