#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# `./bootstrap run` on a machine without a cluster: it says what to try, what
# it says works when it is run as it stands, and Ctrl-C ends everything with
# status 0.
#
# usage: quickstart.sh	with $top_srcdir and $top_builddir as `make check` sets
#			them, or with --build to let bootstrap install and
#			build as well
set -euo pipefail

top_srcdir=${top_srcdir:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/quickstart.XXXXXX")
pid=

clean_up()
{
	if [ -n "$pid" ]; then
		kill -TERM "$pid" 2>/dev/null || true
		wait "$pid" || true
	fi
	rm -rf "$tmp"
}
trap clean_up EXIT

fail()
{
	echo "FAILED: $*"
	[ ! -f "$tmp/said" ] || sed 's/^/  bootstrap: /' "$tmp/said"
	[ ! -f "$tmp/log" ] || sed 's/^/  log: /' "$tmp/log"
	exit 1
}

unset KUBECONFIG KUBERNETES_SERVICE_HOST STATE_DIRECTORY
export HOME=$tmp/home XDG_STATE_HOME=$tmp/state
mkdir "$HOME"
if [ "${1:-}" != --build ]; then
	export FAIRWAY_BUILD_DIR=${top_builddir:-.}
fi

# set -m: in its own process group.  With SIGINT as a terminal gives it: whoever
# began this may ignore it, as here, and a shell cannot undo that.
mkfifo "$tmp/out"
set -m
(
	trap '' INT
	exec env --default-signal=INT "$top_srcdir/bootstrap" run \
		--listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 \
		>"$tmp/out" 2>"$tmp/log"
) &
pid=$!
set +m

exec {out}<"$tmp/out"
while IFS= read -r -t 300 line <&"$out"; do
	printf '%s\n' "$line" >>"$tmp/said"
	[ "$line" != "Ctrl-C stops it." ] || break
done
[ "${line:-}" = "Ctrl-C stops it." ] || fail "it did not say what to try"

kubeconfig=$(sed -n 's/^The kubeconfig for its clients: //p' "$tmp/said")
[ "$(stat -c %a "$kubeconfig")" = 600 ] || fail "$kubeconfig is not 0600"

# What is to be typed is what is indented by four.
sed -n 's/^    \([^ ]\)/\1/p' "$tmp/said" >"$tmp/lines"
grep -q ^curl "$tmp/lines" || fail "no line with curl"
if command -v kubectl >/dev/null; then
	grep -q '^kubectl .* get ' "$tmp/lines" || fail "no line with kubectl"
fi

# expect TEXT OUTPUT
expect()
{
	grep -qi "$1" <<<"$2" || fail "no '$1' in: $2"
}

# What each should give; a line that is not known here must at least work.
tried=0
while read -r line; do
	echo "+ $line"
	output=$(bash -c "$line" 2>&1 </dev/null) ||
		fail "status $?: $line: $output"
	case $line in
	curl*/version)
		expect '^HTTP/2 200' "$output"
		expect '^x-fairway-lane: ' "$output"
		expect '"gitVersion"' "$output"
		;;
	curl*-d*'"kind":"Pod"'*)
		expect '"uid"' "$output"
		;;
	curl*-X\ DELETE)
		expect '"deletionTimestamp"' "$output"
		;;
	curl*-X\ PATCH*)
		expect '^HTTP/2 200' "$output"
		expect '^x-fairway-lane: finalizers' "$output"
		;;
	curl*pods/demo)
		expect '^HTTP/2 404' "$output"
		;;
	*'fairway status '*)
		expect '^finalizers' "$output"
		;;
	curl*/metrics)
		expect '^fairway_' "$output"
		;;
	echo*)
		expect 'configmap/demo created' "$output"
		;;
	kubectl*'-o yaml')
		expect '^  a: b' "$output"
		;;
	esac
	tried=$((tried + 1))
done <"$tmp/lines"

# Ctrl-C, as a terminal sends it: to the whole group.
kill -INT -- "-$pid"
status=0
wait "$pid" || status=$?
pid=
[ $status = 0 ] || fail "status $status after Ctrl-C"
url=$(sed -n 's/^Fairway is listening on //p' "$tmp/said")
! curl -sk "$url/livez" >/dev/null || fail "Fairway still listens on $url"

echo "$tried lines tried, all work"
