/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kept_by.h"

#include "base/check.h"

static const char *const NAMES[KEPT_BY_COUNT] = {
	[KEPT_BY_NOTHING] = "nothing",
	[KEPT_BY_TURN] = "turn",
	[KEPT_BY_AWAY] = "away",
	[KEPT_BY_CONNECTION] = "connection",
	[KEPT_BY_PAUSE] = "pause",
	[KEPT_BY_LANE_SEATS] = "lane-seats",
	[KEPT_BY_WIDE] = "wide-lists",
	[KEPT_BY_LARGE] = "large-writes",
	[KEPT_BY_SHARE] = "share",
	[KEPT_BY_FLOW_BUDGET] = "flow-budget",
	[KEPT_BY_LANE_BUDGET] = "lane-budget",
	[KEPT_BY_ROOT_BUDGET] = "root-budget",
	[KEPT_BY_REPLAY_BUDGET] = "replay-budget",
	[KEPT_BY_STREAM_PACE] = "stream-pace",
	[KEPT_BY_GATE] = "gate",
	[KEPT_BY_TOTAL] = "total",
};

const char *kept_by_name(enum kept_by kept_by)
{
	CHECK((unsigned)kept_by < KEPT_BY_COUNT);
	return NAMES[kept_by];
}
