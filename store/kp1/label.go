package kp1

// Every signature, key derivation and keyed hash begins with a label of its own, so that bytes made for one use can
// never be taken for another. These are all of them (protocol section 2); a new use gets a new label here.
const (
	LabelSigOp      = "kp1/sig/op"      // a device signs the head of an op
	LabelSigDevCert = "kp1/sig/devcert" // a root or device signs a certificate
	LabelSigDevPoP  = "kp1/sig/devpop"  // a device proves that it holds the key it asks to have certified
	LabelSigJoinReq = "kp1/sig/joinreq" // a root signs the core of its join request
	LabelSigInvite  = "kp1/sig/invite"  // an invite key signs the request it was used for
	LabelSigRelay   = "kp1/sig/relay"   // a mailbox key logs in to a relay
	LabelSigBundle  = "kp1/sig/bundle"  // a device says in a bundle what it has

	LabelGID = "kp1/gid" // L: group id
	LabelMID = "kp1/mid" // L: member id
	LabelDID = "kp1/did" // L: device id
	LabelIID = "kp1/iid" // L: invite id
	LabelEID = "kp1/eid" // L: epoch id
	LabelLBH = "kp1/lbh" // L: hash over a list of boxes

	LabelHanded = "kp1/handed" // L: the name of a payload key that a Grant hands to a device

	LabelContent = "kp1/content" // X of an epoch key: seals content
	LabelAuth    = "kp1/auth"    // X of an epoch key: seals auth ops
	LabelHedge   = "kp1/hedge"   // X of any sealing key: keys the salt
	LabelMailbox = "kp1/mailbox" // X of an epoch key: seed of the mailbox key
	LabelHello   = "kp1/hello"   // X of an epoch key: the hello of members
	LabelCommit  = "kp1/commit"  // X of any key: its public commitment

	LabelSalt    = "kp1/salt"    // MAC input: the hedged salt of one sealing
	LabelOp      = "kp1/op"      // expand info: sealed ops
	LabelPayload = "kp1/payload" // expand info: sealed payload or chunk
	LabelDrop    = "kp1/drop"    // expand info: sealed invite drop
	LabelDel     = "kp1/del"     // X of a payload key: the token that deletes it at a relay

	LabelHelloI = "kp1/hello/I" // MAC input: hello of the side that dialled
	LabelHelloR = "kp1/hello/R" // MAC input: hello of the side that answered
	LabelNear   = "kp1/near"    // MAC input: the nearby tag

	LabelLockbox  = "kp1/lockbox"  // HPKE info: epoch keys for one device
	LabelAudience = "kp1/audience" // HPKE info: a payload key for one device; X of a payload key: the mark of its people
	LabelWelcome  = "kp1/welcome"  // HPKE info: welcome for a new device
	LabelJoinBox  = "kp1/joinbox"  // HPKE info: join request

	LabelLinkDev  = "kp1/linkdev"  // L: four words when a device is linked
	LabelLinkCode = "kp1/linkcode" // L: what a linking code says: the hash of the new computer's keys
	LabelLinkLate = "kp1/linklate" // L: commitment to what the new computer tells late
	LabelLinkID   = "kp1/linkid"   // L: the name of a linking code
	LabelLinkText = "kp1/linktext" // L: checksum of a linking code's text
	LabelLinkFile = "kp1/linkfile" // L: eight words of an answer that came by file
	LabelKnockKey = "kp1/knockkey" // L: the key of who knows a linking code
	LabelKnock    = "kp1/knock"    // MAC input: the proof of knowing it
	LabelLinkBox  = "kp1/linkbox"  // HPKE info: what the old computer tells the new one
	LabelRecovery = "kp1/recovery" // extract salt: recovery secret
	LabelRoot     = "kp1/root"     // X of the recovery key: seed of a root key
	LabelBackup   = "kp1/backup"   // X of the recovery key: backup identity
	LabelWords    = "kp1/words"    // PBKDF2: six verification words

	LabelInvite        = "kp1/invite"         // extract salt: invite secret
	LabelInviteSign    = "kp1/invite/sign"    // X of the invite key: its signing seed
	LabelInviteMailbox = "kp1/invite/mailbox" // X of the invite key: rendezvous mailbox seed
	LabelInviteWrap    = "kp1/invite/wrap"    // X of the invite key: wrap key of the drop
	LabelInviteBundle  = "kp1/invite/bundle"  // X of the invite key: opens bundles for who has the invite
	LabelLink          = "kp1/link"           // L: checksum of a link
	LabelSpokenSalt    = "kp1/spoken-0000!"   // Argon2id salt of a spoken code: 16 bytes
	LabelSpokenCheck   = "kp1/spoken-check"   // L: checksum of a spoken code

	LabelBundle = "kp1/bundle" // HPKE info, X of an invite's bundle key: the key of a parcel; X of that: what seals it

	LabelAtRest     = "kp1/atrest"      // HKDF salt: the key over the store
	LabelAtRestName = "kp1/atrest/name" // X of the store key: keys the names of records
	LabelVault      = "kp1/vault"       // L: checksum of the vault
	LabelVaultHalf  = "kp1/vault/half"  // X of the keychain's half: says which half a vault needs
	LabelFP         = "kp1/fp"          // L: fingerprint of a range in reconciliation
)

// Labels returns every label of the protocol, in the order above. The slice is the caller's own.
func Labels() []string {
	return []string{
		LabelSigOp, LabelSigDevCert, LabelSigDevPoP, LabelSigJoinReq, LabelSigInvite, LabelSigRelay, LabelSigBundle,
		LabelGID, LabelMID, LabelDID, LabelIID, LabelEID, LabelLBH, LabelHanded,
		LabelContent, LabelAuth, LabelHedge, LabelMailbox, LabelHello, LabelCommit,
		LabelSalt, LabelOp, LabelPayload, LabelDrop, LabelDel,
		LabelHelloI, LabelHelloR, LabelNear,
		LabelLockbox, LabelAudience, LabelWelcome, LabelJoinBox,
		LabelLinkDev, LabelLinkCode, LabelLinkLate, LabelLinkID, LabelLinkText, LabelLinkFile, LabelKnockKey, LabelKnock, LabelLinkBox,
		LabelRecovery, LabelRoot, LabelBackup, LabelWords,
		LabelInvite, LabelInviteSign, LabelInviteMailbox, LabelInviteWrap, LabelInviteBundle, LabelLink, LabelBundle,
		LabelSpokenSalt, LabelSpokenCheck,
		LabelAtRest, LabelAtRestName, LabelVault, LabelVaultHalf, LabelFP,
	}
}
