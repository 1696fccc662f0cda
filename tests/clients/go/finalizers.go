// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

const (
	argoFinalizer  = "workflows.argoproj.io/status"
	otherFinalizer = "example.com/hold"
)

// finalizers come and go as controllers let them, and as kubectl and Argo do.
func (s *session) finalizers() {
	c, err := client.New(s.config, client.Options{})
	s.step("controller-runtime", success, func() (interface{}, error) {
		return nil, err
	})
	pods := s.clients.CoreV1().Pods(s.namespace)
	key := types.NamespacedName{Namespace: s.namespace, Name: "f"}
	get := func() (*corev1.Pod, error) {
		p := &corev1.Pod{}
		return p, c.Get(s.ctx, key, p)
	}
	// remove: with the resourceVersion that it saw, as a controller should.
	remove := func(p *corev1.Pod, finalizer string) (interface{}, error) {
		before := p.DeepCopy()
		changed := controllerutil.RemoveFinalizer(p, finalizer)
		err := c.Patch(s.ctx, p, client.MergeFromWithOptions(before,
			client.MergeFromWithOptimisticLock{}))
		return fmt.Sprintf("changed %v, left %v", changed,
			p.Finalizers), err
	}

	s.step("create with a finalizer", success, func() (interface{}, error) {
		p := s.pod("f")
		p.Finalizers = []string{argoFinalizer}
		return p.Finalizers, c.Create(s.ctx, p)
	})
	s.step("add a finalizer", success, func() (interface{}, error) {
		p, err := get()
		if err != nil {
			return nil, err
		}
		before := p.DeepCopy()
		added := controllerutil.AddFinalizer(p, otherFinalizer)
		return added, c.Patch(s.ctx, p, client.MergeFrom(before))
	})
	stale, err := get()
	s.step("delete", success, func() (interface{}, error) {
		if err != nil {
			return nil, err
		}
		return nil, c.Delete(s.ctx, stale.DeepCopy())
	})
	s.step("it is ending", success, func() (interface{}, error) {
		p, err := get()
		if err != nil {
			return nil, err
		}
		return fmt.Sprintf("deleted %v, finalizers %v",
			p.DeletionTimestamp != nil, p.Finalizers), nil
	})
	s.step("add one too late", metav1.StatusReasonInvalid,
		func() (interface{}, error) {
			return nil, second(pods.Patch(s.ctx, "f",
				types.StrategicMergePatchType, []byte(
					`{"metadata":{"finalizers":["example.com/late"]}}`),
				metav1.PatchOptions{}))
		})
	s.step("remove, stale", metav1.StatusReasonConflict,
		func() (interface{}, error) {
			return remove(stale.DeepCopy(), argoFinalizer)
		})
	s.step("remove", success, func() (interface{}, error) {
		p, err := get()
		if err != nil {
			return nil, err
		}
		return remove(p, argoFinalizer)
	})
	s.step("remove the last", success, func() (interface{}, error) {
		p, err := get()
		if err != nil {
			return nil, err
		}
		return remove(p, otherFinalizer)
	})
	s.step("it is gone", metav1.StatusReasonNotFound,
		func() (interface{}, error) {
			return nil, second(get())
		})

	maps := s.clients.CoreV1().ConfigMaps(s.namespace)
	held := func(name string) error {
		m := configMap(name)
		m.Finalizers = []string{otherFinalizer}
		if _, err := maps.Create(s.ctx, m,
			metav1.CreateOptions{}); err != nil {
			return err
		}
		return maps.Delete(s.ctx, name, metav1.DeleteOptions{})
	}
	for _, form := range []struct {
		name string
		kind types.PatchType
		body string
	}{
		{"merge patch", types.MergePatchType,
			`{"metadata":{"finalizers":null}}`},
		{"strategic merge patch", types.StrategicMergePatchType,
			`{"metadata":{"$deleteFromPrimitiveList/finalizers":["` +
				otherFinalizer + `"]}}`},
		{"JSON patch", types.JSONPatchType,
			`[{"op":"test","path":"/metadata/finalizers/0","value":"` +
				otherFinalizer + `"},
			  {"op":"remove","path":"/metadata/finalizers/0"}]`},
	} {
		s.step("let go by "+form.name, success,
			func() (interface{}, error) {
				if err := held("held"); err != nil {
					return nil, err
				}
				return maps.Patch(s.ctx, "held", form.kind,
					[]byte(form.body), metav1.PatchOptions{})
			})
	}
	s.step("let go by update", success, func() (interface{}, error) {
		if err := held("held"); err != nil {
			return nil, err
		}
		m, err := maps.Get(s.ctx, "held", metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		m.Finalizers = nil
		return maps.Update(s.ctx, m, metav1.UpdateOptions{})
	})
	s.step("all let go", metav1.StatusReasonNotFound,
		func() (interface{}, error) {
			return nil, second(maps.Get(s.ctx, "held",
				metav1.GetOptions{}))
		})
}
