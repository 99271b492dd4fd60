package tools

import (
	"context"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"quorate/shell/status"
)

// Each key changes something, and pressed again (of the four levels of fencing: four times) changes it back.
func TestMonKeys(t *testing.T) {
	for _, k := range monKeys {
		m := &monitor{show: status.TextDefault | status.Operations, level: 1}
		show, o := m.show, &m.options
		m.press(k.key)
		if m.show == show && m.level == 1 && !(o.ByNode || o.Inactive || o.Detail || o.Brief || o.Timing) {
			t.Errorf("%c changes nothing", k.key)
		}
		m.press(k.key)
		if k.key == 'm' {
			m.press(k.key)
			m.press(k.key)
		}
		if m.show != show || o.ByNode || o.Inactive || o.Detail || o.Brief || o.Timing {
			t.Errorf("%c pressed again: sections %b, not %b, %+v", k.key, m.show, show, m.options)
		}
		if help, _ := m.press('?'); !strings.Contains(help, "  "+string(k.key)+"  ") {
			t.Errorf("the help has no %c:\n%s", k.key, help)
		}
	}
	if _, quit := new(monitor).press('q'); !quit {
		t.Error("q does not end")
	}
}

// Keys arrive one by one, and the terminal is as before in the end.
func TestReadKeys(t *testing.T) {
	master, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo terminal: %v", err)
	}
	defer master.Close()
	defer tty.Close()
	before, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	keys, restore := readKeys(ctx, tty)
	if _, err := master.Write([]byte("nq")); err != nil {
		t.Fatal(err)
	}
	if a, b := <-keys, <-keys; a != 'n' || b != 'q' {
		t.Errorf("the keys are %c %c", a, b)
	}
	cancel()
	restore()
	if after, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS); err != nil || *after != *before {
		t.Errorf("the terminal is left as %+v (%v), it was %+v", after, err, before)
	}
	if keys, _ := readKeys(t.Context(), strings.NewReader("n")); keys != nil {
		t.Error("keys are read from what is no terminal")
	}
}
