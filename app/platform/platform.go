// Package platform is what the window asks of the system it runs on: a notice that something came, a link to open, the code
// in a picture that somebody saved. It never touches the store or the network, and no notice says anything that a person
// wrote.
package platform

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"

	"fyne.io/fyne/v2"

	"kith/app/qr"
)

// fault is an error with a code, for which app/present has the sentence.
type fault struct{ code, msg string }

func (f *fault) Error() string { return f.msg }

// Code is the stable name of the error.
func (f *fault) Code() string { return f.code }

// What may be wrong with a file.
var (
	ErrNoFile = &fault{"E_NO_FILE", "no such file"}
	ErrLarge  = &fault{"E_FILE_LARGE", "the file is too large"}
	ErrRead   = &fault{"E_DISK", "the file cannot be read"}
)

// ReadCode returns the text of the QR code in a picture file. It may take a second. It returns ErrNoFile, qr.ErrPicture
// and qr.ErrNoCode.
func ReadCode(path string) (string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", ErrNoFile
	}
	if err != nil {
		return "", errors.Join(qr.ErrPicture, err)
	}
	defer func() { _ = f.Close() }()
	text, err := qr.ReadPicture(f)
	var known interface{ Code() string }
	if err != nil && !errors.As(err, &known) { // a folder, or a disk that does not answer
		err = errors.Join(qr.ErrPicture, err)
	}
	return text, err
}

// ReadFile returns what is in a file, if that is no more than most bytes. It returns ErrNoFile, ErrLarge and ErrRead.
func ReadFile(path string, most int64) ([]byte, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil || !st.Mode().IsRegular(): // of a pipe nobody knows when it begins
		return nil, ErrNoFile
	case st.Size() > most:
		return nil, ErrLarge
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Join(ErrRead, err)
	}
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, errors.Join(ErrRead, err)
	}
	if int64(len(b)) > most { // it has grown since
		return nil, ErrLarge
	}
	return b, nil
}

// Notifier returns a func that shows a notice of the system. Where the system has none, nothing happens: the same stands
// in the window's own list of what is new.
func Notifier(a fyne.App) func(title, text string) {
	return func(title, text string) { a.SendNotification(fyne.NewNotification(title, text)) }
}

// OpenLink opens a web page in the system's browser. Only https is opened, since a link may have come from outside.
func OpenLink(a fyne.App, link string) error {
	u, err := url.Parse(link)
	if err != nil {
		return fmt.Errorf("link: %w", err)
	}
	if u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("link %q: not a web page", u.Redacted())
	}
	if err := a.OpenURL(u); err != nil {
		return fmt.Errorf("link: %w", err)
	}
	return nil
}
