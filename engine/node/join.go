package node

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"quorate/engine/cib"
	"quorate/engine/config"
	"quorate/engine/exit"
	"quorate/engine/replica"
)

// JoinRequest is what a machine sends that wants to become a node.
type JoinRequest struct {
	Secret string         `json:"secret"` // of the one-time token
	Name   string         `json:"name"`
	Addrs  map[int]string `json:"addrs"` // link number to address
}

// JoinAnswer is all that it needs to be one.
type JoinAnswer struct {
	Config string `json:"config"` // corosync.conf with the new node in it
	Key    []byte `json:"key"`    // the cluster key
	ID     uint32 `json:"id"`
}

// JoinPath is where the request is posted, under protocol AlpnJoin.
const JoinPath = "/v1/join"

const joinTimeout = 30 * time.Second

// tokenLock: a token is used once, also when two machines show it at the same time.
var tokenLock sync.Mutex

// AddToken writes a one-time token into file, valid until then; only its digest is kept.
func AddToken(file, secret string, until time.Time) error {
	tokenLock.Lock()
	defer tokenLock.Unlock()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintf(f, "%s %d\n", digestOf(secret), until.Unix())
	return err
}

func digestOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// useToken takes a token out of the file; false if it is not there or too old.
func useToken(file, secret string, now time.Time) (bool, error) {
	tokenLock.Lock()
	defer tokenLock.Unlock()
	data, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	found := false
	var kept strings.Builder
	for lines := bufio.NewScanner(strings.NewReader(string(data))); lines.Scan(); {
		digest, until, _ := strings.Cut(lines.Text(), " ")
		seconds, err := strconv.ParseInt(until, 10, 64)
		if err != nil || seconds < now.Unix() {
			continue
		}
		if !found && subtle.ConstantTimeCompare([]byte(digest), []byte(digestOf(secret))) == 1 {
			found = true
			continue
		}
		fmt.Fprintln(&kept, lines.Text())
	}
	return found, os.WriteFile(file, []byte(kept.String()), 0o600)
}

// joinHandler lets machines with a token in.
func (e *Engine) joinHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+JoinPath, func(w http.ResponseWriter, r *http.Request) {
		var in JoinRequest
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&in); err != nil {
			http.Error(w, "request not understood", http.StatusBadRequest)
			return
		}
		out, err := e.admit(r, in)
		if err != nil {
			e.set.Log.Warn("a machine was not let in", "name", in.Name, "from", r.RemoteAddr, "reason", err.Error())
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out) // a machine that has gone can join again: the node is in the list now
	})
	return mux
}

func (e *Engine) admit(r *http.Request, in JoinRequest) (*JoinAnswer, error) {
	if in.Name == "" || strings.ContainsAny(in.Name, " \t\n{}:'\"<>&") || len(in.Addrs) == 0 {
		return nil, cib.Errorf(exit.InvalidParam, "a node needs a plain name and an address")
	}
	if err := e.mayJoin(r.Context(), in); err != nil {
		return nil, err
	}
	ok, err := useToken(e.set.TokenFile, in.Secret, time.Now())
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &cib.Error{Code: exit.NoPerm, Text: "the token is not valid any more", Hint: "make a new one on a node of the cluster: crm cluster token"}
	}
	a, err := e.enlist(r.Context(), in)
	if err != nil {
		return nil, err
	}
	text, err := e.configWith(a)
	if err != nil {
		return nil, err
	}
	e.set.Log.Info("a node was let in", "name", a.Name, "id", a.ID, "from", r.RemoteAddr)
	return &JoinAnswer{Config: text, Key: e.set.Key, ID: a.ID}, nil
}

// mayJoin refuses a machine that would be taken for another one, or that the others could not reach.
func (e *Engine) mayJoin(ctx context.Context, in JoinRequest) error {
	if n := len(e.config().Links); len(in.Addrs) != n {
		return &cib.Error{Code: exit.InvalidParam, Text: fmt.Sprintf("an address for each of the cluster's links is needed, that is %d", n),
			Hint: "crm cluster join TOKEN" + strings.Repeat(" --addr IP", n)}
	}
	for _, n := range e.names.all() {
		same := n.DisplayName() == in.Name
		for link, addr := range in.Addrs {
			if (n.Addrs[link] == addr) != same {
				return &cib.Error{Code: exit.Exists, Text: fmt.Sprintf("node %s is in the cluster already, with address %s", n.DisplayName(), n.Addrs[link]),
					Hint: "join with another name (--node) and address, or remove that one first: crm cluster remove " + n.DisplayName()}
			}
		}
		online := false
		if err := e.ask(ctx, func(c *Core) { _, online = c.up[n.ID] }); err != nil {
			return err
		}
		if same && (online || n.ID == e.core.cfg.ID) {
			return cib.Errorf(exit.Exists, "node %s is in the cluster already, and online", n.DisplayName())
		}
	}
	return nil
}

// enlistTries bounds how often another id is chosen because the first one was given away elsewhere.
const enlistTries = 5

// enlist puts the machine into the list of nodes.
func (e *Engine) enlist(ctx context.Context, in JoinRequest) (a replica.Admission, err error) {
	for range enlistTries {
		a = replica.Admission{ID: idFor(in.Name, e.names.all(), e.admissions(ctx)), Name: in.Name, Addrs: in.Addrs}
		if err = (&cluster{e, true}).submit(ctx, replica.Command{Admit: &a}); cib.CodeOf(err) != exit.Exists {
			return a, err
		}
	}
	return a, err
}

// idFor gives a node that comes back its old id, another one the lowest free. admitted are nodes that joined at run time;
// the newest of them need not be among the nodes yet.
func idFor(name string, nodes []config.Node, admitted []replica.Admission) uint32 {
	used := map[uint32]bool{}
	for _, a := range admitted {
		used[a.ID] = a.Name != name
	}
	for _, n := range nodes {
		if n.DisplayName() == name {
			return n.ID
		}
		used[n.ID] = true
	}
	id := uint32(1)
	for used[id] {
		id++
	}
	return id
}

// configWith is the configuration with all nodes that are known, the new one among them.
func (e *Engine) configWith(a replica.Admission) (string, error) {
	c, err := e.config(), error(nil)
	if !listed(c.Nodes, a.ID) { // applied here a moment later
		c, err = withNode(c, config.Node{ID: a.ID, Name: a.Name, Addrs: a.Addrs, Votes: 1})
	}
	if err != nil {
		return "", err
	}
	return string(c.Text()), nil
}
