package bootstrap

import (
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"quorate/engine/cib"
	"quorate/engine/config"
	"quorate/engine/exit"
)

// identityFlags are those that say who a machine is in its cluster.
type identityFlags struct {
	node  string
	addrs []string
}

func (i *identityFlags) define(f *pflag.FlagSet) {
	f.StringVar(&i.node, "node", "", "name of this node; the host name if not given")
	f.StringArrayVar(&i.addrs, "addr", nil, "address of this machine, one for each link")
}

func (i *identityFlags) name() (string, error) {
	if i.node != "" {
		return i.node, nil
	}
	return os.Hostname()
}

// links maps link numbers to the given addresses, which must be among own: those of this machine. Where none is
// given, fallback is taken; without one the error tells what there is to choose from.
func (i *identityFlags) links(own []netip.Addr, fallback string) (map[int]string, error) {
	addrs := i.addrs
	if len(addrs) == 0 && fallback != "" {
		addrs = []string{fallback}
	}
	if len(addrs) == 0 {
		return nil, &cib.Error{Code: exit.Usage, Text: "which address do the other nodes reach this machine at?",
			Hint: "add --addr IP (twice for two links)" + choices(own)}
	}
	links := map[int]string{}
	for n, text := range addrs {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil, cib.Errorf(exit.Usage, "--addr %s is not an IP address", text)
		}
		if !slices.Contains(own, a) {
			return nil, &cib.Error{Code: exit.Usage, Text: "this machine does not have the address " + text, Hint: "give --addr one of its own" + choices(own)}
		}
		links[n] = text
	}
	return links, nil
}

// onlyAddr is the one address that other machines can reach this one at; "" where there is none, or a choice.
func onlyAddr(own []netip.Addr) string {
	if reachable := global(own); len(reachable) == 1 {
		return reachable[0].String()
	}
	return ""
}

// global picks the addresses that are for other machines: IPv4 where there is any.
func global(own []netip.Addr) []netip.Addr {
	four := slices.DeleteFunc(slices.Clone(own), func(a netip.Addr) bool { return !a.IsGlobalUnicast() || !a.Is4() })
	if len(four) > 0 {
		return four
	}
	return slices.DeleteFunc(slices.Clone(own), func(a netip.Addr) bool { return !a.IsGlobalUnicast() })
}

func choices(own []netip.Addr) string {
	var names []string
	for _, a := range global(own) {
		names = append(names, a.String())
	}
	if len(names) == 0 {
		return ""
	}
	return ": it has " + strings.Join(names, ", ")
}

// foreign lists the addresses of a node that are not among own. Host names are not looked up.
func foreign(n config.Node, own []netip.Addr) []string {
	var list []string
	for _, link := range slices.Sorted(maps.Keys(n.Addrs)) {
		if a, err := netip.ParseAddr(n.Addrs[link]); err == nil && !a.IsLoopback() && !slices.Contains(own, a.Unmap().WithZone("")) {
			list = append(list, n.Addrs[link])
		}
	}
	return list
}

// addrTowards is the address of this machine from which it reaches another one; "" if there is no way to it.
// Nothing is sent.
func addrTowards(hostPort string) string {
	c, err := net.Dial("udp", hostPort)
	if err != nil {
		return ""
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap().String()
}

// localAddrs lists the addresses of this machine.
func localAddrs() []netip.Addr {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var list []netip.Addr
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			list = append(list, p.Addr())
		}
	}
	return list
}
