package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"kith/app/present"
	"kith/cmd/internal/control"
	"kith/cmd/internal/verb"
	"kith/network"
	"kith/network/keeper"
)

// usualPort is where a mailbox listens unless told otherwise: where guests' and offices' networks let everybody out.
const usualPort = "443"

// list is a flag that may be given more than once.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

// Set adds one more.
func (l *list) Set(s string) error {
	if s == "" {
		return errors.New("empty")
	}
	*l = append(*l, s)
	return nil
}

// failed says what went wrong at the one who asked, and returns the exit code.
func (c *call) failed(err error) int {
	if err == nil {
		return 0
	}
	verb.Complain(c.stderr, c.json, err)
	return verb.Exit(err)
}

// serve holds the home until the call's context ends: visitors, other calls, and the page if one was asked for.
func (c *call) serve() error {
	f := c.flags()
	o, page, err := c.options(f)
	if err != nil {
		return err
	}
	release, err := control.Lock(c.home)
	if err != nil {
		return err
	}
	defer func() { _ = release() }()
	o.Log = slog.New(slog.NewTextHandler(c.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	k, err := keeper.New(c.home, o)
	if err != nil {
		return err
	}
	socket, err := control.Listen(c.home)
	if err != nil {
		return errors.Join(err, k.Close())
	}
	var l net.Listener
	if page != "" {
		if l, err = new(net.ListenConfig).Listen(c.ctx, "tcp", page); err != nil {
			return errors.Join(&usage{"--page: " + err.Error()}, socket.Close(), k.Close())
		}
	}
	g, ctx := errgroup.WithContext(c.ctx)
	g.Go(func() error { return k.Serve(ctx) })
	g.Go(func() error { return socket.Serve(ctx, handle(k)) })
	if l != nil {
		g.Go(func() error { return servePage(ctx, l, k) })
	}
	g.Go(func() error {
		select {
		case <-k.Up():
			return c.greet(k)
		case <-ctx.Done():
			return nil
		}
	})
	if err := g.Wait(); err != nil && (c.ctx.Err() == nil || !errors.Is(err, context.Canceled)) {
		return err
	}
	return nil
}

// options reads the flags of serve.
func (c *call) options(f *flag.FlagSet) (o keeper.Options, page string, err error) {
	var cert, key, port string
	f.Var((*list)(&o.Listen), "listen", "")
	f.Var((*list)(&o.Announce), "announce", "")
	f.StringVar(&port, "port", usualPort, "")
	f.StringVar(&cert, "cert", "", "")
	f.StringVar(&key, "key", "", "")
	f.StringVar(&page, "page", "", "")
	if err := c.parse(f, 0); err != nil {
		return o, "", err
	}
	if len(o.Listen) == 0 {
		o.Listen = keeper.DefaultListen(port)
	}
	if (cert == "") != (key == "") {
		return o, "", &usage{"--cert and --key go together"}
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return o, "", &usage{"--cert: " + err.Error()}
		}
		o.Certificates = []tls.Certificate{pair}
	}
	return o, page, nil
}

// greet is the first line: where the mailbox is, and, while no group uses it, the code that lets the first one in.
func (c *call) greet(k *keeper.Keeper) error {
	s, err := k.Status()
	if err != nil {
		return err
	}
	link := ""
	if len(s.Groups) == 0 {
		code := network.NewPairCode()
		if err := k.Offer(c.ctx, code, nil); err != nil {
			return err
		}
		link = k.PairLink(code).Encode()
	}
	if c.json {
		return json.NewEncoder(c.stdout).Encode(struct {
			Event string   `json:"event"`
			Addrs []string `json:"addrs"`
			Pair  string   `json:"pair,omitempty"`
		}{"listening", s.Addrs, link})
	}
	words := present.Say("mailbox.listening") + "\n  " + strings.Join(s.Addrs, "\n  ")
	if link != "" {
		words += "\n" + present.Say("mailbox.pair.link") + "\n\n  " + link + "\n\n" + present.Say("mailbox.pair.once")
	}
	_, err = fmt.Fprintln(c.stdout, words)
	return err
}

const pageWait = 10 * time.Second

// servePage answers GET / in plain words and GET /metrics for Prometheus, until ctx ends. Both name nobody.
func servePage(ctx context.Context, l net.Listener, k *keeper.Keeper) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { writePage(w, k, page) })
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) { writePage(w, k, metrics) })
	s := &http.Server{Handler: mux, ReadTimeout: pageWait, WriteTimeout: pageWait, MaxHeaderBytes: 16 << 10}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.Serve(l); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

func writePage(w http.ResponseWriter, k *keeper.Keeper, say func(keeper.Status) string) {
	s, err := k.Status()
	if err != nil {
		http.Error(w, present.Explain(err).Text(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = fmt.Fprint(w, say(s)) // who does not read it has gone
}
