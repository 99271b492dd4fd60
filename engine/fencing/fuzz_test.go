package fencing

import "testing"

func FuzzDevice(f *testing.F) {
	f.Add("node1:1;node2:2,3", "a b", "node1:1s;node2:5s", "3s", "port,alias\n")
	f.Add(":;,=", ";;", "1s", "x", "\x00,")
	f.Fuzz(func(t *testing.T, hostMap, hostList, base, top, list string) {
		d := Device{Params: map[string]string{"pcmk_host_map": hostMap, "pcmk_host_list": hostList, "pcmk_delay_base": base, "pcmk_delay_max": top}, Plug: "port"}
		for _, h := range append(d.Hosts(), "node1") {
			if d.input("off", h)["port"] == "" {
				t.Errorf("no plug for %q", h)
			}
			if d.delay("off", h, 12345) < 0 {
				t.Error("a negative delay")
			}
		}
		listed(list)
	})
}
