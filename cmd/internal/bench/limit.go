package bench

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	p2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"go.etcd.io/bbolt"

	"kith/store/keyring"
)

// The limits: what this machine can do with nothing of ours in between. They follow the limits program of the design.

const (
	limitTime  = 700 * time.Millisecond // of one measuring
	limitValue = 300                    // bytes of the value in bbolt
	signedSize = 236                    // bytes signed
)

var limitShelf = []byte("ops")

// limitKey is 32 bytes of author and 8 of number.
func limitKey(i int) []byte {
	k := make([]byte, 40)
	binary.BigEndian.PutUint64(k[32:], uint64(i)) //nolint:gosec // counted up from 0
	return k
}

func limitFile(path string, noSync bool) (*bbolt.DB, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType, NoSync: noSync})
	if err != nil {
		return nil, err
	}
	return db, db.Update(func(t *bbolt.Tx) error {
		_, err := t.CreateBucketIfNotExists(limitShelf)
		return err
	})
}

// boltRate is how many values a second bbolt keeps, durable, with per of them in a transaction.
func boltRate(dir string, per int) (float64, error) {
	path := filepath.Join(dir, "limit")
	db, err := limitFile(path, false)
	if err != nil {
		return 0, err
	}
	val := make([]byte, limitValue)
	rand.Read(val) // never fails
	begin, n := time.Now(), 0
	for time.Since(begin) < limitTime && err == nil {
		err = db.Update(func(t *bbolt.Tx) error {
			b := t.Bucket(limitShelf)
			for range per {
				if err := b.Put(limitKey(n), val); err != nil {
					return err
				}
				n++
			}
			return nil
		})
	}
	took := time.Since(begin)
	return float64(n) / took.Seconds(), errors.Join(err, db.Close(), os.Remove(path))
}

// scanTime is how long bbolt needs to open a file of n values and read each, opened under an at-rest key.
func scanTime(path string, n int, rest *keyring.AtRest) (time.Duration, error) {
	begin := time.Now()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return 0, err
	}
	seen, buf := 0, make([]byte, 0, 2*limitValue)
	err = db.View(func(t *bbolt.Tx) error {
		return t.Bucket(limitShelf).ForEach(func(k, v []byte) error {
			_, err := rest.AppendOpen(buf, limitShelf, k, v)
			seen++
			return err
		})
	})
	took := time.Since(begin)
	if seen != n && err == nil {
		err = errShort
	}
	return took, errors.Join(err, db.Close())
}

// scanFile makes the file that scanTime reads.
func scanFile(path string, n int, rest *keyring.AtRest) error {
	db, err := limitFile(path, true)
	if err != nil {
		return err
	}
	val := make([]byte, limitValue)
	rand.Read(val) // never fails
	for i := 0; i < n && err == nil; {
		err = db.Update(func(t *bbolt.Tx) error {
			b := t.Bucket(limitShelf)
			b.FillPercent = 0.9
			for range min(1000, n-i) {
				sealed, err := rest.Seal(limitShelf, limitKey(i), val)
				if err == nil {
					err = b.Put(limitKey(i), sealed)
				}
				if err != nil {
					return err
				}
				i++
			}
			return nil
		})
	}
	return errors.Join(err, db.Sync(), db.Close())
}

// signing is what signatures cost here.
type signing struct {
	sign, verify float64 // of one, in seconds, on one core
	both         float64 // checks a second on two cores
}

func signingRate() (signing, error) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return signing{}, err
	}
	msg := make([]byte, signedSize)
	sig := ed25519.Sign(key, msg)
	check := func() error {
		if !ed25519.Verify(pub, msg, sig) {
			return errShort
		}
		return nil
	}
	s, err := rateOf(limitTime/2, func() error { ed25519.Sign(key, msg); return nil })
	if err != nil {
		return signing{}, err
	}
	v, err := rateOf(limitTime/2, check)
	if err != nil {
		return signing{}, err
	}
	var wg sync.WaitGroup
	var two [2]float64
	for i := range two {
		wg.Go(func() { two[i], _ = rateOf(limitTime, check) }) // check does not fail
	}
	wg.Wait()
	return signing{sign: 1 / s, verify: 1 / v, both: two[0] + two[1]}, nil
}

// wiring is what the bare transport costs here, in seconds.
type wiring struct{ connect, trip float64 }

const (
	echoID     = "/echo"
	tripCount  = 1000
	greetCount = 15
)

// bareHost is libp2p as we use it, with nothing of ours above.
func bareHost(transport string) (host.Host, error) {
	o := []libp2p.Option{libp2p.DisableRelay(), libp2p.DisableMetrics(), libp2p.Ping(false), libp2p.ListenAddrStrings(listenOn(transport))}
	if transport == tcpName {
		o = append(o, libp2p.Transport(tcp.NewTCPTransport), libp2p.Security(libp2ptls.ID, libp2ptls.New))
	} else {
		o = append(o, libp2p.Transport(quic.NewTransport))
	}
	return libp2p.New(o...)
}

// wireTimes connects two bare hosts and sends 64 bytes to and fro.
func wireTimes(ctx context.Context, transport string) (w wiring, err error) {
	a, err := bareHost(transport)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	b, err := bareHost(transport)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	b.SetStreamHandler(echoID, func(s p2pnet.Stream) {
		defer s.Reset() //nolint:errcheck // it ends either way
		buf := make([]byte, 64)
		for {
			if _, err := io.ReadFull(s, buf); err != nil {
				return
			}
			if _, err := s.Write(buf); err != nil {
				return
			}
		}
	})
	to := peer.AddrInfo{ID: b.ID(), Addrs: b.Addrs()}
	var connects, trips []float64
	for range greetCount {
		begin := time.Now()
		if err := a.Connect(ctx, to); err != nil {
			return w, err
		}
		connects = append(connects, seconds(time.Since(begin)))
		if len(connects) < greetCount {
			if err := a.Network().ClosePeer(b.ID()); err != nil {
				return w, err
			}
		}
	}
	s, err := a.NewStream(ctx, b.ID(), echoID)
	if err != nil {
		return w, err
	}
	defer s.Reset() //nolint:errcheck // it ends either way
	buf := make([]byte, 64)
	for range tripCount {
		begin := time.Now()
		if _, err := s.Write(buf); err != nil {
			return w, err
		}
		if _, err := io.ReadFull(s, buf); err != nil {
			return w, err
		}
		trips = append(trips, seconds(time.Since(begin)))
	}
	return wiring{connect: median(connects), trip: median(trips)}, nil
}
