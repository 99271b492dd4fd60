package tools

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/scheduler"
	"quorate/shell/status"
)

var verifyCommand = &command{
	name: "crm_verify",
	summary: `Check a Pacemaker configuration for errors

Check the well-formedness of a complete Pacemaker XML configuration,
its conformance to the configured schema, and the presence of common
misconfigurations. Problems reported as errors must be fixed before the
cluster will work properly. It is left to the administrator to decide
whether to fix problems reported as warnings.`,
	formats: true,
	options: []option{
		{long: "live-check", short: 'L', help: "Check the configuration used by the running cluster"},
		{long: "xml-file", short: 'x', arity: value, hint: "FILE", help: "Check the configuration in the named file"},
		{long: "xml-pipe", short: 'p', help: "Check the configuration piped in via stdin"},
		{long: "xml-text", short: 'X', arity: value, hint: "XML", help: "Check the configuration in the supplied string"},
		{long: "save-xml", short: 'S', arity: value, hint: "FILE", help: "Save verified XML to named file"},
		{long: "quiet", short: 'q'},
	},
}

func crmVerify(k *call) exit.Code {
	doc, source, code := verifySource(k)
	if code != exit.OK {
		return code
	}
	if file := k.get("save-xml"); file != "" {
		if err := os.WriteFile(file, doc.Bytes(), 0o600); err != nil {
			k.out.fail("Could not save XML to %s: %v", file, unwrapped(err))
			return exit.CantCreate
		}
	}
	level := len(k.all("verbose"))
	errs, warnings := 0, 0
	tell := func(m scheduler.Message) {
		word, need := "error", 1
		switch m.Severity {
		case scheduler.Error:
			errs++
		case scheduler.Warning:
			word, need = "warning", 2
			warnings++
		case scheduler.Notice:
			word, need = "warning", 2
		}
		if level >= need {
			k.out.note("%s: %s", word, m.Text)
		}
	}
	if invalid := checkSchema(k, doc, source); invalid {
		tell(scheduler.Message{Severity: scheduler.Error, Text: "CIB did not pass schema validation"})
	} else if r, err := scheduler.Run(scheduler.Input{CIB: doc.Root(), Now: k.Now()}); err != nil {
		tell(scheduler.Message{Severity: scheduler.Error, Text: err.Error()})
	} else {
		for _, m := range r.Verify() {
			tell(m)
		}
		tellFailures(k, r.Cluster, level)
	}
	return verdict(k, errs, warnings, level)
}

// tellFailures tells what failed on nodes: not the configuration's fault as far as one can see, so it does not count.
func tellFailures(k *call, c *scheduler.Cluster, level int) {
	for _, f := range c.FailedOps {
		if f.Masked || f.Node == nil || f.Resource == nil {
			continue
		}
		a := func(name string) string { return f.Element.SelectAttrValue(name, "") }
		what := status.ResultText(f.RC)
		if reason := a("exit-reason"); reason != "" {
			what += ": " + reason
		}
		at := "unknown time"
		if t, err := strconv.ParseInt(a("last-rc-change"), 10, 64); err == nil && t > 0 {
			at = time.Unix(t, 0).In(k.Now().Location()).Format("Jan _2 15:04:05 2006")
		}
		operation := a("operation")
		if ms := a("interval"); operation == "monitor" && (ms == "0" || ms == "") {
			operation = "probe"
		}
		id := status.ShownID(f.Resource)
		source := fmt.Sprintf("| rc=%d id=%s", f.RC, a("id"))
		if level >= 2 {
			k.out.note("warning: Unexpected result (%s) was recorded for %s of %s on %s at %s %s", what, operation, id, f.Node.Name, at, source)
		}
		switch {
		case level < 1:
		case f.RC == notConfigured:
			k.out.note("error: Preventing %s from restarting anywhere because of fatal failure (%s) %s", id, what, source)
		case f.RC == noPermission:
			k.out.note("error: Preventing %s from restarting on %s because of hard failure (%s)%s", id, f.Node.Name, what, source)
		}
	}
}

// Results of agents that no retry can better: here, or anywhere.
const (
	noPermission  = 4
	notConfigured = 6
)

func verdict(k *call, errs, warnings, level int) exit.Code {
	switch {
	case errs > 0:
		k.out.fail("Errors found during check: config not valid")
	case warnings > 0:
		k.out.fail("Warnings found during check: config may not be valid")
	default:
		return exit.OK
	}
	if level == 0 {
		k.out.note("-V may provide more details")
	}
	return exit.Config
}

// verifySource reads what is to be checked, and says where it is from.
func verifySource(k *call) (*cib.Document, string, exit.Code) {
	var data []byte
	var err error
	source := ""
	switch {
	case k.has("live-check"):
		_, doc, err := k.load()
		if err != nil {
			k.out.fail("CIB query failed: %v", err)
			return nil, "", exit.NoInput
		}
		return doc, "", exit.OK
	case k.has("xml-file"):
		source = k.get("xml-file") + ":"
		data, err = os.ReadFile(k.get("xml-file"))
	case k.has("xml-text"):
		data = []byte(k.get("xml-text"))
	case k.has("xml-pipe"):
		data, err = io.ReadAll(k.In)
	default:
		k.out.fail("No configuration source specified.  Use --help for usage information.")
		return nil, "", exit.Error
	}
	if err != nil {
		k.out.fail("Couldn't parse input file: %s", k.get("xml-file"))
		return nil, "", exit.Error
	}
	return parseVerified(k, data, source)
}

func parseVerified(k *call, data []byte, source string) (*cib.Document, string, exit.Code) {
	if e, err := cib.ParseElement(string(data)); err == nil && e.Tag != "cib" {
		k.out.fail("This tool can only check complete configurations (i.e. those starting with <cib>).")
		return nil, "", exit.Protocol
	}
	doc, err := cib.Parse(data)
	if err != nil {
		k.out.note("%s%v", source, err)
		k.out.fail("Couldn't parse input")
		return nil, "", exit.Error
	}
	return doc, source, exit.OK
}

// checkSchema tells what the schema has against the document, after bringing an old one up to date.
func checkSchema(k *call, doc *cib.Document, source string) (invalid bool) {
	if doc.Unchecked() {
		k.out.note("Schema validation of configuration is disabled (enabling is encouraged and prevents common misconfigurations)")
		return false
	}
	problems := cib.Validate(doc)
	for _, p := range problems {
		k.out.note("%s", placed(strings.TrimSuffix(source, ":"), p))
	}
	if len(problems) > 0 {
		return true
	}
	if err := doc.Upgrade(); err != nil {
		k.out.note("%s%v", source, err)
		return true
	}
	return false
}

// placed says where a problem is: "FILE:LINE: PATH: TEXT", with what is known of it.
func placed(file string, p cib.Problem) string {
	where := file
	if p.Line > 0 {
		if where != "" {
			where += ":"
		}
		where += strconv.Itoa(p.Line)
	}
	if where != "" {
		where += ": "
	}
	return where + p.Path + ": " + p.Text
}
