package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"quorate/shell/configure"
)

// bufferOptions ties the edit buffer to the person's preferences and to this machine.
func (s *Session) bufferOptions() configure.Options {
	o := configure.Options{
		Force:                 s.forced(),
		Agents:                configure.RealAgents{},
		Warnings:              schedulerMessages,
		Client:                "crm",
		Now:                   func() string { return time.Now().Format("Mon Jan _2 15:04:05 2006") },
		Relaxed:               s.prefs.get("core.check_mode") == "relaxed",
		IgnoreMissingMetadata: s.prefs.bool("core.ignore_missing_metadata"),
		Unsorted:              !s.prefs.bool("core.sort_elements"),
		Obscure:               strings.Fields(s.prefs.get("core.obscure_pattern")),
		Style:                 s.style(),
		Out:                   s.Out,
		Stdin:                 os.Stdin,
		HTTP:                  fetch,
		Pipe:                  func(program, text string) (string, error) { return pipe(s.running, program, text) },
	}
	if u, err := user.Current(); err == nil {
		o.User = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		o.Origin = host
	}
	if s.target.File == "" { // a file may be of a cluster whose networks this machine does not have
		o.Route = hasRoute
	}
	if s.tty {
		o.Confirm = s.confirm
	}
	if s.editor != nil {
		o.Journal = journalPath(os.Getenv, os.Getpid())
	}
	return o
}

// pipe runs a program of the person's shell on a text and returns what it prints. When ctx ends it does
// not wait for what the program may have left behind.
func pipe(ctx context.Context, program, text string) (string, error) {
	cmd := exec.CommandContext(ctx, "sh", "-c", program)
	cmd.WaitDelay = time.Second
	cmd.Stdin, cmd.Stderr = strings.NewReader(text), os.Stderr
	out, err := cmd.Output()
	return string(out), err
}

// fetchLimit bounds a configuration that is loaded from the network.
const fetchLimit = 64 << 20

// fetch reads a URL.
func fetch(url string) ([]byte, error) {
	client := http.Client{Timeout: time.Minute}
	r, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, r.Status)
	}
	return io.ReadAll(io.LimitReader(r.Body, fetchLimit))
}

// hasRoute tells whether this machine has a network that the address lies in, other than by the default
// route: then an agent can infer the netmask.
func hasRoute(address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	local, err := net.InterfaceAddrs()
	if err != nil {
		return true // unknown: no reason to warn
	}
	for _, a := range local {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Contains(ip) {
			return true
		}
	}
	return inRouteTable(ip)
}

// inRouteTable looks the address up in the kernel's table of IPv4 routes, whose numbers are little endian hex.
func inRouteTable(ip netip.Addr) bool {
	data, err := os.ReadFile("/proc/net/route")
	if err != nil || !ip.Is4() {
		return false
	}
	b := ip.As4()
	want := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24
	for _, line := range strings.Split(string(data), "\n") {
		f := strings.Fields(line)
		if len(f) < 8 {
			continue
		}
		network, err1 := strconv.ParseUint(f[1], 16, 32)
		mask, err2 := strconv.ParseUint(f[7], 16, 32)
		if err1 == nil && err2 == nil && mask != 0 && want&mask == network {
			return true
		}
	}
	return false
}

// journalDir is where pending changes of conversations are kept; "" without a home directory.
func journalDir(getenv func(string) string) string {
	if dir := getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "crm")
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "crm")
	}
	return ""
}

// journalPath is the journal of one process; "" where none can be kept.
func journalPath(getenv func(string) string, pid int) string {
	dir := journalDir(getenv)
	if dir == "" || os.MkdirAll(dir, 0o700) != nil {
		return ""
	}
	return filepath.Join(dir, fmt.Sprintf("pending-%d.json", pid))
}

// abandoned lists the journals whose process has ended.
func abandoned(dir string) []string {
	found, err := filepath.Glob(filepath.Join(dir, "pending-*.json"))
	if err != nil {
		return nil
	}
	var left []string
	for _, path := range found {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "pending-"), ".json")
		pid, err := strconv.Atoi(name)
		if err != nil || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			left = append(left, path)
		}
	}
	return left
}

// offerRecovery offers the pending changes of a conversation that ended without warning, such as with a
// dropped ssh session. Declined, they are forgotten.
func (s *Session) offerRecovery(ctx context.Context) {
	dir := journalDir(os.Getenv)
	if dir == "" {
		return
	}
	for _, path := range abandoned(dir) {
		entries, err := configure.ReadJournal(path)
		if err != nil {
			s.warnf("pending changes of an earlier session cannot be read: %v", err)
			continue
		}
		if len(entries) > 0 {
			s.infof("an earlier session ended with %d uncommitted change(s) of the configuration", len(entries))
			answer := s.ask("Take them up again, or decide another time (y/n/c)? ", "ync")
			if answer == 'c' || answer == 'y' && !s.recover(ctx, entries) {
				continue // the file stays
			}
		}
		_ = os.Remove(path)
	}
}

// recover stages the changes of a journal and goes to the configure level.
func (s *Session) recover(ctx context.Context, entries [][]string) bool {
	b, err := s.editBuffer(ctx)
	if err != nil {
		s.errorf("%v", err)
		return false
	}
	if failed := b.Replay(entries); failed > 0 {
		s.warnf("%d of them could not be repeated", failed)
	}
	if c, _ := s.level().find("configure"); c != nil && c.Level != nil {
		s.levels = append(s.levels, c.Level)
	}
	s.infof("'show changed' shows them, 'commit' makes them take effect, 'refresh' drops them")
	return true
}
