/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/wire/session.h"
#include "proxy/wire/wire_impl.h"

void wire_limits_default(struct wire_limits *ret_limits)
{
	*ret_limits = (struct wire_limits){
		.streams_max = 1000,
		.head_bytes_max = 64 * 1024,
		.head_fields_max = 256,
		.target_bytes_max = 8 * 1024,
		.resets_burst = 200,
		.resets_per_second = 10,
		.frames_burst = 10000,
		.frames_per_second = 1000,
		.outbound_frames_max = 5000,
		.window_down = 64 * 1024 - 1,
		.window_up = 1024 * 1024,
		.handshake = 10 * USEC_PER_SEC,
		.first_request = 60 * USEC_PER_SEC,
		.head = 10 * USEC_PER_SEC,
		/* client-go keeps idle connections for 90 s. */
		.idle = 300 * USEC_PER_SEC,
		.ping_idle = 30 * USEC_PER_SEC,
		.ping_answer = 15 * USEC_PER_SEC,
		.progress = 60 * USEC_PER_SEC,
		.upgrade = 60 * USEC_PER_SEC,
		.connections_max = 4096,
	};
}

enum {
	/* Descriptors that clients leave; of few a quarter. */
	FDS_LEFT = 64,
	FDS_LEFT_PART = 4,
};

/* Who gives way is bounded anyway, and may be who asks how things are. */
static int accepted_fds(const struct wire_limits *limits)
{
	struct rlimit limit;
	rlim_t left;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
		limit.rlim_cur >= INT_MAX)
		return INT_MAX;
	left = u64_min(FDS_LEFT, limit.rlim_cur / FDS_LEFT_PART);
	if (limits->oldest_gives_way)
		left /= 2;
	return (int)(limit.rlim_cur - left);
}

static struct session *session_of(struct list_node *node)
{
	return CONTAINER_OF(node, struct session, node);
}

static void sweep(struct wire *wire)
{
	usec_t now = loop_now(wire->loop);

	LIST_EACH (node, &wire->sessions)
		session_sweep(session_of(node), now);
	if (!list_is_empty(&wire->sessions))
		loop_timer_set(&wire->sweep, usec_add(now, USEC_PER_SEC));
}

static void on_sweep(void *user)
{
	sweep(user);
}

struct wire *wire_new(struct loop *loop, const struct wire_limits *limits)
{
	struct wire *wire = xcalloc(1, sizeof(*wire));

	wire->loop = loop;
	wire->limits = *limits;
	wire->accepted_fds = accepted_fds(limits);
	conn_io_init(&wire->io, loop_base(loop));
	wire->pool = pool_new();
	list_init(&wire->sessions);
	list_init(&wire->dirty);
	list_init(&wire->failed);
	list_init(&wire->dead);
	list_init(&wire->listeners);
	loop_timer_init(&wire->sweep, loop, on_sweep, wire);
	return wire;
}

void wire_free(struct wire *wire)
{
	if (!wire)
		return;
	CHECK(list_is_empty(&wire->listeners));
	LIST_EACH (node, &wire->sessions)
		session_close(session_of(node));
	wire_flush(wire);
	wire_reap(wire);
	CHECK(list_is_empty(&wire->sessions));
	loop_timer_fini(&wire->sweep);
	conn_io_fini(&wire->io);
	pool_close(wire->pool);
	buf_fini(&wire->text);
	free(wire);
}

void wire_set_limits(struct wire *wire, const struct wire_limits *limits)
{
	wire->limits = *limits;
}

const struct wire_stats *wire_stats(const struct wire *wire)
{
	return &wire->stats;
}

uint64_t *wire_relay_bytes(struct wire *wire)
{
	return &wire->stats.relay_bytes;
}

bool wire_is_full(const struct wire *wire)
{
	return wire->limits.memory_max &&
		wire->stats.relay_bytes + wire->io.kept >
			wire->limits.memory_max;
}

void wire_flush(struct wire *wire)
{
	struct list_node *node;

	/* Sending opens windows of other sessions, and may find them gone. */
	do {
		while ((node = list_pop_front(&wire->dirty)))
			session_flush(
				CONTAINER_OF(node, struct session, dirty_node));
		while ((node = list_first(&wire->failed)))
			session_finish(CONTAINER_OF(
				node, struct session, failed_node));
	} while (!list_is_empty(&wire->dirty));
}

void wire_reap(struct wire *wire)
{
	while (!list_is_empty(&wire->dead))
		session_free(session_of(list_first(&wire->dead)));
}

void wire_drain(struct wire *wire)
{
	LIST_EACH (node, &wire->sessions) {
		struct session *session = session_of(node);

		if (session->is_server)
			session_drain(session);
	}
}

bool wire_is_drained(const struct wire *wire)
{
	return wire->stats.open_down == 0 &&
		lingers_is_empty(&wire->io.lingers);
}
