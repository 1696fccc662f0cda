package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	finalizer = "workflows.argoproj.io/status"

	// pauseBetween is what a worker does between two removals.
	pauseBetween = 20 * time.Millisecond
)

// A pod is Terminating and waits for its finalizer to be removed.
type pod struct {
	name, version string
	span          *span // since the first try
}

// makePods creates pods with Argo's finalizer and deletes them, which leaves
// them Terminating.
func makePods(ctx context.Context, c *client, ns, leg string,
	n int) ([]*pod, error) {
	const workers = 8
	all := make([]*pod, n)
	errs := make(chan error, workers)
	for w := 0; w < workers; w++ {
		go func(w int) {
			var err error
			for i := w; i < n && err == nil; i += workers {
				name := fmt.Sprintf("%s-pod-%d", leg, i)
				all[i], err = makePod(ctx, c, ns, leg, name)
			}
			errs <- err
		}(w)
	}
	var err error
	for w := 0; w < workers; w++ {
		if e := <-errs; e != nil {
			err = fmt.Errorf("making pods: %w", e)
		}
	}
	return all, err
}

func makePod(ctx context.Context, c *client, ns, leg,
	name string) (*pod, error) {
	k := kinds().pods
	body := fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{`+
		`"name":%q,"labels":{%q:%q},"finalizers":[%q]},"spec":{`+
		`"containers":[{"name":"main","image":"busybox"}]}}`,
		name, label, leg, finalizer)
	if _, err := c.do(ctx, k.create(ns, name, []byte(body))); err != nil {
		return nil, err
	}
	r, err := c.do(ctx, k.remove(ns, name))
	if err != nil {
		return nil, err
	}
	m, err := r.meta()
	return &pod{name: name, version: m.Metadata.ResourceVersion}, err
}

// removals are Argo's pod clean-up: a queue and a few workers, each with one
// PATCH under way. What fails is queued again; gone is as good as removed.
type removals struct {
	*recorder               // from the first try of a pod to its success
	gone      chan struct{} // closes with the last pod
	errors    atomic.Int64  // tries that ended with an error
	throttled atomic.Int64  // answers 429

	left atomic.Int64
	once sync.Once
}

func (w *window) remove(c *client, ns string, pods []*pod,
	workers int) *removals {
	r := &removals{recorder: newRecorder(), gone: make(chan struct{})}
	r.left.Store(int64(len(pods)))
	queue := make(chan *pod, len(pods))
	for _, p := range pods {
		queue <- p
	}
	w.closed(workers, func(ctx context.Context, _ int) error {
		select {
		case p := <-queue:
			r.try(ctx, c, ns, p, queue)
			pause(ctx, pauseBetween)
		case <-ctx.Done():
		}
		return nil
	})
	return r
}

// try sends one removal as Argo does: the resourceVersion guards it, so that
// sending it a second time cannot do harm.
func (r *removals) try(ctx context.Context, c *client, ns string, p *pod,
	queue chan<- *pod) {
	if p.span == nil {
		p.span = r.begin()
	}
	answer, err := c.do(ctx, kinds().pods.mergePatch(ns, p.name,
		fmt.Sprintf(`{"metadata":{"finalizers":[],"resourceVersion":%q}}`,
			p.version)))
	r.throttled.Add(int64(answer.throttled))
	switch {
	case err == nil || isStatus(err, http.StatusNotFound):
		p.span.end(nil)
		if r.left.Add(-1) == 0 {
			r.once.Do(func() { close(r.gone) })
		}
	case ctx.Err() == nil:
		r.errors.Add(1)
		time.AfterFunc(requeueAfter, func() { queue <- p })
	}
}
