package tools

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"quorate/engine/api"
	"quorate/engine/exit"
)

var cmapctlCommand = &command{
	name: "corosync-cmapctl", dialect: getopt, own: true, bad: exit.Error,
	options: []option{
		{long: "b", short: 'b'}, {long: "h", short: 'h'}, {long: "q", short: 'q'}, {long: "m", short: 'm', arity: value},
		{long: "s", short: 's'}, {long: "d", short: 'd'}, {long: "D", short: 'D'}, {long: "g", short: 'g'},
		{long: "t", short: 't'}, {long: "T", short: 'T'}, {long: "p", short: 'p', arity: value}, {long: "C", short: 'C', arity: value},
	},
}

const cmapctlUsage = `usage:  corosync-cmapctl [-b] [-DdghsqTCt] [-p filename] [-m map] [params...]

    -b                        show binary values
    -m icmap|stats            which map: configuration and state (default), or statistics
    [prefix...]               show all keys, or those that begin so
    [-q] -g key...            show keys (-q: values only)
    -s key type value         set a key; type is i8 u8 i16 u16 i32 u32 i64 u64 flt dbl str bin (bin: a file, - = stdin)
    -d key...                 delete keys
    -D prefix...              delete keys by prefix
    -p filename               lines "key type value" set, "^key" delete, "^^prefix" delete by prefix
    -t key, -T prefix         show changes until "q" is typed
    -C knet|ipc|totem|schedmiss|all   clear statistics

`

// cmapCall is one call of corosync-cmapctl.
type cmapCall struct {
	*call
	cluster api.Cluster
	stats   bool
}

func corosyncCmapctl(k *call) exit.Code {
	c, verb := &cmapCall{call: k}, ""
	for _, f := range k.flags {
		switch f.name {
		case "m":
			if f.value != "default" && f.value != "icmap" && f.value != "stats" {
				k.out.note("invalid map name, must be 'default', 'icmap' or 'stats'")
				return exit.Error
			}
			c.stats = f.value == "stats"
		case "C":
			if !slices.Contains([]string{"knet", "ipc", "totem", "schedmiss", "all"}, f.value) {
				k.out.note("argument to -C should be 'knet', 'totem', 'ipc', 'schedmiss' or 'all'")
				return exit.Error
			}
			verb = f.name
		case "b", "q":
		default:
			verb = f.name
		}
	}
	switch {
	case verb == "h":
		k.out.printf("%s", cmapctlUsage)
		return exit.OK
	case strings.Contains("sdDgtT", verb) && verb != "" && len(k.words) == 0:
		k.out.note("Expected key after options")
		return exit.Error
	}
	var err error
	if c.cluster, err = k.Live(); err == nil {
		_, err = c.cluster.Cmap(k.ctx, "totem.version")
	}
	if err != nil {
		k.out.note("Failed to initialize the cmap API. Error %s", csName(err))
		k.explain(err)
		return exit.Error
	}
	return c.run(verb)
}

func (c *cmapCall) run(verb string) exit.Code {
	switch verb {
	case "g":
		return c.show()
	case "s":
		if len(c.words) < 3 {
			c.out.note("At least 3 parameters are expected for set")
			return exit.Error
		}
		return c.set(c.words[0], c.words[1], c.words[2])
	case "d", "D":
		code := exit.OK
		for _, w := range c.words {
			if r := c.remove(w, verb == "D"); r != exit.OK {
				code = r
			}
		}
		return code
	case "p":
		return c.load(c.get("p"))
	case "t", "T":
		return c.track(verb == "T")
	case "C":
		c.out.note("Failed to clear statistics. Error CS_ERR_NOT_SUPPORTED: this engine counts since its start")
		return exit.Error
	}
	return c.list()
}

// entries returns the keys that begin with prefix, in byte order, of the map that is meant.
func (c *cmapCall) entries(prefix string) ([]api.CmapEntry, error) {
	all, err := c.cluster.Cmap(c.ctx, prefix)
	var list []api.CmapEntry
	for _, e := range all {
		if strings.HasPrefix(e.Key, prefix) && strings.HasPrefix(e.Key, "stats.") == c.stats {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b api.CmapEntry) int { return strings.Compare(a.Key, b.Key) })
	return list, err
}

// list prints all keys, or those of each prefix; no hit is exit code 1.
func (c *cmapCall) list() exit.Code {
	prefixes := c.words
	if len(prefixes) == 0 {
		prefixes = []string{""}
	}
	code := exit.OK
	for _, p := range prefixes {
		list, err := c.entries(p)
		if err != nil || len(list) == 0 {
			code = exit.Error
		}
		for _, e := range list {
			c.out.printf("%s\n", c.line(e))
		}
	}
	return code
}

func (c *cmapCall) show() exit.Code {
	code := exit.OK
	for _, key := range c.words {
		e, ok := c.find(key)
		switch {
		case !ok:
			c.out.note("Can't get key %s. Error CS_ERR_NOT_EXIST", key)
			code = exit.Error
		case c.has("q"):
			c.out.printf("%s\n", c.value(e))
		default:
			c.out.printf("%s\n", c.line(e))
		}
	}
	return code
}

func (c *cmapCall) find(key string) (api.CmapEntry, bool) {
	list, err := c.entries(key)
	if err == nil && len(list) > 0 && list[0].Key == key {
		return list[0], true
	}
	return api.CmapEntry{}, false
}

// line is how a key is shown.
func (c *cmapCall) line(e api.CmapEntry) string {
	if e.Type == "bin" && !c.has("b") {
		return e.Key + " (bin)"
	}
	return e.Key + " (" + e.Type + ") = " + c.value(e)
}

// value is how a value is shown: numbers with a fraction by six decimals, binary with its bytes escaped.
func (c *cmapCall) value(e api.CmapEntry) string {
	switch e.Type {
	case "flt", "dbl":
		if f, err := strconv.ParseFloat(e.Value, 64); err == nil {
			return strconv.FormatFloat(f, 'f', 6, 64)
		}
	case "bin":
		if e.Value == "" {
			return "*empty*"
		}
		var b strings.Builder
		for i := 0; i < len(e.Value); i++ {
			if ch := e.Value[i]; ch >= 0x20 && ch < 0x7f && ch != '\\' {
				b.WriteByte(ch)
			} else {
				fmt.Fprintf(&b, "\\x%02x", ch)
			}
		}
		return b.String()
	}
	return e.Value
}

// cmapBits are the sizes of the integer types; negative for signed ones.
var cmapBits = map[string]int{"i8": -8, "u8": 8, "i16": -16, "u16": 16, "i32": -32, "u32": 32, "i64": -64, "u64": 64, "flt": 0, "dbl": 0, "str": 0, "bin": 0}

// set checks the value against its type and sets the key.
func (c *cmapCall) set(key, typ, val string) exit.Code {
	bits, known := cmapBits[typ]
	var err error
	what := "integer"
	switch {
	case !known:
		c.out.note("Unknown type %s", typ)
		return exit.Error
	case bits < 0:
		_, err = strconv.ParseInt(val, 10, -bits)
	case bits > 0:
		_, err = strconv.ParseUint(val, 10, bits)
	case typ == "flt" || typ == "dbl":
		_, err = strconv.ParseFloat(val, 64)
		what = "float"
	case typ == "bin":
		val, err = c.readBinary(val)
	}
	if err != nil {
		c.out.note("%s is not valid %s %s", val, typ, what)
		return exit.Error
	}
	if !validCmapKey(key) {
		c.out.note("Failed to set key %s. Error CS_ERR_NAME_TOO_LONG", key)
		return exit.Error
	}
	if err := c.cluster.SetCmap(c.ctx, api.CmapEntry{Key: key, Type: typ, Value: val}); err != nil {
		c.out.note("Failed to set key %s. Error %s", key, csName(err))
		c.explain(err)
		return exit.Error
	}
	return exit.OK
}

func (c *cmapCall) readBinary(name string) (string, error) {
	if name == "-" {
		name = "/dev/stdin"
	}
	data, err := os.ReadFile(name)
	return string(data), err
}

// validCmapKey: 3 to 255 letters, digits and some marks.
func validCmapKey(key string) bool {
	if len(key) < 3 || len(key) > 255 {
		return false
	}
	for _, r := range key {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:", r) {
			return false
		}
	}
	return true
}

// remove deletes a key, or all with a prefix.
func (c *cmapCall) remove(key string, prefix bool) exit.Code {
	var keys []string
	if prefix {
		list, _ := c.entries(key) // none: nothing to delete
		for _, e := range list {
			keys = append(keys, e.Key)
		}
	} else if _, ok := c.find(key); ok {
		keys = append(keys, key)
	} else {
		c.out.note("Can't delete key %s. Error CS_ERR_NOT_EXIST", key)
		return exit.Error
	}
	for _, k := range keys {
		if err := c.cluster.SetCmap(c.ctx, api.CmapEntry{Key: k}); err != nil {
			c.out.note("Can't delete key %s. Error %s", k, csName(err))
			c.explain(err)
			return exit.Error
		}
	}
	return exit.OK
}

// load performs the lines of a file.
func (c *cmapCall) load(name string) exit.Code {
	file, err := os.Open(name)
	if err != nil {
		c.out.note("Can't open input file %s: %v", name, err)
		return exit.Error
	}
	defer file.Close()
	code := exit.OK
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		r := exit.OK
		switch {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(line, "^^"):
			r = c.remove(strings.TrimSpace(line[2:]), true)
		case line[0] == '^':
			r = c.remove(strings.TrimSpace(line[1:]), false)
		default:
			parts := strings.SplitN(line, " ", 3)
			if len(parts) < 3 {
				c.out.note("%s: a line needs key, type and value: %s", name, line)
				r = exit.Error
			} else {
				r = c.set(parts[0], parts[1], parts[2])
			}
		}
		if r != exit.OK {
			code = r
		}
	}
	if err := lines.Err(); err != nil {
		c.out.note("%s: %v", name, err)
		return exit.Error
	}
	return code
}

// track shows changes until "q" or the end of the input.
func (c *cmapCall) track(prefix bool) exit.Code {
	c.out.printf("Type \"q\" to finish\n")
	quit := make(chan struct{})
	go func() {
		defer close(quit)
		for in := bufio.NewScanner(c.In); in.Scan(); {
			if strings.HasPrefix(in.Text(), "q") {
				return
			}
		}
	}()
	old, err := c.tracked(prefix)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for err == nil {
		select {
		case <-quit:
			return exit.OK
		case <-c.ctx.Done():
			return exit.OK
		case <-tick.C:
		}
		var now map[string]api.CmapEntry
		if now, err = c.tracked(prefix); err == nil {
			for _, line := range c.changes(old, now) {
				c.out.printf("%s\n", line)
			}
			old = now
		}
	}
	c.out.note("Can't track changes. Error %s", csName(err))
	return exit.Error
}

func (c *cmapCall) tracked(prefix bool) (map[string]api.CmapEntry, error) {
	found := map[string]api.CmapEntry{}
	for _, w := range c.words {
		list, err := c.entries(w)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			if prefix || e.Key == w {
				found[e.Key] = e
			}
		}
	}
	return found, nil
}

// changes tells what is different, by key.
func (c *cmapCall) changes(old, now map[string]api.CmapEntry) []string {
	var lines []string
	for key, e := range now {
		was, there := old[key]
		switch {
		case !there:
			lines = append(lines, "create> "+c.line(e))
		case was != e:
			lines = append(lines, "modify> "+c.line(e))
		}
	}
	for key, e := range old {
		if _, there := now[key]; !there {
			lines = append(lines, "delete> "+c.line(e))
		}
	}
	slices.Sort(lines)
	return lines
}
