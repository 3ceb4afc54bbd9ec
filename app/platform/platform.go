// Package platform is what the window asks of the system it runs on: a notice that something came, a link to open. It
// never touches the store or the network, and no notice says anything that a person wrote.
package platform

import (
	"fmt"
	"net/url"

	"fyne.io/fyne/v2"
)

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
