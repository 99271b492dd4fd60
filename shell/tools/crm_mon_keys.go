package tools

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"quorate/shell/status"
)

// monKey is a key that changes the picture while crm_mon runs at a terminal.
type monKey struct {
	key  byte
	help string
	act  func(*monitor)
}

func section(s status.Section) func(*monitor) { return func(m *monitor) { m.show ^= s } }

// monKeys are those of the classic crm_mon; '?' lists them and 'q' ends.
var monKeys = []monKey{
	{'c', "tickets", section(status.Tickets)},
	{'f', "fail counts", section(status.FailCounts)},
	{'n', "resources below their nodes", func(m *monitor) { m.options.ByNode = !m.options.ByNode }},
	{'o', "history of operations", section(status.Operations)},
	{'r', "inactive resources", func(m *monitor) { m.options.Inactive = !m.options.Inactive }},
	{'t', "times of operations", func(m *monitor) { m.options.Timing = !m.options.Timing; m.show |= status.Operations }},
	{'A', "node attributes", section(status.Attributes)},
	{'L', "bans", section(status.Bans)},
	{'D', "headers", section(status.SummarySections)},
	{'R', "ids, feature sets, single instances of clones", func(m *monitor) { m.options.Detail = !m.options.Detail }},
	{'b', "numbers of instances only", func(m *monitor) { m.options.Brief = !m.options.Brief }},
	{'m', "history of fencing", func(m *monitor) { _ = m.fenceHistory(fmt.Sprint((m.level + 1) % 4)) }}, // 0 to 3 are good levels
}

// press does what a key says. It returns a text to show instead of the cluster until the next key, and whether to end.
func (m *monitor) press(key byte) (help string, quit bool) {
	switch key {
	case 'q':
		return "", true
	case '?':
		return keysHelp(), false
	}
	for _, k := range monKeys {
		if k.key == key {
			k.act(m)
		}
	}
	return "", false
}

func keysHelp() string {
	var b strings.Builder
	b.WriteString("Keys that show or hide:\n")
	for _, k := range monKeys {
		fmt.Fprintf(&b, "  %c  %s\n", k.key, k.help)
	}
	b.WriteString("  q  ends\nAny other key looks again.\n")
	return b.String()
}

// terminal returns a stream as the file of a terminal, nil if it is none.
func terminal(stream any) *os.File {
	if f, ok := stream.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// readKeys gives the keys pressed at a terminal, unechoed and without waiting for a line; restore gives the terminal back.
// Elsewhere there are none.
func readKeys(ctx context.Context, in io.Reader) (keys <-chan byte, restore func()) {
	f := terminal(in)
	if f == nil {
		return nil, func() {}
	}
	fd := int(f.Fd())
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, func() {}
	}
	single := *before
	single.Lflag &^= unix.ICANON | unix.ECHO
	single.Cc[unix.VMIN], single.Cc[unix.VTIME] = 1, 0
	if unix.IoctlSetTermios(fd, unix.TCSETS, &single) != nil {
		return nil, func() {}
	}
	pressed := make(chan byte)
	go func() {
		one := make([]byte, 1)
		for {
			if n, err := f.Read(one); n != 1 || err != nil {
				return
			}
			select {
			case pressed <- one[0]:
			case <-ctx.Done():
				return
			}
		}
	}()
	return pressed, func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, before) }
}
