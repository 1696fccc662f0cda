// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A transcript is what the client did and what it was told.  Whoever compares
// two masks uids, dates and resource versions; nothing here depends on time.
type transcript struct {
	out *bufio.Writer
}

func newTranscript(out io.Writer) *transcript {
	return &transcript{out: bufio.NewWriter(out)}
}

// What a step expects, so that two equal transcripts mean something: success,
// the reason of an error, or whatever comes.
const (
	success  = metav1.StatusReason("ok")
	anything = metav1.StatusReason("any")
)

// section begins a part that a run may be without; see ../run.py.
func (t *transcript) section(name string) {
	fmt.Fprintf(t.out, "\n# %s\n", name)
}

// step does one thing and writes what came of it.
func (t *transcript) step(name string, expected metav1.StatusReason,
	do func() (interface{}, error)) {
	fmt.Fprintf(t.out, "\n== %s\n", name)
	result, err := do()
	if result != nil {
		fmt.Fprintln(t.out, text(result))
	}
	if err != nil {
		fmt.Fprintln(t.out, describe(err))
	}
	was := success
	if err != nil {
		was = apierrors.ReasonForError(err)
	}
	if expected != anything && was != expected {
		fmt.Fprintf(t.out, "!! %q, where %q was expected\n", was, expected)
	}
	t.out.Flush()
}

func text(result interface{}) string {
	if s, isString := result.(string); isString {
		return s
	}
	data, err := json.MarshalIndent(result, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// describe says what a program can tell from the error: its type, and of the
// API server's own all that it says.
func describe(err error) string {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		data, _ := json.Marshal(status.Status())
		return fmt.Sprintf("error %T %s", err, data)
	}
	return fmt.Sprintf("error %T %v", err, err)
}
