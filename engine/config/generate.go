package config

import "fmt"

const template = `# Written by quorate. The format is that of corosync.conf(5).
totem {
	version: 2
	transport: knet
	crypto_cipher: aes256
	crypto_hash: sha256
	# Detection time in ms: a node that was not heard for so long is lost. All other times follow from it.
	token: %d
	token_coefficient: 0
}

nodelist {
}

quorum {
	provider: corosync_votequorum
}

logging {
	to_stderr: no
	to_syslog: yes
}
`

// Generate returns a new corosync.conf for these nodes, which Corosync would accept too. With two nodes it
// sets two_node, which also makes each wait for the other at a cold start.
func Generate(clusterName string, nodes []Node) (*Config, error) {
	f, err := parseText("corosync.conf", fmt.Appendf(nil, template, DefaultToken.Milliseconds()))
	if err != nil {
		return nil, err
	}
	changes := []Change{SetKey("totem.cluster_name", clusterName)}
	for _, n := range nodes {
		changes = append(changes, AddNode(n))
	}
	if len(nodes) == 2 {
		changes = append(changes, SetKey("quorum.two_node", "1"))
	}
	return (&Config{file: f}).Edit(changes...)
}
