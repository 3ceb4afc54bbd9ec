// Package kp1 holds the alphabet of the protocol, "kin protocol 1": its labels, limits, ids, hashes and its one
// canonical form of bytes. It never touches clock, disk, network or randomness, and it knows no noun of the family.
package kp1
