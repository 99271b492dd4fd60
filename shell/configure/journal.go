package configure

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

// journal is the file of pending commands: one JSON array a line, the command and its arguments. What
// reads files or calls programs is recorded by its result, so that replaying needs nothing else.
type journal struct {
	path    string
	file    *os.File
	entries [][]string // nil entries hold the place of commands that are not recorded
}

// add appends one command.
func (j *journal) add(entry []string) {
	j.entries = append(j.entries, entry)
	if j.path == "" || entry == nil {
		return
	}
	if j.file == nil {
		f, err := os.OpenFile(j.path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			j.path = "" // a journal is a comfort: the command itself went well
			return
		}
		j.file = f
	}
	line, _ := json.Marshal(entry) // strings only
	_, _ = j.file.Write(append(line, '\n'))
}

// drop takes back the newest command.
func (j *journal) drop() {
	if len(j.entries) == 0 {
		return
	}
	rest := j.entries[:len(j.entries)-1]
	j.clear()
	for _, e := range rest {
		j.add(e)
	}
}

// clear forgets all commands and removes the file that this journal wrote.
func (j *journal) clear() {
	if j.file != nil {
		_ = j.file.Close()
		_ = os.Remove(j.path)
	}
	j.file, j.entries = nil, nil
}

// Close removes the journal; pending changes are lost.
func (b *Buffer) Close() { b.journal.clear() }

// ReadJournal returns the commands of a session that ended without committing; none if there is no such file.
func ReadJournal(path string) ([][]string, error) {
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out [][]string
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 64<<20)
	for sc.Scan() {
		var e []string
		if json.Unmarshal(sc.Bytes(), &e) == nil && len(e) > 0 {
			out = append(out, e) // a line cut off by a crash is no command
		}
	}
	return out, sc.Err()
}

// Replay does the commands of a journal again. It goes on after a command that fails, and returns how many did.
func (b *Buffer) Replay(entries [][]string) (failed int) {
	for _, e := range entries {
		if err := b.replay(e[0], e[1:]); err != nil {
			if err != ErrReported {
				b.rep.Error("%v", err)
			}
			failed++
		}
	}
	return failed
}

func (b *Buffer) replay(command string, args []string) error {
	if need := map[string]int{"define": 1, "delete": 1, "rename": 2, "modgroup": 3, "set": 2, "load": 3, "edit": 2, "schema": 1}; len(args) < need[command] {
		return fmt.Errorf("journal: %s with %d arguments", command, len(args))
	}
	switch command {
	case "define":
		return b.Define(args[0])
	case "delete":
		force, _ := strconv.ParseBool(args[0])
		return b.Delete(args[1:], force)
	case "erase":
		return b.Erase(args)
	case "rename":
		return b.Rename(args[0], args[1])
	case "modgroup":
		return b.ModGroup(args)
	case "set":
		return b.Set(args[0], args[1])
	case "load":
		return b.loadText(args[0], args[1], args[2] == "xml", argAt(args, 3))
	case "edit":
		return b.applyEdit(args[0], args[1:])
	case "schema":
		return b.setSchema(args[0])
	case "default-timeouts":
		return b.DefaultTimeouts(args)
	case "assist-template":
		return b.AssistTemplate(args)
	case "assist-weak-bond":
		return b.AssistWeakBond(args)
	case "upgrade":
		return b.Upgrade(true)
	}
	return fmt.Errorf("journal: unknown command %q", command)
}

func argAt(args []string, i int) string {
	if i < len(args) {
		return args[i]
	}
	return ""
}
