package main

import (
	"context"
	"fmt"
	"strings"
)

// workflowSize is that of a Workflow with a few hundred nodes in its status.
const workflowSize = 300 << 10

// workflows keep n loops busy that each write a whole Workflow, as Argo does
// after each reconciliation. The objects are made by setup.
func (w *window) workflows(setup, c *client, ns, leg string,
	n int) (*recorder, error) {
	r := newRecorder()
	k := kinds().workflows
	versions := make([]string, n)
	for i := range versions {
		name := fmt.Sprintf("%s-wf-%d", leg, i)
		answer, err := setup.do(w.ctx, k.create(ns, name,
			workflow(name, leg, "")))
		if err != nil {
			return nil, fmt.Errorf("making workflows: %w", err)
		}
		m, err := answer.meta()
		if err != nil {
			return nil, err
		}
		versions[i] = m.Metadata.ResourceVersion
	}
	w.closed(n, func(ctx context.Context, i int) error {
		name := fmt.Sprintf("%s-wf-%d", leg, i)
		return r.measure(func() error {
			answer, err := c.do(ctx, k.update(ns, name,
				workflow(name, leg, versions[i])))
			if err != nil {
				return err
			}
			m, err := answer.meta()
			versions[i] = m.Metadata.ResourceVersion
			return err
		})
	})
	return r, nil
}

// workflow changes with its version, or the API server would not write it.
func workflow(name, leg, version string) []byte {
	return []byte(fmt.Sprintf(`{"apiVersion":"argoproj.io/v1alpha1",`+
		`"kind":"Workflow","metadata":{"name":%q,"labels":{%q:%q},`+
		`"resourceVersion":%q},"status":{"after":%q,"nodes":%q}}`,
		name, label, leg, version, version,
		strings.Repeat("x", workflowSize)))
}
