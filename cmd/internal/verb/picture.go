package verb

import (
	"errors"
	"io/fs"
	"os"

	"kith/app/picture"
	"kith/app/present"
)

func pictureVerbs() []spec {
	return []spec{{"picture", "FILE COPY [--screen]", "ctl.help.picture", needNothing, runPicture}}
}

type pictureMade struct {
	File   string `json:"file"`
	Type   string `json:"type"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Bytes  int    `json:"bytes"`
}

func (p pictureMade) plain(*call) string {
	return present.Say("ctl.picture.done", "File", p.File, "Width", p.Width, "Height", p.Height)
}

// runPicture makes a copy of a picture with nothing in it but its dots.
func runPicture(c *call) (result, error) {
	small := c.flags.Bool("screen", false, "")
	if err := c.parse(2, 2); err != nil {
		return nil, err
	}
	most := 0
	if *small {
		most = picture.Screen
	}
	from := c.path(c.args[0])
	if st, err := os.Stat(from); err != nil || !st.Mode().IsRegular() { // of a pipe nobody knows when it begins
		return nil, errNoFile
	}
	f, err := os.Open(from)
	if err != nil {
		return nil, fileFault(err)
	}
	p, err := picture.Read(f, most)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fileFault(err)
	}
	out := pictureMade{c.path(c.args[1]), p.Type, p.Width, p.Height, len(p.Data)}
	return out, fileFault(newFile(out.File, p.Data))
}

// newFile makes a file for this person alone, in the place of none.
func newFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// fileFault names what the disk says.
func fileFault(err error) error {
	var of *fs.PathError
	switch {
	case errors.Is(err, fs.ErrExist):
		return errFileExists
	case errors.Is(err, fs.ErrNotExist):
		return errNoFile
	case errors.As(err, &of):
		return errDisk
	}
	return err
}

var (
	errFileExists = &fault{"E_FILE_EXISTS", "a file of that name is there already"}
	errDisk       = &fault{"E_DISK", "the disk refused"}
)
