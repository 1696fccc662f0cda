#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Completion for bash offers every command and every option that there is, as
# the help shows them; that for zsh is read by zsh where that is installed.
set -euo pipefail

top_srcdir=${top_srcdir:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
fairway=${top_builddir:-.}/fairway
folder=$top_srcdir/proxy/cli/completion
# shellcheck source=/dev/null  # found at run time
. "$folder/fairway"

fail()
{
	echo "FAILED: $*"
	exit 1
}

# offered WORD...: what is offered for the last one.
offered()
{
	COMP_WORDS=("$fairway" "$@")
	COMP_CWORD=$#
	_fairway
	printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
}

expect()
{
	local expected=$1 got

	shift
	got=$(offered "$@")
	[ "$got" = "$expected" ] || fail "'$got', not '$expected': fairway $*"
}

# Each command, whatever it is called, with each of its options.
commands=$("$fairway" --help | sed -n '/^usage/d; s/^  \([^ ][^ ]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 15 ] || fail "few commands in the help"
for command in $commands; do
	grep -q " $command " <<<" $(offered "")" ||
		fail "$command is not offered"
	for option in $("$fairway" "$command" --help |
		grep -o '^  \(-., \)\{0,1\}--[a-z-]*' | grep -o -e '--.*'); do
		grep -q -e " $option " <<<" $(offered "$command" --)" ||
			fail "$option of $command is not offered"
	done
done

expect 'stuck ' stu
expect 'json ' status -o j
expect 'json table ' sweep --output ''
expect 'json text ' --log-format ''
expect 'debug ' serve --log-level d
expect 'debug error info warn ' log-level ''
expect 'defaults schema show ' config ''
expect 'connection flow request ' kill ''
expect 'restore ' sweep ''
expect "$folder/_fairway " sweep restore "$folder/_"
expect "$folder/_fairway " sweep --record-file "$folder/_"
expect 'discard list replay show ' journal ''
expect "$folder " check "$folder"
expect "$folder/_fairway " check "$folder/_"
expect "$folder " status --state-dir "$folder"
expect ' ' explain --user ''

if command -v zsh >/dev/null; then
	zsh -n "$folder/_fairway" || fail "zsh cannot read its completion"
fi
echo "all commands and options are offered"
