// Package op holds one op and its envelope: canonical bytes, signatures, sealing, payloads and boxes. It never touches
// clock, disk, network or a store, and it does not know who may do what: that is group's business.
//
// Randomness is handed in as an io.Reader; only crypto/hpke draws its own. The formats are written down for other
// implementers in docs/spec/op.md, with vectors beside it.
package op
