package op

import (
	"fmt"
	"io"

	"kith/store/kp1"
)

// SealDrop seals what an invite leaves in its rendezvous mailbox (kind 6), under the invite's wrap key.
func SealDrop(rnd io.Reader, wrap [32]byte, iid kp1.IID, week uint64, data []byte) (Envelope, error) {
	if len(data) > kp1.MaxPayload {
		return Envelope{}, tooBig("drop of %d bytes", len(data))
	}
	e := Envelope{V: 1, Kind: KindDrop, EID: kp1.EID(iid), Week: week}
	if err := (sealing{label: kp1.LabelDrop}).seal(rnd, &e, wrap, kp1.X32(wrap[:], kp1.LabelHedge), data); err != nil {
		return Envelope{}, err
	}
	return e, nil
}

// OpenDrop opens it. ErrNoKey says that wrap is not its key. The result is the caller's own.
func OpenDrop(e Envelope, wrap [32]byte) ([]byte, error) {
	if e.Kind != KindDrop {
		return nil, malformed("kind %d is no drop", e.Kind)
	}
	data, err := (sealing{label: kp1.LabelDrop}).open(&e, &wrap)
	if err != nil {
		return nil, fmt.Errorf("drop: %w", err)
	}
	return data, nil
}

// SealJoinRequest seals a join request (kind 7) to the key of the invite. data is padded here.
func SealJoinRequest(g kp1.GID, iid kp1.IID, week uint64, pub, data []byte) (Envelope, error) {
	return sealTo(KindJoinRequest, iid, week, pub, joinInfo(g, iid), data)
}

// OpenJoinRequest opens it with the invite's private key.
func OpenJoinRequest(g kp1.GID, e Envelope, k BoxKey) ([]byte, error) {
	return openFrom(KindJoinRequest, e, k, joinInfo(g, e.IID()))
}

// SealWelcome seals a welcome (kind 8) to the box key of the device that asked to join. data is padded here.
func SealWelcome(g kp1.GID, d kp1.DID, iid kp1.IID, week uint64, pub, data []byte) (Envelope, error) {
	return sealTo(KindWelcome, iid, week, pub, welcomeInfo(g, d, iid), data)
}

// OpenWelcome opens it with that device's key.
func OpenWelcome(g kp1.GID, d kp1.DID, e Envelope, k BoxKey) ([]byte, error) {
	return openFrom(KindWelcome, e, k, welcomeInfo(g, d, e.IID()))
}

func joinInfo(g kp1.GID, iid kp1.IID) []byte {
	return kp1.Label(kp1.LabelJoinBox, kp1.LP(g[:], iid[:]))
}

func welcomeInfo(g kp1.GID, d kp1.DID, iid kp1.IID) []byte {
	return kp1.Label(kp1.LabelWelcome, kp1.LP(g[:], d[:], iid[:]))
}

func sealTo(kind Kind, iid kp1.IID, week uint64, pub, info, data []byte) (Envelope, error) {
	if len(data) > kp1.MaxEnvelope {
		return Envelope{}, tooBig("%d bytes in a box", len(data))
	}
	box, err := SealBox(pub, info, Pad(data))
	if err != nil {
		return Envelope{}, err
	}
	e := Envelope{V: 1, Kind: kind, EID: kp1.EID(iid), Week: week, Cipher: box}
	if err := e.finish(); err != nil {
		return Envelope{}, err
	}
	return e, nil
}

func openFrom(kind Kind, e Envelope, k BoxKey, info []byte) ([]byte, error) {
	if e.Kind != kind {
		return nil, malformed("kind %d is not %d", e.Kind, kind)
	}
	plain, err := OpenBox(k, info, e.Cipher)
	if err != nil {
		return nil, err
	}
	return Unpad(plain)
}
