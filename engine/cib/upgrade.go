package cib

import (
	"slices"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/exit"
)

// LatestSchema is the newest schema that we know and write.
const LatestSchema = "pacemaker-3.9"

// oldestUsable is the oldest schema that the cluster runs with.
const oldestUsable = "pacemaker-3.0"

// Upgrade brings the configuration to the newest schema it conforms to, as `cibadmin --upgrade` does,
// without raising the version. It changes nothing where the schema is "none", absent or the latest. A
// document that does not conform to the schema it names, or to none that is usable, is refused with exit.Config.
func (d *Document) Upgrade() error {
	t := &edit{doc: d}
	err := t.upgrade()
	if err == nil && !d.Unchecked() && schemaNumber(d.Schema()) < schemaNumber(oldestUsable) {
		err = Errorf(exit.Config, "cannot upgrade past %s: %s", d.Schema(), ValidateWith(d, oldestUsable)[0])
	}
	if err != nil {
		t.rollback()
	}
	return err
}

// performUpgrade also starts a new admin_epoch, so that no older copy overrules the result.
func performUpgrade(t *edit, _ *Request) error {
	before := t.doc.Version()
	if err := t.upgrade(); err != nil || !t.changed() {
		return err
	}
	t.doc.setVersion(t, Version{AdminEpoch: before.AdminEpoch + 1, Epoch: 1, NumUpdates: 1})
	return nil
}

func (t *edit) upgrade() error {
	from := t.doc.Schema()
	if t.doc.Unchecked() || schemaNumber(from) >= schemaNumber(LatestSchema) && schemaFor(from) != nil {
		return nil
	}
	if schemaFor(from) == nil {
		return Errorf(exit.Config, "cannot upgrade: the schema %q is not known", from)
	}
	if err := t.doc.Conforms(); err != nil {
		if newer := t.newerConforming(from); newer != "" {
			t.setAttr(t.doc.root, "validate-with", newer)
			return t.upgrade()
		}
		return err
	}
	if schemaNumber(from) < schemaNumber("2.0") {
		t.upgradeACLs()
	}
	if schemaNumber(from) < schemaNumber("3.0") {
		t.upgradeTo3()
	}
	all := Schemas()
	for i := slices.Index(all, LatestSchema); i >= 0; i-- {
		if len(ValidateWith(t.doc, all[i])) == 0 {
			t.setAttr(t.doc.root, "validate-with", all[i])
			return nil
		}
	}
	return Errorf(exit.Config, "cannot upgrade from %s: the result conforms to no schema", from)
}

// newerConforming is the first schema after an old one that the document conforms to, "" if there is
// none: old documents may say what came later, and are then not rewritten for what came between.
func (t *edit) newerConforming(from string) string {
	if schemaNumber(from) >= schemaNumber("3.0") {
		return ""
	}
	for _, s := range Schemas() {
		if n := schemaNumber(s); n > schemaNumber(from) && n <= schemaNumber(LatestSchema) && len(ValidateWith(t.doc, s)) == 0 {
			return s
		}
	}
	return ""
}

// each calls f for every element of the configuration with one of the tags, which f may change or remove.
func (t *edit) each(f func(*etree.Element), tags ...string) {
	var list []*etree.Element
	var walk func(*etree.Element)
	walk = func(e *etree.Element) {
		for _, c := range e.ChildElements() {
			if slices.Contains(tags, c.Tag) {
				list = append(list, c)
			}
			walk(c)
		}
	}
	if c := child(t.doc.root, "configuration"); c != nil {
		walk(c)
	}
	for _, e := range list {
		f(e)
	}
}

func (t *edit) add(parent *etree.Element, tag string, attrs ...string) *etree.Element {
	e := etree.NewElement(tag)
	for i := 0; i < len(attrs); i += 2 {
		e.CreateAttr(attrs[i], attrs[i+1])
	}
	t.insert(parent, -1, e)
	return e
}

// upgradeACLs writes the ACLs of 1.x in the form of 2.0: users become targets that have roles, and
// rights that were given to a user directly get a role of their own.
func (t *edit) upgradeACLs() {
	t.each(func(user *etree.Element) {
		target := etree.NewElement("acl_target")
		target.CreateAttr("id", attr(user, "id"))
		own := etree.NewElement("acl_role")
		own.CreateAttr("id", "auto-"+attr(user, "id"))
		for _, c := range user.ChildElements() {
			if c.Tag == "role_ref" {
				target.CreateElement("role").CreateAttr("id", attr(c, "id"))
			} else {
				own.AddChild(copyElement(c))
			}
		}
		parent, position := user.Parent(), user.Index()
		t.replace(user, target)
		if len(own.Child) > 0 {
			target.CreateElement("role").CreateAttr("id", attr(own, "id"))
			t.insert(parent, position+1, own)
		}
	}, "acl_user")
	t.each(func(right *etree.Element) {
		if right.Parent().Tag == "acl_role" {
			t.replace(right, permission(right))
		}
	}, "read", "write", "deny")
}

// permission is one right of 1.x as an <acl_permission>.
func permission(old *etree.Element) *etree.Element {
	p := etree.NewElement("acl_permission")
	p.CreateAttr("id", attr(old, "id"))
	p.CreateAttr("kind", old.Tag)
	attribute := attr(old, "attribute")
	switch {
	case attr(old, "xpath") != "" && attribute != "":
		p.CreateAttr("xpath", attr(old, "xpath")+"[@"+attribute+"]")
	case attr(old, "xpath") != "":
		p.CreateAttr("xpath", attr(old, "xpath"))
	case attr(old, "ref") != "":
		p.CreateAttr("reference", attr(old, "ref"))
	default:
		p.CreateAttr("object-type", attr(old, "tag"))
		if attribute != "" {
			p.CreateAttr("attribute", attribute)
		}
	}
	return p
}

// newOptions are the cluster options that 3.0 calls otherwise. "" means that the option is gone; a
// name with a section before the slash went to those defaults.
var newOptions = map[string]string{
	"cluster_recheck_interval": "cluster-recheck-interval", "dc_deadtime": "dc-deadtime",
	"election_timeout": "election-timeout", "no_quorum_policy": "no-quorum-policy",
	"remove_after_stop": "remove-after-stop", "shutdown_escalation": "shutdown-escalation",
	"startup_fencing": "startup-fencing", "stonith_action": "stonith-action", "stonith_enabled": "stonith-enabled",
	"stop_orphan_actions": "stop-orphan-actions", "stop_orphan_resources": "stop-orphan-resources",
	"symmetric_cluster": "symmetric-cluster", "transition_idle_timeout": "cluster-delay",
	"default-resource-stickiness": "rsc_defaults/resource-stickiness",
	"default_resource_stickiness": "rsc_defaults/resource-stickiness",
	"is-managed-default":          "rsc_defaults/is-managed", "is_managed_default": "rsc_defaults/is-managed",
	"default-action-timeout": "op_defaults/timeout", "default_action_timeout": "op_defaults/timeout",
	"default-migration-threshold": "", "default_migration_threshold": "",
	"default-resource-failure-stickiness": "", "default_resource_failure_stickiness": "",
	"expected-quorum-votes": "", "notification-agent": "", "notification-recipient": "",
}

// upgradeTo3 does what separates 2.10 from 3.0.
func (t *edit) upgradeTo3() {
	var moved []movedOption
	t.each(func(set *etree.Element) { moved = append(moved, t.upgradeOptions(set)...) }, "cluster_property_set")
	for _, section := range []string{"op_defaults", "rsc_defaults"} {
		for _, m := range moved {
			if m.section == section {
				t.addDefault(section, m.name, m.pair)
			}
		}
	}
	t.each(func(node *etree.Element) {
		if attr(node, "type") == "normal" {
			t.setAttr(node, "type", "member")
		}
	}, "node")
	t.each(func(c *etree.Element) {
		t.dropAttr(c, "score-attribute")
		t.dropAttr(c, "score-attribute-mangle")
	}, "rsc_colocation")
	t.each(func(resource *etree.Element) {
		t.upgradeParameters(resource)
		t.upgradeIsolation(resource)
		t.upgradeOperations(resource)
	}, "primitive", "template")
}

// movedOption is a cluster option that becomes a default.
type movedOption struct {
	section, name string
	pair          *etree.Element
}

// upgradeOptions renames and drops cluster options and returns those that become defaults, which one
// under a rule does not; a set without any left is dropped.
func (t *edit) upgradeOptions(set *etree.Element) (defaults []movedOption) {
	if attr(set, "id-ref") != "" {
		return nil
	}
	for _, nv := range set.ChildElements() {
		if nv.Tag != "nvpair" || attr(nv, "name") == "" {
			continue
		}
		name, listed := newOptions[attr(nv, "name")]
		section, moved, isMove := strings.Cut(name, "/")
		switch {
		case attr(nv, "name") == "cluster-infrastructure" && oldInfrastructure[attr(nv, "value")], listed && name == "":
			t.remove(nv)
		case isMove:
			t.remove(nv)
			if child(set, "rule") == nil {
				defaults = append(defaults, movedOption{section, moved, nv})
			}
		case listed:
			t.setAttr(nv, "name", name)
		}
	}
	if child(set, "nvpair") == nil {
		t.remove(set)
	}
	return defaults
}

var oldInfrastructure = map[string]bool{"heartbeat": true, "openais": true, "classic openais": true,
	"classic openais (with plugin)": true, "cman": true}

// addDefault puts a former cluster option into the first set of rsc_defaults or op_defaults, unless
// that has one of the name which it did not get from here. Where the section is there and has no set,
// the option is lost, as the transformation of Pacemaker has it.
func (t *edit) addDefault(section, name string, nv *etree.Element) {
	parent := t.doc.Section(section)
	made := "_2TO3_-" + strings.ReplaceAll(section, "_", "-")
	if parent == nil {
		var err error
		if parent, err = t.scope(&Request{Section: section}, true); err != nil {
			return
		}
		t.add(parent, "meta_attributes", "id", made)
	}
	set := child(parent, "meta_attributes")
	if set == nil {
		return
	}
	if attr(set, "id") == made || namedPair(set, name) == nil {
		t.add(set, "nvpair", "id", attr(nv, "id"), "name", name, "value", attr(nv, "value"))
	}
}

// namedPair returns the nvpair with that name in a set, or nil.
func namedPair(set *etree.Element, name string) *etree.Element {
	for _, nv := range set.ChildElements() {
		if nv.Tag == "nvpair" && attr(nv, "name") == name {
			return nv
		}
	}
	return nil
}

// upgradeParameters renames pcmk_ACTION_cmd to pcmk_ACTION_action, and makes of a pcmk_arg_map that
// starts with the port a pcmk_host_argument; other maps are gone.
func (t *edit) upgradeParameters(resource *etree.Element) {
	for _, set := range resource.SelectElements("instance_attributes") {
		had := false
		for _, nv := range set.SelectElements("nvpair") {
			name := attr(nv, "name")
			action, isCommand := strings.CutSuffix(name, "_cmd")
			argument, port := strings.CutPrefix(attr(nv, "value"), "port:")
			switch {
			case isCommand && slices.Contains([]string{"pcmk_list", "pcmk_monitor", "pcmk_off", "pcmk_on", "pcmk_reboot", "pcmk_status"}, action):
				t.setAttr(nv, "name", action+"_action")
			case name == "pcmk_arg_map" && port && attr(resource, "class") == "stonith":
				t.setAttr(nv, "name", "pcmk_host_argument")
				t.setAttr(nv, "value", argument)
			case name == "pcmk_arg_map":
				t.remove(nv)
				had = true
			}
		}
		if had && len(set.ChildElements()) == 0 {
			t.remove(set)
		}
	}
}

// upgradeIsolation stops resources that were to run isolated, which nothing can do any more: where the
// set begins with such an attribute, as the transformation of Pacemaker has it, else it is dropped.
func (t *edit) upgradeIsolation(resource *etree.Element) {
	for _, set := range resource.SelectElements("meta_attributes") {
		for i, nv := range set.SelectElements("nvpair") {
			switch name := attr(nv, "name"); {
			case name != "isolation" && !strings.HasPrefix(name, "isolation-"):
			case i > 0:
				t.remove(nv)
			default:
				t.setAttr(nv, "name", "target-role")
				t.setAttr(nv, "value", "Stopped")
			}
		}
	}
}

// operationOptions are the parameters of operations that 3.0 has as their meta attributes.
var operationOptions = []string{"interval-origin", "start-delay", "enabled", "on-fail", "record-pending", "role", "timeout"}

// requirement is a "requires" of an operation, which 3.0 has as a meta attribute of the resource. The
// highest rank counts: an attribute before a meta attribute before a parameter, the last of a rank.
type requirement struct {
	rank               int
	set, pair, setting string // ids for the resource's set and pair, and the value
}

// upgradeOperations moves "requires" of operations that start something to a resource without one and
// drops it elsewhere, and moves options among the parameters of an operation to its meta attributes.
func (t *edit) upgradeOperations(resource *etree.Element) {
	operations := child(resource, "operations")
	if operations == nil {
		return
	}
	var found requirement
	for _, op := range operations.SelectElements("op") {
		r := t.takeRequires(resource, op)
		for _, set := range op.SelectElements("instance_attributes") {
			t.upgradeOperationParameters(op, set)
		}
		if name := attr(op, "name"); (name == "start" || name == "promote") && r.rank > 0 && r.rank >= found.rank {
			found = r
		}
	}
	for _, set := range resource.SelectElements("meta_attributes") {
		if namedPair(set, "requires") != nil {
			return
		}
	}
	if found.rank > 0 {
		set := t.add(resource, "meta_attributes", "id", found.set)
		t.add(set, "nvpair", "id", found.pair, "name", "requires", "value", found.setting)
	}
}

// takeRequires removes "requires" from an operation, wherever it stands, and returns the one that counts.
func (t *edit) takeRequires(resource, op *etree.Element) (found requirement) {
	for i, tag := range []string{"instance_attributes", "meta_attributes"} {
		for _, set := range op.SelectElements(tag) {
			for nv := namedPair(set, "requires"); nv != nil; nv = namedPair(set, "requires") {
				found = requirement{i + 1, "_2TO3_" + attr(set, "id"), attr(nv, "id"), attr(nv, "value")}
				t.remove(nv)
				t.dropEmptySet(set)
			}
		}
	}
	if requires := attr(op, "requires"); requires != "" {
		t.dropAttr(op, "requires")
		found = requirement{3, "_2TO3_" + attr(resource, "id") + "-meta", "_2TO3_" + attr(op, "id") + "-meta-requires", requires}
	}
	return found
}

func (t *edit) upgradeOperationParameters(op, set *etree.Element) {
	for _, nv := range set.SelectElements("nvpair") {
		if slices.Contains(operationOptions, attr(nv, "name")) {
			meta := child(op, "meta_attributes")
			if meta == nil {
				meta = t.add(op, "meta_attributes", "id", "_2TO3_"+attr(op, "id")+"-meta")
			}
			t.remove(nv)
			t.insert(meta, -1, nv)
		}
	}
	t.dropEmptySet(set)
}

func (t *edit) dropEmptySet(set *etree.Element) {
	if len(set.ChildElements()) == 0 && attr(set, "id-ref") == "" {
		t.remove(set)
	}
}
