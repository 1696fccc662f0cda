/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/lookup.h"

#include "base/check.h"
#include "proxy/loop/loop.h"
#include "proxy/observe/log.h"

/* A pause that doubles, between questions that had no answer. */
#define AGAIN_MIN (250 * USEC_PER_MSEC)
#define AGAIN_MAX (5 * USEC_PER_SEC)
/* Addresses may fail all the time: no more than one question in this. */
#define ASK_EVERY_MIN USEC_PER_SEC

/* ---- answers ------------------------------------------------------------- */

static bool has_family(
	const struct resolver_address *addresses, unsigned count, int family)
{
	for (unsigned i = 0; i < count; i++) {
		if (addresses[i].addr.ss_family == family)
			return true;
	}
	return false;
}

static int other_family(
	const struct resolver_address *addresses, unsigned count, int family)
{
	for (unsigned i = 0; i < count; i++) {
		if (addresses[i].addr.ss_family != family)
			return addresses[i].addr.ss_family;
	}
	return family;
}

static int choose_family(const struct lookup *lookup,
	const struct resolver_address *addresses, unsigned count)
{
	int family = lookup->family;

	if (!has_family(addresses, count, family))
		return addresses[0].addr.ss_family;
	if (lookup->has_failed_to && !lookup->has_reached)
		return other_family(addresses, count, family);
	return family;
}

static void note_addresses(struct lookup *lookup,
	const struct resolver_address *addresses, unsigned count)
{
	struct resolver_address taken[RESOLVER_ADDRESSES_MAX];
	unsigned n = 0;

	lookup->family = choose_family(lookup, addresses, count);
	lookup->has_reached = lookup->has_failed_to = false;
	for (unsigned i = 0; i < count; i++) {
		if (addresses[i].addr.ss_family != lookup->family)
			continue;
		taken[n] = addresses[i];
		address_set_port(&taken[n++], lookup->settings.port);
	}
	lookup->on_addresses(lookup->user, lookup, taken, n);
}

static usec_t pause_after(const struct lookup *lookup)
{
	usec_t pause = AGAIN_MIN;

	for (unsigned i = 1; i < lookup->failures && pause < AGAIN_MAX; i++)
		pause *= 2;
	return u64_min(pause, AGAIN_MAX);
}

/* Of failures in a row only the first is worth more than a debug line. */
static void note_failure(struct lookup *lookup, const char *why)
{
	lookup->failures++;
	loop_timer_set(&lookup->ask,
		usec_add(loop_now(lookup->loop), pause_after(lookup)));
	log_event(lookup->log,
		lookup->failures == 1 ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG,
		"cannot look up the API server",
		LOG_FIELDS(LOG_STR("name", lookup->settings.host),
			LOG_STR("why", why)));
}

static void done(struct lookup *lookup,
	const struct resolver_address *addresses, unsigned count,
	const char *why)
{
	if (why) {
		note_failure(lookup, why);
		return;
	}
	lookup->failures = 0;
	loop_timer_set(&lookup->ask,
		usec_add(loop_now(lookup->loop), lookup->settings.every));
	note_addresses(lookup, addresses, count);
}

static void on_done(void *user, const struct resolver_address *addresses,
	unsigned count, const char *why)
{
	done(user, addresses, count, why);
}

/* ---- questions ----------------------------------------------------------- */

static void on_ask(void *user)
{
	lookup_start(user);
}

void lookup_init(struct lookup *lookup, struct loop *loop, struct log *log,
	const struct lookup_settings *settings, lookup_fn *on_addresses,
	void *user)
{
	*lookup = (struct lookup){
		.settings = *settings,
		.loop = loop,
		.log = log,
		.on_addresses = on_addresses,
		.user = user,
	};
	lookup->is_name = !address_read(settings->host, &lookup->written_out);
	resolver_init(
		&lookup->resolver, loop, &settings->files, on_done, lookup);
	loop_timer_init(&lookup->ask, loop, on_ask, lookup);
}

void lookup_fini(struct lookup *lookup)
{
	resolver_fini(&lookup->resolver);
	loop_timer_fini(&lookup->ask);
}

void lookup_start(struct lookup *lookup)
{
	loop_timer_set(&lookup->ask, USEC_NEVER);
	lookup->asked_at = loop_now(lookup->loop);
	if (lookup->is_name)
		resolver_start(&lookup->resolver, lookup->settings.host);
	else
		note_addresses(lookup, &lookup->written_out, 1);
}

void lookup_reached(struct lookup *lookup)
{
	lookup->has_reached = true;
}

void lookup_not_reached(struct lookup *lookup)
{
	lookup->has_failed_to = true;
	if (lookup->ask.at != USEC_NEVER)
		loop_timer_set(&lookup->ask,
			u64_min(lookup->ask.at,
				usec_add(lookup->asked_at, ASK_EVERY_MIN)));
}
