package keyring

import "strings"

const (
	bech32Letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	bech32Ones    = 1 // what the checksum of a whole comes to
)

// bech32 encodes data under a prefix in upper case, without BIP 173's limit on length, as age writes its keys.
func bech32(prefix string, data []byte) string {
	prefix = strings.ToLower(prefix)
	var five []byte
	acc, n := uint32(0), 0
	for _, b := range data {
		acc, n = acc<<8|uint32(b), n+8
		for n >= 5 {
			n -= 5
			five = append(five, byte(acc>>n&31))
		}
	}
	if n > 0 {
		five = append(five, byte(acc<<(5-n)&31))
	}
	var whole []byte
	for _, c := range []byte(prefix) {
		whole = append(whole, c>>5)
	}
	whole = append(whole, 0)
	for _, c := range []byte(prefix) {
		whole = append(whole, c&31)
	}
	sum := polymod(append(append(whole, five...), 0, 0, 0, 0, 0, 0)) ^ bech32Ones
	for i := range 6 {
		five = append(five, byte(sum>>(5*(5-i))&31))
	}
	var out strings.Builder
	out.WriteString(prefix + "1")
	for _, v := range five {
		out.WriteByte(bech32Letters[v])
	}
	return strings.ToUpper(out.String())
}

// polymod is the checksum of BIP 173 over groups of five bits.
func polymod(values []byte) uint32 {
	sum := uint32(1)
	for _, v := range values {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	return sum
}
