package group

// off turns single rules of protocol 4 and 5 off. Nothing but a test of this package can: TestMutations takes each away
// and wants some other test to notice.
type off struct {
	r2     bool // removals can be undone like other acts
	r3     bool // removals undo nothing
	power  bool // removals undo, whatever rank their signers had power over
	r4     bool // a removal takes out only what it knew of
	r5     bool // an act does not need its author's entry to be in effect
	chain  bool // a device may claim to know less than at its last op
	fork   bool // fence (a)
	late   bool // fence (b)
	keys   bool // of fence (b): any member's word is enough
	spent  bool // a proposal is approved again and again
	usable bool // an epoch is used though somebody who is out was given its keys
	commit bool // an epoch's id binds no commitments
}
