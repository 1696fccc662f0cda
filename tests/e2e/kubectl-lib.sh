# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# For the tests that use kubectl: what observe-lib.sh has, and words to say
# what a command should do.  They skip without kubectl; $KUBECTL names another.

# shellcheck disable=SC2034  # used by those who include this
real_home=$HOME
# shellcheck source=tests/e2e/observe-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/observe-lib.sh"

KUBECTL=${KUBECTL:-kubectl}
if ! command -v "$KUBECTL" >/dev/null; then
	echo "SKIPPED: needs kubectl"
	exit 77
fi

k()
{
	"$KUBECTL" "$@"
}

create()
{
	k create -f - <<<"$1"
}

# want TEXT COMMAND...: the command succeeds and says that somewhere.
want()
{
	local text=$1 said
	shift
	said=$("$@" 2>&1) || fail "$*: status $?: $said"
	[[ $said == *"$text"* ]] || fail "$* did not say \"$text\": $said"
	echo "ok: $*"
}

# refuse TEXT COMMAND...: the command fails and says that somewhere.
refuse()
{
	local text=$1 said
	shift
	if said=$("$@" 2>&1); then
		fail "$* should have failed: $said"
	fi
	[[ $said == *"$text"* ]] || fail "$* did not say \"$text\": $said"
	echo "ok: $* (refused)"
}

# until_said FILE TEXT [TIMES]: waits until so many lines have that text.
until_said()
{
	local line times=${3:-1}
	while IFS= read -r -t 60 line; do
		[[ $line != *"$2"* ]] || ((--times)) || return 0
	done < <(tail -n +1 -f --pid=$$ "$1" 2>/dev/null)
	fail "$1 never said \"$2\": $(cat "$1")"
}

# Starts kubesim; $sim_admin is where faults and denials are ordered.
start_sim()
{
	start_kubesim
	sim_admin=${line##* admin }
	sim_admin=${sim_admin%% *}
}

end_sim()
{
	kill -TERM "$kubesim_pid"
	wait "$kubesim_pid" || fail "kubesim ended with status $?"
}
