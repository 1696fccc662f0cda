// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	reportedLabel = "workflows.argoproj.io/report-outputs-completed"
	again         = time.Second // after a request that failed
)

type stub struct {
	namespace string
	plan      plan
	ledger    *ledger
	kubelet   *kubernetes.Clientset
	executor  *kubernetes.Clientset
	collector *kubernetes.Clientset
}

// see begins the life of a pod that is new.
func (s *stub) see(ctx context.Context, pod *corev1.Pod) {
	if s.ledger.see(pod) {
		go s.live(ctx, pod)
	}
}

// live takes a pod from Pending to its end.
func (s *stub) live(ctx context.Context, pod *corev1.Pod) {
	began := metav1.Now()
	if !s.setStatus(ctx, pod, status(pod, began, nil)) ||
		!s.createResult(ctx, pod) ||
		!pause(ctx, s.plan.length(pod)) ||
		!s.finishResult(ctx, pod) {
		return
	}
	ended := metav1.Now()
	if !s.setStatus(ctx, pod, status(pod, began, &ended)) {
		return
	}
	s.ledger.note(pod, func(e *entry) *int64 { return &e.Ended })
	if !s.plan.isDeleted(pod) || !pause(ctx, s.plan.deleteAfter) {
		return
	}
	if s.insist(ctx, func() error {
		return s.collector.CoreV1().Pods(s.namespace).Delete(ctx, pod.Name,
			metav1.DeleteOptions{Preconditions: &metav1.Preconditions{
				UID: &pod.UID}})
	}) {
		s.ledger.note(pod, func(e *entry) *int64 { return &e.Deleted })
	}
}

// length is the pod's own, whenever and however often one looks.
func (p plan) length(pod *corev1.Pod) time.Duration {
	if p.longest <= p.shortest {
		return p.shortest
	}
	return p.shortest + time.Duration(chance(pod, "length"))%
		(p.longest-p.shortest)
}

func (p plan) isDeleted(pod *corev1.Pod) bool {
	return uint(chance(pod, "deleted")%100) < p.deleteShare
}

// chance does not depend on the run: the name of a pod has the same in each
// leg.
func chance(pod *corev1.Pod, what string) uint64 {
	sum := fnv.New64a()
	sum.Write([]byte(what + pod.Name))
	return sum.Sum64() >> 1
}

// insist repeats a request until it has worked, as a kubelet and an executor
// do; false: there is nobody to do it for.
func (s *stub) insist(ctx context.Context, do func() error) bool {
	for {
		err := do()
		switch {
		case err == nil:
			return true
		case errors.IsNotFound(err), errors.IsConflict(err):
			return false
		case !pause(ctx, again):
			return false
		}
	}
}

func (s *stub) setStatus(ctx context.Context, pod *corev1.Pod,
	status corev1.PodStatus) bool {
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": pod.UID},
		"status":   status,
	})
	if err != nil {
		panic(err)
	}
	return s.insist(ctx, func() error {
		_, err := s.kubelet.CoreV1().Pods(s.namespace).Patch(ctx, pod.Name,
			types.StrategicMergePatchType, patch, metav1.PatchOptions{},
			"status")
		return err
	})
}

// status is what a kubelet says of a pod that runs, or has succeeded.
func status(pod *corev1.Pod, began metav1.Time,
	ended *metav1.Time) corev1.PodStatus {
	phase, last, ready := corev1.PodRunning, began, corev1.ConditionTrue
	state := corev1.ContainerState{
		Running: &corev1.ContainerStateRunning{StartedAt: began}}
	if ended != nil {
		phase, last, ready = corev1.PodSucceeded, *ended,
			corev1.ConditionFalse
		state = succeeded(began, *ended)
	}
	result := corev1.PodStatus{Phase: phase, StartTime: &began}
	for _, kind := range []corev1.PodConditionType{corev1.PodScheduled,
		corev1.PodInitialized} {
		result.Conditions = append(result.Conditions, corev1.PodCondition{
			Type: kind, Status: corev1.ConditionTrue,
			LastTransitionTime: began})
	}
	for _, kind := range []corev1.PodConditionType{corev1.ContainersReady,
		corev1.PodReady} {
		result.Conditions = append(result.Conditions, corev1.PodCondition{
			Type: kind, Status: ready, LastTransitionTime: last})
	}
	for _, container := range pod.Spec.InitContainers {
		result.InitContainerStatuses = append(result.InitContainerStatuses,
			corev1.ContainerStatus{Name: container.Name,
				Image: container.Image, State: succeeded(began, began)})
	}
	for _, container := range pod.Spec.Containers {
		result.ContainerStatuses = append(result.ContainerStatuses,
			corev1.ContainerStatus{Name: container.Name,
				Image: container.Image, State: state,
				Ready: ended == nil})
	}
	return result
}

func succeeded(began, ended metav1.Time) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		Reason: "Completed", StartedAt: began, FinishedAt: ended}}
}

// results is a request about the pod's WorkflowTaskResult, by the executor.
func (s *stub) results(request *rest.Request, name ...string) *rest.Request {
	return request.AbsPath(append([]string{"/apis/argoproj.io/v1alpha1",
		"namespaces", s.namespace, "workflowtaskresults"}, name...)...)
}

// createResult is the executor's first word: a result is to be expected.
func (s *stub) createResult(ctx context.Context, pod *corev1.Pod) bool {
	var owners []metav1.OwnerReference
	for _, owner := range pod.OwnerReferences {
		owners = append(owners, metav1.OwnerReference{
			APIVersion: owner.APIVersion, Kind: owner.Kind,
			Name: owner.Name, UID: owner.UID})
	}
	body, err := json.Marshal(map[string]any{
		"apiVersion": "argoproj.io/v1alpha1",
		"kind":       "WorkflowTaskResult",
		"metadata": metav1.ObjectMeta{
			Name: pod.Annotations[nodeAnnotation],
			Labels: map[string]string{
				workflowLabel: pod.Labels[workflowLabel],
				reportedLabel: "false"},
			OwnerReferences: owners},
	})
	if err != nil {
		panic(err)
	}
	client := s.executor.Discovery().RESTClient()
	return s.insist(ctx, func() error {
		err := s.results(client.Post()).
			SetHeader("Content-Type", "application/json").
			Body(body).Do(ctx).Error()
		if errors.IsAlreadyExists(err) {
			return nil
		}
		return err
	})
}

// finishResult is its last: there is no more to come.
func (s *stub) finishResult(ctx context.Context, pod *corev1.Pod) bool {
	patch := []byte(`{"metadata":{"labels":{"` + reportedLabel +
		`":"true"}}}`)
	client := s.executor.Discovery().RESTClient()
	return s.insist(ctx, func() error {
		return s.results(client.Patch(types.MergePatchType),
			pod.Annotations[nodeAnnotation]).
			Body(patch).Do(ctx).Error()
	})
}

// pause returns false if it is the end.
func pause(ctx context.Context, length time.Duration) bool {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
