package op

// Kind says what an envelope holds.
type Kind uint8

// The kinds of envelope. The numbers are part of the format.
const (
	KindOps         Kind = 1 // 1 to 64 signed ops, all auth or all of one compartment
	KindRekey       Kind = 2 // auth ops with one auth/rekey, and the boxes it answers for
	KindGrant       Kind = 3 // auth ops with one auth/grant, and the boxes it answers for
	KindPayload     Kind = 4 // the payload of one op, perhaps with boxes of a named audience
	KindChunk       Kind = 5 // one chunk of a larger payload
	KindDrop        Kind = 6 // what an invite leaves in its rendezvous mailbox
	KindJoinRequest Kind = 7 // a request to join, in the rendezvous mailbox
	KindWelcome     Kind = 8 // the answer to it
)

// Valid reports whether version 1 knows the kind.
func (k Kind) Valid() bool { return k >= KindOps && k <= KindWelcome }

// maker is the type of the op that answers for an envelope's boxes, if the kind has one.
func (k Kind) maker() string {
	switch k {
	case KindRekey:
		return "auth/rekey"
	case KindGrant:
		return "auth/grant"
	}
	return ""
}

// holdsOps reports whether the sealed data is a list of ops.
func (k Kind) holdsOps() bool { return k >= KindOps && k <= KindGrant }

// hasBoxes reports whether an envelope of the kind may, and whether it must, carry boxes.
func (k Kind) hasBoxes() (may, must bool) { return k >= KindRekey && k <= KindPayload, k.maker() != "" }

// hasDelete reports whether an envelope of the kind names the hash of a token that deletes it.
func (k Kind) hasDelete() bool { return k == KindPayload || k == KindChunk }

// isBox reports whether the ciphertext is one HPKE box instead of something sealed.
func (k Kind) isBox() bool { return k == KindJoinRequest || k == KindWelcome }
