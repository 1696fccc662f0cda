#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The manual pages: groff has nothing to say about them, and every command and
# option that the help shows is in fairway(1).
set -euo pipefail

top_srcdir=${top_srcdir:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
fairway=${top_builddir:-.}/fairway
page=$top_srcdir/docs/fairway.1

fail()
{
	echo "FAILED: $*"
	exit 1
}

# Each request of mdoc on a line of its own: ".Fl -all", ".Cm pause | resume".
commands=$("$fairway" --help | sed -n '/^usage/d; s/^  \([^ ][^ ]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 15 ] || fail "few commands in the help"
for command in $commands; do
	grep -q "^\.It Cm $command\b" "$page" ||
		fail "$command is not in the list of commands"
	for option in $("$fairway" "$command" --help |
		grep -o '^  \(-., \)\{0,1\}--[a-z-]*' | grep -o -e '--.*'); do
		grep -q "Fl -\{0,1\}${option#-}\b" "$page" ||
			fail "$option of $command is not there"
	done
done

if ! command -v groff >/dev/null; then
	echo "groff is not installed: not rendered"
	exit 0
fi
for page in "$top_srcdir"/docs/*.[15]; do
	said=$(groff -ww -z -mdoc -Tutf8 "$page" 2>&1) || fail "groff: $said"
	[ -z "$said" ] || fail "groff: $said"
done
echo "the manual pages are whole"
