// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

func (s *session) watches() {
	maps := s.clients.CoreV1().ConfigMaps(s.namespace)
	selected := metav1.ListOptions{LabelSelector: "watch=me"}
	watched := configMap("watched")
	watched.Labels = map[string]string{"watch": "me"}

	s.step("watch", success, func() (interface{}, error) {
		list, err := maps.List(s.ctx, selected)
		if err != nil {
			return nil, err
		}
		from := selected
		from.ResourceVersion = list.ResourceVersion
		from.AllowWatchBookmarks = true
		w, err := maps.Watch(s.ctx, from)
		if err != nil {
			return nil, err
		}
		defer w.Stop()
		if err = s.change(watched); err != nil {
			return nil, err
		}
		return s.events(w, 4), nil
	})
	s.step("watch from the past", success, func() (interface{}, error) {
		list, err := maps.List(s.ctx, selected)
		if err != nil {
			return nil, err
		}
		if err = s.change(watched); err != nil {
			return nil, err
		}
		from := selected
		from.ResourceVersion = list.ResourceVersion
		w, err := maps.Watch(s.ctx, from)
		if err != nil {
			return nil, err
		}
		defer w.Stop()
		return s.events(w, 4), nil
	})
	// The server ends it, which is no error.
	s.step("watch with a limit", success, func() (interface{}, error) {
		second := int64(1)
		from := selected
		from.TimeoutSeconds = &second
		w, err := maps.Watch(s.ctx, from)
		if err != nil {
			return nil, err
		}
		defer w.Stop()
		return s.events(w, 1), nil
	})
	s.step("watch with initial events", anything,
		func() (interface{}, error) {
			yes := true
			from := metav1.ListOptions{LabelSelector: ours,
				AllowWatchBookmarks: true, SendInitialEvents: &yes,
				ResourceVersionMatch: metav1.
					ResourceVersionMatchNotOlderThan}
			w, err := maps.Watch(s.ctx, from)
			if err != nil {
				return nil, err
			}
			defer w.Stop()
			return s.events(w, 26), nil
		})
}

// change makes four events: the object comes, changes twice and goes.
func (s *session) change(object *corev1.ConfigMap) error {
	maps := s.clients.CoreV1().ConfigMaps(s.namespace)

	if _, err := maps.Create(s.ctx, object,
		metav1.CreateOptions{}); err != nil {
		return err
	}
	for _, value := range []string{"2", "3"} {
		if _, err := maps.Patch(s.ctx, object.Name, types.MergePatchType,
			[]byte(`{"data":{"a":"`+value+`"}}`),
			metav1.PatchOptions{}); err != nil {
			return err
		}
	}
	return maps.Delete(s.ctx, object.Name, metav1.DeleteOptions{})
}

// events waits for so many, or the end.  Bookmarks come when they please, but
// for the one that ends the initial events.
func (s *session) events(w watch.Interface, number int) string {
	var lines []string

	for len(lines) < number {
		event, isOpen := <-w.ResultChan()
		if !isOpen {
			return strings.Join(append(lines, "ended"), "\n")
		}
		object, isMap := event.Object.(*corev1.ConfigMap)
		if !isMap {
			return strings.Join(append(lines, text(event)), "\n")
		}
		line := fmt.Sprintf("%s %s %v", event.Type, object.Name, object.Data)
		if event.Type == watch.Bookmark {
			if object.Annotations[metav1.
				InitialEventsAnnotationKey] == "" {
				continue
			}
			line += " initial-events-end"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// A collector is told by an informer.
type collector struct {
	mutex sync.Mutex
	lines []string
	more  chan struct{}
}

func (c *collector) say(what string, object interface{}) {
	if gone, isGone := object.(cache.DeletedFinalStateUnknown); isGone {
		object = gone.Obj
	}
	m := object.(*corev1.ConfigMap)
	c.mutex.Lock()
	c.lines = append(c.lines, fmt.Sprintf("%s %s %v", what, m.Name, m.Data))
	c.mutex.Unlock()
	c.more <- struct{}{}
}

// wait returns the next lines, sorted: their order means nothing.
func (c *collector) wait(ctx context.Context, number int) string {
	for i := 0; i < number; i++ {
		select {
		case <-c.more:
		case <-ctx.Done():
			i = number
		}
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	lines := c.lines
	c.lines = nil
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// informers: one that loses its connection, and misses nothing.
func (s *session) informers() {
	maps := s.clients.CoreV1().ConfigMaps(s.namespace)
	config := rest.CopyConfig(s.config)
	config.Dial = s.dialer.dial
	clients, err := kubernetes.NewForConfig(config)
	s.step("a client that can be cut", success, func() (interface{}, error) {
		return nil, err
	})
	factory := informers.NewSharedInformerFactoryWithOptions(clients, 0,
		informers.WithNamespace(s.namespace),
		informers.WithTweakListOptions(func(o *metav1.ListOptions) {
			o.LabelSelector = "informer=yes"
		}))
	informer := factory.Core().V1().ConfigMaps().Informer()
	told := &collector{more: make(chan struct{}, 100)}
	put := func(name, value string) error {
		m := configMap(name)
		m.Labels["informer"] = "yes"
		m.Data["a"] = value
		_, err := maps.Create(s.ctx, m, metav1.CreateOptions{})
		return err
	}

	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	s.step("informer", success, func() (interface{}, error) {
		_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(o interface{}) { told.say("add", o) },
			UpdateFunc: func(_, o interface{}) { told.say("update", o) },
			DeleteFunc: func(o interface{}) { told.say("delete", o) },
		})
		if err != nil {
			return nil, err
		}
		for _, name := range []string{"i1", "i2"} {
			if err = put(name, "before"); err != nil {
				return nil, err
			}
		}
		factory.Start(ctx.Done())
		factory.WaitForCacheSync(ctx.Done())
		return told.wait(ctx, 2), nil
	})
	s.step("informer is told", success, func() (interface{}, error) {
		if err := put("i3", "while it watches"); err != nil {
			return nil, err
		}
		return told.wait(ctx, 1), nil
	})
	s.step("informer is cut off", success, func() (interface{}, error) {
		s.dialer.cut()
		if err := put("i4", "while it is away"); err != nil {
			return nil, err
		}
		if err := maps.Delete(s.ctx, "i1",
			metav1.DeleteOptions{}); err != nil {
			return nil, err
		}
		if _, err := maps.Patch(s.ctx, "i2", types.MergePatchType,
			[]byte(`{"data":{"a":"changed"}}`),
			metav1.PatchOptions{}); err != nil {
			return nil, err
		}
		return told.wait(ctx, 3), nil
	})
	s.step("informer's store", success, func() (interface{}, error) {
		keys := informer.GetStore().ListKeys()
		sort.Strings(keys)
		return strings.Join(keys, "\n"), nil
	})
	cancel()
	factory.Shutdown()
}

// election: the second leads when the first lets go.
func (s *session) election() {
	s.step("leader election", success, func() (interface{}, error) {
		var lines []string

		for _, name := range []string{"first", "second"} {
			line, err := s.lead(name)
			if err != nil {
				return nil, err
			}
			lines = append(lines, line)
		}
		lease, err := s.clients.CoordinationV1().Leases(s.namespace).Get(
			s.ctx, "leader", metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		return fmt.Sprintf("%s\nholder %q, %d transitions",
			strings.Join(lines, "\n"), *lease.Spec.HolderIdentity,
			*lease.Spec.LeaseTransitions), nil
	})
}

// lead takes the lease, renews it twice and lets it go.
func (s *session) lead(name string) (string, error) {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	lock := &renewals{Interface: &resourcelock.LeaseLock{
		LeaseMeta: metav1.ObjectMeta{Name: "leader",
			Namespace: s.namespace},
		Client:     s.clients.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: name},
	}, enough: 2, stop: cancel}
	leads := make(chan struct{})
	leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
		Lock:            lock,
		ReleaseOnCancel: true,
		LeaseDuration:   15 * time.Second,
		RenewDeadline:   10 * time.Second,
		RetryPeriod:     200 * time.Millisecond,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { close(leads) },
			OnStoppedLeading: func() {},
		},
	})
	select {
	case <-leads:
		return name + " led", nil
	case <-s.ctx.Done():
		return "", s.ctx.Err()
	}
}

// renewals ends the leading once the lease was renewed often enough.
type renewals struct {
	resourcelock.Interface
	enough int
	stop   context.CancelFunc
}

func (r *renewals) Update(ctx context.Context,
	record resourcelock.LeaderElectionRecord) error {
	err := r.Interface.Update(ctx, record)
	if err == nil {
		r.enough--
		if r.enough == 0 {
			r.stop()
		}
	}
	return err
}
