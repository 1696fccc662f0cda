#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Client certificates, with kubectl: Fairway logs in upstream with the one it
# was given, serves only who has the one of its kubeconfig, and lets nobody
# act for others.  With tokens all that is the API server's affair.
set -euo pipefail

# shellcheck source=tests/e2e/kubectl-lib.sh
. "$(dirname "$0")/kubectl-lib.sh"

start_sim
sim=$tmp/kubesim/kubeconfig

# Who did last what the API server remembers.
last_user()
{
	curl -fsS "$sim_admin/history" | grep -o '"user": *"[^"]*"' |
		tail -n 1 | sed 's/.*"\([^"]*\)"$/\1/'
}

expect_user()
{
	local user
	user=$(last_user)
	[ "$user" = "$1" ] || fail "it was $user, not $1"
	echo "ok: done by $1"
}

configmap()
{
	printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s",
		"namespace":"argo"}}' "$1"
}

for context in admin-cert argo-cert; do
	case $context in
	admin-cert) user="admin" ;;
	argo-cert) user="argo-cert-user" ;;
	esac
	echo "# $context"
	start_fairway "$context" --kubeconfig "$sim" --context "$context"
	export KUBECONFIG=$state/kubeconfig
	want "configmap/$context created" create "$(configmap "$context")"
	expect_user "$user"
	want "$context" k -n argo get configmap "$context" -o yaml

	# For others: not by any of the headers, not even as oneself.
	for option in --as=$user --as-group=system:masters --as-uid=1 \
		"--as=someone --as-group=some"; do
		# shellcheck disable=SC2086  # options
		case $option in
		--as=*) refuse Forbidden k -n argo get configmaps $option ;;
		*) refuse Forbidden k -n argo get configmaps --as=$user $option ;;
		esac
	done
	refuse Forbidden k --as=someone -n argo delete configmap "$context"
	want "$context" k -n argo get configmap "$context"

	# Without the certificate, with one of another CA, with a token.
	certless=$tmp/certless
	sed '/client-certificate-data\|client-key-data/d' "$KUBECONFIG" \
		>"$certless"
	! grep -q client- "$certless" || fail "$(cat "$certless")"
	for option in --username=x --token=argo-token; do
		[ $option != --username=x ] || option="--username=x --password=y"
		# shellcheck disable=SC2086  # options
		refuse "Unable to connect" \
			k --kubeconfig "$certless" $option get pods
	done
	openssl req -x509 -newkey rsa:2048 -nodes -subj "/O=system:masters/CN=x" \
		-keyout "$tmp/foreign.key" -out "$tmp/foreign.crt" 2>"$tmp/openssl"
	refuse "Unable to connect" \
		k --kubeconfig "$certless" get pods \
		--client-certificate "$tmp/foreign.crt" \
		--client-key "$tmp/foreign.key"
	# The one that the API server itself would take.
	k --kubeconfig "$sim" --context "$context" config view --raw --minify \
		--flatten >"$tmp/flat"
	for what in certificate key; do
		sed -n "s/.*client-$what-data: //p" "$tmp/flat" | base64 -d \
			>"$tmp/upstream.$what"
		[ -s "$tmp/upstream.$what" ] || fail "no $what in $sim"
	done
	refuse "Unable to connect" \
		k --kubeconfig "$certless" get pods \
		--client-certificate "$tmp/upstream.certificate" \
		--client-key "$tmp/upstream.key"
	end_fairway TERM
done

echo "# argo"
start_fairway argo --kubeconfig "$sim" --context argo
export KUBECONFIG=$state/kubeconfig
want "configmap/token created" create "$(configmap token)"
expect_user system:serviceaccount:argo:argo-controller
want "configmap/as created" k --as=someone --as-group=some \
	create -f - <<<"$(configmap as)"
expect_user someone
curl -fsS "$sim_admin/denials" -d '{"user":"someone","verb":"list"}' \
	>"$tmp/denial"
refuse "User \"someone\" cannot list resource \"configmaps\"" \
	k --as=someone get configmaps
want as k --as=else get configmaps
end_fairway TERM

end_sim
echo "PASSED"
