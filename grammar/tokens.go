package grammar

import (
	"io"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The token types say what a word looks like; what it means is decided by its place in the grammar.
const (
	tWord  lexer.TokenType = -2 - iota // any other word
	tPair                              // name=value
	tLabel                             // ends in a colon: 100:
	tID                                // $id=x
	tIDRef                             // $id-ref=x
)

// words is the lexer definition: it only names the types, the tokens are made by Split.
type words struct{}

func (words) Symbols() map[string]lexer.TokenType {
	return map[string]lexer.TokenType{
		"EOF": lexer.EOF, "Word": tWord, "Pair": tPair, "Label": tLabel, "ID": tID, "IDRef": tIDRef,
	}
}

func (words) Lex(string, io.Reader) (lexer.Lexer, error) { return &wordLexer{}, nil }

// wordLexer hands the words of one line to participle; Pos.Offset is the index of the word.
type wordLexer struct {
	words []Word
	next  int
}

func (l *wordLexer) Next() (lexer.Token, error) {
	if l.next >= len(l.words) {
		return lexer.Token{Type: lexer.EOF, Pos: lexer.Position{Offset: len(l.words)}}, nil
	}
	w := l.words[l.next]
	l.next++
	return lexer.Token{Type: shape(w.Text), Value: w.Text, Pos: lexer.Position{Offset: l.next - 1}}, nil
}

func shape(s string) lexer.TokenType {
	switch {
	case len(s) > 3 && s[0] == '$' && hasFoldPrefix(s, "$id="):
		return tID
	case len(s) > 3 && s[0] == '$' && hasFoldPrefix(s, "$id-ref="):
		return tIDRef
	case strings.IndexByte(s, '=') > 0:
		return tPair
	case len(s) > 1 && s[len(s)-1] == ':':
		return tLabel
	}
	return tWord
}

func hasFoldPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// build makes the parser of one statement.
func build[G any]() *participle.Parser[G] {
	return participle.MustBuild[G](participle.Lexer(words{}), participle.CaseInsensitive("Word"), participle.UseLookahead(0))
}

// keyword returns the statement's keyword: the first token of every line.
func keyword(lex *lexer.PeekingLexer) string { return strings.ToLower(lex.Range(0, 1)[0].Value) }
