#!/bin/bash
# Runs scenarios S1 to S6 against an API server, directly and through a proxy in
# alternation, and leaves one table each in a folder.  README.md beside this
# file says what they show.
set -euo pipefail

usage() {
	cat <<'EOF'
usage: scenarios.sh (--cluster-dir DIR | --kubeconfig FILE | --kubesim)
                    [--build DIR | --nghttpx | --direct] [--apf]
                    [--config FILE] [--fifo-config FILE] [--rounds N]
                    [--window TIME] [--out DIR] [SCENARIO...]

  --cluster-dir DIR   has up.sh, down.sh and manifests/tight-apf.yaml: each
                      scenario gets an API server of its own
  --kubeconfig FILE   of a cluster that is there, with contexts argo and noisy,
                      whose users are no admins, and admin, if it has levels
                      to make (s4bulk, s4all, --apf)
  --apiserver-pid N   … and its process, which s5 stops; without it s5 is not
                      run there
  --kubesim           the API server in memory of --build DIR
  --build DIR         a build of Fairway; it is what the legs "via" go through
  --nghttpx           they go through nghttpx instead, a plain pass-through
  --direct            there are none
  --apf               more legs, with the objects of `fairway apf` in the API
                      server: "apf" directly, "both" through Fairway
  --config FILE       configuration for Fairway
  --fifo-config FILE  s6: one that serves in order of arrival; without it
                      nghttpx is the FIFO if it is installed
  --rounds N          how often each leg runs (3)
  --window TIME       how long each is measured (as the scenario has it)
  --out DIR           where the tables go (a new folder under TMPDIR)
  SCENARIO            s1 s2 s2b s3 s4bulk s4all s5 s6 (all)

With --cluster-dir, TB_BIN in the environment names the folder with
kube-apiserver, kubectl and, unless it is installed, etcd. Go builds the load
client; curl is needed, and kubectl to make levels.
EOF
	exit "${1:-2}"
}

say() { echo "scenarios: $*" >&2; }
die() { say "$*"; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
cluster='' cluster_dir='' build='' proxy=none config='' fifo_config='' apf=''
server_kubeconfig='' server_pid=''
rounds=3 window='' out=''
while [ $# -gt 0 ]; do
	case $1 in
	--cluster-dir)
		cluster=own cluster_dir=$(cd "$2" && pwd); shift 2 ;;
	--kubeconfig)
		cluster=given server_kubeconfig=$(realpath "$2"); shift 2 ;;
	--apiserver-pid) server_pid=$2; shift 2 ;;
	--kubesim) cluster=kubesim; shift ;;
	--apf) apf=yes; shift ;;
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
[ -n "$cluster" ] || usage
if [ -z "$build" ] && [ "$cluster$apf" != own ] && [ "$cluster$apf" != given ]
then
	die "--kubesim and --apf need the programs of --build DIR"
fi
[ $# -gt 0 ] || set -- s1 s2 s2b s3 s4bulk s4all s5 s6
if [ "$cluster" = own ]; then
	: "${TB_BIN:?a folder with kube-apiserver}"
	export PATH=$TB_BIN:$PATH
fi

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
	case $cluster in
	own) "$cluster_dir/down.sh" >/dev/null 2>&1 || true ;;
	esac
}
trap cluster_down EXIT
trap 'exit 130' INT TERM

# server_of KUBECONFIG: its first server's URL.
server_of() {
	sed -n 's/^ *server: "\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' "$1" | head -n 1
}

# wait_ready KUBECONFIG PID: until requests come through, as long as the
# process lives.
wait_ready() {
	local kubeconfig=$1 pid=$2
	for _ in $(seq 150); do
		kill -0 "$pid" 2>/dev/null || die "the proxy ended; see $out"
		[ -s "$kubeconfig" ] &&
			curl -fsk "$(server_of "$kubeconfig")/readyz" \
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
	"$binary" serve --kubeconfig "$server_kubeconfig" \
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

# write_bulk_level FILE SCENARIO: only ConfigMaps of that account are in the
# level with one seat; of s4all everything is.
write_bulk_level() {
	local groups='[""]' resources='[configmaps]'
	[ "$2" != s4all ] || groups='["*"]' resources='["*"]'
	cat >"$1" <<EOF
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
      apiGroups: $groups
      resources: $resources
      namespaces: ["*"]
EOF
}

# own_up SCENARIO: 30 seats in all, of which a service account's level has 12
# to begin with and may borrow the others.
own_up() {
	mkdir -p "$TB_DIR/run"
	TB_PORT=$(free_ports)
	TB_ETCD_PORT=$(free_ports)
	export TB_PORT TB_ETCD_PORT
	export TB_MAX_INFLIGHT=20 TB_MAX_MUT=10 TB_EXTRA=''
	if [ "$1" = s4all ]; then
		write_audit_policy "$TB_DIR/audit.yaml"
		rm -f "$audit_log"
		# One file: a log that is rotated looks as if nothing had been done.
		TB_EXTRA="--audit-log-path=$audit_log --audit-log-maxsize=10000"
		TB_EXTRA+=" --audit-policy-file=$TB_DIR/audit.yaml"
	fi
	"$cluster_dir/up.sh" >"$out/$1.up.log" 2>&1 ||
		die "the cluster does not come up; see $out/$1.up.log"
	server_kubeconfig=$TB_DIR/kubeconfig
	server_pid=$(cat "$TB_DIR/run/apiserver.pid")
}

# kubesim_up SCENARIO: as many seats. Its levels are told by its admin port.
kubesim_up() {
	rm -rf "$TB_DIR"
	mkdir -p "$TB_DIR"
	"$build/tests/kubesim/kubesim" --dir "$TB_DIR" --seats 30 \
	    >"$out/$1.up.log" 2>&1 &
	server_pid=$!
	pids+=("$server_pid")
	server_kubeconfig=$TB_DIR/kubeconfig
	wait_ready "$server_kubeconfig" "$server_pid"
	kubesim_admin=$(sed -n 's/.*admin \(http[^ ]*\).*/\1/p' "$out/$1.up.log")
	TB_PORT=$(server_of "$server_kubeconfig")
	TB_PORT=${TB_PORT##*:}
}

# tight_level SCENARIO: a level with one seat, which rejects.
tight_level() {
	local level=$out/level.yaml
	case $cluster in
	kubesim)
		local resources=''
		[ "$1" = s4all ] || resources='"apiGroups":[""],"resources":["configmaps"],'
		curl -fsS -d '{"levels": [
		    {"name":"bench-reject","seats":1,"response":"Reject"},
		    {"name":"rest","shares":20,"queues":16,"handSize":4,
		     "queueLengthLimit":50,"waitLimitMs":15000}],
		  "schemas": [{"name":"bench","level":"bench-reject",
		     '"$resources"'"distinguisher":"ByUser",
		     "users":["system:serviceaccount:noisy:noisy"]},
		    {"name":"rest","level":"rest","distinguisher":"ByUser"}]}' \
		    "$kubesim_admin/apf" >/dev/null ||
			die "cannot make the tight level"
		return
		;;
	own) [ "$1" != s4all ] || level=$cluster_dir/manifests/tight-apf.yaml ;;
	esac
	[ -s "$level" ] || write_bulk_level "$level" "$1"
	admin apply -f "$level" >/dev/null || die "cannot make the tight level"
}

# admin ARG...: kubectl as who may make levels.
admin() {
	kubectl --kubeconfig "$server_kubeconfig" --context admin "$@"
}

# ---- one scenario

# run_scenario NAME: in a shell of its own, which ends on the first failure and
# stops what it started.
run_scenario() (
	scenario=$1 context=argo kubeconfig='' pid=''
	trap stop_proxies EXIT
	case $scenario in s4*) context=noisy ;; esac
	case $cluster in
	own) own_up "$scenario" ;;
	kubesim) kubesim_up "$scenario" ;;
	given)
		TB_PORT=$(server_of "$server_kubeconfig")
		TB_PORT=${TB_PORT##*:}
		;;
	esac
	case $scenario in s4*) tight_level "$scenario" ;; esac
	if [ "$scenario" = s5 ] && [ -z "$server_pid" ]; then
		say "s5 is not run: it stops the API server; --apiserver-pid N"
		return
	fi
	args=(--direct "$server_kubeconfig" --context "$context"
	    --rounds "$rounds")
	[ -z "$server_pid" ] || args+=(--pid "$server_pid")
	[ -z "$window" ] || args+=(--window "$window")
	[ "$cluster$scenario" != owns4all ] || args+=(--audit-log "$audit_log")
	[ -z "$apf" ] || args+=(--levels-on "$here/levels.sh on $build/fairway \
	    $server_kubeconfig" --levels-off "$here/levels.sh off \
	    $build/fairway $server_kubeconfig")
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
	case $cluster in
	own) echo "API server: $("$TB_BIN/kube-apiserver" --version)" ;;
	kubesim) echo "API server: kubesim" ;;
	given) echo "API server: of $server_kubeconfig" ;;
	esac
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
