package keyring

// LinkWords are the four words that two computers of one person both show: the first 44 bits of a hash (protocol 3.3).
func LinkWords(sum [32]byte) (words [4]string) {
	spell(words[:], sum[:])
	return words
}
