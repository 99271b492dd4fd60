package tools

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/rule"
)

// load reads the input: the live cluster, a file, or standard input.
func (s *simulation) load() exit.Code {
	data, name, code := s.input()
	if code != exit.OK {
		return code
	}
	if s.doc == nil {
		doc, err := cib.Parse(data)
		if err != nil {
			s.out.note("%s: %v", name, err)
			return exit.Config
		}
		s.doc = doc
	}
	if code := s.upToDate(name); code != exit.OK {
		return code
	}
	return s.setTime()
}

func (s *simulation) input() (data []byte, name string, code exit.Code) {
	file := s.get("xml-file")
	var err error
	switch {
	case s.has("live-check"):
		if _, s.doc, err = s.call.load(); err != nil {
			s.out.fail("CIB query failed: %v", err)
			return nil, "", exit.NoInput
		}
		return nil, "CIB", exit.OK
	case file != "" && file != "-":
		data, name = nil, file
		data, err = os.ReadFile(file)
	default:
		name = "-"
		if data, err = io.ReadAll(s.In); err == nil && len(bytes.TrimSpace(data)) == 0 {
			s.out.fail("there is no input: name the cluster (--live-check), a file (--xml-file) or send a CIB to standard input (--xml-pipe)")
			return nil, "", exit.NoInput
		}
	}
	if err != nil {
		s.out.fail("Could not read the input: %v", err)
		return nil, "", exit.Software
	}
	return data, name, exit.OK
}

// upToDate brings old configurations to a schema that the scheduler reads, and refuses invalid ones.
func (s *simulation) upToDate(name string) exit.Code {
	if s.doc.Unchecked() {
		fmt.Fprintln(s.Err, "Schema validation of configuration is disabled (enabling is encouraged and prevents common misconfigurations)")
		return exit.OK
	}
	schema := s.doc.Schema()
	if rule.CompareVersions(strings.TrimPrefix(schema, "pacemaker-"), "3.0") < 0 {
		if err := s.doc.Upgrade(); err != nil {
			s.out.note("%s: %v", name, err)
			s.out.note("Cannot upgrade configuration (claiming schema %s) to at least pacemaker-3.0 because it does not validate with any schema from %s to %s", schema, schema, cib.LatestSchema)
			return exit.Config
		}
		return exit.OK
	}
	if problems := cib.Validate(s.doc); len(problems) > 0 {
		for _, p := range problems {
			s.out.note("%s", placed(name, p))
		}
		return exit.Config
	}
	return exit.OK
}

const utcClock = "2006-01-02 15:04:05Z"

// setTime decides what "now" is: as asked for, as the document says, else the clock.
func (s *simulation) setTime() exit.Code {
	s.now = s.Now()
	if text := s.get("set-datetime"); text != "" {
		t, err := rule.ParseTime(text, s.now)
		if err != nil {
			s.out.fail("--set-datetime: %v", err)
			return exit.Usage
		}
		s.now, s.nowLine = t.In(s.now.Location()), "Setting effective cluster time: "+text
		return exit.OK
	}
	if e := rule.ParseInt(s.doc.Root().SelectAttrValue("execution-date", "0")); e > 0 {
		s.now = time.Unix(int64(e), 0)
		s.nowLine = "Using the original execution date of: " + s.now.UTC().Format(utcClock)
	}
	return exit.OK
}
