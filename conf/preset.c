/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/preset.h"

#include <string.h>

/*
 * Many controllers, a network and a load balancer before it: eight times the
 * seats, more of what is held and remembered, and time for others to notice
 * its end.
 */
static void apply_gateway(struct config *config)
{
	struct policy_settings *policy = &config->policy;

	policy->total.initial = 64 * SEAT;
	policy->total.min = 8 * SEAT;
	policy->total.max = 512 * SEAT;
	for (uint32_t i = 0; i < policy->lane_count; i++) {
		struct lane_settings *lane = &policy->lanes[i];

		if (lane->wide_list_seats)
			lane->wide_list_seats = 8 * SEAT;
		if (lane->large_write_seats)
			lane->large_write_seats = 8 * SEAT;
		if (!strcmp(lane->name, "finalizers"))
			lane->reserve = 8 * SEAT;
	}
	policy->requests_max = 100000;
	policy->flows_max = policy->identities_max = policy->sizes_max = 16384;
	policy->held_bytes_max = UINT64_C(256) << 20;
	policy->held_bytes_small = UINT64_C(64) << 20;
	policy->health.ramp_start = 16 * SEAT;
	policy->health.stream_starts_milli_qps = 200 * 1000;
	policy->health.stream_starts_burst = 400;
	config->upstream.express_connections = 2;
	config->upstream.bulk_connections = 8;
	config->upstream.streams_connections = 16;
	config->limits.connections_max = 20000;
	config->limits.memory_max = UINT64_C(512) << 20;
	config->limits.idle = 10 * 60 * USEC_PER_SEC;
	config->shutdown.delay = 10 * USEC_PER_SEC;
	config->shutdown.grace = 60 * USEC_PER_SEC;
}

void preset_apply(struct config *config, enum preset preset)
{
	config->preset = preset;
	switch (preset) {
	case PRESET_SIDECAR:
		return;
	case PRESET_GATEWAY:
		apply_gateway(config);
		return;
	}
}
