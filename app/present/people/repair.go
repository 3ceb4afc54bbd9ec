package people

import (
	"slices"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/assets/words"
	"kith/store/kp1"
)

// RepairState is what the page shows that finds out, question by question, why a mailbox is not reached.
type RepairState struct {
	Back, Title, Text string
	Said              []present.Line // what was answered so far
	Question, Hint    string         // empty once it is known what to do
	Answers           []present.Option
	Advice            []present.Line // what to do
	Add               string         // button: to AddTo, another link
	AddTo             present.Route
	Try               string // Try
	Trying            string
	Begin             string // Begin
	Done, DoneText    string // it is reached again
	Problem           present.Problem
}

// Answers to a question.
const (
	answerYes     = "yes"
	answerNo      = "no"
	answerUnknown = "unknown"
)

// repairing are the questions in their order. An answer that is not in ends leads to the next one; unknown says whom to ask,
// and stays.
var repairing = []struct {
	key  words.Key
	hint bool
	ends []string // answers after which it is known what to do
	add  bool     // by which another link helps
}{
	{"mailboxes.repair.on", false, []string{answerNo}, false},
	{"mailboxes.repair.program", true, []string{answerNo}, false},
	{"mailboxes.repair.moved", false, []string{answerYes}, true},
	{"mailboxes.repair.others", true, []string{answerYes, answerNo}, true},
}

// Repair keeps that page.
type Repair struct {
	*present.Model[RepairState]
	group kp1.GID
	box   string
	visit
	answers []string // one a question
}

// NewRepair returns the page of a mailbox of group g.
func NewRepair(d *present.Desk, g kp1.GID, box string) *Repair {
	vm := &Repair{group: g, box: box}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *Repair) make(w present.World, now time.Time) RepairState {
	s := RepairState{
		Back: present.Say("mailboxes.repair.back"), Title: present.Say("mailboxes.repair.title"), Text: present.Say("mailboxes.repair.text"), Problem: present.Explain(vm.err),
	}
	g, _ := w.Find(vm.group)
	i := slices.IndexFunc(g.Boxes, func(b present.Mailbox) bool { return b.ID == vm.box })
	if i < 0 {
		s.Done, s.DoneText = present.Say("mailboxes.repair.gone"), present.Say("mailboxes.repair.done.text")
		return s
	}
	b := g.Boxes[i]
	s.Try = present.Say("mailboxes.try")
	if vm.trying {
		s.Trying = present.Say("mailboxes.trying")
	}
	switch h := b.Health(w.Net); h {
	case present.BoxWell:
		s.Done, s.DoneText, s.Try = present.Say("mailboxes.repair.done"), present.Say("mailboxes.repair.done.text"), ""
		return s
	case present.BoxAway:
	default: // it was reached, or nothing can be: there is nothing to ask
		s.Advice = linesOf(b.Said(w.Net, now).Problem)
		return s
	}
	vm.ask(&s, g, b)
	return s
}

// ask goes through the answers, and ends with the next question or with what to do.
func (vm *Repair) ask(s *RepairState, g present.Group, b present.Mailbox) {
	for i, q := range repairing {
		text := present.Say(q.key)
		if i == 0 && b.Name != "" {
			text = present.Say("mailboxes.repair.on.named", "Mailbox", b.Name)
		}
		answer := ""
		if i < len(vm.answers) {
			answer = vm.answers[i]
		}
		ends := slices.Contains(q.ends, answer)
		if answer != "" && answer != answerUnknown {
			s.Said = append(s.Said, present.Line{Icon: assets.IconTick, Text: present.Say("mailboxes.repair.said", "Question", text, "Answer", answerWords(answer))})
			s.Begin = present.Say("mailboxes.repair.begin")
			if !ends {
				continue
			}
		}
		if !ends {
			s.Question = text
			if q.hint {
				s.Hint = present.Say(q.key + ".hint")
			}
			for _, a := range []string{answerYes, answerNo, answerUnknown} {
				s.Answers = append(s.Answers, present.Option{Value: a, Label: answerWords(a), Chosen: a == answer})
			}
		}
		if answer != "" {
			s.Advice = []present.Line{{Icon: assets.IconForward, Text: present.Say(q.key + words.Key("."+answer))}}
			if q.add && ends && g.Admin() {
				s.Add, s.AddTo = present.Say("mailboxes.repair.add"), present.Route{Place: present.PlacePeople, Page: present.PageMailbox, Group: g.ID}
			}
		}
		return
	}
}

func answerWords(a string) string { return present.Say("mailboxes.repair." + words.Key(a)) }

// Answer answers the question that shows.
func (vm *Repair) Answer(a string) {
	vm.Change(func() {
		if n := len(vm.answers); n > 0 && vm.answers[n-1] == answerUnknown {
			vm.answers = vm.answers[:n-1]
		}
		if len(vm.answers) < len(repairing) {
			vm.answers = append(slices.Clone(vm.answers), a)
		}
	})
}

// Begin begins with the first question again.
func (vm *Repair) Begin() { vm.Change(func() { vm.answers, vm.err = nil, nil }) }

// Try looks into the mailbox now.
func (vm *Repair) Try() { vm.begin(vm.Desk(), vm.Change) }
