/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log pace: for lines that a peer can cause as often as it likes.  So many of
 * them a period are said at their level; the others at level debug, and the
 * first one of the next period tells how many they were.
 *
 * One for each kind of line.  All zero is a new one.
 */
#ifndef PROXY_OBSERVE_LOG_PACE_H
#define PROXY_OBSERVE_LOG_PACE_H

#include "base/util.h"
#include "conf/config.h"

#define LOG_PACE_LINES 10
#define LOG_PACE_PERIOD (60 * USEC_PER_SEC)

struct log_pace {
	usec_t began_at;
	uint32_t said;
	uint64_t left_out;
};

/* At which level to say one now, and how many were left out before. */
enum log_level log_pace_note(struct log_pace *pace, enum log_level level,
	usec_t now, uint64_t *ret_left_out);

#endif
