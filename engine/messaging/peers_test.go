package messaging

import (
	"fmt"
	"net/netip"
	"testing"

	"quorate/engine/config"
)

func TestPeers(t *testing.T) {
	c, err := config.Parse("corosync.conf", []byte(`totem {
 version: 2
 interface {
  linknumber: 1
  mcastport: 6000
 }
}
nodelist {
 node {
  ring0_addr: 10.0.0.1
  ring1_addr: fd00::1
  name: a
  nodeid: 1
 }
 node {
  ring0_addr: b.example
  ring1_addr: fd00::2
  name: b
  nodeid: 2
 }
}
`))
	if err != nil {
		t.Fatal(err)
	}
	peers, err := Peers(c, func(host string) (netip.Addr, error) {
		if host == "b.example" {
			return netip.MustParseAddr("10.0.0.2"), nil
		}
		return LookupAddr(host)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(peers); got != "[{1 a map[0:10.0.0.1:5405 1:[fd00::1]:6000]} {2 b map[0:10.0.0.2:5405 1:[fd00::2]:6000]}]" {
		t.Error(got)
	}
	fail := func(string) (netip.Addr, error) { return netip.Addr{}, fmt.Errorf("no such host") }
	if _, err := Peers(c, fail); err == nil || err.Error() != "node a: ring0_addr: no such host" {
		t.Error(err)
	}
}
