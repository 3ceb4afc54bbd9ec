package verb

import (
	"fmt"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets/words"
	"kith/store/group"
	"kith/store/kp1"
)

func deviceVerbs() []spec {
	return []spec{
		{"devices", "[--group G]", "ctl.help.devices", needOpen, runDevices},
		{"device revoke", "[--group G] DEVICE", "ctl.help.device-revoke", needOpen, runDeviceRevoke},
		{"device confirm", "[--group G] DEVICE --verified voice|person", "ctl.help.device-confirm", needOpen, runDeviceConfirm},
	}
}

type deviceList []deviceLine

type deviceLine struct {
	Device string    `json:"device"`
	Member string    `json:"member"`
	Name   string    `json:"name"` // of the member
	Mine   bool      `json:"mine"`
	Here   bool      `json:"here"`
	Status string    `json:"status"`         // "in", or "waits" for another member's word
	Path   string    `json:"path,omitempty"` // how it is reached now: nearby, direct or relayed
	Heard  time.Time `json:"heard,omitzero"`
	Verify []string  `json:"verify,omitempty"` // the member's six words, for one that waits

	last string // when it was last heard of, in words
}

func (l deviceList) plain(*call) string {
	var all []string
	for _, d := range l {
		line := fmt.Sprintf("%s  %s", cutID(d.Device), d.Name)
		switch {
		case d.Here:
			line += "  " + present.Say("ctl.devices.here")
		case d.Status == deviceWaits:
			line += "  " + present.Say("ctl.devices.waits")
		case d.last != "":
			line += "  " + d.last
		}
		all = append(all, line)
		if d.Status == deviceWaits {
			ring := words.Key("ctl.devices.ring")
			if d.Mine {
				ring = "ctl.devices.read"
			}
			all = append(all, "  "+strings.Join(d.Verify, " "), "  "+present.Say(ring))
		}
	}
	return lines(all...)
}

const (
	deviceIn    = "in"
	deviceWaits = "waits"
)

func runDevices(c *call) (result, error) {
	g, err := c.onlyGroup()
	if err != nil {
		return nil, err
	}
	l := deviceList{}
	for _, d := range g.Devices {
		line := deviceLine{Device: d.ID.String(), Member: d.Member.String(), Name: g.NameOf(d.Member), Mine: d.Mine, Here: d.Here, Status: deviceIn, Path: d.Path}
		if !d.LastHeard.IsZero() {
			line.Heard, d.LastHeard = d.LastHeard.UTC(), d.LastHeard.In(c.zone())
		}
		line.last = present.LastHeard(d, c.now().In(c.zone())).Text
		if !d.Connected && !d.LastHeard.IsZero() {
			line.last = present.Say("ctl.devices.heard", "When", line.last)
		}
		l = append(l, line)
	}
	for _, d := range g.State.Waiting {
		line := deviceLine{Device: d.ID.String(), Member: d.Member.String(), Name: g.NameOf(d.Member), Mine: d.Member == g.Me, Status: deviceWaits}
		six, err := c.peer.Words(c.ctx, g.ID, d.Member)
		if err != nil {
			return nil, err
		}
		line.Verify = six[:]
		l = append(l, line)
	}
	return l, nil
}

func deviceIDs(g present.Group) []kp1.DID {
	var all []kp1.DID
	for _, d := range g.Devices {
		all = append(all, d.ID)
	}
	return append(all, waitingIDs(g)...)
}

func waitingIDs(g present.Group) []kp1.DID {
	var all []kp1.DID
	for _, d := range g.State.Waiting {
		all = append(all, d.ID)
	}
	return all
}

// ownerOf is whose a device is.
func ownerOf(g present.Group, id kp1.DID) (kp1.MID, bool) {
	for _, all := range [][]group.Device{g.State.Devices, g.State.Waiting} {
		for _, d := range all {
			if d.ID == id {
				return d.Member, true
			}
		}
	}
	return kp1.MID{}, false
}

// runDeviceRevoke takes a computer out for ever: one's own that was lost or, for who leads, somebody else's.
func runDeviceRevoke(c *call) (result, error) {
	c.groupFlag()
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	g, id, err := everywhere(c, c.args[0], deviceIDs, kp1.DID.String)
	if err != nil {
		return nil, err
	}
	d, err := c.peer.Revoke(c.ctx, g.ID, id)
	if err != nil {
		return nil, err
	}
	return doneBy(d, present.Say("ctl.device.revoked")), nil
}

// runDeviceConfirm wakes a computer that waits, once its owner was rung: there is no other way, as with approve.
func runDeviceConfirm(c *call) (result, error) {
	c.groupFlag()
	verified := c.text("verified")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	if err := c.one("--verified", *verified, present.VerifiedVoice, present.VerifiedPerson); err != nil {
		return nil, err
	}
	g, id, err := everywhere(c, c.args[0], waitingIDs, kp1.DID.String)
	if err != nil {
		return nil, err
	}
	d, err := c.peer.Confirm(c.ctx, g.ID, id)
	if err != nil {
		return nil, err
	}
	return doneBy(d, present.Say("ctl.device.confirmed")), nil
}
