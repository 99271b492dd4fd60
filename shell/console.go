package shell

import (
	"bytes"
	"errors"
	"sync"
	"unicode/utf8"

	prompt "github.com/c-bata/go-prompt"
	"golang.org/x/sys/unix"
)

// console is the terminal as go-prompt's ConsoleParser. The library's own one leaves the terminal raw
// at the end, takes a pasted block for one key and divides by a zero window size; this one saves the
// terminal's state itself, hands out one key or one run of text at a time, and knows pasted text.
type console struct {
	fd int

	mu      sync.Mutex
	cooked  *unix.Termios // settings to restore; nil while the terminal is not raw
	queue   []byte        // read, not yet handed out
	pasting bool          // inside a bracketed paste
	ended   bool          // a line was handed out: nothing more until the next Setup
	fresh   bool          // nothing was read since the terminal became raw
}

// pollTime bounds one wait for input in milliseconds, so that the library's reader can be stopped.
const pollTime = 100

var errNoInput = errors.New("no input yet")

const (
	enableBracketedPaste  = "\x1b[?2004h"
	disableBracketedPaste = "\x1b[?2004l"
	pasteStart            = "\x1b[200~"
	pasteEnd              = "\x1b[201~"
)

// Setup makes the terminal raw. What was typed or pasted ahead stays in the queue.
func (c *console) Setup() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = false
	if c.cooked != nil {
		return nil
	}
	settings, err := unix.IoctlGetTermios(c.fd, unix.TCGETS)
	if err != nil {
		return err
	}
	raw := *settings
	raw.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	raw.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	// Output stays processed: the library writes plain newlines.
	if err := unix.IoctlSetTermios(c.fd, unix.TCSETS, &raw); err != nil {
		return err
	}
	c.cooked, c.fresh = settings, true
	_, _ = unix.Write(c.fd, []byte(enableBracketedPaste))
	return nil
}

// TearDown gives the terminal back as it was. It may be called any number of times.
func (c *console) TearDown() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cooked == nil {
		return nil
	}
	_, _ = unix.Write(c.fd, []byte(disableBracketedPaste))
	err := unix.IoctlSetTermios(c.fd, unix.TCSETS, c.cooked)
	c.cooked = nil
	return err
}

// minRows is the least number of rows told to the library, which refuses to draw at all in a window
// lower than its list of candidates.
const minRows = 12

// GetWinSize returns the size of the window.
func (c *console) GetWinSize() *prompt.WinSize {
	cols, rows := windowSize(c.fd)
	return &prompt.WinSize{Row: uint16(max(rows, minRows)), Col: uint16(cols)}
}

// Read returns the bytes of one key, or one run of text that contains no control byte.
func (c *console) Read() ([]byte, error) {
	c.mu.Lock()
	idle := c.ended
	chunk := c.next()
	c.mu.Unlock()
	if chunk != nil {
		return chunk, nil
	}
	if idle {
		return nil, errNoInput
	}
	if err := c.fill(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if chunk = c.next(); chunk == nil {
		return nil, errNoInput
	}
	return chunk, nil
}

// fill waits a little for bytes from the terminal.
func (c *console) fill() error {
	fds := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLIN}}
	if n, err := unix.Poll(fds, pollTime); err != nil || n == 0 {
		return errNoInput
	}
	buf := make([]byte, 4096)
	n, err := unix.Read(c.fd, buf)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if n == 0 { // the terminal hung up: the end of the input
		c.queue = append(c.queue, 0x04)
		return nil
	}
	if c.fresh { // Ctrl-D that was typed while the terminal was not raw yet comes as a null byte
		copy(buf[:n], bytes.ReplaceAll(buf[:n], []byte{0}, []byte{0x04}))
		c.fresh = false
	}
	c.queue = append(c.queue, buf[:n]...)
	return nil
}

// next takes one key or one run of text from the queue; nil where there is none. Callers hold mu.
func (c *console) next() []byte {
	if c.ended {
		return nil
	}
	c.dropPasteMarkers()
	if len(c.queue) == 0 {
		return nil
	}
	n := keyLength(c.queue)
	chunk := append([]byte(nil), c.queue[:n]...)
	c.queue = c.queue[n:]
	switch {
	case chunk[0] == '\r' || chunk[0] == '\n':
		c.ended = true
	case c.pasting && chunk[0] == '\t': // pasted tabs are blanks, not requests for completion
		return []byte{' '}
	}
	return chunk
}

// dropPasteMarkers removes the marks that a terminal puts around pasted text and notes the state.
func (c *console) dropPasteMarkers() {
	for {
		switch {
		case bytes.HasPrefix(c.queue, []byte(pasteStart)):
			c.queue, c.pasting = c.queue[len(pasteStart):], true
		case bytes.HasPrefix(c.queue, []byte(pasteEnd)):
			c.queue, c.pasting = c.queue[len(pasteEnd):], false
		default:
			return
		}
	}
}

// keyLength tells how many bytes at the start of b belong together: an escape sequence, one control
// byte, or a run of text.
func keyLength(b []byte) int {
	switch {
	case b[0] == 0x1b:
		return escapeLength(b)
	case b[0] < 0x20 || b[0] == 0x7f:
		return 1
	}
	n := 0
	for n < len(b) && b[n] >= 0x20 && b[n] != 0x7f {
		n++
	}
	if n == len(b) { // do not cut a character that is still arriving
		if cut := lastRuneStart(b); !utf8.FullRune(b[cut:]) && cut > 0 {
			return cut
		}
	}
	return n
}

func lastRuneStart(b []byte) int {
	i := len(b) - 1
	for i > 0 && !utf8.RuneStart(b[i]) {
		i--
	}
	return i
}

// escapeLength measures an escape sequence: ESC [ parameters final, ESC O final, or ESC and one key.
func escapeLength(b []byte) int {
	if len(b) == 1 {
		return 1
	}
	switch b[1] {
	case '[':
		for i := 2; i < len(b); i++ {
			if b[i] >= 0x40 && b[i] <= 0x7e && !(i == 2 && b[i] == '[') {
				return i + 1
			}
		}
		return len(b)
	case 'O':
		return min(3, len(b))
	}
	return 2
}

// takeLine takes a whole line that was pasted behind the last one, so that a long paste need not go
// through the editor key by key.
func (c *console) takeLine() (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropPasteMarkers()
	i := bytes.IndexAny(c.queue, "\r\n")
	if i < 0 {
		return "", false
	}
	line := c.queue[:i]
	for _, b := range line {
		if b < 0x20 && b != '\t' || b == 0x7f {
			return "", false // keys, not text: the editor's business
		}
	}
	text := string(line)
	c.queue = append([]byte(nil), c.queue[i+1:]...)
	return text, true
}
