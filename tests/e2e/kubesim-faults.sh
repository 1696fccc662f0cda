#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What kubesim does on command: faults, priority levels, identities; seen by
# curl.
#
# usage: kubesim-faults.sh	with $top_builddir as `make check` sets it
set -euo pipefail

top_builddir=${top_builddir:-.}
kubesim=$top_builddir/tests/kubesim/kubesim
tmp=$(mktemp -d "${TMPDIR:-/tmp}/kubesim-faults.XXXXXX")
pid=

if ! command -v curl >/dev/null || ! command -v jq >/dev/null; then
	echo "SKIPPED: needs curl and jq"
	exit 77
fi

clean_up()
{
	if [ -n "$pid" ]; then
		kill -TERM "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	fi
	rm -rf "$tmp"
}
trap clean_up EXIT

fail()
{
	echo "FAILED: $*"
	exit 1
}

: >"$tmp/out"
"$kubesim" --dir "$tmp/d" >"$tmp/out" &
pid=$!
while IFS= read -r -t 60 line; do
	[[ $line != *"listening on"* ]] || break
done < <(tail -n +1 -f --pid="$pid" "$tmp/out")
url=$(sed 's/.*listening on \([^ ]*\).*/\1/' "$tmp/out")
admin=$(sed 's/.* admin \([^ ]*\).*/\1/' "$tmp/out")
pods=$url/api/v1/namespaces/argo/pods
maps=$url/api/v1/namespaces/argo/configmaps

# ask COMMAND-LINE-OF-CURL...: status, headers and body, or curl's status.
ask()
{
	curl -sS -i --http2 --max-time 30 --cacert "$tmp/d/ca.crt" \
		-H "Authorization: Bearer ${token-argo-token}" "$@" 2>&1 ||
		echo "curl: $?"
}

order()
{ # PATH [BODY [curl options]]
	curl -fsS "$admin/$1" ${2:+-d "$2"} "${@:3}" || fail "order $*"
}

want()
{ # WHAT PATTERN SAID
	[[ $3 == *$2* ]] || fail "$1: no \"$2\" in: $3"
	echo "ok: $1"
}

refuse()
{ # WHAT PATTERN SAID
	[[ $3 != *$2* ]] || fail "$1: there is \"$2\" in: $3"
	echo "ok: $1"
}

post()
{ # NAME [curl options]
	ask "${@:2}" "$maps" -H 'Content-Type: application/json' \
		-d '{"metadata":{"name":"'"$1"'"}}'
}

echo "# answers that are made up"
order faults '{"code":429,"retryAfter":7,"count":1}' >/dev/null
said=$(ask "$pods")
want "a 429" "HTTP/2 429" "$said"
want "its Retry-After" "retry-after: 7" "$said"
want "is plain text" "Too many requests, please try again later." "$said"
refuse "without PF headers" x-kubernetes-pf "$said"
want "once only" "HTTP/2 200" "$(ask "$pods")"
order faults '{"code":503,"retryAfter":1,"pf":true,"count":1,
	"match":{"verb":"create"}}' >/dev/null
want "reads are not meant" "HTTP/2 200" "$(ask "$pods")"
said=$(post a)
want "a 503 before the effect" '"reason":"ServiceUnavailable"' "$said"
want "with PF headers" x-kubernetes-pf-prioritylevel-uid "$said"
want "nothing happened" "HTTP/2 404" "$(ask "$maps/a")"
order faults '{"code":504,"when":"after","count":1}' >/dev/null
want "a 504 after the effect" "HTTP/2 504" "$(post b)"
want "it did happen" "HTTP/2 200" "$(ask "$maps/b")"
order faults '{"code":500,"skip":1,"count":1}' >/dev/null
want "the first passes" "HTTP/2 200" "$(ask "$pods")"
want "the second is hit" "HTTP/2 500" "$(ask "$pods")"

echo "# streams and connections"
order faults '{"action":"reset","count":1}' >/dev/null
want "RST_STREAM without an effect" INTERNAL_ERROR "$(post c)"
want "nothing happened" "HTTP/2 404" "$(ask "$maps/c")"
order faults '{"action":"reset","h2Error":8,"when":"after","count":1}' >/dev/null
want "RST_STREAM behind the effect" CANCEL "$(post d)"
want "it did happen" "HTTP/2 200" "$(ask "$maps/d")"
order preload '{"resource":"configmaps","namespace":"argo","prefix":"l-",
	"count":50,"size":2000}'
order faults '{"action":"cut","bytes":5000,"count":1}' >/dev/null
said=$(ask "$maps")
want "cut in the body" "HTTP/2 200" "$said"
want "it is no clean end" "curl: 92" "$said"
order faults '{"action":"close","count":1}' >/dev/null
want "a connection that is reset" "curl: " "$(ask "$pods")"
order faults '{"action":"goaway","count":1}' >/dev/null
want "GOAWAY with the answer" "HTTP/2 200" "$(ask "$pods")"
order faults '{"action":"stall","count":1}' >/dev/null
want "never answered" "curl: 28" "$(ask --max-time 1 "$pods")"
order faults '{"action":"slow","bytes":50000,"count":1}' >/dev/null
want "slowly, but whole" '"kind":"ConfigMapList"' "$(ask "$maps")"
order listener '{"mode":"refuse"}'
want "connections refused" "curl: 7" "$(ask "$pods")"
port=${url##*:}
want "the port is still its own" "Address already in use" "$(python3 -c '
import socket, sys
socket.socket().bind(("127.0.0.1", int(sys.argv[1])))' "$port" 2>&1)"
order listener '{"mode":"hang"}'
want "connections that hang" "curl: 28" "$(ask --max-time 1 "$pods")"
order listener '{"mode":"accept"}'
want "back again" "HTTP/2 200" "$(ask "$pods")"
order ready '{"ready":false}'
want "not ready" "HTTP/2 500" "$(ask "$url/readyz")"
want "and alive" "HTTP/2 200" "$(ask "$url/livez")"
order ready '{"ready":true}'

echo "# priority levels"
order apf '{"levels":[
	{"name":"r","type":"Limited","response":"Reject","seats":1},
	{"name":"q","type":"Limited","seats":1,"queues":1,"handSize":1,
	 "queueLengthLimit":1,"waitLimitMs":300}],
	"schemas":[{"name":"noisy","level":"r","users":["noisy"]},
	{"name":"rest","level":"q","distinguisher":"ByUser"}]}'
order faults '{"action":"stall","match":{"name":"stuck"}}' >/dev/null
token=noisy-user-token ask --max-time 20 "$pods/stuck" >/dev/null &
token=argo-token ask --max-time 20 "$pods/stuck" >/dev/null &
in_use()
{
	curl -fsS "$admin/apf" | jq '[.levels[].inUse] | add'
}
until [ "$(in_use)" = 2 ]; do :; done
said=$(token=noisy-user-token ask "$pods")
want "rejected without a seat" "HTTP/2 429" "$said"
want "with its level" x-kubernetes-pf-prioritylevel-uid "$said"
want "and a Retry-After" "retry-after: 1" "$said"
want "rejected after waiting" "HTTP/2 429" "$(ask "$pods")"
want "the levels count" '"timedOut":1' "$(order apf)"
order connections '{"action":"reset"}'
wait %2 %3 2>/dev/null || true
want "the seats are free again" "HTTP/2 200" "$(ask "$pods")"
order faults "" -X DELETE
order apf '{}'

echo "# identities"
want "a wrong token" "HTTP/2 401" "$(token=wrong ask "$pods")"
said=$(ask -X POST "$url/apis/authentication.k8s.io/v1/selfsubjectreviews" \
	-H 'Impersonate-User: someone' -H 'Impersonate-Group: g1' \
	-H 'Content-Type: application/json' -d '{}')
want "impersonation" '"username":"someone"' "$said"
said=$(curl -sS --http2 --cacert "$tmp/d/ca.crt" --cert "$tmp/d/argo-cert.crt" \
	--key "$tmp/d/argo-cert.key" \
	-H 'Content-Type: application/json' -d '{}' \
	"$url/apis/authentication.k8s.io/v1/selfsubjectreviews")
want "a client certificate" '"username":"argo-cert-user"' "$said"
want "and its group" '"argo"' "$said"
want "nobody" "system:anonymous" \
	"$(curl -sS --http2 --cacert "$tmp/d/ca.crt" "$pods")"

echo "# what happened"
said=$(order history)
want "effects in order" b,d \
	"$(jq -r '[.[].name] | join(",")' <<<"$said")"
want "with their users" system:serviceaccount:argo:argo-controller "$said"
want "and all requests are counted" '"verb":"list"' "$(order counters)"

echo "# what somebody else does"
seq=$(jq -r '.[-1].seq + 1' <<<"$said")
order preload '{"resource": "pods", "namespace": "argo", "prefix": "p-",
	"count": 1, "finalizers": ["a/b", "c/d"]}'
patch='{"metadata":{"finalizers":["c/d"],"labels":{"k":"v"}}}'
said=$(order request '{"method": "PATCH",
	"path": "/api/v1/namespaces/argo/pods/p-000000", "user": "other",
	"contentType": "application/merge-patch+json", "body": '"$patch"'}')
want "its answer" '200 c/d' \
	"$(jq -rc '"\(.code) \(.body.metadata.finalizers[0])"' <<<"$said")"
want "and what it did" "other modified a/b v" "$(
	order "history?since=$seq" | jq -r '.[0] | [.user, .change,
	.finalizersGone[0], .labels.k] | join(" ")')"
want "and the body" "$(printf %s "$patch" | sha256sum | cut -d' ' -f1)" \
	"$(order "history?since=$seq")"
said=$(order request '{"method": "PATCH",
	"path": "/api/v1/namespaces/argo/pods/p-000000",
	"contentType": "application/merge-patch+json", "body": '"$patch"'}')
want "nothing, the second time" none \
	"$(order "history?since=$seq" | jq -r '.[1].change')"
order request '{"method": "DELETE",
	"path": "/api/v1/namespaces/argo/pods/p-000000",
	"body": {"gracePeriodSeconds": 0}}' >/dev/null
order request '{"method": "PATCH",
	"path": "/api/v1/namespaces/argo/pods/p-000000",
	"contentType": "application/merge-patch+json",
	"body": {"metadata":{"finalizers":null}}}' >/dev/null
want "the last finalizer goes with the object" deleted,c/d \
	"$(order "history?since=$seq" |
	jq -r '.[-1] | [.change, .finalizersGone[0]] | join(",")')"
want "what is not there" 404 \
	"$(order request '{"method": "GET",
	"path": "/api/v1/namespaces/argo/pods/p-000000"}')"

echo "# watches"
rv=$(ask "$maps?limit=1" | tail -1 | jq -r .metadata.resourceVersion)
order compact "" -X POST
post e >/dev/null
want "a watch resumes" '"type":"ADDED"' \
	"$(ask "$maps?watch=1&timeoutSeconds=1&resourceVersion=$rv")"
order compact "" -X POST
want "but not behind what was forgotten" '"reason":"Expired"' \
	"$(ask "$maps?watch=1&timeoutSeconds=1&resourceVersion=$rv")"

kill -TERM "$pid"
wait "$pid" || fail "kubesim ended with status $?"
pid=
echo "PASSED"
