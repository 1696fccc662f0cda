package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const (
	jsonType  = "application/json"
	mergeType = "application/merge-patch+json"

	// label marks everything that this program makes, so that it can be
	// taken away again; its value is the scenario's leg.
	label = "fairway-bench"
)

// A resource is a kind of object as the API's paths name it.
type resource struct {
	prefix, plural string
}

// resources are the kinds in use.
type resources struct {
	pods, configMaps, events, leases, workflows resource
}

func kinds() resources {
	return resources{
		pods:       resource{"/api/v1", "pods"},
		configMaps: resource{"/api/v1", "configmaps"},
		events:     resource{"/api/v1", "events"},
		leases:     resource{"/apis/coordination.k8s.io/v1", "leases"},
		workflows:  resource{"/apis/argoproj.io/v1alpha1", "workflows"},
	}
}

func (k resource) path(ns, name string) string {
	p := k.prefix + "/namespaces/" + ns + "/" + k.plural
	if name != "" {
		p += "/" + name
	}
	return p
}

// selected is the path of all objects of one leg.
func (k resource) selected(ns, leg string) string {
	return k.path(ns, "") + "?labelSelector=" +
		url.QueryEscape(label+"="+leg)
}

func (k resource) request(verb, auditVerb, ns, name string) request {
	return request{verb: verb, path: k.path(ns, name),
		effect: effectOf(auditVerb, k.plural, ns, name)}
}

// effectOf names what a request does to which object, in the words of the
// audit log.
func effectOf(verb, plural, ns, name string) string {
	return verb + " " + plural + "/" + ns + "/" + name
}

func (k resource) create(ns, name string, body []byte) request {
	q := k.request(http.MethodPost, "create", ns, name)
	q.path, q.mediaType, q.body = k.path(ns, ""), jsonType, body
	return q
}

func (k resource) get(ns, name string) request {
	return k.request(http.MethodGet, "get", ns, name)
}

func (k resource) update(ns, name string, body []byte) request {
	q := k.request(http.MethodPut, "update", ns, name)
	q.mediaType, q.body = jsonType, body
	return q
}

func (k resource) mergePatch(ns, name, body string) request {
	q := k.request(http.MethodPatch, "patch", ns, name)
	q.mediaType, q.body = mergeType, []byte(body)
	return q
}

func (k resource) remove(ns, name string) request {
	return k.request(http.MethodDelete, "delete", ns, name)
}

// A meta is what this program reads of an object.
type meta struct {
	Metadata struct {
		Name            string `json:"name"`
		ResourceVersion string `json:"resourceVersion"`
	} `json:"metadata"`
}

func (r reply) meta() (meta, error) {
	var m meta
	err := json.Unmarshal(r.body, &m)
	return m, err
}

func metadata(name, leg string) string {
	return fmt.Sprintf(`"metadata":{"name":%q,"labels":{%q:%q}}`,
		name, label, leg)
}

// configMap has a body of about size bytes.
func configMap(name, leg string, size int) []byte {
	return []byte(fmt.Sprintf(
		`{"apiVersion":"v1","kind":"ConfigMap",%s,"data":{"x":%q}}`,
		metadata(name, leg), strings.Repeat("x", size)))
}

// putAway removes what a leg has left behind: its pods lose their finalizers
// and everything else is deleted.
func putAway(ctx context.Context, c *client, ns, leg string) error {
	k := kinds()
	r, err := c.do(ctx, request{verb: http.MethodGet,
		path: k.pods.selected(ns, leg)})
	if err != nil {
		return err
	}
	var list struct{ Items []meta }
	if err := json.Unmarshal(r.body, &list); err != nil {
		return err
	}
	for _, pod := range list.Items {
		_, err := c.do(ctx, k.pods.mergePatch(ns, pod.Metadata.Name,
			`{"metadata":{"finalizers":null}}`))
		if err != nil && !isStatus(err, http.StatusNotFound) {
			return err
		}
	}
	for _, kind := range []resource{k.pods, k.configMaps, k.events,
		k.leases, k.workflows} {
		_, err := c.do(ctx, request{verb: http.MethodDelete,
			path: kind.selected(ns, leg)})
		if err != nil {
			return fmt.Errorf("putting away %s: %w",
				kind.plural, err)
		}
	}
	return nil
}
