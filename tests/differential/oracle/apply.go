// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"log"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	cbor "k8s.io/apimachinery/pkg/runtime/serializer/cbor/direct"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/managedfields/managedfieldstest"
	"k8s.io/client-go/openapi/openapitest"
	"k8s.io/kube-openapi/pkg/spec3"
	"sigs.k8s.io/yaml"
)

// Server-side apply: apiserver/pkg/endpoints/handlers/patch.go, applyPatcher.
// What it removes depends on who owns what: on the managedFields of the
// stored object.
type applier struct {
	manager *managedfields.FieldManager
	stored  []storedPod
}

type storedPod struct {
	finalizers []string
	pod        *v1.Pod
	object     *unstructured.Unstructured
}

// Who owns which finalizers before each body is applied as "me".
var owners = []struct{ mine, others []string }{
	{},
	{mine: []string{"a/x"}},
	{others: []string{"a/x", "c/z"}},
	{mine: []string{"a/x", "b/y"}, others: []string{"b/y",
		"workflows.argoproj.io/status"}},
}

// The schemas of the core group, as an API server publishes them.
func typeConverter() managedfields.TypeConverter {
	paths, err := openapitest.NewEmbeddedFileClient().Paths()
	if err != nil {
		log.Fatal(err)
	}
	text, err := paths["api/v1"].Schema(runtime.ContentTypeJSON)
	if err != nil {
		log.Fatal(err)
	}
	var document spec3.OpenAPI
	if err := json.Unmarshal(text, &document); err != nil {
		log.Fatal(err)
	}
	converter, err := managedfields.NewTypeConverter(
		document.Components.Schemas, false)
	if err != nil {
		log.Fatal(err)
	}
	return converter
}

func applied(finalizers []string) *unstructured.Unstructured {
	metadata := map[string]interface{}{"name": "p1", "namespace": "argo"}
	if finalizers != nil {
		var list []interface{}
		for _, name := range finalizers {
			list = append(list, name)
		}
		metadata["finalizers"] = list
	}
	return &unstructured.Unstructured{Object: map[string]interface{}{
		"apiVersion": "v1", "kind": "Pod", "metadata": metadata}}
}

func newApplier() *applier {
	gvk := v1.SchemeGroupVersion.WithKind("Pod")
	a := &applier{manager: managedfieldstest.NewFakeFieldManager(
		typeConverter(), gvk)}
	for _, o := range owners {
		content, err := runtime.DefaultUnstructuredConverter.
			ToUnstructured(pod(nil))
		if err != nil {
			log.Fatal(err)
		}
		unstructured.RemoveNestedField(content, "metadata",
			"finalizers")
		var live runtime.Object = &unstructured.Unstructured{
			Object: content}
		for who, list := range map[string][]string{
			"me": o.mine, "others": o.others} {
			if list == nil {
				continue
			}
			live, err = a.manager.Apply(live, applied(list), who,
				true)
			if err != nil {
				log.Fatal(err)
			}
		}
		s := storedPod{object: live.(*unstructured.Unstructured)}
		s.finalizers = s.object.GetFinalizers()
		if s.pod, err = typed(s.object); err != nil {
			log.Fatal(err)
		}
		a.stored = append(a.stored, s)
	}
	return a
}

func typed(object *unstructured.Unstructured) (*v1.Pod, error) {
	p := &v1.Pod{}
	return p, runtime.DefaultUnstructuredConverter.
		FromUnstructured(object.Object, p)
}

func decodeApply(kind string, body []byte) (object map[string]interface{},
	err error) {
	object = map[string]interface{}{}
	if kind == applyCBOR {
		return object, cbor.Unmarshal(body, &object)
	}
	return object, yaml.Unmarshal(body, &object)
}

func (a *applier) apply(s storedPod, patch map[string]interface{}) (p *v1.Pod,
	err error) {
	defer func() {
		// Some of these libraries panic, which the API server catches.
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("panic: %v", r)
		}
	}()
	object, err := a.manager.Apply(s.object.DeepCopy(),
		&unstructured.Unstructured{
			Object: runtime.DeepCopyJSON(patch)}, "me", true)
	if err != nil {
		return nil, err
	}
	return typed(object.(*unstructured.Unstructured))
}

// What an apply does to any of the stored objects, and whether it speaks of
// finalizers at all.
func (a *applier) truthOf(kind string, body []byte) (t truth) {
	patch, err := decodeApply(kind, body)
	if err != nil {
		return t
	}
	metadata, isMap := patch["metadata"].(map[string]interface{})
	if isMap {
		_, t.lists = metadata["finalizers"]
	}
	t.isRead = true
	for _, s := range a.stored {
		n, err := a.apply(s, patch)
		if err == nil {
			err = update(s.pod, n)
		}
		t.note(s.finalizers, n, err)
	}
	return t
}
