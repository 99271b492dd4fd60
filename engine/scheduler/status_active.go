package scheduler

// active reports whether the resource runs somewhere that counts: the node is unclean, or
// online, or the resource is unmanaged. A group needs all its members, if asked for.
func (r *Resource) active(all bool) bool {
	if r.Kind == Primitives {
		for _, n := range r.RunningOn {
			if n.Unclean || !r.is(rManaged) || n.Online || r.is(rStartPending) {
				return true
			}
		}
		return false
	}
	for _, k := range r.Children {
		if k.active(all) != all {
			return !all
		}
	}
	return all
}

// Active reports whether the resource runs; all asks it of every member of a collection.
func (r *Resource) Active(all bool) bool { return r.active(all) }

// bundleAddr is the node name that stands for "#uname" in the address of a bundle's connection.
func (r *Resource) bundleAddr() string {
	if !r.is(rConnection) || r.container == nil || r.inBundle() == nil || r.parameters(nil)["addr"] != "#uname" {
		return ""
	}
	n := r.container.Assigned
	if n == nil {
		n = r.container.currentNode()
	}
	if n == nil {
		return ""
	}
	return n.Name
}
