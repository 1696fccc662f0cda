#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Puts the objects of `fairway apf` into an API server, or takes them away, and
# waits until it goes by them.
#
# usage: levels.sh on|off FAIRWAY KUBECONFIG
set -euo pipefail

fairway=$2
admin=(kubectl --kubeconfig "$3" --context admin)
dump=/debug/api_priority_and_fairness/dump_priority_levels

is_on() {
	"${admin[@]}" get --raw "$dump" | grep -q '^fairway-finalizers,'
}

case $1 in
on)
	"$fairway" apf --service-account argo:argo-controller \
	    --service-account noisy:noisy | "${admin[@]}" apply -f - >/dev/null
	until is_on; do :; done
	;;
off)
	"${admin[@]}" delete flowschema,prioritylevelconfiguration \
	    -l app.kubernetes.io/managed-by=fairway >/dev/null
	while is_on; do :; done
	;;
esac
