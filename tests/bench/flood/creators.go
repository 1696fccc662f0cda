package main

import (
	"context"
	"fmt"
	"sync/atomic"
)

// creators keep n writers busy, each creating a ConfigMap and deleting it
// again. Both requests count.
func (w *window) creators(c *client, ns, leg string, n int) *recorder {
	r := newRecorder()
	k := kinds().configMaps
	var serial atomic.Int64
	w.closed(n, func(ctx context.Context, _ int) error {
		name := fmt.Sprintf("%s-cm-%d", leg, serial.Add(1))
		err := r.measure(func() error {
			_, err := c.do(ctx, k.create(ns, name,
				configMap(name, leg, 200)))
			return err
		})
		if err != nil {
			return err
		}
		return r.measure(func() error {
			_, err := c.do(ctx, k.remove(ns, name))
			return err
		})
	})
	return r
}
