package shell

import (
	"os"
	"path/filepath"
	"strings"
)

// historyLimit is how many lines are kept.
const historyLimit = 1000

// history is the list of entered lines, oldest first. Each line goes to the file at once, because a
// session may end without warning.
type history struct {
	path  string // "" = not kept
	lines []string

	term  string // what the search in progress looks for
	shown string // the line it found last
	at    int    // index of that line
}

// openHistory reads the user's history file; without a home directory nothing is kept.
func openHistory(getenv func(string) string) *history {
	dir := getenv("XDG_CACHE_HOME")
	if dir == "" && getenv("HOME") != "" {
		dir = filepath.Join(getenv("HOME"), ".cache")
	}
	if dir == "" {
		return &history{}
	}
	h := &history{path: filepath.Join(dir, "crm", "history")}
	data, err := os.ReadFile(h.path)
	if err != nil {
		return h
	}
	h.lines = strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	if len(h.lines) > historyLimit {
		h.lines = h.lines[len(h.lines)-historyLimit:]
		_ = os.WriteFile(h.path, []byte(strings.Join(h.lines, "\n")+"\n"), 0o600)
	}
	return h
}

// add appends a line, unless it is blank or the same as the last one. A file that cannot be written
// costs the history, never the session.
func (h *history) add(line string) {
	h.term, h.shown = "", ""
	line = strings.TrimSpace(line)
	if line == "" || (len(h.lines) > 0 && h.lines[len(h.lines)-1] == line) {
		return
	}
	h.lines = append(h.lines, line)
	if h.path == "" || os.MkdirAll(filepath.Dir(h.path), 0o700) != nil {
		return
	}
	f, err := os.OpenFile(h.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.WriteString(line + "\n")
}

// search finds the newest line that contains typed. While typed is the line found last, the search
// goes on from there with the words it began with.
func (h *history) search(typed string) (string, bool) {
	if h.shown != "" && typed == h.shown {
		return h.older()
	}
	return h.newest(typed)
}

// newest begins a search: for the last line that contains term and more.
func (h *history) newest(term string) (string, bool) {
	h.term, h.shown, h.at = term, term, len(h.lines)
	return h.older()
}

// older goes on with the search, to a line before the one found last.
func (h *history) older() (string, bool) {
	for i := h.at - 1; i >= 0; i-- {
		if strings.Contains(h.lines[i], h.term) && h.lines[i] != h.shown {
			h.at, h.shown = i, h.lines[i]
			return h.shown, true
		}
	}
	return "", false
}
