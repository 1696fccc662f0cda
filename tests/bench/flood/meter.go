package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// A meter reads how much CPU the API server and the proxy use.
type meter struct {
	pids  []int // 0: not known
	began time.Time
	cpu   []float64
}

func (b *bench) meter() *meter {
	m := &meter{pids: []int{b.pid, b.proxyPid}, began: time.Now()}
	for _, pid := range m.pids {
		m.cpu = append(m.cpu, cpuSeconds(pid))
	}
	return m
}

// cores is what each process used since the meter was made, in CPUs.
func (m *meter) cores() []float64 {
	elapsed := time.Since(m.began).Seconds()
	var used []float64
	for i, pid := range m.pids {
		used = append(used, (cpuSeconds(pid)-m.cpu[i])/elapsed)
	}
	return used
}

// upstream counts requests as priority and fairness saw them, those of the
// exempt level left out.
type upstream struct {
	dispatched, rejected float64
}

func (u upstream) since(before upstream) upstream {
	return upstream{u.dispatched - before.dispatched,
		u.rejected - before.rejected}
}

// scrape reads the API server's metrics; NaN if it does not give them.
func scrape(ctx context.Context, c *client) upstream {
	nan := upstream{math.NaN(), math.NaN()}
	r, err := c.do(ctx, request{verb: http.MethodGet, path: "/metrics"})
	if err != nil {
		return nan
	}
	const prefix = "apiserver_flowcontrol_"
	var u upstream
	for _, line := range bytes.Split(r.body, []byte("\n")) {
		s := string(line)
		if !strings.HasPrefix(s, prefix) ||
			strings.Contains(s, `priority_level="exempt"`) {
			continue
		}
		value, err := strconv.ParseFloat(s[strings.LastIndex(s, " ")+1:], 64)
		if err != nil {
			continue
		}
		switch strings.TrimPrefix(s[:strings.IndexAny(s, "{ ")], prefix) {
		case "dispatched_requests_total":
			u.dispatched += value
		case "rejected_requests_total":
			u.rejected += value
		}
	}
	return u
}

// cpuSeconds is the CPU time of a process so far; NaN if it is not there.
func cpuSeconds(pid int) float64 {
	const ticksPerSecond = 100 // USER_HZ, part of Linux' ABI
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if pid == 0 || err != nil {
		return math.NaN()
	}
	// The name, in brackets, may have spaces; utime and stime are fields
	// 14 and 15 of the line, the state behind the name is field 3.
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / ticksPerSecond
}
