// Package bootstrap makes, starts and stops clusters: the commands of the shell's cluster level. It writes
// corosync.conf and the cluster key, starts engines as processes or units, and speaks the join protocol.
//
// It knows machines, not resources: everything about what the cluster does is asked of the engine.
package bootstrap

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"quorate/engine/cib"
	"quorate/engine/exit"
)

// Env is all that a command sees of the shell.
type Env struct {
	In       io.Reader
	Out, Err io.Writer
	Force    bool // answer every question with yes
}

// Command is one command of the cluster level.
type Command struct {
	Name  string
	Usage string // the arguments
	Short string // one line
	Long  string
	Run   func(ctx context.Context, env Env, args []string) error
}

// Commands lists the commands, in the order in which one needs them. It is a function, since they refer to it
// for their usage.
func Commands() []Command {
	return []Command{
		{"init", "[--name CLUSTER] [--node NAME] [--addr IP]…", "make a cluster of this machine",
			"Writes corosync.conf with this machine as its only node (an address for each link; --addr is needed where it has several) and the cluster key, starts the engine, and prints the command that another machine joins with.", runInit},
		{"token", "[--for DURATION]", "make a one-time token for another machine",
			"Prints the command with which one more machine can join, over TLS, within an hour or the given time. A token works once.", runToken},
		{"join", "TOKEN [--node NAME] [--addr IP]…", "join the cluster that the token is from",
			"Fetches configuration and key from the node that made the token, and starts the engine. No ssh is used. Without --addr its address is the one from which it reaches the cluster; a cluster of two links needs --addr twice.", runJoin},
		{"start", "[NODE] [--local N [--dir DIR]] [--wait SECONDS]", "start this node, or N nodes on this machine",
			"Without options this machine's node is started, by systemd where its unit is enabled. --local N runs N nodes as N processes on 127.0.0.1 to 127.0.0.N, with their files in DIR; no root is needed. NODE starts one node of the local cluster again.", runStart},
		{"stop", "[NODE]", "leave the cluster: resources move away first",
			"Without NODE this machine's node stops; of a local cluster (start --local) NODE, or all of its nodes.", runStop},
		{"kill", "NODE [--no-wait]", "power loss of a node of a local cluster",
			"Ends the engine and all services of one node of a local cluster at once, as a power loss does, and tells how long it took until they ran elsewhere.", runKill},
		{"links", "DIR", "make links to this program by all the names it answers to", "For installers: crm_mon, cibadmin, corosync-cfgtool and the others become links in DIR.", runLinks},
		{"restart", "[NODE]", "stop, then start", "", runRestart},
		{"status", "", "engines, membership, quorum and links", "", runStatus},
		{"enable", "", "start the engine at boot", "Installs and enables the systemd unit quorate.service.", runEnable},
		{"disable", "", "do not start the engine at boot", "", runDisable},
		{"remove", "NODE", "take a node out of the cluster for good", "Stop the engine on the node first.", runRemove},
		{"wait_for_startup", "[SECONDS]", "wait until this node is online", "", runWait},
		{"run", "[--config FILE] [--state DIR] [--socket FILE] [--tmp DIR] [--node NAME] [--log-level LEVEL]", "run the engine in the foreground",
			"What the unit and start run. The folders are those of the system if nothing is said, LEVEL is debug, info, warn or error.", runEngine},
	}
}

// Find returns the command with that name.
func Find(name string) (Command, bool) {
	for _, c := range Commands() {
		if c.Name == name {
			return c, true
		}
	}
	return Command{}, false
}

// usage is the error for wrong arguments.
func usage(name string) error {
	c, _ := Find(name)
	return &cib.Error{Code: exit.Usage, Text: "usage: crm cluster " + name + " " + c.Usage}
}

// Paths are where a node's files are.
type Paths struct {
	Config string // corosync.conf
	State  string // folder of log and snapshots
	Socket string
	Tmp    string // state files of agents; "" = the system's
	Log    string // of an engine that runs in the background
}

// systemPaths are those of a real node of this machine.
func systemPaths() Paths {
	return Paths{Config: "/etc/corosync/corosync.conf", State: "/var/lib/quorate", Socket: "/run/quorate/quorate.sock",
		Log: "/var/log/quorate/quorate.log"}
}

// key is the file of the cluster key.
func (p Paths) key() string { return filepath.Join(filepath.Dir(p.Config), "authkey") }

// log is the folder of the log and its snapshots.
func (p Paths) log() string { return filepath.Join(p.State, "log") }

// tokens is the file of one-time tokens.
func (p Paths) tokens() string { return filepath.Join(p.State, "join-tokens") }

func plural(n int, word string) string {
	if n != 1 && !strings.HasSuffix(word, "s") {
		word += "s"
	}
	return word
}
