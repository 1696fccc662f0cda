#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Replays each fuzz target over its corpus.
set -eu

fuzz=$top_srcdir/tests/fuzz
count=0

for corpus in "$fuzz"/corpus/*; do
	name=$(basename "$corpus")
	program=$top_builddir/tests/fuzz/replay_$name
	[ -x "$program" ] || { echo "replay: no target for $corpus"; exit 1; }
	"$program" "$corpus"/* >replay.$$ 2>&1 || {
		tail -5 replay.$$
		rm -f replay.$$
		echo "replay: $name fails on the last one named"
		exit 1
	}
	files=$(wc -l <replay.$$)
	rm -f replay.$$
	[ "$files" -gt 1 ] || { echo "replay: $corpus is empty"; exit 1; }
	echo "$name: $files inputs"
	count=$((count + 1))
done
[ "$count" -ge 6 ] || { echo "replay: only $count targets"; exit 1; }
