package shell

import (
	"errors"
	"fmt"

	"quorate/grammar"
)

// sourceLine is a logical line of a file or pipe: the physical lines from number line on.
type sourceLine struct {
	file string
	line int
	text string
}

// where is the place that an error message is about, with ": " behind it: file and line, of a syntax error among the message's
// arguments the line and the column of the offending word. It is empty for what was typed, and for errors that name their
// place in a file that was loaded.
func (l *sourceLine) where(args []any) string {
	if l == nil {
		return ""
	}
	for _, a := range args {
		if err, ok := a.(error); ok {
			var syntax *grammar.SyntaxError
			if errors.As(err, &syntax) {
				return l.column(syntax)
			}
		}
	}
	return fmt.Sprintf("%s:%d: ", l.file, l.line)
}

func (l *sourceLine) column(e *grammar.SyntaxError) string {
	if e.File != "" {
		return ""
	}
	logical := grammar.Lines(l.text)[0]
	at := len(logical.Text)
	words, err := grammar.Split(logical.Text)
	// The statement may stand behind the names of levels: its words are the last ones.
	if i := len(words) - len(e.Words) + e.Word; err == nil && i >= 0 && i < len(words) {
		at = words[i].At
	}
	p := logical.Position(at)
	return fmt.Sprintf("%s:%d:%d: ", l.file, l.line+p.Line-1, p.Column)
}
