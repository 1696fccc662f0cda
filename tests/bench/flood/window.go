package main

import (
	"context"
	"sync"
	"time"
)

// requeueAfter is how long a controller leaves a failed item alone.
const requeueAfter = 100 * time.Millisecond

// A window is a time in which several loads run side by side. Close the
// recorders first and the window after them: its end cancels what is open.
type window struct {
	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup
}

func newWindow(parent context.Context) *window {
	w := &window{}
	w.ctx, w.stop = context.WithCancel(parent)
	return w
}

// close stops all loads and waits for them.
func (w *window) close() {
	w.stop()
	w.wg.Wait()
}

// closed runs workers that each begin their next call when the last one has
// ended: a load that adapts to how fast it is served.
func (w *window) closed(workers int,
	call func(ctx context.Context, worker int) error) {
	for i := 0; i < workers; i++ {
		i := i
		w.wg.Add(1)
		go func() {
			defer w.wg.Done()
			for w.ctx.Err() == nil {
				if call(w.ctx, i) != nil {
					pause(w.ctx, requeueAfter)
				}
			}
		}()
	}
}

// open starts n calls, one each interval, whether the ones before have ended
// or not: a load that does not care. The channel closes when all have ended.
func (w *window) open(n int, interval time.Duration,
	call func(ctx context.Context, i int)) <-chan struct{} {
	var calls sync.WaitGroup
	ended := make(chan struct{})
	w.wg.Add(1)
	go func() {
		defer w.wg.Done()
		defer close(ended)
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for i := 0; i < n && w.ctx.Err() == nil; i++ {
			i := i
			calls.Add(1)
			go func() {
				defer calls.Done()
				call(w.ctx, i)
			}()
			select {
			case <-tick.C:
			case <-w.ctx.Done():
			}
		}
		calls.Wait()
	}()
	return ended
}
