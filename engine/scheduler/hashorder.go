package scheduler

// The hash tables of the field's library decide some ties by the order in which they list
// their keys. This is that order: open addressing with growing steps, sizes doubling from 8,
// the modulus being the largest prime below.

var hashPrimes = []uint32{1, 2, 3, 7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191, 16381, 32749}

type hashSlots struct {
	slot  []int // index of the key +1, 0 for empty
	hash  []uint32
	shift int
	used  int
}

func stringHash(s string) uint32 {
	h := uint32(0)
	for i := 0; i < len(s); i++ {
		h = h*31 + uint32(int32(int8(s[i])))
	}
	if h < 2 {
		h = 2
	}
	return h
}

func (t *hashSlots) start(h uint32) uint32 { return (h * 11) % hashPrimes[t.shift] }

// walkOrder returns the indexes of the keys in the order in which a table lists them that
// they were inserted into one by one.
func walkOrder(keys []string) []int {
	t := &hashSlots{slot: make([]int, 8), shift: 3}
	t.hash = make([]uint32, len(keys))
	for i, k := range keys {
		t.hash[i] = stringHash(k)
		t.insert(i)
	}
	out := make([]int, 0, len(keys))
	for _, s := range t.slot {
		if s != 0 {
			out = append(out, s-1)
		}
	}
	return out
}

func (t *hashSlots) insert(i int) {
	mask := uint32(len(t.slot) - 1)
	at := t.start(t.hash[i])
	for step := uint32(1); t.slot[at] != 0; step++ {
		at = (at + step) & mask
	}
	t.slot[at] = i + 1
	t.used++
	if len(t.slot) <= t.used+t.used/16 {
		t.grow()
	}
}

// grow rehashes in place: an entry that is lifted takes the first slot of its chain that was
// not refilled yet, and pushes out what is there.
func (t *hashSlots) grow() {
	want := int(float64(t.used) * 1.333)
	size, shift := 8, 3
	for size <= want {
		size *= 2
		shift++
	}
	old := t.slot
	if size < len(old) {
		size = len(old)
	}
	t.slot = append(append([]int(nil), old...), make([]int, size-len(old))...)
	t.shift = min(shift, len(hashPrimes)-1)
	filled := make([]bool, size)
	mask := uint32(size - 1)
	for i := range old {
		if filled[i] || t.slot[i] == 0 {
			continue
		}
		k := t.slot[i]
		t.slot[i] = 0
		for k != 0 {
			at := t.start(t.hash[k-1])
			for step := uint32(1); filled[at]; step++ {
				at = (at + step) & mask
			}
			filled[at] = true
			k, t.slot[at] = t.slot[at], k
		}
	}
}
