/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/loop/bell.h"

#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "proxy/loop/loop.h"

void bell_init(struct bell *bell)
{
	bell->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	CHECK(bell->fd >= 0);
}

void bell_fini(struct bell *bell)
{
	close(bell->fd);
}

void bell_ring(struct bell *bell)
{
	uint64_t one = 1;

	/* It can only fail with 2^64 - 2 rings unheard. */
	CHECK(write(bell->fd, &one, sizeof(one)) == sizeof(one));
}

void bell_hear(struct bell *bell)
{
	uint64_t rings;

	(void)!read(bell->fd, &rings, sizeof(rings));
}

/* Rounded up: what wakes too early would only wait again. */
static int milliseconds_until(usec_t until)
{
	usec_t left = usec_since(until, loop_thread_clock());

	if (until == USEC_NEVER)
		return -1;
	return (int)u64_min(left / USEC_PER_MSEC + (left > 0), INT_MAX);
}

void bell_wait(struct bell *bell, usec_t until)
{
	struct pollfd rings = { .fd = bell->fd, .events = POLLIN };

	if (poll(&rings, 1, milliseconds_until(until)) > 0)
		bell_hear(bell);
}
