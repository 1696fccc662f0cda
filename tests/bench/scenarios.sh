#!/bin/bash
# Runs scenarios S1 to S6 against a real kube-apiserver, directly and through
# a proxy in alternation, and leaves one table each in a folder.
# README.md beside this file says what they show.
set -euo pipefail

usage() {
	cat <<'EOF'
usage: scenarios.sh --cluster-dir DIR [--build DIR | --nghttpx | --direct]
                    [--config FILE] [--fifo-config FILE] [--rounds N]
                    [--window TIME] [--out DIR] [SCENARIO...]

  --cluster-dir DIR   has up.sh, down.sh and manifests/tight-apf.yaml
  --build DIR         a build of Fairway; it is what the legs "via" go through
  --nghttpx           they go through nghttpx instead, a plain pass-through
  --direct            there are none
  --config FILE       configuration for Fairway
  --fifo-config FILE  s6: one that serves in order of arrival; without it
                      nghttpx is the FIFO if it is installed
  --rounds N          how often each leg runs (3)
  --window TIME       how long each is measured (as the scenario has it)
  --out DIR           where the tables go (a new folder under TMPDIR)
  SCENARIO            s1 s2 s2b s3 s4bulk s4all s5 s6 (all)

TB_BIN in the environment names the folder with kube-apiserver, kubectl and,
unless it is installed, etcd. Go is needed to build the load client.
EOF
	exit "${1:-2}"
}

say() { echo "scenarios: $*" >&2; }
die() { say "$*"; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
cluster_dir='' build='' proxy=none config='' fifo_config=''
rounds=3 window='' out=''
while [ $# -gt 0 ]; do
	case $1 in
	--cluster-dir) cluster_dir=$(cd "$2" && pwd); shift 2 ;;
	--build) build=$(cd "$2" && pwd); proxy=fairway; shift 2 ;;
	--nghttpx) proxy=nghttpx; shift ;;
	--direct) proxy=none; shift ;;
	--config) config=$(realpath "$2"); shift 2 ;;
	--fifo-config) fifo_config=$(realpath "$2"); shift 2 ;;
	--rounds) rounds=$2; shift 2 ;;
	--window) window=$2; shift 2 ;;
	--out) out=$2; shift 2 ;;
	-h|--help) usage 0 ;;
	-*) usage ;;
	*) break ;;
	esac
done
[ -n "$cluster_dir" ] || usage
[ $# -gt 0 ] || set -- s1 s2 s2b s3 s4bulk s4all s5 s6
: "${TB_BIN:?a folder with kube-apiserver}"
export PATH=$TB_BIN:$PATH

if [ -n "$out" ]; then
	mkdir -p "$out"
	out=$(cd "$out" && pwd)
else
	out=$(mktemp -d "${TMPDIR:-/tmp}/fairway-scenarios.XXXXXX")
fi
export TB_DIR=$out/cluster
audit_log=$TB_DIR/run/audit.log
pids=()

# ---- processes

# A port and the ones beside it that nobody listens on. Below 30000, so that
# no connection gets one of them as its own in the meantime.
free_ports() {
	local port next
	for _ in $(seq 50); do
		port=$((10000 + RANDOM % 19000))
		for next in 0 1 10 100 101; do
			if (: <>"/dev/tcp/127.0.0.1/$((port + next))") \
			    2>/dev/null; then
				continue 2
			fi
		done
		echo "$port"
		return
	done
	die "no free port"
}

stop_proxies() {
	local pid
	for pid in ${pids[@]+"${pids[@]}"}; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	pids=()
}

cluster_down() {
	"$cluster_dir/down.sh" >/dev/null 2>&1 || true
}
trap cluster_down EXIT
trap 'exit 130' INT TERM

# wait_ready KUBECONFIG PID: until requests come through, as long as the
# process lives.
wait_ready() {
	local kubeconfig=$1 pid=$2
	for _ in $(seq 150); do
		kill -0 "$pid" 2>/dev/null || die "the proxy ended; see $out"
		[ -s "$kubeconfig" ] &&
			kubectl --kubeconfig "$kubeconfig" get --raw /readyz \
			    >/dev/null 2>&1 && return
		sleep 0.2
	done
	die "nothing comes through the proxy; see $out"
}

# start_fairway NAME CONTEXT [CONFIG]: sets kubeconfig and pid.
start_fairway() {
	local name=$1 context=$2 file=${3:-} binary state=$out/state-$1
	binary=$build/fairway
	[ -x "$binary" ] || binary=$build/proxy/fairway
	[ -x "$binary" ] || die "no fairway in $build"
	rm -rf "$state"
	"$binary" serve --kubeconfig "$TB_DIR/kubeconfig" \
	    --context "$context" --state-dir "$state" \
	    --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 ${file:+--config "$file"} \
	    >"$out/$name.log" 2>&1 &
	pid=$!
	pids+=("$pid")
	kubeconfig=$state/kubeconfig
	wait_ready "$kubeconfig" "$pid"
}

# start_nghttpx NAME CONTEXT: the same for a proxy without any policy. It has
# the API server's certificate, which is for 127.0.0.1 as well.
start_nghttpx() {
	local name=$1 context=$2 port=$((TB_PORT + 100)) pki=$TB_DIR/pki
	[ "$name" = fifo ] && port=$((port + 1))
	nghttpx --conf=/dev/null --single-process --no-ocsp \
	    --accesslog-file=/dev/null --errorlog-file="$out/$name.log" \
	    --frontend="127.0.0.1,$port" --cacert="$pki/ca.crt" \
	    --backend="127.0.0.1,$TB_PORT;;proto=h2;tls;sni=localhost" \
	    --frontend-http2-max-concurrent-streams=2000 \
	    --frontend-http2-connection-window-size=64M \
	    --backend-http2-window-size=4M \
	    --backend-http2-connection-window-size=64M \
	    --backend-read-timeout=2m --frontend-http2-read-timeout=10m \
	    "$pki/apiserver.key" "$pki/apiserver.crt" \
	    >>"$out/$name.log" 2>&1 &
	pid=$!
	pids+=("$pid")
	kubeconfig=$out/$name.kubeconfig
	sed -e "s#127.0.0.1:$TB_PORT#127.0.0.1:$port#" \
	    -e "s#^current-context:.*#current-context: $context#" \
	    "$TB_DIR/kubeconfig" >"$kubeconfig"
	wait_ready "$kubeconfig" "$pid"
}

# ---- the cluster

# Who asked for what, as the API server saw it: S4 compares it with what the
# clients were told.
write_audit_policy() {
	cat >"$1" <<'EOF'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  users: ["system:serviceaccount:noisy:noisy"]
  verbs: [create, update, patch, delete]
- level: None
EOF
}

# Only ConfigMaps of that account are in the level with one seat.
write_bulk_level() {
	cat >"$1" <<'EOF'
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: PriorityLevelConfiguration
metadata: {name: bench-reject}
spec:
  type: Limited
  limited:
    nominalConcurrencyShares: 1
    lendablePercent: 0
    borrowingLimitPercent: 0
    limitResponse: {type: Reject}
---
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata: {name: bench-configmaps}
spec:
  priorityLevelConfiguration: {name: bench-reject}
  matchingPrecedence: 50
  distinguisherMethod: {type: ByUser}
  rules:
  - subjects:
    - kind: ServiceAccount
      serviceAccount: {namespace: noisy, name: noisy}
    resourceRules:
    - verbs: ["*"]
      apiGroups: [""]
      resources: [configmaps]
      namespaces: ["*"]
EOF
}

# cluster_up SCENARIO: 30 seats in all, of which a service account's level
# has 12 to begin with and may borrow the others.
cluster_up() {
	local level=''
	mkdir -p "$TB_DIR/run"
	TB_PORT=$(free_ports)
	TB_ETCD_PORT=$(free_ports)
	export TB_PORT TB_ETCD_PORT
	export TB_MAX_INFLIGHT=20 TB_MAX_MUT=10 TB_EXTRA=''
	case $1 in
	s4bulk)
		level=$TB_DIR/level.yaml
		write_bulk_level "$level"
		;;
	s4all)
		level=$cluster_dir/manifests/tight-apf.yaml
		write_audit_policy "$TB_DIR/audit.yaml"
		rm -f "$audit_log"
		# One file: a log that is rotated looks as if nothing had been done.
		TB_EXTRA="--audit-log-path=$audit_log --audit-log-maxsize=10000"
		TB_EXTRA+=" --audit-policy-file=$TB_DIR/audit.yaml"
		;;
	esac
	"$cluster_dir/up.sh" >"$out/$1.up.log" 2>&1 ||
		die "the cluster does not come up; see $out/$1.up.log"
	if [ -n "$level" ]; then
		kubectl --kubeconfig "$TB_DIR/kubeconfig" apply -f "$level" \
		    >/dev/null || die "cannot make the tight level"
	fi
}

# ---- one scenario

# run_scenario NAME: in a shell of its own, which ends on the first failure and
# stops what it started.
run_scenario() (
	scenario=$1 context=argo kubeconfig='' pid=''
	trap stop_proxies EXIT
	case $scenario in s4*) context=noisy ;; esac
	cluster_up "$scenario"
	args=(--direct "$TB_DIR/kubeconfig" --context "$context"
	    --rounds "$rounds" --pid "$(cat "$TB_DIR/run/apiserver.pid")")
	[ -z "$window" ] || args+=(--window "$window")
	[ "$scenario" != s4all ] || args+=(--audit-log "$audit_log")
	case $proxy in
	fairway) start_fairway "$scenario" "$context" "$config" ;;
	nghttpx) start_nghttpx "$scenario" "$context" ;;
	esac
	[ "$proxy" = none ] ||
		args+=(--via "$kubeconfig" --proxy-pid "$pid")
	if [ "$scenario" = s6 ] && [ "$proxy" = fairway ]; then
		if [ -n "$fifo_config" ]; then
			start_fairway fifo "$context" "$fifo_config"
			args+=(--fifo "$kubeconfig")
		elif command -v nghttpx >/dev/null; then
			start_nghttpx fifo "$context"
			args+=(--fifo "$kubeconfig")
		fi
	fi
	"$out/flood" "$scenario" "${args[@]}" | tee "$out/$scenario.md"
)

describe() {
	echo "proxy: $proxy ${build:+($("$build/fairway" version 2>/dev/null ||
	    echo "$build"))}"
	echo "API server: $("$TB_BIN/kube-apiserver" --version)"
	echo "machine: $(nproc) cores, $(uname -sr), $(grep -m1 'model name' \
	    /proc/cpuinfo | cut -d: -f2- | sed 's/^ //')"
	echo "load client: $(go version)"
	echo "rounds: $rounds"
}

(cd "$here/flood" && go build -o "$out/flood" .)
describe >"$out/machine.txt"
failed=''
for scenario; do
	run_scenario "$scenario" || failed+=" $scenario"
	cluster_down
done
say "tables are in $out"
[ -z "$failed" ] || die "did not run to the end:$failed"
