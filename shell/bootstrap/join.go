package bootstrap

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
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

// runInit makes a cluster of this machine.
func runInit(ctx context.Context, env Env, args []string) error {
	var who identityFlags
	f := flags("init")
	name := f.String("name", "hacluster", "name of the cluster")
	who.define(f)
	noStart := f.Bool("no-start", false, "only write the files")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 0 {
		return usage("init")
	}
	own := localAddrs()
	links, err := who.links(own, onlyAddr(own))
	if err != nil {
		return err
	}
	self, err := who.name()
	if err != nil {
		return err
	}
	p := systemPaths()
	if err := refuseRunning(ctx, p); err != nil {
		return err
	}
	if _, err := os.Stat(p.Config); err == nil && !env.Force {
		return &cib.Error{Code: exit.Exists, Text: p.Config + " is there already", Hint: "start its cluster with 'crm cluster start', or replace it with 'crm -F cluster init …'"}
	}
	if err := writeNew(env, p, *name, config.Node{ID: 1, Name: self, Addrs: links, Votes: 1}); err != nil {
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

// newConfig is the corosync.conf of a cluster of one node, refused where a name would not be read as it is meant.
func newConfig(cluster string, n config.Node) ([]byte, error) {
	for _, name := range []string{cluster, n.Name} {
		if name == "" || strings.ContainsAny(name, " \t\n{}:#'\"<>&") {
			return nil, cib.Errorf(exit.Usage, "%q cannot be the name of a cluster or a node", name)
		}
	}
	c, err := config.Generate(cluster, []config.Node{n})
	if err != nil {
		return nil, err
	}
	return c.Text(), nil
}

func writeNew(env Env, p Paths, cluster string, n config.Node) error {
	text, err := newConfig(cluster, n)
	if err != nil {
		return err
	}
	if err := setAside(env, p); err != nil {
		return err
	}
	return writeCluster(p, text, config.NewKey())
}

// writeCluster writes corosync.conf and the cluster key.
func writeCluster(p Paths, text, key []byte) error {
	if err := os.MkdirAll(filepath.Dir(p.Config), 0o755); err != nil {
		return err
	}
	if err := config.WriteKey(p.key(), key, true); err != nil {
		return err
	}
	return os.WriteFile(p.Config, text, 0o644)
}

// setAside keeps what an earlier cluster left under other names: a new one must not begin with its log, and its key may be the
// only one.
func setAside(env Env, p Paths) error {
	suffix := time.Now().Format("-20060102-150405")
	for _, path := range []string{p.Config, p.key(), p.log()} {
		err := os.Rename(path, path+suffix)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(env.Out, "%s of an earlier cluster is kept as %s\n", path, path+suffix)
	}
	return nil
}

// refuseRunning refuses to replace the files of an engine that runs.
func refuseRunning(ctx context.Context, p Paths) error {
	if running(ctx, p.Socket) {
		return cib.Errorf(exit.Exists, "this machine runs a cluster already: leave it first with 'crm cluster stop'")
	}
	return nil
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
	if *life < time.Second {
		return cib.Errorf(exit.Usage, "cluster token: a token that is valid for %v is of no use", *life)
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
	line := "crm cluster join " + strings.Join([]string{tokenPrefix, addr, secret, id.CAFingerprint()}, "/")
	fmt.Fprintf(env.Out, "One more machine can join within %s with:\n  %s%s\n", short(*life), line, addrWords(set.Config, me))
	return nil
}

// addrWords ask for an address on each link where there are several: they cannot be guessed.
func addrWords(c *config.Config, me config.Node) string {
	if len(c.Links) < 2 {
		return ""
	}
	words, beside := "", []string{}
	for _, l := range c.Links {
		words += " --addr IP"
		beside = append(beside, me.Addrs[l.ID])
	}
	return words + "\nwith its own addresses in the networks of " + strings.Join(beside, " and ") + ", in this order"
}

// short writes 1h for 1h0m0s.
func short(d time.Duration) string {
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// LocalConfig is the corosync.conf of the local cluster's node that commands talk to, "" where they talk to none.
func LocalConfig() string {
	l, err := theLocal()
	if err != nil {
		return ""
	}
	socket := api.SocketPath()
	for _, name := range l.nodes() {
		if p := l.paths(name); p.Socket == socket {
			return p.Config
		}
	}
	return ""
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
	who.define(f)
	if err := parse(f, args); err != nil {
		return err
	}
	const makeOne = "make one on a node of the cluster: crm cluster token"
	if f.NArg() != 1 {
		return &cib.Error{Code: exit.Usage, Text: "crm cluster join needs a token", Hint: makeOne}
	}
	parts := strings.Split(f.Arg(0), "/")
	if len(parts) != 4 || parts[0] != tokenPrefix {
		return &cib.Error{Code: exit.Usage, Text: "'" + f.Arg(0) + "' is no whole join token", Hint: makeOne}
	}
	links, err := who.links(localAddrs(), addrTowards(parts[1]))
	if err != nil {
		return err
	}
	name, err := who.name()
	if err != nil {
		return err
	}
	p := systemPaths()
	if err := refuseRunning(ctx, p); err != nil {
		return err
	}
	answer, err := askToJoin(ctx, parts[1], parts[3], node.JoinRequest{Secret: parts[2], Name: name, Addrs: links})
	if err != nil {
		return err
	}
	if err := writeJoined(env, p, answer); err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "%s and the cluster's key are written; this is node %s with id %d\n", p.Config, name, answer.ID)
	return startNode(ctx, env, startPatience)
}

const (
	dialPatience = 5 * time.Second
	joinPatience = 40 * time.Second // the engine there waits up to 30 s for its own log
)

// notReached says in words why a cluster did not answer.
func notReached(addr string, err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	var dial *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		err = errors.New("no answer")
	case errors.As(err, &dial):
		err = dial.Err
	default:
		return cib.Errorf(exit.Unavailable, "cannot join by %s: %v", addr, err)
	}
	return &cib.Error{Code: exit.Unavailable, Text: fmt.Sprintf("cannot reach the cluster at %s: %v", addr, err),
		Hint: "is its engine running, and the port open for TCP and UDP?"}
}

// askToJoin shows the token to a node of the cluster, after making sure that it is one.
func askToJoin(ctx context.Context, addr, fingerprint string, in node.JoinRequest) (*node.JoinAnswer, error) {
	client := &http.Client{Timeout: joinPatience, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			d := tls.Dialer{Config: messaging.PinnedTLS(fingerprint, node.AlpnJoin)}
			ctx, cancel := context.WithTimeout(ctx, dialPatience)
			defer cancel()
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
		return nil, notReached(addr, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 4096))
		return nil, cib.Errorf(exit.NoPerm, "the cluster does not let this machine in: %s", strings.TrimSpace(string(text)))
	}
	answer := &node.JoinAnswer{}
	return answer, json.NewDecoder(res.Body).Decode(answer)
}

// writeJoined writes what a new node needs.
func writeJoined(env Env, p Paths, a *node.JoinAnswer) error {
	if _, err := config.Parse(p.Config, []byte(a.Config)); err != nil {
		return fmt.Errorf("the cluster's configuration is not understood: %w", err)
	}
	if err := setAside(env, p); err != nil {
		return err
	}
	if err := node.MarkJoining(p.log()); err != nil {
		return err
	}
	return writeCluster(p, []byte(a.Config), a.Key)
}
