package grammar

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// SyntaxError is a statement that was refused: where, what was expected, the offending word.
type SyntaxError struct {
	File    string   // "" on the prompt
	Pos     Position // of the offending word
	Logical int      // number of the logical line in the text, counted from 1; 0 on the prompt
	Context string   // what was being read, mostly the keyword: "location"
	Reason  string   // "Expected <score>:"
	Near    string   // the word that the message names; "" where the line ended too early
	Words   []string // the words of the statement
	Word    int      // the index in Words of the offending word; as many as there are where the line ended too early
	Hint    string   // a word that was probably meant, or ""
}

// Error prints the message as the reference does, with the place in front and the hint behind it.
func (e *SyntaxError) Error() string {
	var b strings.Builder
	if e.File != "" {
		fmt.Fprintf(&b, "%s:%d:%d: ", e.File, e.Pos.Line, e.Pos.Column)
	}
	b.WriteString(e.Message())
	if e.Hint != "" {
		fmt.Fprintf(&b, " (did you mean %q?)", e.Hint)
	}
	return b.String()
}

// Message is the message in the words of the reference, without place and hint.
func (e *SyntaxError) Message() string {
	var b strings.Builder
	b.WriteString("syntax")
	if e.Context != "" {
		b.WriteString(" in " + e.Context)
	}
	b.WriteString(": " + e.Reason)
	if e.Near != "" {
		b.WriteString(" near <" + e.Near + ">")
	}
	if len(e.Words) > 0 {
		b.WriteString(" parsing '" + strings.Join(e.Words, " ") + "'")
	}
	return b.String()
}

// fault is an error inside a grammar: the reason, and the word it is about as an index into the line's words.
type fault struct {
	reason  string
	at      int
	context string // "" = the statement's keyword
	near    int    // the word that the message names where that is another one, as the reference has it; noWord = none
	hint    string // what was probably meant; "" = look among the words of the statement
}

// noWord is no word's index.
const noWord = 1 << 30

func (f *fault) Error() string            { return f.reason }
func (f *fault) Message() string          { return f.reason }
func (f *fault) Position() lexer.Position { return lexer.Position{Offset: f.at} }

// faultf makes a fault about the word that the lexer stands on.
func faultf(lex *lexer.PeekingLexer, format string, args ...any) *fault {
	return &fault{reason: fmt.Sprintf(format, args...), at: lex.Peek().Pos.Offset}
}

// onlyMore says what alone may follow in a statement that goes on with the same thing to its end.
var onlyMore = map[string]string{"role": "Expected (read|write|deny)"}

// reason puts an error of participle into the reference's words.
func reason(err error, words []string) *fault {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	var u *participle.UnexpectedTokenError
	if errors.As(err, &u) {
		at := u.Unexpected.Pos.Offset
		if u.Unexpected.EOF() || at >= len(words) {
			return &fault{reason: "Unexpected end of line", at: len(words)}
		}
		if expected := onlyMore[strings.ToLower(words[0])]; expected != "" {
			return &fault{reason: expected, at: at}
		}
		return &fault{reason: "Unknown arguments: " + strings.Join(words[at:], " "), at: at}
	}
	return &fault{reason: err.Error(), at: len(words)}
}
