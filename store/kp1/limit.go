package kp1

// The limits of the protocol (section 2). Each is checked before memory is spent on what it bounds, and each has a
// test at the limit and one beyond it in the room that enforces it.
const (
	MaxMembers      = 64  // members of one group
	MaxDevices      = 200 // active devices of one group
	MaxCompartments = 8   // compartments a group could ever have; v 1 uses 0, 1 and 2

	MaxContentOp   = 6 << 10  // bytes of one encoded content op
	MaxContentBody = 2 << 10  // bytes of the body inside a content op
	MaxAuthOp      = 24 << 10 // bytes of one encoded auth op

	MaxOps      = 64       // ops in one envelope
	MaxOpsBytes = 64 << 10 // bytes of the encoded ops of one envelope, together

	MaxPayload = 196_604 // bytes of one payload or chunk: with its length it fills a bucket
	MaxChunks  = 256     // chunks of one blob

	MaxAudience      = 32 // people in a named audience
	MaxAudienceBoxes = 64 // boxes of a named audience

	MaxEnvelope = 320 << 10 // bytes of one encoded envelope
	MaxBoxes    = 200       // boxes of a Rekey or Grant: one for each device, and 200 is a multiple of 8
	BoxMultiple = 8         // the number of boxes is rounded up to a multiple of this

	MaxAuthRefs    = 16 // auth heads named by one op
	MaxContentRefs = 32 // content ops named by one op

	MaxAuthSeq    = 4_096     // last seq of an auth chain
	MaxContentSeq = 1_000_000 // last seq of a content chain

	MaxWaiting      = 5_000    // envelopes of one group that wait or do not open
	MaxWaitingBytes = 64 << 20 // bytes of those

	MaxDepth    = 8       // arrays and maps inside one another
	MaxEntries  = 64      // entries of one map
	MaxElements = 1 << 20 // elements of one array; every object has a limit in bytes as well

	MaxEpochs       = 4_096 // epochs that one op names
	MaxComplaints   = 1_024 // epochs of which one Ack says that their keys did not come; there is always a next Ack
	MaxGrantEntries = 1_024 // keys in one box of a Grant
	MaxTypeName     = 32    // bytes of an op's type
)

// Compartments: who may read. 3 to 7 are reserved, and no op may use them in v 1.
const (
	CompAll   uint8 = 0 // everyone, guests included
	CompTeam  uint8 = 1 // members and up
	CompAdmin uint8 = 2 // admins and stewards
)

// ChainAuth is the number of the auth chain in heads and key derivations; content chains have their compartment's.
const ChainAuth byte = 0xff

// Ranks of a member.
const (
	RankGuest   uint8 = 0
	RankMember  uint8 = 1
	RankAdmin   uint8 = 2
	RankSteward uint8 = 3
)
