// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/endpoints/request"
	kjson "sigs.k8s.io/json"
)

// The finalizers of the objects that each body is applied to.
var stored = [][]string{
	{}, {"a/x"}, {"c/z"}, {"a/x", "b/y"}, {"workflows.argoproj.io/status"},
	{"a/x", "workflows.argoproj.io/status", "b/y"},
}

func pod(finalizers []string) *v1.Pod {
	p := &v1.Pod{}
	p.Kind, p.APIVersion = "Pod", "v1"
	p.Name, p.Namespace, p.UID, p.ResourceVersion = "p1", "argo", "u", "7"
	p.Labels = map[string]string{"l": "1"}
	p.Annotations = map[string]string{"a": "1"}
	p.Finalizers = append([]string{}, finalizers...)
	p.OwnerReferences = []metav1.OwnerReference{
		{APIVersion: "v1", Kind: "X", Name: "o", UID: "o1"}}
	p.Spec.Containers = []v1.Container{{Name: "c", Image: "i"}}
	return p
}

// Another stored object could have been accepted: this one says nothing.
var errDepends = errors.New("depends on the stored object")

func depends(err error) error {
	for _, other := range []error{jsonpatch.ErrTestFailed,
		jsonpatch.ErrInvalidIndex, jsonpatch.ErrMissing} {
		if errors.Is(err, other) {
			return errDepends
		}
	}
	return err
}

func decodeJSON(text []byte) (*v1.Pod, error) {
	n := &v1.Pod{}
	return n, kjson.UnmarshalCaseSensitivePreserveInts(text, n)
}

// What the handlers of the API server do, by the libraries that they call:
// apiserver/pkg/endpoints/handlers/patch.go.
func mergePatch(old *v1.Pod, body []byte) (*v1.Pod, error) {
	text, _ := json.Marshal(old)
	var members map[string]interface{}
	if _, err := kjson.UnmarshalStrict(body, &members); err != nil {
		return nil, err
	}
	text, err := jsonpatch.MergePatch(text, body)
	if err != nil {
		return nil, err
	}
	return decodeJSON(text)
}

func jsonPatch(old *v1.Pod, body []byte) (*v1.Pod, error) {
	text, _ := json.Marshal(old)
	var ops []struct {
		Op    string      `json:"op"`
		Path  string      `json:"path"`
		From  string      `json:"from"`
		Value interface{} `json:"value"`
	}
	if _, err := kjson.UnmarshalStrict(body, &ops); err != nil {
		return nil, err
	}
	patch, err := jsonpatch.DecodePatch(body)
	if err != nil {
		return nil, err
	}
	if text, err = patch.Apply(text); err != nil {
		return nil, depends(err)
	}
	return decodeJSON(text)
}

func strategicPatch(old *v1.Pod, body []byte) (*v1.Pod, error) {
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(old)
	if err != nil {
		return nil, err
	}
	patch := map[string]interface{}{}
	if _, err = kjson.UnmarshalStrict(body, &patch); err != nil {
		return nil, err
	}
	object, err = strategicpatch.StrategicMergeMapPatch(object, patch,
		&v1.Pod{})
	if err != nil {
		return nil, err
	}
	n := &v1.Pod{}
	return n, runtime.DefaultUnstructuredConverter.
		FromUnstructuredWithValidation(object, n, false)
}

func putProtobuf(body []byte) (*v1.Pod, error) {
	unknown := &runtime.Unknown{}
	if !strings.HasPrefix(string(body), "k8s\x00") {
		return nil, fmt.Errorf("no protobuf")
	}
	if err := unknown.Unmarshal(body[4:]); err != nil {
		return nil, err
	}
	n := &v1.Pod{}
	return n, n.Unmarshal(unknown.Raw)
}

func putCBORObject(body []byte) (*v1.Pod, error) {
	object, err := decodeApply(applyCBOR, body)
	if err != nil {
		return nil, err
	}
	return typed(&unstructured.Unstructured{Object: object})
}

func apply(kind string, body []byte, old *v1.Pod) (n *v1.Pod, err error) {
	defer func() {
		// Some of these libraries panic, which the API server catches.
		if r := recover(); r != nil {
			n, err = nil, errDepends
		}
	}()
	switch kind {
	case merge:
		n, err = mergePatch(old, body)
	case strategic:
		n, err = strategicPatch(old, body)
	case operations:
		n, err = jsonPatch(old, body)
	case putJSON:
		if n, err = decodeJSON(body); err == nil && n.Kind == "" {
			n.Kind = "Pod"
		}
		if err == nil && n.APIVersion == "" {
			n.APIVersion = "v1"
		}
	case putCBOR:
		n, err = putCBORObject(body)
	case putProto:
		if n, err = putProtobuf(body); err == nil {
			n.Kind, n.APIVersion = "Pod", "v1"
		}
	}
	return n, err
}

// What the store does with it: the object, or why it is refused.
func update(old, n *v1.Pod) error {
	if n.Kind != "Pod" || n.APIVersion != "v1" {
		return errDepends
	}
	if n.Name != "p1" {
		return fmt.Errorf("name")
	}
	if n.Namespace == "" {
		n.Namespace = "argo"
	}
	if n.Namespace != "argo" {
		return errDepends
	}
	if strings.Trim(n.ResourceVersion, "0") == "" {
		n.ResourceVersion = "7"
	}
	if n.ResourceVersion != "7" {
		return errDepends
	}
	if n.UID == "" {
		n.UID = "u"
	}
	where := field.NewPath("metadata")
	errs := validation.ValidateObjectMeta(&n.ObjectMeta, true,
		validation.NameIsDNSSubdomain, where)
	if len(errs) > 0 {
		return errs.ToAggregate()
	}
	errs = validation.ValidateObjectMetaUpdate(&n.ObjectMeta,
		&old.ObjectMeta, where)
	for _, err := range errs {
		if strings.Contains(err.Error(), "immutable") {
			return errDepends
		}
	}
	if len(errs) > 0 {
		return errs.ToAggregate()
	}
	return nil
}

// What a strategic patch deletes by name: an object may have just that.
func deletedNames(body []byte) []string {
	var patch struct {
		Metadata struct {
			Deleted []string `json:"$deleteFromPrimitiveList/finalizers"`
		} `json:"metadata"`
	}
	if kjson.UnmarshalCaseSensitivePreserveInts(body, &patch) != nil {
		return nil
	}
	return patch.Metadata.Deleted
}

// What a body does to any of the stored objects.
type truth struct {
	removes  bool
	adds     bool
	accepted bool // by one of them at least
	depends  bool // one refuses it that might have been another

	isRead bool // of an apply: it is well-formed
	lists  bool // of an apply: it says something of the list
}

// What became of one of the stored objects.
func (t *truth) note(finalizers []string, n *v1.Pod, err error) {
	if err != nil {
		t.depends = t.depends || errors.Is(err, errDepends)
		return
	}
	before := sets.New(finalizers...)
	after := sets.New(n.Finalizers...)
	t.accepted = true
	t.removes = t.removes || len(before.Difference(after)) > 0
	t.adds = t.adds || len(after.Difference(before)) > 0
}

func truthOf(kind string, body []byte) (t truth) {
	states := stored
	if kind == strategic {
		states = append([][]string{deletedNames(body)}, stored...)
	}
	for _, finalizers := range states {
		old := pod(finalizers)
		n, err := apply(kind, body, old)
		if err == nil {
			err = update(old, n)
		}
		t.note(finalizers, n, err)
	}
	return t
}

var infoFactory = request.RequestInfoFactory{
	APIPrefixes:          sets.NewString("api", "apis"),
	GrouplessAPIPrefixes: sets.NewString("api"),
}

// What lists and watches and does not decode is answered 400.
func hasBadOptions(info *request.RequestInfo, u *url.URL) bool {
	var options internalversion.ListOptions
	isList := info.Verb == "list" || info.Verb == "watch"
	return isList && info.IsResourceRequest &&
		scheme.ParameterCodec.DecodeParameters(
			u.Query(), metav1.SchemeGroupVersion, &options) != nil
}

// The path as the API server's own reader has it, as answer.c writes it; ""
// where it refuses the request.
func readPath(method, target string) string {
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return ""
	}
	info, err := infoFactory.NewRequestInfo(
		&http.Request{Method: method, URL: u})
	if err != nil || hasBadOptions(info, u) {
		return ""
	}
	verb, isResource := info.Verb, 0
	if info.IsResourceRequest {
		isResource = 1
	}
	if verb == "" || (method == "get" && isResource == 0) {
		verb = "other"
	}
	line := fmt.Sprintf("%s %d", verb, isResource)
	for _, part := range []string{info.APIGroup, info.APIVersion,
		info.Namespace, info.Resource, info.Subresource, info.Name} {
		if part == "" {
			line += " -"
		} else {
			line += fmt.Sprintf(" %x", part)
		}
	}
	return line
}
