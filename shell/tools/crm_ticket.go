package tools

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/rule"
)

var ticketCommand = &command{
	name:    "crm_ticket",
	summary: "crm_ticket - query and change the tickets of a multi-site cluster",
	options: []option{
		{long: "info", short: 'l', help: "List tickets"},
		{long: "details", short: 'L', help: "List tickets with all their attributes"},
		{long: "raw", short: 'w', help: "List the ids of tickets"},
		{long: "query-xml", short: 'q', help: "Show the state of tickets as XML"},
		{long: "constraints", short: 'c', help: "Show the constraints that name tickets"},
		{long: "grant", short: 'g', help: "Grant the ticket to this site"},
		{long: "revoke", short: 'r', help: "Revoke the ticket from this site"},
		{long: "standby", short: 's', help: "Stop what depends on the ticket gracefully"},
		{long: "activate", short: 'a', help: "End standby"},
		{long: "get-attr", short: 'G', arity: value, hint: "ATTRIBUTE", help: "Show an attribute of the ticket"},
		{long: "set-attr", short: 'S', arity: value, hint: "ATTRIBUTE", help: "Set an attribute of the ticket (-v)"},
		{long: "delete-attr", short: 'D', arity: value, hint: "ATTRIBUTE", help: "Delete an attribute of the ticket"},
		{long: "cleanup", short: 'C', help: "Forget the ticket at this site"},
		{long: "attr-value", short: 'v', arity: value, hint: "VALUE", help: "Value for -S"},
		{long: "default", short: 'd', arity: value, hint: "VALUE", help: "What -G shows if there is none"},
		{long: "force", short: 'f', help: "Do what is considered dangerous"},
		{long: "ticket", short: 't', arity: value, hint: "ID", help: "Ticket"},
		{long: "set-name", short: 'n', arity: value},
		{long: "nvpair", short: 'i', arity: value},
		{long: "quiet", short: 'Q', help: "Print only the value"},
		{long: "get-attr-value", arity: value, same: "get-attr"},
	},
}

// ticketVerbs are the commands of crm_ticket; the last one on the line wins.
var ticketVerbs = map[string]func(*tickets) exit.Code{
	"info": (*tickets).list, "details": (*tickets).list, "raw": (*tickets).list,
	"query-xml": (*tickets).state, "constraints": (*tickets).constraints,
	"grant": (*tickets).change, "revoke": (*tickets).change, "standby": (*tickets).change,
	"activate": (*tickets).change, "set-attr": (*tickets).change, "delete-attr": (*tickets).change,
	"get-attr": (*tickets).attribute, "cleanup": (*tickets).cleanup,
}

// tickets is one call of crm_ticket.
type tickets struct {
	*call
	cluster api.Cluster
	doc     *cib.Document
	verb    string
	arg     string // value of the command's option
	id      string
}

func crmTicket(k *call) exit.Code {
	t := &tickets{call: k, id: k.get("ticket")}
	for _, f := range k.flags {
		if _, ok := ticketVerbs[f.name]; ok {
			t.verb, t.arg = f.name, f.value
		}
	}
	if t.verb == "" {
		k.out.fail("Must supply a command")
		return exit.Usage
	}
	var err error
	if t.cluster, t.doc, err = k.load(); err != nil {
		k.out.fail("Could not connect to the CIB: %s", reason(err))
		return codeOf(err)
	}
	return ticketVerbs[t.verb](t)
}

// states returns the ticket_state elements, by ticket.
func (t *tickets) states() map[string]*etree.Element {
	found := map[string]*etree.Element{}
	if status := t.doc.Section("status"); status != nil {
		for _, e := range status.FindElements("tickets/ticket_state") {
			found[e.SelectAttrValue("id", "")] = e
		}
	}
	return found
}

// list prints one line a ticket: those with a state and those that constraints name.
func (t *tickets) list() exit.Code {
	states := t.states()
	if c := t.doc.Section("constraints"); c != nil {
		for _, e := range c.SelectElements("rsc_ticket") {
			if id := e.SelectAttrValue("ticket", ""); states[id] == nil {
				states[id] = newElement("ticket_state", "id", id)
			}
		}
	}
	if t.id != "" && states[t.id] == nil {
		t.out.fail("No such ticket '%s'", t.id)
		return exit.NoSuch
	}
	var ids []string
	for id := range states {
		if t.id == "" || t.id == id {
			ids = append(ids, id)
		}
	}
	sort.Strings(ids)
	for _, id := range ids {
		if t.verb == "raw" {
			t.out.printf("%s\n", id)
			continue
		}
		t.out.printf("%s\n", ticketLine(states[id], t.verb == "details"))
	}
	return exit.OK
}

// ticketLine is how a ticket is listed; details adds every attribute.
func ticketLine(e *etree.Element, details bool) string {
	word, standby := "revoked", ""
	if rule.IsTrue(e.SelectAttrValue("granted", "")) {
		word = "granted"
	}
	if rule.IsTrue(e.SelectAttrValue("standby", "")) {
		standby = "[standby]"
	}
	line := e.SelectAttrValue("id", "") + "\t" + word + pad(" ", standby, 10)
	if !details {
		if last := e.SelectAttrValue("last-granted", ""); last != "" {
			line += " last-granted='" + ticketTime(last) + "'"
		}
		return line
	}
	var parts []string
	for _, a := range e.Attr {
		switch a.Key {
		case "id":
		case "last-granted":
			parts = append(parts, "last-granted='"+ticketTime(a.Value)+"'")
		default:
			parts = append(parts, a.Key+"="+a.Value)
		}
	}
	if len(parts) > 0 {
		line += " (" + strings.Join(parts, ", ") + ")"
	}
	return line
}

// pad is before and text, filled with blanks to a width.
func pad(before, text string, width int) string {
	return before + text + strings.Repeat(" ", max(0, width-len(before)-len(text)))
}

func ticketTime(epoch string) string {
	n, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return epoch
	}
	return time.Unix(n, 0).Format("Mon Jan _2 15:04:05 2006")
}

// state prints the state of one ticket or of all.
func (t *tickets) state() exit.Code {
	e := t.states()[t.id]
	if t.id == "" {
		if status := t.doc.Section("status"); status != nil {
			e = status.SelectElement("tickets")
		}
	}
	if e == nil {
		t.out.fail("Could not query ticket XML: %s", reasons[exit.NoSuch])
		return exit.NoSuch
	}
	t.out.printf("State XML:\n\n")
	fmt.Fprint(t.Out, cib.XML(e, true))
	return exit.OK
}

// constraints prints the constraints of one ticket or of all.
func (t *tickets) constraints() exit.Code {
	var found []*etree.Element
	if c := t.doc.Section("constraints"); c != nil {
		for _, e := range c.SelectElements("rsc_ticket") {
			if t.id == "" || e.SelectAttrValue("ticket", "") == t.id {
				found = append(found, e.Copy())
			}
		}
	}
	if len(found) == 0 {
		t.out.fail("Could not show ticket constraints: %s", reasons[exit.NoSuch])
		return exit.NoSuch
	}
	t.out.printf("Constraints XML:\n\n")
	if len(found) > 1 {
		all := newElement("xpath-query")
		for _, e := range found {
			all.AddChild(e)
		}
		found = []*etree.Element{all}
	}
	fmt.Fprint(t.Out, cib.XML(found[0], true))
	return exit.OK
}

func (t *tickets) attribute() exit.Code {
	if t.id == "" {
		return t.noID()
	}
	if e := t.states()[t.id]; e != nil {
		if a := e.SelectAttr(t.arg); a != nil {
			t.out.printf("%s\n", a.Value)
			return exit.OK
		}
	}
	if t.has("default") {
		t.out.printf("%s\n", t.get("default"))
		return exit.OK
	}
	return exit.NoSuch
}

func (t *tickets) noID() exit.Code {
	t.out.fail("Must supply ticket ID with -t")
	return exit.Usage
}

// change sets or deletes attributes of the ticket's state.
func (t *tickets) change() exit.Code {
	name, val := t.arg, t.get("attr-value")
	switch t.verb {
	case "grant", "revoke":
		name, val = "granted", strconv.FormatBool(t.verb == "grant")
	case "standby", "activate":
		name, val = "standby", strconv.FormatBool(t.verb == "standby")
	}
	switch {
	case t.id == "":
		return t.noID()
	case t.verb == "set-attr" && !t.has("attr-value"):
		t.out.fail("Must supply value with -v for -S %s", name)
		return exit.Usage
	}
	if name == "granted" && !t.allowed(val) {
		t.out.fail("Ticket modification not allowed")
		return exit.InsufficientPr
	}
	old := t.states()[t.id]
	if t.verb == "delete-attr" {
		if old == nil || old.SelectAttr(name) == nil {
			return exit.OK
		}
		e := old.Copy()
		e.RemoveAttr(name)
		return t.done(t.perform(t.cluster, cib.Request{Op: cib.OpReplace, Section: "status", XML: cib.XML(e, false)}))
	}
	if old != nil && old.SelectAttrValue(name, "") == val {
		return exit.OK
	}
	e := newElement("ticket_state", "id", t.id, name, val)
	if name == "granted" && rule.IsTrue(val) {
		e.CreateAttr("last-granted", strconv.FormatInt(t.Now().Unix(), 10))
	}
	return t.write(e)
}

// write merges the state into the status.
func (t *tickets) write(e *etree.Element) exit.Code {
	status := newElement("status")
	status.CreateElement("tickets").AddChild(e)
	return t.done(t.perform(t.cluster, cib.Request{Op: cib.OpModify, Section: "status", XML: cib.XML(status, false), AllowCreate: true}))
}

func (t *tickets) done(err error) exit.Code {
	if err != nil {
		t.out.fail("Could not change ticket '%s': %s", t.id, reason(err))
	}
	return codeOf(err)
}

// allowed reports whether a ticket may be granted or revoked by hand, and says what to know before.
func (t *tickets) allowed(granted string) bool {
	if t.has("force") {
		return true
	}
	if rule.IsTrue(granted) {
		t.out.printf("This command cannot help you verify whether '%s' has been already granted elsewhere.\n"+
			"If you really want to grant '%s' to this site now, and you know what you are doing,\nplease specify --force.\n", t.id, t.id)
		return false
	}
	t.out.printf("Revoking '%s' can trigger the specified 'loss-policy'(s) relating to '%s'.\n\n"+
		"You can check that with:\ncrm_ticket --ticket %s --constraints\n\n"+
		"Otherwise before revoking '%s', you may want to make '%s' standby with:\ncrm_ticket --ticket %s --standby\n\n"+
		"If you really want to revoke '%s' from this site now, and you know what you are doing,\nplease specify --force.\n",
		t.id, t.id, t.id, t.id, t.id, t.id, t.id)
	return false
}

// cleanup forgets the ticket; one that is granted only with --force.
func (t *tickets) cleanup() exit.Code {
	if t.id == "" {
		return t.noID()
	}
	e := t.states()[t.id]
	if e == nil {
		t.out.fail("Could not clean up ticket: %s", reasons[exit.NoSuch])
		return exit.NoSuch
	}
	if rule.IsTrue(e.SelectAttrValue("granted", "")) && !t.allowed("false") {
		return exit.InsufficientPr
	}
	err := t.perform(t.cluster, cib.Request{Op: cib.OpDelete, Section: "status", XML: cib.XML(newElement("ticket_state", "id", t.id), false)})
	if err == nil {
		t.out.printf("Cleaned up %s\n", t.id)
	}
	return t.done(err)
}
