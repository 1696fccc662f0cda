package main

import (
	"context"
	"fmt"
	"net/http"
)

// What a wide LIST returns: about 6 MB.
const (
	corpus      = "corpus" // the leg that its objects belong to
	corpusCount = 600
	corpusSize  = 10000
)

// makeCorpus creates the objects that the LISTs return.
func makeCorpus(ctx context.Context, c *client, ns string) error {
	k := kinds().configMaps
	for i := 0; i < corpusCount; i++ {
		name := fmt.Sprintf("corpus-%d", i)
		_, err := c.do(ctx, k.create(ns, name,
			configMap(name, corpus, corpusSize)))
		if err != nil && !isStatus(err, http.StatusConflict) {
			return fmt.Errorf("making the corpus: %w", err)
		}
	}
	return nil
}

// list reads the corpus in one piece, as Argo lists its pods.
func list(ctx context.Context, c *client, ns string) error {
	r, err := c.do(ctx, request{verb: http.MethodGet, discard: true,
		path: kinds().configMaps.selected(ns, corpus)})
	if err == nil && r.size < corpusCount*corpusSize {
		err = fmt.Errorf("LIST ended after %d bytes", r.size)
	}
	return err
}

// lists keeps n wide LISTs under way.
func (w *window) lists(c *client, ns string, n int) *recorder {
	r := newRecorder()
	w.closed(n, func(ctx context.Context, _ int) error {
		return r.measure(func() error { return list(ctx, c, ns) })
	})
	return r
}
