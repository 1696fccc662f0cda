/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/drain.h"

#include "base/check.h"
#include "proxy/exchange/server_impl.h"

/* Watches never end further apart: few of them are over soon. */
#define PAUSE_MAX (10 * USEC_PER_MSEC)
/* How often to see whether what lasts has ended by itself. */
#define LOOK (100 * USEC_PER_MSEC)

static void set_state(struct drain *drain, enum drain_state state)
{
	CHECK(state > drain->state);
	drain->state = state;
}

/* ---- watches ------------------------------------------------------------- */

static bool is_to_end(const struct drain *drain, const struct exchange *ex)
{
	return ex->is_event_stream && ex->state == EXCHANGE_STREAMING &&
		!ex->is_to_end &&
		(drain_ends_watches(drain) || ex->received_at <= drain->since);
}

/* At most `most` of those that have not been told. */
static size_t end_watches(struct drain *drain, size_t most)
{
	size_t count = 0;

	LIST_EACH (node, &drain->server->exchanges) {
		struct exchange *ex = CONTAINER_OF(node, struct exchange, node);

		if (count == most)
			break;
		if (!is_to_end(drain, ex))
			continue;
		count++;
		ex->is_to_end = true;
		exchange_end_watch(ex);
	}
	return count;
}

static size_t count_watches(const struct drain *drain)
{
	size_t count = 0;

	LIST_EACH (node, &drain->server->exchanges) {
		count += is_to_end(
			drain, CONTAINER_OF(node, struct exchange, node));
	}
	return count;
}

/* ---- tunnels, and logs that are followed --------------------------------- */

static size_t count_lasting(const struct drain *drain)
{
	size_t count = 0;

	LIST_EACH (node, &drain->server->exchanges) {
		count += exchange_is_lasting(
			CONTAINER_OF(node, struct exchange, node));
	}
	return count;
}

/* At most `most` of them, the oldest first. */
static size_t end_lasting(struct drain *drain, size_t most)
{
	size_t count = 0;

	LIST_EACH (node, &drain->server->exchanges) {
		struct exchange *ex = CONTAINER_OF(node, struct exchange, node);

		if (count == most)
			break;
		if (!exchange_is_lasting(ex))
			continue;
		count++;
		exchange_end_lasting(ex);
	}
	return count;
}

/* ---- states -------------------------------------------------------------- */

static void finish(struct drain *drain)
{
	struct server *server = drain->server;

	set_state(drain, DRAIN_FINISHING);
	server_stop_listening(server);
	wire_drain(server->wire);
	end_watches(drain, SIZE_MAX);
	loop_timer_set(&drain->timer, drain->finish_by);
}

static void cut(struct drain *drain)
{
	struct server *server = drain->server;

	set_state(drain, DRAIN_CUTTING);
	policy_set_mode(server->policy, POLICY_DRAIN, server_now(server));
	policy_send_away(server->policy, server_now(server));
	server->has_news = true;
}

/* As many as are due: turns may be late.  False: there are no more. */
static bool leave_on_watches(struct drain *drain, usec_t now)
{
	size_t due = 1 + usec_since(now, drain->since) / drain->pause;
	size_t most = due > drain->told ? due - drain->told : 1;
	size_t told;

	if (drain->are_watches_told)
		return false;
	told = end_watches(drain, most);
	drain->told += told;
	drain->are_watches_told = told < most || now >= drain->leave_by;
	return !drain->are_watches_told;
}

/* The same; the first of them a pause behind the beginning. */
static bool leave_on_lasting(struct drain *drain, usec_t now)
{
	size_t due = usec_since(now, drain->since) / drain->lasting_pause;
	size_t most = due > drain->lasting_told ? due - drain->lasting_told : 0;

	if (now >= drain->lasting_by)
		most = SIZE_MAX;
	drain->lasting_told += end_lasting(drain, most);
	return count_lasting(drain) > 0;
}

static void leave_on(struct drain *drain)
{
	usec_t now = server_now(drain->server);
	bool has_watches = leave_on_watches(drain, now);
	bool has_lasting = leave_on_lasting(drain, now);

	if (has_watches)
		loop_timer_set(&drain->timer, usec_add(now, drain->pause));
	else if (has_lasting)
		loop_timer_set(&drain->timer,
			usec_add(now, u64_min(drain->lasting_pause, LOOK)));
	else
		finish(drain);
}

static void on_timer(void *user)
{
	struct drain *drain = user;

	if (drain->state == DRAIN_LEAVING)
		leave_on(drain);
	else if (drain->state == DRAIN_FINISHING)
		cut(drain);
}

void drain_init(struct drain *drain, struct server *server)
{
	*drain = (struct drain){ .server = server };
	loop_timer_init(&drain->timer, server->loop, on_timer, drain);
}

void drain_fini(struct drain *drain)
{
	loop_timer_fini(&drain->timer);
}

void server_drain(struct server *server,
	const struct server_drain_settings *settings,
	void (*on_drained)(void *user), void *user)
{
	struct drain *drain = &server->drain;
	usec_t now = server_now(server);
	usec_t lasting_grace = settings->grace / 4 * 3;
	size_t watches;

	if (drain->state != DRAIN_SERVING)
		return;
	set_state(drain, DRAIN_LEAVING);
	drain->on_drained = on_drained;
	drain->user = user;
	drain->since = now;
	watches = count_watches(drain);
	drain->pause = u64_min(
		PAUSE_MAX, 1 + settings->watch_grace / u64_max(watches, 1));
	drain->finish_by = usec_add(now, settings->grace);
	drain->leave_by =
		usec_add(now, u64_min(settings->watch_grace, settings->grace));
	drain->lasting_by = usec_add(now, lasting_grace);
	drain->lasting_pause =
		1 + lasting_grace / u64_max(count_lasting(drain), 1);
	wire_drain(server->wire);
	loop_timer_set(&drain->timer, now);
}

static bool is_empty(const struct server *server)
{
	return server->receiving.count == 0 && server->exchanges.count == 0 &&
		wire_is_drained(server->wire);
}

void drain_end_turn(struct drain *drain)
{
	bool is_over = drain->state == DRAIN_CUTTING ||
		(drain->state == DRAIN_FINISHING && is_empty(drain->server));

	if (!is_over)
		return;
	set_state(drain, DRAIN_OVER);
	drain->on_drained(drain->user);
}
