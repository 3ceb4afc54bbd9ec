package present

import (
	"context"
	"slices"
)

// Newest are the newest files in the usual folders whose names end in suffix.
func (d *Desk) Newest(suffix string, most int) []FoundFile {
	all := d.Core.Files(context.Background(), suffix)
	return all[:min(len(all), most)]
}

// NewestPictures are the newest pictures there: the one that was just taken is among them.
func (d *Desk) NewestPictures(most int) []FoundFile {
	var all []FoundFile
	for _, suffix := range []string{".png", ".jpg", ".jpeg", ".PNG", ".JPG", ".JPEG"} {
		all = append(all, d.Core.Files(context.Background(), suffix)...)
	}
	slices.SortStableFunc(all, func(a, b FoundFile) int { return b.At.Compare(a.At) })
	return all[:min(len(all), most)]
}
