package agents

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"html"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"quorate/engine/exit"
	"quorate/ra/meta"
)

// serveAction is the action that the agent's own daemon runs.
const serveAction = "__serve"

// httpServer is a small web server that says which node answers.
var httpServer = agent{
	meta: own("Http", "Web server that says which node answers",
		"Serves a folder, or a page with the node's name and the time, as something for a client to ask during a failover.",
		[]meta.Parameter{
			{Name: "ip", Type: "string", ShortDesc: "Address to listen on", LongDesc: "Default: all addresses of the node."},
			{Name: "port", Type: "integer", Default: "8080", HasDefault: true, Range: "1:65535", ShortDesc: "TCP port"},
			{Name: "root", Type: "string", ShortDesc: "Folder to serve", LongDesc: "Default: none, a page of its own."},
			{Name: "name", Type: "string", ShortDesc: "Word on the page", LongDesc: "Default: the resource's name."},
			{Name: "pidfile", Type: "string", UniqueGroup: "pidfile", Unique: true, ShortDesc: "File for its process id",
				LongDesc: "Default: Http-INSTANCE.pid in HA_RSCTMP (/run/resource-agents)."},
		},
		meta.Action{Name: "start", Timeout: "20s"}, meta.Action{Name: "stop", Timeout: "20s"},
		meta.Action{Name: "monitor", Timeout: "20s", Interval: "10s", Depth: "0"}),
	actions: map[string]func(*call) exit.Code{
		"start": httpStart, "stop": httpStop, "monitor": httpMonitor, "status": httpMonitor,
		"validate-all": httpValidate, serveAction: httpServe,
	},
}

func (c *call) address() string { return net.JoinHostPort(c.param("ip"), c.param("port")) }

func httpValidate(c *call) exit.Code {
	if ip := c.param("ip"); ip != "" && net.ParseIP(ip) == nil {
		return c.fail(exit.InvalidParam, "ip %q is no address", ip)
	}
	if _, err := net.LookupPort("tcp", c.param("port")); err != nil {
		return c.fail(exit.InvalidParam, "port %q is no port", c.param("port"))
	}
	if root := c.param("root"); root != "" {
		if st, err := os.Stat(root); err != nil || !st.IsDir() {
			return c.fail(exit.InvalidParam, "root %s is no folder", root)
		}
	}
	return exit.OK
}

// httpStart starts this binary as the daemon, which says on a pipe when it listens.
func httpStart(c *call) exit.Code {
	if code := httpValidate(c); code != exit.OK {
		return code
	}
	pidFile := c.file("pidfile", "pid")
	if _, alive := ReadPIDFile(pidFile); alive {
		return exit.OK
	}
	self, err := os.Executable()
	if err != nil {
		return c.fail(exit.Error, "%v", err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return c.fail(exit.Error, "%v", err)
	}
	defer r.Close()
	cmd := exec.Command(self, Command, c.name, serveAction)
	cmd.Dir = "/"
	cmd.ExtraFiles = []*os.File{w}
	code := c.launch(cmd, pidFile, func(<-chan error) error {
		w.Close()
		_ = r.SetReadDeadline(time.Now().Add(c.timeout()))
		line, _ := bufio.NewReader(r).ReadString('\n')
		switch line = strings.TrimSpace(line); line {
		case "ok":
			return nil
		case "":
			return errors.New("the web server ended before it listened")
		default:
			return errors.New(line)
		}
	})
	w.Close() // closed twice when the daemon was started: the second is an error that says nothing
	return code
}

func httpStop(c *call) exit.Code {
	return c.terminate(c.file("pidfile", "pid"), min(c.grace(), 5*time.Second))
}

// httpMonitor asks for a page; every answer will do, for a folder may have no index.
func httpMonitor(c *call) exit.Code {
	pidFile := c.file("pidfile", "pid")
	if _, alive := ReadPIDFile(pidFile); !alive {
		if read(pidFile) != "" {
			return c.fail(exit.NotRunning, "the web server has ended")
		}
		return exit.NotRunning
	}
	host := c.param("ip")
	if host == "" {
		host = "127.0.0.1"
	}
	client := http.Client{Timeout: max(c.timeout()*3/4, time.Second)}
	resp, err := client.Head("http://" + net.JoinHostPort(host, c.param("port")) + "/")
	if err != nil {
		return c.fail(exit.Error, "no answer: %v", err)
	}
	resp.Body.Close()
	return exit.OK
}

// httpServe is the daemon: it tells file descriptor 3 how listening went, then serves until SIGTERM.
func httpServe(c *call) exit.Code {
	ready := os.NewFile(3, "ready")
	l, err := net.Listen("tcp", c.address())
	if err != nil {
		fmt.Fprintln(ready, err)
		ready.Close()
		return c.fail(exit.Error, "%v", err)
	}
	fmt.Fprintln(ready, "ok")
	ready.Close()
	srv := &http.Server{Handler: c.handler(time.Now()), ReadHeaderTimeout: 10 * time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	go func() {
		<-ctx.Done()
		_ = srv.Close()
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return c.fail(exit.Error, "%v", err)
	}
	return exit.OK
}

// handler serves the folder, or the page that tells where and since when.
func (c *call) handler(since time.Time) http.Handler {
	if root := c.param("root"); root != "" {
		return http.FileServer(http.Dir(root))
	}
	name := c.param("name")
	if name == "" {
		name = c.getenv("OCF_RESOURCE_INSTANCE")
	}
	node := c.getenv("OCF_RESKEY_CRM_meta_on_node")
	if node == "" {
		node, _ = os.Hostname()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("X-Quorate-Node", node)
		w.Header().Set("Cache-Control", "no-store")
		fmt.Fprintf(w, "<!DOCTYPE html><title>%s</title><h1>%[1]s on %s</h1>\n<p>here since %s, now %s</p>\n", html.EscapeString(name),
			html.EscapeString(node), since.Format(time.RFC3339), time.Now().Format(time.RFC3339Nano))
	})
}
