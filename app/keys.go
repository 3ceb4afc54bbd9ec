package app

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"kith/app/kit"
	"kith/app/present/shell"
)

// shiftTime is how long somebody has for the next press of Shift.
const shiftTime = 1500 * time.Millisecond

// shift counts presses of Shift with no other key between them.
type shift struct {
	shell *Shell
	count int
	last  time.Time
	end   func() bool // stops the timer that forgets the count
}

// watchKeys has the shell hear every key-down: through the kit where something has the focus, and through the canvas
// where nothing has.
func (s *Shell) watchKeys() {
	s.shift.shell = s
	s.listen = kit.Listen(s.win.Canvas(), kit.Listener{KeyDown: s.shift.down, Touched: s.touch})
	if c, ok := s.win.Canvas().(desktop.Canvas); ok {
		c.SetOnKeyDown(func(ev *fyne.KeyEvent) { kit.Heard(s.win.Canvas(), ev) })
	}
}

// down counts a press of Shift; any other key begins anew.
func (k *shift) down(ev *fyne.KeyEvent) {
	if ev.Name != desktop.KeyShiftLeft && ev.Name != desktop.KeyShiftRight {
		k.clear()
		return
	}
	now := k.shell.o.Now()
	if k.count > 0 && now.Sub(k.last) > shiftTime {
		k.count = 0
	}
	k.count++
	k.last = now
	if k.count >= 3 {
		k.clear()
		k.shell.hideNow()
		return
	}
	k.stop()
	k.end = k.shell.o.After(shiftTime, func() { k.shell.o.Dispatch(k.clear) })
	k.tell()
}

// clear forgets the presses.
func (k *shift) clear() {
	k.stop()
	if k.count != 0 {
		k.count = 0
		k.tell()
	}
}

func (k *shift) stop() {
	if k.end != nil {
		k.end()
		k.end = nil
	}
}

// tell shows at Hide now how many presses were heard.
func (k *shift) tell() {
	if k.shell.whole == shell.Open {
		k.shell.rail.render(k.shell.s, k.shell.here())
	}
}

// hideNow takes the page off the screen at once, before anything is asked of anybody, and locks the home. A window that
// can be brought back is hidden altogether.
func (s *Shell) hideNow() {
	if s.whole == shell.Open {
		s.turn(shell.Locked)
		s.content.Refresh()
		s.vm.Hide()
	}
	if s.o.Returns {
		s.win.Hide()
	}
}
