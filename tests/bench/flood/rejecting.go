package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"time"
)

// S4: a priority level of type Reject with a single seat, 64 creators in it
// and 300 removals. In s4bulk only ConfigMaps are in the level, in s4all
// everything that the identity sends. The level itself is made by
// scenarios.sh.
type rejecting struct {
	window time.Duration
	audit  bool
}

const rejectedPods = 300

func rejectsBulk() scenario {
	x := rejecting{window: 8 * time.Second}
	return scenario{
		name: "s4bulk",
		about: "one seat that rejects, for ConfigMaps only: 64 " +
			"creators, 300 removals beside them",
		run:     x.run,
		columns: x.columns(),
		bars: func(o outcome) []bar {
			return []bar{
				atLeast(0.9, "creates and deletes, share of direct",
					o.ratio("writes/s", "via", "direct")),
				atMost(0.5, "429s, % of upstream requests",
					100*o.median("via", "rejected")/
						o.median("via", "upstream")),
				leaseBar(o, 1000),
			}
		},
	}
}

func rejectsAll() scenario {
	x := rejecting{window: 40 * time.Second, audit: true}
	return scenario{
		name: "s4all",
		about: "one seat that rejects, for everything: 64 creators, " +
			"300 removals and the lease",
		run:     x.run,
		columns: x.columns(),
		bars: func(o outcome) []bar {
			return []bar{
				atMost(2, "all 300 removals gone after, s",
					o.median("via", "gone s")),
				atMost(100, "removal p99, ms",
					o.median("via", "p99 ms")),
				atMost(0, "429s seen by removals and leases",
					o.worst("via", "express 429s")),
				atLeast(3, "creates and deletes, times direct",
					o.ratio("writes/s", "via", "direct")),
				atMost(0, "requests executed twice (audit log)",
					o.worst("via", "twice")),
				atMost(0, "effects other than told (audit log)",
					o.worst("via", "mistold")),
				leaseBar(o, 250),
			}
		},
	}
}

func (x rejecting) columns() []string {
	columns := []string{"removed", "gone s", "p50 ms", "p99 ms",
		"writes/s", "attempts", "429s", "express 429s", "upstream",
		"rejected", "leases", "lease ms", "api cpu", "proxy cpu"}
	if x.audit {
		columns = append(columns, "audited", "twice", "mistold")
	}
	return columns
}

// run begins everything at once: who loses the first race for the seat sleeps
// for as long as the API server says, and meets the others again when it
// wakes up.
func (x rejecting) run(ctx context.Context, b *bench, l leg) (row, error) {
	pods, err := makePods(ctx, b.setup, b.ns, l.id, rejectedPods)
	if err != nil {
		return nil, err
	}
	c := newClient(l.to)
	defer c.close()
	c.ledger = newLedger()
	logged := fileSize(b.auditLog)
	w := newWindow(ctx)
	defer w.close()
	lease, err := w.lease(b.setup, c, b.ns, l.id)
	if err != nil {
		return nil, err
	}
	before, meter := scrape(ctx, b.setup), b.meter()
	began, length := time.Now(), b.length(x.window)
	writes := w.creators(c, b.ns, l.id, 64)
	removals := w.remove(c, b.ns, pods, 4)
	pause(ctx, length)

	removed, written, renewed := removals.close(), writes.close(),
		lease.close()
	r := row{"leases": float64(renewed.done), "lease ms": renewed.max()}
	r.times(removed)
	r["gone s"] = math.Inf(1)
	if removed.done == rejectedPods {
		r["gone s"] = removed.last.Sub(began).Seconds()
	}
	r["writes/s"] = float64(written.done) / length.Seconds()
	r["attempts"] = float64(c.attempts.Load())
	r["429s"] = float64(c.throttled.Load())
	r["express 429s"] = float64(removals.throttled.Load() +
		lease.throttled.Load())
	r.cores(meter, l)
	reached := scrape(ctx, b.setup).since(before)
	r["upstream"] = reached.dispatched + reached.rejected
	r["rejected"] = reached.rejected
	w.close()
	// Without the log what it would say is not measured.
	if x.audit && b.auditLog != "" {
		if err := r.audit(c.ledger, b.auditLog, logged); err != nil {
			return nil, err
		}
	}
	return r, ctx.Err()
}

// audit compares what the client was told with what the API server did.
func (r row) audit(l *ledger, path string, offset int64) error {
	time.Sleep(time.Second) // cancelled requests end, and are logged
	v, err := l.compare(path, offset)
	if err != nil {
		return err
	}
	r["audited"] = float64(v.compared)
	r["twice"], r["mistold"] = float64(v.twice), float64(v.mismatched)
	if v.example != "" {
		fmt.Fprintf(os.Stderr, "flood: audit: %s\n", v.example)
	}
	return nil
}
