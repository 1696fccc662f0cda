package main

import (
	"context"
	"math"
	"time"
)

// buildUp is how long a flood runs before the removals begin.
const buildUp = time.Second

// wideLists is how many LISTs S1 keeps under way.
const wideLists = 80

// A mix is what runs beside the finalizer removals in S1, S2 and S3.
type mix struct {
	lists     int // wide LISTs
	around    int // wide LISTs of somebody else, never through Fairway
	creators  int
	events    int
	workflows int
	window    time.Duration
	pods      int
}

func listFlood() scenario {
	m := mix{lists: wideLists, window: 5 * time.Second, pods: 400}
	return scenario{
		name:    "s1",
		about:   "80 concurrent 6 MB LISTs of the same service account",
		alone:   true,
		prepare: prepareCorpus,
		run:     m.run,
		columns: []string{"removed", "p50 ms", "p90 ms", "p99 ms",
			"max ms", "lists/s", "lease ms", "leases", "attempts",
			"429s", "api cpu", "proxy cpu"},
		bars: func(o outcome) []bar {
			const base = "alone direct"
			return []bar{
				atMost(3, "removal p50, times alone",
					o.ratio("p50 ms", "via", base)),
				atMost(6, "removal p99, times alone",
					o.ratio("p99 ms", "via", base)),
				atLeast(0.95, "removals completed, share of alone",
					o.ratio("removed", "via", base)),
				atLeast(0.6, "LISTs, share of direct",
					o.ratio("lists/s", "via", "direct")),
				atLeast(0.01, "slowest lane, lists or leases a second",
					math.Min(o.median("via", "lists/s"),
						o.median("via", "leases"))),
				leaseBar(o, 1000),
			}
		},
	}
}

func writeFlood(lists int) scenario {
	m := mix{creators: 64, events: 8, workflows: 4, lists: lists,
		window: 6 * time.Second, pods: 500}
	s := scenario{
		name: "s2",
		about: "64 creators, 8 event posters, 4 loops of 300 KB " +
			"Workflow PUTs of the same service account",
		prepare: prepareCorpus,
		run:     m.run,
		columns: []string{"removed", "p50 ms", "p90 ms", "p99 ms",
			"max ms", "wf p50", "wf p99", "lease ms", "writes/s",
			"events/s", "lists/s", "429s", "api cpu", "proxy cpu"},
		bars: func(o outcome) []bar {
			bars := []bar{
				atMost(0.5, "removal p50, times direct",
					o.ratio("p50 ms", "via", "direct")),
				atMost(0.4, "removal p99, times direct",
					o.ratio("p99 ms", "via", "direct")),
				atMost(0.5, "Workflow PUT p99, times direct",
					o.ratio("wf p99", "via", "direct")),
				atLeast(0.1, "events, share of direct",
					o.ratio("events/s", "via", "direct")),
				atLeast(0.8, "creates and deletes, share of direct",
					o.ratio("writes/s", "via", "direct")),
				atMost(100, "slowest lease renewal of a round, ms",
					o.median("via", "lease ms")),
				leaseBar(o, 1000),
			}
			if lists > 0 {
				bars = append(bars, atLeast(0.01, "LISTs a second",
					o.median("via", "lists/s")))
			}
			return bars
		},
	}
	if lists > 0 {
		s.name, s.about = "s2b", s.about+", and 16 LIST workers"
	}
	return s
}

func stormAround() scenario {
	m := mix{around: 80, creators: 8, workflows: 2,
		window: 6 * time.Second, pods: 500}
	return scenario{
		name: "s3",
		about: "80 LISTs of another service account, not through " +
			"Fairway; 8 creators, 2 Workflow loops",
		prepare: prepareCorpus,
		run:     m.run,
		columns: []string{"removed", "p50 ms", "p90 ms", "p99 ms",
			"max ms", "wf p50", "wf p99", "lease ms", "writes/s",
			"429s", "api cpu", "proxy cpu"},
		bars: func(o outcome) []bar {
			return []bar{
				atMost(1.1, "removal p50, times direct",
					o.ratio("p50 ms", "via", "direct")),
				atLeast(0.95, "creates and deletes, share of direct",
					o.ratio("writes/s", "via", "direct")),
				leaseBar(o, 1000),
			}
		},
	}
}

func leaseBar(o outcome, limit float64) bar {
	return atMost(limit, "slowest lease renewal of all rounds, ms",
		o.worst("via", "lease ms"))
}

func prepareCorpus(ctx context.Context, b *bench) error {
	return makeCorpus(ctx, b.setup, b.ns)
}

// run lets the flood build up, then measures the removals in it.
func (x mix) run(ctx context.Context, b *bench, l leg) (row, error) {
	pods, err := makePods(ctx, b.setup, b.ns, l.id, x.pods)
	if err != nil {
		return nil, err
	}
	c := newClient(l.to)
	defer c.close()
	w := newWindow(ctx)
	defer w.close()
	lease, err := w.lease(b.setup, c, b.ns, l.id)
	if err != nil {
		return nil, err
	}
	loads := map[string]*recorder{"leases": lease.recorder}
	var workflows *recorder
	if !l.alone {
		if workflows, err = x.start(b, w, c, l, loads); err != nil {
			return nil, err
		}
		pause(ctx, buildUp)
	}
	for _, load := range loads {
		load.restart()
	}
	meter := b.meter()
	attempts, throttled := c.attempts.Load(), c.throttled.Load()
	length := b.length(x.window)
	removals := w.remove(c, b.ns, pods, 4)
	pause(ctx, length)

	r := row{}
	r.times(removals.close())
	r["attempts"] = float64(c.attempts.Load() - attempts)
	r["429s"] = float64(c.throttled.Load() - throttled)
	r.cores(meter, l)
	for column, load := range loads {
		sum := load.close()
		r[column] = float64(sum.done) / length.Seconds()
		switch load {
		case lease.recorder:
			r["lease ms"] = sum.max()
		case workflows:
			r["wf p50"], r["wf p99"] = sum.quantile(0.5),
				sum.quantile(0.99)
		}
	}
	return r, ctx.Err()
}

// start begins the mix's loads. It returns the Workflow loops apart, as their
// times are of interest too.
func (x mix) start(b *bench, w *window, c *client, l leg,
	loads map[string]*recorder) (*recorder, error) {
	var workflows *recorder
	if x.workflows > 0 {
		var err error
		workflows, err = w.workflows(b.setup, c, b.ns, l.id,
			x.workflows)
		if err != nil {
			return nil, err
		}
		loads["workflows/s"] = workflows
	}
	if x.lists > 0 {
		loads["lists/s"] = w.lists(c, b.ns, x.lists)
	}
	if x.around > 0 {
		loads["around/s"] = w.lists(newClient(b.around), b.ns, x.around)
	}
	if x.creators > 0 {
		loads["writes/s"] = w.creators(c, b.ns, l.id, x.creators)
	}
	if x.events > 0 {
		loads["events/s"] = w.events(c, b.ns, l.id, x.events)
	}
	return workflows, nil
}

// times puts in how many removals were done and how long they took.
func (r row) times(sum summary) {
	r["removed"] = float64(sum.done)
	r["p50 ms"] = sum.quantile(0.5)
	r["p90 ms"] = sum.quantile(0.9)
	r["p99 ms"] = sum.quantile(0.99)
	r["max ms"] = sum.max()
}

// cores puts in the CPU that was used; a proxy's only where it had work.
func (r row) cores(m *meter, l leg) {
	used := m.cores()
	r["api cpu"] = used[0]
	if l.through {
		r["proxy cpu"] = used[1]
	}
}
