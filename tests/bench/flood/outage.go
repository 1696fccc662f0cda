package main

import (
	"fmt"
	"syscall"
	"time"
)

// An outage stops a process as a whole: its connections stay open and nothing
// is answered, as behind a network that drops everything.
type outage struct {
	pid      int
	from, to time.Time
}

func beginOutage(pid int) (*outage, error) {
	if pid <= 1 {
		return nil, fmt.Errorf("an outage needs --pid of the API server")
	}
	o := &outage{pid: pid, from: time.Now()}
	return o, syscall.Kill(pid, syscall.SIGSTOP)
}

// end lets the process go on; it may be called again.
func (o *outage) end() {
	if o.to.IsZero() {
		o.to = time.Now()
		_ = syscall.Kill(o.pid, syscall.SIGCONT)
	}
}
