/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/health.h"

/* So fresh an answer beats a failed probe. */
#define ALIVE_FOR USEC_PER_SEC
/* Each costs a connection: so often when nothing else is heard or wanted. */
#define DEAR_PROBE_EVERY (5 * USEC_PER_SEC)

void health_init(struct health *health, usec_t now)
{
	*health = (struct health){
		.state = HEALTH_UP,
		.since = now,
		.probe_at = now,
		.is_in_doubt = true,
	};
}

bool health_is_there(const struct health *health)
{
	return health->state == HEALTH_UP || health->state == HEALTH_RECOVERING;
}

static void set_state(
	struct health *health, enum health_state state, usec_t now)
{
	health->state = state;
	health->since = now;
}

static usec_t probe_interval(
	const struct health *health, const struct health_settings *settings)
{
	return health_is_there(health) ? settings->probe_every
				       : settings->probe_every_away;
}

static enum health_change note_alive(struct health *health, usec_t now)
{
	health->alive_at = now;
	switch (health->state) {
	case HEALTH_SUSPECT:
		set_state(health, HEALTH_UP, now);
		return HEALTH_WAS_NOTHING;
	case HEALTH_AWAY:
		set_state(health, HEALTH_RECOVERING, now);
		return HEALTH_CAME_BACK;
	case HEALTH_UP:
	case HEALTH_RECOVERING:
	case HEALTH_VACANT:
	case HEALTH_STATE_COUNT:
		break;
	}
	return HEALTH_SAME;
}

static enum health_change note_dead(struct health *health, usec_t now)
{
	if (health->alive_at && usec_since(now, health->alive_at) < ALIVE_FOR)
		return HEALTH_SAME;
	switch (health->state) {
	case HEALTH_UP:
	case HEALTH_RECOVERING:
		set_state(health, HEALTH_SUSPECT, now);
		return HEALTH_WENT;
	case HEALTH_SUSPECT:
		set_state(health, HEALTH_AWAY, now);
		break;
	case HEALTH_AWAY:
	case HEALTH_VACANT:
	case HEALTH_STATE_COUNT:
		break;
	}
	return HEALTH_SAME;
}

static enum health_change note_vanished(struct health *health, usec_t now)
{
	health->is_unready = false;
	health->alive_at = 0;
	set_state(health, HEALTH_VACANT, now);
	return HEALTH_WENT;
}

/* Those who waited for it are let go as after an outage. */
static enum health_change note_appeared(struct health *health, usec_t now)
{
	set_state(health, HEALTH_RECOVERING, now);
	health->probe_at = now;
	return HEALTH_CAME_BACK;
}

/* The one that is out has ended. */
static void probe_came(struct health *health,
	const struct health_settings *settings, usec_t now)
{
	health->probe_at = usec_add(now, probe_interval(health, settings));
}

enum health_change health_note(struct health *health,
	const struct health_settings *settings, enum health_kind kind,
	usec_t now)
{
	enum health_change change = HEALTH_SAME;

	/* What is still heard from the one that was there says nothing. */
	if (health->state == HEALTH_VACANT && kind != HEALTH_APPEARED)
		return HEALTH_SAME;
	switch (kind) {
	case HEALTH_PROBE_OK:
		health->is_unready = false;
		change = note_alive(health, now);
		probe_came(health, settings, now);
		break;
	case HEALTH_PROBE_FAILED:
		health->is_unready = true;
		health->probes_failed++;
		change = note_alive(health, now);
		probe_came(health, settings, now);
		break;
	case HEALTH_PROBE_TIMEOUT:
		health->probes_failed++;
		change = note_dead(health, now);
		probe_came(health, settings, now);
		break;
	case HEALTH_ALIVE:
		change = note_alive(health, now);
		break;
	case HEALTH_CONNECT_FAILED:
		change = note_dead(health, now);
		break;
	case HEALTH_STRANGE:
	case HEALTH_CONN_LOST:
		/* It may have gone for good: ask at once. */
		if (health->probe_at != USEC_NEVER)
			health->probe_at = now;
		health->is_in_doubt = true;
		break;
	case HEALTH_APPEARED:
		if (health->state == HEALTH_VACANT)
			change = note_appeared(health, now);
		break;
	case HEALTH_VANISHED:
		change = note_vanished(health, now);
		break;
	case HEALTH_CONNECTED:
	case HEALTH_GOAWAY:
		break;
	}
	return change;
}

void health_recovered(struct health *health, usec_t now)
{
	if (health->state == HEALTH_RECOVERING)
		set_state(health, HEALTH_UP, now);
}

/* Should the prober never say how one ended, another goes out. */
static usec_t probe_lost_at(
	const struct health *health, const struct health_settings *settings)
{
	return usec_add(health->probe_out_at, settings->probe_timeout * 4);
}

/* Of an endpoint that is up, where each probe costs a connection. */
static usec_t dear_probe_at(const struct health *health,
	const struct health_settings *settings, bool is_waited_for)
{
	usec_t seldom = usec_add(health->probe_out_at, DEAR_PROBE_EVERY);
	usec_t unheard = usec_add(health->alive_at, settings->probe_every);

	return u64_max(health->probe_at,
		is_waited_for ? u64_min(unheard, seldom) : seldom);
}

usec_t health_wake_at(const struct health *health,
	const struct health_settings *settings, bool is_waited_for)
{
	if (health->state == HEALTH_VACANT)
		return USEC_NEVER;
	if (health->probe_at == USEC_NEVER)
		return probe_lost_at(health, settings);
	if (settings->are_probes_dear && health->state == HEALTH_UP &&
		!health->is_unready && !health->is_in_doubt)
		return dear_probe_at(health, settings, is_waited_for);
	return health->probe_at;
}

bool health_take_probe(struct health *health,
	const struct health_settings *settings, bool is_waited_for, usec_t now)
{
	if (health_wake_at(health, settings, is_waited_for) > now)
		return false;
	health->probe_at = USEC_NEVER;
	health->probe_out_at = now;
	health->is_in_doubt = false;
	return true;
}
