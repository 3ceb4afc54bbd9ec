package kit_test

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/uitest"
)

// BenchmarkThreadPage opens a page of 200 messages: at most 0.5 s on a slow computer.
func BenchmarkThreadPage(b *testing.B) {
	uitest.Open(b, func() fyne.CanvasObject { return kit.Body("") }, fyne.NewSize(800, 600), look.Light, 100)
	words := strings.TrimSpace(strings.Repeat("We walk home the long way round now, and it helps. ", 3))
	for b.Loop() {
		r := kit.NewRepeat(10, func(s kit.Bubble) string { return s.Key }, func() (fyne.CanvasObject, func(kit.Bubble)) {
			c := kit.NewChatBubble(nil)
			return c, c.Set
		})
		s := kit.NewScroll(r.Container)
		list := make([]kit.Bubble, 200)
		for i := range list {
			list[i] = kit.Bubble{Key: fmt.Sprint(i), Own: i%3 == 0, Name: "Siân", Time: "9.10 pm", Text: words, More: "More"}
		}
		r.Set(list)
		s.Resize(fyne.NewSize(700, 500))
	}
}

// BenchmarkMonth goes to another month: at most 16 ms on a slow computer.
func BenchmarkMonth(b *testing.B) {
	m := kit.NewMonthView(nil, nil)
	uitest.Open(b, func() fyne.CanvasObject { return m }, fyne.NewSize(1100, 570), look.Light, 100)
	s := november()
	for b.Loop() {
		m.Set(s)
	}
}
