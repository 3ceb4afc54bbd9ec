// Package present holds what all screens say: errors, delivery, dates and numbers in words, and the small types through
// which the window knows the rest of the program (Core, World). It never touches Fyne, the disk, the network or the
// clock; time is handed in by its Desk.
package present
