package message

import (
	"path"
	"strings"

	"kith/app/picture"
	"kith/app/present"
	"kith/store/care/file"
)

// Ready is a file that may leave this computer.
type Ready struct {
	File    file.File // its name and type; its size and chunks are the store's to say
	Data    []byte
	Picture bool // made anew: its dots and nothing else
	Smaller bool // it was made smaller than it was
}

// Prepare makes of what a person picks what leaves this computer: of a picture its dots alone, the right way up and, unless
// full says so, no larger than a screen; of all else what it is. Kinds of picture that cannot be made anew are refused:
// what they hide would go with them. E_FILE_LARGE, E_FILE_EMPTY, E_PICTURE_HEIC, E_PICTURE_KIND, E_PICTURE_LARGE,
// E_PICTURE_DAMAGED.
func Prepare(name string, data []byte, full bool) (Ready, error) {
	switch {
	case len(data) == 0:
		return Ready{}, file.ErrEmpty
	case len(data) > file.Max:
		return Ready{}, file.ErrLarge
	}
	if !picture.IsPicture(data) {
		name = nameOf(name, "")
		return Ready{File: file.File{Name: name, Type: typeOf(name)}, Data: data}, nil
	}
	most := picture.Screen
	if full {
		most = 0
	}
	p, err := picture.Anew(data, most)
	if err != nil {
		return Ready{}, err
	}
	if len(p.Data) > file.Max {
		return Ready{}, file.ErrLarge
	}
	return Ready{
		File: file.File{Name: nameOf(name, p.Type), Type: p.Type}, Data: p.Data, Picture: true,
		Smaller: !full && max(p.Width, p.Height) == picture.Screen,
	}, nil
}

// nameOf is a name that can be given to a file on any computer, with the ending that its type asks for.
func nameOf(name, typ string) string {
	name = file.SafeName(name)
	end := strings.ToLower(path.Ext(name))
	switch {
	case typ == picture.TypeJPEG && end != ".jpg" && end != ".jpeg":
		name = file.SafeName(strings.TrimSuffix(name, path.Ext(name)) + ".jpg")
	case typ == picture.TypePNG && end != ".png":
		name = file.SafeName(strings.TrimSuffix(name, path.Ext(name)) + ".png")
	}
	if name == "" || strings.HasPrefix(name, ".") {
		return file.SafeName("file" + name)
	}
	return name
}

// types are those of files that people often send, by the ending of the name. Nothing is decided by them.
var types = map[string]string{
	".pdf": "application/pdf", ".txt": "text/plain", ".csv": "text/csv", ".ics": "text/calendar", ".vcf": "text/vcard",
	".doc": "application/msword", ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml",
	".odt": "application/vnd.oasis.opendocument.text", ".mp3": "audio/mpeg", ".mp4": "video/mp4", ".zip": "application/zip",
}

func typeOf(name string) string {
	if t, ok := types[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	return "application/octet-stream"
}

// FileLine is a file in one line: what it is called, how long it is, and how much of it is here.
func FileLine(name string, here, size uint64) string {
	if here < size {
		return present.Say("message.file.part", "Name", name, "Here", present.Size(here), "Size", present.Size(size))
	}
	return present.Say("message.file.whole", "Name", name, "Size", present.Size(size))
}
