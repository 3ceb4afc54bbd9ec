package message

import (
	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// entry is what stands in the entry of one thread, and what is to become of it. All of it stays on the Desk, so that words
// for one person do not turn into a message to everyone when somebody looks elsewhere in between.
type entry struct {
	text   string
	reply  kp1.ID // the message it answers; none
	answer pick   // who may read that answer: at first who could read the question
	edit   kp1.ID // the message of this person's own that it gives other words; none
	before string // what stood in the entry before that
	pick   pick   // who may read what answers nothing; it stays after sending
}

func entryKey(id kp1.ID) string { return "message/" + id.String() }

func (vm *VM) entry(id kp1.ID) entry {
	e, _ := vm.Desk().Draft(entryKey(id)).(entry)
	return e
}

func (vm *VM) keep(id kp1.ID, e entry) { vm.Desk().KeepDraft(entryKey(id), e) }

// chosen is who may read what stands there.
func (e entry) chosen() pick {
	if !e.reply.IsZero() {
		return e.answer
	}
	return e.pick
}

// choose changes that.
func (e entry) choose(p pick) entry {
	if !e.reply.IsZero() {
		e.answer = p
	} else {
		e.pick = p
	}
	return e
}

// answering makes the entry answer a post, for those who could read it. What was typed for a few stays for them when the
// post was for more.
func (e entry) answering(g present.Group, it thread.Item) entry {
	old := e.chosen()
	e.reply, e.answer = it.ID, pick{}
	switch {
	case it.For != nil:
		e.answer = pick{ReadersSome, g.Still(it.Meta)}
	case act.Tidy(e.text) != "":
		e.answer = old
	}
	return e
}

// free makes it answer nothing. What was typed as an answer to a few stays for them.
func (e entry) free() entry {
	if act.Tidy(e.text) != "" {
		e.pick = e.chosen()
	}
	e.reply, e.answer = kp1.ID{}, pick{}
	return e
}

// changing takes a post into the entry, to be given other words; unchanged puts back what stood there.
func (e entry) changing(it thread.Item) entry {
	e = e.unchanged().free()
	e.edit, e.before, e.text = it.ID, e.text, it.Text
	return e
}

func (e entry) unchanged() entry {
	if !e.edit.IsZero() {
		e.text, e.edit, e.before = e.before, kp1.ID{}, ""
	}
	return e
}

// sent is the entry after text was sent from it: empty, or with what stood there before a change, or with what was typed
// since.
func (e entry) sent(text string) entry {
	if e.text == text {
		e.text = e.before
	}
	e.edit, e.before = kp1.ID{}, ""
	return e.free()
}
