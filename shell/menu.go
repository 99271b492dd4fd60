package shell

import (
	"strings"

	prompt "github.com/c-bata/go-prompt"
)

// menu is completion at the terminal as people of crmsh know it: nothing pops up while they type. Tab
// completes as far as there is no doubt, shows the list when there is, and then walks through it.
type menu struct {
	candidates func(line string) []Candidate
	open       bool
	shown      []prompt.Suggest
}

// tab is bound to the Tab key; the library has moved its selection already when the list is open.
func (m *menu) tab(b *prompt.Buffer) {
	if m.open {
		return
	}
	doc := b.Document()
	word := doc.GetWordBeforeCursorUntilSeparator(wordSeparators)
	found := m.candidates(doc.TextBeforeCursor())
	if len(found) == 0 {
		return
	}
	more := strings.TrimPrefix(commonPrefix(found), word)
	if len(found) == 1 && !found[0].Open {
		more += " "
	}
	if more != "" {
		b.InsertText(more, false, true)
		return
	}
	m.open = true
	m.shown = m.shown[:0]
	for _, c := range found {
		m.shown = append(m.shown, prompt.Suggest{Text: c.Text, Description: c.Help})
	}
}

// suggest is the library's completer: it gives the list while it is open, and closes it at any key that
// does not move in it.
func (m *menu) suggest(doc prompt.Document) []prompt.Suggest {
	switch doc.LastKeyStroke() {
	case prompt.Tab, prompt.BackTab, prompt.Up, prompt.Down:
	default:
		m.open = false
	}
	if !m.open {
		return nil
	}
	return m.shown
}

// reset closes the list, for a new line.
func (m *menu) reset() { m.open = false }

// commonPrefix returns what all candidates begin with.
func commonPrefix(found []Candidate) string {
	prefix := found[0].Text
	for _, c := range found[1:] {
		for !strings.HasPrefix(c.Text, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return strings.ToValidUTF8(prefix, "")
}
