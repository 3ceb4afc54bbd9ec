// Package control is how a second call of Kith reaches the one that holds a home: a lock that one process has at a time,
// and a local socket over which the holder runs a verb for somebody else. It holds both ends. It never touches the store,
// the network or what the verbs mean, and it carries no passphrase.
//
// One call is one connection. The client sends one request frame; the holder answers with frames of output as they come
// and closes with the exit code. A client that goes away cancels its verb.
package control
