// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

func (m maker) pointer() string {
	switch r := m.Float64(); {
	case r < .3:
		return "/metadata/finalizers"
	case r < .65:
		return "/metadata/finalizers/" + m.pick("0", "0", "0", "1", "-",
			"-1", "2", "", "00", "+0", "x", "0/0", "-2", "1e0",
			" 0", "5")
	case r < .72:
		return "/metadata"
	case r < .75:
		return ""
	case r < .79:
		return "/metadata/uid"
	case r < .83:
		return "/metadata/resourceVersion"
	case r < .88:
		return "/metadata/labels/" + m.pick("l", "k", "a~1b")
	case r < .91:
		return "/metadata/annotations/" + m.pick("a",
			"metadata~1finalizers")
	case r < .93:
		return "/metadata/labels"
	}
	return m.pick("metadata/finalizers", "x/metadata/finalizers/0",
		"metadata", "//metadata/finalizers", "/metadata~1finalizers",
		"/metadata/f~0inalizers", "/spec/finalizers",
		"/metadata/finalizers~", "/metadata/ownerReferences/0",
		"/metadata/ownerReferences/-", "/metadata/foo",
		"/spec/containers/0/name", "/metadata/namespace",
		"/metadata/name")
}

func (m maker) valueAt(path string) string {
	switch {
	case strings.HasSuffix(path, "finalizers"):
		return m.list()
	case strings.Contains(path, "finalizers/"):
		if m.chance(.9) {
			return m.quote(m.pick(names...))
		}
		return m.value()
	case path == "/metadata":
		return m.meta(false, .8)
	case path == "":
		return fmt.Sprintf(m.pick(
			`{"kind":"Pod","apiVersion":"v1","metadata":%s}`,
			`{"kind":"Pod","metadata":%s}`,
			`{"kind":"Pod","apiVersion":"v1","spec":{},"metadata":%s}`),
			m.meta(false, .8))
	case strings.Contains(path, "uid"):
		return m.pick(`"u"`, `"u"`, `"u"`, `"u"`, `"v"`, `null`)
	case strings.Contains(path, "resourceV"):
		return m.pick(`"7"`, `"7"`, `"7"`, `"7"`, `"8"`, `null`, `"0"`)
	case strings.Contains(path, "name"):
		return m.pick(`"p1"`, `"argo"`, `"c"`)
	}
	return m.pick(`"1"`, `"x"`, m.value())
}

func (m maker) operation() string {
	op := m.pick("add", "remove", "remove", "remove", "replace", "move",
		"copy", "test", "test", "test")
	if m.chance(.02) {
		op = m.pick("Remove", "x", "")
	}
	path := m.pointer()
	value := m.quote(op)
	if m.chance(.01) {
		value = m.pick("1", "null")
	}
	members := []string{m.quote("op") + ":" + value}
	if m.chance(.99) {
		value = m.quote(path)
		if m.chance(.01) {
			value = m.pick("1", "null")
		}
		members = append(members, m.quote("path")+":"+value)
	}
	if op == "move" || op == "copy" || m.chance(.02) {
		members = append(members, m.quote("from")+":"+
			m.quote(m.pointer()))
	}
	if op == "add" || op == "replace" || op == "test" || m.chance(.02) {
		members = append(members, m.quote("value")+":"+m.valueAt(path))
	}
	if m.chance(.03) {
		members = append(members, m.pick(`"op":"remove"`,
			`"path":"/metadata/finalizers"`, `"x":1`,
			`"value":null`))
	}
	return m.object(members)
}

func (m maker) jsonPatch() string {
	var ops []string
	for i := []int{1, 1, 1, 2, 2, 2, 3, 4}[m.Intn(8)]; i > 0; i-- {
		if m.chance(.995) {
			ops = append(ops, m.operation())
		} else {
			ops = append(ops, m.pick("null", "1", "{}", "[]"))
		}
	}
	return "[" + strings.Join(ops, ",") + "]"
}
