// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	cbor "k8s.io/apimachinery/pkg/runtime/serializer/cbor/direct"
	"sigs.k8s.io/yaml"
)

// Server-side apply, as JSON.
func (m maker) applyJSON() string {
	members := []string{`"metadata":` + m.meta(false, .95)}
	if m.chance(.97) {
		members = append(members, m.member("apiVersion", `"v1"`))
	}
	if m.chance(.97) {
		members = append(members, m.member("kind", `"Pod"`))
	}
	if m.chance(.2) {
		members = append(members, m.quote("spec")+":"+m.pick(`{}`,
			`{"finalizers":null}`, `{"nodeName":"n"}`,
			`{"containers":[{"name":"c","image":"i"}]}`, `null`))
	}
	if m.chance(.03) {
		members = append(members, m.quote(m.pick("metadata", "Metadata",
			"finalizers"))+":"+m.meta(false, .9))
	}
	body := m.object(members)
	if m.chance(.02) { // which is no JSON
		body = strings.Replace(body, "finali", m.pick(`\x66inali`,
			`f\U00000069nali`, "finali\\\n"), 1)
	}
	return body
}

func (m maker) comment() string {
	return m.pick("", "", "", "", "", "", "", " # finalizers: []", "  #",
		" ")
}

// The same text in one of the forms that a scalar can have.
func (m maker) scalar(text string) string {
	switch r := m.Float64(); {
	case r < .75:
		return text
	case r < .87:
		return m.quote(text)
	case r < .97:
		return "'" + text + "'"
	}
	return m.pick("!!str ", "&a ", "") + text
}

func (m maker) key(name string) string {
	switch r := m.Float64(); {
	case r < .95:
		return name + ":"
	case r < .97:
		return `"` + name + `":`
	case r < .98:
		return "'" + name + "':"
	}
	return m.pick(name+" :", "? "+name+"\n:", "!!str "+name+":",
		m.escape(name)+":", name+":\t")
}

// metadata.finalizers, in the lines of a block.
func (m maker) yamlList(indent string) []string {
	key := indent + m.key("finalizers")
	switch r := m.Float64(); {
	case r < .1:
		return []string{key + m.pick("", " null", " ~") + m.comment()}
	case r < .25:
		return []string{key + " []" + m.comment()}
	case r < .4:
		return []string{key + " [" + m.scalar(m.pick(names...)) +
			m.pick("", ", ", ", "+m.pick(names...)) + "]" +
			m.comment()}
	case r < .45:
		return []string{key + " " + m.pick(`""`, "a/x", "{}", "1",
			"[null]", "[[]]", "*a", "|", ">-", "[a/x,", "!!seq []")}
	}
	lines := []string{key + m.comment()}
	deeper := indent + m.pick("", "  ", "    ")
	for i := m.Intn(3); i >= 0; i-- {
		lines = append(lines,
			deeper+"- "+m.scalar(m.pick(names...))+m.comment())
	}
	return lines
}

func (m maker) yamlMember(indent string) []string {
	deeper := indent + m.pick("  ", "  ", " ", "    ")
	switch m.Intn(9) {
	case 0:
		return []string{indent + m.key("labels"),
			deeper + m.key(m.pick("k", "finalizers")) + " " +
				m.scalar("v") + m.comment()}
	case 1:
		return []string{indent + m.key("labels") + " " +
			m.pick("{k: v}", "{}", "{finalizers: a}", "null",
				`{"k": "v"}`, "{k: v,\n"+deeper+"l: w}")}
	case 2:
		return []string{indent + m.key("annotations"),
			deeper + m.key("a") + " " + m.pick("|", ">", "|-", ">-",
				"|2", "|+"),
			deeper + "  " + m.pick("finalizers:", "finalizers: []",
				"text", "- a"),
			m.pick("", deeper+"   more", indent+"# no")}
	case 3:
		return []string{indent + m.key("annotations"),
			deeper + m.key("a") + " " + m.pick(`"one`, "'one",
				"one"),
			deeper + "  " + m.pick("finalizers", "two"+
				m.pick(`"`, "'", ""), "finalizers: []")}
	case 4:
		return []string{indent + m.key("uid") + " " +
			m.pick("u", "u", `"u"`, `""`, "null", "'v'") +
			m.comment()}
	case 5:
		return []string{indent + m.key("resourceVersion") + " " +
			m.pick(`"7"`, `"7"`, `""`, "7", "null", "'8'") +
			m.comment()}
	case 6:
		return []string{indent + m.key("namespace") + " argo" +
			m.comment()}
	case 7:
		return []string{indent + m.pick("# finalizers: []", "", "#",
			" ")}
	}
	return []string{indent + m.key("ownerReferences"),
		indent + "- " + m.key("apiVersion") + " v1",
		indent + "  kind: X", indent + "  name: o",
		indent + "  uid: o1"}
}

func (m maker) yamlMeta() []string {
	lines := []string{m.key("metadata") + m.comment()}
	indent := m.pick("  ", "  ", " ", "    ")
	parts := [][]string{{indent + m.key("name") + " " + m.scalar("p1")}}
	if m.chance(.6) {
		parts = append(parts, m.yamlList(indent))
	}
	for i := m.Intn(3); i > 0; i-- {
		parts = append(parts, m.yamlMember(indent))
	}
	m.Shuffle(len(parts), func(i, j int) {
		parts[i], parts[j] = parts[j], parts[i]
	})
	for _, part := range parts {
		lines = append(lines, part...)
	}
	return lines
}

func (m maker) yamlOther() []string {
	switch m.Intn(5) {
	case 0:
		return []string{m.key("spec"), "  " + m.key("containers"),
			"  - " + m.key("name") + " c", "    image: i"}
	case 1:
		return []string{m.key("spec"), "  nodeName: n" + m.comment(),
			m.pick("", "  finalizers: []")}
	case 2:
		return []string{m.pick("# metadata:", "", "  # finalizers:",
			"#\tx")}
	case 3:
		return []string{m.key("spec") + " " + m.pick("{}", "null",
			"{nodeName: n}", "{nodeName: n,\n finalizers: 1}", "|",
			"&a {}", "*a")}
	}
	return []string{m.pick("finalizers: []", "status: {}", "---", "...",
		"- a", "<<: {}", "metadata2:\n  finalizers: []")}
}

// A line is lost, comes twice, goes elsewhere or moves to a side.
func (m maker) damageLines(lines []string) []string {
	at := m.Intn(len(lines))
	switch m.Intn(6) {
	case 0:
		return append(append([]string{}, lines[:at]...),
			lines[at+1:]...)
	case 1:
		return append(append([]string{}, lines[:at+1]...),
			lines[at:]...)
	case 2:
		to := m.Intn(len(lines))
		lines[at], lines[to] = lines[to], lines[at]
	case 3:
		lines[at] = m.pick(" ", "  ", "\t", "- ") + lines[at]
	case 4:
		lines[at] = strings.TrimPrefix(lines[at], m.pick(" ", "  "))
	case 5:
		lines[at] += m.pick(" x", ":", ": x", " #", "\r", `"`, "'",
			" ]", " |", " \\", "\t", "\u00e9", "\u0085", "\u2028")
	}
	return lines
}

// Server-side apply in YAML, mostly as people write it.
func (m maker) applyYAML() string {
	parts := [][]string{{m.key("apiVersion") + " " + m.scalar("v1")},
		{m.key("kind") + " " + m.scalar("Pod")}, m.yamlMeta()}
	for m.chance(.3) {
		parts = append(parts, m.yamlOther())
	}
	if m.chance(.5) {
		m.Shuffle(len(parts), func(i, j int) {
			parts[i], parts[j] = parts[j], parts[i]
		})
	}
	lines := []string{}
	if m.chance(.1) {
		lines = append(lines, m.pick("---", "--- ", "# text",
			"%YAML 1.1", "--- # text", ""))
	}
	for _, part := range parts {
		lines = append(lines, part...)
	}
	for m.chance(.25) && len(lines) > 1 {
		lines = m.damageLines(lines)
	}
	return strings.Join(lines, m.pick("\n", "\n", "\n", "\n", "\r\n")) +
		m.pick("\n", "\n", "")
}

// CBOR, of what is well-formed; itself otherwise.
func (m maker) cbor(text string) string {
	var object map[string]interface{}
	if yaml.Unmarshal([]byte(text), &object) != nil || object == nil {
		object = map[string]interface{}{
			"metadata": map[string]interface{}{
				"finalizers": []interface{}{}}}
	}
	body, err := cbor.Marshal(object)
	if err != nil {
		body = []byte(fmt.Sprint(err))
	}
	if m.chance(.1) {
		return string(body[:m.Intn(len(body)+1)])
	}
	return string(body)
}
