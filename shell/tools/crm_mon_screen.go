package tools

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// draw replaces what is on the screen by the cluster as it is now, or by the help.
func (m *monitor) draw(screen *os.File, help string) {
	text := help
	if help == "" {
		var b bytes.Buffer
		out, errOut := m.Out, m.Err
		m.Out, m.Err = &b, &b
		m.shoot()
		m.Out, m.Err = out, errOut
		text = b.String()
	}
	if cols, rows, err := term.GetSize(int(screen.Fd())); err == nil && cols > 0 && rows > 0 {
		text = fit(text, cols, rows)
	}
	_, _ = io.WriteString(screen, "\x1b[H\x1b[2J"+text)
}

// fit cuts a text to what a screen can hold with the cursor below it; a screen that scrolls would lose the beginning.
func fit(text string, cols, rows int) string {
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	if ScreenLines(text, cols) < rows {
		return text
	}
	used := 2 // the line that tells of the rest, and the cursor's
	for i, l := range lines {
		if used += ScreenLines(l, cols); used > rows {
			rest := fmt.Sprintf("(%d more %s)", len(lines)-i, plural(len(lines)-i, "line"))
			return strings.Join(lines[:i], "") + rest[:min(len(rest), cols)] + "\n"
		}
	}
	return text
}

// ScreenLines is how many lines of a screen a text takes, with its long ones broken.
func ScreenLines(text string, cols int) int {
	const tab = 8
	n := 0
	for line := range strings.Lines(text) {
		width := 0
		for _, r := range strings.TrimSuffix(line, "\n") {
			if width++; r == '\t' {
				width += (tab - width%tab) % tab
			}
		}
		n += max(1, (width+cols-1)/cols)
	}
	return n
}
