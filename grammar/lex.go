package grammar

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// errQuote is what the reference prints for a line whose quote is not closed.
var errQuote = errors.New("No closing quotation")

// errEscape is the same for a backslash at the very end.
var errEscape = errors.New("No escaped character")

// Word is one word of a logical line after quoting, with the byte offset where it begins in the line.
type Word struct {
	Text string
	At   int
}

// Split cuts a line into words as a POSIX shell does, without any expansion: single quotes are raw,
// in double quotes a backslash escapes `"` and `\` only, outside of quotes it escapes any character.
// There are no comments. The error has the text of the reference ("No closing quotation").
func Split(line string) ([]Word, error) {
	words := make([]Word, 0, 16)
	var cur strings.Builder
	start, plain := -1, 0 // plain: where an unquoted run without escapes began
	flush := func(to int) {
		if plain < to {
			cur.WriteString(line[plain:to])
		}
	}
	for i := 0; i < len(line); {
		c := line[i]
		if isBlank(c) {
			if start >= 0 {
				words = append(words, finish(line, start, plain, i, &cur))
				start = -1
			}
			i++
			continue
		}
		if start < 0 {
			start, plain = i, i
			cur.Reset()
		}
		switch c {
		case '\'', '"':
			flush(i)
			end, err := quoted(line, i, &cur)
			if err != nil {
				return nil, err
			}
			i, plain = end, end
			if cur.Len() == 0 && i == len(line) || cur.Len() == 0 && i < len(line) && isBlank(line[i]) {
				words = append(words, Word{Text: "", At: start})
				start = -1
			}
		case '\\':
			flush(i)
			if i+1 >= len(line) {
				return nil, errEscape
			}
			_, n := utf8.DecodeRuneInString(line[i+1:])
			cur.WriteString(line[i+1 : i+1+n])
			i += 1 + n
			plain = i
		default:
			i++
		}
	}
	if start >= 0 {
		words = append(words, finish(line, start, plain, len(line), &cur))
	}
	return words, nil
}

// finish makes the word that began at start: a plain one is a slice of the line and costs no copy.
func finish(line string, start, plain, end int, cur *strings.Builder) Word {
	if plain == start && cur.Len() == 0 {
		return Word{Text: line[start:end], At: start}
	}
	cur.WriteString(line[plain:end])
	w := Word{Text: cur.String(), At: start}
	cur.Reset()
	return w
}

// quoted appends the inside of the quotation that begins at i and returns the offset behind it.
func quoted(line string, i int, cur *strings.Builder) (int, error) {
	q := line[i]
	for i++; i < len(line); i++ {
		c := line[i]
		switch {
		case c == q:
			return i + 1, nil
		case q == '"' && c == '\\' && i+1 < len(line) && (line[i+1] == '"' || line[i+1] == '\\'):
			i++
			cur.WriteByte(line[i])
		default:
			cur.WriteByte(c)
		}
	}
	return 0, errQuote
}

// blanks are what lines are stripped of; other white space of Unicode is part of a value.
const blanks = " \t\r\v\f"

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// Line is one logical line: physical lines that end in a backslash are joined with nothing in between.
type Line struct {
	Text string
	segs []segment
}

// segment says where a piece of the logical line stood in the text.
type segment struct{ at, line, col int }

// Position is a place in a text, both counted from 1; columns count characters.
type Position struct{ Line, Column int }

// Position tells where the byte at offset at of the logical line stood.
func (l Line) Position(at int) Position {
	p := Position{1, at + 1}
	for _, s := range l.segs {
		if s.at > at {
			break
		}
		p = Position{s.line, s.col + utf8.RuneCountInString(l.Text[s.at:min(at, len(l.Text))])}
	}
	return p
}

// Lines cuts a text into logical lines, empty ones and comments included (as the reference counts them).
func Lines(text string) []Line {
	var out []Line
	var cur Line
	phys := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, p := range phys {
		trimmed := strings.Trim(p, blanks)
		lead := len(p) - len(strings.TrimLeft(p, blanks))
		cur.segs = append(cur.segs, segment{len(cur.Text), i + 1, utf8.RuneCountInString(p[:lead]) + 1})
		joined := strings.TrimRight(trimmed, `\`)
		cur.Text += joined
		if len(joined) == len(trimmed) || i == len(phys)-1 {
			out = append(out, cur)
			cur = Line{}
		}
	}
	return out
}

// IsComment tells whether a logical line is skipped by the reader: empty, or beginning with "#".
func IsComment(line string) bool {
	line = strings.Trim(line, blanks)
	return line == "" || line[0] == '#'
}
