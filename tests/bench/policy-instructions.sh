#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Instructions of one request's whole way through policy, while so many others
# wait in so many flows: callgrind's count of a long run less that of a short
# one.  Says so where there is no valgrind.
#
# usage: policy-instructions.sh POLICY-BENCH
set -eu

bench=$1
short=1000
long=6000

command -v valgrind >/dev/null || {
	echo "instructions: valgrind is not installed"
	exit 0
}

# instructions QUEUED FLOWS CYCLES
instructions()
{
	valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		"$bench" "$@" 2>&1 | sed -n 's/.*Collected : //p'
}

printf '%8s %8s %12s\n' queued flows instructions
for row in "1 1" "100 1" "100 100" "10000 1" "10000 100" "10000 10000"; do
	queued=${row% *}
	flows=${row#* }
	few=$(instructions "$queued" "$flows" $short)
	many=$(instructions "$queued" "$flows" $long)
	printf '%8s %8s %12s\n' "$queued" "$flows" \
		$(((many - few) / (long - short)))
done
