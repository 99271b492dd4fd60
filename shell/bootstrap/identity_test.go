package bootstrap

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"quorate/engine/config"
)

func TestLinksOfThisMachine(t *testing.T) {
	one := parseAddrs("127.0.0.1 ::1 10.0.0.5 fe80::1 fd00::5")
	two := parseAddrs("127.0.0.1 10.0.0.5 10.1.0.5")
	six := parseAddrs("::1 fe80::1 fd00::5")
	tests := []struct {
		own      []netip.Addr
		addrs    string
		fallback string
		want     string // links, or the error
	}{
		{one, "", onlyAddr(one), "map[0:10.0.0.5]"},
		{six, "", onlyAddr(six), "map[0:fd00::5]"},
		{two, "", onlyAddr(two), "which address do the other nodes reach this machine at?: add --addr IP (twice for two links): it has 10.0.0.5, 10.1.0.5"},
		{two, "", "10.1.0.5", "map[0:10.1.0.5]"},
		{two, "10.1.0.5 10.0.0.5", "", "map[0:10.1.0.5 1:10.0.0.5]"},
		{two, "10.2.0.5", "", "this machine does not have the address 10.2.0.5: give --addr one of its own: it has 10.0.0.5, 10.1.0.5"},
		{two, "node1", "", "--addr node1 is not an IP address"},
	}
	for _, tt := range tests {
		who := identityFlags{addrs: strings.Fields(tt.addrs)}
		links, err := who.links(tt.own, tt.fallback)
		got := fmt.Sprint(links)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%v --addr %q: %s, want %s", tt.own, tt.addrs, got, tt.want)
		}
	}
}

func TestForeignAddresses(t *testing.T) {
	n := config.Node{Addrs: map[int]string{0: "10.0.0.5", 1: "10.1.0.5", 2: "node5.example", 3: "127.0.0.3", 4: "fd00::5"}}
	if got := fmt.Sprint(foreign(n, parseAddrs("127.0.0.1 10.0.0.5"))); got != "[10.1.0.5 fd00::5]" {
		t.Errorf("foreign are %s", got)
	}
}

func parseAddrs(text string) []netip.Addr {
	var list []netip.Addr
	for _, word := range strings.Fields(text) {
		list = append(list, netip.MustParseAddr(word))
	}
	return list
}
