# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
#
# For the observe-*.sh tests: kubesim and Fairway on free ports, in a folder
# that goes at the end, with an environment of their own.
set -euo pipefail

top_srcdir=${top_srcdir:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
build=${top_builddir:-.}
fairway=$build/fairway
tmp=$(mktemp -d "${TMPDIR:-/tmp}/observe.XXXXXX")
pids=()

clean_up()
{
	local pid

	for pid in "${pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	rm -rf "$tmp"
}
trap clean_up EXIT

unset KUBECONFIG KUBERNETES_SERVICE_HOST STATE_DIRECTORY XDG_STATE_HOME
export HOME=$tmp/home
mkdir "$HOME"

fail()
{
	local log

	echo "FAILED: $*"
	for log in "$tmp"/*.log; do
		[ ! -f "$log" ] || sed "s|^|  ${log##*/}: |" "$log"
	done
	exit 1
}

# expect_status STATUS TEXT COMMAND...: it ends so and says so.
expect_status()
{
	local expected=$1 text=$2 status=0

	shift 2
	"$@" >"$tmp/out" 2>&1 </dev/null || status=$?
	[ $status = "$expected" ] ||
		fail "status $status, not $expected: $*: $(cat "$tmp/out")"
	[ -z "$text" ] || grep -q -e "$text" "$tmp/out" ||
		fail "no '$text' from: $*: $(cat "$tmp/out")"
}

# start NAME PATTERN COMMAND...: until a line matches, which is left in $line;
# the process is $started; all that it says is in NAME.log once $reader ended.
start()
{
	local name=$1 pattern=$2 fd

	shift 2
	mkfifo "$tmp/$name.fifo"
	"$@" >"$tmp/$name.fifo" 2>&1 </dev/null &
	started=$!
	pids+=("$started")
	exec {fd}<"$tmp/$name.fifo"
	rm "$tmp/$name.fifo"
	while IFS= read -r -t 60 line <&"$fd"; do
		printf '%s\n' "$line" >>"$tmp/$name.log"
		# shellcheck disable=SC2254  # a pattern is what it is for
		case $line in
		$pattern)
			cat <&"$fd" >>"$tmp/$name.log" &
			reader=$!
			exec {fd}<&-
			return
			;;
		esac
	done
	fail "$name did not start"
}

start_kubesim()
{
	start kubesim '*listening on*' "$build/tests/kubesim/kubesim" \
		--listen 127.0.0.1:0 --admin 127.0.0.1:0 --dir "$tmp/kubesim"
	kubesim_pid=$started
}

# start_fairway NAME OPTION...: sets pid, url, admin and state.
start_fairway()
{
	local name=$1

	shift
	state=$tmp/$name
	start "$name" '*"listening"*' "$fairway" serve \
		--listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 \
		--state-dir "$state" "$@"
	pid=$started
	log_reader=$reader
	[ "${line#\{}" = "$line" ] || return 0 # JSON
	url=https://$(word_of address)
	admin=http://$(word_of admin)
}

# Of $line: word_of address
word_of()
{
	sed -n "s/.* $1=\([^ ]*\).*/\1/p" <<<"$line"
}

# end_fairway SIGNAL: it ends with status 0.
end_fairway()
{
	local status=0

	kill "-$1" "$pid"
	wait "$pid" || status=$?
	wait "$log_reader" || true
	[ $status = 0 ] || fail "status $status after SIG$1"
}
