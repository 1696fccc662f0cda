package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// S6: one lane, two flows. The heavy one patches ConfigMaps from 200 workers,
// the light one from a single worker in another namespace.
const (
	heavyWorkers = 200
	flowsWindow  = 5 * time.Second
)

func twoFlows() scenario {
	return scenario{
		name: "s6",
		about: "one lane: a heavy flow with 200 concurrent patches, a " +
			"light flow with one",
		alone: true,
		run:   runFlows,
		columns: []string{"light n", "p50 ms", "p90 ms", "p99 ms",
			"max ms", "heavy/s", "total/s", "lease ms", "429s",
			"api cpu", "proxy cpu"},
		bars: func(o outcome) []bar {
			const base = "alone direct"
			fifo, what := "fifo", "total rate, share of FIFO"
			if _, ok := o.rows[fifo]; !ok {
				fifo, what = "direct", "total rate, share of direct"
			}
			return []bar{
				atMost(3, "light flow's p50, times alone",
					o.ratio("p50 ms", "via", base)),
				atMost(8, "light flow's p99, times alone",
					o.ratio("p99 ms", "via", base)),
				atLeast(0.9, what,
					o.ratio("total/s", "via", fifo)),
				leaseBar(o, 1000),
			}
		},
	}
}

func runFlows(ctx context.Context, b *bench, l leg) (row, error) {
	c := newClient(l.to)
	defer c.close()
	w := newWindow(ctx)
	defer w.close()
	lease, err := w.lease(b.setup, c, b.ns, l.id)
	if err != nil {
		return nil, err
	}
	heavy := newRecorder()
	if !l.alone {
		heavy, err = w.patchers(b.setup, c, b.ns, l.id, heavyWorkers, 0)
		if err != nil {
			return nil, err
		}
		pause(ctx, buildUp)
	}
	light, err := w.patchers(b.setup, c, b.otherNs, l.id, 1, pauseBetween)
	if err != nil {
		return nil, err
	}
	heavy.restart()
	light.restart()
	lease.restart()
	meter, throttled := b.meter(), c.throttled.Load()
	length := b.length(flowsWindow)
	pause(ctx, length)

	slow, fast := light.close(), heavy.close()
	r := row{}
	r.times(slow)
	r["light n"] = float64(slow.done)
	if !l.alone {
		r["heavy/s"] = float64(fast.done) / length.Seconds()
	}
	r["total/s"] = float64(slow.done+fast.done) / length.Seconds()
	r["lease ms"] = lease.close().max()
	r["429s"] = float64(c.throttled.Load() - throttled)
	r.cores(meter, l)
	return r, ctx.Err()
}

// patchers keep n workers busy, each with a ConfigMap of its own.
func (w *window) patchers(setup, c *client, ns, leg string, n int,
	between time.Duration) (*recorder, error) {
	r := newRecorder()
	k := kinds().configMaps
	name := func(i int) string { return fmt.Sprintf("%s-cm-%d", leg, i) }
	for i := 0; i < n; i++ {
		_, err := setup.do(w.ctx, k.create(ns, name(i),
			configMap(name(i), leg, 200)))
		if err != nil {
			return nil, err
		}
	}
	var serial atomic.Int64
	w.closed(n, func(ctx context.Context, i int) error {
		q := k.mergePatch(ns, name(i), fmt.Sprintf(
			`{"data":{"n":"%d"}}`, serial.Add(1)))
		err := r.measure(func() error {
			_, err := c.do(ctx, q)
			return err
		})
		pause(ctx, between)
		return err
	})
	return r, nil
}
