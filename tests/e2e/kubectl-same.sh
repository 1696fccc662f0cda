#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What people and scripts do with kubectl is the same with Fairway in between:
# the same commands directly and through it, in a fresh namespace each.
# Standard output, standard error and status are compared, once dates, uids,
# resource versions and ages are masked; each difference is shown.
#
# usage: kubectl-same.sh			against kubesim
#	 kubectl-same.sh KUBECONFIG [CONTEXT]	against that cluster
# CLEARTEXT=yes in the environment: without TLS to Fairway, whose credentials
# it borrows, since kubectl sends none by http://.
set -euo pipefail

# shellcheck source=tests/e2e/kubectl-lib.sh
. "$(dirname "$0")/kubectl-lib.sh"

CLEARTEXT=${CLEARTEXT:-no}
run_id=$(od -An -N4 -tx1 /dev/urandom | tr -d ' \n')
sides=()
declare -A config context space
mask_more=()

# On the side that is talking.
k()
{
	(become_k "$@")
}

# For the background, where the process is to be kubectl itself.
become_k()
{
	exec "$KUBECTL" --kubeconfig "${config[$side]}" \
		--context "${context[$side]}" -n "${space[$side]}" "$@"
}

# "very short watch", "Failed to watch": kubectl's own remarks when its timeout
# ends a watch that it began less than a second before, or was about to begin.
mask()
{
	sed -E \
		-e "s#${config[$side]}#KUBECONFIG#g" \
		-e "s#$server#https://SERVER#g; s#${server#*://}#SERVER#g" \
		-e "s/${space[$side]}/NAMESPACE/g" \
		-e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UID/g' \
		-e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/DATE/g' \
		-e 's/(resourceVersion"?: ?)"[0-9]+"/\1"VERSION"/g' \
		-e 's/("continue": ?)"[^"]+"/\1"TOKEN"/g' \
		-e 's/ +[0-9]+(s|m[0-9s]*|h[0-9m]*)( +|$)/ AGE /g' \
		-e 's#[^ ]*/(kubectl-edit|LIVE|MERGED)-[^ ]*#FILE#g' \
		-e 's/^[IWE][0-9]{4} [0-9:.]+ +[0-9]+ [a-z_]+\.go:[0-9]+\]/LOG/' \
		-e 's/in [0-9]+ milliseconds|milliseconds=[0-9]+/in TIME/' \
		-e 's/ [0-9:]{8}\.[0-9]+ [+-][0-9]{4}$//' \
		-e '/^LOG "(Feature gate default|Starting client cert)/d' \
		-e '/^LOG .*very short watch: /d' \
		-e '/^LOG "Failed to watch" err="context deadline exc/d' \
		-e '/^LOG ".*: Failed to watch .*: context deadline exc/d' \
		-e 's/^((LOG)?[ \t]+(Date|Content-Length):).*/\1 MASKED/' \
		-e '/^(LOG)?[ \t]+X-Fairway-/d' \
		"${mask_more[@]}"
}

# step ok|no|any NAME COMMAND...: runs it and keeps what is to be compared.
# What must succeed, or fail, directly is told, so that equality means
# something; any: kubesim and older servers cannot do it.
steps=0
unexpected=0
step()
{
	local expected=$1 name=$2 status=0 file

	shift 2
	steps=$((steps + 1))
	"$@" >"$tmp/stdout" 2>"$tmp/stderr" || status=$?
	file=$(printf '%s/%s/%02d-%s' "$tmp" "$side" $steps "${name// /-}")
	{
		echo "\$ $name"
		echo "status $status"
		echo "--- standard output"
		mask <"$tmp/stdout"
		echo "--- standard error"
		mask <"$tmp/stderr"
	} >"$file"
	[ "$side" = direct ] || return 0
	case $expected/$status in
	ok/0 | any/* | no/[1-9]*) ;;
	*)
		echo "directly, where $expected was expected:"
		cut -c 1-300 "$file"
		unexpected=$((unexpected + 1))
		;;
	esac
}

configmap()
{ # name, members of metadata, data
	printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s"%s},
		"data":{%s}}' "$1" "${2:+,$2}" "${3-\"a\":\"1\"}"
}

# No scheduler, no kubelet and no volume of a service account: nobody but
# these commands changes it.
pod()
{
	printf '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s",
		"labels":{"app":"same"},"finalizers":["example.com/keep"]},
		"spec":{"schedulerName":"nobody","serviceAccountName":"same",
		"automountServiceAccountToken":false,
		"containers":[{"name":"main","image":"%s"}]}}' "$1" "$2"
}

list()
{ # how many
	local i
	printf '{"apiVersion":"v1","kind":"List","items":['
	for ((i = 0; i < $1; i++)); do
		[ $i = 0 ] || printf ,
		configmap "page-$i" '"labels":{"page":"yes"}'
	done
	printf ']}'
}

big()
{ # bytes
	local text
	text=$(head -c "$1" /dev/zero | tr '\0' x)
	configmap big "" "\"x\":\"$text\""
}

# Three changes and the end of an object, each waited for before the next.
watch_changes()
{ # options of kubectl get, what each event has
	local pid status=0 word=$1
	shift

	: >"$tmp/watch"
	become_k get configmaps -l watch=me -w --output-watch-events "$@" \
		>"$tmp/watch" 2>&1 &
	pid=$!
	pids+=("$pid")
	create "$(configmap watched '"labels":{"watch":"me"}')"
	until_said "$tmp/watch" "$word" 1
	k annotate configmap watched n=1
	until_said "$tmp/watch" "$word" 2
	k patch configmap watched -p '{"data":{"b":"2"}}'
	until_said "$tmp/watch" "$word" 3
	k delete configmap watched
	until_said "$tmp/watch" "$word" 4
	kill -TERM "$pid"
	wait "$pid" || status=$?
	cat "$tmp/watch"
	return $status
}

# wait_while CHANGE OPTION...: kubectl wait, and the change once it watches.
wait_while()
{
	local change=$1 pid status=0
	shift

	: >"$tmp/wait"
	become_k wait "$@" --timeout=60s -v=6 >"$tmp/waited" 2>"$tmp/wait" &
	pid=$!
	pids+=("$pid")
	until_said "$tmp/wait" "watch=true"
	$change
	wait "$pid" || status=$?
	cat "$tmp/waited"
	grep -v '^[IWE][0-9]\{4\} ' "$tmp/wait" >&2 || true
	return $status
}

set_data()
{
	k patch configmap one --type=merge -p '{"data":{"ready":"yes"}}'
}

set_condition()
{
	k patch pod p1 --subresource=status \
		-p '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}'
}

let_go()
{
	k patch pod p1 --type=merge -p '{"metadata":{"finalizers":null}}'
}

# kubectl delete waits for the end, which comes with the last finalizer.
delete_waits()
{
	local pid status=0

	: >"$tmp/deleted"
	become_k delete configmap kept >"$tmp/deleted" 2>&1 &
	pid=$!
	pids+=("$pid")
	until_said "$tmp/deleted" deleted
	k get configmap kept -o yaml
	# shellcheck disable=SC2016  # not a variable
	k patch configmap kept -p \
		'{"metadata":{"$deleteFromPrimitiveList/finalizers":["example.com/a"]}}'
	k patch configmap kept --type=json -p \
		'[{"op":"test","path":"/metadata/finalizers/0","value":"example.com/b"},
		  {"op":"remove","path":"/metadata/finalizers/0"}]'
	wait "$pid" || status=$?
	cat "$tmp/deleted"
	return $status
}

edit_with()
{ # sed script, what
	KUBE_EDITOR="sed -i $1" k edit "$2"
}

stale()
{ # what kubectl replace finds changed
	k get configmap one -o json >"$tmp/stale.json"
	k label configmap one touched="$1"
	k replace -f "$tmp/stale.json"
}

replace()
{
	k get configmap one -o json | sed 's/"a": "[^"]*"/"a": "replaced"/' |
		k replace -f -
}

differs()
{
	configmap two '"labels":{"v":"3"}' | k diff -f -
}

# kubectl prints them in any order.
headers()
{
	k get configmap one -o name -v=8 2>&1 | mask | grep -v Body | sort
}

raw()
{
	k get --raw "/api/v1/namespaces/${space[$side]}/$1"
}

all_steps()
{
	step ok "create a namespace" k create -f - <<<"{\"apiVersion\":\"v1\",
		\"kind\":\"Namespace\",\"metadata\":{\"name\":\"${space[$side]}\"}}"

	# Discovery.
	step ok "api-resources" k api-resources
	step ok "api-resources wide" k api-resources -o wide --namespaced
	step ok "api-versions" k api-versions
	step ok "version" k version -o yaml
	step any "cluster-info" k cluster-info
	step any "explain" k explain configmap.data
	step ok "raw version" k get --raw /version
	step ok "raw readyz" k get --raw '/readyz?verbose'
	step no "raw nothing" k get --raw /apis/nothing.example.com

	# Create and get.
	step ok "create" create "$(configmap one)"
	step ok "create dry run" k create --dry-run=server -o yaml -f - \
		<<<"$(configmap dry)"
	step any "create from literals" k create configmap literal \
		--from-literal=a=b
	step any "create secret" k create secret generic s --from-literal=a=b
	step ok "create service account" create '{"apiVersion":"v1",
		"kind":"ServiceAccount","metadata":{"name":"same"}}'
	step ok "create pod" create "$(pod p1 busybox)"
	step ok "create lease" create '{"apiVersion":"coordination.k8s.io/v1",
		"kind":"Lease","metadata":{"name":"l"},
		"spec":{"holderIdentity":"me"}}'
	step any "create workflow" create '{"apiVersion":"argoproj.io/v1alpha1",
		"kind":"Workflow","metadata":{"name":"w"},
		"spec":{"entrypoint":"a"}}'
	for format in yaml json name wide 'jsonpath={.metadata.name}' \
		'go-template={{.kind}}' 'custom-columns=N:.metadata.name'; do
		step ok "get configmap -o $format" k get configmap one -o "$format"
		step ok "get pod -o $format" k get pod p1 -o "$format"
	done
	step ok "get table" k get configmap one
	step ok "get labels" k get pods --show-labels -l app=same
	step ok "get fields" k get pods --field-selector=status.phase=Pending
	step ok "get sorted" k get configmaps -l '!watch' \
		--field-selector metadata.name=one --sort-by=.metadata.name
	step ok "get both" k get pod/p1 configmap/one lease/l
	step ok "get none" k get configmaps -l nobody=has
	step ok "get managed fields" k get configmap one -o yaml \
		--show-managed-fields
	step ok "get subresource" k get pod p1 --subresource=status -o yaml
	step any "describe configmap" k describe configmap one
	step any "describe pod" k describe pod p1
	step ok "headers" headers

	# Apply.
	step ok "apply" k apply -f - <<<"$(configmap two '"labels":{"v":"1"}')"
	step ok "apply again" k apply -f - \
		<<<"$(configmap two '"labels":{"v":"1"}')"
	step ok "apply other" k apply -f - \
		<<<"$(configmap two '"labels":{"v":"2"}' '"b":"2"')"
	step ok "applied" k get configmap two -o yaml
	step any "apply pod" k apply -f - <<<"$(pod p1 busybox:2)"
	step any "diff" differs
	step any "apply on server" k apply --server-side -f - \
		<<<"$(configmap three)"
	step any "apply on server, conflict" k apply --server-side \
		--field-manager=other -f - <<<"$(configmap three "" '"a":"2"')"
	step any "apply on server, forced" k apply --server-side \
		--force-conflicts --field-manager=other -f - \
		<<<"$(configmap three "" '"a":"2"')"
	step any "applied on server" k get configmap three -o yaml \
		--show-managed-fields
	step any "apply workflow" k apply -f - <<<'{
		"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow",
		"metadata":{"name":"w"},"spec":{"entrypoint":"b"}}'

	# Change.
	step ok "patch, strategic" k patch pod p1 -p '{"spec":{"containers":
		[{"name":"main","image":"busybox:3"}]}}'
	step ok "patch, merge" k patch configmap one --type=merge \
		-p '{"data":{"b":"2","c":null}}' -o yaml
	step ok "patch, json" k patch configmap one --type=json -o json -p '[
		{"op":"test","path":"/data/b","value":"2"},
		{"op":"add","path":"/data/d","value":"4"},
		{"op":"remove","path":"/data/b"}]'
	step ok "patch, no change" k patch configmap one --type=merge -p '{}'
	step no "patch, failing test" k patch configmap one --type=json \
		-p '[{"op":"test","path":"/data/d","value":"5"}]'
	step no "patch, not JSON" k patch configmap one --type=merge -p '{"x":'
	step no "patch, immutable" k patch configmap one --type=merge \
		-p '{"metadata":{"uid":"x"}}'
	step any "patch workflow, strategic" k patch workflow w \
		-p '{"spec":{"entrypoint":"c"}}'
	step any "patch workflow" k patch workflow w --type=merge \
		-p '{"spec":{"entrypoint":"c"}}'
	step ok "replace" replace
	step no "replace, stale" stale one
	step no "replace, unknown" k replace -f - <<<"$(configmap nobody)"
	step ok "replace, forced" k replace --force -f - \
		<<<"$(configmap forced)"
	step ok "edit" edit_with s/replaced/edited/ configmap/one
	step ok "edit, no change" edit_with s/replaced/edited/ configmap/one
	step ok "edited" k get configmap one -o yaml
	step no "edit, wrong" edit_with s/same/-/ pod/p1
	step ok "label" k label configmap one x=y
	step no "label again" k label configmap one x=z
	step ok "label, overwrite" k label --overwrite configmap one x=z
	step ok "label, remove" k label configmap one x-
	step ok "annotate" k annotate configmap one a/b="some text"

	# Watch and wait.
	step no "watch" watch_changes watched
	step no "watch, other columns" watch_changes watched \
		-o 'jsonpath={.type} {.object.metadata.name} {.object.data}{"\n"}'
	step ok "wait for data" wait_while set_data configmap/one \
		--for=jsonpath='{.data.ready}'=yes
	step ok "wait for a condition" wait_while set_condition pod/p1 \
		--for=condition=Ready
	step no "wait in vain" k wait configmap/one --timeout=2s \
		--for=jsonpath='{.data.ready}'=no

	# Delete.
	step ok "delete pod" k delete pod p1 --wait=false --grace-period=0
	step no "wait for deletion in vain" k wait --for=delete pod/p1 \
		--timeout=2s
	# Not its status, which a controller may change.
	step ok "deleted pod" k get pod p1 \
		-o 'jsonpath={.metadata.finalizers} {.metadata.deletionTimestamp}'
	step no "add a finalizer" k patch pod p1 --type=merge \
		-p '{"metadata":{"finalizers":["example.com/keep","example.com/b"]}}'
	step ok "wait for deletion" wait_while let_go --for=delete pod/p1
	step ok "create kept" create "$(configmap kept \
		'"finalizers":["example.com/a","example.com/b"]')"
	step ok "delete waits" delete_waits
	step no "gone" k get configmap kept
	step ok "delete, dry run" k delete configmap two --dry-run=server
	step ok "delete" k delete configmap two
	step no "delete, unknown" k delete configmap two
	step ok "delete, ignored" k delete configmap two --ignore-not-found
	step ok "delete, background" k delete lease l --cascade=background

	# Pages and sizes.
	step ok "create many" create "$(list 25)"
	step ok "pages" k get configmaps -l page=yes --chunk-size=10 -o name
	step ok "pages as table" k get configmaps -l page=yes --chunk-size=7
	step ok "first page" raw 'configmaps?labelSelector=page%3Dyes&limit=10'
	step no "wrong page" raw 'configmaps?limit=10&continue=x'
	step ok "delete many" k delete configmaps -l page=yes
	big 1048576 >"$tmp/big.json"
	step ok "create 1 MiB" k create -f "$tmp/big.json"
	step ok "get 1 MiB" k get configmap big -o json
	step ok "patch 1 MiB" k patch configmap big -p '{"data":{"x":"small"}}'
	big 1048577 >"$tmp/big.json"
	step no "too much" k replace -f "$tmp/big.json"
	big 4000000 >"$tmp/big.json"
	step no "far too much" k replace -f "$tmp/big.json"

	# Errors and permissions.
	step no "404" k get configmap nope
	step no "404 of a type" k get nonsense
	step no "404 of a namespace" k create -n "${space[$side]}-x" -f - \
		<<<"$(configmap one)"
	step no "409" create "$(configmap one)"
	step no "422" create "$(configmap Not_A_Name)"
	step no "422 of a pod" create '{"apiVersion":"v1","kind":"Pod",
		"metadata":{"name":"x"},"spec":{}}'
	step no "no match" create '{"apiVersion":"v1","kind":"Nonsense",
		"metadata":{"name":"x"}}'
	# A client certificate counts before a token.
	[ $impersonates = no ] ||
		step no "401" k --token=wrong get configmaps
	step any "can-i" k auth can-i create pods
	step any "can-i, unknown" k auth can-i create nonsense
	step any "can-i, list" k auth can-i --list
	step any "whoami" k auth whoami
	if [ $impersonates = yes ]; then
		step no "403" k --as=fairway-test-nobody get configmaps
		step no "403 to write" k --as=fairway-test-nobody \
			delete configmap one
		step any "whoami else" k auth whoami --as=fairway-test-nobody \
			--as-group=some --as-group=others
	fi
	step ok "delete everything" k delete pods,configmaps --all --wait=false
	step ok "delete the namespace" k delete namespace "${space[$side]}" \
		--wait=false
}

# Whatever a failed run left there.
end_run()
{
	local status=$? left object

	# Where a step gave up, its words are in the file.
	[ $status = 0 ] || [ ! -f "$tmp/stdout" ] ||
		grep -a "^FAILED" "$tmp/stdout" || true

	for side in "${sides[@]}"; do
		left=$(k get pods,configmaps -o name 2>/dev/null) || continue
		for object in $left; do
			k patch "$object" --type=merge \
				-p '{"metadata":{"finalizers":null}}'
		done >/dev/null 2>&1
		k delete namespace "${space[$side]}" --wait=false \
			--ignore-not-found >/dev/null 2>&1 || true
	done
	clean_up
}
trap end_run EXIT

if [ $# -gt 0 ]; then
	# What logs in there, such as an exec plugin, may need its home.
	export HOME=$real_home KUBECACHEDIR=$tmp/cache
	config[direct]=$(realpath "$1")
	context[direct]=${2:-$("$KUBECTL" --kubeconfig "$1" config current-context)}
else
	start_sim
	config[direct]=$tmp/kubesim/kubeconfig
	context[direct]=argo
	curl -fsS "$sim_admin/denials" -d '{"user":"fairway-test-nobody"}' \
		>"$tmp/denial"
fi
if [ "$CLEARTEXT" = no ]; then
	start_fairway proxy --kubeconfig "${config[direct]}" \
		--context "${context[direct]}"
	config[fairway]=$state/kubeconfig
else
	cat >"$tmp/fairway.yaml" <<-'END'
		apiVersion: fairway.dev/v1alpha1
		kind: Configuration
		cleartext: {address: "127.0.0.1:0", credentials: Own}
	END
	start_fairway proxy --kubeconfig "${config[direct]}" \
		--context "${context[direct]}" --config "$tmp/fairway.yaml"
	config[fairway]=$tmp/plain
	cat >"$tmp/plain" <<-END
		apiVersion: v1
		kind: Config
		clusters: [{name: plain, cluster: {
		  server: "http://$(word_of cleartext)"}}]
		contexts: [{name: plain, context: {cluster: plain, user: ""}}]
		current-context: plain
	END
	# No token goes out, and there is no TLS for HTTP/2 to be disabled in.
	mask_more=(-e '/^(LOG)?[ \t]+Authorization:/d'
		-e '/^LOG HTTP2 has been explicitly disabled/d')
fi
context[fairway]=$("$KUBECTL" --kubeconfig "${config[fairway]}" \
	config current-context)
space[direct]=fairway-test-$run_id-a
space[fairway]=fairway-test-$run_id-b
sides=(direct fairway)

# With a client certificate, or with Fairway's own credentials, nobody may act
# for others through Fairway.
side=direct
impersonates=yes
[[ $CLEARTEXT = no && \
	$(k config view --minify --raw) != *client-certificate* ]] ||
	impersonates=no

for side in "${sides[@]}"; do
	server=$(k config view --minify \
		-o 'jsonpath={.clusters[0].cluster.server}')
	server=${server%/}
	mkdir "$tmp/$side"
	steps=0
	all_steps
done

different=0
for file in "$tmp"/direct/*; do
	name=${file##*/}
	diff -u --label "$name directly" --label "$name through Fairway" \
		"$file" "$tmp/fairway/$name" | cut -c 1-300 ||
		different=$((different + 1))
done
echo "$steps steps, $different different, $unexpected unexpected"
[ $different = 0 ] && [ $unexpected = 0 ] || exit 1
end_fairway TERM
[ $# -gt 0 ] || end_sim
echo "PASSED"
