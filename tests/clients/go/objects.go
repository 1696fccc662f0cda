// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
)

func (s *session) discovery() {
	s.step("version", success, func() (interface{}, error) {
		return s.clients.Discovery().ServerVersion()
	})
	s.step("groups", success, func() (interface{}, error) {
		return s.clients.Discovery().ServerGroups()
	})
	s.step("resources of core", success, func() (interface{}, error) {
		return s.clients.Discovery().ServerResourcesForGroupVersion("v1")
	})
	s.step("all resources", success, func() (interface{}, error) {
		groups, lists, err := s.clients.Discovery().
			ServerGroupsAndResources()
		return fmt.Sprintf("%d groups, %d lists", len(groups),
			len(lists)), err
	})
	// A document of some MB, where the server has one.
	s.step("OpenAPI", anything, func() (interface{}, error) {
		body, err := s.clients.RESTClient().Get().AbsPath("/openapi/v2").
			DoRaw(s.ctx)
		return fmt.Sprintf("%d bytes, SHA-256 %x", len(body),
			sha256.Sum256(body)), err
	})
	s.step("ready", success, func() (interface{}, error) {
		body, err := s.clients.RESTClient().Get().AbsPath("/readyz").
			Param("verbose", "").DoRaw(s.ctx)
		return string(body), err
	})
	s.step("no such path", metav1.StatusReasonNotFound,
		func() (interface{}, error) {
			return nil, s.clients.RESTClient().Get().
				AbsPath("/apis/nothing.example.com/v1").Do(s.ctx).Error()
		})
}

func configMap(name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name:   name,
			Labels: map[string]string{"made-by": "us"},
		},
		Data: map[string]string{"a": "1"},
	}
}

// ours selects what nobody else puts into a namespace.
const ours = "made-by=us"

func (s *session) objects() {
	maps := s.clients.CoreV1().ConfigMaps(s.namespace)
	patch := func(name string, kind types.PatchType,
		body string) func() (interface{}, error) {
		return func() (interface{}, error) {
			return maps.Patch(s.ctx, name, kind, []byte(body),
				metav1.PatchOptions{})
		}
	}

	s.step("create", success, func() (interface{}, error) {
		return maps.Create(s.ctx, configMap("one"), metav1.CreateOptions{})
	})
	s.step("create, dry run", success, func() (interface{}, error) {
		return maps.Create(s.ctx, configMap("dry"), metav1.CreateOptions{
			DryRun: []string{metav1.DryRunAll}})
	})
	s.step("create, generated name", success, func() (interface{}, error) {
		generated := configMap("")
		generated.GenerateName = "generated-"
		made, err := maps.Create(s.ctx, generated, metav1.CreateOptions{})
		if err != nil {
			return nil, err
		}
		return strings.HasPrefix(made.Name, "generated-"),
			maps.Delete(s.ctx, made.Name, metav1.DeleteOptions{})
	})
	s.step("get", success, func() (interface{}, error) {
		return maps.Get(s.ctx, "one", metav1.GetOptions{})
	})
	s.step("update", success, func() (interface{}, error) {
		one, err := maps.Get(s.ctx, "one", metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		one.Data["a"] = "2"
		one.BinaryData = map[string][]byte{"b": {0, 1, 0xfe, 0xff}}
		return maps.Update(s.ctx, one, metav1.UpdateOptions{})
	})
	s.step("merge patch", success, patch("one", types.MergePatchType,
		`{"data":{"c":"3","none":null}}`))
	s.step("strategic merge patch", success, patch("one",
		types.StrategicMergePatchType,
		`{"metadata":{"labels":{"x":"y"}},"data":{"d":"4"}}`))
	s.step("JSON patch", success, patch("one", types.JSONPatchType,
		`[{"op":"test","path":"/data/d","value":"4"},
		  {"op":"remove","path":"/data/d"},
		  {"op":"add","path":"/data/e","value":"\u00e9\u4e2d"}]`))
	s.step("JSON patch, failing test", metav1.StatusReasonInvalid,
		patch("one", types.JSONPatchType,
			`[{"op":"test","path":"/data/e","value":"x"}]`))
	s.step("merge patch, not JSON", metav1.StatusReasonBadRequest,
		patch("one", types.MergePatchType, `{"data":`))
	s.step("patch, nothing changed", success, patch("one", types.MergePatchType,
		`{}`))
	apply := func(manager, value string,
		force bool) func() (interface{}, error) {
		return func() (interface{}, error) {
			return maps.Apply(s.ctx, applycorev1.ConfigMap("applied",
				s.namespace).WithLabels(map[string]string{
				"made-by": "us"}).WithData(map[string]string{
				"a": value}), metav1.ApplyOptions{
				FieldManager: manager, Force: force})
		}
	}
	s.step("apply", anything, apply("first", "1", false))
	s.step("apply again", anything, apply("first", "1", false))
	s.step("apply, conflict", anything, apply("second", "2", false))
	s.step("apply, forced", anything, apply("second", "2", true))
	s.step("list", success, func() (interface{}, error) {
		return maps.List(s.ctx, metav1.ListOptions{LabelSelector: ours})
	})
	s.step("list, fields", success, func() (interface{}, error) {
		return maps.List(s.ctx, metav1.ListOptions{
			FieldSelector: "metadata.name=one"})
	})
	s.step("list, none", success, func() (interface{}, error) {
		return maps.List(s.ctx, metav1.ListOptions{
			LabelSelector: "nobody=has"})
	})
	s.step("1 MiB", success, func() (interface{}, error) {
		big := configMap("big")
		big.Data = map[string]string{"x": strings.Repeat("x", 1<<20)}
		if _, err := maps.Create(s.ctx, big,
			metav1.CreateOptions{}); err != nil {
			return nil, err
		}
		read, err := maps.Get(s.ctx, "big", metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		return read.Data["x"] == big.Data["x"],
			maps.Delete(s.ctx, "big", metav1.DeleteOptions{})
	})
	s.step("delete, wrong uid", metav1.StatusReasonConflict,
		func() (interface{}, error) {
			uid := types.UID("not-this-one")
			return nil, maps.Delete(s.ctx, "one", metav1.DeleteOptions{
				Preconditions: &metav1.Preconditions{UID: &uid}})
		})
	s.step("delete", success, func() (interface{}, error) {
		return nil, maps.Delete(s.ctx, "one", metav1.DeleteOptions{})
	})
	s.step("delete many", success, func() (interface{}, error) {
		return nil, maps.DeleteCollection(s.ctx, metav1.DeleteOptions{},
			metav1.ListOptions{LabelSelector: ours})
	})
	s.step("nothing left", success, func() (interface{}, error) {
		return maps.List(s.ctx, metav1.ListOptions{LabelSelector: ours})
	})
}

// pod returns one that nobody schedules: it changes only when we change it.
func (s *session) pod(name string) *corev1.Pod {
	no := false
	grace := int64(0)
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: s.namespace,
			Name:      name,
			Labels:    map[string]string{"made-by": "us"},
		},
		Spec: corev1.PodSpec{
			NodeName:                      s.node,
			SchedulerName:                 "nobody",
			ServiceAccountName:            "us",
			AutomountServiceAccountToken:  &no,
			TerminationGracePeriodSeconds: &grace,
			Containers: []corev1.Container{{
				Name: "main", Image: "none"}},
		},
	}
}

func (s *session) pods() {
	pods := s.clients.CoreV1().Pods(s.namespace)

	s.step("create a service account", success, func() (interface{}, error) {
		return s.clients.CoreV1().ServiceAccounts(s.namespace).Create(s.ctx,
			&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{
				Name: "us"}}, metav1.CreateOptions{})
	})
	s.step("create a pod", success, func() (interface{}, error) {
		return pods.Create(s.ctx, s.pod("p"), metav1.CreateOptions{})
	})
	s.step("patch a pod", success, func() (interface{}, error) {
		return pods.Patch(s.ctx, "p", types.StrategicMergePatchType,
			[]byte(`{"spec":{"containers":[{"name":"main",
				"image":"other"}]}}`), metav1.PatchOptions{})
	})
	s.step("status of a pod", success, func() (interface{}, error) {
		p, err := pods.Get(s.ctx, "p", metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		p.Status.Phase = corev1.PodRunning
		p.Status.Message = "as we say"
		return pods.UpdateStatus(s.ctx, p, metav1.UpdateOptions{})
	})
	s.step("patch a pod's status", success, func() (interface{}, error) {
		return pods.Patch(s.ctx, "p", types.StrategicMergePatchType,
			[]byte(`{"status":{"conditions":[{"type":"Ready",
				"status":"True"}]}}`), metav1.PatchOptions{}, "status")
	})
	s.step("list pods", success, func() (interface{}, error) {
		return pods.List(s.ctx, metav1.ListOptions{LabelSelector: ours,
			FieldSelector: "status.phase=Running"})
	})
	s.step("evict a pod", anything, func() (interface{}, error) {
		return nil, pods.EvictV1(s.ctx, &policyv1.Eviction{
			ObjectMeta: metav1.ObjectMeta{Name: "p"}})
	})
	s.step("delete a pod", anything, func() (interface{}, error) {
		return nil, pods.Delete(s.ctx, "p", metav1.DeleteOptions{})
	})
}

// others: other types, other forms of the same.
func (s *session) others() {
	s.step("lease", success, func() (interface{}, error) {
		leases := s.clients.CoordinationV1().Leases(s.namespace)
		holder := "me"
		lease, err := leases.Create(s.ctx, &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Name: "l"},
			Spec: coordinationv1.LeaseSpec{HolderIdentity: &holder,
				RenewTime: &metav1.MicroTime{Time: time.Unix(1, 2000)}},
		}, metav1.CreateOptions{})
		if err != nil {
			return nil, err
		}
		holder = "you"
		lease.Spec.HolderIdentity = &holder
		return leases.Update(s.ctx, lease, metav1.UpdateOptions{})
	})
	s.step("event", success, func() (interface{}, error) {
		return s.clients.CoreV1().Events(s.namespace).Create(s.ctx,
			&corev1.Event{
				ObjectMeta: metav1.ObjectMeta{Name: "e"},
				InvolvedObject: corev1.ObjectReference{Kind: "ConfigMap",
					Namespace: s.namespace, Name: "one"},
				Reason: "Tested", Type: corev1.EventTypeNormal,
			}, metav1.CreateOptions{})
	})
	s.step("secret", success, func() (interface{}, error) {
		return s.clients.CoreV1().Secrets(s.namespace).Create(s.ctx,
			&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "s"},
				StringData: map[string]string{"key": "value"}},
			metav1.CreateOptions{})
	})
	s.step("metadata only", success, func() (interface{}, error) {
		client, err := metadata.NewForConfig(s.config)
		if err != nil {
			return nil, err
		}
		return client.Resource(corev1.SchemeGroupVersion.WithResource(
			"secrets")).Namespace(s.namespace).List(s.ctx,
			metav1.ListOptions{FieldSelector: "metadata.name=s"})
	})
	s.step("table", success, func() (interface{}, error) {
		body, err := s.clients.CoreV1().RESTClient().Get().
			Namespace(s.namespace).Resource("secrets").Name("s").
			SetHeader("Accept",
				"application/json;as=Table;v=v1;g=meta.k8s.io").
			DoRaw(s.ctx)
		return string(body), err
	})
	// Where the type is known.
	s.step("custom resource", anything, func() (interface{}, error) {
		client, err := dynamic.NewForConfig(s.config)
		if err != nil {
			return nil, err
		}
		workflows := client.Resource(schema.GroupVersionResource{
			Group: "argoproj.io", Version: "v1alpha1",
			Resource: "workflows"}).Namespace(s.namespace)
		workflow := &unstructured.Unstructured{
			Object: map[string]interface{}{
				"apiVersion": "argoproj.io/v1alpha1",
				"kind":       "Workflow",
				"metadata":   map[string]interface{}{"name": "w"},
				"spec":       map[string]interface{}{"entrypoint": "a"},
			}}
		if _, err = workflows.Create(s.ctx, workflow,
			metav1.CreateOptions{}); err != nil {
			return nil, err
		}
		return workflows.Patch(s.ctx, "w", types.MergePatchType,
			[]byte(`{"spec":{"entrypoint":"b"}}`), metav1.PatchOptions{})
	})
}
