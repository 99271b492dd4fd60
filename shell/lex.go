package shell

import (
	"context"
	"errors"
	"strings"
)

// errNoClosing is the error for a quotation that is not ended; its text is the one scripts know.
var errNoClosing = errors.New("No closing quotation") //nolint:staticcheck // the field's text

// splitWords cuts a line into words as a POSIX shell does, without any expansion: single quotes keep
// everything, double quotes know \" and \\, a backslash outside keeps the next character.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	runes := []rune(line)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; r {
		case ' ', '\t', '\r', '\n':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		case '\'', '"':
			inWord = true
			text, next, ok := quoted(runes, i)
			if !ok {
				return nil, errNoClosing
			}
			word.WriteString(text)
			i = next
		case '\\':
			inWord = true
			if i++; i < len(runes) {
				word.WriteRune(runes[i])
			}
		default:
			inWord = true
			word.WriteRune(r)
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

// quoted reads the quotation that begins at runes[start] and returns its text and the index of its end.
func quoted(runes []rune, start int) (text string, end int, ok bool) {
	quote := runes[start]
	var b strings.Builder
	for i := start + 1; i < len(runes); i++ {
		switch {
		case runes[i] == quote:
			return b.String(), i, true
		case quote == '"' && runes[i] == '\\' && i+1 < len(runes) && (runes[i+1] == '"' || runes[i+1] == '\\'):
			i++
			b.WriteRune(runes[i])
		default:
			b.WriteRune(runes[i])
		}
	}
	return "", 0, false
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
