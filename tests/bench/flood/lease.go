package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

const (
	renewEvery    = 500 * time.Millisecond
	renewDeadline = 10 * time.Second // client-go's leader election
)

// A lease is renewed as leader election does: a PUT with the resourceVersion
// that the last answer had, and after a failure a GET first, all of it under
// the renew deadline.
type lease struct {
	*recorder
	gaveUp    atomic.Int64 // renewals that met the deadline
	throttled atomic.Int64 // answers 429

	c             *client
	ns, leg, name string
	version       string // empty: must be read first
}

func (w *window) lease(setup, c *client, ns, leg string) (*lease, error) {
	l := &lease{recorder: newRecorder(), c: c, ns: ns, leg: leg,
		name: leg + "-lease"}
	_, err := setup.do(w.ctx, kinds().leases.create(ns, l.name, l.body()))
	if err != nil {
		return nil, fmt.Errorf("making the lease: %w", err)
	}
	w.wg.Add(1)
	go func() {
		defer w.wg.Done()
		tick := time.NewTicker(renewEvery)
		defer tick.Stop()
		for w.ctx.Err() == nil {
			l.renew(w.ctx)
			select {
			case <-tick.C:
			case <-w.ctx.Done():
			}
		}
	}()
	return l, nil
}

func (l *lease) renew(parent context.Context) {
	ctx, cancel := context.WithTimeout(parent, renewDeadline)
	defer cancel()
	s := l.begin()
	err := l.put(ctx)
	if ctx.Err() == context.DeadlineExceeded {
		l.gaveUp.Add(1)
	}
	s.end(err)
}

func (l *lease) put(ctx context.Context) error {
	k := kinds().leases
	if l.version == "" {
		if err := l.call(ctx, k.get(l.ns, l.name)); err != nil {
			return err
		}
	}
	return l.call(ctx, k.update(l.ns, l.name, l.body()))
}

// call takes over the version that the answer has.
func (l *lease) call(ctx context.Context, q request) error {
	r, err := l.c.do(ctx, q)
	l.throttled.Add(int64(r.throttled))
	l.version = ""
	if err != nil {
		return err
	}
	m, err := r.meta()
	l.version = m.Metadata.ResourceVersion
	return err
}

func (l *lease) body() []byte {
	return []byte(fmt.Sprintf(`{"apiVersion":"coordination.k8s.io/v1",`+
		`"kind":"Lease","metadata":{"name":%q,"labels":{%q:%q},`+
		`"resourceVersion":%q},"spec":{"holderIdentity":"flood",`+
		`"leaseDurationSeconds":15,"renewTime":%q}}`,
		l.name, label, l.leg, l.version,
		time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")))
}
