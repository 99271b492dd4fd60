package config

import (
	"strconv"
	"strings"
)

const (
	nodePath      = "nodelist.node"
	interfacePath = "totem.interface"
	subsysPath    = "logging.logger_subsys"

	keyMin = 3
	keyMax = 255

	linkMax = 7 // highest link number
)

// validKey reports whether the map takes the key: 3 to 255 of letters, digits and ._-/:
func validKey(key string) bool {
	if len(key) < keyMin || len(key) > keyMax {
		return false
	}
	for _, r := range key {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._-/:", r):
		default:
			return false
		}
	}
	return true
}

// Entry is one key of the file as the map has it, with the line where it was set (from 1).
type Entry struct {
	Key, Type, Value string
	Line             int
}

// entries are the keys of the file by map key; a repeated key has its last value.
type entries map[string]Entry

// collect turns the tree into keys. nodelist.node is numbered in file order, totem.interface by its
// linknumber, logging.logger_subsys by its subsys; all other repeated sections are merged.
func collect(f *file) (entries, error) {
	all := entries{}
	node := -1
	err := f.root.walk(func(s *section) error {
		prefix := s.path
		switch s.path {
		case nodePath:
			node++
			prefix = join(s.path, strconv.Itoa(node))
		case interfacePath:
			n, _ := strconv.Atoi(s.value("linknumber"))
			if n > linkMax {
				return semantic(f, s.open, "interface ring number %d is bigger than allowed maximum %d", n, linkMax)
			}
			prefix = join(s.path, strconv.Itoa(n))
		case subsysPath:
			prefix = join(s.path, s.value("subsys"))
		case "uidgid":
			prefix = "uidgid.config"
		}
		for _, p := range s.pairs {
			all.add(prefix, p)
		}
		return nil
	})
	return all, err
}

func (e entries) add(prefix string, p pair) {
	en := Entry{Key: join(prefix, p.key), Type: p.typ, Value: p.value, Line: p.line + 1}
	if prefix == "uidgid.config" {
		en.Key, en.Type, en.Value = en.Key+"."+p.value, "u8", "1"
	}
	e[en.Key] = en
}

func (e entries) str(key, otherwise string) string {
	if en, ok := e[key]; ok {
		return en.Value
	}
	return otherwise
}

// num returns an integer key; values are canonical already, so they do parse.
func (e entries) num(key string, otherwise int) int {
	en, ok := e[key]
	if !ok {
		return otherwise
	}
	n, err := strconv.Atoi(en.Value)
	if err != nil {
		return otherwise
	}
	return n
}

// yes reports a u8 switch: any number but 0 is on.
func (e entries) yes(key string, otherwise bool) bool {
	if _, ok := e[key]; !ok {
		return otherwise
	}
	return e.num(key, 0) != 0
}
