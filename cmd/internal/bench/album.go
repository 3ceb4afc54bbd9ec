package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"time"

	p2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"kith/app/present"
	"kith/store"
	"kith/store/care/file"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// W8, files: four of the largest size a person may send, cut, sealed, sent and put together again.

const albumFiles = 4

// album is the i-th file, of so many bytes.
func album(i, size int) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(i)}).Read(b) // never fails
	return b
}

// filing is how much of some files is on a computer.
type filing struct {
	Here uint64 `json:"here"`
	At   int64  `json:"at"` // when it was looked, monotonic nanoseconds
}

// give adds the file of a number to the first thread.
func (r *rig) give(ctx context.Context, a args) (string, error) {
	l, _ := r.p.Inside()
	for _, t := range l.View().Group(r.g).Care.Threads().All() {
		f := thread.File{Thread: t.ID, File: file.File{Name: "album.bin", Type: "application/octet-stream"}}
		_, id, err := r.p.GiveFile(ctx, r.g, f, album(a.Gap, a.N), "", present.Audience{})
		return id.String(), err
	}
	return "", errShort
}

// files waits until so many bytes of the files are here.
func (r *rig) files(ctx context.Context, a args) (f filing, err error) {
	ids := make([]kp1.ID, len(a.IDs))
	for i, s := range a.IDs {
		if ids[i], err = kp1.ParseID(s); err != nil {
			return f, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, waitMost*time.Second)
	defer cancel()
	l, _ := r.p.Inside()
	for {
		f = filing{At: mono()}
		for _, id := range ids {
			here, _ := l.FileHere(r.g, id)
			f.Here += here
		}
		if f.Here >= uint64(a.N) { //nolint:gosec // a size
			return f, nil
		}
		if pause(ctx, 20*time.Millisecond); ctx.Err() != nil { // each look takes the reader through all chunks
			return f, fmt.Errorf("%d of %d bytes: %w", f.Here, a.N, errShort)
		}
	}
}

// shelved makes a home with files in it, written before anybody else was let in, and returns their ids and the seconds that
// each took until it was on the disk.
func shelved(ctx context.Context, dir string, files, size int) (ids []string, took []float64, err error) {
	a, err := newPerson(dir, "Ada")
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	g, err := found(ctx, a.Ledger)
	if err != nil {
		return nil, nil, err
	}
	talk, err := a.Propose(ctx, g, store.Draft{Act: thread.New{Title: "Papers"}})
	if err != nil {
		return nil, nil, err
	}
	for i := range files {
		data := album(i, size)
		begin := time.Now()
		id, err := a.Propose(ctx, g, store.Draft{Act: thread.File{Thread: talk[0], File: file.File{Name: "album.bin", Type: "application/octet-stream"}}, Data: data})
		if err != nil {
			return nil, nil, err
		}
		ids, took = append(ids, id[0].String()), append(took, seconds(time.Since(begin)))
	}
	return ids, took, remember(a, g, actRSVP, 0)
}

// bareStream is the limit: seconds for so many bytes over one stream between two bare hosts.
func bareStream(ctx context.Context, transport string, size int) (s float64, err error) {
	a, err := bareHost(transport)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	b, err := bareHost(transport)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	ended := make(chan error, 1)
	b.SetStreamHandler(echoID, func(s p2pnet.Stream) {
		defer s.Reset() //nolint:errcheck // it ends either way
		_, err := io.CopyN(io.Discard, s, int64(size))
		ended <- err
	})
	if err := a.Connect(ctx, peer.AddrInfo{ID: b.ID(), Addrs: b.Addrs()}); err != nil {
		return 0, err
	}
	st, err := a.NewStream(ctx, b.ID(), echoID)
	if err != nil {
		return 0, err
	}
	defer st.Reset() //nolint:errcheck // it ends either way
	begin, buf := time.Now(), make([]byte, 1<<18)
	for left := size; left > 0; {
		n, err := st.Write(buf[:min(left, len(buf))])
		if err != nil {
			return 0, err
		}
		left -= n
	}
	err = <-ended
	return seconds(time.Since(begin)), err
}

// w8 is files: sent, cut off at half of them and gone on with, and sent again.
func w8(ctx context.Context, p *plan) error { return w8of(ctx, p, albumFiles, file.Max) }

func w8of(ctx context.Context, p *plan, files, size int) error {
	top, err := p.folder("album")
	if err != nil {
		return err
	}
	x := &pair{p: p, top: top}
	defer x.end() //nolint:errcheck // reported below where it counts
	home := filepath.Join(top, "a")
	ids, took, err := shelved(ctx, home, files, size)
	if err != nil {
		return err
	}
	if x.a, err = p.actor(); err != nil {
		return err
	}
	if err := x.a.call(ctx, "open", args{Dir: home, Role: "a", Reopen: true, Transport: p.transport, Act: p.act}, &x.opened); err != nil {
		return err
	}
	all, mib := files*size, float64(files*size)/(1<<20)
	whole := args{IDs: ids, N: all}
	var sent, rssA, rssB []float64 // of a join with nothing in its way
	tries := 0
	newcomer := func() (before counted, err error) {
		if err := x.a.call(ctx, "invite", args{}, &x.opened.Shared); err != nil {
			return before, err
		}
		if before, err = settled(ctx, x.a); err != nil {
			return before, err
		}
		tries++
		_, err = x.second(ctx, "b"+strconv.Itoa(tries))
		return before, err
	}
	ours := func() (float64, error) {
		before, err := newcomer()
		if err != nil {
			return 0, err
		}
		var f filing
		if err := x.b.call(ctx, "files", whole, &f); err != nil {
			return 0, err
		}
		b, err := settled(ctx, x.b)
		if err != nil {
			return 0, err
		}
		a, err := settled(ctx, x.a)
		if err != nil {
			return 0, err
		}
		sent, rssA, rssB = append(sent, float64(a.Out-before.Out)), append(rssA, a.RSS), append(rssB, b.RSS)
		return float64(f.At-b.Met) / 1e9, x.drop()
	}
	t, err := inTurn(p.runs, func() (float64, error) { return bareStream(ctx, p.transport, all) }, ours)
	if err != nil {
		return err
	}
	at := fmt.Sprintf(", %d files of %.0f MiB", files, mib/float64(files))
	r := Row{W: "W8", What: "sent" + at, Unit: "MiB/s", Ours: mib / median(t.ours), Limit: mib / median(t.limit), Ratio: 1 / median(t.ratio)}
	r.Goal, r.Verdict = atLeast(r.Ratio, 0.25)
	r.Note = t.row("", "", "").Note + "; from the first hello to the last chunk on the disk; limit: one bare stream"
	p.t.add(r)
	p.t.add(Row{W: "W8", What: "cut, sealed and on the disk" + at, Unit: "MiB/s", Ours: mib / float64(files) / median(took)})
	p.t.add(Row{W: "W8", What: "bytes out" + at, Unit: "MB", Ours: median(sent) / 1e6, Limit: float64(all) / 1e6, Ratio: median(sent) / float64(all)})
	p.t.add(Row{W: "W8", What: "peak memory, giver" + at, Unit: "MiB", Ours: median(rssA), Note: fmt.Sprintf("taker %.0f MiB; mapped pages of the file are in it", median(rssB))})

	// cut off at half
	before, err := newcomer()
	if err != nil {
		return err
	}
	half := args{IDs: ids, N: all / 2}
	if err := x.b.call(ctx, "files", half, nil); err != nil {
		return err
	}
	if err := errors.Join(x.b.call(ctx, "disconnect", args{}, nil), x.b.call(ctx, "connect", args{}, nil)); err != nil {
		return err
	}
	if err := x.b.call(ctx, "files", whole, nil); err != nil {
		return err
	}
	after, err := settled(ctx, x.a)
	if err != nil {
		return err
	}
	again := float64(after.Out-before.Out) - median(sent)
	r = Row{W: "W8", What: "sent twice after a cut at half" + at, Unit: "kB", Ours: again / 1e3, Note: "what was on its way when it was cut; a chunk has 192 kB"}
	r.Goal, r.Verdict = atMost(r.Ours, float64(kp1.MaxPayload)/1e3)
	p.t.add(r)

	// the first file once more
	var id string
	if err := x.a.call(ctx, "give", args{N: size, Gap: 0}, &id); err != nil {
		return err
	}
	if err := x.b.call(ctx, "files", args{IDs: []string{id}, N: size}, nil); err != nil {
		return err
	}
	last, err := settled(ctx, x.a)
	if err != nil {
		return err
	}
	r = Row{W: "W8", What: "the same file given again", Unit: "kB", Ours: float64(last.Out-after.Out) / 1e3, Note: fmt.Sprintf("of %.0f kB", float64(size)/1e3)}
	r.Goal, r.Verdict = atMost(r.Ours, 64)
	p.t.add(r)
	return x.end()
}
