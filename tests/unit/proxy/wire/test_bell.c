/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/loop/bell.h"

#include <criterion/criterion.h>
#include <poll.h>

#include "proxy/loop/loop.h"

static bool rings(const struct bell *bell)
{
	struct pollfd ready = { .fd = bell->fd, .events = POLLIN };

	return poll(&ready, 1, 0) > 0;
}

Test(bell, rings_until_it_is_heard)
{
	struct bell bell;

	bell_init(&bell);
	cr_assert(!rings(&bell));
	bell_ring(&bell);
	bell_ring(&bell);
	cr_assert(rings(&bell));
	bell_hear(&bell);
	cr_assert(!rings(&bell), "two rings are one");
	bell_hear(&bell);
	bell_fini(&bell);
}

Test(bell, what_rang_before_is_not_waited_for)
{
	struct bell bell;

	bell_init(&bell);
	bell_ring(&bell);
	bell_wait(&bell, USEC_NEVER);
	cr_assert(!rings(&bell), "it was heard");
	bell_fini(&bell);
}

Test(bell, a_wait_ends_at_its_time_and_not_before)
{
	struct bell bell;
	usec_t until;

	bell_init(&bell);
	until = loop_thread_clock() + 1500;
	bell_wait(&bell, until);
	cr_assert_geq(loop_thread_clock(), until);
	bell_wait(&bell, 0);
	bell_fini(&bell);
}
