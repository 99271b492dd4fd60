package shell

import (
	"strings"

	prompt "github.com/c-bata/go-prompt"
)

// lineSearch is the search in the history while one types. Ctrl-R on an empty line begins it: the prompt then shows the
// newest line that contains what is typed. Enter runs that line, Tab takes it over for editing, Ctrl-R goes to an older
// one, Escape and Ctrl-C end the search.
type lineSearch struct {
	history *history
	on      bool
	typed   string
	found   string
}

// prompt is what stands before the cursor.
func (l *lineSearch) prompt(usual string) string {
	if !l.on {
		return usual
	}
	return "(search: " + l.found + ") "
}

// follow looks for what is typed now. The library also asks about an empty line, before each key.
func (l *lineSearch) follow(typed string) {
	if l.on && typed != "" && typed != l.typed {
		l.typed = typed
		l.found, _ = l.history.newest(typed)
	}
}

func (l *lineSearch) older() {
	if line, ok := l.history.older(); ok {
		l.found = line
	}
}

// end ends the search and gives the line that it had found, "" if none or if there was no search.
func (l *lineSearch) end() string {
	found := strings.TrimSpace(l.found)
	l.on, l.typed, l.found = false, "", ""
	return found
}

// suggest is called by the library after each key.
func (e *promptEditor) suggest(doc prompt.Document) []prompt.Suggest {
	e.search.follow(doc.Text)
	return e.menu.suggest(doc)
}

func (e *promptEditor) tab(b *prompt.Buffer) {
	if !e.search.on {
		e.menu.tab(b)
	} else if found := e.search.end(); found != "" {
		replaceLine(b, found)
	}
}

// controlR begins a search or goes on with it. Behind words that are typed already it puts the newest older line that
// contains them into the buffer at once, and goes further back when pressed again.
func (e *promptEditor) controlR(b *prompt.Buffer) {
	switch {
	case e.search.on:
		e.search.older()
	case b.Text() == "":
		e.search.on = true
	default:
		if line, ok := e.history.search(b.Text()); ok {
			replaceLine(b, strings.TrimSpace(line))
		}
	}
}

func (e *promptEditor) endSearch(*prompt.Buffer) { e.search.end() }

func replaceLine(b *prompt.Buffer, line string) {
	b.CursorRight(len([]rune(b.Document().TextAfterCursor())))
	b.DeleteBeforeCursor(len([]rune(b.Text())))
	b.InsertText(line, false, true)
}
