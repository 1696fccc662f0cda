#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# kube-controller-manager works through Fairway: a Job ends and its pods lose
# their finalizers, owned objects are collected, and a namespace with 200
# objects is deleted completely.
#
# usage: kcm.sh KUBECONFIG CONTEXT
# The context's user is an administrator with a token.  There is a token of
# system:kube-controller-manager (by the API server's --token-auth-file); each
# controller has a service account of its own.  No other kube-controller-manager
# runs.  In the environment:
#   KCM            kube-controller-manager, the program (default: in $PATH)
#   KCM_TOKEN      that user's token (default: kcm-token)
#   KCM_FLAGS      more flags, such as --service-account-private-key-file=FILE
set -euo pipefail

[ $# = 2 ] || {
	sed -n 's/^# usage/usage/p' "$0" >&2
	exit 2
}
cluster=$(realpath "$1")
context=$2
# shellcheck source=tests/e2e/kubectl-lib.sh
. "$(dirname "$0")/../e2e/kubectl-lib.sh"

KCM=${KCM:-kube-controller-manager}
if ! command -v "$KCM" >/dev/null; then
	echo "SKIPPED: needs kube-controller-manager; KCM names it"
	exit 77
fi
space=fairway-kcm-$(od -An -N4 -tx1 /dev/urandom | tr -d ' \n')

c()
{
	k --kubeconfig "$cluster" --context "$context" "$@"
}

# The objects, in a list for one kubectl.
objects()
{
	local i

	printf '{"apiVersion":"v1","kind":"List","items":['
	for ((i = 0; i < 200; i++)); do
		[ $i = 0 ] || printf ,
		case $((i % 3)) in
		0)
			printf '{"apiVersion":"v1","kind":"ConfigMap",
				"metadata":{"name":"o-%d"}}' $i
			;;
		1)
			printf '{"apiVersion":"v1","kind":"Secret",
				"metadata":{"name":"o-%d"}}' $i
			;;
		2)
			printf '{"apiVersion":"v1","kind":"Service",
				"metadata":{"name":"o-%d"},"spec":{
				"clusterIP":"None","ports":[{"port":1}]}}' $i
			;;
		esac
	done
	printf ']}'
}

start_fairway proxy --kubeconfig "$cluster" --context "$context"
# Its kubeconfig, with another token.
sed -E "s/^( *token: ).*/\1\"${KCM_TOKEN:-kcm-token}\"/" "$state/kubeconfig" \
	>"$tmp/kcm.kubeconfig"
grep -q "token: \"${KCM_TOKEN:-kcm-token}\"" "$tmp/kcm.kubeconfig" ||
	fail "the kubeconfig's user has no token"
# What it publishes in every namespace as the cluster's CA is otherwise its own
# kubeconfig's, which is Fairway's.
c config view --minify --raw --flatten -o \
	'jsonpath={.clusters[0].cluster.certificate-authority-data}' |
	base64 -d >"$tmp/root-ca"
# shellcheck disable=SC2086  # several words
"$KCM" --kubeconfig "$tmp/kcm.kubeconfig" --leader-elect=false \
	--bind-address=127.0.0.1 --secure-port=0 --cert-dir="$tmp/kcm" \
	--use-service-account-credentials \
	--root-ca-file="$tmp/root-ca" ${KCM_FLAGS:-} >"$tmp/kcm.log" 2>&1 </dev/null &
kcm=$!
pids+=("$kcm")

c create namespace "$space" >"$tmp/out"
c -n "$space" wait --for=create serviceaccount/default --timeout=120s
echo "ok: the namespace has its service account"

# The pod is nobody's but ours: it succeeds because we say so.
c -n "$space" create -f - <<'END'
{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j"},"spec":{
"template":{"spec":{"schedulerName":"nobody","restartPolicy":"Never",
"containers":[{"name":"main","image":"none"}]}}}}
END
c -n "$space" wait --for=jsonpath='{.status.active}'=1 job/j --timeout=120s
pod=$(c -n "$space" get pods -l job-name=j \
	-o 'jsonpath={.items[0].metadata.name}')
[[ $(c -n "$space" get pod "$pod" -o 'jsonpath={.metadata.finalizers}') == \
	*batch.kubernetes.io/job-tracking* ]] || fail "the pod has no finalizer"
c -n "$space" patch pod "$pod" --subresource=status --type=merge \
	-p '{"status":{"phase":"Succeeded"}}'
c -n "$space" wait --for=condition=Complete job/j --timeout=120s
finalizers=$(c -n "$space" get pod "$pod" -o 'jsonpath={.metadata.finalizers}')
[ -z "$finalizers" ] || fail "the pod of a complete Job still has $finalizers"
echo "ok: a Job ends, its pod's finalizer is removed"

c -n "$space" delete job j --cascade=background
c -n "$space" wait --for=delete "pod/$pod" --timeout=120s
echo "ok: the pod of a deleted Job is collected"

objects | c -n "$space" create -f - >"$tmp/out"
[ "$(wc -l <"$tmp/out")" = 200 ] || fail "not 200 objects"
c delete namespace "$space" --wait=false
c wait --for=delete "namespace/$space" --timeout=300s
echo "ok: a namespace with 200 objects is gone"

kill -TERM "$kcm"
wait "$kcm" || true
end_fairway TERM
