/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/stats.h"

const usec_t STATS_WAIT_BOUNDS[STATS_WAIT_BUCKETS - 1] = {
	100,
	250,
	500,
	1 * USEC_PER_MSEC,
	2500,
	5 * USEC_PER_MSEC,
	10 * USEC_PER_MSEC,
	25 * USEC_PER_MSEC,
	50 * USEC_PER_MSEC,
	100 * USEC_PER_MSEC,
	250 * USEC_PER_MSEC,
	500 * USEC_PER_MSEC,
	1 * USEC_PER_SEC,
	2500 * USEC_PER_MSEC,
	10 * USEC_PER_SEC,
	30 * USEC_PER_SEC,
	120 * USEC_PER_SEC,
};

const char *health_state_name(enum health_state state)
{
	switch (state) {
	case HEALTH_UP:
		return "up";
	case HEALTH_SUSPECT:
		return "suspect";
	case HEALTH_AWAY:
		return "away";
	case HEALTH_RECOVERING:
		return "recovering";
	case HEALTH_VACANT:
		return "vacant";
	case HEALTH_STATE_COUNT:
		break;
	}
	return "unknown";
}
