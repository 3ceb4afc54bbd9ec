package network

// The kinds of envelope a rendezvous mailbox takes, as they stand in an envelope's header.
const (
	kindDrop    = 6
	kindRequest = 7
	kindWelcome = 8
)

// WeekOf is the week in an envelope's header, by which envelopes are compared; zero for what is none.
func WeekOf(env []byte) uint64 {
	w, _ := header(env, 'w')
	return w
}

// header reads a number from an envelope's header without opening anything: n is its kind, w its week. The envelope is
// a map of one-letter keys, shortest and least first: e, l, m, n, s, v, w, y; all before y are numbers, byte strings or
// an array of byte strings.
func header(env []byte, key byte) (v uint64, ok bool) {
	if len(env) == 0 || env[0]>>5 != 5 { // a map
		return 0, false
	}
	fields, b, ok := cborHead(env)
	for range min(fields, 16) {
		if !ok || len(b) < 3 || b[0] != 0x61 { // a text of one letter
			return 0, false
		}
		if b[1] == key {
			if b[2]>>5 != 0 {
				return 0, false
			}
			v, _, ok = cborHead(b[2:])
			return v, ok
		}
		b, ok = cborSkip(b[2:], 0)
	}
	return 0, false
}

// cborHead takes the number out of an item's head.
func cborHead(b []byte) (n uint64, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, nil, false
	}
	low := b[0] & 0x1f
	if low < 24 {
		return uint64(low), b[1:], true
	}
	if low > 27 || len(b) < 1+1<<(low-24) {
		return 0, nil, false
	}
	size := 1 << (low - 24)
	for _, c := range b[1 : 1+size] {
		n = n<<8 | uint64(c)
	}
	return n, b[1+size:], true
}

// cborSkip passes one item: a number, a string, or an array of such.
func cborSkip(b []byte, depth int) (rest []byte, ok bool) {
	if len(b) == 0 || depth > 1 {
		return nil, false
	}
	major := b[0] >> 5
	n, b, ok := cborHead(b)
	switch {
	case !ok:
		return nil, false
	case major == 0:
		return b, true
	case (major == 2 || major == 3) && n <= uint64(len(b)):
		return b[n:], true
	case major == 4:
		for ; ok && n > 0; n-- {
			b, ok = cborSkip(b, depth+1)
		}
		return b, ok
	}
	return nil, false
}
