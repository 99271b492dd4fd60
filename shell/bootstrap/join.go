package bootstrap

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"crypto/tls"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/config"
	"quorate/engine/exit"
	"quorate/engine/messaging"
	"quorate/engine/node"
)

// identityFlags are those that say who a machine is in its cluster.
type identityFlags struct {
	node  string
	addrs []string
}

func (i *identityFlags) links() (map[int]string, error) {
	links := map[int]string{}
	for n, a := range i.addrs {
		if net.ParseIP(a) == nil {
			return nil, cib.Errorf(exit.Usage, "--addr %s is not an IP address", a)
		}
		links[n] = a
	}
	if len(links) == 0 {
		return nil, &cib.Error{Code: exit.Usage, Text: "which address do the other nodes reach this machine at?", Hint: "add --addr IP (twice for two links)"}
	}
	return links, nil
}

func (i *identityFlags) name() (string, error) {
	if i.node != "" {
		return i.node, nil
	}
	return os.Hostname()
}

// runInit makes a cluster of this machine.
func runInit(ctx context.Context, env Env, args []string) error {
	var who identityFlags
	f := flags("init")
	name := f.String("name", "hacluster", "name of the cluster")
	f.StringVar(&who.node, "node", "", "name of this node; the host name if not given")
	f.StringArrayVar(&who.addrs, "addr", nil, "address of this machine, one for each link")
	noStart := f.Bool("no-start", false, "only write the files")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 0 {
		return usage("init")
	}
	links, err := who.links()
	if err != nil {
		return err
	}
	self, err := who.name()
	if err != nil {
		return err
	}
	p := systemPaths()
	if _, err := os.Stat(p.Config); err == nil && !env.Force {
		return &cib.Error{Code: exit.Exists, Text: p.Config + " is there already", Hint: "start its cluster with 'crm cluster start', or replace it with 'crm -F cluster init …'"}
	}
	if err := writeNew(p, *name, config.Node{ID: 1, Name: self, Addrs: links, Votes: 1}); err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "cluster %s: %s and its key are written\n", *name, p.Config)
	if *noStart {
		return nil
	}
	if err := startNode(ctx, env, startPatience); err != nil {
		return err
	}
	return runToken(ctx, env, nil)
}

func writeNew(p Paths, cluster string, n config.Node) error {
	text := fmt.Sprintf("totem {\n\tversion: 2\n\tcluster_name: %s\n}\nnodelist {\n}\nquorum {\n\tprovider: corosync_votequorum\n}\n", cluster)
	c, err := config.Parse(p.Config, []byte(text))
	if err != nil {
		return err
	}
	if c, err = c.Edit(config.AddNode(n)); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(p.Config), 0o755); err != nil {
		return err
	}
	if err := config.WriteKey(filepath.Join(filepath.Dir(p.Config), "authkey"), config.NewKey(), true); err != nil {
		return err
	}
	return os.WriteFile(p.Config, c.Text(), 0o644)
}

// tokenPrefix marks the form of a token: prefix, address of a node, secret, fingerprint of the cluster's authority.
const tokenPrefix = "quorate1"

const tokenLife = time.Hour

// runToken makes a one-time token and prints how it is used.
func runToken(ctx context.Context, env Env, args []string) error {
	f := flags("token")
	life := f.Duration("for", tokenLife, "how long it is valid")
	if err := parse(f, args); err != nil {
		return err
	}
	s, err := api.Dial().Status(ctx)
	if err != nil {
		return err
	}
	p := pathsOf(s.Node)
	set, err := settings(p, s.Node)
	if err != nil {
		return err
	}
	id, err := messaging.NewIdentity(set.Key, s.Node, s.NodeID)
	if err != nil {
		return err
	}
	secret := rand.Text()
	if err := node.AddToken(p.tokens(), secret, time.Now().Add(*life)); err != nil {
		return err
	}
	me := set.Config.Nodes[set.Local]
	addr := net.JoinHostPort(me.Addrs[set.Config.Links[0].ID], strconv.Itoa(int(set.Config.Links[0].Port)))
	fmt.Fprintf(env.Out, "One more machine can join within %v with:\n  crm cluster join %s --addr ITS-ADDRESS\n", *life,
		strings.Join([]string{tokenPrefix, addr, secret, id.CAFingerprint()}, "/"))
	return nil
}

// pathsOf finds the files of the node that answered: of the machine's, or of a local cluster's.
func pathsOf(nodeName string) Paths {
	if l, err := theLocal(); err == nil && api.SocketPath() == l.paths(nodeName).Socket {
		return l.paths(nodeName)
	}
	return systemPaths()
}

// runJoin makes this machine a node of another's cluster.
func runJoin(ctx context.Context, env Env, args []string) error {
	var who identityFlags
	f := flags("join")
	f.StringVar(&who.node, "node", "", "name of this node; the host name if not given")
	f.StringArrayVar(&who.addrs, "addr", nil, "address of this machine, one for each link")
	if err := parse(f, args); err != nil {
		return err
	}
	parts := strings.Split(f.Arg(0), "/")
	if f.NArg() != 1 || len(parts) != 4 || parts[0] != tokenPrefix {
		return &cib.Error{Code: exit.Usage, Text: "crm cluster join needs a token", Hint: "make one on a node of the cluster: crm cluster token"}
	}
	links, err := who.links()
	if err != nil {
		return err
	}
	name, err := who.name()
	if err != nil {
		return err
	}
	p := systemPaths()
	if running(ctx, p.Socket) {
		return cib.Errorf(exit.Exists, "this machine runs a cluster already: leave it first with 'crm cluster stop'")
	}
	answer, err := askToJoin(ctx, parts[1], parts[3], node.JoinRequest{Secret: parts[2], Name: name, Addrs: links})
	if err != nil {
		return err
	}
	if err := writeJoined(p, answer); err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "%s and the cluster's key are written; this is node %s with id %d\n", p.Config, name, answer.ID)
	return startNode(ctx, env, startPatience)
}

// askToJoin shows the token to a node of the cluster, after making sure that it is one.
func askToJoin(ctx context.Context, addr, fingerprint string, in node.JoinRequest) (*node.JoinAnswer, error) {
	client := &http.Client{Timeout: startPatience, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			d := tls.Dialer{Config: messaging.PinnedTLS(fingerprint, node.AlpnJoin)}
			return d.DialContext(ctx, "tcp", addr)
		}}}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+node.JoinPath, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, &cib.Error{Code: exit.Unavailable, Text: fmt.Sprintf("cannot reach the cluster at %s: %v", addr, err),
			Hint: "is its engine running, and the port open for TCP and UDP?"}
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 4096))
		return nil, cib.Errorf(exit.NoPerm, "the cluster does not let this machine in: %s", strings.TrimSpace(string(text)))
	}
	answer := &node.JoinAnswer{}
	return answer, json.NewDecoder(res.Body).Decode(answer)
}

// writeJoined writes what a new node needs. A log of an earlier life would belong to another cluster, so it must go.
func writeJoined(p Paths, a *node.JoinAnswer) error {
	if _, err := config.Parse(p.Config, []byte(a.Config)); err != nil {
		return fmt.Errorf("the cluster's configuration is not understood: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(p.Config), 0o755); err != nil {
		return err
	}
	if err := config.WriteKey(filepath.Join(filepath.Dir(p.Config), "authkey"), a.Key, true); err != nil {
		return err
	}
	log := filepath.Join(p.State, "log")
	if _, err := os.Stat(log); err == nil {
		if err := os.Rename(log, log+time.Now().Format("-20060102-150405")); err != nil {
			return err
		}
	}
	if err := node.MarkJoining(log); err != nil {
		return err
	}
	return os.WriteFile(p.Config, []byte(a.Config), 0o644)
}
