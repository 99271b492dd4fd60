package tools

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"quorate/engine/config"
	"quorate/engine/exit"
)

var corosyncCommand = &command{
	name: "corosync", dialect: getopt, own: true, bad: exit.Error, badText: corosyncUsage,
	options: []option{
		{long: "c", short: 'c', arity: value}, {long: "f", short: 'f'}, {long: "t", short: 't'}, {long: "v", short: 'v'},
	},
}

const corosyncUsage = `usage:
        -c     : Corosync config file path.
        -f     : Accepted; 'crm cluster start' starts the engine.
        -t     : Test configuration and exit.
        -v     : Display version and exit.
`

// corosync tells its version and checks corosync.conf; it is not what starts the engine.
func corosync(k *call) exit.Code {
	switch {
	case k.has("v"):
		k.out.printf("Corosync Cluster Engine, version '%s'\nSpoken by quorate, an independent implementation\n", corosyncVersion)
		return exit.OK
	case !k.has("t"):
		k.out.note("corosync: there is no separate daemon to start: use 'crm cluster start'")
		return exit.Error
	}
	path := k.get("c")
	if path == "" {
		path = k.Env("COROSYNC_MAIN_CONFIG_FILE")
	}
	if path == "" {
		path = "/etc/corosync/corosync.conf"
	}
	data, err := os.ReadFile(path)
	if err != nil {
		k.out.note("Can't read file %s: %s", path, osReason(err))
		return 8
	}
	_, err = config.Parse(path, data)
	var e *config.Error
	switch {
	case errors.As(err, &e):
		k.out.note("%v", e)
		return exit.Code(e.Exit)
	case err != nil:
		k.out.note("%v", err)
		return 8
	}
	return exit.OK
}

// osReason is what the system says, as C programs print it.
func osReason(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return describeCode("", int(errno)).text
	}
	return err.Error()
}

var keygenCommand = &command{
	name: "corosync-keygen", dialect: getopt, own: true, bad: exit.Error,
	options: []option{
		{long: "key-file", short: 'k', arity: value}, {long: "random-file", short: 'r', arity: value},
		{long: "less-secure", short: 'l'}, {long: "size", short: 's', arity: value}, {long: "help", short: 'h'},
	},
}

const keygenUsage = `Usage: corosync-keygen [-k <keyfile>] [-s size] [-r <randomfile>] [-l] [-h]
     -k / --key-file=<filename> - Write to this file instead of /etc/corosync/authkey.
     -r / --random-file=<filename> - Source of randomness. Default is /dev/urandom.
     -l / --less-secure - Accepted, no effect.
     -s / --size=<bytes> - Length of the key, 128 to 4096.
     -h / --help - Print this text.
`

// corosyncKeygen writes a new cluster key.
func corosyncKeygen(k *call) exit.Code {
	if k.has("help") {
		k.out.printf("%s", keygenUsage)
		return exit.OK
	}
	size := 256
	if s := k.get("size"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 128 || n > 4096 {
			k.out.note("corosync-keygen: Unsupported key size (supported <128,4096>)\n")
			return exit.Error
		}
		size = n
	}
	path, source := "/etc/corosync/authkey", "/dev/urandom"
	if f := k.get("key-file"); f != "" {
		path = f
	}
	if f := k.get("random-file"); f != "" {
		source = f
	}
	k.out.printf("Corosync Cluster Engine Authentication key generator.\nGathering %d bits for key from %s.\n", size*8, source)
	key, err := randomBytes(k.get("random-file"), size)
	if err != nil {
		k.out.note("corosync-keygen: Failed to open random source: %s", osReason(err))
		return exit.Error
	}
	if err := config.WriteKey(path, key, true); err != nil {
		why := osReason(err)
		if errors.Is(err, fs.ErrNotExist) {
			why = "No such file or directory"
		}
		k.out.note("corosync-keygen: Could not create %s: %s", path, why)
		return exit.InvalidParam
	}
	k.out.printf("Writing corosync key to %s.\n", path)
	return exit.OK
}

// randomBytes reads n bytes from a file, or from the system's generator for "".
func randomBytes(name string, n int) ([]byte, error) {
	key := make([]byte, n)
	if name == "" {
		rand.Read(key) // never fails: crypto/rand ends the process instead
		return key, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	_, err = io.ReadFull(f, key)
	return key, err
}

var cpgtoolCommand = &command{
	name: "corosync-cpgtool", dialect: getopt, own: true, bad: exit.Error,
	options: []option{{long: "d", short: 'd', arity: value}, {long: "e", short: 'e'}, {long: "n", short: 'n'}, {long: "h", short: 'h'}},
}

const cpgtoolUsage = `corosync-cpgtool [-d delimiter] [-e] [-n] [-h]

Lists process groups and their members. This engine has no process groups, so there are none to list.
`

// corosyncCpgtool prints the header: there are no process groups here.
func corosyncCpgtool(k *call) exit.Code {
	if k.has("h") {
		k.out.printf("%s", cpgtoolUsage)
		return exit.OK
	}
	if _, _, err := k.status(); err != nil {
		k.out.note("Could not initialize corosync cpg API error %d", csNumber(err))
		return exit.Error
	}
	switch d := k.get("d"); {
	case k.has("n"):
	case d != "":
		k.out.printf("%s\n", fmt.Sprintf("GRP_NAME%sPID%sNODEID", d, d))
	default:
		k.out.printf("Group Name\t       PID\t   Node ID\n")
	}
	return exit.OK
}
