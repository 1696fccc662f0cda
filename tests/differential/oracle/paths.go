// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

var segments = []string{"api", "apis", "v1", "apps", "namespaces", "argo",
	"pods", "p1", "status", "finalize", "watch", "proxy", "log", "", ".",
	"..", "nodes", "API", "x"}

func (m maker) percent(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if m.chance(.03) {
			fmt.Fprintf(&out, "%%%02x", s[i])
		} else {
			out.WriteByte(s[i])
		}
	}
	text := out.String()
	if m.chance(.02) {
		at := m.Intn(len(text) + 1)
		text = text[:at] + m.pick("%", "%z", "+", ";", "%00", "%25",
			"%2f", "%2F", "//", "%c5%bf", `\`, "%5c", "a", "=") +
			text[at:]
	}
	return text
}

func (m maker) path() string {
	if m.chance(.5) {
		var parts []string
		for i := m.Intn(10); i > 0; i-- {
			parts = append(parts, m.pick(segments...))
		}
		return "/" + strings.Join(parts, "/")
	}
	return m.pick("/api/v1", "/apis/apps/v1") +
		m.pick("", "", "/watch", "/proxy") +
		m.pick("/namespaces", "/namespaces/argo",
			"/namespaces/argo/pods", "/namespaces/argo/pods/p1",
			"/namespaces/argo/pods/p1/log", "/pods", "/pods/p1",
			"/namespaces/argo/finalize", "/nodes/n/status/x") +
		m.pick("", "", "", "", "", "", "/", "//")
}

var queryValues = map[string][]string{
	"watch": {"1", "true", "false", "0", "", "FALSE", "banana",
		"fal%c5%bfe", "00"},
	"fieldSelector": {"metadata.name=p1", "metadata.name==p1",
		"metadata.name!=p1", "a=b,metadata.name=x",
		"metadata.name=b,metadata.name=a",
		"metadata.name=b,metadata.name==a", "metadata.name=..",
		"metadata.name=a/b", `metadata.name=a\,b`, `metadata.name=a\=b`,
		`metadata.name=a\`, "metadata.name=a=b", "x", ",", "",
		"metadata.name=", "metadata.name=a,,", "metadata.name",
		"metadata.name!", "!=", "metadata.name=a%25"},
	"limit": {"1", "0", "x", "-1", "+5", "99999999999999999999", "",
		"007"},
	"timeoutSeconds": {"5", "x", ""},
	"labelSelector":  {"a=b", ""},
	"foo":            {"1"},
}

func (m maker) query() string {
	var pairs []string
	for i := []int{0, 1, 1, 2, 3}[m.Intn(5)]; i > 0; i-- {
		key := m.pick("watch", "watch", "fieldSelector",
			"fieldSelector", "limit", "timeoutSeconds",
			"labelSelector", "foo")
		value := m.pick(queryValues[key]...)
		if m.chance(.5) {
			value = m.percent(value)
		}
		if m.chance(.96) {
			pairs = append(pairs, m.percent(key)+"="+value)
		} else {
			pairs = append(pairs, m.percent(key))
		}
	}
	return strings.Join(pairs, m.pick("&", "&", "&", "&&", ";"))
}

func (m maker) target() string {
	query := m.query()
	if query == "" && m.chance(.9) {
		return m.percent(m.path())
	}
	return m.percent(m.path()) + "?" + query
}
