package shell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"quorate/shell/backend"
)

// quietPrimitive defines a primitive that verify has nothing to say about.
func quietPrimitive(id string) string {
	return "primitive " + id + " ocf:quorate:Dummy op start timeout=60s interval=0 op stop timeout=60s interval=0\r"
}

func (x *terminal) cib() string {
	x.t.Helper()
	data, err := os.ReadFile(filepath.Join(x.dir, "cib.xml"))
	if err != nil {
		x.t.Fatal(err)
	}
	return string(data)
}

// The classic session: look at agents, configure with an edit in between, commit, standby and back.
func TestTerminalClassicSession(t *testing.T) {
	dir := t.TempDir()
	editor := filepath.Join(dir, "editor")
	if err := os.WriteFile(editor, []byte("#!/bin/sh\nsed -i s/fake=one/fake=two/ \"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	start := strings.Replace(emptyCIB, "<nodes/>", `<nodes><node id="1" uname="node11"/><node id="2" uname="node12"/></nodes>`, 1)
	if err := os.WriteFile(filepath.Join(dir, "cib.xml"), []byte(start), 0o600); err != nil {
		t.Fatal(err)
	}
	x := startTerminalIn(t, dir, usualWindow, "-o", "core.editor="+editor)
	before := x.settingsBefore()
	for _, step := range []struct{ keys, text, prompt string }{
		{"", "", "crm(live)# "},
		{"cd ra\r", "", "crm(live)ra# "},
		{"classes\r", "ocf / ", "crm(live)ra# "},
		{"list ocf quorate\r", "Dummy", "crm(live)ra# "},
		{"info ocf:quorate:Dummy\r", "Parameters", "crm(live)ra# "},
		{"cd ..\r", "", "crm(live)# "},
		{"configure\r", "", "crm(live)configure# "},
		{"property stonith-enabled=false\r", "", "crm(live)configure# "},
		{"primitive webip ocf:quorate:Dummy params fake=one\r", "", "crm(live)configure# "},
		{"edit webip\r", "", "crm(live)configure# "},
		{"show webip\r", "fake=two", "crm(live)configure# "},
		{"primitive webserver ocf:quorate:Dummy\r", "", "crm(live)configure# "},
		{"group webservice webip webserver\r", "", "crm(live)configure# "},
		{"monitor webip 30s:20s\r", "", "crm(live)configure# "},
		{"monitor webserver 30s:100s\r", "", "crm(live)configure# "},
		{"verify\r", "", "crm(live)configure# "},
		{"commit\r", "", "crm(live)configure# "},
		{"cd\r", "", "crm(live)# "},
		{"node\r", "", "crm(live)node# "},
		{"standby node11\r", "INFO: standby node node11", "crm(live)node# "},
		{"online node11\r", "INFO: online node node11", "crm(live)node# "},
		{"cd ..\r", "", "crm(live)# "},
		{"exit\r", "", "bye"},
	} {
		x.send(step.keys)
		x.expect(strings.TrimSuffix(step.keys, "\r"))
		x.expect(step.text)
		x.expect(step.prompt)
	}
	x.end(before)
	if strings.Contains(x.shown(), "ERROR") {
		t.Errorf("the session had errors:\n%s", x.shown())
	}
	for _, want := range []string{`name="fake" value="two"`, `id="webip-monitor-30s"`, `<group id="webservice">`} {
		if !strings.Contains(x.cib(), want) {
			t.Errorf("the CIB has no %s:\n%s", want, x.cib())
		}
	}
}

// Leaving configure with pending changes: y commits, n drops them, c stays.
func TestTerminalPendingChanges(t *testing.T) {
	const question = "Do you want to commit them, or cancel and stay here (y/n/c)? "
	x := startTerminal(t, usualWindow, "configure")
	x.expect("crm(live)configure# ")
	x.send(quietPrimitive("a"))
	x.expect("crm(live)configure# ")
	x.send("property stonith-enabled=false\r")
	x.expect("crm(live)configure# ")
	x.send("up\r")
	x.expect(question)
	x.send("what\n") // no answer: asked again
	x.expect(question)
	x.send("c\n")
	x.expect("crm(live)configure# ")
	x.send("quit\r")
	x.expect(question)
	x.send("c\n")
	x.expect("crm(live)configure# ")
	x.send("cd\r")
	x.expect(question)
	x.send("n\n")
	x.expect("crm(live)# ")
	if strings.Contains(x.cib(), `id="a"`) {
		t.Error("changes were committed in spite of n")
	}
	x.send("configure\r")
	x.expect("crm(live)configure# ")
	x.send(quietPrimitive("b") + "property stonith-enabled=false\r")
	x.expect("crm(live)configure# ")
	x.send("quit\r")
	x.expect(question)
	x.send("y\n")
	x.expect("bye")
	x.end(nil)
	if !strings.Contains(x.cib(), `id="b"`) {
		t.Error("changes were not committed in spite of y")
	}
}

// A session that is killed leaves its pending changes to the next one.
func TestTerminalRecovery(t *testing.T) {
	x := startTerminal(t, usualWindow, "configure")
	x.expect("crm(live)configure# ")
	x.send(quietPrimitive("lost"))
	x.expect("crm(live)configure# ")
	x.send("show lost\r")
	x.expect("primitive lost ocf:quorate:Dummy \\") // as show breaks it, not as it was typed
	if err := x.cmd.Process.Signal(unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-x.done:
	case <-time.After(patience):
		t.Fatal("a killed crm does not end")
	}

	w := startTerminalIn(t, x.dir, usualWindow)
	w.expect("(y/n/c)? ")
	w.send("\x03") // another time
	w.expect("crm(live)# ")
	w.send("quit\r")
	w.end(nil)

	y := startTerminalIn(t, x.dir, usualWindow)
	y.expect("an earlier session ended with 1 uncommitted change")
	y.expect("Take them up again, or decide another time (y/n/c)? ")
	y.send("y\n")
	y.expect("crm(live)configure# ")
	y.send("show changed\r")
	y.expect("primitive lost ocf:quorate:Dummy")
	y.send("refresh\r")
	y.expect("(y/n)? ")
	y.send("y\n")
	y.expect("crm(live)configure# ")
	y.send("quit\r")
	y.expect("bye")
	y.end(nil)

	z := startTerminalIn(t, x.dir, usualWindow)
	z.expect("crm(live)# ") // nothing left to offer
	z.send("quit\r")
	z.end(nil)
	if strings.Contains(z.shown(), "earlier session") {
		t.Errorf("the changes were offered again:\n%s", z.shown())
	}
}

// TestRoutesOfFiles: the networks of this machine say nothing of a cluster that is a file.
func TestRoutesOfFiles(t *testing.T) {
	for target, asked := range map[backend.Target]bool{{}: true, {Shadow: "try"}: true, {File: "cib.xml"}: false} {
		s := &Session{flags: &flags{}, prefs: &preferences{}, target: target}
		if got := s.bufferOptions().Route != nil; got != asked {
			t.Errorf("%s: routes are asked: %v", target.Describe(), got)
		}
	}
}

// An editor that is not there is named with what is wrong, and nothing is lost.
func TestTerminalNoEditor(t *testing.T) {
	x := startTerminal(t, usualWindow, "-o", "core.editor=/nonexistent/ed", "configure")
	x.expect("crm(live)configure# ")
	x.send(quietPrimitive("a"))
	x.expect("crm(live)configure# ")
	x.send("edit a\r")
	x.expect("ERROR: the editor /nonexistent/ed: no such file or directory")
	x.expect("crm(live)configure# ")
	x.send("show a\r")
	x.expect("primitive a ocf:quorate:Dummy \\")
	x.send("\x15quit\r")
	x.expect("(y/n/c)? ")
	x.send("n\n")
	x.end(nil)
}
