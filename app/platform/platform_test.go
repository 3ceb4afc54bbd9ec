package platform

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestNotifierShowsWhatItIsTold(t *testing.T) {
	a := test.NewTempApp(t)
	test.AssertNotificationSent(t, fyne.NewNotification("Something new came.", "Open it when you have a moment."), func() {
		Notifier(a)("Something new came.", "Open it when you have a moment.")
	})
}

func TestOnlyWebPagesAreOpened(t *testing.T) {
	a := test.NewTempApp(t)
	for _, link := range []string{"file:///etc/passwd", "http://example.org/", "javascript:alert(1)", "https://", "::", "mailto:a@example.org"} {
		if err := OpenLink(a, link); err == nil {
			t.Errorf("OpenLink(%q) = nil, want it refused", link)
		}
	}
	if err := OpenLink(a, "https://example.org/help"); err != nil {
		t.Errorf("OpenLink(https) = %v, want nil", err)
	}
}
