package main

import (
	"context"
	"fmt"
	"time"
)

// S5: the API server stops in the middle of it all. Creates and LISTs arrive
// at a fixed rate, whatever becomes of the ones before; removals become due
// while nobody answers.
const (
	stopAfter    = 3 * time.Second
	stopFor      = 20 * time.Second
	removalsDue  = time.Second // after the stop
	goOnFor      = 7 * time.Second
	drainFor     = 30 * time.Second
	outagePods   = 500
	createEvery  = 20 * time.Millisecond
	listEvery    = 500 * time.Millisecond
	outageLength = stopAfter + stopFor + goOnFor
)

func serverAway() scenario {
	return scenario{
		name: "s5",
		about: "the API server stopped for 20 s (SIGSTOP): 500 " +
			"removals, 50 creates and 2 LISTs a second",
		prepare: prepareCorpus,
		run:     runOutage,
		columns: []string{"removed", "last s", "p50 ms", "p99 ms",
			"max ms", "errors", "creates", "lists", "attempts",
			"429s", "rejected", "first lease ms", "lease ms",
			"lease gave up"},
		bars: func(o outcome) []bar {
			return []bar{
				atMost(1, "last removal after the return, s",
					o.median("via", "last s")),
				atMost(0, "errors to clients",
					o.worst("via", "errors")),
				atLeast(outageLength.Seconds()/
					createEvery.Seconds(), "creates done",
					o.median("via", "creates")),
				atMost(1, "429s, % of attempts",
					100*o.median("via", "429s")/
						o.median("via", "attempts")),
				atMost(100, "first lease after the return, ms",
					o.worst("via", "first lease ms")),
				leaseBar(o, 1000),
			}
		},
	}
}

func runOutage(ctx context.Context, b *bench, l leg) (row, error) {
	pods, err := makePods(ctx, b.setup, b.ns, l.id, outagePods)
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
	before := scrape(ctx, b.setup)
	creates, lists := newRecorder(), newRecorder()
	created := w.open(int(outageLength/createEvery), createEvery,
		func(ctx context.Context, i int) {
			name := fmt.Sprintf("%s-cm-%d", l.id, i)
			q := kinds().configMaps.create(b.ns, name,
				configMap(name, l.id, 200))
			_ = creates.measure(func() error {
				_, err := c.do(ctx, q)
				return err
			})
		})
	listed := w.open(int(outageLength/listEvery), listEvery,
		func(ctx context.Context, _ int) {
			_ = lists.measure(func() error {
				return list(ctx, c, b.ns)
			})
		})
	pause(ctx, stopAfter)
	away, err := beginOutage(b.pid)
	if err != nil {
		return nil, err
	}
	defer away.end()
	pause(ctx, removalsDue)
	removals := w.remove(c, b.ns, pods, 32)
	pause(ctx, stopFor-removalsDue)
	away.end()
	awaitAll(ctx, goOnFor+drainFor, created, listed, removals.gone)

	removed, made, read := removals.close(), creates.close(), lists.close()
	r := row{
		"last s":   removed.last.Sub(away.to).Seconds(),
		"errors":   float64(int(removals.errors.Load()) + made.failed + read.failed),
		"creates":  float64(made.done),
		"lists":    float64(read.done),
		"attempts": float64(c.attempts.Load()),
		"429s":     float64(c.throttled.Load()),
		"rejected": scrape(ctx, b.setup).since(before).rejected,
	}
	r.times(removed.begunAfter(away.to))
	r["removed"] = float64(removed.done)
	r.renewals(lease, away)
	return r, ctx.Err()
}

// awaitAll waits for all of the channels to close, but not for ever.
func awaitAll(ctx context.Context, limit time.Duration,
	all ...<-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for _, ended := range all {
		select {
		case <-ended:
		case <-ctx.Done():
		}
	}
}

// renewals looks at the lease: when the first one came through after the
// return, and the slowest one, of which only the part outside the outage
// counts.
func (r row) renewals(l *lease, away *outage) {
	sum := l.close()
	var first, slowest time.Duration
	for _, s := range sum.samples {
		end, took := s.since.Add(s.took), s.took
		if end.After(away.to) && s.since.Before(away.to) {
			took = end.Sub(away.to)
		} else if end.After(away.from) && end.Before(away.to) {
			took = 0
		}
		if took > slowest {
			slowest = took
		}
		back := end.Sub(away.to)
		if back > 0 && (first == 0 || back < first) {
			first = back
		}
	}
	r["first lease ms"], r["lease ms"] = ms(first), ms(slowest)
	r["lease gave up"] = float64(l.gaveUp.Load())
}
