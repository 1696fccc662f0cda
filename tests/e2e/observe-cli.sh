#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The command line: exit statuses, and that each mistake is answered by what
# to do about it.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/observe-lib.sh"

# What is asked for goes to standard output, with status 0.
for command in "" serve check status lanes flows upstream stuck sweep explain apf \
	config pause resume log-level reload version; do
	# shellcheck disable=SC2086  # none or one word
	"$fairway" $command --help >"$tmp/help" 2>"$tmp/err" ||
		fail "status of $command --help"
	grep -q '^usage: fairway' "$tmp/help" || fail "no usage: $command"
	[ ! -s "$tmp/err" ] || fail "$command --help writes to stderr"
	[ "$(awk 'length > 80' "$tmp/help")" = "" ] ||
		fail "$command --help is wider than 80 columns"
done
for command in serve check status lanes flows upstream stuck sweep explain apf \
	config pause resume log-level reload; do
	"$fairway" $command --help | grep -q '^Example' ||
		fail "no example in $command --help"
done
# Whatever can be given is in the usage, unless that says [OPTION...].
for command in $("$fairway" --help |
	sed -n '/^usage/d; s/^  \([^ ][^ ]*\) .*/\1/p'); do
	"$fairway" "$command" --help >"$tmp/help"
	sed '/^$/,$d' "$tmp/help" >"$tmp/usage"
	for option in $(grep -o '^  --[a-z-]*' "$tmp/help"); do
		grep -q -e "OPTION\.\.\." -e "$option " "$tmp/usage" ||
			fail "$option is not in the usage of $command"
	done
done
expect_status 0 '^fairway [0-9]' "$fairway" version
expect_status 0 '^fairway [0-9]' "$fairway" --version
expect_status 0 '^usage: fairway check' "$fairway" help check

# The command line is wrong: 64, and the short usage.
expect_status 64 "did you mean 'status'" "$fairway" stauts
expect_status 64 "no command 'xyzzy'" "$fairway" xyzzy
expect_status 64 "unrecognized option '--bogus'" "$fairway" --bogus
expect_status 64 'fairway serve --help' "$fairway" serve --bogus
expect_status 64 'requires an argument' "$fairway" serve --listen
expect_status 64 'the port is missing' "$fairway" serve --listen localhost
expect_status 64 'what is .extra. for' "$fairway" serve extra
expect_status 64 'error, warn, info or debug' "$fairway" --log-level loud
expect_status 64 'text or json' "$fairway" --log-format xml
expect_status 64 'one FILE' "$fairway" check
expect_status 64 'one FILE' "$fairway" check a b
expect_status 64 'table or json' "$fairway" status -o yaml
expect_status 64 'defaults' "$fairway" config
expect_status 64 'no arguments' "$fairway" version 1

# An argument that is empty is a variable that is not set: it means neither
# all lanes nor the defaults nor whatever is found.
for command in pause resume drain "kill request" log-level; do
	# shellcheck disable=SC2086  # one or two words
	expect_status 64 'say what to' "$fairway" $command ""
done
for option in --config --socket --state-dir; do
	expect_status 64 '^usage' "$fairway" status $option ""
done
expect_status 64 'FILE is empty' "$fairway" config show ""
expect_status 64 '^usage' "$fairway" explain --config "" GET /api
expect_status 64 '^usage' "$fairway" simulate --config "" -
for option in --config --kubeconfig --context --record-file; do
	expect_status 64 'cannot be the argument' "$fairway" sweep $option ""
done

expect_status 64 'say whose requests' "$fairway" apf
expect_status 64 'what is .argo:argo. for' "$fairway" apf argo:argo
for account in argo argo: :argo Argo:argo argo:a:b "argo:$(printf %254s x)"; do
	expect_status 64 'must be NAMESPACE:NAME, as argo:argo' \
		"$fairway" apf --service-account "$account"
done
expect_status 64 'must be 3 to 9990' \
	"$fairway" apf --service-account a:a --matching-precedence 2
expect_status 64 'must be a resource in plural' \
	"$fairway" apf --service-account a:a --resource pods/status
expect_status 64 'lower-case letters, digits' \
	"$fairway" apf --service-account a:a --name-prefix a.b

# What apf prints is what was asked for.
"$fairway" apf --service-account system:serviceaccount:argo:a.b \
	--service-account x:y --name-prefix z --matching-precedence 500 \
	--resource workflows.argoproj.io --resource pods >"$tmp/apf.yaml"
for line in 'namespace: "argo", name: "a.b"' 'namespace: "x", name: "y"' \
	'matchingPrecedence: 502' 'name: z-finalizers' \
	'apiGroups: \["argoproj.io"\]' 'resources: \[pods\]'; do
	grep -q "$line" "$tmp/apf.yaml" || fail "no '$line' in what apf prints"
done

# The configuration is wrong: 2, all problems at once, each with its place.
cat >"$tmp/bad.yaml" <<'END'
apiVersion: fairway.dev/v1alpha1
kind: Configuration
listn:
  address: 127.0.0.1:0
admin:
  address: nowhere
END
for command in check "serve --config"; do
	# shellcheck disable=SC2086  # several words
	expect_status 2 'bad.yaml:3:1: listn: .*did you mean "listen"' \
		"$fairway" $command "$tmp/bad.yaml"
	grep -q 'bad.yaml:6:12: admin.address: ' "$tmp/out" ||
		fail "the second problem is missing: $(cat "$tmp/out")"
done
expect_status 2 'absent.yaml' "$fairway" check "$tmp/absent.yaml"
"$fairway" check "$tmp/bad.yaml" 2>/dev/null | grep . &&
	fail "problems go to standard output"
"$fairway" config defaults >"$tmp/defaults.yaml"
expect_status 0 '' "$fairway" check "$tmp/defaults.yaml"
for file in "$top_srcdir"/conf/examples/*.yaml; do
	expect_status 0 '' "$fairway" check "$file"
done

# No API server, or one that cannot be used: 2.
expect_status 2 'give --kubeconfig FILE' "$fairway" serve
[ ! -e "$HOME/.local" ] || fail "a failed start leaves a folder behind"
expect_status 2 'absent' "$fairway" --kubeconfig "$tmp/absent"
expect_status 2 'absent' env KUBECONFIG="$tmp/absent" "$fairway"

# What cannot be done: 1.
expect_status 1 'no fairway answers on' "$fairway" status
expect_status 1 'no fairway answers on' "$fairway" status --state-dir "$tmp"
expect_status 1 '' sh -c "'$fairway' config defaults >/dev/full"

echo "all exit statuses are right"
