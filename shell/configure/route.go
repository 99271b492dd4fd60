package configure

import (
	"bufio"
	"encoding/hex"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// RealRoute tells whether this machine has a route to the network of an address, other than the default
// route: from that the IPaddr agents infer the netmask. Where the routes cannot be read, it says yes.
func RealRoute(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return true // not an address: another check says so
	}
	file, parse := "/proc/net/route", parseRoute4
	if addr.Is6() && !addr.Is4In6() {
		file, parse = "/proc/net/ipv6_route", parseRoute6
	}
	f, err := os.Open(file)
	if err != nil {
		return true
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		if p, ok := parse(strings.Fields(sc.Text())); ok && p.Bits() > 0 && p.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// parseRoute4 reads a line of /proc/net/route: interface, destination, gateway, flags, …, mask (the 8th field); hex, low byte first.
func parseRoute4(f []string) (netip.Prefix, bool) {
	if len(f) < 8 || f[0] == "lo" {
		return netip.Prefix{}, false
	}
	dest, err1 := strconv.ParseUint(f[1], 16, 32)
	mask, err2 := strconv.ParseUint(f[7], 16, 32)
	if err1 != nil || err2 != nil {
		return netip.Prefix{}, false
	}
	bits := 0
	for m := mask; m != 0; m &= m - 1 {
		bits++
	}
	a := netip.AddrFrom4([4]byte{byte(dest), byte(dest >> 8), byte(dest >> 16), byte(dest >> 24)})
	return netip.PrefixFrom(a, bits), true
}

// parseRoute6 reads a line of /proc/net/ipv6_route: destination, prefix length in hex, …, interface (the last field).
func parseRoute6(f []string) (netip.Prefix, bool) {
	if len(f) < 10 || f[9] == "lo" || strings.HasPrefix(f[0], "ff") {
		return netip.Prefix{}, false
	}
	raw, err1 := hex.DecodeString(f[0])
	bits, err2 := strconv.ParseUint(f[1], 16, 8)
	if err1 != nil || err2 != nil || len(raw) != 16 {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(netip.AddrFrom16([16]byte(raw)), int(bits)), true
}
