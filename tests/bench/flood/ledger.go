package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
)

// A ledger holds what a client asked for and what it was told, to compare it
// with the API server's audit log: each request must have had the effect that
// its answer says, once. A nil ledger does nothing.
type ledger struct {
	mu      sync.Mutex
	entries map[string]*entry // by request.effect
}

// An entry is about one verb on one object.
type entry struct {
	asked, succeeded, open int // as the client knows it
	executed, took         int // audit: not 429; 2xx
}

func newLedger() *ledger {
	return &ledger{entries: map[string]*entry{}}
}

func (l *ledger) ask(q request) {
	if l == nil || q.effect == "" || q.verb == http.MethodGet {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries[q.effect]
	if e == nil {
		e = &entry{}
		l.entries[q.effect] = e
	}
	e.asked++
	e.open++
}

// answer leaves the request open if no answer told the client what happened.
func (l *ledger) answer(q request, err error) {
	if l == nil || q.effect == "" || q.verb == http.MethodGet {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries[q.effect]
	var status *statusError
	switch {
	case err == nil:
		e.succeeded++
		e.open--
	case errors.As(err, &status):
		e.open--
	}
}

// auditEvent is what is used of audit.k8s.io/v1.
type auditEvent struct {
	Stage     string `json:"stage"`
	Verb      string `json:"verb"`
	ObjectRef struct {
		Resource, Namespace, Name string
	} `json:"objectRef"`
	ResponseStatus struct{ Code int } `json:"responseStatus"`
}

// A verdict is what the comparison found.
type verdict struct {
	compared   int
	twice      int // executed more often than asked
	mismatched int // effects differ from what the client was told
	example    string
}

// compare reads the audit log from an offset on.
func (l *ledger) compare(path string, offset int64) (verdict, error) {
	f, err := os.Open(path)
	if err != nil {
		return verdict{}, err
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return verdict{}, err
	}
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return l.judge(), nil
		}
		if err != nil {
			return verdict{}, err
		}
		var ev auditEvent
		if err := json.Unmarshal(line, &ev); err != nil {
			return verdict{}, fmt.Errorf("%s: %w", path, err)
		}
		l.note(ev)
	}
}

func (l *ledger) note(ev auditEvent) {
	ref := ev.ObjectRef
	e := l.entries[effectOf(ev.Verb, ref.Resource, ref.Namespace, ref.Name)]
	code := ev.ResponseStatus.Code
	if e == nil || ev.Stage != "ResponseComplete" ||
		code == http.StatusTooManyRequests {
		return
	}
	e.executed++
	if code >= 200 && code < 300 {
		e.took++
	}
}

// judge allows either outcome where the client was cut off at the end of the
// window.
func (l *ledger) judge() verdict {
	v := verdict{compared: len(l.entries)}
	for effect, e := range l.entries {
		if e.executed > e.asked {
			v.twice++
		}
		if e.took < e.succeeded || e.took > e.succeeded+e.open {
			v.mismatched++
		}
		if e.executed > e.asked || e.took < e.succeeded ||
			e.took > e.succeeded+e.open {
			v.example = fmt.Sprintf("%s: %+v", effect, *e)
		}
	}
	return v
}

// fileSize is where the audit log ends now; 0 without one.
func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
