package network

import (
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	p2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
	pb "github.com/libp2p/go-libp2p/p2p/protocol/identify/pb"
	"github.com/libp2p/go-msgio/pbio"
)

// quietMost is how long an identify answer may take.
const quietMost = 5 * time.Second

// Quiet answers identify with the address the other was seen from, and nothing else unless it is known: then also with
// the protocols. Call it before the host listens. It does not keep the host from telling changes: resources() does.
func Quiet(h host.Host, known func(peer.ID) bool) {
	h.RemoveStreamHandler(identify.IDPush)
	h.SetStreamHandler(identify.ID, func(s p2pnet.Stream) {
		defer s.Close()
		if err := s.SetDeadline(time.Now().Add(quietMost)); err != nil {
			s.Reset()
			return
		}
		m := &pb.Identify{ObservedAddr: s.Conn().RemoteMultiaddr().Bytes()}
		if known(s.Conn().RemotePeer()) {
			m.Protocols = protocol.ConvertToStrings(h.Mux().Protocols())
		}
		if err := pbio.NewDelimitedWriter(s).WriteMsg(m); err != nil {
			s.Reset()
		}
	})
}
