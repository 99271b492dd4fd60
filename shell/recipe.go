package shell

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"github.com/beevik/etree"
)

// recipe is a template of the configure level: statements with %name where a value goes.
type recipe struct {
	name, short string
	params      []recipeParam
	text        string
}

// recipeParam is one value; without a default it must be given.
type recipeParam struct{ name, def, short string }

// recipes are the templates that come with the shell.
var recipes = []recipe{
	{"virtual-ip", "an address that moves with the service",
		[]recipeParam{{"id", "virtual-ip", "id of the resource"}, {"ip", "", "the address"}, {"cidr_netmask", "-", "its netmask"}, {"nic", "-", "the interface"}},
		"primitive %id ocf:heartbeat:IPaddr params ip=%ip cidr_netmask=%cidr_netmask nic=%nic"},
	{"filesystem", "a file system on a shared device",
		[]recipeParam{{"id", "filesystem", "id of the resource"}, {"device", "", "the block device"}, {"directory", "", "where it is mounted"}, {"fstype", "", "its type"}},
		"primitive %id ocf:heartbeat:Filesystem params device=%device directory=%directory fstype=%fstype"},
	{"web-server", "nginx behind an address that moves with it",
		[]recipeParam{{"id", "web", "id of the group"}, {"ip", "", "the address"}, {"cidr_netmask", "24", "its netmask"}, {"interval", "10s", "how often both are checked"}},
		"primitive %id-ip ocf:heartbeat:IPaddr2 params ip=%ip cidr_netmask=%cidr_netmask op monitor interval=%interval\n" +
			"primitive %id-server systemd:nginx op monitor interval=%interval\n" +
			"group %id %id-ip %id-server"},
}

// recipeConfig is a recipe with values, kept in a file of the person under its name.
type recipeConfig struct {
	recipe *recipe
	values map[string]string
}

func recipeNamed(name string) *recipe {
	for i := range recipes {
		if recipes[i].name == name {
			return &recipes[i]
		}
	}
	return nil
}

// param returns a parameter of the recipe, nil if it has none of that name.
func (r *recipe) param(name string) *recipeParam {
	for i := range r.params {
		if r.params[i].name == name {
			return &r.params[i]
		}
	}
	return nil
}

var (
	placeholder  = regexp.MustCompile(`%[a-z_]+`)
	absentSuffix = regexp.MustCompile(` [a-z_]+=-(\s|$)`)
)

// statements puts the values into the text. A parameter whose default is "-" is left out with its name.
func (c *recipeConfig) statements() (string, error) {
	var missing []string
	text := placeholder.ReplaceAllStringFunc(c.recipe.text, func(m string) string {
		p := c.recipe.param(m[1:])
		value, given := c.values[p.name]
		switch {
		case given:
			return quoteLine([]string{value})
		case p.def == "":
			missing = append(missing, p.name)
		}
		return p.def
	})
	if len(missing) > 0 {
		sort.Strings(missing)
		return "", fmt.Errorf("template %s needs values for: %s", c.recipe.name, strings.Join(missing, " "))
	}
	for absentSuffix.MatchString(text) {
		text = absentSuffix.ReplaceAllString(text, "$1")
	}
	return text + "\n", nil
}

// recipeDir is where the configurations made from templates are kept.
func recipeDir(getenv func(string) string) (string, error) {
	dir := getenv("XDG_CONFIG_HOME")
	if dir == "" && getenv("HOME") != "" {
		dir = filepath.Join(getenv("HOME"), ".config")
	}
	if dir == "" {
		return "", fmt.Errorf("there is no home directory to keep configurations in")
	}
	return filepath.Join(dir, "crm", "crmconf"), nil
}

// saveRecipe writes a configuration: the template's name, then a name=value a line.
func saveRecipe(path string, c *recipeConfig) error {
	var b strings.Builder
	b.WriteString(c.recipe.name + "\n")
	for _, p := range c.recipe.params {
		if v, ok := c.values[p.name]; ok {
			fmt.Fprintf(&b, "%s=%s\n", p.name, v)
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(b.String()), 0o600)
}

// loadRecipe reads what saveRecipe wrote.
func loadRecipe(path string) (*recipeConfig, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: no such configuration", filepath.Base(path))
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	c := &recipeConfig{recipe: recipeNamed(lines[0]), values: map[string]string{}}
	if c.recipe == nil {
		return nil, fmt.Errorf("%s:1: there is no template %q", path, lines[0])
	}
	for n, line := range lines[1:] {
		if err := c.set(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n+2, err)
		}
	}
	return c, nil
}

// set takes over one name=value.
func (c *recipeConfig) set(pair string) error {
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		return fmt.Errorf("%q: expected <name>=<value>", pair)
	}
	if c.recipe.param(name) == nil {
		return fmt.Errorf("template %s has no parameter %s", c.recipe.name, name)
	}
	c.values[name] = value
	return nil
}

// freeID appends a number to the id of the recipe while the configuration has that id already.
func (c *recipeConfig) freeID(root *etree.Element) {
	taken := newConfEdit(root).ids
	id, given := c.values["id"]
	if !given {
		id = c.recipe.param("id").def
	}
	free := id
	for n := 1; taken[free]; n++ {
		free = fmt.Sprintf("%s-%d", id, n)
	}
	c.values["id"] = free
}
