#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# kubectl against kubesim itself: what people do by hand works, and fails as
# it does on a real API server.
#
# usage: kubesim-kubectl.sh	with $top_builddir as `make check` sets it;
#				$KUBECTL names another kubectl
set -euo pipefail

# shellcheck source=tests/e2e/kubectl-lib.sh
. "$(dirname "$0")/kubectl-lib.sh"
command -v jq >"$tmp/jq" || {
	echo "SKIPPED: needs jq"
	exit 77
}

start_sim
export KUBECONFIG=$tmp/kubesim/kubeconfig

pod()
{ # name, image, labels
	printf '%s' '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"'"$1"'",
	"labels":{'"${3-}"'},"finalizers":["example.com/keep"]},
	"spec":{"containers":[{"name":"main","image":"'"$2"'"}]}}'
}

echo "# discovery"
want workflows k api-resources
want coordination.k8s.io/v1 k api-versions
want kubesim k version
refuse "doesn't have a resource type" k get nonsense

# Older ones explain by OpenAPI v2, which has no definitions here.
if [ "$(k version --client -o json | jq -r .clientVersion.minor | tr -dc 0-9)" \
	-ge 27 ]; then
	want "nodeName" k explain pod.spec --recursive=false
	want "holderIdentity" k explain lease.spec
	refuse 'unknown field "spec.foo"' create '{"apiVersion":"v1","kind":"Pod",
		"metadata":{"name":"x"},"spec":{"containers":[
		{"name":"a","image":"b"}],"foo":1}}'
fi

echo "# create, get, list"
want "pod/p1 created" create "$(pod p1 busybox)"
refuse AlreadyExists create "$(pod p1 busybox)"
want "name: p1" k get pod p1 -o yaml
want Pending k get pods
want "<none>" k get pods -o wide
want p1 k get pods --all-namespaces --field-selector status.phase=Pending
want '"kind": "List"' k get pods -o json
refuse "pods \"nope\" not found" k get pod nope
refuse "Required value" create '{"apiVersion":"v1","kind":"Pod",
	"metadata":{"name":"x"},"spec":{}}'
refuse "RFC 1123" create '{"apiVersion":"v1","kind":"ConfigMap",
	"metadata":{"name":"Not_A_Name"}}'
want "Namespace:" k describe pod p1

echo "# apply"
pod p2 busybox '"v":"1"' >"$tmp/p2"
want "pod/p2 created" k apply -f "$tmp/p2"
want "pod/p2 unchanged" k apply -f "$tmp/p2"
pod p2 busybox:2 '"v":"2"' >"$tmp/p2"
want "pod/p2 configured" k apply -f "$tmp/p2"
want busybox:2 k get pod p2 -o 'jsonpath={.spec.containers[0].image}'
want p2 k get pods -l v=2
want "No resources found" k get pods -l v=1
want "workflow.argoproj.io/w1 created" k apply -f - <<'X'
{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow",
 "metadata":{"name":"w1"},"spec":{"entrypoint":"a"}}
X
want "workflow.argoproj.io/w1 configured" k apply -f - <<'X'
{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow",
 "metadata":{"name":"w1"},"spec":{"entrypoint":"b"}}
X

echo "# server-side apply"
config()
{ # name, value
	printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s"},
	"data":{"k":"%s"}}' "$1" "$2" >"$tmp/config"
}
config sa 1
want "configmap/sa serverside-applied" k apply --server-side -f "$tmp/config"
config sa 2
want "serverside-applied" k apply --server-side -f "$tmp/config"
want 2 k get cm sa -o 'jsonpath={.data.k}'
config sa 3
refuse 'conflict with "kubectl": .data.k' k apply --server-side \
	--field-manager=other -f "$tmp/config"
want "serverside-applied" k apply --server-side --field-manager=other \
	--force-conflicts -f "$tmp/config"
want '"manager": "other"' k get cm sa -o json --show-managed-fields
want deleted k delete cm sa

echo "# patch, replace, edit, label"
want patched k patch pod p2 -p '{"metadata":{"labels":{"a":"1"}}}'
want patched k patch pod p2 --type=merge -p '{"metadata":{"labels":{"a":null}}}'
want patched k patch pod p2 --type=json \
	-p '[{"op":"add","path":"/metadata/labels/b","value":"2"}]'
want '"b":"2"' k get pod p2 -o 'jsonpath={.metadata.labels}'
want patched k patch wf w1 --type=merge -p '{"spec":{"entrypoint":"c"}}'
refuse "unknown format" k patch wf w1 --type=strategic \
	-p '{"spec":{"entrypoint":"d"}}'
refuse "request" k patch pod p2 --type=json \
	-p '[{"op":"test","path":"/metadata/name","value":"x"}]'
refuse "field is immutable" k patch pod p2 --type=merge \
	-p '{"metadata":{"uid":"x"}}'
refuse "object has been modified" k patch pod p2 --type=merge \
	-p '{"metadata":{"resourceVersion":"1"}}'
refuse "may not add or remove containers" k patch pod p2 \
	-p '{"spec":{"containers":[{"name":"more","image":"x"}]}}'
k get pod p2 -o json | jq '.metadata.labels.c = "3"' >"$tmp/p2"
want replaced k replace -f "$tmp/p2"
refuse Conflict k replace -f "$tmp/p2"
EDITOR="sed -i s/busybox:2/busybox:3/" want edited k edit pod p2
want busybox:3 k get pod p2 -o 'jsonpath={.spec.containers[0].image}'
want labeled k label pod p2 d=4
want annotated k annotate pod p2 e=5

echo "# delete, finalizers, wait, watch"
: >"$tmp/watch"
"$KUBECTL" get pods -w --output-watch-events >"$tmp/watch" 2>&1 &
watch_pid=$!
pids+=("$watch_pid")
until_said "$tmp/watch" p2
: >"$tmp/delete"
k delete pod p1 >"$tmp/delete" 2>&1 &
delete_pid=$!
pids+=("$delete_pid")
until_said "$tmp/delete" deleted
want deleted k delete pod p2 --wait=false
want Terminating k get pods
refuse "timed out" k wait --for=delete pod/p1 --timeout=1s
refuse "no new finalizers can be added" k patch pod p1 --type=merge \
	-p '{"metadata":{"finalizers":["example.com/keep","example.com/new"]}}'
want patched k patch pod p1 -p '{"metadata":{"finalizers":["example.com/other"]}}' \
	--dry-run=client
want patched k patch pod p1 --type=merge -p '{"metadata":{"finalizers":null}}'
wait "$delete_pid" || fail "kubectl delete, once nothing kept the pod"
refuse NotFound k get pod p1
# shellcheck disable=SC2016  # not a variable
want patched k patch pod p2 -p \
	'{"metadata":{"$deleteFromPrimitiveList/finalizers":["example.com/keep"]}}'
refuse NotFound k patch pod p2 --type=merge -p '{"metadata":{"finalizers":null}}'
until_said "$tmp/watch" DELETED
kill "$watch_pid" && { wait "$watch_pid" 2>/dev/null || true; }
want deleted k delete wf --all

echo "# pages, large objects"
curl -fsS "$sim_admin/preload" -d '{"resource":"configmaps","namespace":"argo",
	"prefix":"c-","count":25,"size":400}'
[ "$(k get cm --chunk-size=10 -o name | wc -l)" = 25 ] || fail "pages"
head -c 1000000 /dev/zero | tr '\0' x >"$tmp/big"
jq -Rs '{apiVersion:"v1",kind:"ConfigMap",metadata:{name:"big"},data:{x:.}}' \
	<"$tmp/big" >"$tmp/big.json"
want "configmap/big created" k create -f "$tmp/big.json"
[ "$(k get cm big -o json | jq '.data.x | length')" = 1000000 ] || fail "big"
{ head -c 1100000 /dev/zero | tr '\0' x; } >"$tmp/big"
jq -Rs '{apiVersion:"v1",kind:"ConfigMap",metadata:{name:"bigger"},data:{x:.}}' \
	<"$tmp/big" >"$tmp/big.json"
refuse "Too long" k create -f "$tmp/big.json"
{ head -c 4000000 /dev/zero | tr '\0' x; } >"$tmp/big"
jq -Rs '{apiVersion:"v1",kind:"ConfigMap",metadata:{name:"bigger"},data:{x:.}}' \
	<"$tmp/big" >"$tmp/big.json"
refuse "limit is 3145728" k create -f "$tmp/big.json"

echo "# permissions, namespaces"
# From 1.32 on kubectl asks this in protobuf, and makes namespaces with it.
want yes k auth can-i create pods
want "namespace/n0 created" k create namespace n0
curl -fsS "$sim_admin/denials" \
	-d '{"user":"system:serviceaccount:noisy:noisy","verb":"list"}'
refuse "cannot list resource \"pods\" in API group" k --context noisy get pods
refuse Unauthorized k --token wrong get pods
want "namespace/n1 created" create '{"apiVersion":"v1","kind":"Namespace",
	"metadata":{"name":"n1"}}'
refuse "namespaces \"n2\" not found" k -n n2 create -f - <<<"$(pod p busybox)"
want deleted k delete ns n1 --wait=false
want Terminating k get ns n1
refuse "being terminated" k -n n1 create -f - <<<"$(pod p busybox)"

end_sim
echo "PASSED"
