#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The objects of `fairway apf`, applied to a real cluster: each request of the
# service account says in its response headers that it met the level that was
# made for it, and what is not meant goes where it went before.  The objects go
# at the end.
#
# usage: apf-cluster.sh KUBECONFIG [CONTEXT]
set -euo pipefail

fairway=${top_builddir:-.}/fairway
kubectl=${KUBECTL:-kubectl}
export KUBECONFIG=$1
context=${2:-$("$kubectl" config current-context)}
prefix=fairway-test-$$
account=fairway-test-$$
# Nobody has to exist to be impersonated, nor to be refused: priority comes
# before authorization.
user=system:serviceaccount:$account:controller

k()
{
	"$kubectl" --context "$context" "$@"
}

fail()
{
	echo "FAILED: $*"
	exit 1
}

# kubectl itself has no PATCH of what is not there.
tmp=$(mktemp -d "${TMPDIR:-/tmp}/apf.XXXXXX")
"$kubectl" --context "$context" proxy --unix-socket "$tmp/socket" \
	>"$tmp/log" 2>&1 &
proxy=$!

clean_up()
{
	kill "$proxy" 2>/dev/null || true
	k delete flowschema,prioritylevelconfiguration --ignore-not-found \
		"$prefix"-{leader-election,finalizers,workflow-status} \
		>/dev/null || true
	rm -rf "$tmp"
}
trap clean_up EXIT
until grep -q 'Starting to serve' "$tmp/log"; do
	kill -0 "$proxy" || fail "$(cat "$tmp/log")"
done

# level_of METHOD PATH [BODY]: the name of the level that it met.
level_of()
{
	local uid headers

	headers=$(curl -sS -o /dev/null -D - --unix-socket "$tmp/socket" \
		-X "$1" -H "Impersonate-User: $user" \
		-H 'Impersonate-Group: system:serviceaccounts' \
		-H 'Impersonate-Group: system:authenticated' \
		-H 'Content-Type: application/merge-patch+json' \
		${3:+--data "$3"} "http://localhost$2")
	uid=$(tr -d '\r' <<<"$headers" |
		sed -nE 's/^X-Kubernetes-Pf-Prioritylevel-Uid: //Ip')
	[ -n "$uid" ] || fail "no level in the answer to $*: $headers"
	k get prioritylevelconfiguration -o \
		jsonpath="{.items[?(@.metadata.uid==\"$uid\")].metadata.name}"
}

# meets LEVEL METHOD PATH [BODY]: one of ours; "": the one that was before.
meets()
{
	local wanted=${1:+$prefix-$1} found

	wanted=${wanted:-$before}
	shift
	found=$(level_of "$@")
	[ "$found" = "$wanted" ] || fail "$*: met $found, not $wanted"
	echo "$found: $*"
}

removal='{"metadata":{"finalizers":[]}}'
label='{"metadata":{"labels":{"no":"removal"}}}'
pods=/api/v1/namespaces/$account/pods
leases=/apis/coordination.k8s.io/v1/namespaces/$account/leases
argo=/apis/argoproj.io/v1alpha1/namespaces/$account
before=$(level_of GET "$pods")

"$fairway" apf --service-account "$account:controller" \
	--name-prefix "$prefix" >"$tmp/apf.yaml"
k apply -f "$tmp/apf.yaml" >/dev/null
k diff -f "$tmp/apf.yaml" >/dev/null ||
	fail "the API server has changed what was applied"

# A schema counts some time after it was written.
for _ in {1..200}; do
	[ "$(level_of GET "$leases/x")" != "$prefix-leader-election" ] || break
done

meets leader-election GET "$leases/x"
meets leader-election PUT "$leases/x" "$removal"
meets finalizers PATCH "$pods/x" "$removal"
meets finalizers PATCH "$pods/x" "$label"
meets workflow-status PUT "$argo/workflows/x" "$removal"
meets workflow-status PATCH "$argo/workflows/x/status" "$label"
meets workflow-status POST "$argo/workflowtaskresults" "$label"
meets "" GET "$pods"
meets "" PUT "$pods/x" "$removal"
meets "" POST "$pods" "$label"
meets "" DELETE "$pods/x"
meets "" PATCH "$pods/x/status" "$label"
meets "" GET "$leases"
meets "" GET "$argo/workflows/x"
user=system:serviceaccount:$account:another
meets "" PUT "$argo/workflows/x" "$removal"
meets "" PATCH "$pods/x" "$removal"
echo "each request met its level"
