// Package verb holds the verbs of kithctl: what each is called, what it takes, what it asks of the peer, and what it
// prints, as plain sentences or as JSON. The one who holds a home runs them for anybody else of the same user. It never
// touches the store's files, the network or a secret: all that is behind Peer.
package verb
