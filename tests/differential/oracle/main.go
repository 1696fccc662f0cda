// SPDX-License-Identifier: Apache-2.0

// Differential: random bodies and paths by Fairway's classifier and by the
// API server's own patch and decode libraries.
//
//	usage: differential -n 1000000 [-seed 1] ANSWER
//
// ANSWER is the program of answer.c.  Two figures are asserted: nothing that
// is classified Removes, and accepted, removes nothing; and of what removes,
// at least 99.9 % is Removes, Mixed or Writes.  Every path must be read as the
// API server does.
//
// Of a server-side apply the body does not tell what it removes: what this
// manager owned and does not list any more.  Asserted is that a list is seen
// where the API server sees one, and nowhere else, unless the answer is that
// the body was not read (CBOR; YAML that is not plain).
package main

import (
	"bufio"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand"
	"os"
	"os/exec"
	"strings"

	"github.com/go-logr/logr"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
)

const (
	merge      = "merge-patch"
	strategic  = "strategic-patch"
	operations = "json-patch"
	putJSON    = "put-json"
	putProto   = "put-protobuf"
	putCBOR    = "put-cbor"
	applyJSON  = "apply-json"
	applyYAML  = "apply-yaml"
	applyCBOR  = "apply-cbor"
	path       = "path"
)

var contentTypes = map[string]string{
	merge:      "application/merge-patch+json",
	strategic:  "application/strategic-merge-patch+json",
	operations: "application/json-patch+json",
	putJSON:    "application/json",
	putProto:   "application/vnd.kubernetes.protobuf",
	putCBOR:    "application/cbor",
	applyJSON:  "application/apply-patch+yaml",
	applyYAML:  "application/apply-patch+yaml",
	applyCBOR:  "application/apply-patch+cbor",
}

type sample struct {
	kind, method, target string
	body                 []byte
}

// A pod whose metadata comes in parts, as protobuf allows.
func (m maker) protobuf() []byte {
	var raw []byte
	for i := 1 + m.Intn(2); i > 0; i-- {
		p := v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p1"}}
		for j := m.Intn(4); j > 0; j-- {
			p.Finalizers = append(p.Finalizers, m.pick(names...))
		}
		p.ResourceVersion = m.pick("7", "", "0", "8")
		p.UID = types.UID(m.pick("u", "u", ""))
		if m.chance(.3) {
			now := metav1.Unix(1800000000, 0)
			p.DeletionTimestamp = &now
		}
		part, err := p.Marshal()
		if err != nil {
			log.Fatal(err)
		}
		raw = append(raw, part...)
	}
	unknown := runtime.Unknown{Raw: raw}
	unknown.Kind, unknown.APIVersion = "Pod", "v1"
	text, err := unknown.Marshal()
	if err != nil {
		log.Fatal(err)
	}
	return []byte(m.damage("k8s\x00" + string(text)))
}

func (m maker) sample() sample {
	s := sample{method: "PATCH", target: "/api/v1/namespaces/argo/pods/p1"}
	switch r := m.Float64(); {
	case r < .23:
		s.kind, s.body = merge, []byte(m.damage(m.body(false, .25)))
	case r < .46:
		s.kind, s.body = strategic, []byte(m.damage(m.body(true, .25)))
	case r < .69:
		s.kind, s.body = operations, []byte(m.damage(m.jsonPatch()))
	case r < .74:
		s.kind, s.method = putJSON, "PUT"
		s.body = []byte(m.damage(m.body(false, .9)))
	case r < .77:
		s.kind, s.method = putProto, "PUT"
		s.body = m.protobuf()
	case r < .78:
		s.kind, s.method = putCBOR, "PUT"
		s.body = []byte(m.cbor(m.body(false, .9)))
	case r < .79:
		s.kind, s.body = applyCBOR, []byte(m.cbor(m.applyJSON()))
	case r < .795: // by the name of another type
		s.kind = m.pick(merge, strategic, operations, putJSON,
			putProto, applyJSON)
		s.body = []byte(m.cbor(m.body(false, .9)))
	case r < .85:
		s.kind, s.body = applyJSON, []byte(m.damage(m.applyJSON()))
	case r < .92:
		s.kind, s.body = applyYAML, []byte(m.damage(m.applyYAML()))
	default:
		s.kind, s.target = path, m.target()
		s.method = m.pick("GET", "GET", "GET", "HEAD", "POST", "PUT",
			"PATCH", "DELETE", "OPTIONS", "get")
	}
	return s
}

func word(text []byte) string {
	if len(text) == 0 {
		return "-"
	}
	return base64.StdEncoding.EncodeToString(text)
}

func (s sample) write(to io.Writer) {
	contentType := contentTypes[s.kind]
	if contentType == "" {
		contentType = "-"
	}
	fmt.Fprintln(to, s.method, contentType, word([]byte(s.target)),
		word(s.body))
}

// The figures.
type score struct {
	applier                      *applier
	applies, appliesRead         int
	listsMisread                 int
	appliesRemove, byAbsence     int
	bodies, removing, found      int
	removes, falseRemoves, undue int
	refused                      int // of what is classified Removes
	paths, misread, refusedPaths int
	effects                      map[string]int
}

func (c *score) complain(count int, what string, s sample, answer string) {
	if count <= 5 {
		fmt.Printf("%s: %s %s %q: %s\n", what, s.kind, s.target,
			s.body, answer)
	}
}

func (c *score) judgePath(s sample, words []string) {
	c.paths++
	want := readPath(s.method, s.target)
	have := words[0] + " " + strings.Join(words[3:], " ")
	if want == "" {
		c.refusedPaths++
		return
	}
	if want == have {
		return
	}
	c.misread++
	c.complain(c.misread, "read otherwise", s, have+", not "+want)
}

// Whether the answer is about the body, not about how it is written.
func isRead(why string) bool {
	return why != "undecoded" && why != "malformed" && why != "too-large"
}

func (c *score) judgeApply(s sample, words []string) {
	effect, why := words[1], words[2]
	t := c.applier.truthOf(s.kind, s.body)
	c.applies++
	c.effects[s.kind+" "+effect]++
	if t.removes {
		c.appliesRemove++
		if !t.lists {
			c.byAbsence++
		}
	}
	if isRead(why) {
		c.appliesRead++
	}
	seen := effect == "Writes"
	if (seen || effect == "None") &&
		(!isRead(why) || !t.isRead || seen == t.lists) {
		return
	}
	c.listsMisread++
	c.complain(c.listsMisread, "list misread", s, effect+" "+why)
}

func (c *score) judgeBody(s sample, words []string) {
	effect, why := words[1], words[2]
	t := truthOf(s.kind, s.body)
	c.bodies++
	c.effects[s.kind+" "+effect]++
	if effect == "Removes" {
		c.removes++
	}
	switch {
	case effect == "Removes" && !t.accepted && !t.depends:
		// For another part of it, which is none of our business.
		c.refused++
	case effect == "Removes" && !t.removes && !t.depends:
		c.falseRemoves++
		c.complain(c.falseRemoves, "removes nothing", s, why)
	case effect == "Adds" && t.removes:
		c.undue++
		c.complain(c.undue, "removes as well", s, why)
	}
	if !t.removes || s.kind == putCBOR {
		return // CBOR is not read
	}
	c.removing++
	if effect == "Removes" || effect == "Mixed" || effect == "Writes" {
		c.found++
	} else {
		c.complain(c.removing-c.found, "not found", s, effect+" "+why)
	}
}

func (c *score) print() bool {
	share := 100.0
	if c.removing > 0 {
		share = float64(c.found) * 100 / float64(c.removing)
	}
	for _, kind := range []string{merge, strategic, operations, putJSON,
		putProto, putCBOR, applyJSON, applyYAML, applyCBOR} {
		fmt.Printf("%-16s", kind)
		for _, effect := range []string{"None", "Removes", "Adds",
			"Mixed", "Writes"} {
			fmt.Printf(" %s %d", effect, c.effects[kind+" "+effect])
		}
		fmt.Println()
	}
	fmt.Printf("%d bodies: of %d classified Removes, %d remove nothing "+
		"(%d are refused for another reason)\n",
		c.bodies, c.removes, c.falseRemoves, c.refused)
	fmt.Printf("%d bodies remove: %.3f %% are Removes, Mixed or Writes\n",
		c.removing, share)
	fmt.Printf("%d paths: %d read otherwise than the API server does "+
		"(it refuses %d)\n", c.paths, c.misread, c.refusedPaths)
	fmt.Printf("%d applies: %d are read, of %d the list is misread; "+
		"%d remove, %d of them by leaving the list out\n", c.applies,
		c.appliesRead, c.listsMisread, c.appliesRemove, c.byAbsence)
	return c.falseRemoves == 0 && share >= 99.9 && c.misread == 0 &&
		c.listsMisread == 0
}

func main() {
	count := flag.Int("n", 100000, "how many")
	seed := flag.Int64("seed", 1, "of chance")
	flag.Parse()
	klog.SetLogger(logr.Discard())
	if flag.NArg() != 1 {
		log.Fatal("usage: differential [-n N] [-seed N] ANSWER")
	}
	answer := exec.Command(flag.Arg(0))
	answer.Stderr = os.Stderr
	in, err := answer.StdinPipe()
	if err != nil {
		log.Fatal(err)
	}
	out, err := answer.StdoutPipe()
	if err != nil {
		log.Fatal(err)
	}
	if err := answer.Start(); err != nil {
		log.Fatal(err)
	}
	m := maker{rand.New(rand.NewSource(*seed))}
	samples := make(chan sample, 1024)
	go func() {
		to := bufio.NewWriterSize(in, 1<<16)
		for i := 0; i < *count; i++ {
			s := m.sample()
			s.write(to)
			samples <- s
		}
		to.Flush()
		in.Close()
		close(samples)
	}()
	c := score{effects: map[string]int{}, applier: newApplier()}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		s, words := <-samples, strings.Fields(lines.Text())
		switch s.kind {
		case path:
			c.judgePath(s, words)
		case applyJSON, applyYAML, applyCBOR:
			c.judgeApply(s, words)
		default:
			c.judgeBody(s, words)
		}
	}
	if err := answer.Wait(); err != nil {
		log.Fatal(flag.Arg(0), ": ", err)
	}
	if n := c.bodies + c.applies + c.paths; n != *count {
		log.Fatalf("%d answers to %d samples", n, *count)
	}
	if !c.print() {
		os.Exit(1)
	}
}
