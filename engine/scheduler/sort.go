package scheduler

// stableSort is the merge sort that decides ties: the list is split into its first half,
// rounded down, and the rest. Some comparisons of this package are not transitive, so the very
// algorithm matters for agreeing with Pacemaker.
func stableSort[T any](list []T, compare func(a, b T) int) {
	if len(list) < 2 {
		return
	}
	mergeSort(list, make([]T, len(list)), compare)
}

func mergeSort[T any](list, tmp []T, compare func(a, b T) int) {
	if len(list) < 2 {
		return
	}
	mid := len(list) / 2
	mergeSort(list[:mid], tmp[:mid], compare)
	mergeSort(list[mid:], tmp[mid:], compare)
	copy(tmp, list)
	a, b := tmp[:mid], tmp[mid:]
	for i := range list {
		if len(b) == 0 || len(a) > 0 && compare(a[0], b[0]) <= 0 {
			list[i], a = a[0], a[1:]
		} else {
			list[i], b = b[0], b[1:]
		}
	}
}
