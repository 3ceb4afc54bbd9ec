// Package store holds the ledger of one home: every sealed op of every group on bbolt, and what they mean. There is one
// door in, which opens, checks and files what this person or anybody else wrote, and one stream of views out. Nothing
// readable touches the disk, bytes are kept and passed on as they came, and no pointer into the file leaves the package.
// It never touches the network, a clock of its own or a screen.
package store
