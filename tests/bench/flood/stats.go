package main

import (
	"math"
	"sort"
	"sync"
	"time"
)

// A recorder collects how long requests of one kind took. Requests that are
// still open when the window closes are counted with the age they reached:
// left out, the slowest would make a configuration look better.
type recorder struct {
	mu     sync.Mutex
	closed bool
	open   map[*span]struct{}
	done   []sample
	failed int
}

// A span is one request under way, its repetitions included.
type span struct {
	of    *recorder
	since time.Time
}

// A sample is a request that has ended, or was open at the end.
type sample struct {
	since time.Time
	took  time.Duration
}

func newRecorder() *recorder {
	return &recorder{open: map[*span]struct{}{}}
}

func (r *recorder) begin() *span {
	s := &span{of: r, since: time.Now()}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[s] = struct{}{}
	return s
}

// measure records one call.
func (r *recorder) measure(call func() error) error {
	s := r.begin()
	err := call()
	s.end(err)
	return err
}

// end records that the request succeeded, or with what error the client was
// left.
func (s *span) end(err error) {
	r := s.of
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	delete(r.open, s)
	if err != nil {
		r.failed++
	} else {
		r.done = append(r.done, sample{s.since, time.Since(s.since)})
	}
}

// restart begins the window: what ended before, while the load was building
// up, is forgotten.
func (r *recorder) restart() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done, r.failed = nil, 0
}

// A summary is what a recorder knew when its window closed.
type summary struct {
	done, failed, open int
	samples            []sample // by time taken; the open ones included
	last               time.Time
}

// close ends the window; what ends later is not counted.
func (r *recorder) close() summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	sum := summary{done: len(r.done), failed: r.failed, open: len(r.open)}
	for _, s := range r.done {
		if end := s.since.Add(s.took); end.After(sum.last) {
			sum.last = end
		}
	}
	sum.samples = append(sum.samples, r.done...)
	for s := range r.open {
		sum.samples = append(sum.samples,
			sample{s.since, time.Since(s.since)})
	}
	sort.Slice(sum.samples, func(i, j int) bool {
		return sum.samples[i].took < sum.samples[j].took
	})
	return sum
}

// quantile is the smallest time that at least the share q is not above, in
// milliseconds; NaN if there is none.
func (sum summary) quantile(q float64) float64 {
	n := len(sum.samples)
	if n == 0 {
		return math.NaN()
	}
	i := int(math.Ceil(q*float64(n))) - 1
	if i < 0 {
		i = 0
	}
	return ms(sum.samples[i].took)
}

func (sum summary) max() float64 {
	return sum.quantile(1)
}

// begunAfter keeps the samples of requests that began at t or later.
func (sum summary) begunAfter(t time.Time) summary {
	var kept []sample
	for _, s := range sum.samples {
		if !s.since.Before(t) {
			kept = append(kept, s)
		}
	}
	return summary{done: len(kept), samples: kept}
}

func ms(d time.Duration) float64 {
	return float64(d) / float64(time.Millisecond)
}

// median leaves out what is not a number; NaN if nothing is left.
func median(values []float64) float64 {
	var v []float64
	for _, x := range values {
		if !math.IsNaN(x) {
			v = append(v, x)
		}
	}
	if len(v) == 0 {
		return math.NaN()
	}
	sort.Float64s(v)
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}
