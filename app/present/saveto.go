package present

import (
	"context"
	"path/filepath"
	"strings"
)

// PlaceState is the question where to put a file.
type PlaceState struct {
	Label  string
	Places []Option // SetPlace
	Other  string   // label of the field for a folder, when another place is chosen; empty otherwise
	Hint   string
	Error  string
	Name   string // "The file will be called ..."
}

const otherPlace = "other"

// SaveTo keeps the answer to where a file goes. A view model holds one and guards it with its own lock.
type SaveTo struct {
	Missing bool // no place was typed

	all    []Folder
	chosen string
}

// NewSaveTo looks where files can go; a memory stick comes first.
func NewSaveTo(d *Desk) SaveTo {
	p := SaveTo{all: d.Core.Places(context.Background()), chosen: otherPlace}
	if len(p.all) > 0 {
		p.chosen = p.all[0].Path
	}
	for _, f := range p.all {
		if f.Kind == FolderStick { // a file beside what it is a copy of is no safety
			p.chosen = f.Path
		}
	}
	return p
}

// Pick says where the file goes.
func (p *SaveTo) Pick(path string) { p.chosen, p.Missing = path, false }

// Question asks where a file goes that will be called name.
func (p *SaveTo) Question(name string) PlaceState {
	s := PlaceState{Label: Say("settings.place"), Name: Say("settings.place.name", "Name", name)}
	for _, f := range p.all {
		s.Places = append(s.Places, Option{Value: f.Path, Label: FolderName(f), Chosen: p.chosen == f.Path})
	}
	s.Places = append(s.Places, Option{Value: otherPlace, Label: Say("settings.place.other"), Chosen: p.chosen == otherPlace})
	if p.chosen == otherPlace {
		s.Other, s.Hint = Say("settings.place.folder"), Say("settings.place.folder.hint")
	}
	if p.Missing {
		s.Error = Say("settings.place.missing")
	}
	return s
}

// Path is where the file goes; other is what was typed. Empty when nothing was.
func (p *SaveTo) Path(other, name string) string {
	dir := p.chosen
	if dir == otherPlace {
		if dir = strings.TrimSpace(other); dir == "" {
			return ""
		}
	}
	return filepath.Join(dir, name)
}

// FolderName says what a place is called.
func FolderName(f Folder) string {
	switch f.Kind {
	case FolderDocuments:
		return Say("settings.place.documents")
	case FolderDownloads:
		return Say("settings.place.downloads")
	case FolderDesktop:
		return Say("settings.place.desktop")
	case FolderStick:
		return Say("settings.place.stick", "Name", f.Name)
	}
	return Say("settings.place.home")
}
