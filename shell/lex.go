package shell

import (
	"context"
	"strings"

	"quorate/grammar"
)

// splitWords cuts a line into words as the configure language does: see grammar.Split.
func splitWords(line string) ([]string, error) {
	split, err := grammar.Split(line)
	var words []string
	for _, w := range split {
		words = append(words, w.Text)
	}
	return words, err
}

// quoteWords makes a line of the words of a command line: a word with a blank gets its quotes back.
// Other words are left alone, so that a script may pass a quoted line as one word of many.
func quoteWords(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		switch {
		case w != "" && !strings.ContainsAny(w, " \t\n"):
			out[i] = w
		case strings.Contains(w, `"`) && !strings.Contains(w, `'`):
			out[i] = "'" + w + "'"
		default:
			out[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w) + `"`
		}
	}
	return strings.Join(out, " ")
}

// quoteLine makes a line of words such that splitWords gives the same words again.
func quoteLine(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w
		if w == "" || strings.ContainsAny(w, " \t\r\n'\"\\") {
			out[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w) + `"`
		}
	}
	return strings.Join(out, " ")
}

// lineSource gives physical lines without their line ends; io.EOF ends it.
type lineSource interface {
	ReadLine(ctx context.Context) (string, error)
}

// readLogicalLine reads a line and what continues it: trailing backslashes join the next line, with
// nothing in between.
func (s *Session) readLogicalLine(ctx context.Context, in lineSource) (string, error) {
	s.continuing = false
	defer func() { s.continuing = false }()
	var whole strings.Builder
	for {
		line, err := in.ReadLine(ctx)
		if err != nil {
			if s.continuing && whole.Len() > 0 {
				return whole.String(), nil
			}
			return "", err
		}
		line = strings.TrimSpace(line)
		if !strings.HasSuffix(line, `\`) {
			whole.WriteString(line)
			return whole.String(), nil
		}
		whole.WriteString(strings.TrimRight(line, `\`))
		s.continuing = true
	}
}
