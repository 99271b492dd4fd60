package shell

import (
	"fmt"

	"quorate/grammar"
)

// didYouMean ends a message with the nearest of the known words, if one is near.
func didYouMean(word string, known []string) string {
	near := grammar.Nearest(word, known)
	if near == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", near)
}
