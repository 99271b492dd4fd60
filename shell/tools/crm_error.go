package tools

import (
	"fmt"
	"slices"
	"strconv"

	"quorate/engine/exit"
)

var errorCommand = &command{
	name: "crm_error", usage: "[OPTION…] [-- <rc> [<rc>...]]", formats: true,
	summary: "crm_error - name and description of the numbers that the cluster's tools return",
	options: []option{
		{long: "name", short: 'n', help: "Show the symbol of the number too"},
		{long: "list", short: 'l', help: "Show all numbers (default if none is given)"},
		{long: "exit", short: 'X', help: "The numbers are exit codes, not system errors"},
		{long: "rc", short: 'r', help: "The numbers are internal return codes, not system errors"},
	},
}

// crmError explains numbers, or lists them all.
func crmError(k *call) exit.Code {
	kind := ""
	for _, f := range k.flags {
		if f.name == "exit" || f.name == "rc" {
			kind = f.name
		}
	}
	if k.has("list") || len(k.words) == 0 {
		for _, c := range listCodes(kind) {
			if k.has("name") {
				k.out.printf("%5d: %-26s  %s\n", c.number, c.name, c.text)
			} else {
				k.out.printf("%5d: %s\n", c.number, c.text)
			}
			k.codeElement(c)
		}
		return exit.OK
	}
	for _, w := range k.words {
		n, err := strconv.Atoi(w)
		if err != nil {
			n = -1 // what the field's tool takes any other word for
			if kind == "" {
				n = 201
			}
		}
		c := describeCode(kind, n)
		if k.has("name") {
			k.out.printf("%s - ", c.name)
		}
		k.out.printf("%s\n", c.text)
		k.codeElement(c)
	}
	return exit.OK
}

func (k *call) codeElement(c namedCode) {
	attrs := []string{"code", strconv.Itoa(c.number)}
	if k.has("name") {
		attrs = append(attrs, "name", c.name)
	}
	k.out.element("result-code", append(attrs, "description", c.text)...)
}

// listCodes lists the codes of a kind: "exit", "rc" (which has the system's errors too) or "".
func listCodes(kind string) []namedCode {
	switch kind {
	case "exit":
		return exitSymbols
	case "rc":
		list := slices.Clone(internalCodes)
		for _, c := range sysCodes {
			if c.number < 200 {
				list = append(list, c)
			}
		}
		return list
	}
	return sysCodes
}

// describeCode finds the entry of a number, or says that it is unknown.
func describeCode(kind string, n int) namedCode {
	want := n
	if kind == "" && n < 0 {
		want = -n // negative system errors are how Pacemaker's functions return them
	}
	for _, c := range listCodes(kind) {
		if c.number == want {
			return namedCode{n, c.name, c.text}
		}
	}
	switch {
	case kind == "exit" && n > 128:
		return namedCode{n, "CRM_EX_UNKNOWN", "Interrupted by signal"}
	case kind == "exit":
		return namedCode{n, "CRM_EX_UNKNOWN", "Unknown exit status"}
	case n < 0 && kind == "rc":
		return namedCode{n, "Unknown", "Error"}
	}
	return namedCode{n, "Unknown", fmt.Sprintf("Unknown error %d", want)}
}
