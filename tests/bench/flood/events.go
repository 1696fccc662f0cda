package main

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
)

// events keep n posters of Events busy.
func (w *window) events(c *client, ns, leg string, n int) *recorder {
	r := newRecorder()
	k := kinds().events
	var serial atomic.Int64
	w.closed(n, func(ctx context.Context, _ int) error {
		name := fmt.Sprintf("%s-event-%d", leg, serial.Add(1))
		body := fmt.Sprintf(`{"apiVersion":"v1","kind":"Event",%s,`+
			`"type":"Normal","reason":"WorkflowNodeRunning",`+
			`"message":%q,"involvedObject":{"kind":"Workflow",`+
			`"namespace":%q,"name":"wf"}}`, metadata(name, leg),
			strings.Repeat("x", 500), ns)
		return r.measure(func() error {
			_, err := c.do(ctx, k.create(ns, name, []byte(body)))
			return err
		})
	})
	return r
}
