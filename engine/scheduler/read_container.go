package scheduler

import (
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

func (r *Resource) addressElement(p *Replica) *etree.Element {
	b := r.Bundle
	e := newPrimitive(xmlID(r.ID+"-ip-"+p.Address), "ocf", "heartbeat", "IPaddr2")
	params := []namedValue{{"ip", p.Address}}
	params = appendSet(params, "nic", b.hostInterface)
	mask := b.netmask
	if mask == "" {
		mask = "32"
	}
	addPairs(e, "instance_attributes", append(params, namedValue{"cidr_netmask", mask}))
	addOp(e, "monitor", "60s", "")
	return e
}

func (r *Resource) containerElement(p *Replica) *etree.Element {
	b := r.Bundle
	e := newPrimitive(xmlID(r.ID+"-"+b.Agent+"-"+strconv.Itoa(p.Number)), "ocf", "heartbeat", b.Agent)
	opts, mounts := r.runOptions(p)
	params := []namedValue{{"image", b.Image}, {"allow_pull", "true"}, {"force_kill", "false"}, {"reuse", "false"},
		{"run_opts", opts}, {"mount_points", mounts}}
	switch {
	case b.runCommand != "":
		params = append(params, namedValue{"run_cmd", b.runCommand})
	case p.Child != nil:
		params = append(params, namedValue{"run_cmd", "/usr/sbin/pacemaker-remoted"})
	}
	addPairs(e, "instance_attributes", append(params, namedValue{"monitor_cmd", "/bin/true"}))
	addOp(e, "monitor", "60s", "")
	return e
}

// runOptions builds the container engine's options; every piece begins with a blank.
func (r *Resource) runOptions(p *Replica) (opts, mountPoints string) {
	b := r.Bundle
	rkt := b.Agent == "rkt"
	name := r.ID + "-" + strconv.Itoa(p.Number)
	var o strings.Builder
	put := func(parts ...string) {
		for _, s := range parts {
			o.WriteString(s)
		}
	}
	if b.Agent == "docker" {
		put(" --restart=no")
	}
	env := " -e "
	if rkt {
		env = " --environment="
	}
	if p.Address != "" || b.firstIP != "" {
		if rkt {
			put(" --hostname=", name)
		} else {
			put(" -h ", name)
		}
	}
	put(env, "PCMK_stderr=1")
	if b.network != "" {
		put(" --net=", b.network)
	}
	port := b.controlPort
	if port == "" {
		port = "3121"
	}
	put(env, "PCMK_remote_port=", port)
	mountPoints = b.mountOptions(put, name)
	b.portOptions(put, p.Address)
	if b.options != "" {
		put(" ", b.options)
	}
	put(" ", r.hostList())
	return o.String(), mountPoints
}

func (b *BundleData) mountOptions(put func(...string), name string) string {
	var points []string
	for i, m := range b.mounts {
		src := m.source
		if m.perReplica {
			src += "/" + name
			points = append(points, src)
		}
		if b.Agent == "rkt" {
			vol := "vol" + strconv.Itoa(i)
			put(" --volume ", vol, ",kind=host,source=", src)
			if m.options != "" {
				put(",", m.options)
			}
			put(" --mount volume=", vol, ",target=", m.target)
			continue
		}
		put(" -v ", src, ":", m.target)
		if m.options != "" {
			put(":", m.options)
		}
	}
	return strings.Join(points, ",")
}

func (b *BundleData) portOptions(put func(...string), address string) {
	for _, p := range b.ports {
		switch {
		case b.Agent == "rkt" && address != "":
			put(" --port=", p.to, ":", address, ":", p.from)
		case b.Agent == "rkt":
			put(" --port=", p.to, ":", p.from)
		case address != "":
			put(" -p ", address, ":", p.from, ":", p.to)
		case b.network != "host":
			put(" -p ", p.from, ":", p.to)
		}
	}
}

func (r *Resource) hostList() string {
	b := r.Bundle
	var o strings.Builder
	for _, p := range b.Replicas {
		if p.Address == "" {
			continue
		}
		name := r.ID + "-" + strconv.Itoa(p.Number)
		if b.Agent != "rkt" && b.addHost {
			o.WriteString(" --add-host=" + name + ":" + p.Address)
		} else {
			o.WriteString(" --hosts-entry=" + p.Address + "=" + name)
		}
	}
	return o.String()
}

// nextAddress counts an IPv4 address up; "" where there is none.
func nextAddress(ip string) string {
	parts := strings.Split(ip, ".")
	if len(parts) != 4 {
		return ""
	}
	third, _ := strconv.Atoi(parts[2])
	last, _ := strconv.Atoi(parts[3])
	if last > 253 {
		third++
		last = 1
	} else {
		last++
	}
	if third > 253 {
		return ""
	}
	return parts[0] + "." + parts[1] + "." + strconv.Itoa(third) + "." + strconv.Itoa(last)
}

// xmlID replaces what an XML id cannot hold.
func xmlID(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ':' || r == '#' {
			return '.'
		}
		return r
	}, s)
}
