/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel says about this process.
 */
#ifndef PROXY_OBSERVE_PROCESS_STATS_H
#define PROXY_OBSERVE_PROCESS_STATS_H

#include "base/util.h"

struct process_stats {
	usec_t cpu; /* user and system */
	uint64_t resident_bytes;
	uint64_t virtual_bytes;
	uint64_t open_fds;
	uint64_t max_fds;
};

/* What cannot be read is 0. */
void process_stats_read(struct process_stats *ret_stats);

#endif
