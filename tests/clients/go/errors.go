// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/pager"
)

// errors: each kind that programs tell apart.
func (s *session) errors() {
	maps := s.clients.CoreV1().ConfigMaps(s.namespace)

	s.step("404", metav1.StatusReasonNotFound, func() (interface{}, error) {
		return nil, second(maps.Get(s.ctx, "none", metav1.GetOptions{}))
	})
	s.step("404 of a namespace", metav1.StatusReasonNotFound,
		func() (interface{}, error) {
			return nil, second(s.clients.CoreV1().ConfigMaps(s.namespace+
				"-none").Create(s.ctx, configMap("one"),
				metav1.CreateOptions{}))
		})
	s.step("409, exists", metav1.StatusReasonAlreadyExists,
		func() (interface{}, error) {
			if _, err := maps.Create(s.ctx, configMap("one"),
				metav1.CreateOptions{}); err != nil {
				return nil, err
			}
			return nil, second(maps.Create(s.ctx, configMap("one"),
				metav1.CreateOptions{}))
		})
	s.step("409, stale", metav1.StatusReasonConflict,
		func() (interface{}, error) {
			stale, err := maps.Get(s.ctx, "one", metav1.GetOptions{})
			if err != nil {
				return nil, err
			}
			fresh := stale.DeepCopy()
			fresh.Data["a"] = "fresh"
			if _, err = maps.Update(s.ctx, fresh,
				metav1.UpdateOptions{}); err != nil {
				return nil, err
			}
			stale.Data["a"] = "stale"
			return nil, second(maps.Update(s.ctx, stale,
				metav1.UpdateOptions{}))
		})
	s.step("413", metav1.StatusReasonRequestEntityTooLarge,
		func() (interface{}, error) {
			big := configMap("big")
			big.Data["x"] = strings.Repeat("x", 4<<20)
			return nil, second(maps.Create(s.ctx, big,
				metav1.CreateOptions{}))
		})
	s.step("415", metav1.StatusReasonUnsupportedMediaType,
		func() (interface{}, error) {
			return nil, s.clients.CoreV1().RESTClient().
				Patch("application/nonsense").Namespace(s.namespace).
				Resource("configmaps").Name("one").Body([]byte("{}")).
				Do(s.ctx).Error()
		})
	s.step("422", metav1.StatusReasonInvalid, func() (interface{}, error) {
		return nil, second(maps.Create(s.ctx, configMap("Not_A_Name"),
			metav1.CreateOptions{}))
	})
	s.step("422 of a pod", metav1.StatusReasonInvalid,
		func() (interface{}, error) {
			wrong := s.pod("wrong")
			wrong.Spec.Containers = nil
			return nil, second(s.clients.CoreV1().Pods(s.namespace).
				Create(s.ctx, wrong, metav1.CreateOptions{}))
		})
	s.step("a client that gives up", anything, func() (interface{}, error) {
		ctx, cancel := context.WithCancel(s.ctx)
		w, err := maps.Watch(ctx, metav1.ListOptions{})
		if err != nil {
			cancel()
			return nil, err
		}
		cancel()
		for range w.ResultChan() {
		}
		return nil, second(maps.Get(ctx, "one", metav1.GetOptions{}))
	})
}

// second returns the error alone.
func second(_ runtime.Object, err error) error {
	return err
}

func (s *session) pages() {
	maps := s.clients.CoreV1().ConfigMaps(s.namespace)
	paged := metav1.ListOptions{LabelSelector: ours}

	s.step("create many", success, func() (interface{}, error) {
		for i := 0; i < 25; i++ {
			if _, err := maps.Create(s.ctx, configMap(
				fmt.Sprintf("page-%02d", i)),
				metav1.CreateOptions{}); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	s.step("first page", success, func() (interface{}, error) {
		options := paged
		options.Limit = 10
		page, err := maps.List(s.ctx, options)
		if err != nil {
			return nil, err
		}
		return fmt.Sprintf("%d, remaining %d, token %v", len(page.Items),
			remaining(page), page.Continue != ""), nil
	})
	s.step("all pages", success, func() (interface{}, error) {
		var names []string
		pages := pager.New(func(ctx context.Context,
			options metav1.ListOptions) (runtime.Object, error) {
			return maps.List(ctx, options)
		})
		pages.PageSize = 10
		err := pages.EachListItem(s.ctx, paged, func(o runtime.Object) error {
			names = append(names, o.(*corev1.ConfigMap).Name)
			return nil
		})
		return strings.Join(names, " "), err
	})
	s.step("wrong token", metav1.StatusReasonBadRequest,
		func() (interface{}, error) {
			options := paged
			options.Limit = 10
			options.Continue = "nonsense"
			return nil, second(maps.List(s.ctx, options))
		})
	s.step("exactly a version", success, func() (interface{}, error) {
		list, err := maps.List(s.ctx, paged)
		if err != nil {
			return nil, err
		}
		if err = maps.Delete(s.ctx, "page-24",
			metav1.DeleteOptions{}); err != nil {
			return nil, err
		}
		options := paged
		options.ResourceVersion = list.ResourceVersion
		options.ResourceVersionMatch = metav1.ResourceVersionMatchNotOlderThan
		again, err := maps.List(s.ctx, options)
		if err != nil {
			return nil, err
		}
		return fmt.Sprintf("%d before, %v", len(list.Items),
			len(again.Items) <= len(list.Items)), nil
	})
}

func remaining(page *corev1.ConfigMapList) int64 {
	if page.RemainingItemCount == nil {
		return -1
	}
	return *page.RemainingItemCount
}

// expired is what a watch gets that is too far behind.  Whether the past is
// forgotten already is the server's business: a section of its own.
func (s *session) expired() {
	s.section("expired")
	s.step("410", anything, func() (interface{}, error) {
		w, err := s.clients.CoreV1().ConfigMaps(s.namespace).Watch(s.ctx,
			metav1.ListOptions{ResourceVersion: "1"})
		if err != nil {
			return nil, err
		}
		defer w.Stop()
		return nil, apierrors.FromObject((<-w.ResultChan()).Object)
	})
}

// impersonation is for those who may; in a section that can be left out.
func (s *session) impersonation() {
	s.section("impersonation")
	config := rest.CopyConfig(s.config)
	config.Impersonate = rest.ImpersonationConfig{
		UserName: "fairway-test-nobody", Groups: []string{"some", "others"}}
	nobody, err := kubernetes.NewForConfig(config)
	s.step("become nobody", success, func() (interface{}, error) {
		return nil, err
	})
	s.step("403", metav1.StatusReasonForbidden,
		func() (interface{}, error) {
			return nil, second(nobody.CoreV1().ConfigMaps(s.namespace).List(
				s.ctx, metav1.ListOptions{}))
		})
	s.step("403 to write", metav1.StatusReasonForbidden,
		func() (interface{}, error) {
			return nil, nobody.CoreV1().ConfigMaps(s.namespace).Delete(
				s.ctx, "one", metav1.DeleteOptions{})
		})
	s.step("403 to watch", metav1.StatusReasonForbidden,
		func() (interface{}, error) {
			w, err := nobody.CoreV1().ConfigMaps(s.namespace).Watch(s.ctx,
				metav1.ListOptions{})
			if err == nil {
				w.Stop()
			}
			return nil, err
		})
}

// end removes what is left; nothing can be created where all is ending.
func (s *session) end() {
	s.section("the end")
	s.step("delete the namespace", success, func() (interface{}, error) {
		return nil, s.clients.CoreV1().Namespaces().Delete(s.ctx,
			s.namespace, metav1.DeleteOptions{})
	})
	s.step("403, the namespace is ending", anything,
		func() (interface{}, error) {
			return nil, second(s.clients.CoreV1().ConfigMaps(s.namespace).
				Create(s.ctx, configMap("late"), metav1.CreateOptions{}))
		})
}
