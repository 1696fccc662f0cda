/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/log_pace.h"

enum log_level log_pace_note(struct log_pace *pace, enum log_level level,
	usec_t now, uint64_t *ret_left_out)
{
	*ret_left_out = 0;
	if (!pace->said ||
		usec_since(now, pace->began_at) >= LOG_PACE_PERIOD) {
		pace->began_at = now;
		pace->said = 0;
	}
	if (pace->said == LOG_PACE_LINES) {
		pace->left_out++;
		return LOG_LEVEL_DEBUG;
	}
	pace->said++;
	*ret_left_out = pace->left_out;
	pace->left_out = 0;
	return level;
}
