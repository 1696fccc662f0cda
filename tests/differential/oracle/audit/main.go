// SPDX-License-Identifier: Apache-2.0

// Reads audit events, a line of JSON each, and takes each for what the API
// server's own library takes it for: strictly, so that a member that Event
// does not have, or one that comes twice, is an error.  What it decoded is
// written as JSON once more and must say the same.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/apis/audit"
	"k8s.io/apiserver/pkg/apis/audit/install"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
)

func decoder() runtime.Decoder {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	codecs := serializer.NewCodecFactory(scheme, serializer.EnableStrict)
	return codecs.UniversalDecoder(audit.SchemeGroupVersion, auditv1.SchemeGroupVersion)
}

func sameJSON(line []byte, event *auditv1.Event) error {
	var was, is any
	again, err := json.Marshal(event)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(line, &was); err != nil {
		return err
	}
	if err := json.Unmarshal(again, &is); err != nil {
		return err
	}
	if !reflect.DeepEqual(was, is) {
		return fmt.Errorf("decoded it says something else: %s", again)
	}
	return nil
}

func check(decode runtime.Decoder, line []byte) error {
	object, kind, err := decode.Decode(line, nil, &auditv1.Event{})
	if err != nil {
		return err
	}
	event, ok := object.(*auditv1.Event)
	if !ok {
		return fmt.Errorf("is a %T, %v", object, kind)
	}
	if event.Level != auditv1.LevelMetadata || event.Stage != auditv1.StageResponseComplete ||
		event.AuditID == "" || event.User.Username == "" ||
		event.StageTimestamp.IsZero() || event.RequestReceivedTimestamp.IsZero() {
		return fmt.Errorf("lacks something")
	}
	return sameJSON(line, event)
}

func main() {
	decode := decoder()
	scanner := bufio.NewScanner(os.Stdin)
	scanner.Buffer(nil, 1<<20)
	for number := 1; scanner.Scan(); number++ {
		if err := check(decode, scanner.Bytes()); err != nil {
			fmt.Fprintf(os.Stderr, "line %d: %v\n%s\n", number, err, scanner.Bytes())
			os.Exit(1)
		}
	}
	if err := scanner.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
