package config

// AddNode is Edit with one more node at the end of the node list.
func (c *Config) AddNode(n Node) (*Config, error) { return c.Edit(AddNode(n)) }

// RemoveNode is Edit without the node of that name (Node.DisplayName); it is no error if there is none.
func (c *Config) RemoveNode(name string) (*Config, error) {
	for _, n := range c.Nodes {
		if n.DisplayName() == name {
			return c.Edit(RemoveNode(n.ID))
		}
	}
	return c, nil
}
