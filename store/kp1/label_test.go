package kp1

import (
	"crypto/ed25519"
	"slices"
	"strings"
	"testing"
)

// uses says with which primitive and key each label stands at the start of an input. In the "closed" uses a zero byte
// or the end of the input follows the label, so only equality matters there; in the others a prefix would matter too.
var uses = map[string]struct {
	closed bool
	labels []string
}{
	"signature":              {true, []string{LabelSigOp, LabelSigDevCert, LabelSigDevPoP, LabelSigJoinReq, LabelSigInvite, LabelSigRelay, LabelSigBundle}},
	"L":                      {true, []string{LabelGID, LabelMID, LabelDID, LabelIID, LabelEID, LabelLBH, LabelHanded, LabelLinkDev, LabelLinkCode, LabelLinkLate, LabelLinkID, LabelLinkText, LabelLinkFile, LabelKnockKey, LabelLink, LabelSpokenCheck, LabelVault, LabelFP}},
	"expand of an epoch key": {false, []string{LabelContent, LabelAuth, LabelHedge, LabelMailbox, LabelHello, LabelCommit}},
	"expand of a sub-key":    {false, []string{LabelOp, LabelPayload, LabelDrop, LabelHedge, LabelCommit, LabelDel, LabelAudience}},
	"MAC under a hedge":      {false, []string{LabelSalt}},
	"MAC of hello":           {true, []string{LabelHelloI, LabelHelloR, LabelNear}},
	"MAC of a knock":         {true, []string{LabelKnock}},
	"HPKE info":              {false, []string{LabelLockbox, LabelAudience, LabelWelcome, LabelJoinBox, LabelLinkBox, LabelBundle}},
	"extract salt":           {true, []string{LabelRecovery, LabelInvite, LabelAtRest}},
	"expand of recovery":     {false, []string{LabelRoot, LabelBackup}},
	"expand of an invite":    {true, []string{LabelInviteSign, LabelInviteMailbox, LabelInviteWrap, LabelInviteBundle}},
	"expand of a bundle key": {false, []string{LabelBundle}},
	"expand of a store key":  {false, []string{LabelAtRestName}},
	"expand of a half":       {false, []string{LabelVaultHalf}},
	"password hash":          {true, []string{LabelWords, LabelSpokenSalt}},
}

func TestT3LabelsAreUniqueAndApart(t *testing.T) {
	used := map[string]bool{}
	for use, u := range uses {
		for i, a := range u.labels {
			used[a] = true
			for j, b := range u.labels {
				if i != j && (a == b || !u.closed && strings.HasPrefix(b, a)) {
					t.Errorf("%s: label %q stands at the start of %q", use, a, b)
				}
			}
		}
	}
	all := Labels()
	for i, l := range all {
		if slices.Contains(all[:i], l) {
			t.Errorf("label %q is there twice", l)
		}
		if !used[l] || !strings.HasPrefix(l, "kp1/") || strings.ContainsRune(l, 0) {
			t.Errorf("label %q has no use, or not the form of a label", l)
		}
	}
	if len(used) != len(all) {
		t.Errorf("%d labels are used, Labels has %d", len(used), len(all))
	}
}

func TestT3SignatureHoldsForItsLabelOnly(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	pub := key.Public().(ed25519.PublicKey)
	msg := []byte("the same message")
	for _, made := range Labels() {
		sig := ed25519.Sign(key, SignMessage(made, msg))
		for _, read := range Labels() {
			if got := ed25519.Verify(pub, SignMessage(read, msg), sig); got != (made == read) {
				t.Errorf("signature under %s verifies under %s: %v", made, read, got)
			}
		}
	}
}
