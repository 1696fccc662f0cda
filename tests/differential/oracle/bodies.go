// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand"
	"strings"
)

// A maker writes random requests that look like those that matter: names,
// directives and paths that mean something, in every order, duplicated,
// escaped, and now and then broken.
type maker struct{ *rand.Rand }

func (m maker) pick(list ...string) string { return list[m.Intn(len(list))] }

func (m maker) chance(p float64) bool { return m.Float64() < p }

var names = []string{"a/x", "b/y", "workflows.argoproj.io/status", "c/z"}

func (m maker) escape(s string) string {
	if s != "" && m.chance(.06) {
		i := m.Intn(len(s))
		return fmt.Sprintf(`%s\u%04x%s`, s[:i], s[i], s[i+1:])
	}
	if m.chance(.02) {
		return strings.ReplaceAll(s, "/", `\/`)
	}
	return s
}

func (m maker) quote(s string) string { return `"` + m.escape(s) + `"` }

func (m maker) space() string { return m.pick("", "", "", "", "", "", " ", "\n") }

// A list of finalizers, or what stands in place of one.
func (m maker) list() string {
	switch r := m.Float64(); {
	case r < .2:
		return "null"
	case r < .45:
		return "[" + m.space() + "]"
	case r < .9:
		var items []string
		for i := 0; i <= m.Intn(3); i++ {
			items = append(items, m.quote(m.pick(names...)))
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	return m.pick(`""`, `"a/x"`, `{}`, `[null]`, `[""]`, `1`, `true`, `[1]`,
		`[[]]`, `[{}]`, `["a/x",null]`, `["a b"]`,
		`[{"$patch":"delete"}]`, `[{"$patch":"replace"}]`)
}

func (m maker) value() string {
	return m.pick(`null`, `1`, `"x"`, `{}`, `[]`, `true`, `{"a":"b"}`,
		`{"a":null}`, `["a"]`, `1.5`, `1e400`, `1e308`, `"\ud800"`,
		`{"$patch":"replace"}`, `{"$patch":"delete"}`,
		`[{"uid":"o1","$patch":"delete"}]`, `[1,2]`)
}

func (m maker) object(members []string) string {
	m.Shuffle(len(members), func(i, j int) {
		members[i], members[j] = members[j], members[i]
	})
	return "{" + strings.Join(members, ",") + "}"
}

func (m maker) member(key, value string) string {
	return m.quote(key) + m.space() + ":" + m.space() + value
}

func (m maker) directive() string {
	switch r := m.Float64(); {
	case r < .35:
		return m.member("$deleteFromPrimitiveList/finalizers", m.list())
	case r < .55:
		return m.member("$setElementOrder/finalizers", m.list())
	case r < .75:
		return m.member("$patch", m.pick(`"replace"`, `"replace"`,
			`"delete"`, `"merge"`, `null`, `1`))
	case r < .95:
		keys := []string{"name", "namespace", "finalizers", "labels",
			"uid", "resourceVersion", "annotations"}
		m.Shuffle(len(keys), func(i, j int) {
			keys[i], keys[j] = keys[j], keys[i]
		})
		var kept []string
		for _, key := range keys[:m.Intn(len(keys)+1)] {
			kept = append(kept, m.quote(key))
		}
		return m.member("$retainKeys", "["+strings.Join(kept, ",")+"]")
	}
	return m.member("$retainKeys", m.list())
}

// metadata.  A name is there in the given share of cases.
func (m maker) meta(isStrategic bool, named float64) string {
	var members []string
	for i := m.Intn(5); i > 0; i-- {
		var one string
		switch r := m.Float64(); {
		case r < .35:
			one = m.member("finalizers", m.list())
		case r < .43:
			one = m.member("resourceVersion", m.pick(`"7"`, `"7"`,
				`"0"`, `""`, `null`, `"8"`, `7`))
		case r < .5:
			one = m.member("uid", m.pick(`"u"`, `"u"`, `null`, `""`,
				`"v"`, `1`))
		case r < .57:
			one = m.member("labels", m.pick(`{"k":"v"}`,
				`{"l":null}`, `null`, `{}`, `{"k":1}`,
				`{"$patch":"replace"}`, `[]`))
		case r < .6:
			one = m.member(m.pick("Finalizers", "finalizer",
				`finalizers\u0000`, "FINALIZERS", "foo"),
				m.list())
		case r < .63:
			one = m.member("annotations",
				m.pick(`{"k":"v"}`, `null`, `{"a":null}`))
		case r < .66:
			one = m.member("ownerReferences", m.pick(`null`, `[]`,
				`[{"$patch":"delete","uid":"o1"}]`,
				`[{"apiVersion":"v1","kind":"X","name":"o","uid":"o1"}]`))
		case r < .68:
			one = m.member("deletionTimestamp",
				m.pick(`null`, `"2026-01-01T00:00:00Z"`))
		case isStrategic || m.chance(.2):
			one = m.directive()
		default:
			continue
		}
		members = append(members, one)
	}
	if m.chance(named) {
		members = append(members, m.member("name", m.pick(`"p1"`, `"p1"`,
			`"p1"`, `"p1"`, `"p1"`, `"p1"`, `"p2"`, `null`, `""`, `1`)))
	}
	if m.chance(.1) {
		members = append(members, m.member("namespace",
			m.pick(`"argo"`, `"argo"`, `"argo"`, `"x"`, `null`)))
	}
	return m.object(members)
}

// The body of a merge patch, a strategic one, or of a PUT.
func (m maker) body(isStrategic bool, named float64) string {
	var members []string
	for i := []int{1, 1, 1, 1, 2, 2, 3, 0}[m.Intn(8)]; i > 0; i-- {
		var one string
		switch r := m.Float64(); {
		case r < .71:
			one = m.quote("metadata") + ":" + m.meta(isStrategic, named)
		case r < .75:
			one = m.quote("metadata") + ":" + m.value()
		case r < .8:
			one = m.quote("spec") + ":" + m.pick(`{}`,
				`{"finalizers":null}`,
				`{"metadata":{"finalizers":[]}}`, `null`, `1`)
		case r < .84:
			one = m.quote(m.pick("Metadata", `metadata\u0000`, "foo",
				"finalizers")) + ":" +
				m.pick(m.meta(isStrategic, named), m.value())
		case r < .88:
			one = `"kind":` + m.pick(`"Pod"`, `"Pod"`, `"Pod"`,
				`"Pod"`, `null`, `"X"`)
		case r < .92:
			one = `"apiVersion":` + m.pick(`"v1"`, `"v1"`, `"v1"`,
				`"v1"`, `null`)
		case isStrategic && m.chance(.5):
			one = m.quote("$patch") + ":" + m.pick(`"replace"`,
				`"replace"`, `"delete"`, `"x"`)
		case isStrategic:
			one = m.quote("$retainKeys") + ":" +
				m.pick(`["metadata","kind","apiVersion","spec"]`,
					`["metadata"]`, `["spec"]`, `[]`,
					`null`, `"x"`)
		default:
			continue
		}
		members = append(members, one)
	}
	return m.object(members)
}

// Now and then a byte is lost, added or follows the end.
func (m maker) damage(body string) string {
	if body == "" || !m.chance(.03) {
		return body
	}
	at := m.Intn(len(body))
	switch m.Intn(3) {
	case 0:
		return body[:at] + body[at+1:]
	case 1:
		return body[:at] + string("{}[]\",:\\ \x00x"[m.Intn(11)]) + body[at:]
	}
	return body + m.pick(" ", "x", "\n", "{}")
}
