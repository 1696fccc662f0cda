#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A Fairway from its start to its end, as its operator sees it.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/observe-lib.sh"

here=$(dirname "${BASH_SOURCE[0]}")

# fetch PATH: by an argo user's token, through Fairway.
fetch()
{
	curl -sS --max-time 60 --cacert "$state/ca.crt" \
		-H 'Authorization: Bearer argo-token' "$@"
}

# code PATH...: of the admin address
code()
{
	curl -sS --max-time 60 -o "$tmp/body" -w '%{http_code}' "$@"
}

expect_code()
{
	local expected=$1 got

	shift
	got=$(code "$@") || fail "curl $*"
	[ "$got" = "$expected" ] || fail "$got, not $expected: $*"
}

start_kubesim
start_fairway first --kubeconfig "$tmp/kubesim/kubeconfig" --context argo \
	--log-level debug

# What it keeps is for its owner only.
[ "$(stat -c %a "$state")" = 700 ] || fail "mode of $state"
for file in "$state"/*; do
	[ "$(stat -c %a "$file")" = 600 ] || fail "mode of $file"
done
grep -q "server: \"\{0,1\}$url" "$state/kubeconfig" ||
	fail "the kubeconfig does not name $url"
grep -q 'token: "\{0,1\}argo-token' "$state/kubeconfig" ||
	fail "the kubeconfig does not carry the token over"

# It gave up what it does not need.
grep -q '^NoNewPrivs:[[:space:]]*1$' "/proc/$pid/status" || fail "privileges"
grep -q '^Max core file size  *0  *0 ' "/proc/$pid/limits" || fail "core files"

# It serves, counts and shows.
fetch -f "$url/version" | grep -q gitVersion || fail "no /version"
fetch -f "$url/api/v1/namespaces/argo/pods" | grep -q PodList ||
	fail "no list of pods"
# The record is made when the exchange is over, which its client cannot see.
until fetch -f "$admin/metrics" | tee "$tmp/metrics" |
	grep -q 'fairway_requests_total{lane="reads",verb="list",code="200"} 1'
do
	kill -0 "$pid" || fail "it is gone"
done
python3 "$here/observe-scrape.py" "$tmp/metrics" \
	fairway_build_info fairway_requests_total \
	fairway_request_wait_duration_seconds \
	fairway_current_inqueue_requests fairway_current_executing_requests \
	fairway_rejected_requests_total fairway_gate_limit_requests \
	fairway_endpoint_health process_resident_memory_bytes ||
	fail "the metrics are not what Prometheus reads"
"$fairway" metrics-reference | cmp - "$top_srcdir/docs/metrics.md" ||
	fail "docs/metrics.md is out of date: fairway metrics-reference"

# Its pages.
expect_code 200 "$admin/livez"
expect_code 200 "$admin/readyz"
[ "$(cat "$tmp/body")" = ok ] || fail "/readyz says $(cat "$tmp/body")"
expect_code 200 "$admin/healthz"
expect_code 200 "$admin/readyz?verbose"
grep -q '^readyz check passed$' "$tmp/body" || fail "/readyz?verbose"
expect_code 200 "$admin/version"
expect_code 404 "$admin/nowhere"
expect_code 405 -X DELETE "$admin/metrics"
expect_code 405 -d x "$admin/metrics"
expect_code 431 -H "X: $(printf '%09000d' 0)" "$admin/metrics"

# `fairway status`
"$fairway" status --state-dir "$state" >"$tmp/status" || fail "no status"
grep -q '^reads  *0  *0  *0  *[1-9]' "$tmp/status" ||
	fail "status: $(cat "$tmp/status")"
[ "$(awk 'length > 80' "$tmp/status")" = "" ] ||
	fail "status is wider than 80 columns"
"$fairway" status --socket "$state/admin.sock" -o json |
	python3 -c '
import json, sys
status = json.load(sys.stdin)
lanes = {lane["name"]: lane for lane in status["lanes"]}
assert status["ready"] is True
assert lanes["reads"]["started"] >= 2, lanes
assert lanes["finalizers"]["started"] == 0, lanes
assert status["upstream"][0]["health"] == "up", status
' || fail "status -o json"
python3 "$here/observe-socket.py" "$state/admin.sock" ||
	fail "the admin socket"

# What is there already is not taken.
expect_status 1 'another fairway uses' "$fairway" \
	--kubeconfig "$tmp/kubesim/kubeconfig" --state-dir "$state" \
	--listen 127.0.0.1:0 --admin-listen 127.0.0.1:0
expect_status 1 'Address already in use' "$fairway" \
	--kubeconfig "$tmp/kubesim/kubeconfig" --state-dir "$tmp/other" \
	--listen "${url#https://}" --admin-listen 127.0.0.1:0
expect_status 1 'give another --admin-listen: .*Address already in use' \
	"$fairway" --kubeconfig "$tmp/kubesim/kubeconfig" \
	--state-dir "$tmp/other" --listen 127.0.0.1:0 \
	--admin-listen "${admin#http://}"

# SIGHUP does not end it; SIGTERM does, with 0, and takes its socket along.
kill -HUP "$pid"
expect_code 200 "$admin/readyz"
end_fairway TERM
[ ! -e "$state/admin.sock" ] || fail "the socket is still there"
grep -q 'msg="ended"' "$tmp/first.log" || fail "it did not say that it ended"
if grep -E 'argo-token|PRIVATE KEY' "$tmp/first.log"; then
	fail "a secret is in the log"
fi

# The same CA the next time; a dead one's socket is in nobody's way.
cp "$state/ca.crt" "$tmp/ca.crt"
start_fairway again --kubeconfig "$tmp/kubesim/kubeconfig" --context argo \
	--state-dir "$tmp/first"
state=$tmp/first
cmp "$tmp/ca.crt" "$state/ca.crt" || fail "another CA"
kill -KILL "$pid"
wait "$pid" || true
[ -S "$state/admin.sock" ] || fail "SIGKILL left no socket to test with"
start_fairway third --kubeconfig "$tmp/kubesim/kubeconfig" --context argo \
	--state-dir "$state" --log-format json
python3 -c '
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
	json.loads(line)
' "$tmp/third.log" || fail "the log is not JSON"
end_fairway INT

# With a client certificate upstream, clients need one of ours.
start_fairway cert --kubeconfig "$tmp/kubesim/kubeconfig" --context argo-cert
! curl -sS --max-time 60 --cacert "$state/ca.crt" "$url/version" \
	>"$tmp/out" 2>&1 || fail "served without a certificate"
curl -fsS --max-time 60 --cacert "$state/ca.crt" --cert "$state/client.crt" \
	--key "$state/client.key" "$url/api/v1/namespaces/argo/pods" |
	grep -q PodList || fail "not served with our certificate"
grep -q 'client-certificate-data:' "$state/kubeconfig" ||
	fail "the kubeconfig has no certificate"

# Ready even while the API server is away.
kill -KILL "$kubesim_pid"
until expect_code 200 "$admin/readyz?verbose" &&
	grep -q '^.+.upstream .* is away' "$tmp/body"; do
	kill -0 "$pid" || fail "it is gone"
done
expect_code 200 "$admin/readyz"

# A first SIGTERM waits for who is still there, a second one does not.
exec {held}> >(curl -sS --cacert "$state/ca.crt" --cert "$state/client.crt" \
	--key "$state/client.key" "$url/version" >/dev/null 2>&1)
until "$fairway" status --state-dir "$state" | grep -q '[1-9] requests open'
do
	kill -0 "$pid" || fail "it is gone"
done
kill -TERM "$pid"
until [ "$(code "$admin/readyz")" = 503 ]; do
	kill -0 "$pid" || fail "it did not wait"
done
expect_code 200 "$admin/livez"
end_fairway TERM
exec {held}>&-
grep -q 'a second signal' "$tmp/cert.log" || fail "it did not say so"

echo "started, shown, ended"
