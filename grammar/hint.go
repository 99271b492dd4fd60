package grammar

import "strings"

// hint proposes the word that was probably meant at a place where word was not understood.
func hint(keyword, word string) string {
	c := commandNamed(keyword)
	if c == nil {
		return nearest(word, Keywords())
	}
	name, _, isPair := strings.Cut(word, "=")
	if isPair {
		return nearest(name+"=", c.words)
	}
	return nearest(word, c.words)
}

// Nearest returns the candidate that word is a near miss of, "" if none is near enough: at most one edit in a word of
// up to five letters, two in a longer one, none in one of less than three. A candidate equal to word is no miss.
func Nearest(word string, candidates []string) string { return nearest(word, candidates) }

func nearest(word string, candidates []string) string {
	best, limit := "", 1
	if len(word) < 3 {
		return "" // everything short is near to everything
	}
	if len(word) > 5 {
		limit = 2
	}
	w := strings.ToLower(word)
	for _, c := range candidates {
		lc := strings.ToLower(c)
		if lc == w {
			continue
		}
		if d := distance(w, lc, limit); d <= limit {
			best, limit = c, d-1
		}
	}
	return best
}

// distance counts edits (insert, delete, replace, swap of neighbours); above limit it returns limit+1.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur, prev, before := rows[2], rows[1], rows[0]
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		rows[0], rows[1], rows[2] = prev, cur, before
	}
	return min(rows[1][len(b)], limit+1)
}
