// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

const (
	finalizer      = "workflows.argoproj.io/status"
	nodeAnnotation = "workflows.argoproj.io/node-id"
)

// An entry is what became of one pod.  Times are Unix time in milliseconds; 0
// is never.
type entry struct {
	Name     string `json:"name"`
	Workflow string `json:"workflow"`
	Node     string `json:"node"` // in the Workflow's status
	Held     bool   `json:"held"` // had the finalizer
	Seen     int64  `json:"seen"`
	Ended    int64  `json:"ended"`    // the API server knows that it has
	Deleted  int64  `json:"deleted"`  // by us
	Released int64  `json:"released"` // the finalizer is not there any more
	Gone     int64  `json:"gone"`
}

// A ledger has an entry for each pod that ever was.
type ledger struct {
	mu      sync.Mutex
	entries map[types.UID]*entry
}

func newLedger() *ledger {
	return &ledger{entries: map[types.UID]*entry{}}
}

func now() int64 {
	return time.Now().UnixMilli()
}

// see notes a pod as it is now; true: it was not known.
func (l *ledger) see(pod *corev1.Pod) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries[pod.UID]
	isNew := e == nil
	if isNew {
		e = &entry{Name: pod.Name, Workflow: pod.Labels[workflowLabel],
			Node: pod.Annotations[nodeAnnotation], Seen: now()}
		l.entries[pod.UID] = e
	}
	if slices.Contains(pod.Finalizers, finalizer) {
		e.Held = true
	} else if e.Held && e.Released == 0 {
		e.Released = now()
	}
	return isNew
}

// gone notes that there is no such pod any more.
func (l *ledger) gone(pod *corev1.Pod) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries[pod.UID]
	if e == nil {
		return
	}
	e.Gone = now()
	if e.Held && e.Released == 0 {
		e.Released = e.Gone
	}
}

// note sets one of the times of a pod that is known.
func (l *ledger) note(pod *corev1.Pod, which func(*entry) *int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*which(l.entries[pod.UID]) = now()
}

func (l *ledger) progress() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	ended, held, gone := 0, 0, 0
	for _, e := range l.entries {
		if e.Ended != 0 {
			ended++
		}
		if e.Held && e.Released == 0 {
			held++
		}
		if e.Gone != 0 {
			gone++
		}
	}
	return fmt.Sprintf("pods=%d ended=%d held=%d gone=%d", len(l.entries),
		ended, held, gone)
}

func (l *ledger) write(path string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]*entry, 0, len(l.entries))
	for _, e := range l.entries {
		list = append(list, e)
	}
	data, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
