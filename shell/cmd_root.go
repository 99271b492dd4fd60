package shell

// rootLevel is the top of the tree of commands.
func rootLevel() *Level {
	levels := []*Level{cibLevel(), clusterLevel(), configureLevel(), maintenanceLevel(), nodeLevel(), optionsLevel(), raLevel(), resourceLevel()}
	var own []*Command
	for _, l := range levels {
		own = append(own, &Command{Name: l.Name, Short: l.Short, Level: l})
	}
	return &Level{Short: "the top level", Commands: withShared(true, own...)}
}
