package node

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	pb "go.etcd.io/raft/v3/raftpb"

	"quorate/engine/config"
	"quorate/engine/executor"
	"quorate/engine/executor/runner"
	"quorate/engine/messaging"
	"quorate/engine/quorum"
	"quorate/engine/replica"
)

// Settings is what an engine needs to know of its machine.
type Settings struct {
	Config     *config.Config
	ConfigFile string // where the configuration was read from; rewritten when nodes join or go; "" = nowhere
	Local      int    // which node of Config.Nodes this is
	Key        []byte // the cluster key
	StateDir   string // log and snapshots
	Socket     string // unix socket of the API
	TokenFile  string // one-time join tokens
	Agents     runner.Config
	Log        *slog.Logger
	Ready      func()          // called when the API answers; may be nil
	Leave      <-chan struct{} // closed when this node shall leave the cluster; may be nil
}

// Engine is one running node.
type Engine struct {
	set     Settings
	core    *Core
	disk    *replica.Disk
	net     *messaging.Net
	links   *replica.Transport
	runner  *runner.Runner
	ident   *messaging.Identity
	fencing *fencer
	hub     *hub
	names   *addressBook
	dampers *dampers

	id        uint32
	conf      atomic.Pointer[config.Config]
	nodes     *connListener // connections of other nodes to the API
	joins     *connListener // of machines that want to become nodes
	linkLock  sync.Mutex
	listeners map[string]net.Listener // by HOST:PORT

	inbox   chan Event
	calls   chan func()
	tags    uint64
	replies map[uint64]chan error
	waiters []waiter
	orders  map[string]RunOp              // by transition key: what is being run once
	cancels map[string]CancelOp           // by operation key: what is being cancelled
	active  map[string]executor.Operation // by resource: what runs here, as last seen
	timer   *time.Timer
	boot    string
	end     *Exit
	work    context.Context
}

type waiter struct {
	done func(*Core) bool
	ch   chan struct{}
}

// Run runs a node until it has left the cluster or ctx ends, which is a crash without leave. The code is
// the process's exit code.
func Run(ctx context.Context, set Settings) (code int, err error) {
	e := &Engine{set: set, inbox: make(chan Event, 1024), calls: make(chan func()), replies: map[uint64]chan error{},
		orders: map[string]RunOp{}, cancels: map[string]CancelOp{}, listeners: map[string]net.Listener{},
		active: map[string]executor.Operation{}, boot: uuid.NewString(), hub: newHub(), timer: time.NewTimer(time.Hour)}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	e.work = ctx
	e.conf.Store(set.Config)
	e.id = set.Config.Nodes[set.Local].ID
	if e.disk, err = replica.OpenDisk(set.StateDir); err != nil {
		return 1, err
	}
	defer e.disk.Close()
	stored, err := e.disk.Load()
	if err != nil {
		return 1, err
	}
	ledger, err := loadLedger(e.disk)
	if err != nil {
		return 1, err
	}
	first, err := e.makeCore(stored, ledger)
	if err != nil {
		return 1, err
	}
	defer joined(set.StateDir)
	if err := e.open(); err != nil {
		return 1, err
	}
	defer e.close()
	e.carryOut(first)
	if set.Ready != nil {
		set.Ready()
	}
	go e.leaveWhenTold()
	return e.loop(ctx)
}

// leaveWhenTold does not go through the API: its socket may have been removed.
func (e *Engine) leaveWhenTold() {
	select {
	case <-e.set.Leave:
		e.post(Shutdown{})
	case <-e.work.Done():
	}
}

// config is corosync.conf as it holds now.
func (e *Engine) config() *config.Config { return e.conf.Load() }

// me is this node as corosync.conf has it.
func (e *Engine) me() config.Node { return e.config().Nodes[e.localIndex()] }

func (e *Engine) localIndex() int { return indexOf(e.config(), e.id) }

// listAdmitted adds nodes that joined at run time to a corosync.conf that does not have them.
func (e *Engine) listAdmitted(nodes []replica.Admission) (err error) {
	c := e.config()
	for _, a := range nodes {
		if listed(c.Nodes, a.ID) {
			continue
		}
		if c, err = withNode(c, config.Node{ID: a.ID, Name: a.Name, Addrs: a.Addrs, Votes: 1}); err != nil {
			return err
		}
	}
	e.conf.Store(c)
	return nil
}

// admissions lists the nodes that joined at run time.
func (e *Engine) admissions(ctx context.Context) (list []replica.Admission) {
	_ = e.ask(ctx, func(c *Core) { list = slices.Clone(c.State().Nodes) }) // an ending engine needs none
	return list
}

func (e *Engine) makeCore(stored replica.Stored, ledger quorum.Ledger) (first []Effect, err error) {
	me := e.me()
	token := e.config().Token
	e.core, first, err = New(Config{ID: me.ID, Name: me.DisplayName(), Cluster: e.config().ClusterName, BootID: e.boot, Peers: corePeers(e.config()), Quorum: e.config().Quorum,
		Token: token, JobLimit: jobLimit(), Stored: stored, Ledger: ledger, Joining: isJoining(e.set.StateDir), RaftLog: raftLog{e.set.Log}, Now: time.Now()})
	return first, err
}

// jobLimit is how many operations one node runs at once: agents mostly wait, so it is a multiple of the cores
// (Pacemaker's node-action-limit is twice the cores).
func jobLimit() int { return max(8, 4*runtime.NumCPU()) }

// open starts everything that has sockets, processes or goroutines.
func (e *Engine) open() (err error) {
	me := e.me()
	if e.ident, err = messaging.NewIdentity(e.set.Key, me.DisplayName(), me.ID); err != nil {
		return err
	}
	if err := e.listAdmitted(e.core.State().Nodes); err != nil {
		return err
	}
	e.names = newAddressBook(e.config(), nil)
	agents := e.set.Agents
	agents.Log = func(resource, line string) { e.set.Log.Info(line, "resource", resource) }
	e.runner = runner.New(agents)
	e.fencing = newFencer(e)
	e.dampers = newDampers(e)
	e.links = replica.NewTransport(uint64(me.ID), replica.Reports{Dial: e.dialLog,
		Receive:  func(g replica.Generation, m *pb.Message) { e.post(Message{g, m}) },
		Failed:   func(peer uint64) { e.post(Unreachable{uint32(peer)}) },
		Snapshot: func(peer uint64, sent bool) { e.post(SnapshotSent{uint32(peer), sent}) }})
	heartbeats, err := e.messagingConfig()
	if err != nil {
		return err
	}
	if e.net, err = messaging.Start(heartbeats); err != nil {
		return err
	}
	go e.forwardMessaging()
	go e.forwardResults()
	if err := e.listen(); err != nil {
		return err
	}
	return e.serveAPI()
}

// close ends everything that open started. What still posts events must not wait for a loop that is no more.
func (e *Engine) close() {
	go func() {
		for {
			select {
			case <-e.inbox:
			case <-e.work.Done():
				return
			}
		}
	}()
	e.net.Close()
	e.links.Close()
	e.runner.Shutdown() // ends fence agents too
	e.fencing.driver.Close()
	e.hub.close()
}

// post hands an event to the loop; it never blocks for long, since the loop does no I/O but its own disk's.
func (e *Engine) post(ev Event) {
	select {
	case e.inbox <- ev:
	case <-e.work.Done():
	}
}

// ask runs f in the loop, where it may read the core, and waits for it.
func (e *Engine) ask(ctx context.Context, f func(*Core)) error {
	done := make(chan struct{})
	select {
	case e.calls <- func() { f(e.core); close(done) }:
		<-done
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-e.work.Done():
		return errEnding
	}
}

const batchMax = 256

// loop is the life of the node: one thing after the other.
func (e *Engine) loop(ctx context.Context) (int, error) {
	for e.end == nil {
		var events []Event
		select {
		case <-ctx.Done():
			return 1, context.Cause(ctx)
		case f := <-e.calls:
			f()
		case now := <-e.net.Beats():
			events = append(events, Tick{Now: now, Regular: true})
		case <-e.timer.C:
			events = append(events, Tick{Now: time.Now()})
		case ev := <-e.inbox:
			events = append(events, Tick{Now: time.Now()}, e.translate(ev))
			events = e.takeMore(events)
		}
		if len(events) > 0 {
			e.carryOut(e.core.Step(events...))
		}
		e.wakeWaiters()
	}
	return e.finish()
}

// takeMore takes what else waits in the inbox, so that a burst costs one write to the disk.
func (e *Engine) takeMore(events []Event) []Event {
	for len(events) < batchMax {
		select {
		case ev := <-e.inbox:
			events = append(events, e.translate(ev))
		default:
			return events
		}
	}
	return events
}

// translate adds what the loop knows to an event.
func (e *Engine) translate(ev Event) Event {
	if f, ok := ev.(finished); ok {
		return e.opDone(f)
	}
	return ev
}

func (e *Engine) wakeWaiters() {
	kept := e.waiters[:0]
	for _, w := range e.waiters {
		if w.done(e.core) {
			close(w.ch)
		} else {
			kept = append(kept, w)
		}
	}
	e.waiters = kept
}

// finish ends what has to end, and says good-bye to the peers where nobody shall wait for this node or fence it.
func (e *Engine) finish() (code int, err error) {
	clean := true
	if e.end.Kill {
		clean = e.killResources()
	}
	if e.end.Code != 0 {
		err = errors.New(e.end.Reason)
	}
	if e.end.Leave && clean {
		e.net.Leave()
		e.set.Log.Info("the node has left the cluster", "reason", e.end.Reason)
	}
	return e.end.Code, err
}
