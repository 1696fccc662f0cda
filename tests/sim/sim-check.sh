#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Plays the short version of each story and asserts its bars; the same seed
# gives the same trace and another seed another; a bar that is not met is seen,
# and a story that is not understood is refused with its line.
set -eu

sim=$top_builddir/tests/sim/sim
stories=$top_srcdir/tests/sim/stories
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
	echo "sim-check: $*"
	exit 1
}

trace()
{
	"$sim" --short --quiet "$@" | sed -n 's/.*trace //p'
}

for story in "$stories"/*.story; do
	case $story in
	*/missed.story) ;;
	*) "$sim" --short --quiet "$story" || fail "$story: see above" ;;
	esac
done

story=$stories/seats-swing.story
one=$(trace "$story")
[ -n "$one" ] || fail "no trace"
[ "$one" = "$(trace "$story")" ] || fail "same seed, other trace"
[ "$one" != "$(trace --seed 2 "$story")" ] || fail "other seed, same trace"

if "$sim" --short --quiet "$stories/missed.story" >"$work/missed"; then
	fail "bars that are missed are not seen"
fi
[ "$(grep -c '^MISSED' "$work/missed")" = 7 ] || {
	cat "$work/missed"
	fail "not every bar that is missed is seen"
}

printf '# Title\n\nlasts 1h, in short 1m\nno creat is later than 1s\n' \
	>"$work/typo.story"
if "$sim" "$work/typo.story" 2>"$work/error"; then
	fail "a story with a typing error is played"
fi
grep -q 'typo.story:4: not understood: no creat is' "$work/error" ||
	fail "the line of a typing error is not told"
