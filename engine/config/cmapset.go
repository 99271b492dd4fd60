package config

import (
	"fmt"
	"strconv"
	"strings"

	"quorate/engine/api"
)

// MapError is why a key of the map cannot be changed, by the name under which Corosync's tools know it:
// CS_ERR_ACCESS (read-only), CS_ERR_NOT_EXIST, CS_ERR_NAME_TOO_LONG (no valid name), CS_ERR_INVALID_PARAM, or
// the text of corosync-cmapctl.
type MapError string

func (e MapError) Error() string { return string(e) }

// The refusals of SetEntry.
const (
	ErrAccess      MapError = "CS_ERR_ACCESS"
	ErrNotExist    MapError = "CS_ERR_NOT_EXIST"
	ErrNameTooLong MapError = "CS_ERR_NAME_TOO_LONG"
	ErrInvalid     MapError = "CS_ERR_INVALID_PARAM"
)

// valueMax is the longest value of the map in bytes.
const valueMax = 16 << 10

// readOnly are the keys that only the file or the engine sets: whole families end with a dot, others name
// a key, or with * what keys begin with.
var readOnly = strings.Fields(`
	system. nodelist. runtime.config. runtime.services. runtime.members. runtime.votequorum.
	internal_configuration. uidgid.config. config.
	totem.crypto_* totem.secauth totem.key totem.keyfile totem.transport totem.cluster_name totem.version
	totem.netmtu totem.ip_version totem.config_version
	quorum.provider quorum.wait_for_all quorum.last_man_standing* quorum.auto_tie_breaker*
	quorum.allow_downscale quorum.expected_votes_tracking`)

// ReadOnly reports whether a key cannot be set or deleted at run time.
func ReadOnly(key string) bool {
	for _, r := range readOnly {
		if prefix, many := strings.CutSuffix(r, "*"); many || strings.HasSuffix(r, ".") {
			if strings.HasPrefix(key, prefix) {
				return true
			}
		} else if key == r {
			return true
		}
	}
	return false
}

// SetEntry sets a key of the map at run time in rt.Set, or deletes it if e has no type. The error is a
// MapError for what the daemon refuses; a value that is no value of its type is refused with the text of
// corosync-cmapctl.
func (c *Config) SetEntry(rt *Runtime, e api.CmapEntry) error {
	switch {
	case !validKey(e.Key):
		return ErrNameTooLong
	case ReadOnly(e.Key):
		return ErrAccess
	}
	_, inFile := c.entries[e.Key]
	if rt.Set == nil {
		rt.Set = Extra{}
	}
	if e.Type == "" {
		set, known := rt.Set[e.Key]
		switch {
		case known && set.Type == "" || !known && !inFile:
			return ErrNotExist
		case inFile:
			rt.Set[e.Key] = api.CmapEntry{Key: e.Key}
		default:
			delete(rt.Set, e.Key)
		}
		return nil
	}
	v, err := MapValue(e.Type, e.Value)
	if err != nil {
		return err
	}
	e.Value = v
	rt.Set[e.Key] = e
	return nil
}

// MapValue returns the form in which the map shows a value of the type (i8 u8 i16 u16 i32 u32 i64 u64
// flt dbl str bin).
func MapValue(typ, value string) (string, error) {
	if len(value) > valueMax {
		return "", ErrInvalid
	}
	if t, ok := intTypes[typ]; ok {
		v, valid := t.canonical(value)
		if !valid {
			return "", fmt.Errorf("%s is not valid %s integer", value, typ)
		}
		return v, nil
	}
	switch typ {
	case "flt", "dbl":
		bits := 64
		if typ == "flt" {
			bits = 32
		}
		n, err := strconv.ParseFloat(value, bits)
		if err != nil {
			return "", fmt.Errorf("%s is not valid %s", value, map[string]string{"flt": "float", "dbl": "double"}[typ])
		}
		return formatFloat(n), nil
	case "str", "bin":
		return value, nil
	}
	return "", MapError("Unknown type " + typ)
}
